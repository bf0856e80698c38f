/** The debugger on source level, as a user meets it: conditions, hover, watch, the reverse steps, disassembly, and the console as a way into the past. */
import assert from 'node:assert/strict';
import { after, before, describe } from 'node:test';
import type { Locator, Page } from 'playwright-core';
import { clickDebugToolbar, goToLine, openFile, runCommand } from '../vscode/workbench.ts';
import {
  MENU_MS, callStack, openSample, position, shotInBothThemes, showDebugView, stationsOf, statusBar, terminal, variables, tracedRequests, waitForLine, waitForOtherPosition, waitForStop, type Desk,
} from './stations.ts';

/** Lines of sorting.c. */
const NUMBERS = 18;
const BATCH_BEGINS = 43;
/** The loop over the letters of a batch begins: what has written them returns to here. */
const BATCH_LOOP = 45;
const SORTS = 47;
const COUNTS = 51;
const COUNTED_ALL = 52;
/** The last line of letters_count_free, in letters.c. */
const COUNTED = 32;
/** Of console.c: a character has just been sent. */
const PRINTED = 18;
const BATCH = 64;

const callStackTitle = (page: Page): Locator => page.locator('.call-stack-state-message .label');
const watch = (page: Page): Locator => page.locator('.debug-watch .monaco-list-row');

/** A breakpoint at the cursor's line, with a condition. */
async function conditionalBreakpoint(page: Page, condition: string): Promise<void> {
  await runCommand(page, 'Add Conditional Breakpoint');
  await page.locator('.breakpoint-widget .monaco-editor.focused').waitFor();
  await page.keyboard.type(condition);
  await page.locator('.breakpoint-widget .view-lines', { hasText: condition.slice(0, 5) }).waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.breakpoint-widget').waitFor({ state: 'detached' });
}

/** Where a word stands on the screen, in the first of `lines` that has it: by itself, or else within other text. */
async function placeOf(lines: Locator, word: string): Promise<{ x: number; y: number }> {
  const place = await lines.filter({ hasText: word }).first().evaluate((line, text) => {
    // No function gets a name in here: the compiler of the tests adds a call that the window does not know.
    const walker = document.createTreeWalker(line, NodeFilter.SHOW_TEXT);
    const nodes: { node: Node; content: string }[] = [];
    for (let node = walker.nextNode(); node !== null; node = walker.nextNode()) nodes.push({ node, content: (node.textContent ?? '').replaceAll('\u00a0', ' ') });
    const found = nodes.find(({ content }) => content.trim() === text) ?? nodes.find(({ content }) => content.includes(text));
    if (found === undefined) return undefined;
    const range = document.createRange();
    range.setStart(found.node, found.content.indexOf(text));
    range.setEnd(found.node, found.content.indexOf(text) + text.length);
    const box = range.getBoundingClientRect();
    return { x: box.x + box.width / 2, y: box.y + box.height / 2 };
  }, word);
  assert.ok(place, `${word} is not on the screen`);
  return place;
}

/** Rests the pointer on a word, again if what it should bring was not ready, until it is there. */
async function hoverUntil(page: Page, lines: Locator, word: string, appears: Locator): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    await page.mouse.move(700, 300);
    const { x, y } = await placeOf(lines, word);
    await page.mouse.move(x, y, { steps: 20 });
    try {
      await appears.waitFor({ timeout: 3000 });
      return;
    } catch (error) {
      if (attempt === 5) throw error;
    }
  }
}

/** Presses keys that move the machine, and waits for where it should stand then. */
async function go(page: Page, keys: string, file: string, line: number, name: string): Promise<void> {
  await waitForStop(page);
  const from = await position(page);
  await page.keyboard.press(keys);
  await waitForOtherPosition(page, from);
  await waitForLine(page, file, line);
  await callStack(page).first().filter({ hasText: name }).waitFor();
}

async function addWatch(page: Page, expression: string): Promise<void> {
  await runCommand(page, 'Focus on Watch View');
  await page.locator('.pane-header', { hasText: 'Watch' }).hover();
  await page.locator('.pane-header', { hasText: 'Watch' }).locator('.codicon-watch-expressions-add').click();
  await page.locator('.debug-watch input').fill(expression);
  await page.keyboard.press('Enter');
}

/** VS Code's own Run to Cursor. */
async function runToCursor(page: Page, line: number): Promise<void> {
  await goToLine(page, line);
  const from = await position(page);
  await runCommand(page, 'Debug: Run to Cursor');
  await waitForOtherPosition(page, from);
  await waitForLine(page, 'sorting.c', line);
}

