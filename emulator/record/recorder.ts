/**
 * The input door of a live machine: what comes from the host gets its execution point here and goes into the log.
 * While the machine is behind the end of its own history (after a step backward), it takes from the log as a replayer does.
 */
import { assert } from '../assert.ts';
import type { StateDigest } from '../machine/digest.ts';
import type { EditEvent, InputEvent, MachineEdit, Position } from '../machine/input.ts';
import type { Ending, TerminalSize } from '../machine/machine-types.ts';
import { InputLog, type TimelineDoor } from './input-log.ts';
import { CONSOLE_EVENT_SIZE_MAX, ENTROPY_EVENT_SIZE_MAX } from './log-format.ts';
import type { LogWriter } from './log-writer.ts';

/**
 * A paste comes faster than any line: the receiver would interrupt a guest without end, and the guest would lose what it
 * has no memory for before it gets to read it. So a busy guest is given this much, and no more for so many instructions.
 */
const CONSOLE_BURST_SIZE = 4096;
const CONSOLE_BURST_INSTRUCTIONS = 4_000_000;

export class Recorder implements TimelineDoor {
  readonly #log = new InputLog();
  readonly #writer: LogWriter | undefined;
  /** How many console bytes the machine can take at present. */
  room: () => number = () => Infinity;
  /** The guest can be told the size of the terminal. */
  tellsTerminalSize: () => boolean = () => false;
  /** How many random bytes the machine waits for at present, and where they come from. */
  entropyWanted: () => number = () => 0;
  entropySource: ((sizeBytes: number) => Uint8Array) | undefined;
  /** Console bytes that no execution point was given to yet. */
  #waiting: Uint8Array[] = [];
  /** The terminal has this size, which no execution point was given to yet. */
  #size: TerminalSize | undefined;
  /** Console bytes that were given from this position on: see CONSOLE_BURST_SIZE. */
  #burst = { from: -Infinity, sizeBytes: 0 };
  /** Idle time that passed before the waiting input. */
  #idle: { at: Position; ns: number } | undefined;
  /** Idle time up to the timer that passed without input. */
  #granted: { at: Position; ns: number } | undefined;
  #end: Position = 0;
  /** The boundary here was crossed, and what it led to was seen: nothing is added to it any more. */
  #sealed: Position = -1;
  #finished = false;

  /** `rtcBaseNs`: wall-clock time at power-on, ns since 1970. */
  constructor(rtcBaseNs: bigint, writer?: LogWriter) {
    this.#writer = writer;
    this.#record({ at: 0, kind: 'rtc-base', ns: rtcBaseNs.toString() });
    this.#log.rewind(0);
    writer?.flush(0);
  }

  get events(): readonly InputEvent[] {
    return this.#log.events;
  }

  get end(): Position {
    return this.#end;
  }

  get lastEdits(): readonly EditEvent[] {
    return this.#end === this.#sealed ? [] : this.#log.editsAt(this.#end);
  }

  /** What the boundary at the end leads to was seen. */
  get isSealed(): boolean {
    return this.#end === this.#sealed;
  }

  get finished(): boolean {
    return this.#finished;
  }

  rewind(position: Position): void {
    this.#log.rewind(position);
    this.#idle = undefined;
    this.#granted = undefined;
  }

