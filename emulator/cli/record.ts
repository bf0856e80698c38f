/** `run` and `record`: boot a guest live, with the terminal as its console. */
import type { Command } from 'commander';
import { performance } from 'node:perf_hooks';
import { NO_CONDITIONS, RESET_EXIT_CODE, createLiveSession, formatPosition } from '../index.ts';
import type { LogSink, Position, Session } from '../index.ts';
import { createLogFile, nodeHost } from '../host/node-host.ts';
import { TerminalConsole } from './console.ts';
import { CONSOLE_HELP } from './escape-keys.ts';
import { EXIT_INTERRUPTED } from './exit-codes.ts';
import { addMachineOptions, machineConfiguration, machineHelp, parsePosition } from './options.ts';
import type { MachineOptions } from './options.ts';

interface LiveCommandOptions extends MachineOptions {
  readonly until?: string;
  readonly output?: string;
  readonly force?: boolean;
  readonly stats?: boolean;
}

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
/** Why the run was left, as the reason of its AbortSignal. */
const BY_USER = 'the user left';
const BY_SIGNAL = 'a signal';
const BY_HANGUP = 'the terminal is gone';

const consoleHelp = `
The terminal is the guest's console, and control keys go to the guest.
${CONSOLE_HELP.replaceAll(/^/gm, '  ')}
The exit code is the guest's, as it gave it to the test finisher.`;

export function addRunCommand(root: Command): void {
  addMachineOptions(root.command('run').argument('[image]', 'ELF executable, or a raw image with --load-address'))
    .description('Boot a guest without writing a recording.')
    .option('--until <position>', 'stop after this many instructions')
    .option('--stats', 'say at the end how many instructions were executed, and how fast')
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
    .option('--stats', 'say at the end how many instructions were executed, and how fast')
    .addHelpText('after', `${machineHelp}
${consoleHelp}
The recording is written as the guest runs: if the host dies, it still opens up to the last whole block.

Examples:
  $ chronovisor record guests/heisenbug/heisenbug.elf -o bug.chrono     then type until it crashes
  $ chronovisor record --guest linux -o linux.chrono`)
    .action((image: string | undefined, options: LiveCommandOptions) => live(image, options));
}

async function live(image: string | undefined, options: LiveCommandOptions): Promise<void> {
  const { session, until } = powerOn(image, options);
  const leave = new AbortController();
  const startMs = performance.now();
  const console = new TerminalConsole(session, { onLeave: () => { leave.abort(BY_USER); }, information: () => information(session, options.output) });
  leave.signal.addEventListener('abort', () => { console.leave(); });
  const onSignal = (signal: NodeJS.Signals): void => { leave.abort(signal === 'SIGHUP' ? BY_HANGUP : BY_SIGNAL); };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  let isShown: boolean;
  try {
    process.exitCode = await runToEnd(session, leave.signal, until);
  } finally {
    isShown = await console.detach();
    session.close();
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
  // The terminal is gone: nobody is left to be told anything, and Node cannot end as usual without it.
  if (leave.signal.reason === BY_HANGUP) process.kill(process.pid, 'SIGHUP');
  if (options.stats === true) process.stderr.write(`\n${statistics(session, performance.now() - startMs)}\n`);
  if (options.output !== undefined) {
    process.stderr.write(`\nRecorded ${formatPosition(session.timeline(0).end)} in ${options.output}. Check it: chronovisor verify ${options.output}\n`);
  }
  // What nobody reads must not keep the process.
  if (!isShown) process.exit();
}

/** A function of its own: whoever waits for the guest would keep its images in memory. */
function powerOn(image: string | undefined, options: LiveCommandOptions): { readonly session: Session; readonly until: Position | undefined } {
  const configuration = machineConfiguration(image, options);
  const until = options.until === undefined ? undefined : parsePosition(options.until, '--until');
  const log: LogSink | undefined = options.output === undefined ? undefined : createLogFile(options.output, options.force === true);
  // Nobody goes back in time here, so no checkpoints are needed.
  return { session: createLiveSession({ configuration, ...(log ? { log } : {}), timeline: { checkpointSpacing: Infinity } }, nodeHost), until };
}

async function runToEnd(session: Session, signal: AbortSignal, until: Position | undefined): Promise<number> {
  const stop = await session.runForward(NO_CONDITIONS, { signal, ...(until === undefined ? {} : { until }) });
  if (stop.reason === 'power-off') return stop.exitCode;
  if (stop.reason === 'reset') {
    process.stderr.write(`\nThe guest asked for a reset at ${formatPosition(stop.position)}, which Chronovisor does not do: it stops there.\n`);
    return RESET_EXIT_CODE;
  }
  return stop.reason === 'paused' && signal.reason !== BY_USER ? EXIT_INTERRUPTED : 0;
}

/** One line about the machine as it is now. */
function information(session: Session, output: string | undefined): string {
  const { mips, idle } = session.speed();
  const where = output === undefined ? 'not recorded' : `recorded in ${output}`;
  return `Chronovisor: ${formatPosition(session.timeline(0).position)}, ${idle ? 'idle' : `${mips.toFixed(0)} MIPS`}, ${where}`;
}

/** Speed is over the time in which the guest did not wait. */
function statistics(session: Session, elapsedMs: number): string {
  const { position } = session.timeline(0);
  const { waitedMs } = session.speed();
  const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;
  return `${formatPosition(position)} instructions in ${seconds(elapsedMs)}, of which the guest waited ${seconds(waitedMs)}: ${(position / 1000 / Math.max(1, elapsedMs - waitedMs)).toFixed(0)} MIPS`;
}
