/**
 * Generates the interpreter: one WebAssembly module for a hart, from the instruction table.
 *
 * `run(budget)` is a loop over predecoded slots (see core/layout.ts): count, load the handler number, `br_table`. Handlers
 * stand inside the loop and go back to its head. Whatever they cannot do (a slot without handler in the loop, an access
 * that misses the fast TLB) is left to the slow function.
 *
 * `count` is REMAINING + 1 while an instruction is under way, so that the budget test is "decremented to zero".
 *
 * Where translation is on, arrivals at loop heads (backward branches and jumps), at targets of calls in the page, and wherever a fetch
 * leads are counted in the slot (SLOT_REGION). When there were enough, the driver is asked to translate; where a region begins it is
 * entered. The pc with which a run begins, and one at which a region ran out of budget, are neither counted nor entered: they are
 * no more likely to come again than others.
 */
import type { InstructionRow } from '../isa/instruction.ts';
import { assert } from '../assert.ts';
import {
  FETCH_TLB_ENTRIES, HANDLER_FIRST, HANDLER_PAGE_END, HART_FETCH_BANK, HART_HAS_BREAKPOINTS, HART_ICOUNT_END, HART_LOOP_BIAS,
  HART_LOOP_IP, HART_PC, HART_REASON, HART_REMAINING, HART_SKIP_BREAK_AT, PAGE_SHIFT, PAGE_SIZE, REASON_BREAKPOINT, REGION_FIRST,
  REGION_NONE, SLOT_REGION,
} from '../core/layout.ts';
import { coreRoutines, coreSignatures } from './core-signatures.ts';
import { countArrival, InlineRow, pushPc, type LoopLabels, type LoopLocals, type TargetKind } from './inline-row.ts';
import { OutlinedRow } from './outlined-row.ts';
import { regionType } from './region-support.ts';
import { pushField, setField, SLOT_HANDLER, type Surroundings } from './row-emitter.ts';
import { rawFunction, releaseFunction, slowFunction, type OutlinedHandler } from './slow-function.ts';
import { Op, ValueType, WasmCode } from './wasm-code.ts';
import { buildModule, type FunctionDefinition, type FunctionImport } from './wasm-module.ts';

/** Which handler numbers a row has. */
export interface Handlers {
  /** By row: the handler for any place. */
  readonly general: readonly number[];
  /** By row: the handler for a branch or jump whose target is in the same page; undefined for other rows. */
  readonly near: readonly (number | undefined)[];
  /** By row: the same for a branch backward and for a jump backward or with a link, whose target is then counted. */
  readonly head: readonly (number | undefined)[];
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
  count: 1, ip: 2, entry: 3, mode: 4, scratch32: [5, 6], bias: 8, target: 9, va: 10, value: 11, scratch64: [12, 13, 14],
};
const CODE_BASE = 7;
/** i32: the next fetch leads to a place that is counted and where a region may be entered; all do but those of the beginning. */
const IS_HEAD = 15;
/** i32: such a fetch was made, and nothing executed since. */
const IS_AT_HEAD = 16;
const loopLocalTypes = [i32, i32, i32, i32, i32, i32, i32, i64, i64, i64, i64, i64, i64, i64, i32, i32];

/** Longer handlers become functions. */
const INLINE_BYTES_MAX = 90;

export function assignHandlers(table: readonly InstructionRow[]): Handlers {
  const general = table.map((_, index) => HANDLER_FIRST + index);
  const illegal = HANDLER_FIRST + table.length;
  let next = illegal + 1;
  const transfers = (row: InstructionRow): number | undefined => (row.flow === 'branch' || row.flow === 'jump' ? next++ : undefined);
  const near = table.map(transfers);
  const head = table.map(transfers);
  return { general, near, head, illegal };
}

/**
 * The module that executes the hart whose structure is at `hart`. `translateAfter`: arrivals at a place after which it is to be
 * translated; Infinity = never, and nothing is counted.
 */
export function generateInterpreter(table: readonly InstructionRow[], handlers: Handlers, hart: number, translateAfter: number): Uint8Array<ArrayBuffer> {
  return new InterpreterGenerator(table, handlers, hart, translateAfter).generate();
}

/** A handler in the loop. */
interface InlineHandler {
  readonly row: InstructionRow;
  readonly target: TargetKind;
}

