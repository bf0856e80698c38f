/** All breakpoints of a session. They belong to the timeline: forward and backward motions honour the same set. */
import { NO_CONDITIONS } from '../emulator/index.ts';
import type { AccessKind, StopConditions, Watch } from '../emulator/index.ts';
import { PANIC_FILTER, exceptionFilters } from './exception-causes.ts';

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
  private functions: readonly AddressBreakpoint[] = [];
  private instructions: readonly AddressBreakpoint[] = [];
  private data: readonly DataBreakpoint[] = [];
  private causes: ReadonlySet<number> = new Set();
  private catchesPanic = false;
  /** First instructions of the guest's panic function. */
  panicAddresses: readonly bigint[] = [];
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

  setFunctions(breakpoints: readonly AddressBreakpoint[]): void {
    this.functions = breakpoints;
  }

  setInstructions(breakpoints: readonly AddressBreakpoint[]): void {
    this.instructions = breakpoints;
  }

  setData(breakpoints: readonly DataBreakpoint[]): void {
    this.data = breakpoints;
  }

  /** Unknown filters are ignored, as DAP asks. */
  setExceptionFilters(filters: readonly string[]): void {
    this.catchesPanic = filters.includes(PANIC_FILTER);
    // Whether panics are caught says nothing about traps.
    const isDefault = exceptionFilters.every((each) => each.filter === PANIC_FILTER || filters.includes(each.filter) === each.default);
    const chosen = isDefault && this.expectsProbes ? [] : exceptionFilters.filter((each) => filters.includes(each.filter));
    this.causes = new Set(chosen.flatMap((each) => each.causes));
  }

  conditions(): StopConditions {
    if (this.disabled) return NO_CONDITIONS;
    const breakpoints = new Set<bigint>();
    if (this.catchesPanic) for (const address of this.panicAddresses) breakpoints.add(address);
    for (const list of [...this.bySource.values(), this.functions, this.instructions]) for (const { addresses } of list) for (const address of addresses) breakpoints.add(address);
    const watches: Watch[] = this.data.map(({ address, sizeBytes, kind }) => ({ address, sizeBytes, kind }));
    return { breakpoints, watches, caughtCauses: this.causes };
  }

  /** The guest has called its panic function, and that is to be told as an exception. */
  isPanic(pc: bigint): boolean {
    return this.catchesPanic && this.panicAddresses.includes(pc);
  }

  /** Reason and ids for a stop at `pc`. */
  describeHit(pc: bigint): { reason: string; description: string; hitBreakpointIds: number[] } {
    const hits = (list: readonly AddressBreakpoint[]): number[] => list.filter(({ addresses }) => addresses.includes(pc)).map(({ id }) => id);
    const lines = [...this.bySource.values()].flatMap(hits);
    if (lines.length > 0) return { reason: 'breakpoint', description: 'Paused on breakpoint', hitBreakpointIds: lines };
    const named = hits(this.functions);
    if (named.length > 0) return { reason: 'function breakpoint', description: 'Paused on function breakpoint', hitBreakpointIds: named };
    return { reason: 'instruction breakpoint', description: 'Paused on instruction breakpoint', hitBreakpointIds: hits(this.instructions) };
  }

  watchIdsAt(address: bigint, sizeBytes: number): number[] {
    const overlaps = (each: DataBreakpoint): boolean => each.address < address + BigInt(sizeBytes) && address < each.address + BigInt(each.sizeBytes);
    return this.data.filter(overlaps).map(({ id }) => id);
  }
}
