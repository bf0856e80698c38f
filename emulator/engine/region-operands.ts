/**
 * Operands of instructions inside a region: the guest's registers are locals, immediates and page offsets are constants, and what is
 * known about floating-point state is not asked twice in a block.
 */
import { assert } from '../assert.ts';
import { HART_F, HART_FFLAGS, HART_FRM, HART_MSTATUS, HART_X, HART_X_SINK } from '../core/layout.ts';
import type { CoreRoutine } from './core-module.ts';
import type { RegionInstruction } from './region-graph.ts';
import type { SupportRoutine } from './region-support.ts';
import { BOX, MSTATUS_FS, ROUNDING_DYNAMIC, ROUNDING_LAST, SINGLE_CANONICAL_NAN } from './row-emitter.ts';
import { Op, ValueType, type WasmCode } from './wasm-code.ts';

const { i32, i64, f32, f64 } = ValueType;

/** Locals of a region, its parameters first (see regionType). Those of the guest's registers follow. */
export const regionLocals = {
  hart: 0, remaining: 1, target: 2, page: 3, bank: 4, entry: 5, va: 6, value: 7, scratch32: [8, 9], scratch64: [10, 11, 12],
  /** frm, once it is known in a block, and whether fflags has NX. */
  mode: 13, inexact: 14,
  doubles: [15, 16, 17], singles: [18, 19, 20],
  /** How the region leaves (see region-code.ts). */
  way: 21,
} as const;
export const fixedLocalTypes = [i64, i32, i32, i64, i64, i32, i32, i64, i64, i64, i32, i32, f64, f64, f64, f32, f32, f32, i32];
const REGISTERS_BEGIN = 22;
const FLOATS_BEGIN = 32;
const FLAG_INEXACT = 1;

/**
 * The guest's registers that a region uses: 0..31 integer, 32..63 floating-point. The latter are f64 locals, which keep every bit
 * pattern as long as nothing is computed with them.
 */
export class RegisterLocals {
  private readonly locals = new Map<number, number>();
  private readonly writtenSet = new Set<number>();

  of(register: number): number {
    let local = this.locals.get(register);
    if (local === undefined) {
      local = REGISTERS_BEGIN + this.locals.size;
      this.locals.set(register, local);
    }
    return local;
  }

  written(register: number): number {
    this.writtenSet.add(register);
    return this.of(register);
  }

  /** Types of the locals. */
  get types(): readonly number[] {
    return [...this.locals.keys()].map((register) => (register < FLOATS_BEGIN ? i64 : f64));
  }

  /** Loads all registers from the hart structure. */
  load(code: WasmCode): void {
    for (const [register, local] of this.locals) {
      code.get(regionLocals.hart).memory(register < FLOATS_BEGIN ? Op.i64Load : Op.f64Load, registerField(register)).set(local);
    }
  }

  /** Stores those that the region writes. */
  writeBack(code: WasmCode): void {
    for (const register of this.writtenSet) {
      code.get(regionLocals.hart).get(this.of(register)).memory(register < FLOATS_BEGIN ? Op.i64Store : Op.f64Store, registerField(register));
    }
  }
}

/** Offset of a register (as RegisterLocals numbers them) in the hart structure. */
export function registerField(register: number): number {
  return register < FLOATS_BEGIN ? HART_X + 8 * register : HART_F + 8 * (register - FLOATS_BEGIN);
}

/** Function indexes of what a region may call. */
export interface RegionImports {
  support(routine: SupportRoutine): number;
  core(routine: CoreRoutine): number;
}

export abstract class RegionOperands {
  readonly code: WasmCode;
  readonly registers = new RegisterLocals();
  protected readonly imports: RegionImports;
  private instruction: RegionInstruction | undefined;
  private rdWrittenByRoutine = false;
  // What is known since the beginning of the block.
  private floatChecked = false;
  private floatDirty = false;
  private roundingKnown = false;
  private inexactKnown = false;
  /** Of the instruction under way; ROUNDING_DYNAMIC: it is in `mode`. */
  private roundingField = ROUNDING_DYNAMIC;

  constructor(code: WasmCode, imports: RegionImports) {
    this.code = code;
    this.imports = imports;
  }

  abstract slowCall(routine: CoreRoutine, args: () => void): void;

  /** CSRs may have changed, or a block begins. */
  protected forget(): void {
    this.floatChecked = false;
    this.floatDirty = false;
    this.roundingKnown = false;
    this.inexactKnown = false;
  }

  protected begin(instruction: RegionInstruction): void {
    this.instruction = instruction;
  }

  protected get present(): RegionInstruction {
    const { instruction } = this;
    assert(instruction !== undefined, 'an instruction is under way');
    return instruction;
  }

  get length(): 2 | 4 {
    return this.present.row.length;
  }

  /** Pushes the address at `offset` from the page's beginning. */
  pushAddress(offset: number): void {
    const { code } = this;
    code.get(regionLocals.page);
    if (offset !== 0) code.i64Const(offset).op(Op.i64Add);
  }

  // ---- integer registers and constants ----

  protected get destination(): number {
    const { row, decoded } = this.present;
    return row.rdFile === 'f' ? FLOATS_BEGIN + decoded.rd : decoded.rd;
  }

  private readInteger(register: number): void {
    if (register === 0) this.code.i64Const(0);
    else this.code.get(this.registers.of(register));
  }

  rs1(): void {
    this.readInteger(this.present.decoded.rs1);
  }

  rs2(): void {
    this.readInteger(this.present.decoded.rs2);
  }