class InterpreterGenerator {
  private readonly table: readonly InstructionRow[];
  private readonly handlers: Handlers;
  private readonly hart: number;
  private readonly translateAfter: number;
  private readonly imports: FunctionImport[] = [];
  private readonly functions: FunctionDefinition[] = [];
  private readonly importIndexes = new Map<string, number>();
  private readonly surroundings: Surroundings;
  /** By handler number. */
  private readonly inline = new Map<number, InlineHandler>();
  private readonly outlined: OutlinedHandler[] = [];
  private readonly run = new WasmCode(1 << 14);

  constructor(table: readonly InstructionRow[], handlers: Handlers, hart: number, translateAfter: number) {
    this.table = table;
    this.handlers = handlers;
    this.hart = hart;
    this.translateAfter = translateAfter;
    for (const routine of coreRoutines) this.addImport('core', routine, coreSignatures[routine]);
    this.addImport('driver', 'decode', { parameters: [i32], results: [] });
    this.addImport('driver', 'isBreakpoint', { parameters: [i32, i32], results: [i32] });
    if (this.isTranslating) {
      this.addImport('driver', 'translate', { parameters: [i32], results: [] });
      this.addImport('support', 'dispatch', regionType);
    }
    this.surroundings = { hart, core: (routine) => this.importIndex(routine), raw: this.imports.length };
  }

  private get isTranslating(): boolean {
    return this.translateAfter !== Infinity;
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
    this.planHandlers();
    const slow = this.addFunction(slowFunction({
      surroundings: this.surroundings, decodeImport: this.importIndex('decode'), isBreakpointImport: this.importIndex('isBreakpoint'),
      handlers: this.outlined,
    }));
    this.emitRun(slow, this.addFunction(releaseFunction(this.surroundings)));
    this.addFunction({ type: { parameters: [i32], results: [i32] }, locals: loopLocalTypes, body: this.run, exportName: 'run' });
    return buildModule({
      memory: { module: 'driver', name: 'memory', initialPages: 1, maximumPages: 65536 },
      imports: this.imports,
      functions: this.functions,
    });
  }

  // ---- which handlers there are ----

  private planHandlers(): void {
    const { general, near, head, illegal } = this.handlers;
    this.table.forEach((row, index) => {
      this.planRow(row, general[index] ?? 0);
      const nearHandler = near[index];
      if (nearHandler !== undefined) this.inline.set(nearHandler, { row, target: 'near' });
      const headHandler = head[index];
      if (headHandler !== undefined && this.isTranslating) this.inline.set(headHandler, { row, target: 'head' });
    });
    this.planIllegal(illegal);
  }

  private planRow(row: InstructionRow, handler: number): void {
    const outlined = new OutlinedRow(row, this.surroundings);
    row.semantics(outlined);
    const isLong = outlined.code.length > INLINE_BYTES_MAX;
    const isInline = outlined.inLoop || !(outlined.callsCore || isLong);
    if (isInline) this.inline.set(handler, { row, target: 'any' });
    if (outlined.transfersControl || !(outlined.callsCore || isLong)) return;
    this.outlined.push({ handler, function: this.addFunction(outlined.finish()), length: row.length });
  }

  private planIllegal(handler: number): void {
    const [row] = this.table;
    assert(row !== undefined, 'the instruction table has rows');
    const length = 4;
    const outlined = new OutlinedRow({ ...row, mnemonic: 'illegal', length }, this.surroundings);
    outlined.slowCall('illegal', () => {
      outlined.hart();
      outlined.raw();
    });
    this.outlined.push({ handler, function: this.addFunction(outlined.finish()), length });
  }

  // ---- the loop ----

  private emitRun(slow: number, release: number): void {
    const code = this.run;
    const { count, target } = loopLocals;
    code.get(BUDGET).i32Const(1).op(Op.i32Add).set(count);
    this.loadTarget();
    code.loop();
    const refetch = code.label;
    code.block();
    const out = code.label;
    this.emitFetch(refetch, out);
    if (this.isTranslating) code.get(IS_HEAD).set(IS_AT_HEAD).i32Const(1).set(IS_HEAD);
    code.loop();
    const resume = code.label;
    code.block();
    const slowLabel = code.label;
    code.block();
    const hot = code.label;
    if (this.isTranslating) this.emitHeadCheck(hot);
    code.loop();
    this.emitLoop({ next: code.label, refetch, slow: slowLabel, hot }, out);
    code.end().op(Op.unreachable).end();
    if (this.isTranslating) this.emitHot(refetch, resume);
    code.op(Op.unreachable).end();
    this.emitSlow(slow, refetch, resume);
    code.end().op(Op.unreachable).end();
    // The budget is used up, unless a breakpoint that was passed held some back.
    setField(code, this.hart, Op.i64Store, HART_PC, () => code.get(target));
    code.call(release).i32Const(1).op(Op.i32Add).tee(count).i32Const(1).op(Op.i32Ne).if();
    this.loadTarget();
    code.brTo(refetch).end();
    setField(code, this.hart, Op.i32Store, HART_REMAINING, () => code.i32Const(0));
    code.i32Const(0).return().end().op(Op.unreachable);
  }

