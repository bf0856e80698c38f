/**
 * Lockstep: two machines with the same inputs run in steps; what a hart holds is compared after each step, the whole state
 * now and then. Where they differ, both go back to the last position at which the whole states were equal, and the first
 * position at which they are not is found by halving.
 *
 * The candidate keeps its steps while it is looked for: code that is translated differs from code that is stepped through.
 * If the difference does not come again after a checkpoint was restored, the candidate is run from power-on for each try.
 */
import { strict as assert } from 'node:assert';
import { differingParts, type DigestPart, type StateDigest } from '../../emulator/machine/digest.ts';
import type { MachineState } from '../../emulator/machine/machine-state.ts';
import type { Position } from '../../emulator/machine/machine-types.ts';
import { firstDifference } from '../../emulator/timeline/bisect.ts';
import { differenceAt, type Difference } from './difference.ts';
import { Lane, type Course, type LaneOptions } from './lane.ts';

export interface LockstepOptions {
  /** Instructions between two comparisons of the hart. */
  readonly every: number;
  /** Instructions between two comparisons of the whole state. */
  readonly digestEvery: number;
  readonly until: Position;
  /** The interpreter alone, unless the options say otherwise. */
  readonly reference?: LaneOptions;
  readonly candidate: LaneOptions;
  readonly onProgress?: (position: Position) => void;
}

export interface LockstepResult {
  /** How far both came, and why no further. */
  readonly position: Position;
  readonly stop: string;
  /** Comparisons of the hart, and of the whole state. */
  readonly comparisons: number;
  readonly digests: number;
  /** Regions that the candidate translated. */
  readonly translations: number;
  readonly difference: Difference | undefined;
}

interface EqualPoint {
  readonly reference: MachineState;
  readonly candidate: MachineState;
}

class Lockstep {
  readonly #course: Course;
  readonly #options: LockstepOptions;
  readonly #reference: Lane;
  #candidate: Lane;
  #equal: EqualPoint;
  #comparisons = 0;
  #digests = 0;

  constructor(course: Course, options: LockstepOptions) {
    this.#course = course;
    this.#options = options;
    this.#reference = new Lane(course, { translateAfter: Infinity, ...options.reference });
    this.#candidate = new Lane(course, options.candidate);
    this.#equal = this.#save();
  }

  async run(): Promise<LockstepResult> {
    const { every, digestEvery, until, onProgress } = this.#options;
    for (let position = 0; ;) {
      const target = this.#nextStop(position);
      const stops = [this.#reference, this.#candidate].map((lane) => lane.run(target).reason);
      const [stop = 'until', other] = stops;
      const ends = stop !== 'until' || other !== 'until' || target >= until;
      const isWhole = ends || target % digestEvery === 0;
      const equal = stop === other && (isWhole ? this.#wholeIsEqual() : this.#hartIsEqual());
      if (!equal) return this.#result(stop, await this.#locate(target));
      if (ends) return this.#result(stop, undefined);
      position = target;
      if (isWhole) this.#moveEqualPoint();
      if (position % (every * Math.ceil(1e7 / every)) === 0) onProgress?.(position);
    }
  }

  close(): void {
    this.#reference.close();
    this.#candidate.close();
  }

  #nextStop(position: Position): Position {
    const next = (spacing: number): number => (Math.floor(position / spacing) + 1) * spacing;
    return Math.min(next(this.#options.every), next(this.#options.digestEvery), this.#options.until);
  }

  #result(stop: string, difference: Difference | undefined): LockstepResult {
    return {
      position: difference?.position ?? this.#reference.position, stop, comparisons: this.#comparisons, digests: this.#digests,
      translations: this.#candidate.engine.translation?.translations ?? 0, difference,
    };
  }

  #hartIsEqual(): boolean {
    this.#comparisons++;
    return Buffer.compare(this.#reference.registers, this.#candidate.registers) === 0;
  }

  #wholeIsEqual(): boolean {
    this.#digests++;
    return this.#hartIsEqual() && this.#differingParts().length === 0;
  }

  #differingParts(): readonly DigestPart[] {
    const digest = (lane: Lane): StateDigest => lane.machine.digest();
    return differingParts(digest(this.#reference), digest(this.#candidate));
  }

  #save(): EqualPoint {
    return { reference: this.#reference.machine.saveState(), candidate: this.#candidate.machine.saveState() };
  }

  #moveEqualPoint(): void {
    const { reference, candidate } = this.#equal;
    this.#reference.machine.releaseState(reference);
    this.#candidate.machine.releaseState(candidate);
    this.#equal = this.#save();
  }

  // ---- where a difference begins ----

  /** The states at `different` differ, or one machine did not come there. */
  async #locate(different: Position): Promise<Difference> {
    const equal = this.#equal.reference.position;
    const again = this.#tryAt(different, false);
    const how = again ? 'restored' : 'from power-on';
    if (!again && !this.#tryAt(different, true)) return { position: equal, to: different, how: 'not again', parts: [], fields: [], memory: [], trail: [] };
    const first = await firstDifference(equal, different, async (position) => !this.#tryAt(position, !again));
    assert(first !== undefined);
    this.#tryAt(first, !again);
    return differenceAt({ reference: this.#reference, candidate: this.#candidate, equal: this.#equal.reference, first, how });
  }

  /** Both run to `position` from where the whole states were equal, or the candidate from power-on; true if they differ there. */
  #tryAt(position: Position, fromPowerOn: boolean): boolean {
    this.#reference.restore(this.#equal.reference);
    const { reason } = this.#reference.run(position);
    if (fromPowerOn) {
      this.#candidate.close();
      this.#candidate = new Lane(this.#course, this.#options.candidate);
    } else {
      this.#candidate.restore(this.#equal.candidate);
    }
    let last: string = 'until';
    while (this.#candidate.position < position && last === 'until') {
      // As in the run: checkpoints are taken at the same places.
      last = this.#candidate.run(Math.min(position, this.#nextStop(this.#candidate.position))).reason;
      if (fromPowerOn && this.#candidate.position % this.#options.digestEvery === 0) this.#candidate.machine.releaseState(this.#candidate.machine.saveState());
    }
    return reason !== last || !this.#wholeIsEqual();
  }
}

export async function runLockstep(course: Course, options: LockstepOptions): Promise<LockstepResult> {
  assert(options.every >= 1 && options.digestEvery >= 1, 'steps of at least one instruction');
  const lockstep = new Lockstep(course, options);
  try {
    return await lockstep.run();
  } finally {
    lockstep.close();
  }
}
