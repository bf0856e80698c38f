/**
 * A row as a function of its own, called from a small handler in the loop: floating point, atomics, system
 * instructions, and whatever is long. Keeps the loop small enough for the optimising compiler's better register allocator.
 */
import type { InstructionRow } from '../isa/instruction.ts';
import { assert } from '../assert.ts';
import { STATUS_CONTINUE } from '../core/layout.ts';
import type { CoreRoutine } from './core-module.ts';
import { RowEmitter, type Surroundings, type RowLocals } from './row-emitter.ts';
import { ValueType, WasmCode } from './wasm-code.ts';
import type { FunctionDefinition, FunctionType } from './wasm-module.ts';

/**
 * (ip, pc, remaining) -> 0: done, nothing to reload; 1: a slow call was made, go on as HART_STATUS says.
 */
export const outlinedType: FunctionType = {
  parameters: [ValueType.i32, ValueType.i64, ValueType.i32],
  results: [ValueType.i32],
};

const IP = 0;
const PC = 1;
const REMAINING = 2;
const SLOW = 3;
const { i32, i64 } = ValueType;
const localTypes = [i32, i32, i32, i32, i32, i64, i64, i64, i64, i64];
const outlinedLocals: RowLocals = {
  ip: IP, entry: 4, mode: 5, scratch32: [6, 7], va: 8, value: 9, scratch64: [10, 11, 12],
};

export class OutlinedRow extends RowEmitter {
  /** The row may trap or touches floating-point state: it belongs in a function. */
  callsCore = false;
  /** The row is a branch, a jump, an integer load or store: the loop has shapes of its own for these. */
  inLoop = false;
  /** What an integer load or store does. */
  access: { readonly kind: 'load' | 'store'; readonly operator: number; readonly size: 1 | 2 | 4 | 8 } | undefined;
  private slow = false;

  constructor(row: InstructionRow, surroundings: Surroundings) {
    super(row, new WasmCode(), surroundings, outlinedLocals);
  }

  pc(): void {
    this.code.get(PC);
  }

  protected remaining(): void {
    this.code.get(REMAINING);
  }

  branch(): void {
    this.inLoop = true;
  }

  jumpAndLink(): void {
    this.inLoop = true;
  }

  jumpAndLinkRegister(): void {
    this.inLoop = true;
  }

  load(operator: number, size: 1 | 2 | 4 | 8): void {
    this.inLoop = true;
    this.access = { kind: 'load', operator, size };
  }

  store(operator: number, size: 1 | 2 | 4 | 8): void {
    this.inLoop = true;
    this.access = { kind: 'store', operator, size };
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
    const { code } = this;
    this.callsCore = true;
    this.slow = true;
    this.callSlowly(routine, args);
    code.i32Const(1).set(SLOW);
    assert(STATUS_CONTINUE === 0, 'a status other than STATUS_CONTINUE is true');
    this.status();
    code.if().i32Const(1).return().end();
  }

  /** The row's function; its semantics have been applied. */
  finish(): FunctionDefinition {
    assert(!this.inLoop, `${this.row.mnemonic} has a handler in the loop`);
    if (this.slow) this.code.get(SLOW);
    else this.code.i32Const(0);
    return { type: outlinedType, locals: localTypes, body: this.code };
  }
}