  private loadTarget(): void {
    pushField(this.run, this.hart, Op.i64Load, HART_PC);
    this.run.set(loopLocals.target);
  }

  private loadCount(): void {
    pushField(this.run, this.hart, Op.i32Load, HART_REMAINING);
    this.run.i32Const(1).op(Op.i32Add).set(loopLocals.count);
  }

  /** Stores the budget after the present instruction. */
  private storeRemaining(): void {
    setField(this.run, this.hart, Op.i32Store, HART_REMAINING, () => this.run.get(loopLocals.count).i32Const(1).op(Op.i32Sub));
  }

  /** target -> ip, bias. A fetch that traps counts as an instruction, so nothing is fetched without budget. */
  private emitFetch(refetch: number, out: number): void {
    const code = this.run;
    const { hart } = this;
    const { target, entry, count, bias, ip } = loopLocals;
    this.pushFetchEntry();
    code.tee(entry).memory(Op.i64Load).get(target).i64Const(-PAGE_SIZE).op(Op.i64And).op(Op.i64Eq).hint(true).if();
    code.get(entry).memory(Op.i32Load, 8).set(CODE_BASE).else();
    code.get(count).i32Const(1).op(Op.i32Eq).brIfTo(out);
    setField(code, hart, Op.i64Store, HART_PC, () => code.get(target));
    this.storeRemaining();
    this.emitBreakpointBeforeFetch(out);
    code.i32Const(hart).get(target).call(this.surroundings.core('fetchPage')).set(CODE_BASE);
    this.loadCount();
    this.loadTarget();
    code.get(CODE_BASE).op(Op.i32Eqz).brIfTo(refetch).end();
    code.get(target).i64Const(-PAGE_SIZE).op(Op.i64And).get(CODE_BASE).i32Const(3).op(Op.i32ShrU).op(Op.i64ExtendI32U).op(Op.i64Sub).set(bias);
    code.get(target).op(Op.i32WrapI64).i32Const(PAGE_SIZE - 2).op(Op.i32And).i32Const(3).op(Op.i32Shl).get(CODE_BASE).op(Op.i32Add).set(ip);
  }

  /**
   * A fetch may change the hart (the architectural TLB, the page table's accessed bits), a breakpoint must not: where nothing
   * is known about the page it stops here, before the fetch; elsewhere the slot does (see slow-function.ts).
   */
  private emitBreakpointBeforeFetch(out: number): void {
    const code = this.run;
    const { hart } = this;
    const remaining = (): void => { pushField(code, hart, Op.i32Load, HART_REMAINING); };
    remaining();
    code.i32Const(1).op(Op.i32Sub);
    pushField(code, hart, Op.i32Load, HART_SKIP_BREAK_AT);
    code.op(Op.i32Ne);
    pushField(code, hart, Op.i32Load, HART_HAS_BREAKPOINTS);
    code.op(Op.i32And).if().i32Const(hart).i32Const(0).call(this.importIndex('isBreakpoint')).if();
    setField(code, hart, Op.i32Store, HART_REASON, () => code.i32Const(REASON_BREAKPOINT));
    setField(code, hart, Op.i64Store, HART_ICOUNT_END, () => {
      pushField(code, hart, Op.i64Load, HART_ICOUNT_END);
      remaining();
      code.op(Op.i64ExtendI32U).op(Op.i64Sub);
    });
    code.brTo(out).end().end();
  }

