/** Makes sessions: a live machine that is recorded, or a recording to travel in. */
import { Machine } from '../machine/machine.ts';
import type { EnginePort } from '../machine/engine-port.ts';
import type { GuestImage } from '../machine/machine-types.ts';
import { LogWriter } from '../record/log-writer.ts';
import { withDrives } from '../record/recorded-devices.ts';
import { readRecording } from '../record/recording.ts';
import { Recorder } from '../record/recorder.ts';
import { Replayer } from '../record/replayer.ts';
import { DEFAULT_TIMELINE_OPTIONS, Timeline, type TimelineOptions } from '../timeline/timeline.ts';
import { MachineSession } from './machine-session.ts';
import type { Host, LiveOptions, RecordingOptions, Session } from './session-types.ts';

/** Makes the engine of a machine with these images. */
export type EngineFor = (images: readonly GuestImage[]) => EnginePort;

/** Powers a machine on; it stands at position 0. */
export function createLiveSessionOn(engine: EnginePort, options: LiveOptions, host: Host): Session {
  const machine = new Machine(engine, options.configuration);
  try {
    return recordedSession(machine, options, host);
  } catch (error) {
    options.log?.discard?.();
    throw error;
  }
}

/** The file is begun here: only when the guest is known to be loadable. */
function recordedSession(machine: Machine, options: LiveOptions, host: Host): Session {
  const writer = options.log === undefined ? undefined : new LogWriter(options.log, options.configuration);
  const recorder = new Recorder(host.wallClockNs(), writer);
  recorder.room = () => machine.consoleRoom;
  recorder.tellsTerminalSize = () => machine.tellsTerminalSize;
  recorder.entropyWanted = () => machine.entropyWanted;
  recorder.entropySource = host.entropy?.bind(host);
  const timeline = new Timeline(machine, recorder, [], timelineOptions(options.timeline));
  timeline.onDigest = (mark) => { recorder.digest(mark.at, mark.digest); };
  return new MachineSession({ machine, timeline, host, recorder, idle: options.idle ?? 'sleep' });
}

/** Opens a recording at position 0. */
export function openRecordingOn(engine: EnginePort | EngineFor, options: RecordingOptions, host: Host): Session {
  const recording = readRecording(options.bytes, options.name, options.images);
  if (recording.cut !== undefined) options.onNotice?.(recording.cut);
  options.onImages?.(recording.configuration.images);
  const chosen = typeof engine === 'function' ? engine(recording.configuration.images) : engine;
  const machine = new Machine(chosen, withDrives(recording.configuration, options.drives ?? [], options.name));
  const door = new Replayer(recording.events, recording.end);
  const timeline = new Timeline(machine, door, recording.digests, timelineOptions(options.timeline));
  return new MachineSession({ machine, timeline, host, idle: 'skip' });
}

function timelineOptions(given: Partial<TimelineOptions> | undefined): TimelineOptions {
  // A spacing that is asked for is meant.
  return { ...DEFAULT_TIMELINE_OPTIONS, ...(given?.checkpointSpacing === undefined ? {} : { checkpointSlices: 0 }), ...given };
}
