/** What the journeys share: a VS Code with the packaged extension on a copy of the sample folder, and eyes and hands for it. */
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { it, type TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Browser, Locator, Page } from 'playwright-core';
import { outputFolder, packagedExtension, sampleFolder } from '../vscode/paths.ts';
import { startServer, type Server, type Theme } from '../vscode/server.ts';
import { debugToolbarButton, launchBrowser, openWorkbench, runCommand } from '../vscode/workbench.ts';

const KEYS_MAX = 600;
/** Wall time between two keys: any moment will do, the same moment of each batch again and again would not. */
const KEY_INTERVAL_MS = 40;
const KEY_JITTER_MS = 45;

export interface Desk {
  readonly page: Page;
  /** The copy of the sample that is open. */
  readonly folder: string;
  close(): Promise<void>;
}

/** A menu of VS Code's takes no click in its first tenth of a second: the one that opened it might be meant. */
export const MENU_MS = 300;

/** Opens the sample in a VS Code of its own. Nothing is ever written into the repository. `trace`: the messages of the debug adapter are kept beside the pictures. */
export function openSample(options: { readonly theme: Theme; readonly without?: readonly string[]; readonly trace?: string }): Promise<Desk> {
  return openDesk(path.basename(sampleFolder), options.theme, (folder) => {
    cpSync(sampleFolder, folder, { recursive: true });
    for (const name of options.without ?? []) rmSync(path.join(folder, name), { recursive: true });
    if (options.trace !== undefined) traceInto(folder, options.trace);
  });
}

/** The launch attribute `trace` of the sample: a new file in the output folder. */
function traceInto(folder: string, name: string): void {
  const trace = traceFile(name);
  rmSync(trace, { force: true });
  const file = path.join(folder, '.vscode', 'launch.json');
  const launch = JSON.parse(readFileSync(file, 'utf8')) as { configurations: object[] };
  writeFileSync(file, JSON.stringify({ ...launch, configurations: launch.configurations.map((configuration) => ({ ...configuration, trace })) }));
}

interface TracedRequest {
  readonly command: string;
  readonly arguments: { readonly lines?: readonly number[] };
}

/** What VS Code has asked so far, where the sample was opened with this trace. */
export function tracedRequests(name: string): readonly TracedRequest[] {
  const lines = readFileSync(traceFile(name), 'utf8').split('\n');
  return lines.flatMap((line) => {
    const [, text] = /^\S+ client (.*\})$/.exec(line) ?? [];
    return text === undefined ? [] : [JSON.parse(text) as TracedRequest];
  });
}

function traceFile(name: string): string {
  return path.join(outputFolder(), `${name}-trace.txt`);
}

/** Opens a folder that `fill` makes. `env`: of VS Code's server. */
export async function openDesk(name: string, theme: Theme, fill: (folder: string) => void, env: Readonly<Record<string, string>> = {}): Promise<Desk> {
  const parent = mkdtempSync(path.join(os.tmpdir(), 'chronovisor-e2e-'));
  const folder = path.join(parent, name);
  let server: Server | undefined, browser: Browser | undefined;
  const close = async (): Promise<void> => {
    await browser?.close();
    await server?.stop();
    rmSync(parent, { recursive: true, force: true });
  };
  try {
    fill(folder);
    // Text of the terminal is in the document only when nothing draws it on a canvas.
    server = await startServer({ vsix: [packagedExtension()], theme, env, settings: { 'terminal.integrated.gpuAcceleration': 'off' } });
    browser = await launchBrowser();
    const page = await openWorkbench(server, browser, { folder });
    return { page, folder, close };
  } catch (error) {
    await close();
    throw error;
  }
}

/** `pointing`: what the pointer brought up belongs to the picture. */
export async function screenshot(page: Page, name: string, pointing = false): Promise<void> {
  if (!pointing) await page.mouse.move(1000, 450); // away from buttons: no tooltips
  await sleep(400);
  await page.screenshot({ path: path.join(outputFolder(), `${name}.png`) });
}

/** The same in both themes, as `PREFIX-dark-NAME` and `PREFIX-light-NAME`: light and dark alike must be readable. `bringUp`: what the pointer or a key brings up, and the palette takes away. */
export async function shotInBothThemes(page: Page, prefix: string, name: string, bringUp?: () => Promise<unknown>): Promise<void> {
  for (const theme of ['dark', 'light']) {
    await bringUp?.();
    await screenshot(page, `${prefix}-${theme}-${name}`, bringUp !== undefined);
    await runCommand(page, 'Toggle between Light/Dark Themes');
  }
}

export type Station = (name: string, visit: (page: Page, context: TestContext) => Promise<void>) => void;

/** The stations of a journey: those after one that failed would only time out. */
export function stationsOf(prefix: string, page: () => Page): Station {
  let broken = false;
  return (name, visit) => {
    it(name, async (context: TestContext) => {
      if (broken) {
        context.skip('an earlier station failed');
        return;
      }
      try {
        await visit(page(), context);
      } catch (error) {
        broken = true;
        await screenshot(page(), `${prefix}-failure`).catch(() => undefined);
        throw new Error(`${String(error)}\n${await whatIsShown(page())}`, { cause: error });
      }
    });
  };
}

