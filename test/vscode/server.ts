/** A VS Code server of one's own: fresh settings, a fresh extensions folder, loopback only. */
import { spawn, spawnSync, type ChildProcessByStdio } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { ensureVSCode, type VSCodeServer } from './ensure.ts';

export type Settings = Readonly<Record<string, unknown>>;
export type Theme = 'dark' | 'light';

export const themeSettings: Readonly<Record<Theme, Settings>> = {
  dark: { 'workbench.colorTheme': 'Default Dark Modern', 'window.autoDetectColorScheme': false },
  light: { 'workbench.colorTheme': 'Default Light Modern', 'window.autoDetectColorScheme': false },
};

/** No welcome pages, telemetry, updates or accounts. */
export const quietSettings: Settings = {
  'workbench.startupEditor': 'none', 'workbench.tips.enabled': false, 'workbench.enableExperiments': false,
  'workbench.secondarySideBar.defaultVisibility': 'hidden', 'chat.disableAIFeatures': true,
  'telemetry.telemetryLevel': 'off', 'extensions.autoUpdate': false, 'extensions.autoCheckUpdates': false, 'update.mode': 'none',
  'security.workspace.trust.enabled': false, 'git.enabled': false,
};

/** What tests need beside: a stop must not open Run & Debug, which would hide (and destroy) the webviews of our own side bar. */
export const testSettings: Settings = {
  ...quietSettings, 'debug.openDebug': 'neverOpen', 'debug.internalConsoleOptions': 'neverOpen', 'workbench.editor.enablePreview': false,
};

export interface ServerOptions {
  readonly settings?: Settings;
  readonly theme?: Theme;
  readonly env?: Readonly<Record<string, string>>;
  /** Source folders, linked into the extensions folder. */
  readonly extensions?: readonly string[];
  /** VSIX files, installed as a user installs them. */
  readonly vsix?: readonly string[];
  /** Port on 127.0.0.1; any free one by default. */
  readonly port?: number;
  /** Without it VS Code ignores extensionDevelopmentPath and extensionTestsPath of the URL; with it there are no notification toasts. */
  readonly smokeTestDriver?: boolean;
}

export interface Server {
  /** Everything of this server: user data, extensions, logs. Gone after stop(). */
  readonly folder: string;
  readonly extensionsFolder: string;
  readonly port: number;
  readonly origin: string;
  readonly child: ChildProcessByStdio<null, Readable, Readable>;
  /** What the server printed until now. */
  output(): string;
  /** URI under which the server sees a file of this machine. */
  uri(file: string): string;
  stop(): Promise<void>;
}

function linkExtension(source: string, extensionsFolder: string): void {
  const manifest = JSON.parse(readFileSync(path.join(source, 'package.json'), 'utf8')) as { publisher: string; name: string; version: string };
  symlinkSync(path.resolve(source), path.join(extensionsFolder, `${manifest.publisher}.${manifest.name}-${manifest.version}`));
}

function folderArguments(folder: string): string[] {
  return ['--server-data-dir', path.join(folder, 'server'), '--user-data-dir', path.join(folder, 'user'),
    '--extensions-dir', path.join(folder, 'extensions'), '--accept-server-license-terms', '--telemetry-level', 'off'];
}

function childEnvironment(folder: string, extra: Readonly<Record<string, string>> = {}): NodeJS.ProcessEnv {
  // A server that is started from a terminal of VS Code, or by a test runner, must not take itself for part of it.
  const inherited = Object.entries(process.env).filter(([name]) => !/^(VSCODE_|NODE_OPTIONS$|NODE_TEST_CONTEXT$)/.test(name));
  return { ...Object.fromEntries(inherited), HOME: folder, TMPDIR: path.join(folder, 'tmp'), XDG_RUNTIME_DIR: folder, EXTENSIONS_GALLERY: '{"serviceUrl":""}', ...extra };
}

