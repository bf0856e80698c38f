/**
 * The slow function of the interpreter's module: everything that its loop does not do itself. The loop calls nothing else
 * while instructions run, and keeps none of its state in locals across the call: HART_PC, HART_REMAINING (lowered for this
 * instruction), HART_LOOP_IP and HART_LOOP_BIAS hold it. That leaves the machine's registers to the handlers in the loop.
 */
import {
  CODE_PAGE_OWNER, CODE_PAGE_STRIDE, CODE_PAGES, CODE_SLOTS, HANDLER_BREAKPOINT, HANDLER_CROSSING, HANDLER_UNDECODED, HART_CROSSING_PAGE,
  HART_CROSSING_RAW, HART_HELD_REMAINING, HART_HELD_SLOT, HART_ICOUNT_END, HART_LENGTH, HART_LOOP_BIAS, HART_LOOP_IP, HART_PC,
  HART_REASON, HART_REMAINING, HART_SKIP_BREAK_AT, HART_STATUS, PAGE_SHIFT, REASON_BREAKPOINT, REASON_BUDGET, SLOT_SIZE,
} from '../core/layout.ts';
import { pushField, setField, SLOT_HANDLER, type Surroundings } from './row-emitter.ts';
import { Op, ValueType, WasmCode } from './wasm-code.ts';
import type { FunctionDefinition, FunctionType } from './wasm-module.ts';

const { i32 } = ValueType;

/** A handler whose row has a function (see OutlinedRow). */
export interface OutlinedHandler {
  readonly handler: number;
  /** Function index. */
  readonly function: number;
  readonly length: 2 | 4;
}

/** (ip) -> 1: go on at HART_LOOP_IP; 0: go on at HART_PC. */
export const slowType: FunctionType = { parameters: [i32], results: [i32] };
const IP = 0;

export interface SlowParts {
  readonly surroundings: Surroundings;
  readonly decodeImport: number;
  readonly isBreakpointImport: number;
  readonly handlers: readonly OutlinedHandler[];
}

export function slowFunction({ surroundings, decodeImport, isBreakpointImport, handlers }: SlowParts): FunctionDefinition {
  const { hart, core } = surroundings;
  const code = new WasmCode();
  const special: readonly (readonly [handler: number, emit: () => void])[] = [
    [HANDLER_UNDECODED, () => {
      code.get(IP).call(decodeImport);
      changeRemaining(code, hart, 1);
      code.i32Const(0).return();
    }],
    [HANDLER_CROSSING, () => {
      setField(code, hart, Op.i32Store, HART_LENGTH, () => code.i32Const(4));
      code.i32Const(hart).call(core('fetchCrossing'));
      emitCrossing(code, hart);
    }],
  ];
  const count = special.length + handlers.length;
  const depths = new Array<number>(Math.max(...handlers.map(({ handler }) => handler)) + 1).fill(count);
  [...special.map(([handler]) => handler), ...handlers.map(({ handler }) => handler)].forEach((handler, index) => { depths[handler] = index; });
  code.block();
  const done4 = code.label;
  code.block();
  const done2 = code.label;
  for (let i = 0; i < count + 1; i++) code.block();
  code.get(IP).memory(Op.i32Load16U, SLOT_HANDLER).brTable(depths, count);
  for (const [, emit] of special) {
    code.end();
    emit();
  }
  for (const { function: index, length } of handlers) {
    code.end().get(IP).call(index).brIfTo(length === 4 ? done4 : done2).i32Const(0).return();
  }
  code.end();
  emitBreakpoint(code, hart, isBreakpointImport);
  for (const length of [2, 4]) {
    code.end();
    setField(code, hart, Op.i32Store, HART_LOOP_IP, () => code.get(IP).i32Const((length / 2) * SLOT_SIZE).op(Op.i32Add));
    code.i32Const(1).return();
  }
  code.op(Op.unreachable);
  return { type: slowType, locals: [], body: code };
}

function changeRemaining(code: WasmCode, hart: number, by: number): void {
  setField(code, hart, Op.i32Store, HART_REMAINING, () => {
    pushField(code, hart, Op.i32Load, HART_REMAINING);
    code.i32Const(by).op(Op.i32Add);
  });
}

/** HART_ICOUNT_END -= the i32 that `amount` pushes (operator i64Sub), or += (i64Add). */
function changeEnd(code: WasmCode, hart: number, operator: number, amount: () => void): void {
  setField(code, hart, Op.i64Store, HART_ICOUNT_END, () => {
    pushField(code, hart, Op.i64Load, HART_ICOUNT_END);
    amount();
    code.op(Op.i64ExtendI32U).op(operator);
  });
}

