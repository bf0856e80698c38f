/** Linux in VS Code's terminal: control keys, history, a long paste, the size of the terminal, much output, and a machine that rests when Linux does. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { after, before, describe } from 'node:test';
import type { Page } from 'playwright-core';
import { guestFolder } from '../../emulator/host/known-guests.ts';
import { missingLinuxGuest } from '../tools.ts';
import { clickDebugToolbar, runCommand } from '../vscode/workbench.ts';
import { openDesk, screenshot, showDebugView, stationsOf, statusBar, terminal, type Desk } from './stations.ts';

const BOOT_MS = 120_000;
const PROMPT = 'chronovisor:~# ';
const PASTE_LINES = 1500;
/** Of processor time, in what Linux does nothing: measured on an idle kernel with its timer. */
const IDLE_PERCENT_MAX = 5;
const MS_PER_TICK = 10;

/** For the window: the longest time between two frames. As text, since the compiler of the tests adds names that the window does not know. */
const WATCH_FRAMES = `
globalThis.frames = { last: performance.now(), longestMs: 0 };
requestAnimationFrame(function frame() {
  const now = performance.now();
  frames.longestMs = Math.max(frames.longestMs, now - frames.last);
  frames.last = now;
  requestAnimationFrame(frame);
});`;

/** Tells the processes of this VS Code from others. */
const MARK = { CHRONOVISOR_TEST_DESK: `linux-console-${process.pid}` };
const launchJson = { version: '0.2.0', configurations: [{ type: 'chronovisor', request: 'launch', name: 'Boot Linux', guest: 'linux', stopOnEntry: false }] };

let desk: Desk;
let page: Page;

/** The lines of the terminal that are in sight, as text. */
const screen = async (): Promise<string> => (await terminal(page).locator('> div').allInnerTexts()).map((line) => line.replaceAll('\u00a0', ' ').trimEnd()).join('\n').trimEnd();

async function waitForScreen(what: string, accepts: (text: string) => boolean, limitMs = 30_000): Promise<string> {
  for (const endMs = Date.now() + limitMs; ;) {
    const text = await screen();
    if (accepts(text)) return text;
    if (Date.now() > endMs) throw new Error(`no ${what} within ${limitMs} ms; the terminal shows:\n${text}`);
    await sleep(50);
  }
}

const atPrompt = (text: string): boolean => text.endsWith(PROMPT.trimEnd());

/** Types a line and waits until the shell asks for the next one; what is on the screen then. */
async function command(line: string, limitMs?: number): Promise<string> {
  await page.keyboard.type(`clear; ${line}`);
  await page.keyboard.press('Enter');
  await sleep(300);
  return waitForScreen(`prompt after ${line}`, atPrompt, limitMs);
}

/** Pastes into the terminal as the browser does it. */
async function paste(text: string): Promise<void> {
  await page.evaluate((data) => {
    const transfer = new DataTransfer();
    transfer.setData('text/plain', data);
    document.activeElement?.dispatchEvent(new ClipboardEvent('paste', { clipboardData: transfer, bubbles: true, cancelable: true }));
  }, text);
}

/** Processor time of the debug adapter, all threads, in ms. */
function adapterCpuMs(): number {
  for (const pid of readdirSync('/proc').filter((name) => /^\d+$/.test(name))) {
    try {
      const words = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0');
      if (!words.some((word) => word.endsWith('debug-adapter.cjs')) || !readFileSync(`/proc/${pid}/environ`, 'utf8').includes(MARK.CHRONOVISOR_TEST_DESK)) continue;
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
    } catch {
      // It has just ended.
    }
  }
  throw new Error('there is no debug adapter');
}

const skip = missingLinuxGuest();

