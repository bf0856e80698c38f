/**
 * Generates the interpreter: one WebAssembly module from the instruction table.
 *
 * `run(budget)` is a loop over predecoded slots (see core/layout.ts): count, load the handler number, `br_table`.
 * Handlers stand inside the loop and go back to its head; rows that call the core are functions (`OutlinedRow`).
 * Loads and stores that miss the fast TLB share two blocks at the end of the loop.
 *
 * `count` is REMAINING + 1 while an instruction is under way, so that the budget test is "decremented to zero".
 */
import type { InstructionRow } from '../isa/instruction.ts';
import { assert } from '../assert.ts';
import {
  CODE_SLOTS, FETCH_TLB_ENTRIES, HANDLER_CROSSING, HANDLER_FIRST, HANDLER_PAGE_END, HANDLER_UNDECODED, HART_CROSSING_PAGE,
  HART_DATA_BANK, HART_FETCH_BANK, HART_LENGTH, HART_PC, HART_REMAINING, HART_STATUS, PAGE_SHIFT, PAGE_SIZE, SLOT_SIZE,
} from '../core/layout.ts';
import { loadMissFunction, missType, rawFunction, storeMissFunction, type AccessHandler } from './access-miss.ts';
import { coreRoutines, coreSignatures } from './core-signatures.ts';
import { advance, InlineRow, pushPc, type LoopLabels, type LoopLocals } from './inline-row.ts';
import { OutlinedRow, outlinedType } from './outlined-row.ts';
import { pushField, setField, SLOT_HANDLER, type Surroundings } from './row-emitter.ts';
import { breakpointFunction, crossingFunction, decodeFunction, fetchFunction, releaseFunction } from './run-helpers.ts';
import { Op, ValueType, WasmCode } from './wasm-code.ts';
import { buildModule, type FunctionDefinition, type FunctionImport } from './wasm-module.ts';

/** Which handler numbers a row has. */
export interface Handlers {
  /** By row: the handler for any place. */
  readonly general: readonly number[];
  /** By row: the handler for a branch or jump whose target is in the same page; undefined for other rows. */
  readonly near: readonly (number | undefined)[];
  /** For encodings of no row. */
  readonly illegal: number;
}

export interface InterpreterExports {
  /** Executes at most `budget` instructions from HART_PC; returns how many are left. HART_PC and HART_REMAINING are then exact. */
  run(budget: number): number;
}

const { i32, i64 } = ValueType;
const BUDGET = 0;
const loopLocals: LoopLocals = {
  count: 1, ip: 2, bank: 3, entry: 4, mode: 5, scratch32: [6, 7], bias: 9, target: 10, va: 11, value: 12, scratch64: [13, 14, 15],
};
const CODE_BASE = 8;
const loopLocalTypes = [i32, i32, i32, i32, i32, i32, i32, i32, i64, i64, i64, i64, i64, i64, i64];

/** Longer handlers become functions. */
const INLINE_BYTES_MAX = 90;

export function assignHandlers(table: readonly InstructionRow[]): Handlers {
  const general = table.map((_, index) => HANDLER_FIRST + index);
  const illegal = HANDLER_FIRST + table.length;
  let next = illegal + 1;
  const near = table.map((row) => (row.flow === 'branch' || row.flow === 'jump' ? next++ : undefined));
  return { general, near, illegal };
}

/** The module that executes the hart whose structure is at `hart`. */
export function generateInterpreter(table: readonly InstructionRow[], handlers: Handlers, hart: number): Uint8Array<ArrayBuffer> {
  return new InterpreterGenerator(table, handlers, hart).generate();
}

/** What a handler number stands for in the loop. */
type HandlerPlan =
  | { readonly kind: 'inline'; readonly row: InstructionRow; readonly near: boolean }
  | { readonly kind: 'function'; readonly index: number; readonly length: number };

/** Labels that only the loop's own code uses. */
interface FrameLabels extends LoopLabels {
  readonly slowReturn: number;
  /** The budget is used up; HART_PC is set. */
  readonly out: number;
}

