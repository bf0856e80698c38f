/** Choosing a line of the guest's console, by keyboard: which moment to go to. */
import * as vscode from 'vscode';
import type { ConsoleLineBody, FoundConsoleLinesBody } from '../debug-adapter/protocol.ts';
import { formatPosition } from './format.ts';
import type { SessionTracker } from './session-tracker.ts';

/** Shown at once; typing finds all others. */
const LINES_MAX = 1000;
const TYPING_MS = 150;

interface MomentItem extends vscode.QuickPickItem {
  readonly line?: ConsoleLineBody;
}

/** What a list shows: lines, and the last one that was begun at the present position. */
interface Listing {
  readonly lines: readonly ConsoleLineBody[];
  readonly present: number;
  readonly earlier: string | undefined;
  readonly later: string | undefined;
}

function separator(label: string): MomentItem {
  return { label, kind: vscode.QuickPickItemKind.Separator };
}

function itemOf(line: ConsoleLineBody, isPresent: boolean): MomentItem {
  // The text is the description: labels would be sorted.
  const item = { label: formatPosition(line.position), description: line.text.replaceAll('$(', '$\u2060('), line };
  return isPresent ? { ...item, iconPath: new vscode.ThemeIcon('arrow-right'), buttons: [] } : item;
}

function itemsOf({ lines, present, earlier, later }: Listing): MomentItem[] {
  const items: MomentItem[] = earlier === undefined ? [] : [separator(earlier)];
  for (const line of lines) items.push(itemOf(line, line.index === present));
  const next = items.findIndex(({ line }) => line !== undefined && line.index > present);
  if (next > 0) items.splice(next, 0, separator('after the present position'));
  if (later !== undefined) items.push(separator(later));
  return items;
}

/** The item at the present position, or the nearest one before it. */
function presentItem(items: readonly MomentItem[], present: number): MomentItem | undefined {
  return items.findLast(({ line }) => line !== undefined && line.index <= present) ?? items.find(({ line }) => line !== undefined);
}

function show(picker: vscode.QuickPick<MomentItem>, listing: Listing): void {
  picker.items = itemsOf(listing);
  const active = presentItem(picker.items, listing.present);
  if (active !== undefined) picker.activeItems = [active];
}

/** Resolves to the position of the line that the user takes. */
function chosen(picker: vscode.QuickPick<MomentItem>): Promise<number | undefined> {
  return new Promise((resolve) => {
    picker.onDidAccept(() => {
      const line = picker.selectedItems[0]?.line;
      if (line === undefined) return;
      resolve(line.position);
      picker.hide();
    });
    picker.onDidHide(() => {
      resolve(undefined);
      picker.dispose();
    });
    picker.show();
  });
}

/** One of the moments when the same line was printed. */
export function chooseMoment({ lines, present, more }: FoundConsoleLinesBody): Promise<number | undefined> {
  const picker = vscode.window.createQuickPick<MomentItem>();
  picker.title = 'When this line was printed';
  picker.placeholder = 'Choose the moment to go to';
  show(picker, { lines, present, earlier: more ? `the last ${lines.length} times` : undefined, later: undefined });
  return chosen(picker);
}

/** The lines around the present position. */
async function aroundPresent(tracker: SessionTracker): Promise<Listing> {
  const newest = await tracker.request('chronovisor/consoleLines', { count: LINES_MAX });
  const { total, present } = newest;
  const first = Math.max(0, Math.min(present - LINES_MAX / 2, total - LINES_MAX));
  const { lines } = first === (newest.lines[0]?.index ?? 0) ? newest : await tracker.request('chronovisor/consoleLines', { first, count: LINES_MAX });
  const left = total - first - lines.length;
  return {
    lines, present,
    earlier: first > 0 ? `${first.toLocaleString('en-US')} earlier lines: type to find them` : undefined,
    later: left > 0 ? `${left.toLocaleString('en-US')} later lines: type to find them` : undefined,
  };
}

async function matching(tracker: SessionTracker, text: string): Promise<Listing> {
  const { lines, present, more } = await tracker.request('chronovisor/findConsoleLines', { text, count: LINES_MAX });
  return { lines, present, earlier: more ? `the last ${lines.length.toLocaleString('en-US')} lines with ${text}` : undefined, later: undefined };
}

/** Lets the user choose among all lines that the guest printed; the position of the one that he takes. */
export async function chooseConsoleLine(tracker: SessionTracker): Promise<number | undefined> {
  const all = await aroundPresent(tracker);
  if (all.lines.length === 0) {
    void vscode.window.showInformationMessage('The guest has not printed anything yet.');
    return undefined;
  }
  const picker = vscode.window.createQuickPick<MomentItem>();
  picker.title = 'Go to Console Line';
  picker.placeholder = 'Type to find lines by their text; the newest one is the last';
  picker.matchOnDescription = true;
  show(picker, all);
  let timer: NodeJS.Timeout | undefined;
  const refresh = async (text: string): Promise<void> => {
    const listing = text === '' || text.startsWith('@') ? all : await matching(tracker, text);
    if (picker.value.trim() === text) show(picker, listing);
  };
  picker.onDidChangeValue((value) => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // A session that ends meanwhile takes the list with it.
      refresh(value.trim()).catch(() => { picker.hide(); });
    }, TYPING_MS);
  });
  try {
    return await chosen(picker);
  } finally {
    clearTimeout(timer);
  }
}