describe("Linux in VS Code's terminal", { skip }, () => {
  const station = stationsOf('linux-console', () => page);

  before(async () => {
    desk = await openDesk('linux', 'dark', (folder) => {
      mkdirSync(path.join(folder, '.vscode'), { recursive: true });
      writeFileSync(path.join(folder, '.vscode', 'launch.json'), JSON.stringify(launchJson));
    }, { XDG_CACHE_HOME: path.resolve(guestFolder('linux'), '../../..'), ...MARK });
    page = desk.page;
  });
  after(async () => { await desk.close(); });

  station('it boots to the shell; the status bar tells how fast, and that it waits then', async () => {
    await showDebugView(page);
    await page.locator('.start-debug-action-item', { hasText: 'Boot Linux' }).first().waitFor();
    await page.locator('.start-debug-action-item .codicon-debug-start').first().click();
    await statusBar(page).getByText(/LIVE @[\d,]+ · \d+ MIPS/).waitFor({ timeout: BOOT_MS });
    await screenshot(page, 'linux-console-1-boots');
    await terminal(page).waitFor();
    await waitForScreen('prompt', atPrompt, BOOT_MS);
    // The shell is there while the kernel still tests its ciphers.
    await statusBar(page).getByText(/LIVE @[\d,]+ · idle/).waitFor({ timeout: BOOT_MS });
    await screenshot(page, 'linux-console-2-idle');
  });

  station('control keys and history', async () => {
    await page.locator('.terminal-wrapper.active .xterm-screen').click();
    for (const line of ['sleep 1000', 'cat', 'while :; do :; done']) {
      await page.keyboard.type(`clear; ${line}`);
      await page.keyboard.press('Enter');
      await waitForScreen(`begin of ${line}`, (text) => text === '');
      await sleep(700);
      assert.equal(atPrompt(await screen()), false);
      await page.keyboard.press('Control+C');
      await waitForScreen(`prompt after Ctrl-C to ${line}`, atPrompt);
    }
    await command('echo one$((1 + 1))three');
    await page.keyboard.press('ArrowUp');
    await sleep(300);
    await page.keyboard.press('Enter');
    await sleep(300);
    assert.match(await waitForScreen('prompt', atPrompt), /^one2three$/m);
    await page.keyboard.type('cat');
    await page.keyboard.press('Enter');
    await sleep(300);
    await page.keyboard.press('Control+D');
    await sleep(300);
    await waitForScreen('prompt after Ctrl-D', atPrompt);
  });

  station('no answer of the terminal shows up as if it had been typed', async () => {
    assert.doesNotMatch(await screen(), /\^\[|\d+;\d+R/);
  });

  station('the size of the terminal, sent to the guest', async () => {
    assert.doesNotMatch(await command('stty size'), /^[1-9]\d* [1-9]\d*$/m);
    await runCommand(page, 'Send Terminal Size to Guest');
    await page.locator('.terminal-wrapper.active .xterm-screen').click();
    await sleep(500);
    const [, rows, columns] = /^(\d+) (\d+)$/m.exec(await command('stty size')) ?? [];
    assert.ok(Number(rows) >= 5 && Number(columns) >= 60, `${rows} rows, ${columns} columns`);
    assert.equal(Number(rows), await terminal(page).locator('> div').count());
    await screenshot(page, 'linux-console-3-size');
  });

  station('a long paste arrives whole', async () => {
    const text = Array.from({ length: PASTE_LINES }, (_, line) => `${line} The quick brown fox jumps over the lazy dog, again and again.\n`).join('');
    await page.keyboard.type('clear; cat > /tmp/paste');
    await page.keyboard.press('Enter');
    await sleep(500);
    await paste(text);
    await waitForScreen('last line of the paste', (shown) => shown.includes(`${PASTE_LINES - 1} The quick`), 120_000);
    await page.keyboard.press('Control+D');
    assert.match(await command('md5sum /tmp/paste', 60_000), new RegExp(createHash('md5').update(text).digest('hex')));
  });

  station('much output: the window stays alive, and pause stops it at once', async (_page, context) => {
    await page.evaluate(WATCH_FRAMES);
    await page.keyboard.type('clear; while :; do find /; done');
    await page.keyboard.press('Enter');
    await sleep(5000);
    await screenshot(page, 'linux-console-4-find');
    const longestMs = Number(await page.evaluate('frames.longestMs'));
    const beginMs = Date.now();
    await clickDebugToolbar(page, 'Pause');
    await page.locator('.debug-toolbar a.action-label[aria-label^="Continue"]').waitFor();
    context.diagnostic(`longest time without a frame ${longestMs.toFixed(0)} ms; pause took ${Date.now() - beginMs} ms`);
    assert.ok(longestMs < 2000, `the window stood still for ${longestMs} ms`);
    await clickDebugToolbar(page, 'Continue');
    await page.locator('.terminal-wrapper.active .xterm-screen').click();
    await page.keyboard.press('Control+C');
    await waitForScreen('prompt', atPrompt, 60_000);
  });

  station('an idle Linux leaves the processor alone', async (_page, context) => {
    await statusBar(page).getByText(/LIVE @[\d,]+ · idle/).waitFor();
    // Compilers are still at work on what has just run.
    await sleep(5000);
    const begin = { cpuMs: adapterCpuMs(), nowMs: Date.now() };
    await sleep(6000);
    const percent = 100 * (adapterCpuMs() - begin.cpuMs) / (Date.now() - begin.nowMs);
    context.diagnostic(`${percent.toFixed(1)} % of a processor`);
    assert.ok(percent < IDLE_PERCENT_MAX, `${percent} % of a processor`);
  });

  station('in the past keys are refused in words, and the light theme shows all of it', async () => {
    await clickDebugToolbar(page, 'Pause');
    await clickDebugToolbar(page, 'Step Back');
    await statusBar(page).getByText(/PAST @[\d,]+ of @[\d,]+/).waitFor();
    await runCommand(page, 'Toggle between Light/Dark Themes');
    await page.locator('.terminal-wrapper.active .xterm-screen').click();
    await page.keyboard.type('x');
    await waitForScreen('refusal', (text) => /takes no keys/.test(text));
    await screenshot(page, 'linux-console-5-past-light');
  });
});
