/** The session: one request at a time moves the machine in time; everything else only looks. */
import { assert } from '../assert.ts';
import { NO_CONDITIONS, type Machine } from '../machine/machine.ts';
import type { Ending, Position, RunStop, StopConditions, TerminalSize } from '../machine/machine-types.ts';
import { formatPosition } from '../record/log-format.ts';
import type { Recorder } from '../record/recorder.ts';
import { findLastBefore, hitOf, type Hit } from '../timeline/backward.ts';
import type { Pacer } from '../timeline/pacer.ts';
import type { Timeline } from '../timeline/timeline.ts';
import { UserError } from '../user-error.ts';
import { ConsoleLog } from './console-log.ts';
import { summariseEvents } from './event-summary.ts';
import { HostPacer } from './host-pacer.ts';
import { MachineInspection } from './inspection.ts';
import type { Control, Host, Inspection, Session, SessionStop, TimelineInfo } from './session-types.ts';
import { SpeedMeter, type Speed } from './speed-meter.ts';
import { WakeSignal } from './wake-signal.ts';

const CHANGE_MS = 50;
/** Events wait at most this long for their way into the file. */
const FLUSH_MS = 250;
const NS_PER_MS = 1_000_000;
/** setTimeout takes no more. */
const SLEEP_MS_MAX = 2 ** 31 - 1;
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
  readonly #idle: 'sleep' | 'skip';
  readonly #console = new ConsoleLog();
  readonly #meter: SpeedMeter;
  readonly #outputListeners: ((bytes: Uint8Array, position: Position) => void)[] = [];
  readonly #changeListeners: (() => void)[] = [];
  readonly #closedListeners: (() => void)[] = [];
  #changedMs = 0;
  #flushedMs = 0;
  #busy = false;
  readonly #isClosed = (): boolean => this.#closed;
  #closed = false;
  #sleep: WakeSignal | undefined;

  constructor(parts: SessionParts) {
    this.inspect = new MachineInspection(parts.machine);
    this.#machine = parts.machine;
    this.#timeline = parts.timeline;
    this.#host = parts.host;
    this.#meter = new SpeedMeter(() => parts.host.monotonicMs());
    this.#recorder = parts.recorder;
    this.#idle = parts.idle;
    this.#machine.accessesMax = ACCESSES_MAX;
    this.#machine.onConsole = (byte, position, index) => { this.#output(byte, position, index); };
    this.#timeline.onMove = () => { this.#moved(); };
  }

  // ---- moving in time ----------------------------------------------------------------------------------------------

  seek(position: Position, control: Control = {}): Promise<SessionStop> {
    return this.#exclusive(async () => {
      const { end } = this.#timeline.door;
      if (!Number.isSafeInteger(position) || position < 0 || position > end) {
        throw new UserError(`Position ${formatPosition(position)} is outside of the recording, which reaches from @0 to ${formatPosition(end)}: choose one inside`);
      }
      return this.#goTo(position, this.#pacer(control, position), 'seek');
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
      if (position === 0) return this.#goTo(0, this.#pacer(control, 0), 'beginning');
      return this.#goTo(position - 1, this.#pacer(control, position - 1), 'step');
    });
  }

  runForward(conditions: StopConditions, control: Control = {}): Promise<SessionStop> {
    return this.#exclusive(() => this.#forward(control.until ?? Infinity, copyOf(conditions), control));
  }

  runBackward(conditions: StopConditions, control: Control = {}): Promise<SessionStop> {
    return this.#exclusive(async () => {
      const from = this.#timeline.position;
      const pacer = this.#backwardPacer(control, from);
      const found = await findLastBefore(this.#timeline, { conditions: copyOf(conditions), pacer });
      if (found === undefined) return this.#goTo(0, pacer, 'beginning');
      return 'reason' in found ? this.#paused() : this.#land(found, pacer);
    });
  }

  findBackward(addresses: ReadonlySet<bigint>, accept: () => boolean, control: Control = {}): Promise<Position | undefined> {
    return this.#exclusive(async () => {
      const from = this.#timeline.position;
      const { entered } = this.#machine;
      const pacer = this.#backwardPacer(control, from);
      const conditions = { ...NO_CONDITIONS, breakpoints: new Set(addresses) };
      const found = await findLastBefore(this.#timeline, { conditions, accept, pacer });
      if (found === undefined || 'reason' in found) {
        await this.#timeline.moveTo(from, this.#pacer({}, from));
        if (entered) this.#machine.enter(this.#timeline.door);
        return undefined;
      }
      const stop = await this.#land(found, pacer);
      return stop.reason === 'paused' ? undefined : stop.position;
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
    this.#sleep?.wake();
    return true;
  }

  get consoleInputWaiting(): number {
    return this.#recorder?.waitingBytes ?? 0;
  }

  terminalSize(size: TerminalSize): void {
    const recorder = this.#recorder;
    if (recorder === undefined || recorder.finished) return;
    recorder.terminalSize(size);
    this.#sleep?.wake();
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
      this.#sleep?.wake();
      return;
    }
    try {
      this.#finish(null);
    } finally {
      this.#timeline.close();
    }
  }

  // ---- forward -----------------------------------------------------------------------------------------------------

  /** Stops with 'seek' at `until`. */
  async #forward(until: Position, conditions: StopConditions, control: Control): Promise<SessionStop> {
    const timeline = this.#timeline;
    const start = timeline.position;
    const limit = this.#canGrow ? until : Math.min(until, timeline.door.end);
    const pacer = this.#forwardPacer(control, limit);
    let skip = true;
    for (;;) {
      const stop = await timeline.advance(limit, conditions, pacer, skip);
      skip = false;
      if (stop.reason === 'paused' || (stop.reason === 'until' && timeline.position < until)) {
        // The run was cut here, not by a condition; but one may be met here.
        if (timeline.position > start && this.#machine.meets(conditions.breakpoints)) return this.#forwardStop({ reason: 'breakpoint', pc: this.inspect.pc }, until, pacer);
        return stop.reason === 'paused' ? this.#paused() : this.#ended();
      }
      if (stop.reason === 'idle') {
        if (!this.#canGrow) return this.#ended();
        if ((await this.#waitForInput(stop.untilTimerNs, control)) === 'paused') return this.#paused();
      } else if (stop.reason === 'trap' && timeline.position - 1 === start) {
        // The instruction that the user stands at traps: that is why he stands there.
        continue;
      } else {
        return this.#forwardStop(stop, until, pacer);
      }
    }
  }

  async #forwardStop(stop: Exclude<RunStop, { reason: 'idle' }>, until: Position, pacer: Pacer): Promise<SessionStop> {
    const { position } = this.#timeline;
    // Where a live run stops, the user is about to go back from: what follows in the file may never come.
    if (stop.reason !== 'until' && this.#canGrow && this.#timeline.atEnd) this.#timeline.markDigest();
    switch (stop.reason) {
      case 'breakpoint':
        return { reason: 'breakpoint', position };
      case 'watch':
        return { reason: 'watch', position, hit: stop };
      case 'trap': {
        const hit = hitOf(stop, this.#timeline);
        assert(hit !== undefined, 'a trap is a hit');
        return this.#land(hit, pacer);
      }
      case 'power-off':
      case 'reset':
        return this.#ended();
      case 'until':
        return { reason: 'seek', position };
    }
  }

  /** The hart waits, at the end of the history: real time passes until its timer or until there is input. */
  async #waitForInput(untilTimerNs: number, control: Control): Promise<'go on' | 'paused'> {
    const recorder = this.#recorder;
    assert(recorder !== undefined, 'only a live machine waits');
    const at = this.#timeline.position;
    const skips = this.#idle === 'skip' && untilTimerNs !== Infinity;
    const startMs = this.#host.monotonicMs();
    recorder.flush();
    for (;;) {
      const sleptNs = skips && !recorder.hasInput ? untilTimerNs : Math.round((this.#host.monotonicMs() - startMs) * NS_PER_MS);
      if (control.signal?.aborted === true || this.#closed) return 'paused';
      if (recorder.hasInput || sleptNs >= untilTimerNs) {
        recorder.idlePassed(at, skips && recorder.hasInput ? 0 : sleptNs, untilTimerNs);
        return 'go on';
      }
      await this.#sleepMs(Math.min((untilTimerNs - sleptNs) / NS_PER_MS, SLEEP_MS_MAX), control);
    }
  }

  async #sleepMs(ms: number, control: Control): Promise<void> {
    const wake = new WakeSignal();
    const onAbort = (): void => { wake.wake(); };
    control.signal?.addEventListener('abort', onAbort, { once: true });
    this.#sleep = wake;
    this.#meter.fallAsleep();
    try {
      await this.#host.sleep(Math.ceil(ms), wake);
    } finally {
      this.#meter.wakeUp();
      this.#sleep = undefined;
      control.signal?.removeEventListener('abort', onAbort);
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
        return { reason: 'trap', position, trap: stop };
    }
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

  #pacer(control: Control, target: Position): HostPacer {
    const from = this.#timeline.checkpoints.atOrBefore(target).position;
    return this.#pacerFor(control, (position) => (target === from ? 1 : (position - from) / (target - from)));
  }

  #forwardPacer(control: Control, limit: Position): HostPacer {
    const from = this.#timeline.position;
    const to = Math.min(limit, Math.max(this.#timeline.door.end, from));
    return this.#pacerFor(control, (position) => (to === from ? 0 : (position - from) / (to - from)));
  }

  #pacerFor(control: Control, fraction: (position: Position) => number): HostPacer {
    this.#meter.start();
    return new HostPacer({ host: this.#host, control, fraction, meter: this.#meter, closed: this.#isClosed, gate: () => this.outputGate?.() });
  }

  /** Progress of a search is how far back it has come; inside of a piece it goes forward, which is not shown. */
  #backwardPacer(control: Control, from: Position): HostPacer {
    let earliest = from;
    return this.#pacerFor(control, (position) => {
      earliest = Math.min(earliest, position);
      return from === 0 ? 1 : 1 - earliest / from;
    });
  }

  async #exclusive<Result>(request: () => Promise<Result>): Promise<Result> {
    assert(!this.#busy, 'one request at a time moves the machine');
    assert(!this.#closed, 'the session is closed');
    this.#busy = true;
    try {
      return await request();
    } finally {
      this.#busy = false;
      if (this.#isClosed()) {
        this.#timeline.close();
      } else {
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

/** The caller may change his set while the request runs. */
function copyOf(conditions: StopConditions): StopConditions {
  return { breakpoints: new Set(conditions.breakpoints), watches: [...conditions.watches], caughtCauses: new Set(conditions.caughtCauses) };
}
