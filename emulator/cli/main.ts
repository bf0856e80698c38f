/** The command line. Every command is a small file; errors become one sentence and an exit code. */
import { Command } from 'commander';
import { UserError } from '../user-error.ts';
import { addDebugCommand } from './debug.ts';
import { addGdbCommand } from './gdb.ts';
import { addInfoCommand } from './info.ts';
import { addRecordCommand, addRunCommand } from './record.ts';
import { addReplayCommand } from './replay.ts';
import { addVerifyCommand } from './verify.ts';
import { EXIT_INTERNAL, EXIT_USAGE } from './exit-codes.ts';
import { normaliseArguments } from './qemu-arguments.ts';

declare const CHRONOVISOR_VERSION: string | undefined;

const overview = `
Chronovisor is a time-travelling RISC-V machine: it boots what boots on QEMU's "virt" board, records the run as a
small event log, and replays it exactly, so that a debugger can step backward through it.

A first tour:
  $ chronovisor record firmware.elf -o bug.chrono     boot it, type to it, crash it
  $ chronovisor verify bug.chrono                     prove that the recording replays bit for bit
  $ chronovisor info bug.chrono                       what is in it
  $ chronovisor run --guest linux                     Linux, in your terminal (npm run guest:linux brings it first)
  $ chronovisor debug --port 4711                     debug it from any editor that speaks DAP (VS Code needs no command: press F5)
  $ chronovisor gdb bug.chrono                        debug it with GDB, forward and backward

Exit codes: 0 success; the guest's own code for "run", "record" and "replay"; 1 verification failed; 2 bad usage or input; 3 the guest asked for a
reset; 70 a defect of Chronovisor.`;

function program(): Command {
  const root = new Command('chronovisor')
    .description('Record, replay and step backward through a RISC-V machine.')
    .version(typeof CHRONOVISOR_VERSION === 'string' ? CHRONOVISOR_VERSION : 'development')
    .addHelpText('after', overview)
    .showHelpAfterError('(add --help for how to use it)')
    .exitOverride((error) => {
      process.exit(error.exitCode === 0 ? 0 : EXIT_USAGE);
    });
  for (const add of [addRunCommand, addRecordCommand, addReplayCommand, addVerifyCommand, addInfoCommand, addDebugCommand, addGdbCommand]) add(root);
  return root;
}

/** What tells that whoever read the output has gone, as with `| head`, or with its terminal; and the signal that says the same. */
const READER_GONE: Readonly<Record<string, 'SIGTERM' | 'SIGHUP'>> = { EPIPE: 'SIGTERM', EIO: 'SIGHUP' };

/** Ends as when told to, which closes a recording, without another word. */
process.stdout.once('error', (error: NodeJS.ErrnoException) => {
  process.stdout.on('error', () => undefined);
  const signal = READER_GONE[error.code ?? ''];
  if (signal === undefined) throw error;
  process.kill(process.pid, signal);
});

try {
  await program().parseAsync(normaliseArguments(process.argv.slice(2)), { from: 'user' });
} catch (error) {
  if (error instanceof UserError) {
    process.stderr.write(`chronovisor: ${error.message}\n`);
    process.exitCode = EXIT_USAGE;
  } else {
    process.stderr.write(`chronovisor: internal error, please report it: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
    process.exitCode = EXIT_INTERNAL;
  }
}
