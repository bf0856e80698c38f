/**
 * Moving in time on behalf of a client. At most one motion is under way; it runs in slices (see Session), so that
 * `pause` and every other request are served meanwhile. It ends with exactly one `stopped` event.
 */
import { RESET_EXIT_CODE } from '../emulator/index.ts';
import type { Control, Position, SessionStop } from '../emulator/index.ts';
import type { Debuggee } from './debuggee.ts';
import { errors } from './errors.ts';
import { ProgressReport } from './progress-report.ts';
import { stoppedEvent } from './stopped-event.ts';

/** Performs the motion; called again from where it stands when breakpoints change under it. */
export type Travel = (control: Control) => Promise<SessionStop>;

/** Mark aborts after which the motion goes on: with changed breakpoints, or elsewhere. */
const BREAKPOINTS_CHANGED = 'breakpoints changed';
const REDIRECTED = 'redirected';

/** What a motion says of its end that the stop itself does not know: for the `stopped` event, and for the debug console. */
export interface Words {
  readonly description: string;
  readonly notice: string;
}

interface Leg {
  readonly title: string;
  readonly travel: Travel;
  /** Breakpoints are met on the way: their hits are counted up to its beginning. */
  readonly meetsBreakpoints: boolean;
  /** Asked when it has ended. */
  readonly words?: (() => Words | undefined) | undefined;
}

interface LegOptions {
  /** Breakpoints that are edited meanwhile are in force at once. */
  readonly followsBreakpoints?: boolean;
  readonly meetsBreakpoints?: boolean;
  readonly words?: () => Words | undefined;
}

export class Motion {
  private readonly debuggee: Debuggee;
  private abort: AbortController | undefined;
  private finished: Promise<void> = Promise.resolve();
  private progress: ProgressReport | undefined;
  private followsBreakpoints = true;
  private redirection: Leg | undefined;
  /** The client goes away: no event must follow. */
  private silent = false;
  /** How the last motion ended; what `exceptionInfo` is about. */
  lastStop: SessionStop | undefined;
  /** Where a motion was last stopped in front of an instruction that traps. */
  caughtAt: Position | undefined;
  /** Host time. */
  startedMs = 0;
  private startPosition = 0;

  constructor(debuggee: Debuggee) {
    this.debuggee = debuggee;
  }

  get running(): boolean {
    return this.abort !== undefined;
  }

  /** Starts a motion. `title` is for its progress, shown when it takes long. */
  start(title: string, travel: Travel, { followsBreakpoints = true, meetsBreakpoints = true, words }: LegOptions = {}): void {
    if (this.running) throw errors.running();
    this.debuggee.forgetView();
    this.lastStop = undefined;
    this.redirection = undefined;
    this.followsBreakpoints = followsBreakpoints;
    this.startedMs = Date.now();
    this.startPosition = this.debuggee.loaded.session.timeline(0).position;
    this.abort = new AbortController();
    this.finished = this.perform({ title, travel, meetsBreakpoints, words });
  }

  /** Starts a motion, or turns the one under way into this one: the client sees a single stop. */
  redirect(title: string, travel: Travel): void {
    if (!this.running) {
      this.start(title, travel, { meetsBreakpoints: false });
      return;
    }
    this.redirection = { title, travel, meetsBreakpoints: false };
    if (this.abort?.signal.aborted === true) this.abort = new AbortController();
    this.abort?.abort(REDIRECTED);
  }

  /** Ends the motion under way as soon as its slice ends; its `stopped` event says "pause". */
  pause(): void {
    if (this.abort?.signal.aborted === true) {
      // It was aborted to go on otherwise: now it must not.
      this.abort = new AbortController();
      this.redirection = undefined;
    }
    this.abort?.abort();
  }

  /** Cancels the motion that reports progress under `progressId`. */
  cancel(progressId: string): boolean {
    if (!this.running || this.progress?.id !== progressId) return false;
    this.pause();
    return true;
  }

