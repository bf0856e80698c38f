/**
 * What an instruction's semantics may ask for. Each row of the instruction table is a function of an Emitter; the
 * interpreter and (later) the translator implement it, so semantics are written once. Methods append WebAssembly to
 * the code under way; "pushes" means: leaves the value on the WebAssembly operand stack.
 */
import type { CoreRoutine } from '../engine/core-module.ts';
import type { WasmCode } from '../engine/wasm-code.ts';

export interface Emitter {
  /** Raw WebAssembly: operators and constants. */
  readonly code: WasmCode;
  /** Bytes of this instruction, 2 or 4. */
  readonly length: 2 | 4;

  /** Pushes an integer register, i64. */
  rs1(): void;
  rs2(): void;
  /** Pushes the immediate, sign-extended to i64 (what it means is the row's format). */
  imm(): void;
  /** Pushes the immediate as i32. */
  imm32(): void;
  /** Pushes pc of this instruction, i64. */
  pc(): void;
  /** Writes the i64 that `value` pushes to rd (x0 stays zero). `value` may read rs1/rs2 even when they are rd. */
  rd(value: () => void): void;

  /** Pushes the 64 raw bits of a floating-point register, i64. */
  frs1(): void;
  frs2(): void;
  frs3(): void;
  /** Pushes a single, unboxed: i32 bits, the canonical NaN if not properly NaN-boxed. */
  frs1Single(): void;
  frs2Single(): void;
  frs3Single(): void;
  /** Writes i64 bits to the floating-point register rd. */
  frd(value: () => void): void;
  /** Writes i32 bits, NaN-boxed. */
  frdSingle(value: () => void): void;
  /**
   * Must come before floating-point state is touched: traps if mstatus.FS is off; marks it dirty when `writes`.
   * A row that may still trap for another reason asks twice: `float(false)`, what may trap, `float(true)`.
   */
  float(writes: boolean): void;
  /**
   * Comes before `float(true)` in every row that rounds: resolves the rounding mode, and traps as illegal when it is reserved
   * (the same trap as FS off, so the order of the two tests cannot be seen, but a trap must not leave FS dirty).
   */
  rounding(): void;
  /** Pushes the resolved rounding mode, i32 0..4. */
  roundingMode(): void;

  /** Pushes the address of the hart structure, i32: first argument of most core routines. */
  hart(): void;
  /** Pushes the offset of rd in the hart structure (X_SINK for x0), i32. */
  rdOffset(): void;
  /** Pushes the raw instruction bits, i32 (for `illegal`; compressed ones zero-extended). */
  raw(): void;

  /** Conditional branch to pc + imm; `condition` pushes i32. */
  branch(condition: () => void): void;
  /** rd = pc + length; go to pc + imm. */
  jumpAndLink(): void;
  /** target = (rs1 + imm) & ~1; rd = pc + length; go to target. */
  jumpAndLinkRegister(): void;
  /** rd = memory[rs1 + imm], `load` is a WebAssembly i64 load operator (Op.i64Load8S ...), size 1, 2, 4, 8. */
  load(operator: number, size: 1 | 2 | 4 | 8): void;
  /** memory[rs1 + imm] = rs2 */
  store(operator: number, size: 1 | 2 | 4 | 8): void;
  /** frd = memory[rs1 + imm]; a single is NaN-boxed. */
  loadFloat(size: 4 | 8): void;
  /** memory[rs1 + imm] = frs2 */
  storeFloat(size: 4 | 8): void;
  /** Calls a core routine that never traps; `args` push its arguments. */
  call(routine: CoreRoutine, args: () => void): void;
  /**
   * Slow call: synchronises pc and count, pushes the arguments, calls, reloads the budget; goes on at HART_PC if the
   * status says so, else falls through. The routine must leave nothing on the stack.
   */
  slowCall(routine: CoreRoutine, args: () => void): void;
  /** Local scratch variables of the row: i64 0..2, i32 0..1. Not preserved between instructions. */
  scratch64(index: 0 | 1 | 2): number;
  scratch32(index: 0 | 1): number;
}

export type Semantics = (e: Emitter) => void;