class InterpreterGenerator {
  private readonly table: readonly InstructionRow[];
  private readonly handlers: Handlers;
  private readonly hart: number;
  private readonly imports: FunctionImport[] = [];
  private readonly functions: FunctionDefinition[] = [];
  private readonly importIndexes = new Map<string, number>();
  private readonly surroundings: Surroundings;
  private readonly loads: AccessHandler[] = [];
  private readonly stores: AccessHandler[] = [];
  private readonly run = new WasmCode(1 << 14);

  constructor(table: readonly InstructionRow[], handlers: Handlers, hart: number) {
    this.table = table;
    this.handlers = handlers;
    this.hart = hart;
    for (const routine of coreRoutines) this.addImport('core', routine, coreSignatures[routine]);
    this.addImport('driver', 'decode', { parameters: [i32], results: [] });
    this.addImport('driver', 'isBreakpoint', { parameters: [i32], results: [i32] });
    this.surroundings = { hart, core: (routine) => this.importIndex(routine), raw: this.imports.length };
  }

  private addImport(module: string, name: string, type: FunctionImport['type']): void {
    this.importIndexes.set(name, this.imports.length);
    this.imports.push({ module, name, type });
  }

  private importIndex(name: string): number {
    const index = this.importIndexes.get(name);
    assert(index !== undefined, `${name} is imported`);
    return index;
  }

  /** Adds an internal function; returns its index. */
  private addFunction(definition: FunctionDefinition): number {
    return this.imports.length + this.functions.push(definition) - 1;
  }

  generate(): Uint8Array<ArrayBuffer> {
    const raw = this.addFunction(rawFunction(this.hart));
    assert(raw === this.surroundings.raw, 'the raw function comes first');
    this.emitRun(this.planHandlers());
    this.addFunction({ type: { parameters: [i32], results: [i32] }, locals: loopLocalTypes, body: this.run, exportName: 'run' });
    return buildModule({
      memory: { module: 'driver', name: 'memory', initialPages: 1, maximumPages: 65536 },
      imports: this.imports,
      functions: this.functions,
    });
  }

  // ---- which handlers there are ----

  private planHandlers(): HandlerPlan[] {
    const plans: HandlerPlan[] = [];
    this.table.forEach((row, index) => {
      const { general, near } = this.handlers;
      plans[general[index] ?? 0] = this.planRow(row, general[index] ?? 0);
      const nearHandler = near[index];
      if (nearHandler !== undefined) plans[nearHandler] = { kind: 'inline', row, near: true };
    });
    plans[this.handlers.illegal] = this.planIllegal();
    return plans;
  }

  private planRow(row: InstructionRow, handler: number): HandlerPlan {
    const outlined = new OutlinedRow(row, this.surroundings);
    row.semantics(outlined);
    const { access } = outlined;
    if (access !== undefined) {
      (access.kind === 'load' ? this.loads : this.stores).push({ handler, length: row.length, ...access });
    }
    if (!outlined.callsCore && (outlined.inLoop || outlined.code.length <= INLINE_BYTES_MAX)) return { kind: 'inline', row, near: false };
    return { kind: 'function', index: this.addFunction(outlined.finish()), length: row.length };
  }

  private planIllegal(): HandlerPlan {
    const [row] = this.table;
    assert(row !== undefined, 'the instruction table has rows');
    const outlined = new OutlinedRow({ ...row, mnemonic: 'illegal', length: 4 }, this.surroundings);
    outlined.slowCall('illegal', () => {
      outlined.hart();
      outlined.raw();
    });
    return { kind: 'function', index: this.addFunction(outlined.finish()), length: 4 };
  }

  // ---- the loop ----

  private emitRun(plans: readonly HandlerPlan[]): void {
    const code = this.run;
    const { count, target } = loopLocals;
    code.get(BUDGET).i32Const(1).op(Op.i32Add).set(count);
    pushField(code, this.hart, Op.i64Load, HART_PC);
    code.set(target);
    this.reloadBank();
    code.loop();
    const refetch = code.label;
    code.block();
    const out = code.label;
    this.emitFetch(refetch, out);
    code.loop();
    this.emitLoop(plans, refetch, out);
    code.end().op(Op.unreachable).end();
    // The budget is used up, unless a breakpoint that was passed held some back.
    code.call(this.addFunction(releaseFunction(this.surroundings))).i32Const(1).op(Op.i32Add).tee(count).i32Const(1).op(Op.i32Ne).if();
    this.resume(refetch);
    code.end();
    setField(code, this.hart, Op.i32Store, HART_REMAINING, () => code.i32Const(0));
    code.i32Const(0).return().end().op(Op.unreachable);
  }

