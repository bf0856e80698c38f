/** Replays a whole recording and compares every digest in it. */
import { Machine, NO_CONDITIONS } from '../machine/machine.ts';
import type { Ending, Position } from '../machine/machine-types.ts';
import { formatPosition } from '../record/log-format.ts';
import { withDrives } from '../record/recorded-devices.ts';
import { readRecording, type Recording } from '../record/recording.ts';
import { Replayer } from '../record/replayer.ts';
import { bisectDivergence } from '../timeline/bisect.ts';
import { DivergenceError } from '../timeline/divergence.ts';
import { DEFAULT_TIMELINE_OPTIONS, Timeline } from '../timeline/timeline.ts';
import { UserError } from '../user-error.ts';
import type { EngineFor } from './open-session.ts';
import { HostPacer } from './host-pacer.ts';
import type { Control, Host, RecordingOptions } from './session-types.ts';

export interface Verification {
  /** How far the recording reaches, all of it replayed. */
  readonly end: Position;
  readonly digestsChecked: number;
  readonly eventCount: number;
  readonly ending: Ending | undefined;
  /** One sentence if the recording was not closed properly. */
  readonly cut: string | undefined;
}

/** Throws a DivergenceError that says where the replay parts from the recording, or a UserError if it was cancelled. */
export async function verifyRecording(options: RecordingOptions, host: Host, makeEngine: EngineFor, control: Control = {}): Promise<Verification> {
  const recording = readRecording(options.bytes, options.name, options.images);
  const configuration = withDrives(recording.configuration, options.drives ?? [], options.name);
  const pacer = new HostPacer({ host, control, fraction: (position) => (recording.end === 0 ? 1 : position / recording.end) });
  const replay = (): { machine: Machine; door: Replayer } => ({
    machine: new Machine(makeEngine(configuration.images), configuration), door: new Replayer(recording.events, recording.end),
  });
  const { machine, door } = replay();
  const timeline = new Timeline(machine, door, recording.digests, { ...DEFAULT_TIMELINE_OPTIONS, checkpointSpacing: Infinity });
  try {
    const stop = await timeline.advance(recording.end, NO_CONDITIONS, pacer, true);
    if (stop.reason === 'paused') throw new UserError(`Verification of ${options.name} was interrupted at ${formatPosition(timeline.position)}: run it again`);
    checkEnd(recording, machine, options.name);
    control.onProgress?.(1, recording.end);
    return {
      end: recording.end, digestsChecked: recording.digests.length, eventCount: recording.events.length, ending: recording.ending, cut: recording.cut,
    };
  } catch (error) {
    if (!(error instanceof DivergenceError)) throw error;
    throw await bisectDivergence(error.report, recording.digests, replay, pacer);
  } finally {
    timeline.close();
  }
}

/** The guest must have ended as it did when it was recorded. */
function checkEnd(recording: Recording, machine: Machine, name: string): void {
  const replayed = machine.ending;
  if (machine.icount === recording.end && (replayed === recording.ending || recording.cut !== undefined)) return;
  const say = (ending: Ending | undefined): string => (ending === undefined ? 'goes on' : ending === 'reset' ? 'asks for a reset' : `powers off with exit code ${ending}`);
  throw new UserError(`The replay of ${name} ends otherwise than the recording: at ${formatPosition(machine.icount)} the guest ${say(replayed)}, in the recording it ${say(recording.ending)} at ${formatPosition(recording.end)}; replay it with the Chronovisor that recorded it`);
}