  imm(): void {
    this.code.i64Const(this.present.decoded.imm);
  }

  imm32(): void {
    this.code.i32Const(this.present.decoded.imm);
  }

  pc(): void {
    this.pushAddress(this.present.offset);
  }

  raw(): void {
    this.code.i32Const(this.present.decoded.raw);
  }

  rd(value: () => void): void {
    value();
    this.setDestination();
  }

  /** i64 on the stack -> rd */
  protected setDestination(): void {
    const { code, destination } = this;
    if (destination === 0) code.drop();
    else if (destination < FLOATS_BEGIN) code.set(this.registers.written(destination));
    else code.op(Op.f64ReinterpretI64).set(this.registers.written(destination));
  }

  hart(): void {
    this.code.get(regionLocals.hart);
  }

  /** The routine writes rd in the hart structure, or does not, if it traps: what is there must be right before. */
  rdOffset(): void {
    const { code, destination } = this;
    if (destination === 0) {
      code.i32Const(HART_X_SINK);
      return;
    }
    this.rdWrittenByRoutine = true;
    code.get(regionLocals.hart).get(this.registers.written(destination)).memory(Op.i64Store, registerField(destination));
    code.i32Const(registerField(destination));
  }

  protected takeRdWritten(): boolean {
    const isWritten = this.rdWrittenByRoutine;
    this.rdWrittenByRoutine = false;
    return isWritten;
  }

  scratch64(index: 0 | 1 | 2): number {
    return regionLocals.scratch64[index];
  }

  scratch32(index: 0 | 1): number {
    return regionLocals.scratch32[index];
  }

  // ---- floating-point registers ----

  protected floatLocal(register: number): number {
    return this.registers.of(FLOATS_BEGIN + register);
  }

  private readFloat(register: number): void {
    this.code.get(this.floatLocal(register)).op(Op.i64ReinterpretF64);
  }

  frs1(): void {
    this.readFloat(this.present.decoded.rs1);
  }

  frs2(): void {
    this.readFloat(this.present.decoded.rs2);
  }

  frs3(): void {
    this.readFloat(this.present.decoded.rs3);
  }

  frs1Single(): void {
    this.unbox(this.present.decoded.rs1);
  }

  frs2Single(): void {
    this.unbox(this.present.decoded.rs2);
  }

  frs3Single(): void {
    this.unbox(this.present.decoded.rs3);
  }

  /** The single in a register (unprivileged ISA, 12.2). */
  private unbox(register: number): void {
    const { code } = this;
    this.readFloat(register);
    code.op(Op.i32WrapI64).i32Const(SINGLE_CANONICAL_NAN);
    this.readFloat(register);
    code.i64Const(32).op(Op.i64ShrU).i64Const(0xffffffff).op(Op.i64Eq).select();
  }

  frd(value: () => void): void {
    this.rd(value);
  }

  frdSingle(value: () => void): void {
    this.rd(() => {
      value();
      this.code.op(Op.i64ExtendI32U).i64Const(BOX).op(Op.i64Or);
    });
  }

  // ---- floating-point state ----

  float(writes: boolean): void {
    const { code } = this;
    const { hart } = regionLocals;
    if (!this.floatChecked) {
      this.floatChecked = true;
      code.get(hart).memory(Op.i32Load, HART_MSTATUS).i32Const(MSTATUS_FS).op(Op.i32And).op(Op.i32Eqz).hint(false).if();
      this.illegal();
      code.end();
    }
    if (!writes || this.floatDirty) return;
    this.floatDirty = true;
    code.get(hart).get(hart).memory(Op.i64Load, HART_MSTATUS).i64Const(MSTATUS_FS).op(Op.i64Or).memory(Op.i64Store, HART_MSTATUS);
  }

  rounding(): void {
    const { code } = this;
    const { hart, mode } = regionLocals;
    this.roundingField = this.present.decoded.rm;
    if (this.roundingField !== ROUNDING_DYNAMIC) {
      if (this.roundingField > ROUNDING_LAST) this.illegal();
      return;
    }
    if (this.roundingKnown) return;
    this.roundingKnown = true;
    code.get(hart).memory(Op.i32Load, HART_FRM).tee(mode).i32Const(ROUNDING_LAST).op(Op.i32GtU).hint(false).if();
    this.illegal();
    code.end();
  }

  roundingMode(): void {
    if (this.roundingField === ROUNDING_DYNAMIC) this.code.get(regionLocals.mode);
    else this.code.i32Const(this.roundingField);
  }

  /** Reads again whether fflags has NX. */
  protected loadInexact(): void {
    this.code.get(regionLocals.hart).memory(Op.i32Load, HART_FFLAGS).i32Const(FLAG_INEXACT).op(Op.i32And).set(regionLocals.inexact);
  }

  /** WebAssembly's own arithmetic rounds to nearest even. */
  protected get canUseNative(): boolean {
    return this.roundingField === ROUNDING_DYNAMIC || this.roundingField === 0;
  }

  /** Pushes i32 1 if WebAssembly's own arithmetic may be tried: it reports no flags, so that inexact must be raised already. */
  protected pushMayUseNative(): void {
    const { code } = this;
    if (!this.inexactKnown) this.loadInexact();
    this.inexactKnown = true;
    code.get(regionLocals.inexact);
    if (this.roundingField === ROUNDING_DYNAMIC) code.get(regionLocals.mode).op(Op.i32Eqz).op(Op.i32And);
  }

  private illegal(): void {
    this.slowCall('illegal', () => {
      this.hart();
      this.raw();
    });
  }
}
