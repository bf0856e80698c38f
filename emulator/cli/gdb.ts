/** `gdb`: a GDB remote server on a guest or on a recording. */
import { basename, resolve } from 'node:path';
import type { Command } from 'commander';
import { NO_CONDITIONS, SoloDriver, createLiveSession, formatPosition, openRecording } from '../index.ts';
import type { Session } from '../index.ts';
import { LOOPBACK, listenForGdb } from '../host/gdb-listener.ts';
import { KNOWN_GUESTS, guestSymbols } from '../host/known-guests.ts';
import { createLogFile, nodeHost, readInputFile } from '../host/node-host.ts';
import { UserError } from '../user-error.ts';
import { EXIT_INTERRUPTED } from './exit-codes.ts';
import { GuestOutput } from './guest-output.ts';
import { addMachineOptions, machineConfiguration, machineHelp, parseInteger, parsePosition, recordedDrives } from './options.ts';
import type { MachineOptions } from './options.ts';
import { QueryFilter } from './terminal-queries.ts';

interface GdbOptions extends MachineOptions {
  readonly port?: string;
  readonly host?: string;
  readonly at?: string;
  /** False: the guest runs until GDB connects. */
  readonly wait: boolean;
  readonly output?: string;
  readonly force?: boolean;
  readonly commands?: boolean;
}

const PORT_MAX = 65535;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;

/** For GDB's `source`: what GDB cannot be made to do from here. */
const GDB_COMMANDS = `# Chronovisor's commands for GDB: source this file, or put it into ~/.gdbinit.
define seek
  monitor seek $arg0
  maintenance flush register-cache
  maintenance flush dcache
  frame
end
document seek
Go to a position in time: seek 1234567, seek +100, seek -100, seek start, seek end.
end
define position
  monitor position
end
document position
Where the machine stands in time, and how far the recording reaches.
end
`;

export function addGdbCommand(root: Command): void {
  addMachineOptions(root.command('gdb').argument('[file]', 'a .chrono recording, or a guest: an ELF executable, or a raw image with --load-address'))
    .description('Serve GDB\'s remote protocol, forward and backward in time.')
    .option('--port <port>', 'listen on this port (default: any free one)')
    .option('--host <address>', `listen on this address (default: ${LOOPBACK}); whoever can connect controls the machine`)
    .option('--at <position>', 'go there first')
    .option('--no-wait', 'let the guest run at once: GDB stops it by connecting')
    .option('-o, --output <file>', 'record what boots; an existing file is never overwritten without --force')
    .option('-f, --force', 'overwrite the recording')
    .option('--commands', 'print definitions for GDB (seek, position) and end: chronovisor gdb --commands > chronovisor.gdb')
    .addHelpText('after', `${machineHelp}

The guest's output goes to standard output, standard input to its console, all else to standard error. The machine stands
still until GDB sets it going, and stays when GDB leaves: connect again, or press Ctrl-C to end.
In GDB: reverse-continue, reverse-step, reverse-next, reverse-finish, and "monitor help".

Examples:
  $ chronovisor gdb guests/heisenbug/heisenbug.elf --port 1234
  $ gdb-multiarch guests/heisenbug/heisenbug.elf -ex 'target remote 127.0.0.1:1234'
  $ chronovisor gdb bug.chrono --at 1,000,000
  $ chronovisor gdb --guest linux --no-wait`)
    .action((file: string | undefined, options: GdbOptions) => gdb(file, options));
}

