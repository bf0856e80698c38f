/** Progress of a long motion as DAP progress events, once it has lasted a moment; silent where the client cannot show it. */
import type { Debuggee } from './debuggee.ts';

const SHOW_AFTER_MS = 400;

let lastId = 0;

export class ProgressReport {
  readonly id = `motion-${++lastId}`;
  private readonly debuggee: Debuggee;
  private readonly title: string;
  private readonly recordedEnd: number;
  private readonly timer: NodeJS.Timeout;
  private fraction: number | undefined;
  private shown = false;

  /** `end`: of the recording. Beyond it a live run has no known end, and shows no progress. */
  constructor(debuggee: Debuggee, title: string, end: number) {
    this.recordedEnd = end;
    this.debuggee = debuggee;
    this.title = title;
    this.timer = setTimeout(() => { this.show(); }, SHOW_AFTER_MS);
    this.timer.unref();
  }

  update(fraction: number, position: number): void {
    if (position >= this.recordedEnd) {
      this.end();
      return;
    }
    this.fraction = fraction;
    if (this.shown) this.debuggee.emit('progressUpdate', { progressId: this.id, percentage: Math.floor(fraction * 100) });
  }

  end(): void {
    clearTimeout(this.timer);
    if (this.shown) this.debuggee.emit('progressEnd', { progressId: this.id });
    this.shown = false;
  }

  private show(): void {
    if (!this.debuggee.client.progress || this.fraction === undefined) return;
    this.shown = true;
    this.debuggee.emit('progressStart', { progressId: this.id, title: this.title, cancellable: true, percentage: Math.floor(this.fraction * 100) });
  }
}