/** What VS Code shows of the debugging, for the message of a failure: where a test ran by itself, nobody sees its pictures. */
async function whatIsShown(page: Page): Promise<string> {
  const texts = async (locator: Locator): Promise<string> => (await locator.allInnerTexts()).map((text) => text.replaceAll(/\s+/g, ' ')).join(' | ');
  const views = {
    'status bar': statusBar(page), 'tab': page.locator('.tab.active'), 'call stack': page.locator('.call-stack-state-message .label, .debug-call-stack .monaco-list-row'),
    'variables': variables(page), 'breakpoints': page.locator('.debug-breakpoints .monaco-list-row'), 'toolbar': page.locator('.debug-toolbar a.action-label:not(.disabled)'),
    'notifications': page.locator('.notification-list-item'), 'menu': page.locator('.context-view .action-label'),
  };
  const lines = Object.entries(views).map(async ([name, locator]) => `${name}: ${await texts(locator).catch(String)}`);
  return ['VS Code shows:', ...await Promise.all(lines)].join('\n  ');
}

export const statusBar = (page: Page): Locator => page.locator('.part.statusbar');
export const terminal = (page: Page): Locator => page.locator('.terminal-wrapper.active .xterm-rows');
export const exceptionWidget = (page: Page): Locator => page.locator('.exception-widget');
export const callStack = (page: Page): Locator => page.locator('.debug-call-stack .monaco-list-row');
export const variables = (page: Page): Locator => page.locator('.debug-variables .monaco-list-row');

/** Something in the Breakpoints view, which shows nine rows of all: scrolls until it is there. */
export async function waitForBreakpoint(page: Page, target: Locator): Promise<void> {
  for (let looks = 0; looks < 40 && !await target.isVisible(); looks++) {
    await page.locator('.debug-breakpoints .monaco-list-row').first().hover();
    await page.mouse.wheel(0, 60);
    await sleep(100);
  }
  await target.waitFor();
}

export async function showDebugView(page: Page): Promise<void> {
  await page.keyboard.press('Control+Shift+D');
  await page.locator('.debug-viewlet').waitFor();
}

export async function showChronovisor(page: Page): Promise<void> {
  const tab = page.locator('.part.activitybar .action-item', { has: page.locator('a[aria-label^="Chronovisor"]') });
  if (await tab.and(page.locator('.checked')).count() === 0) await tab.click();
}

/** Until the guest has stopped in a line: its file is in front and the cursor is there. */
export async function waitForLine(page: Page, file: string, line: number): Promise<void> {
  await page.locator('.tab.active', { hasText: file }).waitFor();
  await page.locator('#status\\.editor\\.selection', { hasText: `Ln ${String(line)},` }).waitFor();
  await page.locator('.codicon-debug-stackframe').first().waitFor();
}

/** The position in the status bar, such as `@1,058,863,959`. */
export async function position(page: Page): Promise<string> {
  const text = await statusBar(page).getByText(/(PAST|LIVE|END) @/).first().innerText();
  return /@[\d,]+/.exec(text)?.[0] ?? '';
}

export async function waitForOtherPosition(page: Page, before: string): Promise<void> {
  for (let looks = 0; looks < 100; looks++) {
    if (await position(page) !== before) return;
    await sleep(100);
  }
  throw new Error(`the machine is still at ${before} after 10 seconds`);
}

/**
 * Until VS Code takes the next key: it shows the position of a stop at once, and takes the machine for running until it has the
 * whole stack. Its toolbar follows soon, so it is looked at twice.
 */
export async function waitForStop(page: Page): Promise<void> {
  const canContinue = debugToolbarButton(page, 'Continue');
  for (let looks = 0, stopped = 0; looks < 50; looks++) {
    const title = await page.locator('.call-stack-state-message .label').first().innerText().catch(() => '');
    stopped = title.includes(`${await position(page)} `) && await canContinue.isVisible() ? stopped + 1 : 0;
    if (stopped === 2) return;
    await sleep(100);
  }
  throw new Error(`VS Code does not show the stop at ${await position(page)} within 5 seconds`);
}

/** Types into the guest's terminal, and nowhere else, until `done` is visible. Returns the number of keys. */
export async function typeIntoTerminal(page: Page, done: Locator): Promise<number> {
  await page.locator('.terminal-wrapper.active .xterm-screen').click();
  const focused = (): Promise<boolean> => page.evaluate(() => document.activeElement?.classList.contains('xterm-helper-textarea') ?? false);
  for (let keys = 0; keys < KEYS_MAX; keys++) {
    if (await done.isVisible()) return keys;
    if (!await focused()) {
      // VS Code is just showing the crash; anything else has no business to take the keyboard.
      await done.waitFor({ timeout: 5000 });
      return keys;
    }
    await page.keyboard.press(String.fromCharCode(97 + keys % 26));
    await sleep(KEY_INTERVAL_MS + keys * 7 % KEY_JITTER_MS);
  }
  throw new Error(`the guest survived ${String(KEYS_MAX)} keys`);
}
