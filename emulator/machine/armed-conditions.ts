/** The stop conditions of the run under way: sets them in the engine, and asks whether what is met is to stop. */
import { assert } from '../assert.ts';
import {
  ACCESS_FETCH, HART_CATCH_MASK, HART_CAUGHT_CAUSE, HART_MCAUSE, HART_MEPC, HART_MTVAL, HART_PRIVILEGE, HART_SCAUSE, HART_SEPC, HART_STVAL,
  HART_WAITING, HART_WATCH_COUNT, HART_WATCH_HIT, HART_WATCH_LIST, PRIVILEGE_M, WATCH_COUNT_MAX,
} from '../core/layout.ts';
import { UserError } from '../user-error.ts';
import type { EnginePort } from './engine-port.ts';
import type { HartView } from './hart-view.ts';
import type { Position } from './input.ts';
import type { AccessKind, Met, RunStop, StopConditions, Watch } from './machine-types.ts';

export const NO_CONDITIONS: StopConditions = { breakpoints: new Set(), watches: [], caughtCauses: new Set() };

/** A run asks so often at most, then it ends early: what a condition costs is not known, and whoever paces runs must get his turn. */
const QUESTIONS_MAX = 512;
const MASK_32 = 0xffff_ffffn;
const CAUSE_MASK = 0xffff_ffffn;
const KINDS: Readonly<Record<AccessKind, number>> = { read: 1, write: 2, access: 3 };

export class ArmedConditions {
  readonly #engine: EnginePort;
  readonly #hart: HartView;
  #conditions = NO_CONDITIONS;
  #watchesBoundaries = false;
  /** Asked in this run. */
  #questions = 0;
  /** Where the execution under way began: what is met there was not asked in this run, or leads elsewhere. */
  #from: Position = -1;
  /** A breakpoint was asked here and refused: the instruction may be begun again, for want of frames or to be fetched. */
  #refusedAt: Position = -1;
  #isCut = false;
  #failure: { readonly error: unknown } | undefined;

  constructor(engine: EnginePort, hart: HartView) {
    this.#engine = engine;
    this.#hart = hart;
  }

