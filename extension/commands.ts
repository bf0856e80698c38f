/** Commands of the palette, menus and keys. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import { DEBUG_TYPE } from '../debug-adapter/protocol.ts';
import { chooseConsoleLine } from './console-picker.ts';
import { formatPosition, parsePosition } from './format.ts';
import { reverseCommands } from './reverse-commands.ts';
import type { SessionTracker } from './session-tracker.ts';

/** Shows what went wrong instead of failing silently. */
async function attempt(action: () => Promise<unknown>): Promise<void> {
  try {
    await action();
  } catch (error) {
    void vscode.window.showErrorMessage(error instanceof Error ? error.message : String(error));
  }
}

async function goToPosition(tracker: SessionTracker): Promise<void> {
  const timeline = await tracker.request('chronovisor/timeline', undefined);
  const text = await vscode.window.showInputBox({
    title: 'Go to Position',
    prompt: `Instructions since power-on, from 0 to ${formatPosition(timeline.end)}`,
    value: formatPosition(timeline.position),
    validateInput: (value) => {
      const position = parsePosition(value);
      if (position === undefined) return 'Write a whole number, such as 1,000,000.';
      return position > timeline.end ? `The recording reaches ${formatPosition(timeline.end)}.` : undefined;
    },
  });
  const position = text === undefined ? undefined : parsePosition(text);
  if (position !== undefined) await tracker.request('chronovisor/seek', { position });
}

async function goToEnd(tracker: SessionTracker): Promise<void> {
  const { end } = await tracker.request('chronovisor/timeline', undefined);
  await tracker.request('chronovisor/seek', { position: end });
}

async function goToConsoleLine(tracker: SessionTracker): Promise<void> {
  const position = await chooseConsoleLine(tracker);
  if (position !== undefined) await tracker.request('chronovisor/seek', { position });
}

/** Starts a session on a file that was chosen in the explorer or the open one. */
async function debugFile(resource: vscode.Uri | undefined): Promise<void> {
  const uri = resource ?? (await vscode.window.showOpenDialog({ title: 'Guest or recording', openLabel: 'Debug' }))?.[0];
  if (uri === undefined) return;
  const key = uri.fsPath.endsWith('.chrono') ? 'recording' : 'program';
  await vscode.debug.startDebugging(vscode.workspace.getWorkspaceFolder(uri), { type: DEBUG_TYPE, request: 'launch', name: basename(uri.fsPath), [key]: uri.fsPath });
}

export function registerCommands(tracker: SessionTracker): vscode.Disposable[] {
  const commands: Record<string, (argument?: vscode.Uri) => Promise<unknown>> = {
    'chronovisor.goToPosition': () => goToPosition(tracker),
    'chronovisor.goToBeginning': () => tracker.request('chronovisor/seek', { position: 0 }),
    'chronovisor.goToEnd': () => goToEnd(tracker),
    'chronovisor.goToConsoleLine': () => goToConsoleLine(tracker),
    ...reverseCommands(tracker),
    'chronovisor.debugFile': (uri) => debugFile(uri),
  };
  return Object.entries(commands).map(([id, run]) => vscode.commands.registerCommand(id, (argument?: vscode.Uri) => attempt(() => run(argument))));
}
