/** launch: boots and records a program, or opens a recording. */
import { basename, resolve } from 'node:path';
import { inflateSync } from 'node:zlib';
import { DEFAULT_MEMORY_SIZE_BYTES, createLiveSession, openRecording, parseSize } from '../../emulator/index.ts';
import type { GuestImage, LogSink, Session } from '../../emulator/index.ts';
import { createLogFile, nodeHost, readInputFile } from '../../emulator/host/node-host.ts';
import { UserError } from '../../emulator/user-error.ts';
import { Arguments } from '../arguments.ts';
import { errors } from '../errors.ts';
import { TERMINAL_ATTRIBUTE } from '../protocol.ts';
import type { LaunchAttributes } from '../protocol.ts';
import type { RequestHandler } from '../request.ts';
import { SymbolSet } from '../symbol-set.ts';
import { Program } from '../symbols/program.ts';

const attributes: readonly string[] = ['program', 'recording', 'loadAddress', 'symbols', 'memory', 'recordTo', 'stopOnEntry', 'sourceMap'] satisfies (keyof LaunchAttributes)[];
/** What VS Code itself adds to or keeps in a launch configuration. */
const clientAttributes = ['type', 'name', 'request', 'noDebug', 'preLaunchTask', 'postDebugTask', 'presentation', 'internalConsoleOptions',
  'debugServer', 'suppressMultipleSessionWarning', 'preRestartTask', 'postRestartTask', 'env', 'windows', 'osx', 'linux'];

function refuseUnknown(args: unknown): void {
  for (const key of Object.keys(args as object)) {
    if (attributes.includes(key) || clientAttributes.includes(key) || key.startsWith('__')) continue;
    throw new UserError(`The launch configuration has an unknown attribute '${key}': remove it or correct its name. Known ones: ${attributes.join(', ')}.`);
  }
}

function refuseContradictions(args: object, program: string | undefined, recording: string | undefined): void {
  if ((program === undefined) === (recording === undefined)) {
    throw new UserError("The launch configuration needs either 'program' (a guest to boot and record) or 'recording' (a .chrono file).");
  }
  const fields = args as Readonly<Record<string, unknown>>;
  const empty = ['program', 'recording', 'recordTo'].find((name) => fields[name] === '');
  if (empty !== undefined) throw new UserError(`The launch configuration has an empty '${empty}': give a file, or remove it.`);
  const misplaced = ['loadAddress', 'memory', 'recordTo'].find((name) => recording !== undefined && fields[name] !== undefined);
  if (misplaced !== undefined) {
    throw new UserError(`The launch configuration has '${misplaced}', which goes with 'program' alone: a recording brings its images and memory size along, and is not recorded again. Remove it.`);
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

/** The recording of a machine that may not come to life: nothing is written before `release`. */
class HeldLog implements LogSink {
  private readonly log: LogSink;
  private state: 'held' | 'released' | 'dropped' = 'held';
  private readonly chunks: Uint8Array[] = [];

  constructor(log: LogSink) {
    this.log = log;
  }

  append(bytes: Uint8Array): void {
    if (this.state === 'released') this.log.append(bytes);
    else if (this.state === 'held') this.chunks.push(bytes);
  }

  /** Makes the file. */
  release(): void {
    try {
      for (const chunk of this.chunks) this.log.append(chunk);
      this.state = 'released';
    } catch (error) {
      this.state = 'dropped';
      this.log.discard?.();
      throw error;
    } finally {
      this.chunks.length = 0;
    }
  }

  close(): void {
    if (this.state === 'released') this.log.close();
  }
}

interface Opened {
  readonly session: Session;
  readonly images: readonly GuestImage[];
  readonly log?: HeldLog;
}

function liveSession(fields: Arguments, program: string): Opened {
  const memory = fields.optionalString('memory');
  const loadAddress = fields.optionalString('loadAddress');
  const recordTo = fields.optionalString('recordTo');
  const bytes = readInputFile(program, 'the program');
  const name = basename(program);
  if (name.endsWith('.chrono') && loadAddress === undefined) throw new UserError(`The launch configuration's 'program' is a recording, ${name}: make it the 'recording'.`);
  const image: GuestImage = loadAddress === undefined ? { name, kind: 'elf', bytes } : { name, kind: 'raw', bytes, address: rawAddress(loadAddress) };
  const memorySizeBytes = memory === undefined ? DEFAULT_MEMORY_SIZE_BYTES : parseSize(memory, 'memory');
  const configuration = { memorySizeBytes, images: [image] };
  const kept = recordTo === undefined ? {} : { log: new HeldLog(createLogFile(recordTo)) };
  return { session: createLiveSession({ configuration, ...kept }, nodeHost), images: [image], ...kept };
}

function recordedSession(recording: string, onNotice: (sentence: string) => void): Opened {
  const session = openRecording({ bytes: readInputFile(recording, 'the recording'), name: basename(recording), onNotice }, nodeHost);
  return { session, images: session.configuration.images };
}

function loadPrograms(fields: Arguments, images: readonly GuestImage[], folder: string): Program[] {
  const inflate = (bytes: Uint8Array): Uint8Array => inflateSync(bytes);
  const extra = fields.strings('symbols').map((path) => ({ name: basename(path), bytes: readInputFile(resolve(folder, path), 'the symbol file') }));
  const elves = extra.length > 0 ? extra : images.filter(({ kind }) => kind === 'elf');
  return elves.map(({ bytes, name }) => new Program(bytes, name, inflate));
}

export const launch: RequestHandler = (debuggee, args) => {
  debuggee.requireUnloaded();
  const fields = new Arguments('launch', args);
  refuseUnknown(args);
  const program = fields.optionalString('program');
  const recording = fields.optionalString('recording');
  refuseContradictions(args as object, program, recording);
  const path = resolve(program ?? recording ?? '');
  const folders = sourceMap(fields, args);
  // Everything is checked before anything is kept: after a refusal the client may launch again.
  const hasTerminal = fields.optionalBoolean(TERMINAL_ATTRIBUTE) ?? false;
  const stopOnEntry = fields.optionalBoolean('stopOnEntry') ?? recording !== undefined;
  const noDebug = fields.optionalBoolean('noDebug') ?? false;
  fields.strings('symbols');
  const { session, images, log } = program === undefined ? recordedSession(path, (sentence) => { debuggee.emit('output', { category: 'important', output: `${sentence}\n` }); }) : liveSession(fields, path);
  try {
    const symbols = new SymbolSet(loadPrograms(fields, images, process.cwd()), folders, path);
    log?.release();
    debuggee.attach({ session, symbols }, hasTerminal);
  } catch (error) {
    session.close();
    throw error;
  }
  debuggee.stopOnEntry = stopOnEntry;
  debuggee.breakpoints.disabled = noDebug;
  // The client sends its breakpoints on `initialized`; they need the symbols, so the event waits for the launch.
  return { afterwards: () => { debuggee.emit('initialized'); } };
};
