/** Progress of a long motion as DAP progress events, once it has lasted a moment; silent where the client cannot show it. */
import type { Debuggee } from './debuggee.ts';

const SHOW_AFTER_MS = 400;

let lastId = 0;

export class ProgressReport {
  readonly id = `motion-${++lastId}`;
  private readonly debuggee: Debuggee;
  private readonly title: string;
  private readonly timer: NodeJS.Timeout;
  private fraction: number | undefined;
  private shown = false;

  constructor(debuggee: Debuggee, title: string) {
    this.debuggee = debuggee;
    this.title = title;
    this.timer = setTimeout(() => { this.show(); }, SHOW_AFTER_MS);
    this.timer.unref();
  }

  update(fraction: number): void {
    this.fraction = fraction;
    if (this.shown) this.debuggee.emit('progressUpdate', { progressId: this.id, percentage: Math.floor(fraction * 100) });
  }

  end(): void {
    clearTimeout(this.timer);
    if (this.shown) this.debuggee.emit('progressEnd', { progressId: this.id });
    this.shown = false;
  }

  /** Only motions with a known end report a fraction: a live run has none and needs no progress bar. */
  private show(): void {
    if (!this.debuggee.client.progress || this.fraction === undefined) return;
    this.shown = true;
    this.debuggee.emit('progressStart', { progressId: this.id, title: this.title, cancellable: true, percentage: Math.floor(this.fraction * 100) });
  }
}
