/** A hart that waits at the end of a history: real time passes until its timer, or until there is input. */
import type { Position } from '../machine/machine-types.ts';
import type { Recorder } from '../record/recorder.ts';
import type { Control, Host } from './session-types.ts';
import type { SpeedMeter } from './speed-meter.ts';
import { WakeSignal } from './wake-signal.ts';

const NS_PER_MS = 1_000_000;
/** setTimeout takes no more. */
const SLEEP_MS_MAX = 2 ** 31 - 1;

export interface IdleWaitParts {
  readonly host: Host;
  readonly recorder: Recorder;
  readonly meter: SpeedMeter;
  /** See LiveOptions. */
  readonly idle: 'sleep' | 'skip';
  readonly isClosed: () => boolean;
}

export class IdleWait {
  readonly #parts: IdleWaitParts;
  #sleep: WakeSignal | undefined;

  constructor(parts: IdleWaitParts) {
    this.#parts = parts;
  }

  /** There is input, or the session is closed. */
  wake(): void {
    this.#sleep?.wake();
  }

  async wait(at: Position, untilTimerNs: number, control: Control): Promise<'go on' | 'paused'> {
    const { host, recorder, idle, isClosed } = this.#parts;
    const skips = idle === 'skip' && untilTimerNs !== Infinity;
    const startMs = host.monotonicMs();
    recorder.flush();
    for (;;) {
      const sleptNs = skips && !recorder.hasInput ? untilTimerNs : Math.round((host.monotonicMs() - startMs) * NS_PER_MS);
      if (control.signal?.aborted === true || isClosed()) return 'paused';
      if (recorder.hasInput || sleptNs >= untilTimerNs) {
        recorder.idlePassed(at, skips && recorder.hasInput ? 0 : sleptNs, untilTimerNs);
        return 'go on';
      }
      await this.#sleepMs(Math.min((untilTimerNs - sleptNs) / NS_PER_MS, SLEEP_MS_MAX), control);
    }
  }

  async #sleepMs(ms: number, control: Control): Promise<void> {
    const { host, meter } = this.#parts;
    const wake = new WakeSignal();
    const onAbort = (): void => { wake.wake(); };
    control.signal?.addEventListener('abort', onAbort, { once: true });
    this.#sleep = wake;
    meter.fallAsleep();
    try {
      await host.sleep(Math.ceil(ms), wake);
    } finally {
      meter.wakeUp();
      this.#sleep = undefined;
      control.signal?.removeEventListener('abort', onAbort);
    }
  }
}