/** After fetchCrossing: the loop goes on with the last slot of the crossing page, where nothing was executed yet. */
function emitCrossing(code: WasmCode, hart: number): void {
  const slot = hart + HART_CROSSING_PAGE + (CODE_SLOTS - 1) * SLOT_SIZE;
  pushField(code, hart, Op.i32Load, HART_STATUS);
  code.if().i32Const(0).return().end();
  setField(code, hart, Op.i32Store, HART_LOOP_IP, () => code.i32Const(slot));
  setField(code, hart, Op.i64Store, HART_LOOP_BIAS, () => {
    pushField(code, hart, Op.i64Load, HART_PC);
    code.i64Const(slot >>> 3).op(Op.i64Sub);
  });
  changeRemaining(code, hart, 1);
  code.i32Const(1).return();
}

/**
 * A slot with HANDLER_BREAKPOINT. To stop, the instruction is taken back and the budget is ended. To pass, the slot gets its
 * plain handler for one instruction, which executes with the rest of the budget held back; then releaseFunction is called.
 */
function emitBreakpoint(code: WasmCode, hart: number, isBreakpointImport: number): void {
  const remaining = (): void => { pushField(code, hart, Op.i32Load, HART_REMAINING); };
  remaining();
  pushField(code, hart, Op.i32Load, HART_SKIP_BREAK_AT);
  code.op(Op.i32Ne).if().i32Const(hart).i32Const(1).call(isBreakpointImport).if();
  setField(code, hart, Op.i32Store, HART_REASON, () => code.i32Const(REASON_BREAKPOINT));
  changeRemaining(code, hart, 1);
  changeEnd(code, hart, Op.i64Sub, remaining);
  setField(code, hart, Op.i32Store, HART_REMAINING, () => code.i32Const(0));
  code.i32Const(0).return().end().end();
  code.get(IP).get(IP).memory(Op.i32Load16U, SLOT_HANDLER).i32Const(~HANDLER_BREAKPOINT).op(Op.i32And).memory(Op.i32Store16, SLOT_HANDLER);
  setField(code, hart, Op.i32Store, HART_HELD_SLOT, () => code.get(IP));
  setField(code, hart, Op.i32Store, HART_HELD_REMAINING, remaining);
  changeEnd(code, hart, Op.i64Sub, remaining);
  setField(code, hart, Op.i32Store, HART_REMAINING, () => code.i32Const(1));
  code.i32Const(0).return();
}

/**
 * () -> budget to go on with at HART_PC, 0 = none. Called when the budget is used up: gives back what a passed breakpoint
 * held, unless the run is to leave, and arms the breakpoint again, unless its slot was dropped meanwhile.
 */
export function releaseFunction({ hart }: Surroundings): FunctionDefinition {
  const code = new WasmCode();
  const slot = 0;
  const handler = 1;
  pushField(code, hart, Op.i32Load, HART_HELD_SLOT);
  code.tee(slot).op(Op.i32Eqz).if().i32Const(0).return().end();
  setField(code, hart, Op.i32Store, HART_HELD_SLOT, () => code.i32Const(0));
  code.get(slot).memory(Op.i32Load16U, SLOT_HANDLER).tee(handler).i32Const(HANDLER_UNDECODED).op(Op.i32Ne).if();
  code.get(slot).get(handler).i32Const(HANDLER_BREAKPOINT).op(Op.i32Or).memory(Op.i32Store16, SLOT_HANDLER).end();
  pushField(code, hart, Op.i32Load, HART_REASON);
  code.i32Const(REASON_BUDGET).op(Op.i32Ne).if().i32Const(0).return().end();
  changeEnd(code, hart, Op.i64Add, () => { pushField(code, hart, Op.i32Load, HART_HELD_REMAINING); });
  pushField(code, hart, Op.i32Load, HART_HELD_REMAINING);
  return { type: { parameters: [], results: [i32] }, locals: [i32, i32], body: code };
}

export const rawType: FunctionType = { parameters: [i32], results: [i32] };

/** (ip) -> the raw bits of the instruction of that slot, read again from its frame. */
export function rawFunction(hart: number): FunctionDefinition {
  const offset = 1;
  const address = 2;
  const code = new WasmCode();
  // The crossing slot: the core keeps its raw bits.
  code.get(IP).i32Const(hart + HART_CROSSING_PAGE).op(Op.i32Sub).i32Const(CODE_PAGE_STRIDE).op(Op.i32LtU).if();
  pushField(code, hart, Op.i32Load, HART_CROSSING_RAW);
  code.return().end();
  code.get(IP).i32Const(CODE_PAGES).op(Op.i32Sub).i32Const(CODE_PAGE_STRIDE).op(Op.i32RemU).set(offset);
  code.get(IP).get(offset).op(Op.i32Sub).memory(Op.i32Load, CODE_PAGE_OWNER).i32Const(PAGE_SHIFT).op(Op.i32Shl);
  code.get(offset).i32Const(3).op(Op.i32ShrU).op(Op.i32Add).tee(address);
  code.memory(Op.i32Load16U).i32Const(3).op(Op.i32And).i32Const(3).op(Op.i32Eq).if(i32);
  code.get(address).memory(Op.i32Load).else().get(address).memory(Op.i32Load16U).end();
  return { type: rawType, locals: [i32, i32], body: code };
}