  /** The loop over instructions; the present label is its head. */
  private emitLoop(plans: readonly HandlerPlan[], refetch: number, out: number): void {
    const code = this.run;
    const next = code.label;
    const { count, ip } = loopLocals;
    code.get(count).i32Const(1).op(Op.i32Sub).tee(count).op(Op.i32Eqz).hint(false).if();
    setField(code, this.hart, Op.i64Store, HART_PC, () => { pushPc(code, loopLocals); });
    code.brTo(out).end();
    code.block();
    const slowReturn = code.label;
    code.block();
    const storeMiss = code.label;
    code.block();
    const loadMiss = code.label;
    // One block per handler; the innermost is the default: a breakpoint.
    for (let i = 0; i < plans.length + 1; i++) code.block();
    code.get(ip).memory(Op.i32Load16U, SLOT_HANDLER).brTable(Array.from(plans.keys(), (handler) => handler + 1), 0);
    code.end();
    this.emitHandlers(plans, { next, refetch, loadMiss, storeMiss, slowReturn, out });
    code.end();
    this.emitMiss(this.addFunction(loadMissFunction(this.loads, this.surroundings)));
    code.brTo(slowReturn).end();
    this.emitMiss(this.addFunction(storeMissFunction(this.stores, this.surroundings)));
    code.end();
    this.emitSlowReturn(next, refetch);
  }

  private emitHandlers(plans: readonly HandlerPlan[], labels: FrameLabels): void {
    this.emitBreakpoint(labels);
    for (let handler = 0; handler < plans.length; handler++) {
      this.run.end();
      const plan = plans[handler];
      if (handler === HANDLER_UNDECODED) this.emitUndecoded(labels);
      else if (handler === HANDLER_PAGE_END) this.emitPageEnd(labels);
      else if (handler === HANDLER_CROSSING) this.emitCrossing(labels);
      else if (plan?.kind === 'inline') this.emitInline(plan, labels);
      else if (plan?.kind === 'function') this.emitCall(plan, labels);
      else assert(false, `handler ${handler} is planned`);
    }
  }

  private reloadBank(): void {
    pushField(this.run, this.hart, Op.i32Load, HART_DATA_BANK);
    this.run.set(loopLocals.bank);
  }

  /** After a slow call. */
  private reload(): void {
    const code = this.run;
    pushField(code, this.hart, Op.i32Load, HART_REMAINING);
    code.i32Const(1).op(Op.i32Add).set(loopLocals.count);
    this.reloadBank();
  }

  /** Goes on at HART_PC. */
  private resume(refetch: number): void {
    pushField(this.run, this.hart, Op.i64Load, HART_PC);
    this.run.set(loopLocals.target).brTo(refetch);
  }

  /** Pushes the budget after the present instruction. */
  private remaining(): void {
    this.run.get(loopLocals.count).i32Const(1).op(Op.i32Sub);
  }

  /** target -> ip, bias. A fetch that traps counts as an instruction, so nothing is fetched without budget. */
  private emitFetch(refetch: number, out: number): void {
    const code = this.run;
    const { target, entry, count, bias, ip } = loopLocals;
    code.get(target).op(Op.i32WrapI64).i32Const(PAGE_SHIFT - 4).op(Op.i32ShrU).i32Const((FETCH_TLB_ENTRIES - 1) << 4).op(Op.i32And);
    pushField(code, this.hart, Op.i32Load, HART_FETCH_BANK);
    code.op(Op.i32Add).tee(entry).memory(Op.i64Load).get(target).i64Const(-PAGE_SIZE).op(Op.i64And).op(Op.i64Eq).hint(true).if();
    code.get(entry).memory(Op.i32Load, 8).set(CODE_BASE).else();
    code.get(count).i32Const(1).op(Op.i32Eq).if();
    setField(code, this.hart, Op.i64Store, HART_PC, () => code.get(target));
    code.brTo(out).end();
    code.get(target);
    this.remaining();
    code.call(this.addFunction(fetchFunction(this.surroundings))).tee(CODE_BASE).op(Op.i32Eqz).if();
    this.reload();
    this.resume(refetch);
    code.end().end();
    code.get(target).i64Const(-PAGE_SIZE).op(Op.i64And).get(CODE_BASE).i32Const(3).op(Op.i32ShrU).op(Op.i64ExtendI32U).op(Op.i64Sub).set(bias);
    code.get(target).op(Op.i32WrapI64).i32Const(PAGE_SIZE - 2).op(Op.i32And).i32Const(3).op(Op.i32Shl).get(CODE_BASE).op(Op.i32Add).set(ip);
  }

