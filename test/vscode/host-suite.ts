/** Runs a mocha suite inside the extension host of the headless VS Code: same entry, `run()`, as @vscode/test-electron uses. */
import http from 'node:http';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import os from 'node:os';
import path from 'node:path';
import { format } from 'node:util';
import type { Browser, Page } from 'playwright-core';
import type { HostResult } from '../e2e/suite/host-result.ts';
import { startServer, type Server, type ServerOptions } from './server.ts';
import { launchBrowser, newPage, workbenchUrl } from './workbench.ts';

/** Functions that tests in the extension host may have done in the browser, through $VSCODE_UI (see e2e/suite/ui.ts). */
export type UserInterface = Readonly<Record<string, (page: Page, argument: string) => Promise<unknown>>>;

export interface HostSuiteOptions {
  readonly server: ServerOptions;
  /** The suite's module, with `run()`. */
  readonly testsPath: string;
  readonly folder: string;
  readonly userInterface: UserInterface;
  readonly failureScreenshot: string;
  readonly timeoutMs: number;
}

// Not ours: no native logger or watchdog (installed without scripts), code-server's service worker is not served, shutdown noise.
const NOISE = /bindings file|release\/watchdog|Service Worker|Canceled|vsda|open-vsx|ERR_NAME_NOT_RESOLVED|authentication provider/i;

/** VS Code wants an extension under development before it runs tests. This one is empty: the product is an installed VSIX. */
export function writeDriverExtension(folder: string): void {
  writeFileSync(path.join(folder, 'package.json'), JSON.stringify({ name: 'test-driver', publisher: 'chronovisor', version: '0.0.1', engines: { vscode: '*' } }));
}

async function startBridge(userInterface: UserInterface, page: () => Page | undefined): Promise<http.Server> {
  const answer = async (request: http.IncomingMessage): Promise<unknown> => {
    let body = '';
    for await (const chunk of request) body += String(chunk);
    const { name, argument } = JSON.parse(body) as { name: string; argument: string };
    const call = userInterface[name];
    const target = page();
    if (call === undefined || target === undefined) throw new Error(`no function ${name} of the user interface`);
    return await call(target, argument) ?? null;
  };
  const bridge = http.createServer((request, response) => {
    answer(request).then(value => response.end(JSON.stringify({ value })), (error: unknown) => {
      response.statusCode = 500;
      response.end(JSON.stringify({ error: error instanceof Error ? error.message : String(error) }));
    });
  });
  await new Promise<void>(resolve => bridge.listen(0, '127.0.0.1', resolve));
  return bridge;
}

/** Resolves to VS Code's exit code; rejects when it cannot come any more. */
async function suiteEnd(page: Page, server: Server, errors: string[], timeoutMs: number): Promise<number> {
  let timer: NodeJS.Timeout | undefined;
  const end = new Promise<number>((resolve, reject) => {
    const fail = (message: string): void => {
      reject(new Error(message));
    };
    timer = setTimeout(fail, timeoutMs, `no result of the suite within ${String(timeoutMs)} ms`);
    page.on('crash', () => {
      fail('the browser page crashed');
    });
    server.child.once('exit', code => {
      fail(`VS Code server exited with ${String(code)}`);
    });
    const listeners = [
      page.exposeFunction('codeAutomationExit', (code: number) => {
        resolve(code);
      }),
      page.exposeFunction('codeAutomationLog', (type: string, values: unknown[]) => {
        const text = format(...values);
        if (type === 'error' && !NOISE.test(text)) errors.push(text);
      }),
    ];
    Promise.all(listeners).catch((error: unknown) => {
      fail(String(error));
    });
  });
  try {
    return await end;
  } finally {
    clearTimeout(timer);
  }
}

function readResult(file: string): HostResult | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as HostResult;
  } catch {
    return undefined;
  }
}

/** What the suite reported. An extension host that crashes leaves no report, and VS Code exits with 0: believe the report alone. */
export async function runHostSuite(options: HostSuiteOptions): Promise<HostResult> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'vscode-suite-'));
  const resultFile = path.join(folder, 'result.json');
  const reportFile = path.join(folder, 'report.txt');
  writeFileSync(reportFile, '');
  writeDriverExtension(folder);
  const errors: string[] = [];
  let browser: Browser | undefined, server: Server | undefined, page: Page | undefined;
  const bridge = await startBridge(options.userInterface, () => page);
  let printed = 0;
  const printReport = (): void => {
    const text = readFileSync(reportFile, 'utf8');
    process.stdout.write(text.slice(printed));
    printed = text.length;
  };
  const printing = setInterval(printReport, 250);
  try {
    server = await startServer({
      ...options.server, smokeTestDriver: true,
      env: {
        ...options.server.env, VSCODE_UI: `http://127.0.0.1:${String((bridge.address() as AddressInfo).port)}`,
        TEST_RESULT_FILE: resultFile, TEST_REPORT_FILE: reportFile,
      },
    });
    browser = await launchBrowser();
    page = await newPage(browser);
    const end = suiteEnd(page, server, errors, options.timeoutMs);
    await Promise.race([page.goto(workbenchUrl(server, { folder: options.folder, extensionDevelopmentPath: folder, extensionTestsPath: options.testsPath })), end]);
    const code = await end;
    printReport();
    const result = readResult(resultFile);
    if (result === undefined) throw new Error(`the suite did not finish (exit code ${String(code)})`);
    return result;
  } catch (error) {
    printReport();
    await page?.screenshot({ path: options.failureScreenshot }).catch(() => undefined);
    if (errors.length > 0) console.error(`VS Code said:\n${errors.join('\n').slice(0, 4000)}`);
    throw error;
  } finally {
    clearInterval(printing);
    await browser?.close().catch(() => undefined);
    await server?.stop();
    bridge.close();
    rmSync(folder, { recursive: true, force: true });
  }
}