  /** A run begins with these. */
  arm(conditions: StopConditions): void {
    this.#questions = 0;
    if (conditions === this.#conditions) return;
    const { breakpoints, watches, caughtCauses, caughtInterrupts } = conditions;
    if (watches.length > WATCH_COUNT_MAX) {
      throw new UserError(`${watches.length} data breakpoints are set, the machine watches at most ${WATCH_COUNT_MAX} at once: remove some`);
    }
    if (breakpoints !== this.#conditions.breakpoints) this.#engine.setBreakpoints(breakpoints, this.#breakpointMet);
    if (watches !== this.#conditions.watches) this.#setWatches(watches);
    this.#hart.setU64(HART_CATCH_MASK, [...caughtCauses].reduce((bits, cause) => bits | (1n << BigInt(cause)), 0n));
    this.#watchesBoundaries = breakpoints.size > 0 || (caughtInterrupts?.size ?? 0) > 0;
    this.#conditions = conditions;
  }

  /** Something may be met behind a boundary. */
  get watchesBoundaries(): boolean {
    return this.#watchesBoundaries;
  }

  /** The run has asked as often as it may. */
  get isSpent(): boolean {
    return this.#questions >= QUESTIONS_MAX;
  }

  /** The engine begins to execute at `from`. */
  beginExecution(from: Position): void {
    this.#from = from;
    this.#refusedAt = -1;
  }

  /** Throws what a condition has thrown: the machine then stands where it was asked. */
  throwFailure(): void {
    const failure = this.#failure;
    this.#failure = undefined;
    if (failure !== undefined) throw failure.error;
  }

  /** The instruction at pc has a breakpoint, which stops. One whose instruction cannot be fetched does not: it traps instead. */
  meetsBreakpoint(): boolean {
    const hart = this.#hart;
    const { breakpoints } = this.#conditions;
    if (breakpoints.size === 0 || hart.i32(HART_WAITING) !== 0) return false;
    const { pc } = hart;
    if (!breakpoints.has(pc)) return false;
    if (this.#engine.core.debugTranslate(hart.address, Number(pc & MASK_32), Number(pc >> 32n), ACCESS_FETCH) === 0) return false;
    return this.#accepts({ kind: 'breakpoint', position: hart.icount, pc });
  }

  /** The hart has just taken an interrupt: how the run stops, if it does. */
  stopAtInterrupt(): RunStop | undefined {
    const hart = this.#hart;
    const { caughtInterrupts } = this.#conditions;
    if (caughtInterrupts === undefined || caughtInterrupts.size === 0) return undefined;
    const isMachineLevel = hart.i32(HART_PRIVILEGE) === PRIVILEGE_M;
    const cause = Number(hart.u64(isMachineLevel ? HART_MCAUSE : HART_SCAUSE) & CAUSE_MASK);
    if (!caughtInterrupts.has(cause)) return undefined;
    const pc = hart.u64(isMachineLevel ? HART_MEPC : HART_SEPC);
    return this.#accepts({ kind: 'interrupt', position: hart.icount, cause, pc }) ? { reason: 'interrupt', cause, pc } : undefined;
  }

  /** The engine has left at a breakpoint: how the run stops. */
  stopAtBreakpoint(): RunStop {
    if (!this.#isCut) return { reason: 'breakpoint', pc: this.#hart.pc };
    this.#isCut = false;
    return { reason: 'until' };
  }

  /** The instruction before has accessed a watched range. */
  stopAfterAccess(): RunStop | undefined {
    const hart = this.#hart;
    const access = hart.i32(HART_WATCH_HIT + 8);
    const address = hart.u64(HART_WATCH_HIT);
    const sizeBytes = access & 0xff;
    const kind = access >> 8 === 1 ? 'read' : 'write';
    return this.#accepts({ kind: 'watch', position: hart.icount, address, sizeBytes, access: kind }) ? { reason: 'watch', address, sizeBytes, kind } : undefined;
  }

  /** The instruction before has trapped. */
  stopAfterTrap(): RunStop | undefined {
    const hart = this.#hart;
    const isMachineLevel = hart.i32(HART_PRIVILEGE) === PRIVILEGE_M;
    const cause = hart.count(HART_CAUGHT_CAUSE);
    const pc = hart.u64(isMachineLevel ? HART_MEPC : HART_SEPC);
    const value = hart.u64(isMachineLevel ? HART_MTVAL : HART_STVAL);
    return this.#accepts({ kind: 'trap', position: hart.icount, cause, pc, value }) ? { reason: 'trap', cause, pc, value } : undefined;
  }

  /** Asked by the engine, inside of a run. */
  readonly #breakpointMet = (position: Position): boolean => {
    if (position === this.#refusedAt) return false;
    if (this.isSpent && position > this.#from) {
      this.#isCut = true;
      return true;
    }
    if (this.#accepts({ kind: 'breakpoint', position, pc: this.#hart.pc })) return true;
    this.#refusedAt = position;
    return false;
  };

  /** An error of the condition must not come through the engine: it stops, and throwFailure tells. */
  #accepts(met: Met): boolean {
    const { accept } = this.#conditions;
    if (accept === undefined) return true;
    this.#questions++;
    try {
      return accept(met);
    } catch (error) {
      this.#failure ??= { error };
      return true;
    }
  }

  #setWatches(watches: readonly Watch[]): void {
    const hart = this.#hart;
    watches.forEach((watch, index) => {
      assert(watch.sizeBytes > 0, 'a watched range is empty');
      const entry = HART_WATCH_LIST + 24 * index;
      const first = BigInt.asUintN(64, watch.address);
      const last = first + BigInt(watch.sizeBytes) - 1n;
      hart.setU64(entry, first);
      hart.setU64(entry + 8, last > 0xffff_ffff_ffff_ffffn ? 0xffff_ffff_ffff_ffffn : last);
      hart.setI32(entry + 16, KINDS[watch.kind]);
    });
    hart.setI32(HART_WATCH_COUNT, watches.length);
    this.#engine.core.watchRefresh(hart.address);
  }
}