  /** Nothing was executed yet: takes the count back. */
  private again(label: number): void {
    this.run.get(loopLocals.count).i32Const(1).op(Op.i32Add).set(loopLocals.count).brTo(label);
  }

  private emitUndecoded({ next }: FrameLabels): void {
    this.run.get(loopLocals.ip).call(this.addFunction(decodeFunction(this.importIndex('decode'))));
    this.again(next);
  }

  private emitPageEnd({ refetch }: FrameLabels): void {
    pushPc(this.run, loopLocals);
    this.run.set(loopLocals.target);
    this.again(refetch);
  }

  private emitBreakpoint({ next }: FrameLabels): void {
    const code = this.run;
    const { count, ip } = loopLocals;
    code.get(ip);
    pushPc(code, loopLocals);
    this.remaining();
    code.call(this.addFunction(breakpointFunction(this.surroundings, this.importIndex('isBreakpoint')))).if();
    setField(code, this.hart, Op.i32Store, HART_REMAINING, () => code.get(count));
    code.get(count).return().end();
    code.i32Const(2).set(count).brTo(next);
  }

  /** Fetches an instruction that crosses into the next page, and goes on in the crossing page, whose last slot it fills. */
  private emitCrossing({ next, refetch }: FrameLabels): void {
    const code = this.run;
    const { ip, bias, target } = loopLocals;
    const slot = this.hart + HART_CROSSING_PAGE + (CODE_SLOTS - 1) * SLOT_SIZE;
    pushPc(code, loopLocals);
    code.tee(target);
    this.remaining();
    code.call(this.addFunction(crossingFunction(this.surroundings)));
    pushField(code, this.hart, Op.i32Load, HART_STATUS);
    code.if();
    this.reload();
    this.resume(refetch);
    code.end();
    code.i32Const(slot).set(ip).get(target).i64Const(slot >>> 3).op(Op.i64Sub).set(bias);
    this.again(next);
  }

  private emitInline(plan: HandlerPlan & { kind: 'inline' }, labels: FrameLabels): void {
    const inline = new InlineRow(plan.row, this.run, this.surroundings, loopLocals, labels, plan.near);
    plan.row.semantics(inline);
    inline.finish();
  }

  private emitCall(plan: HandlerPlan & { kind: 'function' }, labels: FrameLabels): void {
    const code = this.run;
    assert(outlinedType.parameters.length === 3, 'arguments of an outlined row: ip, pc, remaining');
    code.get(loopLocals.ip);
    pushPc(code, loopLocals);
    this.remaining();
    code.call(plan.index).brIfTo(labels.slowReturn);
    advance(code, loopLocals, labels, plan.length);
  }

  private emitMiss(index: number): void {
    const code = this.run;
    assert(missType.parameters.length === 4, 'arguments of a missed access: ip, pc, remaining, va');
    code.get(loopLocals.ip);
    pushPc(code, loopLocals);
    this.remaining();
    code.get(loopLocals.va).call(index);
  }

  /** After a slow call: the routine may have changed the budget, the privilege, the pc. */
  private emitSlowReturn(next: number, refetch: number): void {
    const code = this.run;
    this.reload();
    pushField(code, this.hart, Op.i32Load, HART_STATUS);
    code.if();
    this.resume(refetch);
    code.end();
    code.get(loopLocals.ip);
    pushField(code, this.hart, Op.i32Load, HART_LENGTH);
    code.i32Const(3).op(Op.i32Shl).op(Op.i32Add).set(loopLocals.ip).brTo(next);
  }
}
