/**
 * When a breakpoint with a hit condition was passed. The number of a pass is a property of its position, so that it is the
 * same whether the machine gets there forward, backward, live or replayed. Passes are known from where the counting begins
 * up to `covered`; whatever lies behind is counted by replaying it before the machine moves on.
 */
import type { Position } from '../../emulator/index.ts';
import type { HitCondition } from './hit-condition.ts';

/** Positions that are kept for one breakpoint: 32 MB. */
export const PASSES_MAX = 4_000_000;
const CAPACITY_MIN = 16;

export class Passes {
  readonly condition: HitCondition;
  /** All passes before it are known. */
  private coveredEnd: Position;
  /** Passes so far, the last of them, and how many of them are before `coveredEnd`. */
  private total = 0;
  private last: Position;
  private coveredTotal = 0;
  /** Of the passes that matter (each `step`th), the first ones. */
  private kept = new Float64Array(CAPACITY_MIN);
  private length = 0;
  private readonly step: number;
  private readonly limit: number;

  /** `here`: where the machine stands as the breakpoint is set. */
  constructor(condition: HitCondition, here: Position) {
    this.condition = condition;
    const { which, count, fromHere } = condition;
    this.coveredEnd = fromHere ? here + 1 : 0;
    this.last = this.coveredEnd - 1;
    this.step = which === 'every' ? count : 1;
    this.limit = which === 'every' ? PASSES_MAX : count;
  }

  /** Infinity: whatever comes makes no difference any more. */
  get covered(): Position {
    return this.isComplete ? Infinity : this.coveredEnd;
  }

  /** `position`: of the instruction that the breakpoint is on, or that does what is watched for. They come in ascending order; one that came before is not counted again. */
  add(position: Position): void {
    if (position <= this.last || this.isComplete) return;
    this.last = position;
    this.total++;
    if (this.total % this.step === 0 && this.length < this.limit) this.keep(position);
  }

  /** Whether the pass at `position`, which was added, is one that is meant; undefined: there are too many to know. */
  isMeant(position: Position): boolean | undefined {
    const { which, count } = this.condition;
    if (which === 'every') {
      if (this.indexOf(position) < this.length && this.kept[this.indexOf(position)] === position) return true;
      return this.length === PASSES_MAX && position > (this.kept[PASSES_MAX - 1] ?? 0) ? undefined : false;
    }
    const nth = this.length >= count ? this.kept[count - 1] ?? Infinity : Infinity;
    if (which === 'at') return position === nth;
    return which === 'from' ? position >= nth : position <= nth && this.length > 0 && position >= (this.kept[0] ?? Infinity);
  }

  /** The last one before `position` that is meant, as far as positions are kept: undefined if none, 'unknown' if only replaying tells. */
  lastMeantBefore(position: Position): Position | 'unknown' | undefined {
    const { which, count } = this.condition;
    const index = this.indexOf(position) - 1;
    if (which === 'from') return this.length >= count && position > (this.kept[count - 1] ?? Infinity) ? 'unknown' : undefined;
    if (which === 'every') return this.length === PASSES_MAX ? 'unknown' : index < 0 ? undefined : this.kept[index];
    return which === 'upTo' ? (index < 0 ? undefined : this.kept[index]) : index >= count - 1 ? this.kept[count - 1] : undefined;
  }

  /** All of the history before `end` was gone through, in order, and what was passed was added. */
  cover(end: Position): void {
    if (end <= this.coveredEnd) return;
    this.coveredEnd = end;
    // Where a run stops, the breakpoint there was met already.
    this.coveredTotal = this.last >= end ? this.total - 1 : this.total;
  }

  /** Forgets what was added beyond `covered`: there are gaps in it. */
  discard(): void {
    if (this.isComplete) return;
    this.total = this.coveredTotal;
    this.length = Math.min(this.limit, Math.floor(this.total / this.step));
    this.last = Math.min(this.last, this.coveredEnd - 1);
  }

  private get isComplete(): boolean {
    return this.condition.which !== 'every' && this.length === this.limit && (this.kept[this.length - 1] ?? Infinity) < this.coveredEnd;
  }

  private keep(position: Position): void {
    if (this.length === this.kept.length) {
      const larger = new Float64Array(Math.min(2 * this.length, this.limit));
      larger.set(this.kept);
      this.kept = larger;
    }
    this.kept[this.length++] = position;
  }

  /** How many of the kept ones are before `position`. */
  private indexOf(position: Position): number {
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.kept[middle] ?? Infinity) < position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}