describe('source level, forward and backward', () => {
  let desk: Desk;
  const station = stationsOf('source-level', () => desk.page);
  const shots = (page: Page, name: string, bringUp?: () => Promise<unknown>): Promise<void> => shotInBothThemes(page, 'source-level', name, bringUp);

  before(async () => { desk = await openSample({ theme: 'dark', trace: 'source-level' }); });
  after(async () => { await desk.close(); });

  station('a breakpoint with a condition stops where it holds', async (page) => {
    await openFile(page, 'sorting.c');
    await goToLine(page, BATCH_BEGINS);
    await conditionalBreakpoint(page, `batch == ${String(BATCH)}`);
    await showDebugView(page);
    await page.keyboard.press('F5');
    await waitForLine(page, 'sorting.c', BATCH_BEGINS);
    await variables(page).filter({ hasText: new RegExp(`^batch\\s*=\\s*${String(BATCH)}`) }).waitFor();
    await callStackTitle(page).filter({ hasText: /^LIVE @[\d,]+ · / }).waitFor();
    await shots(page, '1-condition');
  });

  station('the pointer on a variable shows its value', async (page) => {
    const hover = page.locator('.debug-hover-widget', { hasText: String(BATCH) });
    await hoverUntil(page, page.locator('.editor-instance .view-line', { hasText: 'void deliver_batch' }), 'batch', hover);
    assert.match(await hover.innerText(), new RegExp(`\\b${String(BATCH)}\\b`));
    await page.mouse.move(1000, 450);
    await hover.waitFor({ state: 'hidden' });
  });

  station('an expression is watched', async (page) => {
    await addWatch(page, '(batch + 1) * 2');
    await watch(page).filter({ hasText: /130/ }).waitFor();
    await shots(page, '2-watch');
  });

  station('Run to Cursor; Step Back goes over a call, Step Back Into to its end, Step Back Out to the caller', async (page) => {
    await runToCursor(page, COUNTED_ALL);
    await go(page, 'Alt+F10', 'sorting.c', COUNTS, 'deliver_batch');
    await callStackTitle(page).filter({ hasText: /^PAST @[\d,]+ of @[\d,]+ · / }).waitFor();
    await go(page, 'F10', 'sorting.c', COUNTED_ALL, 'deliver_batch');
    await go(page, 'Alt+F11', 'letters.c', COUNTED, 'letters_count_free');
    await shots(page, '3-back-into');
    await go(page, 'Shift+Alt+F11', 'sorting.c', COUNTS, 'deliver_batch');
    await go(page, 'Control+Shift+F11', 'sorting.c', BATCH_BEGINS, 'deliver_batch');
  });

  station('Run Back to Cursor, by its key and in the menu of the editor', async (page) => {
    await runToCursor(page, COUNTED_ALL);
    await page.locator('.editor-instance .view-line', { hasText: 'u8 destination = sort' }).click();
    await go(page, 'Shift+Alt+F5', 'sorting.c', SORTS, 'deliver_batch');
    await page.locator('.editor-instance .view-line', { hasText: 'letter_give_back(desk)' }).click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Run Back to Cursor' }).waitFor();
    await page.keyboard.press('Escape');
  });

  station('Who Wrote This? on a watch: the line that wrote it; on a variable without a place: why not; on what is written', async (page) => {
    await addWatch(page, 'serial');
    const from = await position(page);
    await watch(page).filter({ hasText: /^serial/ }).first().click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Who Wrote This?' }).click({ delay: MENU_MS });
    await waitForOtherPosition(page, from);
    await waitForLine(page, 'sorting.c', NUMBERS);
    await callStackTitle(page).filter({ hasText: 'Last write of serial' }).waitFor();
    await shots(page, '3-last-write');
    await go(page, 'Shift+F11', 'sorting.c', BATCH_LOOP, 'deliver_batch');
    await variables(page).filter({ hasText: /^next\s*=/ }).first().click({ button: 'right' });
    await page.getByRole('menuitem', { name: 'Who Wrote This?' }).click({ delay: MENU_MS });
    const notice = page.locator('.notification-toast', { hasText: 'Only writes to memory can be searched' });
    await notice.first().waitFor();
    await runCommand(page, 'Notifications: Clear All Notifications');
    await notice.first().waitFor({ state: 'detached' });
    await runCommand(page, 'Chronovisor: Who Wrote This?');
    await page.locator('.quick-input-title', { hasText: 'Who Wrote This?' }).waitFor();
    await page.keyboard.press('Control+A');
    await page.keyboard.type('serial');
    await page.keyboard.press('Enter');
    await waitForLine(page, 'sorting.c', NUMBERS);
  });

  station('Previous Event: the first and only one; Next Event says that there is none; Continue comes back', async (page) => {
    const from = await position(page);
    await clickDebugToolbar(page, 'Previous Event');
    await waitForOtherPosition(page, from);
    assert.equal(await position(page), '@0');
    await clickDebugToolbar(page, 'Next Event');
    const notice = page.locator('.notification-toast', { hasText: 'No event is recorded after @0' });
    await notice.waitFor();
    await runCommand(page, 'Notifications: Clear All Notifications');
    await notice.waitFor({ state: 'detached' });
    await page.locator('.editor-instance .view-lines').first().click();
    await go(page, 'F5', 'sorting.c', BATCH_BEGINS, 'deliver_batch');
  });

  station('breakpoints stay in their lines', () => {
    // VS Code sets them anew in whatever file it shows by then, once it was told where in the line others could be.
    const requests = tracedRequests('source-level');
    assert.deepEqual(requests.filter(({ command }) => command === 'breakpointLocations'), [], 'candidates for breakpoints are off by default');
    const lines = requests.filter(({ command }) => command === 'setBreakpoints').map(({ arguments: { lines } }) => lines);
    assert.ok(lines.length > 2, JSON.stringify(lines));
    for (const each of lines) assert.ok(each?.includes(BATCH_BEGINS), JSON.stringify(lines));
    return Promise.resolve();
  });

  station('the disassembly shows where the machine stands', async (page) => {
    await page.locator('.editor-instance .view-lines').first().click();
    await runCommand(page, 'Open Disassembly View');
    const rows = page.locator('.disassembly-view .monaco-table-tr');
    await rows.filter({ hasText: /\b(jal|addi|ld|sd|lw|auipc)\b/ }).first().waitFor();
    await page.locator('.disassembly-view .codicon-debug-stackframe').first().waitFor();
    await shots(page, '4-disassembly');
    await waitForStop(page);
    const from = await position(page);
    await page.keyboard.press('Control+F10');
    await waitForOtherPosition(page, from);
    // While it is open, stops are shown in it and not in the source. The toolbar covers its button.
    await page.locator('.tab', { hasText: 'Disassembly' }).click({ button: 'middle', position: { x: 10, y: 10 } });
    await page.locator('.tab.active', { hasText: '.c' }).waitFor();
  });

  station('a line of the console that is clicked leads to the moment when it was printed', async (page) => {
    const lines = terminal(page).locator('> div');
    const link = page.locator('.xterm-hover', { hasText: /Go\sto\s@[\d,]+/ });
    await hoverUntil(page, lines, 'batch 32,', link);
    const from = await position(page);
    await shots(page, '5-console', () => hoverUntil(page, lines, 'batch 32,', link));
    await hoverUntil(page, lines, 'batch 32,', link);
    await page.keyboard.down('Control');
    await page.mouse.down();
    await page.mouse.up();
    await page.keyboard.up('Control');
    await waitForOtherPosition(page, from);
    await waitForLine(page, 'console.c', PRINTED);
    await callStack(page).filter({ hasText: 'deliver_batch' }).waitFor();
    await statusBar(page).getByText(/PAST @/).waitFor();
    await shots(page, '6-printed');
  });

  station('Go to Console Line: by keyboard', async (page) => {
    const from = await position(page);
    const rows = page.locator('.quick-input-list .monaco-list-row');
    const first = rows.filter({ hasText: 'The post office is open' });
    const list = async (): Promise<void> => {
      if (await first.isVisible()) return;
      await runCommand(page, 'Go to Console Line');
      await first.waitFor();
    };
    await list();
    await rows.and(page.locator('.focused')).filter({ hasText: 'batch 32' }).waitFor();
    await shots(page, '7-console-lines', list);
    await list();
    await page.keyboard.type('POST OFFICE');
    await rows.filter({ hasText: 'batch 32' }).waitFor({ state: 'detached' });
    await page.keyboard.press('Enter');
    await waitForOtherPosition(page, from);
    await waitForLine(page, 'console.c', PRINTED);
    await callStack(page).filter({ hasText: 'main' }).first().waitFor();
  });
});
