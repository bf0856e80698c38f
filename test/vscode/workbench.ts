/** VS Code's workbench in headless Chromium: open it, drive it, look into webviews. */
import { setTimeout as sleep } from 'node:timers/promises';
import path from 'node:path';
import { chromium, type Browser, type Frame, type Locator, type Page } from 'playwright-core';
import { ensureChromium } from './ensure.ts';
import type { Server } from './server.ts';

export interface WorkbenchOptions {
  /** Workspace folder. */
  readonly folder?: string;
  /** Source folder of an extension under development (needs the server's smokeTestDriver). */
  readonly extensionDevelopmentPath?: string;
  /** Module with `run()`, executed in the extension host (needs the server's smokeTestDriver). */
  readonly extensionTestsPath?: string;
}

const PAGE_TIMEOUT_MS = 30_000;

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({
    executablePath: ensureChromium(), headless: true,
    args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking', '--disable-component-update',
      '--disable-sync', '--disable-dev-shm-usage'],
  });
}

export function workbenchUrl(server: Server, options: WorkbenchOptions): string {
  const payload = [['skipWelcome', 'true']];
  if (options.extensionDevelopmentPath !== undefined) payload.push(['extensionDevelopmentPath', server.uri(options.extensionDevelopmentPath)]);
  if (options.extensionTestsPath !== undefined) payload.push(['extensionTestsPath', server.uri(options.extensionTestsPath)]);
  const query = new URLSearchParams({ payload: JSON.stringify(payload) });
  if (options.folder !== undefined) query.set('folder', path.resolve(options.folder));
  return `${server.origin}/?${query.toString()}`;
}

export async function newPage(browser: Browser): Promise<Page> {
  const page = await browser.newPage({ viewport: { width: 1400, height: 900 } });
  page.setDefaultTimeout(PAGE_TIMEOUT_MS);
  return page;
}

export async function openWorkbench(server: Server, browser: Browser, options: WorkbenchOptions): Promise<Page> {
  const page = await newPage(browser);
  await page.goto(workbenchUrl(server, options));
  await page.locator('.monaco-workbench .part.statusbar').waitFor();
  return page;
}

/**
 * The frame of the webview that contains `selector`. With several webviews open there is no other way to tell them apart:
 * iframe.webview > iframe#active-frame is the extension's own page, and its name stays "pending-frame".
 */
export async function webviewFrame(page: Page, selector: string, timeoutMs = PAGE_TIMEOUT_MS): Promise<Frame> {
  for (let waitedMs = 0; waitedMs < timeoutMs; waitedMs += 100) {
    for (const frame of page.frames()) {
      if (!frame.url().includes('/webview/browser/pre/fake.html')) continue;
      if (await frame.locator(selector).count().catch(() => 0) > 0) return frame;
    }
    await sleep(100);
  }
  throw new Error(`no webview with ${selector} within ${String(timeoutMs)} ms`);
}

/**
 * Runs a command by its title. The list does not notice commands of extensions that are still being loaded, and an editor that opens where the
 * debugger stops closes it: it is asked again.
 */
export async function runCommand(page: Page, title: string): Promise<void> {
  const row = page.locator('.quick-input-list .monaco-list-row', { hasText: title }).first();
  for (let attempt = 1; ; attempt++) {
    await page.keyboard.press('F1');
    try {
      await page.locator('.quick-input-widget input').fill(`>${title}`, { timeout: 2000 });
      await row.waitFor({ timeout: 2000 });
      break;
    } catch (error) {
      if (attempt === 10) throw error;
      await page.keyboard.press('Escape');
    }
  }
  await page.keyboard.press('Enter');
}

/** Opens a file of the workspace through Quick Open. */
export async function openFile(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Control+P');
  await page.locator('.quick-input-widget input').fill(name);
  await page.locator('.quick-input-list .monaco-list-row', { hasText: path.basename(name) }).first().waitFor();
  await page.keyboard.press('Enter');
  await page.locator('.tab.active', { hasText: path.basename(name) }).waitFor();
}

/** Puts the cursor of the editor on a line; again where the editor was still being opened. */
export async function goToLine(page: Page, line: number): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      await page.keyboard.press('Control+G');
      await page.locator('.quick-input-widget input').fill(`:${String(line)}`, { timeout: 2000 });
      await page.keyboard.press('Enter');
      await page.locator('#status\\.editor\\.selection', { hasText: `Ln ${String(line)},` }).waitFor({ timeout: 3000 });
      return;
    } catch (error) {
      if (attempt === 10) throw error;
      await page.keyboard.press('Escape');
    }
  }
}

/** Toggles a breakpoint. Clicking the gutter right after opening a file is not reliable. */
export async function toggleBreakpoint(page: Page, line: number): Promise<void> {
  await goToLine(page, line);
  await page.keyboard.press('F9');
}

/** A button of the debug toolbar, by its label without its key ("Step Back", "Reverse", "Continue", ...). */
export async function clickDebugToolbar(page: Page, label: string): Promise<void> {
  await debugToolbarButton(page, label).click();
}

export function debugToolbarButton(page: Page, label: string): Locator {
  return page.locator(`.debug-toolbar a.action-label:is([aria-label="${label}"], [aria-label^="${label} ("])`);
}
