/**
 * The suite of run-host.ts in a desktop VS Code that @vscode/test-electron downloads: for machines with the open internet.
 * On Linux without a display: xvfb-run -a npm run test:electron. VSCODE_EXECUTABLE names an installed VS Code to use instead.
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { downloadAndUnzipVSCode, resolveCliArgsFromVSCodeExecutablePath, runTests } from '@vscode/test-electron';
import { bundleSuite } from './bundle-suite.ts';
import { writeDriverExtension } from './host-suite.ts';
import { packagedExtension, sampleFolder } from './paths.ts';

async function download(): Promise<string> {
  try {
    return await downloadAndUnzipVSCode();
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    console.error(`VS Code cannot be downloaded (${reason}): connect to the internet, or name an installed one in VSCODE_EXECUTABLE.`);
    process.exit(1);
  }
}

const vscodeExecutablePath = process.env['VSCODE_EXECUTABLE'] ?? await download();
const folder = mkdtempSync(path.join(os.tmpdir(), 'vscode-electron-'));
try {
  writeDriverExtension(folder);
  const folders = ['--extensions-dir', path.join(folder, 'extensions'), '--user-data-dir', path.join(folder, 'user')];
  const [command, ...args] = resolveCliArgsFromVSCodeExecutablePath(vscodeExecutablePath);
  if (command === undefined) throw new Error(`no command line found for ${vscodeExecutablePath}`);
  const installed = spawnSync(command, [...args, ...folders, '--install-extension', packagedExtension()],
    { stdio: ['ignore', 'inherit', 'inherit'], shell: process.platform === 'win32' });
  if (installed.status !== 0) throw new Error('the VSIX could not be installed');
  await runTests({
    vscodeExecutablePath, extensionDevelopmentPath: folder, extensionTestsPath: await bundleSuite(),
    launchArgs: [sampleFolder, '--disable-workspace-trust', ...folders],
  });
} finally {
  rmSync(folder, { recursive: true, force: true });
}
