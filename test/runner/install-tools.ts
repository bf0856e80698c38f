/** Gets what the tests need: on Debian as root from its packages, elsewhere it only says what is missing. */
import { execFileSync, spawnSync, type ExecFileSyncOptions } from 'node:child_process';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { findTool, missingLinuxGuest, tools } from '../tools.ts';
import { ensureVSCode, vscodeUnsupported } from '../vscode/ensure.ts';

function canInstall(): boolean {
  return existsSync('/etc/debian_version') && process.getuid?.() === 0;
}

/** Prints what it does; never throws: a tool that stays missing skips the suites that need it. */
export function installTools(): void {
  const missing = Object.values(tools).filter(tool => findTool(tool) === undefined);
  if (missing.length === 0) return;
  if (!canInstall()) {
    for (const tool of missing) console.log(`Missing: ${tool.name}. On Debian: apt-get install ${tool.debian.join(' ')}`);
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

/** Brings the Linux guest where that takes no decision of the user: on the machines on which tools are installed, too. */
export function installLinuxGuest(repository: string): void {
  if (missingLinuxGuest() === false || !canInstall()) return;
  console.log('Bringing the Linux guest (118 MB) ...');
  const { status } = spawnSync(process.execPath, ['--import', 'tsx', path.join(repository, 'scripts/guest-linux.ts')], { cwd: repository, stdio: ['ignore', 'ignore', 'inherit'] });
  if (status !== 0) console.log('The Linux guest could not be brought; the tests that boot it are skipped.');
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