  /** Breakpoints were edited: a run under way goes on with the new ones, a step keeps those that it began with. */
  breakpointsChanged(): void {
    if (this.followsBreakpoints) this.abort?.abort(BREAKPOINTS_CHANGED);
  }

  /** Waits until nothing moves: how the last motion ended, if it did not fail. */
  async rest(): Promise<SessionStop | undefined> {
    await this.finished;
    return this.lastStop;
  }

  /** Stops without telling anybody, and waits until nothing moves. */
  async halt(): Promise<void> {
    this.silent = true;
    this.pause();
    await this.finished;
  }

  private async perform(leg: Leg): Promise<void> {
    try {
      const { stop, words } = await this.travelOn(leg);
      this.abort = undefined;
      this.lastStop = stop;
      if (stop.reason === 'trap') this.caughtAt = stop.position;
      if (!this.silent) this.announce(stop, words);
    } catch (error) {
      this.abort = undefined;
      if (!this.silent) this.announceError(error);
    }
  }

  private async travelOn(leg: Leg): Promise<{ stop: SessionStop; words: Words | undefined }> {
    for (let next = leg; ; ) {
      const stop = await this.travelLeg(next);
      // A pause takes the place of the signal that it came too late for.
      const reason: unknown = this.abort?.signal.reason;
      const goesOn = reason === REDIRECTED || (reason === BREAKPOINTS_CHANGED && stop.reason === 'paused');
      if (!goesOn) return { stop, words: next.words?.() };
      next = this.redirection ?? next;
      this.redirection = undefined;
      this.abort = new AbortController();
    }
  }

  private async travelLeg({ title, travel, meetsBreakpoints }: Leg): Promise<SessionStop> {
    const { breakpoints, loaded: { session } } = this.debuggee;
    const signal = this.abort?.signal;
    breakpoints.beginMotion();
    if (meetsBreakpoints && !(await this.reporting('Counting hits', signal, (control) => breakpoints.countHits(control)))) return { reason: 'paused', position: session.timeline(0).position };
    return this.reporting(title, signal, travel);
  }

  /** Does something that may take long, with its progress shown. */
  private async reporting<Result>(title: string, signal: AbortSignal | undefined, act: (control: Control) => Promise<Result>): Promise<Result> {
    const progress = new ProgressReport(this.debuggee, title, this.debuggee.loaded.session.timeline(0).end);
    this.progress = progress;
    try {
      return await act({ onProgress: (fraction, position) => { progress.update(fraction, position); }, ...(signal ? { signal } : {}) });
    } finally {
      progress.end();
    }
  }

  private announce(stop: SessionStop, words: Words | undefined): void {
    const { debuggee } = this;
    const told = stoppedEvent(stop, debuggee);
    const event = words === undefined ? told.event : { ...told.event, description: words.description };
    const notice = words?.notice ?? told.notice;
    debuggee.breakpoints.tellLeftOut();
    debuggee.showPosition();
    if (notice !== undefined) debuggee.emit('output', { category: 'console', output: `${notice}\n` });
    if (debuggee.breakpoints.disabled && (stop.reason === 'power-off' || stop.reason === 'reset' || stop.reason === 'end')) {
      // Run without debugging: nobody wants to look back.
      debuggee.emit('exited', { exitCode: stop.reason === 'power-off' ? stop.exitCode : stop.reason === 'reset' ? RESET_EXIT_CODE : 0 });
      debuggee.emit('terminated');
      return;
    }
    debuggee.emit('stopped', event);
    debuggee.shownMemory.tellChanged(debuggee.emit);
    // A jump in time: what was shown before was of another moment.
    if (debuggee.client.invalidated && (stop.reason === 'seek' || stop.position < this.startPosition)) debuggee.emit('invalidated', { areas: ['variables'] });
  }

  private announceError(error: unknown): void {
    const message = error instanceof Error ? error.message : String(error);
    this.debuggee.showPosition();
    this.debuggee.emit('output', { category: 'important', output: `${message}\n` });
    this.debuggee.emit('stopped', { reason: 'pause', description: 'Stopped by an error', text: message, threadId: 1, allThreadsStopped: true });
  }
}
