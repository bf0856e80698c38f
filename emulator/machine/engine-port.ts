/** What a machine needs of the engine: the core's routines, and running instructions. Implemented by `engine/engine.ts`. */
import type { CoreExports } from '../engine/core-module.ts';
import type { LinearMemory } from './hart-view.ts';

/** Device accesses of one hart; see CoreImports. */
export interface Bus {
  load(gpa: number, size: number): number;
  store(gpa: number, size: number): number;
}

export interface EnginePort {
  readonly core: CoreExports;
  readonly memory: LinearMemory;
  /** Device accesses of the hart structure at `hart` go to `bus` from now on. */
  connect(hart: number, bus: Bus): void;
  /**
   * Runs at most `count` instructions; HART_ICOUNT is exact afterwards. Returns REASON_*.
   * `skipBreakpoint`: a breakpoint on the first instruction does not stop.
   */
  run(hart: number, count: number, skipBreakpoint: boolean): number;
  /**
   * Virtual addresses; in force from the next run. `isMet` is asked at each of them, before its instruction, with the hart as it
   * is there: HART_PC, HART_ICOUNT (`position`) and all registers are exact; false: the run goes on. It must not throw.
   * More than once for one position only if the instruction is begun again.
   */
  setBreakpoints(addresses: ReadonlySet<bigint>, isMet?: (position: number) => boolean): void;
}
