/**
 * What the two kinds of handler code have in common: operands come from the predecoded slot at `ip` and from the hart
 * structure. `InlineRow` writes handlers into the interpreter's loop, `OutlinedRow` makes a function of a row.
 */
import type { Emitter } from '../isa/emitter.ts';
import type { InstructionRow } from '../isa/instruction.ts';
import { FAST_TLB_ENTRIES, FAST_TLB_WRITE, HART_DATA_BANK, HART_F, HART_FRM, HART_MSTATUS, HART_X, PAGE_SHIFT } from '../core/layout.ts';
import type { CoreRoutine } from './core-module.ts';
import { Op, type WasmCode } from './wasm-code.ts';

// Offsets in a slot, see core/layout.ts.
export const SLOT_HANDLER = 0;
export const SLOT_RD = 2;
export const SLOT_RS1 = 4;
export const SLOT_RS2 = 6;
export const SLOT_IMMEDIATE = 8;
/** u16: offset of rs3 (a multiple of 8) plus the rounding-mode field in the low 3 bits, in rows that round; these have no immediate. */
export const SLOT_RS3_ROUNDING = 8;

export const ROUNDING_DYNAMIC = 7;
export const ROUNDING_LAST = 4;
export const BOX = 0xffffffff00000000n;
export const SINGLE_CANONICAL_NAN = 0x7fc00000;
export const MSTATUS_FS = 0x6000;

/** What generated code refers to. */
export interface Surroundings {
  /** Address of the hart structure: a constant, so that a register is one load at a constant offset from what the slot holds. */
  readonly hart: number;
  /** Function index of a core routine. */
  readonly core: (routine: CoreRoutine) => number;
  /** Internal function (ip) -> i32: the raw instruction bits. */
  readonly raw: number;
}

/** Locals that every handler finds. */
export interface RowLocals {
  readonly ip: number;
  readonly scratch64: readonly [number, number, number];
  readonly scratch32: readonly [number, number];
  readonly va: number;
  /** i64: what a floating-point load read. */
  readonly value: number;
  /** i32: address of the fast TLB entry of the access under way. */
  readonly entry: number;
  /** i32: resolved rounding mode. */
  readonly mode: number;
}

/** Pushes one of the hart's fields. */
export function pushField(code: WasmCode, hart: number, operator: number, field: number): void {
  code.i32Const(0).memory(operator, hart + field);
}

/** Stores what `value` pushes in one of the hart's fields. */
export function setField(code: WasmCode, hart: number, operator: number, field: number, value: () => void): void {
  code.i32Const(0);
  value();
  code.memory(operator, hart + field);
}

export function sizeLog2(size: 1 | 2 | 4 | 8): number {
  return 31 - Math.clz32(size);
}

/**
 * Looks va up in the fast TLB. Leaves the entry's address in `entry` and pushes i32 1 if the access cannot be done here:
 * another page, or misaligned (a tag has its low 12 bits clear, so one comparison tests both).
 */
export function lookupFails(code: WasmCode, locals: Pick<RowLocals, 'va' | 'entry'>, bank: () => void, table: number, size: number): void {
  lookup(code, locals, bank, table, size);
  code.op(Op.i64Ne);
}

/** Pushes the tag of va's entry, and the tag that it must have. */
function lookup(code: WasmCode, locals: Pick<RowLocals, 'va' | 'entry'>, bank: () => void, table: number, size: number): void {
  code.get(locals.va).op(Op.i32WrapI64).i32Const(PAGE_SHIFT - 4).op(Op.i32ShrU).i32Const((FAST_TLB_ENTRIES - 1) << 4).op(Op.i32And);
  bank();
  code.op(Op.i32Add).tee(locals.entry).memory(Op.i64Load, table);
  code.get(locals.va).i64Const(-4096 | (size - 1)).op(Op.i64And);
}

/** The opposite: pushes i32 1 if the access can be done here. */
export function lookupSucceeds(code: WasmCode, locals: Pick<RowLocals, 'va' | 'entry'>, bank: () => void, table: number, size: number): void {
  lookup(code, locals, bank, table, size);
  code.op(Op.i64Eq);
}

/** Pushes the host address of va after a successful lookup. */
export function pushHostAddress(code: WasmCode, locals: Pick<RowLocals, 'va' | 'entry'>, table: number): void {
  code.get(locals.entry).memory(Op.i32Load, table + 8).get(locals.va).op(Op.i32WrapI64).op(Op.i32Add);
}

export const READ_TABLE = 0;
export const WRITE_TABLE = FAST_TLB_WRITE;

export abstract class RowEmitter implements Emitter {
  readonly length: 2 | 4;
  readonly row: InstructionRow;
  readonly code: WasmCode;
  protected readonly surroundings: Surroundings;
  protected readonly locals: RowLocals;
  private floatChecked = false;

  constructor(row: InstructionRow, code: WasmCode, surroundings: Surroundings, locals: RowLocals) {
    this.row = row;
    this.length = row.length;
    this.code = code;
    this.surroundings = surroundings;
    this.locals = locals;
  }

  abstract pc(): void;
  abstract branch(condition: () => void): void;
  abstract jumpAndLink(): void;
  abstract jumpAndLinkRegister(): void;
  abstract load(operator: number, size: 1 | 2 | 4 | 8): void;
  abstract store(operator: number, size: 1 | 2 | 4 | 8): void;
  abstract slowCall(routine: CoreRoutine, args: () => void): void;

  // ---- operands ----

  /** Pushes the offset of a register in the hart structure. */
  protected registerOffset(slotOffset: number): void {
    this.code.get(this.locals.ip).memory(Op.i32Load16U, slotOffset);
  }

