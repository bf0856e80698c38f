/** How fast the machine executes, as people want to see it: of late, and without the time that the guest waited. */

/** What a reading is about, at least. */
const WINDOW_MS = 250;
/** A guest that waited for this part of the time is idle. */
const IDLE_FRACTION = 0.9;

export interface Speed {
  /** Millions of instructions per second of host time in which the guest did not wait. */
  readonly mips: number;
  /** The guest waits nearly all the time. */
  readonly idle: boolean;
  /** Host time that it waited since power-on. */
  readonly waitedMs: number;
}

export class SpeedMeter {
  readonly #nowMs: () => number;
  #windowStartMs: number;
  #instructions = 0;
  #sleptMs = 0;
  /** In the windows before. */
  #waitedMs = 0;
  #asleepSinceMs: number | undefined;
  #reading: Speed = { mips: 0, idle: false, waitedMs: 0 };

  /** `nowMs`: monotonic host time. */
  constructor(nowMs: () => number) {
    this.#nowMs = nowMs;
    this.#windowStartMs = nowMs();
  }

  /** The machine begins to move after a rest, which says nothing about its speed. */
  start(): void {
    this.#waitedMs += this.#sleptMs;
    this.#begin(this.#nowMs());
  }

  executed(instructions: number): void {
    this.#instructions += instructions;
    this.#roll();
  }

  fallAsleep(): void {
    this.#roll();
    this.#asleepSinceMs = this.#nowMs();
  }

  wakeUp(): void {
    if (this.#asleepSinceMs === undefined) return;
    this.#sleptMs += this.#nowMs() - Math.max(this.#asleepSinceMs, this.#windowStartMs);
    this.#asleepSinceMs = undefined;
    this.#roll();
  }

  /** Of late: over the last window, or longer if nothing happened since. */
  read(): Speed {
    this.#roll();
    return this.#reading;
  }

  /** Ends the present window if it is long enough. */
  #roll(): void {
    const nowMs = this.#nowMs();
    const elapsedMs = nowMs - this.#windowStartMs;
    if (elapsedMs < WINDOW_MS) return;
    const asleepMs = this.#asleepSinceMs === undefined ? 0 : nowMs - Math.max(this.#asleepSinceMs, this.#windowStartMs);
    const waitedMs = Math.min(elapsedMs, this.#sleptMs + asleepMs);
    const awakeMs = Math.max(elapsedMs - waitedMs, 0.01);
    this.#waitedMs += waitedMs;
    this.#reading = { mips: this.#instructions / 1000 / awakeMs, idle: waitedMs >= IDLE_FRACTION * elapsedMs, waitedMs: this.#waitedMs };
    this.#begin(nowMs);
  }

  #begin(nowMs: number): void {
    this.#windowStartMs = nowMs;
    this.#instructions = 0;
    this.#sleptMs = 0;
  }
}
