/** `verify`: the proof of replay. */
import type { Command } from 'commander';
import { basename } from 'node:path';
import { DivergenceError, formatPosition, verifyRecording } from '../index.ts';
import { nodeHost, readInputFile } from '../host/node-host.ts';
import { EXIT_VERIFICATION_FAILED } from './exit-codes.ts';
import { addDriveOption, recordedDrives } from './options.ts';
import { progressControl } from './progress.ts';

export function addVerifyCommand(root: Command): void {
  addDriveOption(root.command('verify').argument('<recording>', 'a .chrono file'))
    .description('Replay a recording and check every state digest in it.')
    .addHelpText('after', `
While recording, digests of the whole machine state (registers, devices, memory) are written at intervals. verify
computes each of them again. A difference is reported with the first interval, and within it the first instruction,
where the replay differs. Exit code 0: it replays exactly; 1: it does not; 2: the file cannot be read.

Example:
  $ chronovisor verify bug.chrono`)
    .action(verify);
}

async function verify(file: string, options: { readonly drive?: readonly string[] }): Promise<void> {
  const { control, done } = progressControl('verifying');
  try {
    const recording = { bytes: readInputFile(file, 'the recording'), name: basename(file), drives: recordedDrives(options.drive) };
    const { cut, digestsChecked, end } = await verifyRecording(recording, nodeHost, control).finally(done);
    if (cut !== undefined) process.stderr.write(`${cut}\n`);
    process.stdout.write(`${file}: replays exactly: ${digestsChecked} ${digestsChecked === 1 ? 'digest' : 'digests'} checked up to ${formatPosition(end)}\n`);
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error;
    process.stdout.write(`${file}: DOES NOT REPLAY: ${error.message}\n`);
    process.exitCode = EXIT_VERIFICATION_FAILED;
  }
}
