/** `replay`: run a recording again; it prints what it printed. */
import type { Command } from 'commander';
import { basename } from 'node:path';
import { NO_CONDITIONS, RESET_EXIT_CODE, formatPosition, openRecording } from '../index.ts';
import type { Session } from '../index.ts';
import { nodeHost, readInputFile } from '../host/node-host.ts';
import { GuestOutput } from './guest-output.ts';
import { EXIT_INTERRUPTED } from './exit-codes.ts';
import { addDriveOption, parsePosition, recordedDrives } from './options.ts';
import { progressControl } from './progress.ts';
import { QueryFilter } from './terminal-queries.ts';

interface ReplayOptions {
  readonly to?: string;
  readonly quiet?: boolean;
  readonly drive?: readonly string[];
}

/** How a replay ended, where it did not just come to its end. */
const ENDINGS: Readonly<Record<string, string>> = { paused: 'Interrupted', reset: 'The guest asked for a reset: stopped' };

export function addReplayCommand(root: Command): void {
  addDriveOption(root.command('replay').argument('<recording>', 'a .chrono file'))
    .description('Replay a recording: the same instructions, the same output.')
    .option('--to <position>', 'stop there, and print the registers')
    .option('-q, --quiet', 'do not print the guest\'s output')
    .addHelpText('after', `
The guest's output goes to standard output; what replay itself has to say goes to standard error.

Examples:
  $ chronovisor replay bug.chrono
  $ chronovisor replay bug.chrono --quiet --to 1,000,000`)
    .action((file: string, options: ReplayOptions) => replay(file, options));
}

async function replay(file: string, options: ReplayOptions): Promise<void> {
  const until = options.to === undefined ? undefined : parsePosition(options.to, '--to');
  const session = open(file, options);
  const output = options.quiet === true ? undefined : printOutput(session);
  process.stdout.on('error', () => { process.exit(EXIT_INTERRUPTED); });
  const { control, done } = progressControl('replaying');
  try {
    const stop = await session.runForward(NO_CONDITIONS, { ...control, ...(until === undefined ? {} : { until }) });
    done();
    await output?.finish();
    process.stderr.write(`${ENDINGS[stop.reason] ?? 'Stopped'} at ${formatPosition(stop.position)}, digest ${session.digest()}\n`);
    if (until !== undefined) printRegisters(session.inspect);
    if (stop.reason === 'power-off') process.exitCode = stop.exitCode;
    if (stop.reason === 'reset') process.exitCode = RESET_EXIT_CODE;
    if (stop.reason === 'paused') process.exitCode = EXIT_INTERRUPTED;
  } finally {
    done();
    session.close();
  }
}

/** A function of its own: whoever waits for the replay would keep the file in memory. */
function open(file: string, options: ReplayOptions): Session {
  return openRecording({
    bytes: readInputFile(file, 'the recording'), name: basename(file), drives: recordedDrives(options.drive),
    // Nobody goes back in time here.
    timeline: { checkpointSpacing: Infinity },
    onNotice: (sentence) => process.stderr.write(`${sentence}\n`),
  }, nodeHost);
}

/** A terminal would answer what the guest asked it, to nobody. */
function printOutput(session: Session): GuestOutput {
  const queries = new QueryFilter();
  return new GuestOutput(session, process.stdout, process.stdout.isTTY ? (bytes) => queries.pass(bytes) : undefined);
}

function printRegisters(inspect: { pc: bigint; privilege: string; register(index: number): bigint }): void {
  const hex = (value: bigint): string => value.toString(16).padStart(16, '0');
  process.stderr.write(`pc  ${hex(inspect.pc)}  mode ${inspect.privilege}\n`);
  for (let row = 0; row < 32; row += 4) {
    process.stderr.write(`${[0, 1, 2, 3].map((column) => `${`x${row + column}`.padEnd(3)} ${hex(inspect.register(row + column))}`).join('  ')}\n`);
  }
}