  /** The loop over instructions; the present label is its head. */
  private emitLoop(labels: LoopLabels, out: number): void {
    const code = this.run;
    const { count, ip, target } = loopLocals;
    const inline = [...this.inline].sort(([one], [other]) => one - other);
    const size = 1 + Math.max(...inline.map(([handler]) => handler));
    code.get(count).i32Const(1).op(Op.i32Sub).tee(count).op(Op.i32Eqz).hint(false).if();
    pushPc(code, loopLocals);
    code.set(target).brTo(out).end();
    const labelDepth = code.label - labels.slow;
    for (let i = 0; i < inline.length + 1; i++) code.block();
    // Block 0 is the page end's. Numbers without a handler in the loop, and breakpoints, go to the slow function.
    const depths = new Array<number>(size).fill(inline.length + 1 + labelDepth);
    depths[HANDLER_PAGE_END] = 0;
    inline.forEach(([handler], index) => { depths[handler] = index + 1; });
    code.get(ip).memory(Op.i32Load16U, SLOT_HANDLER).brTable(depths, inline.length + 1 + labelDepth);
    code.end();
    // Nothing was executed: takes the count back.
    pushPc(code, loopLocals);
    code.set(target).get(count).i32Const(1).op(Op.i32Add).set(count).brTo(labels.refetch);
    for (const [, { row, target: kind }] of inline) {
      code.end();
      const emitter = new InlineRow(row, code, this.surroundings, loopLocals, labels, kind, this.translateAfter);
      row.semantics(emitter);
      emitter.finish();
    }
  }

  // ---- translated code ----

  /** Right after a fetch: counts the arrival at `ip`. */
  private emitHeadCheck(hot: number): void {
    const code = this.run;
    code.get(IS_AT_HEAD).if().i32Const(0).set(IS_AT_HEAD);
    countArrival(code, loopLocals, this.translateAfter, hot);
    code.end();
  }

  /** At `ip`, where a region begins or is wanted, or neither (REGION_NONE). Enters the region, or goes on at `ip`. */
  private emitHot(refetch: number, resume: number): void {
    const code = this.run;
    const { ip, target, entry, count } = loopLocals;
    code.get(ip).memory(Op.i32Load16U, SLOT_REGION).i32Const(REGION_NONE).op(Op.i32Eq).brIfTo(resume);
    code.get(ip).memory(Op.i32Load16U, SLOT_REGION).i32Const(REGION_FIRST).op(Op.i32LtU).if();
    code.get(ip).call(this.importIndex('translate'));
    code.get(ip).memory(Op.i32Load16U, SLOT_REGION).i32Const(REGION_FIRST).op(Op.i32LtU).brIfTo(resume).end();
    // Only a page that may be fetched from everywhere is in the fetch TLB; in others each jump is checked.
    pushPc(code, loopLocals);
    code.set(target);
    this.pushFetchEntry();
    code.tee(entry).memory(Op.i64Load).get(target).i64Const(-PAGE_SIZE).op(Op.i64And).op(Op.i64Ne).brIfTo(resume);
    code.i32Const(this.hart).get(count).i32Const(1).op(Op.i32Sub).get(target).call(this.importIndex('dispatch')).set(IS_HEAD);
    this.loadCount();
    this.loadTarget();
    code.brTo(refetch);
  }

  /** Pushes the address of the fetch TLB's entry for `target`. */
  private pushFetchEntry(): void {
    const code = this.run;
    code.get(loopLocals.target).op(Op.i32WrapI64).i32Const(PAGE_SHIFT - 4).op(Op.i32ShrU).i32Const((FETCH_TLB_ENTRIES - 1) << 4).op(Op.i32And);
    pushField(code, this.hart, Op.i32Load, HART_FETCH_BANK);
    code.op(Op.i32Add);
  }

  /** Calls the slow function; it may change everything, so everything goes through memory. */
  private emitSlow(slow: number, refetch: number, resume: number): void {
    const code = this.run;
    const { hart } = this;
    const { ip, bias } = loopLocals;
    setField(code, hart, Op.i64Store, HART_PC, () => { pushPc(code, loopLocals); });
    this.storeRemaining();
    setField(code, hart, Op.i64Store, HART_LOOP_BIAS, () => code.get(bias));
    code.get(ip).call(slow);
    this.loadCount();
    code.op(Op.i32Eqz).if();
    this.loadTarget();
    code.brTo(refetch).end();
    pushField(code, hart, Op.i32Load, HART_LOOP_IP);
    code.set(ip);
    pushField(code, hart, Op.i64Load, HART_LOOP_BIAS);
    code.set(bias).brTo(resume);
  }
}
