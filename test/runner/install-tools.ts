/** Gets what the tests need: on Debian as root from its packages, elsewhere it only says what is missing. */
import { execFileSync, type ExecFileSyncOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import { findTool, tools } from '../tools.ts';
import { ensureVSCode, vscodeUnsupported } from '../vscode/ensure.ts';

function canInstall(): boolean {
  return existsSync('/etc/debian_version') && process.getuid?.() === 0;
}

/** Prints what it does; never throws: a tool that stays missing skips the suites that need it. */
export function installTools(): void {
  const missing = Object.values(tools).filter(tool => findTool(tool) === undefined);
  if (missing.length === 0) return;
  if (!canInstall()) {
    for (const tool of missing) console.log(`Missing: ${tool.name} (${tool.commands[0]}). On Debian: apt-get install ${tool.debian.join(' ')}`);
    return;
  }
  const packages = missing.flatMap(tool => tool.debian);
  console.log(`Installing ${packages.join(' ')} ...`);
  const options = { env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' }, stdio: ['ignore', 'ignore', 'inherit'] } satisfies ExecFileSyncOptions;
  try {
    execFileSync('apt-get', ['-qq', 'update'], options);
    execFileSync('apt-get', ['-qq', 'install', '-y', '--no-install-recommends', ...packages], options);
  } catch (error) {
    console.log(`apt-get failed: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** Installs the headless VS Code if it can; else the reason why not. */
export function installVSCode(): string | false {
  const unsupported = vscodeUnsupported();
  if (unsupported !== false) return unsupported;
  try {
    ensureVSCode();
    return false;
  } catch (error) {
    return `the headless VS Code could not be installed: ${error instanceof Error ? error.message : String(error)}`;
  }
}
