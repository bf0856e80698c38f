/**
 * The support module: what all regions share. `dispatch` leads from one region to the next; the others are the out-of-line halves
 * of slow calls, which keep the regions small. It alone imports the table of regions: a module that imports a table is
 * expensive to make and is never collected.
 */
import { assert } from '../assert.ts';
import {
  FETCH_TLB_ENTRIES, HART_F, HART_FETCH_BANK, HART_LEAVE, HART_LEAVE_DESTINATION, HART_LENGTH, HART_MSTATUS, HART_PC, HART_REMAINING, HART_STATUS, LEAVE_DONE, LEAVE_NOT, LEAVE_TRAPPED, PAGE_SHIFT,
  PAGE_SIZE, REGION_FIRST, SLOT_REGION,
} from '../core/layout.ts';
import { coreSignatures } from './core-signatures.ts';
import { MSTATUS_FS } from './row-emitter.ts';
import { Op, ValueType, WasmCode } from './wasm-code.ts';
import { buildModule, type FunctionDefinition, type FunctionType } from './wasm-module.ts';

const { i32, i64 } = ValueType;

/**
 * (hart, instructions left, pc) -> what the interpreter does next: 1 = HART_PC is a place like any other, 0 = it has to execute
 * the instruction there itself. HART_PC and HART_REMAINING are exact.
 */
export const regionType: FunctionType = { parameters: [i32, i32, i64], results: [i32] };

export const supportSignatures = {
  dispatch: regionType,
  /**
   * (hart, va, address of the page, instructions left after the block, access) -> zero-extended value; HART_LEAVE says how to go on.
   * The access is packed by packAccess.
   */
  loadSlow: { parameters: [i32, i64, i64, i32, i32], results: [i64] },
  /** (hart, va, address of the page, instructions left after the block, access, value) -> LEAVE_*. */
  storeSlow: { parameters: [i32, i64, i64, i32, i32, i64], results: [i32] },
  /** (hart, pc, instructions left after this one, length): comes before a core routine that can trap. */
  begin: { parameters: [i32, i64, i32, i32], results: [] },
  /** (hart, pc of the next instruction, instructions left as given to `begin`) -> LEAVE_*. */
  finish: { parameters: [i32, i64, i32], results: [i32] },
} as const satisfies Record<string, FunctionType>;

/** An access to memory by an instruction of a region. */
export interface PackedAccess {
  /** Of the instruction in its page. */
  readonly offset: number;
  /** Instructions of its block after it. */
  readonly following: number;
  readonly sizeLog2: number;
  readonly length: 2 | 4;
  /** Offset in the hart structure of the register that a load sets. */
  readonly destination: number;
}

// Bit numbers.
const FOLLOWING = 12;
const SIZE = 20;
const LENGTH = 22;
const DESTINATION = 23;

export function packAccess({ offset, following, sizeLog2, length, destination }: PackedAccess): number {
  assert(following < 1 << (SIZE - FOLLOWING) && destination % 8 === 0, 'an access can be packed');
  return offset | (following << FOLLOWING) | (sizeLog2 << SIZE) | ((length === 4 ? 1 : 0) << LENGTH) | ((destination / 8) << DESTINATION);
}

export type SupportRoutine = keyof typeof supportSignatures;

export const supportRoutines = Object.keys(supportSignatures) as readonly SupportRoutine[];

const HART = 0;
const CORE_LOAD = 0;
const CORE_STORE = 1;
const IMPORT_COUNT = 2;
const indexOf = (routine: SupportRoutine): number => IMPORT_COUNT + supportRoutines.indexOf(routine);

/** The module's bytes: imports core.load, core.store, driver.memory and driver.regions (the table). */
export function generateSupport(): Uint8Array<ArrayBuffer> {
  const bodies: Readonly<Record<SupportRoutine, { code: WasmCode; locals: readonly number[] }>> = {
    dispatch: { code: dispatchCode(), locals: [i32] },
    loadSlow: { code: loadSlowCode(), locals: [i64] },
    storeSlow: { code: storeSlowCode(), locals: [] },
    begin: { code: beginCode(), locals: [] },
    finish: { code: finishCode(), locals: [i32] },
  };
  const functions = supportRoutines.map((routine): FunctionDefinition => (
    { type: supportSignatures[routine], locals: bodies[routine].locals, body: bodies[routine].code, exportName: routine }));
  return buildModule({
    memory: { module: 'driver', name: 'memory', initialPages: 1, maximumPages: 65536 },
    table: { module: 'driver', name: 'regions', initialEntries: 1 },
    types: [regionType],
    imports: [{ module: 'core', name: 'load', type: coreSignatures.load }, { module: 'core', name: 'store', type: coreSignatures.store }],
    functions,
  });
}

