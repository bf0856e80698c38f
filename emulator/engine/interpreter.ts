/**
 * Generates the interpreter: one WebAssembly module from the instruction table.
 *
 * `run(hart, budget)` is a loop over predecoded slots (see core/layout.ts): count, load the handler number, `br_table`.
 * Handlers stand inside the loop and go back to its head; rows that call the core are functions (`OutlinedRow`).
 * Loads and stores that miss the fast TLB share two blocks at the end of the loop.
 *
 * `count` is REMAINING + 1 while an instruction is under way, so that the budget test is "decremented to zero".
 */
import type { InstructionRow } from '../isa/instruction.ts';
import { assert } from '../assert.ts';
import {
  CODE_SLOTS, FETCH_TLB_ENTRIES, HANDLER_BREAKPOINT, HANDLER_CROSSING, HANDLER_FIRST, HANDLER_PAGE_END, HANDLER_UNDECODED,
  HART_CROSSING_PAGE, HART_DATA_BANK, HART_FETCH_BANK, HART_LENGTH, HART_PC, HART_REASON, HART_REMAINING, HART_SKIP_BREAK_AT,
  HART_STATUS, PAGE_SHIFT, PAGE_SIZE, REASON_BREAKPOINT, SLOT_SIZE,
} from '../core/layout.ts';
import { loadMissFunction, missType, rawFunction, storeMissFunction, type AccessHandler } from './access-miss.ts';
import { coreRoutines, coreSignatures } from './core-signatures.ts';
import { advance, InlineRow, pushPc, type LoopLabels, type LoopLocals } from './inline-row.ts';
import { OutlinedRow, outlinedType } from './outlined-row.ts';
import { HART, pushField, setField, SLOT_HANDLER, SLOT_REAL_HANDLER, synchronise, type Callees } from './row-emitter.ts';
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

/** Imports of module `driver`. */
export interface InterpreterImports {
  /** Fills an undecoded slot. */
  decode(slot: number): void;
  /** 1 if the driver wants to stop at HART_PC. */
  isBreakpoint(hart: number): number;
}

export interface InterpreterExports {
  /** Executes at most `budget` instructions from HART_PC; returns how many are left. HART_PC and HART_REMAINING are then exact. */
  run(hart: number, budget: number): number;
}

const { i32, i64 } = ValueType;
const BUDGET = 1;
const loopLocals: LoopLocals = {
  count: 2, ip: 3, bank: 4, entry: 5, mode: 6, scratch32: [7, 8], bias: 11, target: 12, va: 13, value: 14, scratch64: [15, 16, 17],
};
const HANDLER = 9;
const CODE_BASE = 10;
const loopLocalTypes = [i32, i32, i32, i32, i32, i32, i32, i32, i32, i64, i64, i64, i64, i64, i64, i64];

/** Longer handlers become functions. */
const INLINE_BYTES_MAX = 90;

export function assignHandlers(table: readonly InstructionRow[]): Handlers {
  const general = table.map((_, index) => HANDLER_FIRST + index);
  const illegal = HANDLER_FIRST + table.length;
  let next = illegal + 1;
  const near = table.map((row) => (row.flow === 'branch' || row.flow === 'jump' ? next++ : undefined));
  return { general, near, illegal };
}

export function generateInterpreter(table: readonly InstructionRow[], handlers: Handlers): Uint8Array<ArrayBuffer> {
  return new InterpreterGenerator(table, handlers).generate();
}

/** What a handler number stands for in the loop. */
type HandlerPlan =
  | { readonly kind: 'inline'; readonly row: InstructionRow; readonly near: boolean }
  | { readonly kind: 'function'; readonly index: number; readonly length: number };

class InterpreterGenerator {
  private readonly table: readonly InstructionRow[];
  private readonly handlers: Handlers;
  private readonly imports: FunctionImport[] = [];
  private readonly functions: FunctionDefinition[] = [];
  private readonly importIndexes = new Map<string, number>();
  private readonly callees: Callees;
  private readonly loads: AccessHandler[] = [];
  private readonly stores: AccessHandler[] = [];
  private readonly run = new WasmCode(1 << 14);

  constructor(table: readonly InstructionRow[], handlers: Handlers) {
    this.table = table;
    this.handlers = handlers;
    for (const routine of coreRoutines) this.addImport('core', routine, coreSignatures[routine]);
    this.addImport('driver', 'decode', { parameters: [i32], results: [] });
    this.addImport('driver', 'isBreakpoint', { parameters: [i32], results: [i32] });
    this.callees = { core: (routine) => this.importIndex(routine), raw: this.imports.length };
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
    const raw = this.addFunction(rawFunction());
    assert(raw === this.callees.raw, 'the raw function comes first');
    const plans = this.planHandlers();
    const loadMiss = this.addFunction(loadMissFunction(this.loads, this.callees));
    const storeMiss = this.addFunction(storeMissFunction(this.stores, this.callees));
    this.emitRun(plans, loadMiss, storeMiss);
    this.functions.push({ type: { parameters: [i32, i32], results: [i32] }, locals: loopLocalTypes, body: this.run, exportName: 'run' });
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
    const outlined = new OutlinedRow(row, this.callees);
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
    const outlined = new OutlinedRow({ ...row, mnemonic: 'illegal', length: 4 }, this.callees);
    outlined.slowCall('illegal', () => {
      outlined.hart();
      outlined.raw();
    });
    return { kind: 'function', index: this.addFunction(outlined.finish()), length: 4 };
  }

