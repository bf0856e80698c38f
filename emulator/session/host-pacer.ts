/**
 * Slices of about 10 ms of host time, progress, and cancelling by an AbortSignal.
 *
 * How long a number of instructions takes is known from those before, and code can become slower all of a sudden, by orders
 * of magnitude: cold code, devices. So a slice is made of shorter runs, after each of which the clock is looked at.
 */
import type { Position } from '../machine/machine-types.ts';
import type { Pacer } from '../timeline/pacer.ts';
import type { Control, Host } from './session-types.ts';
import type { SpeedMeter } from './speed-meter.ts';

const SLICE_MS = 10;
const RUN_MS = 2;
const PROGRESS_MS = 50;
const RUN_INSTRUCTIONS_FIRST = 100_000;
const RUN_INSTRUCTIONS_MIN = 20_000;
const RUN_INSTRUCTIONS_MAX = 2_000_000;
/** A run is at most so many times as long as the one before. */
const RUN_GROWTH_MAX = 4;
/** Shorter stretches say nothing about speed. */
const MEASURABLE_INSTRUCTIONS = 10_000;

export interface HostPacerParts {
  readonly host: Host;
  readonly control: Control;
  /** The session ended, whatever the control says. */
  readonly closed?: () => boolean;
  /** How much of the work is done at a position, 0..1. */
  readonly fraction: (position: Position) => number;
  readonly meter?: SpeedMeter;
  /** Beside the host's own work between slices: what else must be waited for before the work goes on. */
  readonly gate?: () => Promise<void> | undefined;
}

export class HostPacer implements Pacer {
  readonly #parts: HostPacerParts;
  #runInstructions = RUN_INSTRUCTIONS_FIRST;
  #sliceStartMs: number;
  #tickMs: number;
  #progressMs: number;

  constructor(parts: HostPacerParts) {
    this.#parts = parts;
    this.#sliceStartMs = this.#tickMs = this.#progressMs = parts.host.monotonicMs();
  }

  get sliceInstructions(): number {
    return this.#runInstructions;
  }

  get cancelled(): boolean {
    return this.#parts.control.signal?.aborted === true || this.#parts.closed?.() === true;
  }

  begin(): void {
    this.#runInstructions = Math.min(this.#runInstructions, RUN_INSTRUCTIONS_FIRST);
    this.#tickMs = this.#parts.host.monotonicMs();
  }

  tick(instructions: number): boolean {
    this.#parts.meter?.executed(instructions);
    const nowMs = this.#parts.host.monotonicMs();
    if (instructions >= MEASURABLE_INSTRUCTIONS) {
      const fitting = Math.min((instructions * RUN_MS) / Math.max(0.01, nowMs - this.#tickMs), this.#runInstructions * RUN_GROWTH_MAX);
      this.#runInstructions = Math.round(Math.min(Math.max(fitting, RUN_INSTRUCTIONS_MIN), RUN_INSTRUCTIONS_MAX));
    }
    this.#tickMs = nowMs;
    return nowMs - this.#sliceStartMs >= SLICE_MS;
  }

  async pause(position: Position): Promise<void> {
    const { host, control, fraction, gate } = this.#parts;
    const nowMs = host.monotonicMs();
    if (nowMs - this.#progressMs >= PROGRESS_MS) {
      this.#progressMs = nowMs;
      control.onProgress?.(Math.min(1, Math.max(0, fraction(position))), position);
    }
    await host.yield();
    await gate?.();
    this.#sliceStartMs = this.#tickMs = host.monotonicMs();
  }
}
