/** launch: boots and records a program, or opens a recording. */
import { basename, resolve } from 'node:path';
import { inflateSync } from 'node:zlib';
import { DEFAULT_MEMORY_SIZE_BYTES, createLiveSession, openRecording, parseSize } from '../../emulator/index.ts';
import type { GuestImage, Session } from '../../emulator/index.ts';
import { createLogFile, nodeHost, readInputFile } from '../../emulator/host/node-host.ts';
import { UserError } from '../../emulator/user-error.ts';
import { Arguments, parseAddress } from '../arguments.ts';
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

function sourceMap(fields: Arguments, args: unknown): ReadonlyMap<string, string> {
  const value = (args as { sourceMap?: unknown }).sourceMap;
  if (value === undefined) return new Map();
  fields.object('sourceMap');
  const entries = Object.entries(value as object);
  if (!entries.every((entry): entry is [string, string] => typeof entry[1] === 'string')) throw errors.badArgument('launch', 'sourceMap', 'pairs of path prefixes');
  return new Map(entries);
}

function liveSession(fields: Arguments, program: string): { session: Session; images: readonly GuestImage[] } {
  const memory = fields.optionalString('memory');
  const loadAddress = fields.optionalString('loadAddress');
  const recordTo = fields.optionalString('recordTo');
  const bytes = readInputFile(program, 'the program');
  const name = basename(program);
  const image: GuestImage = loadAddress === undefined ? { name, kind: 'elf', bytes } : { name, kind: 'raw', bytes, address: Number(parseAddress(loadAddress)) };
  const memorySizeBytes = memory === undefined ? DEFAULT_MEMORY_SIZE_BYTES : parseSize(memory, 'memory');
  const configuration = { memorySizeBytes, images: [image] };
  const log = recordTo === undefined ? undefined : createLogFile(recordTo, false);
  return { session: createLiveSession({ configuration, ...(log ? { log } : {}) }, nodeHost), images: [image] };
}

function recordedSession(recording: string, onNotice: (sentence: string) => void): { session: Session; images: readonly GuestImage[] } {
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
  if ((program === undefined) === (recording === undefined)) {
    throw new UserError("The launch configuration needs either 'program' (a guest to boot and record) or 'recording' (a .chrono file).");
  }
  const path = resolve(program ?? recording ?? '');
  const folders = sourceMap(fields, args);
  // Everything is checked before anything is kept: after a refusal the client may launch again.
  const hasTerminal = fields.optionalBoolean(TERMINAL_ATTRIBUTE) ?? false;
  const stopOnEntry = fields.optionalBoolean('stopOnEntry') ?? recording !== undefined;
  const noDebug = fields.optionalBoolean('noDebug') ?? false;
  fields.strings('symbols');
  const { session, images } = program === undefined ? recordedSession(path, (sentence) => { debuggee.emit('output', { category: 'important', output: `${sentence}\n` }); }) : liveSession(fields, path);
  try {
    const symbols = new SymbolSet(loadPrograms(fields, images, process.cwd()), folders, path);
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
