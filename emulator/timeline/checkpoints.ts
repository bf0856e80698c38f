/** The checkpoints of one machine, by position, kept few: dense around one place in time, sparser away from it. */
import { assert } from '../assert.ts';
import type { MachineState } from '../machine/machine-state.ts';
import type { Position } from '../machine/machine-types.ts';
import { lowerBound } from '../record/input-log.ts';

export interface Checkpoint {
  readonly position: Position;
  readonly state: MachineState;
  /** Guest pages written since the checkpoint that the machine came from. */
  readonly dirtyPages: number;
  /** Disk blocks written since then, which are in host memory but not in the frame pool. */
  readonly diskBlocks?: number;
}

/** Gaps are judged relative to the distance from the focus plus this. */
const DISTANCE_FLOOR = 4096;

export class Checkpoints {
  readonly #list: Checkpoint[] = [];
  readonly #release: (state: MachineState) => void;

  constructor(release: (state: MachineState) => void) {
    this.#release = release;
  }

  get all(): readonly Checkpoint[] {
    return this.#list;
  }

  get count(): number {
    return this.#list.length;
  }

  /** Disk blocks that are kept because of checkpoints, or more. */
  get diskBlocks(): number {
    return this.#list.reduce((sum, { diskBlocks }) => sum + (diskBlocks ?? 0), 0);
  }

  has(position: Position): boolean {
    return this.#list[this.#index(position)]?.position === position;
  }

  add(checkpoint: Checkpoint): void {
    const index = this.#index(checkpoint.position);
    assert(this.#list[index]?.position !== checkpoint.position, `two checkpoints at ${checkpoint.position}`);
    this.#list.splice(index, 0, checkpoint);
  }

  /** The last one at or before `position`. There is always one: the one at 0 is never dropped. */
  atOrBefore(position: Position): Checkpoint {
    const checkpoint = this.#list[this.#index(position + 1) - 1];
    assert(checkpoint !== undefined, `no checkpoint at or before ${position}`);
    return checkpoint;
  }

  /** Drops those that are missed least when the user stands at `focus`, until at most `count` are left. Returns how many went. */
  thin(focus: Position, count: number): number {
    let dropped = 0;
    while (this.#list.length > Math.max(1, count)) {
      const index = this.#leastMissed(focus);
      const [checkpoint] = this.#list.splice(index, 1);
      if (checkpoint !== undefined) this.#release(checkpoint.state);
      dropped++;
    }
    return dropped;
  }

  clear(): void {
    for (const checkpoint of this.#list.splice(0)) this.#release(checkpoint.state);
  }

  /** Never the first: the gap that dropping it would open, relative to its distance from `focus`, is smallest. */
  #leastMissed(focus: Position): number {
    let best = 1;
    let bestCost = Infinity;
    for (let index = 1; index < this.#list.length; index++) {
      const position = this.#positionAt(index);
      const next = index + 1 < this.#list.length ? this.#positionAt(index + 1) : Math.max(focus, position);
      const cost = (next - this.#positionAt(index - 1)) / (Math.abs(focus - position) + DISTANCE_FLOOR);
      if (cost < bestCost) {
        bestCost = cost;
        best = index;
      }
    }
    return best;
  }

  #positionAt(index: number): Position {
    return this.#list[index]?.position ?? 0;
  }

  #index(position: Position): number {
    return lowerBound(this.#list.length, (index) => this.#positionAt(index), position);
  }
}
