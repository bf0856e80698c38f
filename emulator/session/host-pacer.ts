/** Slices of about 10 ms of host time, progress, and cancelling by an AbortSignal. */
import type { Position } from '../machine/machine-types.ts';
import type { Pacer } from '../timeline/pacer.ts';
import type { Control, Host } from './session-types.ts';

const SLICE_MS = 10;
const PROGRESS_MS = 50;
const SLICE_INSTRUCTIONS_MIN = 20_000;
const SLICE_INSTRUCTIONS_MAX = 16_000_000;
/** Shorter stretches say nothing about speed. */
const MEASURABLE_INSTRUCTIONS = 10_000;

export class HostPacer implements Pacer {
  readonly #host: Host;
  readonly #control: Control;
  readonly #fraction: (position: Position) => number;
  readonly #closed: () => boolean;
  #sliceInstructions = 1_000_000;
  #sliceStartMs: number;
  #tickMs: number;
  #progressMs: number;

  /** `closed`: the session ended, whatever the control says. `fraction`: how much of the work is done at a position. */
  constructor(host: Host, control: Control, closed: () => boolean, fraction: (position: Position) => number) {
    this.#closed = closed;
    this.#host = host;
    this.#control = control;
    this.#fraction = fraction;
    this.#sliceStartMs = this.#tickMs = this.#progressMs = host.monotonicMs();
  }

  get sliceInstructions(): number {
    return this.#sliceInstructions;
  }

  get cancelled(): boolean {
    return this.#control.signal?.aborted === true || this.#closed();
  }

  tick(instructions: number): boolean {
    const nowMs = this.#host.monotonicMs();
    if (instructions >= MEASURABLE_INSTRUCTIONS) {
      const fitting = (instructions * SLICE_MS) / Math.max(0.01, nowMs - this.#tickMs);
      this.#sliceInstructions = Math.round(Math.min(Math.max(fitting, SLICE_INSTRUCTIONS_MIN), SLICE_INSTRUCTIONS_MAX));
    }
    this.#tickMs = nowMs;
    return nowMs - this.#sliceStartMs >= SLICE_MS;
  }

  async pause(position: Position): Promise<void> {
    const nowMs = this.#host.monotonicMs();
    if (nowMs - this.#progressMs >= PROGRESS_MS) {
      this.#progressMs = nowMs;
      this.#control.onProgress?.(Math.min(1, Math.max(0, this.#fraction(position))), position);
    }
    await this.#host.yield();
    this.#sliceStartMs = this.#tickMs = this.#host.monotonicMs();
  }
}