  // ---- the loop ----

  private emitRun(plans: readonly HandlerPlan[], loadMiss: number, storeMiss: number): void {
    const code = this.run;
    code.get(BUDGET).i32Const(1).op(Op.i32Add).set(loopLocals.count);
    pushField(code, Op.i64Load, HART_PC);
    code.set(loopLocals.target);
    this.reloadBank();
    code.loop();
    const refetch = code.label;
    this.emitFetch(refetch);
    code.loop();
    const next = code.label;
    this.emitHead(next, refetch);
    code.block();
    const slowReturn = code.label;
    code.block();
    const storeMissLabel = code.label;
    code.block();
    const labels: LoopLabels = { next, refetch, loadMiss: code.label, storeMiss: storeMissLabel };
    this.emitHandlers(plans, labels, slowReturn);
    code.end();
    this.emitMiss(loadMiss);
    code.brTo(slowReturn).end();
    this.emitMiss(storeMiss);
    code.end();
    this.emitSlowReturn(next, refetch);
    code.end().end().op(Op.unreachable);
  }

  private reloadBank(): void {
    pushField(this.run, Op.i32Load, HART_DATA_BANK);
    this.run.set(loopLocals.bank);
  }

  /** After a slow call that trapped: goes on at HART_PC with what is left. */
  private reload(): void {
    const code = this.run;
    pushField(code, Op.i32Load, HART_REMAINING);
    code.i32Const(1).op(Op.i32Add).set(loopLocals.count);
    this.reloadBank();
  }

  private resume(refetch: number): void {
    pushField(this.run, Op.i64Load, HART_PC);
    this.run.set(loopLocals.target).brTo(refetch);
  }

  /** target -> ip, bias. A fetch that traps counts as an instruction, so nothing is fetched without budget. */
  private emitFetch(refetch: number): void {
    const code = this.run;
    const { target, entry, count, bias, ip } = loopLocals;
    code.get(target).op(Op.i32WrapI64).i32Const(PAGE_SHIFT - 4).op(Op.i32ShrU).i32Const((FETCH_TLB_ENTRIES - 1) << 4).op(Op.i32And);
    pushField(code, Op.i32Load, HART_FETCH_BANK);
    code.op(Op.i32Add).tee(entry).memory(Op.i64Load).get(target).i64Const(-PAGE_SIZE).op(Op.i64And).op(Op.i64Eq).hint(true).if();
    code.get(entry).memory(Op.i32Load, 8).set(CODE_BASE).else();
    setField(code, Op.i64Store, HART_PC, () => code.get(target));
    code.get(count).i32Const(1).op(Op.i32Eq).if();
    this.emitLeave(() => code.i32Const(0));
    code.end();
    setField(code, Op.i32Store, HART_REMAINING, () => code.get(count).i32Const(1).op(Op.i32Sub));
    code.get(HART).get(target).call(this.importIndex('fetchPage')).tee(CODE_BASE).op(Op.i32Eqz).if();
    this.reload();
    this.resume(refetch);
    code.end().end();
    code.get(target).i64Const(-PAGE_SIZE).op(Op.i64And).get(CODE_BASE).i32Const(3).op(Op.i32ShrU).op(Op.i64ExtendI32U).op(Op.i64Sub).set(bias);
    code.get(target).op(Op.i32WrapI64).i32Const(PAGE_SIZE - 2).op(Op.i32And).i32Const(3).op(Op.i32Shl).get(CODE_BASE).op(Op.i32Add).set(ip);
  }

  /** Returns `remaining`, HART_PC being set. */
  private emitLeave(remaining: () => void): void {
    setField(this.run, Op.i32Store, HART_REMAINING, remaining);
    remaining();
    this.run.return();
  }

  private storePc(): void {
    setField(this.run, Op.i64Store, HART_PC, () => { pushPc(this.run, loopLocals); });
  }

  /** Counts, tests the budget, loads the handler number; deals with the special ones. */
  private emitHead(next: number, refetch: number): void {
    const code = this.run;
    const { count, ip } = loopLocals;
    code.get(count).i32Const(1).op(Op.i32Sub).tee(count).op(Op.i32Eqz).hint(false).if();
    this.storePc();
    this.emitLeave(() => code.i32Const(0));
    code.end();
    code.block();
    const dispatch = code.label;
    code.get(ip).memory(Op.i32Load16U, SLOT_HANDLER).tee(HANDLER).i32Const(HANDLER_FIRST).op(Op.i32GeU).hint(true).brIfTo(dispatch);
    this.whenHandler(HANDLER_UNDECODED, () => {
      code.get(ip).call(this.importIndex('decode'));
      this.again(next);
    });
    this.whenHandler(HANDLER_PAGE_END, () => {
      pushPc(code, loopLocals);
      code.set(loopLocals.target);
      this.again(refetch);
    });
    this.whenHandler(HANDLER_BREAKPOINT, () => { this.emitBreakpoint(); });
    this.whenHandler(HANDLER_CROSSING, () => { this.emitCrossing(next, refetch); });
    code.end();
  }

