/** What was said yes to in the motion under way: when it ends, one of these was the reason. */
import type { Met, Position } from '../../emulator/index.ts';
import type { Breakpoint } from './breakpoint.ts';
import { placeInTime } from './breakpoint.ts';

/** What a stop is at. */
export interface Verdict {
  readonly breakpoints: readonly Breakpoint[];
  /** Why it is one although its condition cannot be told. */
  readonly problem?: string;
}

/** A search backward says yes often and means the last one. */
const KEPT_MAX = 4096;

export class Verdicts {
  private readonly kept = new Map<string, Verdict>();

  clear(): void {
    this.kept.clear();
  }

  add(met: Met, verdict: Verdict): void {
    const key = keyOf(met.kind, placeInTime(met), met.kind === 'breakpoint' ? met.pc : undefined);
    const before = this.kept.get(key);
    // An instruction may read and write.
    this.kept.delete(key);
    this.kept.set(key, before === undefined ? verdict : merged(before, verdict));
    const [oldest] = this.kept.keys();
    if (this.kept.size > KEPT_MAX && oldest !== undefined) this.kept.delete(oldest);
  }

  /** `position`: of the instruction that it was met at. */
  at(kind: Met['kind'], position: Position, pc: bigint | undefined): Verdict | undefined {
    return this.kept.get(keyOf(kind, position, pc));
  }
}

export function merged(first: Verdict, second: Verdict): Verdict {
  return { ...second, ...first, breakpoints: [...new Set([...first.breakpoints, ...second.breakpoints])] };
}

function keyOf(kind: Met['kind'], position: Position, pc: bigint | undefined): string {
  return `${kind} ${position} ${pc ?? ''}`;
}
