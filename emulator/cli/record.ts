/** `run` and `record`: boot a guest live, with the terminal as its console. */
import type { Command } from 'commander';
import { NO_CONDITIONS, RESET_EXIT_CODE, createLiveSession, formatPosition } from '../index.ts';
import type { LogSink, Position, Session } from '../index.ts';
import { createLogFile, nodeHost } from '../host/node-host.ts';
import { attachConsole } from './console.ts';
import { EXIT_INTERRUPTED } from './exit-codes.ts';
import { addMachineOptions, machineConfiguration, machineHelp, parsePosition } from './options.ts';
import type { MachineOptions } from './options.ts';

interface LiveCommandOptions extends MachineOptions {
  readonly until?: string;
  readonly output?: string;
  readonly force?: boolean;
}

const consoleHelp = `
The terminal is the guest's console. Ctrl-A x ends the session, Ctrl-A Ctrl-A types Ctrl-A.
The exit code is the guest's, as it gave it to the test finisher.`;

export function addRunCommand(root: Command): void {
  addMachineOptions(root.command('run').argument('[image]', 'ELF executable, or a raw image with --load-address'))
    .description('Boot a guest without writing a recording.')
    .option('--until <position>', 'stop after this many instructions')
    .addHelpText('after', `${machineHelp}
${consoleHelp}

Examples:
  $ chronovisor run guests/heisenbug/heisenbug.elf
  $ chronovisor run --guest linux
  $ chronovisor run --kernel Image --initrd initramfs.cpio --append "console=ttyS0" -m 512M`)
    .action((image: string | undefined, options: LiveCommandOptions) => live(image, options));
}

export function addRecordCommand(root: Command): void {
  addMachineOptions(root.command('record').argument('[image]', 'ELF executable, or a raw image with --load-address'))
    .description('Boot a guest and record everything that it sees of the outside.')
    .requiredOption('-o, --output <file>', 'the recording; an existing file is never overwritten without --force')
    .option('-f, --force', 'overwrite the recording')
    .option('--until <position>', 'stop after this many instructions')
    .addHelpText('after', `${machineHelp}
${consoleHelp}
The recording is written as the guest runs: if the host dies, it still opens up to the last whole block.

Examples:
  $ chronovisor record guests/heisenbug/heisenbug.elf -o bug.chrono     then type until it crashes
  $ chronovisor record --guest linux -o linux.chrono`)
    .action((image: string | undefined, options: LiveCommandOptions) => live(image, options));
}

async function live(image: string | undefined, options: LiveCommandOptions): Promise<void> {
  const configuration = machineConfiguration(image, options);
  const until = options.until === undefined ? undefined : parsePosition(options.until, '--until');
  const log: LogSink | undefined = options.output === undefined ? undefined : createLogFile(options.output, options.force === true);
  // Nobody goes back in time here, so no checkpoints are needed.
  const session = createLiveSession({ configuration, ...(log ? { log } : {}), timeline: { checkpointSpacing: Infinity } }, nodeHost);
  const leave = new AbortController();
  const detach = attachConsole(session, { onLeave: () => { leave.abort(); } });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => { leave.abort(); });
  try {
    process.exitCode = await runToEnd(session, leave.signal, until);
  } finally {
    detach();
    session.close();
  }
  if (options.output !== undefined) {
    process.stderr.write(`\nRecorded ${formatPosition(session.timeline(0).end)} in ${options.output}. Check it: chronovisor verify ${options.output}\n`);
  }
}

async function runToEnd(session: Session, signal: AbortSignal, until: Position | undefined): Promise<number> {
  const stop = await session.runForward(NO_CONDITIONS, { signal, ...(until === undefined ? {} : { until }) });
  if (stop.reason === 'power-off') return stop.exitCode;
  if (stop.reason === 'reset') {
    process.stderr.write(`\nThe guest asked for a reset at ${formatPosition(stop.position)}, which Chronovisor does not do: it stops there.\n`);
    return RESET_EXIT_CODE;
  }
  return stop.reason === 'paused' ? EXIT_INTERRUPTED : 0;
}
