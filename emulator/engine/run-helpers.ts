/**
 * Internal functions of the interpreter's module that its loop calls on rare occasions. The loop itself calls no import:
 * an import in it would cost registers everywhere (the optimising compiler keeps the import tables at hand).
 */
import {
  HANDLER_BREAKPOINT, HANDLER_UNDECODED, HART_HELD_REMAINING, HART_HELD_SLOT, HART_ICOUNT_END, HART_PC, HART_REASON, HART_REMAINING,
  HART_SKIP_BREAK_AT, REASON_BREAKPOINT, REASON_BUDGET,
} from '../core/layout.ts';
import { pushField, setField, SLOT_HANDLER, synchronise, type Surroundings } from './row-emitter.ts';
import { Op, ValueType, WasmCode } from './wasm-code.ts';
import type { FunctionDefinition } from './wasm-module.ts';

const { i32, i64 } = ValueType;

/** Imports of module `driver`. */
export interface InterpreterImports {
  /** Fills an undecoded slot. */
  decode(slot: number): void;
  /** 1 if the driver wants to stop at HART_PC. */
  isBreakpoint(hart: number): number;
}

/** (ip): decodes the slot. */
export function decodeFunction(decodeImport: number): FunctionDefinition {
  return { type: { parameters: [i32], results: [] }, locals: [], body: new WasmCode().get(0).call(decodeImport) };
}

/** (pc, remaining) -> address of the code page, or 0 after a trap. `remaining`: not yet lowered for the instruction at pc. */
export function fetchFunction({ hart, core }: Surroundings): FunctionDefinition {
  const body = new WasmCode();
  setField(body, hart, Op.i64Store, HART_PC, () => body.get(0));
  setField(body, hart, Op.i32Store, HART_REMAINING, () => body.get(1));
  body.i32Const(hart).get(0).call(core('fetchPage'));
  return { type: { parameters: [i64, i32], results: [i32] }, locals: [], body };
}

/** (pc, remaining): fills the crossing slot; HART_STATUS tells of a trap. */
export function crossingFunction({ hart, core }: Surroundings): FunctionDefinition {
  const body = new WasmCode();
  synchronise(body, hart, 4, () => body.get(0), () => body.get(1));
  body.i32Const(hart).call(core('fetchCrossing'));
  return { type: { parameters: [i64, i32], results: [] }, locals: [], body };
}

/**
 * (ip, pc, remaining) -> 1: stop here, HART_PC is set. 0: the slot holds its plain handler; execute it with no budget
 * beyond it, then call the release function.
 */
export function breakpointFunction({ hart }: Surroundings, isBreakpointImport: number): FunctionDefinition {
  const ip = 0;
  const pc = 1;
  const remaining = 2;
  const body = new WasmCode();
  body.get(remaining);
  pushField(body, hart, Op.i32Load, HART_SKIP_BREAK_AT);
  body.op(Op.i32Ne).if();
  setField(body, hart, Op.i64Store, HART_PC, () => body.get(pc));
  setField(body, hart, Op.i32Store, HART_REMAINING, () => body.get(remaining));
  body.i32Const(hart).call(isBreakpointImport).if();
  setField(body, hart, Op.i32Store, HART_REASON, () => body.i32Const(REASON_BREAKPOINT));
  body.i32Const(1).return().end().end();
  body.get(ip).get(ip).memory(Op.i32Load16U, SLOT_HANDLER).i32Const(~HANDLER_BREAKPOINT).op(Op.i32And).memory(Op.i32Store16, SLOT_HANDLER);
  setField(body, hart, Op.i32Store, HART_HELD_SLOT, () => body.get(ip));
  setField(body, hart, Op.i32Store, HART_HELD_REMAINING, () => body.get(remaining));
  addToEnd(body, hart, () => body.get(remaining), Op.i64Sub);
  body.i32Const(0);
  return { type: { parameters: [i32, i64, i32], results: [i32] }, locals: [], body };
}

function addToEnd(body: WasmCode, hart: number, amount: () => void, operator: number): void {
  setField(body, hart, Op.i64Store, HART_ICOUNT_END, () => {
    pushField(body, hart, Op.i64Load, HART_ICOUNT_END);
    amount();
    body.op(Op.i64ExtendI32U).op(operator);
  });
}

/**
 * () -> budget to go on with at HART_PC, 0 = none. Called when the budget is used up: gives back what a passed breakpoint
 * held, unless the run is to leave, and arms the breakpoint again, unless its slot was dropped meanwhile.
 */
export function releaseFunction({ hart }: Surroundings): FunctionDefinition {
  const body = new WasmCode();
  const slot = 0;
  const handler = 1;
  pushField(body, hart, Op.i32Load, HART_HELD_SLOT);
  body.tee(slot).op(Op.i32Eqz).if().i32Const(0).return().end();
  setField(body, hart, Op.i32Store, HART_HELD_SLOT, () => body.i32Const(0));
  body.get(slot).memory(Op.i32Load16U, SLOT_HANDLER).tee(handler).i32Const(HANDLER_UNDECODED).op(Op.i32Ne).if();
  body.get(slot).get(handler).i32Const(HANDLER_BREAKPOINT).op(Op.i32Or).memory(Op.i32Store16, SLOT_HANDLER).end();
  pushField(body, hart, Op.i32Load, HART_REASON);
  body.i32Const(REASON_BUDGET).op(Op.i32Ne).if().i32Const(0).return().end();
  addToEnd(body, hart, () => { pushField(body, hart, Op.i32Load, HART_HELD_REMAINING); }, Op.i64Add);
  pushField(body, hart, Op.i32Load, HART_HELD_REMAINING);
  return { type: { parameters: [], results: [i32] }, locals: [i32, i32], body };
}
