/** The whole idea, as a user meets it: boot, type until it crashes, and go back to the line that did it. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import { sampleFolder } from '../vscode/paths.ts';
import type { Theme } from '../vscode/server.ts';
import { clickDebugToolbar, openFile, runCommand, webviewFrame } from '../vscode/workbench.ts';
import {
  MENU_MS, callStack, exceptionWidget, openSample, position, screenshot, showChronovisor, showDebugView, stationsOf, statusBar, terminal, typeIntoTerminal, variables, waitForBreakpoint, waitForLine, waitForOtherPosition, type Desk,
} from './stations.ts';

const GUILTY_LINE = 21;
/** Lines from the crash back to the round of the loop before. */
const STEPS_MAX = 6;
/** The Variables view follows a stop this fast. */
const VARIABLES_MS = 1500;

function journey(theme: Theme): void {
  let desk: Desk;
  const shot = (name: string): Promise<void> => screenshot(desk.page, `journey-${theme}-${name}`);

  const station = stationsOf(`journey-${theme}`, () => desk.page);

  before(async () => {
    desk = await openSample({ theme });
  });
  after(async () => {
    await desk.close();
  });

  station('F5 boots the guest: the terminal has its console, the status bar says LIVE', async () => {
    await openFile(desk.page, 'main.c');
    await showChronovisor(desk.page);
    await (await webviewFrame(desk.page, '#empty')).locator('#empty:visible').waitFor();
    await shot('0-nothing-runs');
    await desk.page.keyboard.press('F5');
    await terminal(desk.page).filter({ hasText: 'The post office is open.' }).waitFor();
    await statusBar(desk.page).getByText(/LIVE/).waitFor();
    await showChronovisor(desk.page);
    const timeline = await webviewFrame(desk.page, '#track');
    await timeline.locator('#badge.live').waitFor();
    await shot('1-live');
  });

  station('keys crash it: the exception is shown at the loop over the free list', async () => {
    const keys = await typeIntoTerminal(desk.page, exceptionWidget(desk.page));
    assert.ok(keys > 0);
    await exceptionWidget(desk.page).getByText(/Load (access|page) fault/).first().waitFor();
    await waitForLine(desk.page, 'letters.c', 29);
    await shot('2-crash');
  });

  station('Step Back, until the letter is the last good one', async () => {
    await showDebugView(desk.page);
    // With its name: the bad one is a time, and may well begin with 0x8.
    const good = variables(desk.page).filter({ hasText: /^letter\s*=\s*0x8[0-9a-f]+ <stock\b/ }).first();
    for (let steps = 0; steps < STEPS_MAX && !await good.isVisible(); steps++) {
      const before = await position(desk.page);
      await clickDebugToolbar(desk.page, 'Step Back');
      await waitForOtherPosition(desk.page, before);
      await good.waitFor({ timeout: VARIABLES_MS }).catch(() => undefined);
    }
    await good.waitFor();
    await statusBar(desk.page).getByText(/PAST/).waitFor();
    assert.equal(await exceptionWidget(desk.page).count(), 0);
    await shot('3-step-back');
  });

  station('Break on Value Change and Reverse Continue: the guilty line, inside an interrupt', async () => {
    const letter = variables(desk.page).filter({ hasText: /^letter/ }).first();
    await letter.locator('.monaco-tl-twistie').click();
    const next = variables(desk.page).filter({ hasText: /^next/ }).first();
    await next.click({ button: 'right' });
    await shot('4-menu');
    await desk.page.getByRole('menuitem', { name: 'Break on Value Change' }).click();
    await waitForBreakpoint(desk.page, desk.page.locator('.debug-breakpoints .monaco-list-row', { hasText: 'next' }));
    await clickDebugToolbar(desk.page, 'Reverse');
    await waitForLine(desk.page, 'interrupts.c', GUILTY_LINE);
    const source = readFileSync(path.join(desk.folder, 'interrupts.c'), 'utf8').split('\n')[GUILTY_LINE - 1];
    assert.match(String(source), /desk->stamped_at = ticks;/);
    await callStack(desk.page).filter({ hasText: 'on_trap' }).waitFor();
    const frames = await callStack(desk.page).allInnerTexts();
    for (const name of ['on_external', 'on_trap', 'trap_entry', 'deliver_batch', 'main']) {
      assert.ok(frames.some(frame => frame.includes(name)), `no ${name} in the call stack:\n${frames.join('\n')}`);
    }
    await statusBar(desk.page).getByText(/PAST @/).waitFor();
    await shot('5-guilty');
  });

  station('the timeline says PAST, and an event that is clicked goes there', async () => {
    await showChronovisor(desk.page);
    const timeline = await webviewFrame(desk.page, '#track');
    await timeline.locator('#badge.past', { hasText: 'PAST' }).waitFor();
    await shot('6-timeline');
    const event = timeline.locator('#events .event', { hasText: 'console input' }).first();
    const at = await event.locator('.at').innerText();
    await event.click();
    await timeline.locator('#position', { hasText: at }).waitFor();
    await statusBar(desk.page).getByText(`PAST ${at}`).waitFor();
  });

  station('the memory map opens a page and shows its bytes', async () => {
    const memory = await webviewFrame(desk.page, '#map');
    await memory.locator('#map').click({ position: { x: 5, y: 5 } });
    await memory.locator('#info', { hasText: 'at 0x80000000' }).waitFor();
    assert.match(await memory.locator('#bytes').innerText(), /^000( +[0-9a-f]{2}){4}/m);
    await shot('7-memory');
  });

  station('Who Wrote This? on a byte of the page: nobody, it was loaded', async () => {
    const memory = await webviewFrame(desk.page, '#map');
    await memory.locator('#bytes span').first().click({ button: 'right' });
    await desk.page.getByRole('menuitem', { name: 'Who Wrote This?' }).click({ delay: MENU_MS });
    await showDebugView(desk.page);
    await desk.page.locator('.call-stack-state-message .label', { hasText: 'Nothing in the recording writes the byte at 0x80000000 before here' }).waitFor();
  });

  station('Continue: through the recording to the crash, and on live', async () => {
    await desk.page.locator('.editor-instance .view-lines').first().click(); // out of the webview: its keys take a detour
    await showDebugView(desk.page);
    await runCommand(desk.page, 'Remove All Breakpoints');
    await clickDebugToolbar(desk.page, 'Continue');
    await exceptionWidget(desk.page).waitFor();
    await waitForLine(desk.page, 'letters.c', 29);
    await clickDebugToolbar(desk.page, 'Continue');
    await terminal(desk.page).filter({ hasText: 'the office is on fire' }).waitFor();
    await shot('8-on-live');
  });

  station('no source was touched', async () => {
    for (const file of readdirSync(sampleFolder).filter(name => /\.[chS]$/.test(name))) {
      assert.equal(readFileSync(path.join(desk.folder, file), 'utf8'), readFileSync(path.join(sampleFolder, file), 'utf8'), file);
    }
    assert.equal(await desk.page.locator('.tab.dirty').count(), 0);
  });
}

describe('a bug found backward, dark theme', () => {
  journey('dark');
});

describe('a bug found backward, light theme', () => {
  journey('light');
});
