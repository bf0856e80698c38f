/** The events of one machine's history in memory, with a cursor for the run under way. */
import { assert } from '../assert.ts';
import type { EditEvent, InputDoor, InputEvent, Position } from '../machine/input.ts';

/** Index of the first element for which `at(index) >= position`. */
export function lowerBound(count: number, at: (index: number) => Position, position: Position): number {
  let low = 0;
  let high = count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (at(middle) < position) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** A door that follows the machine when it is put somewhere else in time. */
export interface TimelineDoor extends InputDoor {
  readonly events: readonly InputEvent[];
  /** How far the history reaches. */
  readonly end: Position;
  /** The machine now stands at `position`, its execution point not yet processed. */
  rewind(position: Position): void;
  /** Edits at `end`, in front of the boundary there, which was not crossed yet: the last things that happened. */
  readonly lastEdits: readonly EditEvent[];
  /** The machine has come to `position`; `entered`: it has also crossed the boundary there, and was seen behind it. */
  reached(position: Position, entered: boolean): void;
}

export class InputLog {
  readonly #events: InputEvent[];
  #next = 0;

  constructor(events: readonly InputEvent[] = []) {
    this.#events = [...events];
  }

  get events(): readonly InputEvent[] {
    return this.#events;
  }

  rewind(position: Position): void {
    this.#next = lowerBound(this.#events.length, (index) => this.#at(index), position);
  }

  nextPoint(): Position {
    return this.#events[this.#next]?.at ?? Infinity;
  }

  take(at: Position): InputEvent[] {
    assert(this.nextPoint() >= at, `the run passed the input at ${this.nextPoint()} and asks at ${at}`);
    const from = this.#next;
    while (this.#events[this.#next]?.at === at) this.#next++;
    return this.#events.slice(from, this.#next);
  }

  /** Appends an event that is taken later. */
  add(event: InputEvent): void {
    assert(event.at >= (this.#events.at(-1)?.at ?? 0), 'an event is added out of order');
    this.#events.push(event);
  }

  /** Appends an event that is taken at the same moment. */
  append(event: InputEvent): void {
    assert(this.#next === this.#events.length, 'an event is appended in the past');
    assert(event.at >= (this.#events.at(-1)?.at ?? 0), 'an event is appended out of order');
    this.#events.push(event);
    this.#next++;
  }

  /** Edits at `position` in front of the boundary there; none if something happened behind it. */
  editsAt(position: Position): readonly EditEvent[] {
    const first = lowerBound(this.#events.length, (index) => this.#at(index), position);
    const edits = this.#events.slice(first).filter((event): event is EditEvent => event.at === position && event.kind === 'edit');
    return edits.some(({ isBehind }) => isBehind) ? [] : edits;
  }

  #at(index: number): Position {
    return this.#events[index]?.at ?? Infinity;
  }
}
