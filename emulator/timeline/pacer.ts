/** Divides long work into slices of host time, with a way out between them. */
import type { Position } from '../machine/machine-types.ts';

export interface Pacer {
  /** How many instructions to execute before `pause` is due, at the speed of late. */
  readonly sliceInstructions: number;
  /** What comes may be faster or slower by far than what was before: stop conditions slow a guest down. */
  begin(): void;
  /** Tells how far the work has come; true when it is time to call `pause`. */
  tick(instructions: number): boolean;
  /** Lets the host do other things. `position`: for progress. */
  pause(position: Position): Promise<void>;
  /** The work is not wanted any more. */
  readonly cancelled: boolean;
}