/** Installs a VSIX file the way `code --install-extension` does. */
function installVsix(vscode: VSCodeServer, folder: string, file: string): void {
  const { status, stdout, stderr } = spawnSync(vscode.node,
    [path.join(vscode.root, 'out/server-main.js'), ...folderArguments(folder), '--install-extension', path.resolve(file), '--force'],
    { env: childEnvironment(folder), stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  if (status !== 0) throw new Error(`VS Code did not install ${file}:\n${stdout}${stderr.slice(-1000)}`);
}

function prepareFolder(vscode: VSCodeServer, options: ServerOptions): string {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'vscode-'));
  try {
    mkdirSync(path.join(folder, 'user', 'User'), { recursive: true });
    mkdirSync(path.join(folder, 'extensions'));
    mkdirSync(path.join(folder, 'tmp'));
    // The machine settings of a remote live apart from the user's: those are in the browser. Both read User/settings.json here.
    writeFileSync(path.join(folder, 'user', 'User', 'settings.json'),
      JSON.stringify({ ...testSettings, ...themeSettings[options.theme ?? 'dark'], ...options.settings }));
    for (const file of options.vsix ?? []) installVsix(vscode, folder, file);
    for (const source of options.extensions ?? []) linkExtension(source, path.join(folder, 'extensions'));
  } catch (error) {
    rmSync(folder, { recursive: true, force: true });
    throw error;
  }
  return folder;
}

const START_LIMIT_MS = 60_000;

/** Resolves to the port once the server listens. */
function listening(child: Server['child'], output: () => string): Promise<number> {
  return new Promise((resolve, reject) => {
    const fail = (what: string): void => {
      reject(new Error(`${what}\n${output().slice(-3000)}`));
    };
    const timer = setTimeout(fail, START_LIMIT_MS, 'VS Code server did not start within a minute');
    const look = (): void => {
      const port = /Extension host agent listening on (\d+)/.exec(output())?.[1];
      if (port === undefined) return;
      clearTimeout(timer);
      resolve(Number(port));
    };
    child.stdout.on('data', look);
    child.stderr.on('data', look);
    child.once('error', error => {
      fail(error.message);
    });
    child.once('exit', code => {
      clearTimeout(timer);
      fail(`VS Code server exited with ${String(code)}`);
    });
  });
}

export async function startServer(options: ServerOptions = {}): Promise<Server> {
  const vscode = ensureVSCode();
  const folder = prepareFolder(vscode, options);
  const child = spawn(vscode.node, [path.join(vscode.root, 'out/server-main.js'), '--host', '127.0.0.1', '--port', String(options.port ?? 0),
    '--without-connection-token', ...(options.smokeTestDriver === true ? ['--enable-smoke-test-driver'] : []), ...folderArguments(folder)],
  { env: childEnvironment(folder, options.env), stdio: ['ignore', 'pipe', 'pipe'], detached: true });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (bytes: Buffer) => { text += bytes.toString(); });

  const kill = (signal: NodeJS.Signals): void => {
    try {
      if (child.pid !== undefined) process.kill(-child.pid, signal); // the group: extension hosts, terminals, file watchers
    } catch {
      // gone already
    }
  };
  const removeFolder = (): void => {
    rmSync(folder, { recursive: true, force: true, maxRetries: 20, retryDelay: 200 });
  };
  const onExit = (): void => {
    kill('SIGKILL');
    removeFolder();
  };
  process.once('exit', onExit); // detached: Ctrl-C does not reach the server by itself
  for (const signal of ['SIGINT', 'SIGTERM'] as const) if (process.listenerCount(signal) === 0) process.once(signal, () => process.exit(130));
  const stop = async (): Promise<void> => {
    if (child.exitCode === null && child.signalCode === null) {
      const gone = new Promise(resolve => child.once('exit', resolve));
      kill('SIGTERM');
      const timer = setTimeout(kill, 3000, 'SIGKILL');
      await gone;
      clearTimeout(timer);
    }
    process.off('exit', onExit);
    onExit();
  };
  try {
    const port = await listening(child, () => text);
    return {
      folder, extensionsFolder: path.join(folder, 'extensions'), port, child, stop,
      origin: `http://127.0.0.1:${String(port)}`,
      output: () => text,
      uri: file => `vscode-remote://127.0.0.1:${String(port)}${path.resolve(file)}`,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}
