/** All breakpoints of a session. They belong to the timeline: forward and backward motions honour the same set. */
import { NO_CONDITIONS } from '../emulator/index.ts';
import type { AccessKind, StopConditions, Watch } from '../emulator/index.ts';
import { exceptionFilters } from './exception-causes.ts';

export interface AddressBreakpoint {
  readonly id: number;
  readonly addresses: readonly bigint[];
}

export interface DataBreakpoint {
  readonly id: number;
  readonly address: bigint;
  readonly sizeBytes: number;
  readonly kind: AccessKind;
}

export class Breakpoints {
  private lastId = 0;
  private readonly bySource = new Map<string, readonly AddressBreakpoint[]>();
  private instructions: readonly AddressBreakpoint[] = [];
  private data: readonly DataBreakpoint[] = [];
  private causes: ReadonlySet<number> = new Set();
  /** Run without debugging: nothing stops. */
  disabled = false;
  /** Firmware and kernels find out by trapping what the machine has: the filters that are on by default do not stop them. */
  expectsProbes = false;

  nextId(): number {
    return ++this.lastId;
  }

  setSource(path: string, breakpoints: readonly AddressBreakpoint[]): void {
    if (breakpoints.length === 0) this.bySource.delete(path);
    else this.bySource.set(path, breakpoints);
  }

  setInstructions(breakpoints: readonly AddressBreakpoint[]): void {
    this.instructions = breakpoints;
  }

  setData(breakpoints: readonly DataBreakpoint[]): void {
    this.data = breakpoints;
  }

  /** Unknown filters are ignored, as DAP asks. */
  setExceptionFilters(filters: readonly string[]): void {
    const isDefault = exceptionFilters.every((each) => filters.includes(each.filter) === each.default);
    const chosen = isDefault && this.expectsProbes ? [] : exceptionFilters.filter((each) => filters.includes(each.filter));
    this.causes = new Set(chosen.flatMap((each) => each.causes));
  }

  conditions(): StopConditions {
    if (this.disabled) return NO_CONDITIONS;
    const breakpoints = new Set<bigint>();
    for (const list of [...this.bySource.values(), this.instructions]) for (const { addresses } of list) for (const address of addresses) breakpoints.add(address);
    const watches: Watch[] = this.data.map(({ address, sizeBytes, kind }) => ({ address, sizeBytes, kind }));
    return { breakpoints, watches, caughtCauses: this.causes };
  }

  /** Reason and ids for a stop at `pc`. */
  describeHit(pc: bigint): { reason: string; description: string; hitBreakpointIds: number[] } {
    const hits = (list: readonly AddressBreakpoint[]): number[] => list.filter(({ addresses }) => addresses.includes(pc)).map(({ id }) => id);
    const lines = [...this.bySource.values()].flatMap(hits);
    if (lines.length > 0) return { reason: 'breakpoint', description: 'Paused on breakpoint', hitBreakpointIds: lines };
    return { reason: 'instruction breakpoint', description: 'Paused on instruction breakpoint', hitBreakpointIds: hits(this.instructions) };
  }

  watchIdsAt(address: bigint, sizeBytes: number): number[] {
    const overlaps = (each: DataBreakpoint): boolean => each.address < address + BigInt(sizeBytes) && address < each.address + BigInt(each.sizeBytes);
    return this.data.filter(overlaps).map(({ id }) => id);
  }
}
