/** `verify`: the proof of replay. */
import type { Command } from 'commander';
import { basename } from 'node:path';
import { verifyRecording } from '../index.ts';
import { nodeHost, readInputFile } from '../host/node-host.ts';
import { EXIT_INTERRUPTED, EXIT_VERIFICATION_FAILED } from './exit-codes.ts';
import { formatPosition } from './options.ts';
import { progressControl } from './progress.ts';

export function addVerifyCommand(root: Command): void {
  root.command('verify').argument('<recording>', 'a .chrono file')
    .description('Replay a recording and check every state digest in it.')
    .addHelpText('after', `
While recording, digests of the whole machine state (registers, devices, memory) are written at intervals. verify
computes each of them again. A difference is reported with the first interval, and within it the first instruction,
where the replay differs. Exit code 0: it replays exactly; 1: it does not; 2: the file cannot be read.

Example:
  $ chronovisor verify bug.chrono`)
    .action(verify);
}

async function verify(file: string): Promise<void> {
  const { control, done } = progressControl('verifying');
  const result = await verifyRecording({ bytes: readInputFile(file, 'recording'), name: basename(file) }, nodeHost, control).finally(done);
  for (const notice of result.notices) process.stderr.write(`${notice}\n`);
  if (result.outcome === 'exact') {
    process.stdout.write(`${file}: replays exactly: ${result.digestsChecked} digests checked up to ${formatPosition(result.end)}\n`);
  } else if (result.outcome === 'diverged') {
    process.stdout.write(`${file}: DOES NOT REPLAY: ${result.report}\n`);
    process.exitCode = EXIT_VERIFICATION_FAILED;
  } else {
    process.stdout.write(`${file}: interrupted at ${formatPosition(result.end)} after ${result.digestsChecked} digests, all equal so far\n`);
    process.exitCode = EXIT_INTERRUPTED;
  }
}
