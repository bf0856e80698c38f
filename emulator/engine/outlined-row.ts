/**
 * A row as a function of its own, called by the slow function: floating point, atomics, system instructions, whatever is
 * long, and the complete form of loads and stores, for accesses that miss the fast TLB.
 * The loop has set HART_PC and HART_REMAINING.
 */
import type { InstructionRow } from '../isa/instruction.ts';
import { assert } from '../assert.ts';
import { HART_LENGTH, HART_PC, HART_STATUS } from '../core/layout.ts';
import type { CoreRoutine } from './core-module.ts';
import { pushField, RowEmitter, setField, sizeLog2, type RowLocals, type Surroundings } from './row-emitter.ts';
import { Op, ValueType, WasmCode } from './wasm-code.ts';
import type { FunctionDefinition, FunctionType } from './wasm-module.ts';

const { i32, i64 } = ValueType;

/** (ip) -> 1: done, the next instruction follows; 0: go on at HART_PC. */
export const outlinedType: FunctionType = { parameters: [i32], results: [i32] };

const localTypes = [i32, i32, i32, i32, i64, i64, i64, i64, i64];
const outlinedLocals: RowLocals = { ip: 0, entry: 1, mode: 2, scratch32: [3, 4], va: 5, value: 6, scratch64: [7, 8, 9] };

/** Widens what the core's `load` returns (zero-extended) as the load operator would. */
export const wideningOperators: ReadonlyMap<number, number | undefined> = new Map<number, number | undefined>([
  [Op.i64Load8S, Op.i64Extend8S], [Op.i64Load16S, Op.i64Extend16S], [Op.i64Load32S, Op.i64Extend32S],
  [Op.i64Load8U, undefined], [Op.i64Load16U, undefined], [Op.i64Load32U, undefined], [Op.i64Load, undefined],
]);

export class OutlinedRow extends RowEmitter {
  /** The row may trap or touches floating-point state: it needs a function. */
  callsCore = false;
  /** The row is a branch, a jump, an integer load or store: the loop has a handler for it. */
  inLoop = false;
  /** The row is a branch or a jump: it needs no function. */
  transfersControl = false;

  constructor(row: InstructionRow, surroundings: Surroundings) {
    super(row, new WasmCode(), surroundings, outlinedLocals);
  }

  pc(): void {
    pushField(this.code, this.surroundings.hart, Op.i64Load, HART_PC);
  }

  private leaveToLoop(): void {
    this.inLoop = true;
    this.transfersControl = true;
  }

  branch(): void {
    this.leaveToLoop();
  }

  jumpAndLink(): void {
    this.leaveToLoop();
  }

  jumpAndLinkRegister(): void {
    this.leaveToLoop();
  }

  load(operator: number, size: 1 | 2 | 4 | 8): void {
    const { code, locals } = this;
    assert(wideningOperators.has(operator), `${this.row.mnemonic} uses an i64 load operator`);
    this.effectiveAddress();
    this.slowCall('load', () => {
      this.hart();
      code.get(locals.va).i32Const(sizeLog2(size));
    });
    code.set(locals.value);
    this.rd(() => {
      code.get(locals.value);
      const widening = wideningOperators.get(operator);
      if (widening !== undefined) code.op(widening);
    });
    this.inLoop = true;
  }

  store(_operator: number, size: 1 | 2 | 4 | 8): void {
    const { code, locals } = this;
    this.effectiveAddress();
    this.slowCall('store', () => {
      this.hart();
      code.get(locals.va).i32Const(sizeLog2(size));
      this.rs2();
    });
    this.inLoop = true;
  }

  override float(writes: boolean): void {
    this.callsCore = true;
    super.float(writes);
  }

  override call(routine: CoreRoutine, args: () => void): void {
    this.callsCore = true;
    super.call(routine, args);
  }

  slowCall(routine: CoreRoutine, args: () => void): void {
    const { code, surroundings: { hart, core } } = this;
    this.callsCore = true;
    setField(code, hart, Op.i32Store, HART_LENGTH, () => code.i32Const(this.length));
    args();
    code.call(core(routine));
    // STATUS_CONTINUE is 0.
    pushField(code, hart, Op.i32Load, HART_STATUS);
    code.if().i32Const(0).return().end();
  }

  /** The row's function; its semantics have been applied. */
  finish(): FunctionDefinition {
    assert(!this.transfersControl, `${this.row.mnemonic} has a handler in the loop`);
    this.code.i32Const(1);
    return { type: outlinedType, locals: localTypes, body: this.code };
  }
}
