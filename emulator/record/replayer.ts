/** The input door of a finished recording: everything comes from the log. */
import type { EditEvent, InputEvent, Position } from '../machine/input.ts';
import { InputLog, type TimelineDoor } from './input-log.ts';

export class Replayer implements TimelineDoor {
  readonly #log: InputLog;
  readonly end: Position;

  constructor(events: readonly InputEvent[], end: Position) {
    this.#log = new InputLog(events);
    this.end = end;
  }

  get events(): readonly InputEvent[] {
    return this.#log.events;
  }

  get lastEdits(): readonly EditEvent[] {
    return this.#log.editsAt(this.end);
  }

  rewind(position: Position): void {
    this.#log.rewind(position);
  }

  reached(): void {
    // A finished history does not grow.
  }

  nextPoint(): Position {
    return this.#log.nextPoint();
  }

  take(at: Position): readonly InputEvent[] {
    return at < this.end ? this.#log.take(at) : [];
  }

  /** An idle time without input is not in the log: the recording went on, hence it passed. */
  idle(at: Position, untilTimerNs: number): number | undefined {
    return at < this.end ? untilTimerNs : undefined;
  }
}
