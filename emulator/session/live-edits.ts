/** Edits by the user: they reach the machine as inputs of a recording that grows. */
import type { Machine } from '../machine/machine.ts';
import type { StateEdit } from '../machine/machine-types.ts';
import { formatPosition } from '../record/log-format.ts';
import type { Recorder } from '../record/recorder.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { UserError } from '../user-error.ts';
import { planEdits } from './plan-edits.ts';
import type { Inspection } from './session-types.ts';

export interface LiveEditsParts {
  readonly machine: Machine;
  readonly timeline: Timeline;
  /** Absent in a finished recording. */
  readonly recorder: Recorder | undefined;
  readonly inspect: Inspection;
}

export class LiveEdits {
  readonly #parts: LiveEditsParts;

  constructor(parts: LiveEditsParts) {
    this.#parts = parts;
  }

  /** Makes them where the machine stands, and shows what they lead to. False: there is nothing to change. Throws a UserError, and then nothing is. */
  make(edits: readonly StateEdit[], isRunning: boolean): boolean {
    const { machine, timeline, inspect } = this.#parts;
    const recorder = this.#liveRecorder(isRunning);
    const planned = planEdits(edits, inspect);
    if (planned.length === 0) return false;
    const { entered } = machine;
    try {
      if (entered) machine.edit(planned, timeline.door);
      else machine.showEdits(planned);
    } catch (error) {
      machine.hideEdits();
      this.show();
      throw error;
    }
    recorder.edit(planned, entered);
    recorder.flush();
    return true;
  }

  /** Where edits are the last thing that happened, their outcome is shown. */
  show(): void {
    const { machine, timeline: { position, door } } = this.#parts;
    if (position !== door.end || machine.entered) return;
    const { lastEdits } = door;
    if (lastEdits.length > 0) machine.showEdits(lastEdits.flatMap(({ edits }) => edits));
  }

  /** For what only a live machine at rest can do. */
  #liveRecorder(isRunning: boolean): Recorder {
    const { recorder, machine, timeline: { position, door, atEnd } } = this.#parts;
    if (recorder === undefined) throw new UserError('A recording never changes, so nothing in it can be edited: start the guest anew to edit its state');
    if (isRunning) throw new UserError('The machine is running: pause it to edit its state');
    if (!atEnd) throw new UserError(`This is the past, which only branches could change: go to the live end (${formatPosition(door.end)}) to edit`);
    if (recorder.finished || machine.ending !== undefined) throw new UserError('The guest has ended the run, so nothing in it can be edited: start it anew to edit its state');
    if (recorder.isSealed && !machine.entered) {
      throw new UserError(`What happens at ${formatPosition(position)} was seen already, so an edit in front of it would change the past: step forward once to edit`);
    }
    return recorder;
  }
}