  reached(position: Position, entered: boolean): void {
    if (position > this.#end) this.#end = position;
    if (entered && position === this.#end) this.#sealed = position;
  }

  /** Input from the user, given to the guest at its next execution point. */
  consoleInput(bytes: Uint8Array): void {
    assert(!this.#finished, 'input after the end of the recording');
    if (bytes.length > 0) this.#waiting.push(bytes.slice());
  }

  /** The user changes the state at the end, where the machine stands: in front of the boundary there, or behind it. */
  edit(edits: readonly MachineEdit[], isBehind: boolean): void {
    assert(!this.#finished && isBehind === this.isSealed, 'an edit belongs to the side of the boundary that the machine is on');
    const event: EditEvent = { at: this.#end, kind: 'edit', isBehind, edits };
    this.#log.add(event);
    // Behind the boundary it has happened; else it is taken with all that comes at this point.
    this.#log.rewind(isBehind ? Infinity : this.#end);
    this.#writer?.event(event);
  }

  /** The user's terminal has this size now. */
  terminalSize(size: TerminalSize): void {
    assert(!this.#finished, 'input after the end of the recording');
    if (this.tellsTerminalSize()) this.#size = size;
  }

  /** Something from the user would be taken at the next execution point. What the guest's console has no room for would not. */
  get hasInput(): boolean {
    return this.#size !== undefined || (this.#waiting.length > 0 && this.room() > 0);
  }

  /** Console bytes that the guest did not take yet. */
  get waitingBytes(): number {
    return this.#waiting.reduce((sum, { length }) => sum + length, 0);
  }

  /** The hart waits at `at`, and `sleptNs` of its `untilTimerNs` have passed on the host. */
  idlePassed(at: Position, sleptNs: number, untilTimerNs: number): void {
    assert(at === this.#end, `idle at ${at}, not at the end ${this.#end}`);
    // A guest that waits has done all that it could do with what it was given.
    this.#burst = { from: -Infinity, sizeBytes: 0 };
    if (this.hasInput) this.#idle = { at, ns: Math.max(0, Math.min(sleptNs, untilTimerNs)) };
    else if (sleptNs >= untilTimerNs) this.#granted = { at, ns: untilTimerNs };
  }

  nextPoint(): Position {
    const next = this.#log.nextPoint();
    if (next !== Infinity) return next;
    if (this.#size !== undefined || this.entropyWanted() > 0) return this.#end;
    if (!this.hasInput) return Infinity;
    return this.#burstRoom(this.#end) > 0 ? this.#end : this.#burst.from + CONSOLE_BURST_INSTRUCTIONS;
  }

  take(at: Position): readonly InputEvent[] {
    const known = this.#log.take(at);
    if (this.#isPast(at) || this.#finished) return known;
    this.#end = at;
    if (!this.hasInput && this.entropyWanted() === 0) return known;
    const entropy = known.some((event) => event.kind === 'entropy') ? [] : this.#takeEntropy(at);
    return [...known, ...entropy, ...(this.hasInput ? this.#takeLive(at) : [])];
  }

  idle(at: Position, untilTimerNs: number): number | undefined {
    if (this.#isPast(at)) return untilTimerNs;
    const granted = this.#granted;
    this.#granted = undefined;
    return granted?.at === at && granted.ns === untilTimerNs ? untilTimerNs : undefined;
  }

  digest(at: Position, digest: StateDigest): void {
    assert(at === this.#end, `a digest at ${at}, not at the end ${this.#end}`);
    if (!this.#finished) this.#writer?.digest(at, digest);
  }

  /** Makes the events so far survive the process. */
  flush(): void {
    if (!this.#finished) this.#writer?.flush(this.#end);
  }

  /** The history grows no more. */
  finish(ending: Ending | null): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#waiting = [];
    this.#size = undefined;
    this.#writer?.end(this.#end, ending);
  }

  /** What happens at the execution point `at` is settled. */
  #isPast(at: Position): boolean {
    return at < this.#end || at === this.#sealed;
  }

  #takeEntropy(at: Position): InputEvent[] {
    const sizeBytes = Math.min(this.entropyWanted(), ENTROPY_EVENT_SIZE_MAX);
    if (sizeBytes === 0) return [];
    assert(this.entropySource !== undefined, 'the host of a machine with an entropy device has a source of random bytes');
    const event: InputEvent = { at, kind: 'entropy', bytes: this.entropySource(sizeBytes).slice(0, sizeBytes) };
    this.#record(event);
    return [event];
  }

  #takeLive(at: Position): InputEvent[] {
    const events = [...this.#takeSize(at), ...this.#waitingEvents(at)];
    if (events.length === 0) return events;
    if (this.#idle?.at === at && this.#idle.ns > 0) events.unshift({ at, kind: 'idle', ns: this.#idle.ns });
    this.#idle = undefined;
    this.#granted = undefined;
    for (const event of events) this.#record(event);
    return events;
  }

  #takeSize(at: Position): InputEvent[] {
    const size = this.#size;
    this.#size = undefined;
    return size === undefined ? [] : [{ at, kind: 'terminal-size', ...size }];
  }

  /** Console bytes that may be given to the guest at `at`. */
  #burstRoom(at: Position): number {
    return at - this.#burst.from >= CONSOLE_BURST_INSTRUCTIONS ? CONSOLE_BURST_SIZE : CONSOLE_BURST_SIZE - this.#burst.sizeBytes;
  }

  /** As much of the waiting input as there is room for. */
  #waitingEvents(at: Position): InputEvent[] {
    const events: InputEvent[] = [];
    if (this.#waiting.length === 0) return events;
    const allowed = Math.min(this.room(), this.#burstRoom(at));
    let room = allowed;
    for (let first = this.#waiting[0]; first !== undefined && room > 0; first = this.#waiting[0]) {
      const bytes = first.slice(0, Math.min(room, CONSOLE_EVENT_SIZE_MAX));
      if (bytes.length < first.length) this.#waiting[0] = first.subarray(bytes.length);
      else this.#waiting.shift();
      room -= bytes.length;
      events.push({ at, kind: 'console', bytes });
    }
    if (at - this.#burst.from >= CONSOLE_BURST_INSTRUCTIONS) this.#burst = { from: at, sizeBytes: 0 };
    this.#burst.sizeBytes += allowed - room;
    return events;
  }

  #record(event: InputEvent): void {
    this.#log.append(event);
    this.#writer?.event(event);
  }
}
