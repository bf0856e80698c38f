/** Which breakpoints are met: asked millions of times a second. */
import type { Met } from '../../emulator/index.ts';
import type { Breakpoint } from './breakpoint.ts';

const NONE: readonly Breakpoint[] = [];

export class HitSearch {
  private readonly byAddress = new Map<bigint, readonly Breakpoint[]>();
  private lastAddress: bigint | undefined;
  private last = NONE;
  private readonly others: readonly Breakpoint[];

  constructor(breakpoints: readonly Breakpoint[]) {
    for (const breakpoint of breakpoints) {
      for (const address of new Set(breakpoint.addresses)) this.byAddress.set(address, [...(this.byAddress.get(address) ?? NONE), breakpoint]);
    }
    this.others = breakpoints.filter(({ place }) => place.kind === 'data' || place.kind === 'exception');
  }

  at(met: Met): readonly Breakpoint[] {
    if (met.kind !== 'breakpoint') return this.others.filter((breakpoint) => breakpoint.isAt(met));
    // A hot loop asks for the same address again and again, and comparing costs less than hashing.
    if (met.pc !== this.lastAddress) {
      this.lastAddress = met.pc;
      this.last = this.byAddress.get(met.pc) ?? NONE;
    }
    return this.last;
  }
}
