/** launch: boots and records a program, or opens a recording. */
import { basename, resolve } from 'node:path';
import { createLiveSession, openRecording } from '../../emulator/index.ts';
import type { GuestImage, Session } from '../../emulator/index.ts';
import { bootConfiguration, openDrives } from '../../emulator/host/boot-files.ts';
import { KNOWN_GUESTS, guestSymbols } from '../../emulator/host/known-guests.ts';
import { createLogFile, nodeHost, readInputFile } from '../../emulator/host/node-host.ts';
import { UserError } from '../../emulator/user-error.ts';
import { Arguments } from '../arguments.ts';
import { recordingCapabilities } from '../capabilities.ts';
import { errors } from '../errors.ts';
import { gdbPort, serveGdbBeside } from '../gdb-driver.ts';
import { PANIC_FUNCTION } from '../guest-panic.ts';
import { HeldLog } from '../held-log.ts';
import { loadSymbols, symbolEntries } from '../load-symbols.ts';
import { TERMINAL_ATTRIBUTE } from '../protocol.ts';
import type { LaunchAttributes } from '../protocol.ts';
import type { RequestHandler } from '../request.ts';
import { SymbolSet } from '../symbol-set.ts';
import { moduleBodies } from './modules.ts';

const attributes: readonly string[] = [
  'program', 'recording', 'loadAddress', 'guest', 'bios', 'kernel', 'initrd', 'append', 'drives', 'console', 'symbols', 'memory', 'recordTo', 'stopOnEntry', 'panicFunctions', 'gdb', 'sourceMap', 'trace',
] satisfies (keyof LaunchAttributes)[];
/** What can boot; a recording is the other choice. */
const bootable = ['program', 'guest', 'kernel', 'bios'] as const satisfies (keyof LaunchAttributes)[];
/** What VS Code itself adds to or keeps in a launch configuration. */
const clientAttributes = ['type', 'name', 'request', 'noDebug', 'preLaunchTask', 'postDebugTask', 'presentation', 'internalConsoleOptions',
  'debugServer', 'suppressMultipleSessionWarning', 'preRestartTask', 'postRestartTask', 'env', 'windows', 'osx', 'linux'];

function refuseUnknown(args: unknown): void {
  for (const key of Object.keys(args as object)) {
    if (attributes.includes(key) || clientAttributes.includes(key) || key.startsWith('__')) continue;
    throw new UserError(`The launch configuration has an unknown attribute '${key}': remove it or correct its name. Known ones: ${attributes.join(', ')}.`);
  }
}

function refuseContradictions(args: object, boot: string | undefined, recording: string | undefined): void {
  if ((boot === undefined) === (recording === undefined)) {
    throw new UserError("The launch configuration needs either 'program', 'kernel', 'bios' or 'guest' (what to boot and record) or 'recording' (a .chrono file).");
  }
  const fields = args as Readonly<Record<string, unknown>>;
  const empty = [...bootable, 'recording', 'recordTo', 'trace'].find((name) => fields[name] === '');
  if (empty !== undefined) throw new UserError(`The launch configuration has an empty '${empty}': give a file, or remove it.`);
  const misplaced = ['loadAddress', 'initrd', 'append', 'memory', 'console', 'recordTo'].find((name) => recording !== undefined && fields[name] !== undefined);
  if (misplaced !== undefined) {
    throw new UserError(`The launch configuration has '${misplaced}', which goes with what boots: a recording brings its images and memory size along, and is not recorded again. Remove it.`);
  }
}

/** Where a raw image goes. */
function rawAddress(text: string): number {
  const address = /^\s*(0x[0-9a-f]+|\d+)\s*$/i.test(text) ? Number(text) : Number.NaN;
  if (!Number.isSafeInteger(address)) throw new UserError(`The launch configuration has the loadAddress '${text}', where nothing can be: write one in memory, such as 0x80000000.`);
  return address;
}

function sourceMap(fields: Arguments, args: unknown): ReadonlyMap<string, string> {
  const value = (args as { sourceMap?: unknown }).sourceMap;
  if (value === undefined) return new Map();
  fields.object('sourceMap');
  const entries = Object.entries(value as object);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) throw errors.badArgument('launch', 'sourceMap', 'pairs of path prefixes');
  return new Map(entries);
}

interface Opened {
  readonly session: Session;
  readonly images: readonly GuestImage[];
  readonly log?: HeldLog;
}

