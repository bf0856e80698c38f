/**
 * Moving in time on behalf of a client. At most one motion is under way; it runs in slices (see Session), so that
 * `pause` and every other request are served meanwhile. It ends with exactly one `stopped` event.
 */
import type { Control, SessionStop } from '../emulator/index.ts';
import type { Debuggee } from './debuggee.ts';
import { errors } from './errors.ts';
import { ProgressReport } from './progress-report.ts';
import { stoppedEvent } from './stopped-event.ts';

/** Performs the motion; called again from where it stands when breakpoints change under it. */
export type Travel = (control: Control) => Promise<SessionStop>;

/** Marks an abort that only picks up changed breakpoints. */
const BREAKPOINTS_CHANGED = 'breakpoints changed';

export class Motion {
  private readonly debuggee: Debuggee;
  private abort: AbortController | undefined;
  private finished: Promise<void> = Promise.resolve();
  /** The client goes away: no event must follow. */
  private silent = false;
  /** How the last motion ended; what `exceptionInfo` and the stop's description are about. */
  lastStop: SessionStop | undefined;

  constructor(debuggee: Debuggee) {
    this.debuggee = debuggee;
  }

  get running(): boolean {
    return this.abort !== undefined;
  }

  /** Starts a motion. `title` is for its progress, shown when it takes long. */
  start(title: string, travel: Travel): void {
    if (this.running) throw errors.running();
    this.debuggee.forgetView();
    this.abort = new AbortController();
    this.finished = this.perform(title, travel);
  }

  /** Ends the motion under way as soon as its slice ends; its `stopped` event says "pause". */
  pause(): void {
    this.abort?.abort();
  }

  /** Cancels the motion that reports progress under `progressId`. */
  cancel(progressId: string): boolean {
    if (this.progress?.id !== progressId) return false;
    this.pause();
    return true;
  }

  /** Breakpoints were edited: a motion under way goes on with the new ones. */
  breakpointsChanged(): void {
    this.abort?.abort(BREAKPOINTS_CHANGED);
  }

  /** Stops without telling anybody, and waits until nothing moves. */
  async halt(): Promise<void> {
    this.silent = true;
    this.pause();
    await this.finished;
  }

  private progress: ProgressReport | undefined;

  private async perform(title: string, travel: Travel): Promise<void> {
    this.progress = new ProgressReport(this.debuggee, title);
    try {
      const stop = await this.travelOn(travel, this.progress);
      this.progress.end();
      this.lastStop = stop;
      this.abort = undefined;
      if (!this.silent) this.announce(stop);
    } catch (error) {
      this.progress.end();
      this.abort = undefined;
      if (this.silent) return;
      const message = error instanceof Error ? error.message : String(error);
      this.debuggee.emit('output', { category: 'important', output: `${message}\n` });
      this.debuggee.emit('stopped', { reason: 'pause', description: 'Stopped by an error', text: message, threadId: 1, allThreadsStopped: true });
      this.debuggee.emit('chronovisor/changed', this.debuggee.timeline());
    }
  }

  private async travelOn(travel: Travel, progress: ProgressReport): Promise<SessionStop> {
    for (;;) {
      const signal = this.abort?.signal;
      const control: Control = { onProgress: (fraction) => { progress.update(fraction); }, ...(signal ? { signal } : {}) };
      const stop = await travel(control);
      if (stop.reason !== 'paused' || signal?.reason !== BREAKPOINTS_CHANGED) return stop;
      this.abort = new AbortController();
    }
  }

  private announce(stop: SessionStop): void {
    const { event, notice } = stoppedEvent(stop, this.debuggee);
    if (notice !== undefined) this.debuggee.emit('output', { category: 'console', output: `${notice}\n` });
    this.debuggee.emit('stopped', event);
    this.debuggee.emit('chronovisor/changed', this.debuggee.timeline());
  }
}
