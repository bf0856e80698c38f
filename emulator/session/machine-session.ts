/** The session: one request at a time moves the machine in time; everything else only looks. */
import { assert } from '../assert.ts';
import { NO_CONDITIONS, type Machine } from '../machine/machine.ts';
import type { Ending, Position, RunStop, StateEdit, StopConditions, TerminalSize } from '../machine/machine-types.ts';
import { formatPosition } from '../record/log-format.ts';
import type { Recorder } from '../record/recorder.ts';
import { findLastBefore, hitOf, type Hit } from '../timeline/backward.ts';
import type { Pacer } from '../timeline/pacer.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { UserError } from '../user-error.ts';
import { ConsoleLog, type ConsoleLines } from './console-log.ts';
import { summariseEvents } from './event-summary.ts';
import { IdleWait } from './idle-wait.ts';
import { MachineInspection } from './inspection.ts';
import { LiveEdits } from './live-edits.ts';
import { copyOf, exceptHere, type StartPlace } from './motion-conditions.ts';
import { Pacers } from './pacers.ts';
import type { Control, Host, Inspection, Session, SessionStop, TimelineInfo } from './session-types.ts';
import { SpeedMeter, type Speed } from './speed-meter.ts';

const CHANGE_MS = 50;
/** Events wait at most this long for their way into the file. */
const FLUSH_MS = 250;
const EVENT_LIMIT = 1000;
/** Accesses to devices before the clock is looked at: about 4 ms of them. */
const ACCESSES_MAX = 4096;

export interface SessionParts {
  readonly machine: Machine;
  readonly timeline: Timeline;
  readonly host: Host;
  /** Absent in a finished recording. */
  readonly recorder?: Recorder;
  readonly idle: 'sleep' | 'skip';
}

export class MachineSession implements Session {
  readonly inspect: Inspection;
  outputGate: (() => Promise<void> | undefined) | undefined;
  readonly #machine: Machine;
  readonly #timeline: Timeline;
  readonly #host: Host;
  readonly #recorder: Recorder | undefined;
  readonly #console = new ConsoleLog();
  readonly #meter: SpeedMeter;
  readonly #pacers: Pacers;
  readonly #edits: LiveEdits;
  readonly #outputListeners: ((bytes: Uint8Array, position: Position) => void)[] = [];
  readonly #changeListeners: (() => void)[] = [];
  readonly #closedListeners: (() => void)[] = [];
  #changedMs = 0;
  #flushedMs = 0;
  #busy = false;
  /** Where the request under way began. */
  #start: StartPlace = { pc: 0n, isEdited: false, isTold: false };
  /** The user was told that the instruction there traps, and has not gone elsewhere since. */
  #toldTrapAt: Position | undefined;
  readonly #isClosed = (): boolean => this.#closed;
  #closed = false;
  /** Of a live machine. */
  readonly #idleWait: IdleWait | undefined;

  constructor(parts: SessionParts) {
    this.inspect = new MachineInspection(parts.machine);
    this.#machine = parts.machine;
    this.#timeline = parts.timeline;
    this.#host = parts.host;
    this.#meter = new SpeedMeter(() => parts.host.monotonicMs());
    this.#recorder = parts.recorder;
    const { recorder, idle, host } = parts;
    this.#idleWait = recorder === undefined ? undefined : new IdleWait({ host, recorder, meter: this.#meter, idle, isClosed: this.#isClosed });
    this.#machine.accessesMax = ACCESSES_MAX;
    this.#machine.onConsole = (byte, position, index) => { this.#output(byte, position, index); };
    this.#timeline.onMove = () => { this.#moved(); };
    this.#edits = new LiveEdits({ machine: this.#machine, timeline: this.#timeline, recorder, inspect: this.inspect });
    this.#pacers = new Pacers({ host, timeline: this.#timeline, meter: this.#meter, closed: this.#isClosed, gate: () => this.outputGate?.() });
  }

  // ---- moving in time ----------------------------------------------------------------------------------------------