function liveSession(fields: Arguments): Opened {
  const recordTo = fields.optionalString('recordTo');
  const loadAddress = fields.optionalString('loadAddress');
  const program = fields.optionalString('program');
  const name = basename(program ?? '');
  if (name.endsWith('.chrono') && loadAddress === undefined) throw new UserError(`The launch configuration's 'program' is a recording, ${name}: make it the 'recording'.`);
  const configuration = bootConfiguration({
    program, guest: fields.optionalString('guest'), bios: fields.optionalString('bios'), kernel: fields.optionalString('kernel'),
    initrd: fields.optionalString('initrd'), append: fields.optionalString('append'), memory: fields.optionalString('memory'), drives: fields.strings('drives'),
    console: fields.optionalString('console'), loadAddress: loadAddress === undefined ? undefined : rawAddress(loadAddress),
  }, (option) => `'${option}'`);
  const kept = recordTo === undefined ? {} : { log: new HeldLog(createLogFile(recordTo)) };
  return { session: createLiveSession({ configuration, ...kept }, nodeHost), images: configuration.images, ...kept };
}

function recordedSession(fields: Arguments, recording: string, onNotice: (sentence: string) => void): Opened {
  let images: readonly GuestImage[] = [];
  const session = openRecording({
    bytes: readInputFile(recording, 'the recording'), name: basename(recording), drives: openDrives(fields.strings('drives'), "'drives'"), onNotice,
    onImages: (found) => { images = found; },
  }, nodeHost);
  return { session, images };
}

export const launch: RequestHandler = async (debuggee, args) => {
  debuggee.requireUnloaded();
  const fields = new Arguments('launch', args);
  refuseUnknown(args);
  const recording = fields.optionalString('recording');
  const boot = bootable.map((name) => fields.optionalString(name)).find((value) => value !== undefined);
  refuseContradictions(args as object, boot, recording);
  const path = resolve(boot ?? recording ?? '');
  const folders = sourceMap(fields, args);
  // Everything is checked before anything is kept: after a refusal the client may launch again.
  const hasTerminal = fields.optionalBoolean(TERMINAL_ATTRIBUTE) ?? false;
  const stopOnEntry = fields.optionalBoolean('stopOnEntry') ?? recording !== undefined;
  const panicFunctions = (args as LaunchAttributes).panicFunctions === undefined ? [PANIC_FUNCTION] : fields.strings('panicFunctions');
  const gdb = gdbPort(fields, args);
  const noDebug = fields.optionalBoolean('noDebug') ?? false;
  debuggee.trace.begin(fields.optionalString('trace'));
  const onNotice = (sentence: string): void => { debuggee.emit('output', { category: 'important', output: `${sentence}\n` }); };
  const { session, images, log } = recording === undefined ? liveSession(fields) : recordedSession(fields, path, onNotice);
  try {
    const { programs, notices, close } = loadSymbols(symbolEntries((args as LaunchAttributes).symbols), KNOWN_GUESTS.flatMap(guestSymbols), images, session.inspect);
    for (const notice of notices) onNotice(notice);
    const symbols = new SymbolSet(programs, folders, path, close);
    if (gdb !== undefined) await serveGdbBeside(debuggee, session, gdb);
    log?.release();
    debuggee.attach({ session, symbols }, hasTerminal);
    debuggee.breakpoints.attach({
      session, symbols, inspect: session.inspect, emit: debuggee.emit, firstLine: () => (debuggee.client.linesStartAt1 ? 1 : 0), firstColumn: () => (debuggee.client.columnsStartAt1 ? 1 : 0),
    }, panicFunctions.flatMap((name) => symbols.functionAddresses(name, true)));
  } catch (error) {
    session.close();
    throw error;
  }
  debuggee.isRecording = recording !== undefined;
  debuggee.stopOnEntry = stopOnEntry;
  debuggee.breakpoints.disabled = noDebug;
  debuggee.breakpoints.expectsProbes = images.some(({ role }) => role === 'firmware' || role === 'kernel');
  if (debuggee.breakpoints.expectsProbes && !noDebug) {
    debuggee.emit('output', { category: 'console', output: 'Firmware and kernels find out by trapping what the machine has: of the exceptions that are checked by default, only a kernel panic stops them. Check others, or fewer, to stop at more.\n' });
  }
  // The client sends its breakpoints on `initialized`; they need the symbols, so the event waits for the launch.
  return {
    afterwards: () => {
      if (debuggee.isRecording) debuggee.emit('capabilities', { capabilities: recordingCapabilities });
      debuggee.emit('initialized');
      for (const module of moduleBodies(debuggee.loaded.symbols)) debuggee.emit('module', { reason: 'new', module });
    },
  };
};
