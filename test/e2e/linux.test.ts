/** Linux in VS Code: a shell in the terminal, back into start_kernel, and on live. */
import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe } from 'node:test';
import type { Page } from 'playwright-core';
import { guestFolder } from '../../emulator/host/known-guests.ts';
import { missingLinuxGuest } from '../tools.ts';
import { clickDebugToolbar, runCommand } from '../vscode/workbench.ts';
import { callStack, openDesk, position, screenshot, shotInBothThemes, showDebugView, stationsOf, statusBar, terminal, waitForBreakpoint, waitForOtherPosition, waitForStop, type Desk } from './stations.ts';

/** A boot takes 1.0 G instructions, a search from the prompt to the beginning a little more. */
const BOOT_MS = 120_000;
/** Where this kernel and this firmware get to start_kernel, more or less. */
const START_KERNEL = { min: 5_000_000, max: 20_000_000 };
const STEPS = 3;

const launchJson = {
  version: '0.2.0',
  configurations: [{ type: 'chronovisor', request: 'launch', name: 'Boot Linux', guest: 'linux', stopOnEntry: false }],
};

const asNumber = (text: string): number => Number(text.replaceAll(/\D/g, ''));

async function type(page: Page, line: string): Promise<void> {
  await page.locator('.terminal-wrapper.active .xterm-screen').click();
  await page.keyboard.type(`${line}\n`, { delay: 20 });
}

async function addFunctionBreakpoint(page: Page, name: string): Promise<void> {
  await runCommand(page, 'Add Function Breakpoint');
  const input = page.locator('.debug-breakpoints input');
  await waitForBreakpoint(page, input);
  await input.fill(name);
  await page.keyboard.press('Enter');
  await waitForBreakpoint(page, page.locator('.debug-breakpoints .monaco-list-row', { hasText: name }));
}

describe('Linux, from its shell back into start_kernel', { skip: missingLinuxGuest() }, () => {
  let desk: Desk;
  const station = stationsOf('linux', () => desk.page);

  before(async () => {
    desk = await openDesk('linux', 'dark', (folder) => {
      mkdirSync(path.join(folder, '.vscode'), { recursive: true });
      writeFileSync(path.join(folder, '.vscode', 'launch.json'), JSON.stringify(launchJson));
    }, { XDG_CACHE_HOME: path.resolve(guestFolder('linux'), '../../..') });
  });
  after(async () => { await desk.close(); });

  station('its launch configuration boots it to a shell, which takes a command', async (page) => {
    await showDebugView(page);
    // The button is there as soon as the launch configuration was read.
    await page.locator('.start-debug-action-item', { hasText: 'Boot Linux' }).first().waitFor();
    await page.locator('.start-debug-action-item .codicon-debug-start').first().click();
    await terminal(page).filter({ hasText: ':~#' }).waitFor({ timeout: BOOT_MS });
    await type(page, 'echo answer $((6*7))');
    await terminal(page).filter({ hasText: 'answer 42' }).waitFor();
    await statusBar(page).getByText(/LIVE/).waitFor();
    await shotInBothThemes(page, 'linux', '1-shell');
  });

  station('Pause: the kernel, with its functions named', async (page) => {
    await showDebugView(page);
    await clickDebugToolbar(page, 'Pause');
    // The shell is there while the kernel still tests its ciphers: it may be at that, or idle.
    await callStack(page).filter({ hasText: /do_idle|kthread|handle_exception/ }).first().waitFor();
    await page.locator('.tab.active', { hasText: '.s' }).waitFor();
    await shotInBothThemes(page, 'linux', '2-paused');
  });

  station('a function breakpoint, and Reverse: start_kernel', async (page) => {
    await addFunctionBreakpoint(page, 'start_kernel');
    await clickDebugToolbar(page, 'Reverse');
    await callStack(page).filter({ hasText: 'start_kernel' }).first().waitFor({ timeout: BOOT_MS });
    await statusBar(page).getByText(/PAST @/).waitFor({ timeout: BOOT_MS });
    await callStack(page).filter({ hasText: /^_start_kernel/ }).waitFor();
    await page.locator('.tab.active', { hasText: 'start_kernel.s' }).waitFor();
    const at = asNumber(await position(page));
    assert.ok(at > START_KERNEL.min && at < START_KERNEL.max, `start_kernel at @${String(at)}`);
    await shotInBothThemes(page, 'linux', '3-start-kernel');
  });

  station('back by instructions, forward again to the breakpoint', async (page) => {
    const at = asNumber(await position(page));
    for (let step = 1; step <= STEPS; step++) {
      const before = await position(page);
      await waitForStop(page);
      await page.keyboard.press('Control+F10');
      await waitForOtherPosition(page, before);
    }
    assert.equal(asNumber(await position(page)), at - STEPS);
    await callStack(page).filter({ hasText: /^_start_kernel/ }).first().waitFor();
    await screenshot(page, 'linux-dark-4-before');
    const earlier = await position(page);
    await clickDebugToolbar(page, 'Continue');
    await waitForOtherPosition(page, earlier);
    await callStack(page).filter({ hasText: /^start_kernel/ }).first().waitFor();
    assert.equal(asNumber(await position(page)), at);
  });

  station('Continue: on live, and the shell takes a command', async (page) => {
    await runCommand(page, 'Remove All Breakpoints');
    await clickDebugToolbar(page, 'Continue');
    await statusBar(page).getByText(/LIVE/).waitFor({ timeout: BOOT_MS });
    await type(page, 'echo again $((6*7))');
    await terminal(page).filter({ hasText: 'again 42' }).waitFor();
    await screenshot(page, 'linux-dark-5-live-again');
  });
});