  private register(slotOffset: number): void {
    this.registerOffset(slotOffset);
    this.code.memory(Op.i64Load, this.surroundings.hart);
  }

  rs1(): void {
    this.register(SLOT_RS1);
  }

  rs2(): void {
    this.register(SLOT_RS2);
  }

  imm(): void {
    this.code.get(this.locals.ip).memory(Op.i64Load32S, SLOT_IMMEDIATE);
  }

  imm32(): void {
    this.code.get(this.locals.ip).memory(Op.i32Load, SLOT_IMMEDIATE);
  }

  rd(value: () => void): void {
    this.registerOffset(SLOT_RD);
    value();
    this.code.memory(Op.i64Store, this.surroundings.hart);
  }

  frs1(): void {
    this.register(SLOT_RS1);
  }

  frs2(): void {
    this.register(SLOT_RS2);
  }

  private rs3Offset(): void {
    this.registerOffset(SLOT_RS3_ROUNDING);
    this.code.i32Const(-8).op(Op.i32And);
  }

  frs3(): void {
    this.rs3Offset();
    this.code.memory(Op.i64Load, this.surroundings.hart);
  }

  frs1Single(): void {
    this.registerOffset(SLOT_RS1);
    this.unbox();
  }

  frs2Single(): void {
    this.registerOffset(SLOT_RS2);
    this.unbox();
  }

  frs3Single(): void {
    this.rs3Offset();
    this.unbox();
  }

  /** Offset of a floating-point register on the stack -> i32 bits of the single in it (unprivileged ISA, 12.2). */
  private unbox(): void {
    const { code, surroundings: { hart } } = this;
    const offset = this.locals.entry;
    code.tee(offset).memory(Op.i32Load, hart).i32Const(SINGLE_CANONICAL_NAN);
    code.get(offset).memory(Op.i32Load, hart + 4).i32Const(-1).op(Op.i32Eq).select();
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
    const { code, surroundings: { hart } } = this;
    if (!this.floatChecked) {
      this.floatChecked = true;
      pushField(code, hart, Op.i32Load, HART_MSTATUS);
      code.i32Const(MSTATUS_FS).op(Op.i32And).op(Op.i32Eqz).hint(false).if();
      this.illegal();
      code.end();
    }
    if (!writes) return;
    setField(code, hart, Op.i64Store, HART_MSTATUS, () => {
      pushField(code, hart, Op.i64Load, HART_MSTATUS);
      code.i64Const(MSTATUS_FS).op(Op.i64Or);
    });
  }

  rounding(): void {
    const { code, surroundings: { hart } } = this;
    const { mode } = this.locals;
    code.get(this.locals.ip).memory(Op.i32Load16U, SLOT_RS3_ROUNDING).i32Const(7).op(Op.i32And).tee(mode);
    code.i32Const(ROUNDING_DYNAMIC).op(Op.i32Eq).if();
    pushField(code, hart, Op.i32Load, HART_FRM);
    code.set(mode).end();
    code.get(mode).i32Const(ROUNDING_LAST).op(Op.i32GtU).hint(false).if();
    this.illegal();
    code.end();
  }

  roundingMode(): void {
    this.code.get(this.locals.mode);
  }

  private illegal(): void {
    this.slowCall('illegal', () => {
      this.hart();
      this.raw();
    });
  }

  // ---- the rest ----

  hart(): void {
    this.code.i32Const(this.surroundings.hart);
  }

  rdOffset(): void {
    this.registerOffset(SLOT_RD);
  }

  raw(): void {
    this.code.get(this.locals.ip).call(this.surroundings.raw);
  }

  call(routine: CoreRoutine, args: () => void): void {
    args();
    this.code.call(this.surroundings.core(routine));
  }

  /** Pushes the address of the fast TLB bank in use. */
  protected pushBank(): void {
    pushField(this.code, this.surroundings.hart, Op.i32Load, HART_DATA_BANK);
  }

  /** va = rs1 + imm */
  protected effectiveAddress(): void {
    this.rs1();
    this.imm();
    this.code.op(Op.i64Add).set(this.locals.va);
  }

  loadFloat(size: 4 | 8): void {
    const { code, locals } = this;
    this.effectiveAddress();
    const { value } = locals;
    lookupFails(code, locals, () => { this.pushBank(); }, READ_TABLE, size);
    code.hint(false).if();
    this.slowCall('load', () => {
      this.hart();
      code.get(locals.va).i32Const(sizeLog2(size));
    });
    code.set(value).else();
    pushHostAddress(code, locals, READ_TABLE);
    code.memory(size === 4 ? Op.i64Load32U : Op.i64Load).set(value).end();
    this.frd(() => {
      code.get(value);
      if (size === 4) code.i64Const(BOX).op(Op.i64Or);
    });
  }

  storeFloat(size: 4 | 8): void {
    const { code, locals } = this;
    this.effectiveAddress();
    lookupFails(code, locals, () => { this.pushBank(); }, WRITE_TABLE, size);
    code.hint(false).if();
    this.slowCall('store', () => {
      this.hart();
      code.get(locals.va).i32Const(sizeLog2(size));
      this.frs2();
    });
    code.else();
    pushHostAddress(code, locals, WRITE_TABLE);
    this.frs2();
    code.memory(size === 4 ? Op.i64Store32 : Op.i64Store).end();
  }

  scratch64(index: 0 | 1 | 2): number {
    return this.locals.scratch64[index];
  }

  scratch32(index: 0 | 1): number {
    return this.locals.scratch32[index];
  }
}

/** Offsets of the register files, for the decoder of slots. */
export const integerOffset = (register: number): number => HART_X + 8 * register;
export const floatOffset = (register: number): number => HART_F + 8 * register;