async function gdb(file: string | undefined, options: GdbOptions): Promise<void> {
  if (options.commands === true) {
    process.stdout.write(GDB_COMMANDS);
    return;
  }
  const port = parseInteger(options.port ?? '0', '--port');
  if (port > PORT_MAX) throw new UserError(`--port: ${port} is not a port; ports go from 0 to ${PORT_MAX}.`);
  const at = options.at === undefined ? undefined : parsePosition(options.at, '--at');
  const session = openSession(file, options);
  const queries = new QueryFilter();
  const output = new GuestOutput(session, process.stdout, process.stdout.isTTY ? (bytes) => queries.pass(bytes) : undefined);
  const leave = new AbortController();
  const onSignal = (signal: NodeJS.Signals): void => { leave.abort(signal); };
  for (const signal of SIGNALS) process.on(signal, onSignal);
  try {
    await serve(session, { port, ...(options.host === undefined ? {} : { host: options.host }), at, wait: options.wait, symbols: symbolFile(file, options) }, leave.signal);
  } finally {
    output.release();
    await output.finish();
    session.close();
    process.stdin.destroy();
    for (const signal of SIGNALS) process.off(signal, onSignal);
  }
  if (leave.signal.reason !== 'SIGINT') process.exitCode = EXIT_INTERRUPTED;
}

function isRecording(file: string | undefined, options: GdbOptions): file is string {
  return file !== undefined && options.loadAddress === undefined && file.endsWith('.chrono');
}

function openSession(file: string | undefined, options: GdbOptions): Session {
  if (!isRecording(file, options)) {
    const configuration = machineConfiguration(file, options);
    return createLiveSession({ configuration, ...(options.output === undefined ? {} : { log: createLogFile(options.output, options.force === true) }) }, nodeHost);
  }
  const misplaced = (['output', 'memory', 'bios', 'kernel', 'initrd', 'append', 'console', 'guest'] as const).find((name) => options[name] !== undefined);
  if (misplaced !== undefined) throw new UserError(`--${misplaced} goes with what boots: a recording brings its machine along. Leave it out.`);
  return openRecording({
    bytes: readInputFile(file, 'the recording'), name: basename(file), drives: recordedDrives(options.drive),
    onNotice: (sentence) => process.stderr.write(`${sentence}\n`),
  }, nodeHost);
}

/** Where GDB finds symbols, as far as it is known from here. */
function symbolFile(file: string | undefined, options: GdbOptions): string | undefined {
  if (options.guest !== undefined && KNOWN_GUESTS.some((known) => known === options.guest)) return guestSymbols(options.guest)[0];
  return isRecording(file, options) || options.loadAddress !== undefined ? undefined : file;
}

interface Serving {
  readonly port: number;
  readonly host?: string;
  readonly at: number | undefined;
  readonly wait: boolean;
  readonly symbols: string | undefined;
}

/** Until the signal aborts. */
async function serve(session: Session, { port, host, at, wait, symbols }: Serving, signal: AbortSignal): Promise<void> {
  const say = (sentence: string): void => { process.stderr.write(`${sentence}\n`); };
  if (at !== undefined) await session.seek(at, { signal });
  const driver = new SoloDriver(session);
  const endpoint = await listenForGdb(driver, { port, ...(host === undefined ? {} : { host }), onNotice: say });
  process.stdin.on('data', (chunk) => { session.consoleInput(new Uint8Array(chunk as Buffer)); });
  // Whoever starts it in the background has no terminal to read from.
  process.stdin.on('error', () => undefined);
  const connect = symbols === undefined ? endpoint.command : endpoint.command.replace(' ', ` ${quoted(resolve(symbols))} `);
  say(`GDB can connect: ${connect}\nThe machine stands at ${formatPosition(session.timeline(0).position)}${wait ? '' : ' and runs until then'}. Ctrl-C ends.`);
  if (!wait) driver.move('Running', (control) => session.runForward(NO_CONDITIONS, control)).catch((error: unknown) => { say(String(error)); });
  await new Promise<void>((resolve_) => {
    if (signal.aborted) resolve_();
    else signal.addEventListener('abort', () => { resolve_(); }, { once: true });
  });
  driver.interrupt();
  await endpoint.close();
  await driver.rest();
}

/** For a shell. */
function quoted(text: string): string {
  return /^[\w./+-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`;
}
