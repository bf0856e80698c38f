/**
 * The guest `linux` in a process of its own, as the command line boots, records or replays it: prints the guest's console; ends
 * when it is told to (SIGTERM), and then says on standard error what it used. `node linux-boot.mjs TASK`.
 */
import { printOutput } from '../../emulator/cli/console.ts';
import { createEngine, type Engine } from '../../emulator/engine/engine.ts';
import { bootConfiguration } from '../../emulator/host/boot-files.ts';
import { createLogFile, nodeHost, readInputFile } from '../../emulator/host/node-host.ts';
import { NO_CONDITIONS, type GuestImage, type Session } from '../../emulator/index.ts';
import { createLiveSessionOn, openRecordingOn } from '../../emulator/session/open-session.ts';
import type { KeptTranslations } from '../../emulator/session/session-types.ts';

export interface LinuxBootTask {
  readonly mode: 'run' | 'record' | 'replay';
  /** The recording. */
  readonly file?: string;
  /** By the interpreter alone. */
  readonly isInterpreted?: boolean;
  /** Folder where translated code is kept; none by default. */
  readonly translations?: string;
}

export interface LinuxBootUse {
  readonly position: number;
  /** Frames of 4 KiB in use. */
  readonly framesUsed: number;
  readonly translations: number;
}

/** Nobody goes back in time here. */
const timeline = { checkpointSpacing: Infinity };

const task = JSON.parse(process.argv[2] ?? '') as LinuxBootTask;
let kept: KeptTranslations | undefined;

function engineFor(images: readonly GuestImage[]): Engine {
  if (task.isInterpreted === true) return createEngine({ translateAfter: Infinity });
  process.env['CHRONOVISOR_TRANSLATIONS'] = task.translations ?? 'off';
  kept = nodeHost.translations?.(images);
  return createEngine(kept === undefined ? {} : { regionStore: kept.store, compile: kept.compile });
}

/** As the command line does it, nobody keeps the images. */
function open({ mode, file = '' }: LinuxBootTask): { readonly session: Session; readonly engine: Engine } {
  if (mode === 'replay') {
    const engine = engineFor([]);
    return { engine, session: openRecordingOn(engine, { bytes: readInputFile(file, 'the recording'), name: file, timeline }, nodeHost) };
  }
  const configuration = bootConfiguration({ guest: 'linux' }, String);
  const engine = engineFor(configuration.images);
  return { engine, session: createLiveSessionOn(engine, { configuration, timeline, ...(mode === 'record' ? { log: createLogFile(file, true) } : {}) }, nodeHost) };
}

const leave = new AbortController();
process.once('SIGTERM', () => { leave.abort(); });
const { session, engine } = open(task);
const flush = printOutput(session);
await session.runForward(NO_CONDITIONS, { signal: leave.signal });
flush();
const { position, framesUsed } = session.timeline(0);
session.close();
kept?.save();
const use: LinuxBootUse = { position, framesUsed, translations: engine.translation?.translations ?? 0 };
process.stderr.write(JSON.stringify(use));