  private whenHandler(handler: number, emit: () => void): void {
    this.run.get(HANDLER).i32Const(handler).op(Op.i32Eq).if();
    emit();
    this.run.end();
  }

  /** Nothing was executed yet: takes the count back. */
  private again(label: number): void {
    this.run.get(loopLocals.count).i32Const(1).op(Op.i32Add).set(loopLocals.count).brTo(label);
  }

  private emitBreakpoint(): void {
    const code = this.run;
    const { count, ip } = loopLocals;
    const remaining = (): void => { code.get(count).i32Const(1).op(Op.i32Sub); };
    remaining();
    pushField(code, Op.i32Load, HART_SKIP_BREAK_AT);
    code.op(Op.i32Ne).if();
    this.storePc();
    setField(code, Op.i32Store, HART_REMAINING, remaining);
    code.get(HART).call(this.importIndex('isBreakpoint')).if();
    setField(code, Op.i32Store, HART_REASON, () => code.i32Const(REASON_BREAKPOINT));
    this.emitLeave(() => code.get(count));
    code.end().end();
    code.get(ip).memory(Op.i32Load16U, SLOT_REAL_HANDLER).set(HANDLER);
  }

  /** Fetches an instruction that crosses into the next page, and goes on in the crossing page, whose last slot it fills. */
  private emitCrossing(next: number, refetch: number): void {
    const code = this.run;
    const { count, ip, bias, target } = loopLocals;
    pushPc(code, loopLocals);
    code.set(target);
    synchronise(code, 4, () => code.get(target), () => code.get(count).i32Const(1).op(Op.i32Sub));
    code.get(HART).call(this.importIndex('fetchCrossing'));
    pushField(code, Op.i32Load, HART_STATUS);
    code.if();
    this.reload();
    this.resume(refetch);
    code.end();
    code.get(HART).i32Const(HART_CROSSING_PAGE + (CODE_SLOTS - 1) * SLOT_SIZE).op(Op.i32Add).set(ip);
    code.get(target).get(ip).i32Const(3).op(Op.i32ShrU).op(Op.i64ExtendI32U).op(Op.i64Sub).set(bias);
    this.again(next);
  }

  private emitHandlers(plans: readonly HandlerPlan[], labels: LoopLabels, slowReturn: number): void {
    const code = this.run;
    for (let i = 0; i < plans.length - HANDLER_FIRST + 1; i++) code.block();
    // Numbers below HANDLER_FIRST never come here; they and the default share the innermost block.
    const depths = plans.map((_, handler) => (handler < HANDLER_FIRST ? 0 : handler - HANDLER_FIRST + 1));
    for (let handler = 0; handler < HANDLER_FIRST; handler++) depths[handler] = 0;
    code.get(HANDLER).brTable(depths, 0);
    code.end().op(Op.unreachable);
    for (let handler = HANDLER_FIRST; handler < plans.length; handler++) {
      code.end();
      const plan = plans[handler];
      assert(plan !== undefined, `handler ${handler} is planned`);
      if (plan.kind === 'inline') this.emitInline(plan, labels);
      else this.emitCall(plan, labels, slowReturn);
    }
  }

  private emitInline(plan: HandlerPlan & { kind: 'inline' }, labels: LoopLabels): void {
    const inline = new InlineRow(plan.row, this.run, this.callees, loopLocals, labels, plan.near);
    plan.row.semantics(inline);
    inline.finish();
  }

  private emitCall(plan: HandlerPlan & { kind: 'function' }, labels: LoopLabels, slowReturn: number): void {
    const code = this.run;
    assert(outlinedType.parameters.length === 4, 'arguments of an outlined row: hart, ip, pc, remaining');
    code.get(HART).get(loopLocals.ip);
    pushPc(code, loopLocals);
    code.get(loopLocals.count).i32Const(1).op(Op.i32Sub).call(plan.index).brIfTo(slowReturn);
    advance(code, loopLocals, labels, plan.length);
  }

  private emitMiss(index: number): void {
    const code = this.run;
    assert(missType.parameters.length === 5, 'arguments of a missed access: hart, ip, pc, remaining, va');
    code.get(HART).get(loopLocals.ip);
    pushPc(code, loopLocals);
    code.get(loopLocals.count).i32Const(1).op(Op.i32Sub).get(loopLocals.va).call(index);
  }

  /** After a slow call: the routine may have changed the budget, the privilege, the pc. */
  private emitSlowReturn(next: number, refetch: number): void {
    const code = this.run;
    this.reload();
    pushField(code, Op.i32Load, HART_STATUS);
    code.if();
    this.resume(refetch);
    code.end();
    code.get(loopLocals.ip);
    pushField(code, Op.i32Load, HART_LENGTH);
    code.i32Const(3).op(Op.i32Shl).op(Op.i32Add).set(loopLocals.ip).brTo(next);
  }
}