  seek(position: Position, control: Control = {}): Promise<SessionStop> {
    return this.#exclusive(async () => {
      const { end } = this.#timeline.door;
      if (!Number.isSafeInteger(position) || position < 0 || position > end) {
        throw new UserError(`Position ${formatPosition(position)} is outside of the recording, which reaches from @0 to ${formatPosition(end)}: choose one inside`);
      }
      return this.#goTo(position, this.#pacers.toward(control, position), 'seek');
    });
  }

  stepForward(control: Control = {}): Promise<SessionStop> {
    return this.#exclusive(async () => {
      const until = this.#timeline.position + 1;
      const stop = await this.#forward(until, NO_CONDITIONS, control);
      return stop.reason === 'seek' ? { reason: 'step', position: stop.position } : stop;
    });
  }

  stepBackward(control: Control = {}): Promise<SessionStop> {
    return this.#exclusive(async () => {
      const { position } = this.#timeline;
      if (position === 0) return this.#goTo(0, this.#pacers.toward(control, 0), 'beginning');
      return this.#goTo(position - 1, this.#pacers.toward(control, position - 1), 'step');
    });
  }

  runForward(conditions: StopConditions, control: Control = {}): Promise<SessionStop> {
    return this.#exclusive(() => this.#forward(control.until ?? Infinity, copyOf(conditions), control));
  }

  runBackward(conditions: StopConditions, control: Control = {}): Promise<SessionStop> {
    return this.#exclusive(async () => {
      const from = this.#timeline.position;
      const pacer = this.#pacers.backward(control, from);
      const found = await findLastBefore(this.#timeline, { conditions: copyOf(conditions), pacer });
      if (found === undefined) return this.#goTo(0, pacer, 'beginning');
      return 'reason' in found ? this.#paused() : this.#land(found, pacer);
    });
  }

  findBackward(addresses: ReadonlySet<bigint>, accept: () => boolean, control: Control = {}): Promise<Position | undefined> {
    return this.#exclusive(async () => {
      const from = this.#timeline.position;
      const { entered } = this.#machine;
      const pacer = this.#pacers.backward(control, from);
      const conditions: StopConditions = { ...NO_CONDITIONS, breakpoints: new Set(addresses), accept: () => accept() };
      const found = await findLastBefore(this.#timeline, { conditions, pacer });
      if (found === undefined || 'reason' in found) {
        await this.#standAt(from, entered);
        return undefined;
      }
      const stop = await this.#land(found, pacer);
      return stop.reason === 'paused' ? undefined : stop.position;
    });
  }

  passThrough(from: Position, to: Position, conditions: StopConditions, control: Control = {}): Promise<'done' | 'cancelled'> {
    return this.#exclusive(async () => {
      const timeline = this.#timeline;
      const { position } = timeline;
      const { entered } = this.#machine;
      if (!Number.isSafeInteger(from) || !Number.isSafeInteger(to) || from < 0 || from > to || to > timeline.door.end) {
        throw new UserError(`${formatPosition(from)} to ${formatPosition(to)} is no part of the recording, which reaches from @0 to ${formatPosition(timeline.door.end)}: choose one inside`);
      }
      const { accept } = conditions;
      const listening: StopConditions = {
        ...copyOf(conditions),
        accept: (met) => {
          accept?.(met);
          return false;
        },
      };
      const pacer = this.#pacers.by(control, (at) => (to === from ? 1 : (at - from) / (to - from)));
      try {
        const isThere = (await timeline.moveTo(from, pacer, false)) === 'there';
        return isThere && (await timeline.advance(to, listening, pacer, false)).reason !== 'paused' ? 'done' : 'cancelled';
      } finally {
        await this.#standAt(position, entered);
      }
    });
  }

  // ---- looking -----------------------------------------------------------------------------------------------------

  timeline(eventLimit: number = EVENT_LIMIT): TimelineInfo {
    const { position, door, checkpoints } = this.#timeline;
    const finished = this.#recorder?.finished ?? true;
    return {
      position,
      end: Math.max(door.end, position),
      live: !finished && this.#timeline.atEnd,
      finished,
      checkpoints: checkpoints.all.map((checkpoint) => ({ position: checkpoint.position, dirtyPages: checkpoint.dirtyPages })),
      events: summariseEvents(door.events, eventLimit),
      framesUsed: this.#machine.framesUsed,
    };
  }

  digest(): string {
    return this.#machine.digest().all;
  }

  consoleText(): Uint8Array {
    return this.#console.textAt(this.#timeline.position);
  }

  get consoleLines(): ConsoleLines {
    return this.#console;
  }

  speed(): Speed {
    return this.#meter.read();
  }

  onConsoleOutput(listener: (bytes: Uint8Array, position: Position) => void): void {
    this.#outputListeners.push(listener);
  }

  onChange(listener: () => void): void {
    this.#changeListeners.push(listener);
  }

  // ---- input, end --------------------------------------------------------------------------------------------------

  consoleInput(bytes: Uint8Array): boolean {
    const recorder = this.#recorder;
    if (recorder === undefined || recorder.finished || !this.#timeline.atEnd) return false;
    recorder.consoleInput(bytes);
    this.#idleWait?.wake();
    return true;
  }

  edit(edits: readonly StateEdit[]): void {
    if (this.#edits.make(edits, this.#busy)) this.#changed();
  }

  get consoleInputWaiting(): number {
    return this.#recorder?.waitingBytes ?? 0;
  }

  terminalSize(size: TerminalSize): void {
    const recorder = this.#recorder;
    if (recorder === undefined || recorder.finished) return;
    recorder.terminalSize(size);
    this.#idleWait?.wake();
  }

  onClosed(listener: () => void): void {
    this.#closedListeners.push(listener);
  }

  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    for (const listener of this.#closedListeners) listener();
    if (this.#busy) {
      // The request under way ends at its next pause, and closes the timeline then.
      this.#recorder?.finish(null);
      this.#idleWait?.wake();
      return;
    }
    try {
      this.#finish(null);
    } finally {
      this.#timeline.close();
    }
  }

  // ---- forward -----------------------------------------------------------------------------------------------------

  /** Stops with 'seek' at `until`. Whatever is met where it ends is asked: the next motion begins behind that. */
  async #forward(until: Position, given: StopConditions, control: Control): Promise<SessionStop> {
    const timeline = this.#timeline;
    const start = timeline.position;
    const conditions = exceptHere(given, start, this.#start);
    const limit = this.#canGrow ? until : Math.min(until, timeline.door.end);
    const pacer = this.#pacers.forward(control, limit);
    let skip = true;
    for (;;) {
      const stop = await timeline.advance(limit, conditions, pacer, skip);
      skip = false;
      if (stop.reason === 'paused' || stop.reason === 'until') {
        // The run was cut here, not by a condition; but one may be met here.
        if (timeline.position > start && this.#machine.meets(conditions)) return this.#forwardStop({ reason: 'breakpoint', pc: this.inspect.pc });
        if (stop.reason === 'paused') return this.#paused();
        return timeline.position < until ? this.#ended() : { reason: 'seek', position: timeline.position };
      }
      if (stop.reason !== 'idle') {
        // A breakpoint may be met there too.
        if (stop.reason === 'watch' || stop.reason === 'interrupt') this.#machine.meets(conditions);
        return this.#forwardStop(stop);
      }
      if (this.#idleWait === undefined || !this.#canGrow) return this.#ended();
      if ((await this.#idleWait.wait(timeline.position, stop.untilTimerNs, control)) === 'paused') return this.#paused();
    }
  }

  async #forwardStop(stop: Exclude<RunStop, { reason: 'idle' | 'until' }>): Promise<SessionStop> {
    const { position } = this.#timeline;
    // Where a live run stops, the user is about to go back from: what follows in the file may never come.
    if (this.#canGrow && this.#timeline.atEnd) this.#timeline.markDigest();
    switch (stop.reason) {
      case 'breakpoint':
        return { reason: 'breakpoint', position };
      case 'watch':
        return { reason: 'watch', position, hit: stop };
      case 'interrupt':
        return { reason: 'interrupt', position, interrupt: stop };
      case 'trap': {
        const hit = hitOf(stop, this.#timeline);
        assert(hit !== undefined, 'a trap is a hit');
        // Not to be paused on the way: what was passed would be ahead again, and asked again.
        return this.#land(hit, this.#pacers.toward({}, hit.position));
      }
      case 'power-off':
      case 'reset':
        return this.#ended();
    }
  }

  // ---- arriving ----------------------------------------------------------------------------------------------------

  /** Stands at a hit: behind the boundary there, if that is where it was met. */
  async #land(hit: Hit, pacer: Pacer): Promise<SessionStop> {
    if ((await this.#timeline.moveTo(hit.position, pacer)) === 'paused') return this.#paused();
    if (hit.entered) this.#machine.enter(this.#timeline.door);
    const { position, stop } = hit;
    switch (stop.reason) {
      case 'breakpoint':
        return { reason: 'breakpoint', position };
      case 'watch':
        return { reason: 'watch', position, hit: stop };
      case 'trap':
        this.#toldTrapAt = position;
        return { reason: 'trap', position, trap: stop };
      case 'interrupt':
        return { reason: 'interrupt', position, interrupt: stop };
    }
  }

  /** Back to where the session stood before something that cannot be cancelled any more. */
  async #standAt(position: Position, entered: boolean): Promise<void> {
    await this.#timeline.moveTo(position, this.#pacers.toward({}, position));
    if (entered) this.#machine.enter(this.#timeline.door);
  }

  async #goTo(position: Position, pacer: Pacer, reason: 'seek' | 'step' | 'beginning'): Promise<SessionStop> {
    return (await this.#timeline.moveTo(position, pacer)) === 'paused' ? this.#paused() : { reason, position };
  }

  #paused(): SessionStop {
    return { reason: 'paused', position: this.#timeline.position };
  }

  /** Nothing comes after the present position. */
  #ended(): SessionStop {
    const { position } = this.#timeline;
    const { ending } = this.#machine;
    if (ending === undefined) return { reason: 'end', position };
    this.#finish(ending);
    return ending === 'reset' ? { reason: 'reset', position } : { reason: 'power-off', position, exitCode: ending };
  }

  #finish(ending: Ending | null): void {
    const recorder = this.#recorder;
    if (recorder === undefined || recorder.finished) return;
    if (this.#timeline.atEnd) this.#timeline.markDigest();
    recorder.finish(ending);
  }

  // ---- plumbing ----------------------------------------------------------------------------------------------------

  get #canGrow(): boolean {
    return this.#recorder !== undefined && !this.#recorder.finished;
  }

  async #exclusive<Result>(request: () => Promise<Result>): Promise<Result> {
    assert(!this.#busy, 'one request at a time moves the machine');
    assert(!this.#closed, 'the session is closed');
    this.#busy = true;
    const { pc } = this.inspect;
    this.#machine.hideEdits();
    this.#start = { pc, isEdited: pc !== this.inspect.pc, isTold: this.#toldTrapAt === this.#timeline.position };
    try {
      return await request();
    } finally {
      this.#busy = false;
      if (this.#isClosed()) {
        this.#timeline.close();
      } else {
        if (this.#timeline.position !== this.#toldTrapAt) this.#toldTrapAt = undefined;
        this.#edits.show();
        this.#recorder?.flush();
        this.#changed();
      }
    }
  }

  #moved(): void {
    const nowMs = this.#host.monotonicMs();
    if (nowMs - this.#flushedMs >= FLUSH_MS) {
      this.#flushedMs = nowMs;
      this.#recorder?.flush();
    }
    if (nowMs - this.#changedMs >= CHANGE_MS) this.#changed();
  }

  #changed(): void {
    this.#changedMs = this.#host.monotonicMs();
    for (const listener of this.#changeListeners) listener();
  }

  #output(byte: number, position: Position, index: number): void {
    if (!this.#console.add(byte, position, index)) return;
    const bytes = Uint8Array.of(byte);
    for (const listener of this.#outputListeners) listener(bytes, position);
  }
}
