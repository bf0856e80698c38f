/**
 * Internal functions of the interpreter's module: loads and stores that miss the fast TLB, and the raw bits of an
 * instruction. They know the instruction from its handler number, so that the loop need not tell them.
 */
import { assert } from '../assert.ts';
import {
  CODE_PAGE_OWNER, CODE_PAGE_STRIDE, CODE_PAGES, HART_CROSSING_PAGE, HART_CROSSING_RAW, HART_STATUS, PAGE_SHIFT,
} from '../core/layout.ts';
import {
  pushField, SLOT_HANDLER, SLOT_RD, SLOT_RS2, sizeLog2, synchronise, type Surroundings,
} from './row-emitter.ts';
import { Op, ValueType, WasmCode } from './wasm-code.ts';
import type { FunctionDefinition, FunctionType } from './wasm-module.ts';

const { i32, i64 } = ValueType;

/** One handler that accesses memory. */
export interface AccessHandler {
  readonly handler: number;
  readonly operator: number;
  readonly size: 1 | 2 | 4 | 8;
  readonly length: 2 | 4;
}

/** (ip, pc, remaining, va); HART_STATUS says how to go on. */
export const missType: FunctionType = { parameters: [i32, i64, i32, i64], results: [] };
const IP = 0;
const PC = 1;
const REMAINING = 2;
const VA = 3;

/** Widens what core.load returns (zero-extended) as the load operator would. */
const wideningOperators = new Map<number, number | undefined>([
  [Op.i64Load8S, Op.i64Extend8S], [Op.i64Load16S, Op.i64Extend16S], [Op.i64Load32S, Op.i64Extend32S],
  [Op.i64Load8U, undefined], [Op.i64Load16U, undefined], [Op.i64Load32U, undefined], [Op.i64Load, undefined],
]);

export function loadMissFunction(handlers: readonly AccessHandler[], surroundings: Surroundings): FunctionDefinition {
  const value = 4;
  const { hart } = surroundings;
  const body = missBody(handlers, hart, (code, access) => {
    code.i32Const(hart).get(VA).i32Const(sizeLog2(access.size)).call(surroundings.core('load')).set(value);
    pushField(code, hart, Op.i32Load, HART_STATUS);
    code.if().return().end();
    code.get(IP).memory(Op.i32Load16U, SLOT_RD).get(value);
    assert(wideningOperators.has(access.operator), 'integer loads use an i64 load operator');
    const widening = wideningOperators.get(access.operator);
    if (widening !== undefined) code.op(widening);
    code.memory(Op.i64Store, hart);
  });
  return { type: missType, locals: [i64], body };
}

export function storeMissFunction(handlers: readonly AccessHandler[], surroundings: Surroundings): FunctionDefinition {
  const { hart } = surroundings;
  const body = missBody(handlers, hart, (code, access) => {
    code.i32Const(hart).get(VA).i32Const(sizeLog2(access.size));
    code.get(IP).memory(Op.i32Load16U, SLOT_RS2).memory(Op.i64Load, hart);
    code.call(surroundings.core('store'));
  });
  return { type: missType, locals: [], body };
}

/** Branches to one piece of code per distinct access; handlers with the same access share it. */
function missBody(handlers: readonly AccessHandler[], hart: number, emit: (code: WasmCode, access: AccessHandler) => void): WasmCode {
  const groups = new Map<string, AccessHandler[]>();
  for (const access of handlers) {
    const key = `${access.operator} ${access.length}`;
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [access]);
    else group.push(access);
  }
  const cases = [...groups.values()];
  const depths = new Array<number>(Math.max(...handlers.map((access) => access.handler)) + 1).fill(cases.length);
  cases.forEach((group, index) => {
    for (const access of group) depths[access.handler] = index;
  });
  const code = new WasmCode();
  code.block();
  for (let i = 0; i < cases.length; i++) code.block();
  code.get(IP).memory(Op.i32Load16U, SLOT_HANDLER).brTable(depths, cases.length);
  for (const [access] of cases) {
    code.end();
    assert(access !== undefined, 'a group has a member');
    synchronise(code, hart, access.length, () => code.get(PC), () => code.get(REMAINING));
    emit(code, access);
    code.return();
  }
  return code.end().op(Op.unreachable);
}

export const rawType: FunctionType = { parameters: [i32], results: [i32] };

/** (ip) -> the raw bits of the instruction of that slot, read again from its frame. */
export function rawFunction(hart: number): FunctionDefinition {
  const offset = 1;
  const code = new WasmCode();
  // The crossing slot: the core keeps its raw bits.
  code.get(IP).i32Const(hart + HART_CROSSING_PAGE).op(Op.i32Sub).i32Const(CODE_PAGE_STRIDE).op(Op.i32LtU).if();
  pushField(code, hart, Op.i32Load, HART_CROSSING_RAW);
  code.return().end();
  code.get(IP).i32Const(CODE_PAGES).op(Op.i32Sub).i32Const(CODE_PAGE_STRIDE).op(Op.i32RemU).set(offset);
  const address = 2;
  code.get(IP).get(offset).op(Op.i32Sub).memory(Op.i32Load, CODE_PAGE_OWNER).i32Const(PAGE_SHIFT).op(Op.i32Shl);
  code.get(offset).i32Const(3).op(Op.i32ShrU).op(Op.i32Add).tee(address);
  code.memory(Op.i32Load16U).i32Const(3).op(Op.i32And).i32Const(3).op(Op.i32Eq).if(i32);
  code.get(address).memory(Op.i32Load).else().get(address).memory(Op.i32Load16U).end();
  return { type: rawType, locals: [i32, i32], body: code };
}