/** Goes on in the region at pc, if the fetch TLB has its page and a region begins there; else leaves to the interpreter. */
function dispatchCode(): WasmCode {
  const [remaining, pc, slot] = [1, 2, 3];
  const code = new WasmCode();
  code.get(pc).op(Op.i32WrapI64).i32Const(PAGE_SHIFT - 4).op(Op.i32ShrU).i32Const((FETCH_TLB_ENTRIES - 1) << 4).op(Op.i32And);
  code.get(HART).memory(Op.i32Load, HART_FETCH_BANK).op(Op.i32Add).tee(slot);
  code.memory(Op.i64Load).get(pc).i64Const(-PAGE_SIZE).op(Op.i64And).op(Op.i64Eq).hint(true).if();
  code.get(slot).memory(Op.i32Load, 8).get(pc).op(Op.i32WrapI64).i32Const(PAGE_SIZE - 2).op(Op.i32And).i32Const(3).op(Op.i32Shl).op(Op.i32Add);
  code.memory(Op.i32Load16U, SLOT_REGION).tee(slot).i32Const(REGION_FIRST).op(Op.i32GeU).hint(true).if();
  code.get(HART).get(remaining).get(pc).get(slot).i32Const(REGION_FIRST).op(Op.i32Sub).returnCallIndirect(0);
  code.end().end();
  code.get(HART).get(pc).memory(Op.i64Store, HART_PC).get(HART).get(remaining).memory(Op.i32Store, HART_REMAINING);
  return code.i32Const(1);
}

/** Where the parameters of loadSlow and storeSlow are; pc and remaining become those of the instruction. */
const slow = { va: 1, pc: 2, remaining: 3, access: 4, value: 5 } as const;

function unpack(code: WasmCode, bit: number, width: number): WasmCode {
  return code.get(slow.access).i32Const(bit).op(Op.i32ShrU).i32Const((1 << width) - 1).op(Op.i32And);
}

/** Sets the position, and pushes what `load` and `store` of the core take first. */
function beginAccess(code: WasmCode): void {
  const { va, pc, remaining } = slow;
  code.get(pc);
  unpack(code, 0, FOLLOWING).op(Op.i64ExtendI32U).op(Op.i64Add).set(pc).get(remaining);
  unpack(code, FOLLOWING, SIZE - FOLLOWING).op(Op.i32Add).set(remaining);
  storePosition(code, pc, remaining);
  code.get(HART).get(va);
  unpack(code, SIZE, LENGTH - SIZE);
}

/** Pushes LEAVE_*. */
function finishAccess(code: WasmCode): void {
  code.get(HART).get(slow.pc);
  unpack(code, LENGTH, 1).i32Const(1).op(Op.i32Shl).i32Const(2).op(Op.i32Add).op(Op.i64ExtendI32U).op(Op.i64Add);
  code.get(slow.remaining).call(indexOf('finish'));
}

function loadSlowCode(): WasmCode {
  const { value } = slow;
  const code = new WasmCode();
  beginAccess(code);
  code.call(CORE_LOAD).set(value);
  finishAccess(code);
  code.i32Const(LEAVE_DONE).op(Op.i32Eq).if().get(HART);
  unpack(code, DESTINATION, 32 - DESTINATION).i32Const(3).op(Op.i32Shl).memory(Op.i32Store, HART_LEAVE_DESTINATION);
  // The row would mark floating-point state as dirty after the load.
  code.get(HART).memory(Op.i32Load, HART_LEAVE_DESTINATION).i32Const(HART_F).op(Op.i32GeU).if();
  code.get(HART).get(HART).memory(Op.i64Load, HART_MSTATUS).i64Const(MSTATUS_FS).op(Op.i64Or).memory(Op.i64Store, HART_MSTATUS);
  return code.end().end().get(value);
}

function storeSlowCode(): WasmCode {
  const code = new WasmCode();
  beginAccess(code);
  code.get(slow.value).call(CORE_STORE);
  finishAccess(code);
  return code;
}

function beginCode(): WasmCode {
  const [pc, remaining, length] = [1, 2, 3];
  const code = new WasmCode();
  storePosition(code, pc, remaining);
  return code.get(HART).get(length).memory(Op.i32Store, HART_LENGTH);
}

/** A routine that stopped the run has lowered HART_REMAINING; with nothing left to lower, the next block's head leaves anyway. */
function finishCode(): WasmCode {
  const [nextPc, remaining, leave] = [1, 2, 3];
  const code = new WasmCode();
  // STATUS_CONTINUE is 0.
  code.get(HART).memory(Op.i32Load, HART_STATUS).if(i32).i32Const(LEAVE_TRAPPED).else();
  code.get(HART).memory(Op.i32Load, HART_REMAINING).get(remaining).op(Op.i32Ne).if(i32);
  code.get(HART).get(nextPc).memory(Op.i64Store, HART_PC).i32Const(LEAVE_DONE).else().i32Const(LEAVE_NOT).end().end();
  return code.set(leave).get(HART).get(leave).memory(Op.i32Store, HART_LEAVE).get(leave);
}

function storePosition(code: WasmCode, pc: number, remaining: number): void {
  code.get(HART).get(pc).memory(Op.i64Store, HART_PC).get(HART).get(remaining).memory(Op.i32Store, HART_REMAINING);
}
