/**
 * The engine: one linear memory (frame pool, harts, predecoded code), the core module, and an interpreter for each hart.
 * It knows no clock, no devices and no machine: these are handed in as a bus.
 */
import { assert } from '../assert.ts';
import {
  ACCESS_FETCH, FRAME_COUNT_MAX, FRAME_FIRST, HART_HAS_BREAKPOINTS, HART_HELD_SLOT, HART_ICOUNT, HART_ICOUNT_END, HART_PC, HART_REASON,
  HART_REMAINING, HART_SKIP_BREAK_AT, HART_STATUS, REASON_BUDGET, REGION_FIRST, REGION_NONE, STATUS_CONTINUE,
} from '../core/layout.ts';
import { instructionTable } from '../isa/table.ts';
import { createMemory, instantiateCore, type Core } from './core-loader.ts';
import { coreRoutines } from './core-signatures.ts';
import { compilePlainly, engineModule, type CompileModule } from './engine-modules.ts';
import { assignHandlers, generateInterpreter, type InterpreterExports } from './interpreter.ts';
import { LinearMemory } from './linear-memory.ts';
import { Predecoder } from './predecode.ts';
import { RegionStore } from './region-store.ts';
import { generateSupport } from './region-support.ts';
import { Translator, type TranslationCounters } from './translator.ts';

/** Device accesses of one hart: `size` is 1, 2, 4 or 8 bytes; the value is passed in HART_RESULT (u64); 0 = nothing is there. */
export interface DeviceBus {
  load(gpa: number, size: number): number;
  store(gpa: number, size: number): number;
}

export interface EngineOptions {
  /** Frames of 4 KiB that guests and checkpoints may use at most; all that fit into 4 GiB by default. */
  readonly frameLimit?: number;
  /**
   * Hot guest code is translated to WebAssembly: after so many arrivals at a loop's head or a jump's target. 0 = at once, Infinity =
   * never. What the guest does is the same.
   */
  readonly translateAfter?: number;
  /** Bounds of the code cache. */
  readonly regionLimit?: number;
  readonly regionBytesLimit?: number;
  /** Where translated code is kept by content; one of its own by default. */
  readonly regionStore?: RegionStore;
  /** Makes the engine's own modules, where they are not in this process yet. */
  readonly compile?: CompileModule;
}

/** Lower costs more compiling than it gains where much code runs a little, as when Linux boots. */
const TRANSLATE_AFTER_DEFAULT = 3000;
const REGION_LIMIT_DEFAULT = 8192;
/** Their numbers stand in slots. */
const REGION_LIMIT_MAX = REGION_FIRST;
const REGION_TABLE_INITIAL = 256;
const REGION_BYTES_LIMIT_DEFAULT = 64 << 20;

/** What one `run` may execute at most; its counter is an i32. */
const RUN_INSTRUCTIONS_MAX = 0x7fff_0000;
const NEVER = -1;
const TWO_32 = 2 ** 32;
/** Addresses whose high word fits into so many bits and the sign are exact as doubles. */
const NEAR_BITS = 20;

/** Handler numbers are the same in every interpreter, since harts share predecoded code. */
const handlers = assignHandlers(instructionTable);

export class Engine {
  readonly core: Core;
  readonly memory: WebAssembly.Memory;
  readonly linear: LinearMemory;
  private readonly predecoder: Predecoder;
  private readonly buses = new Map<number, DeviceBus>();
  private readonly interpreters = new Map<number, InterpreterExports>();
  private breakpoints: ReadonlySet<bigint> = new Set();
  /** Those of `breakpoints` that a double holds exactly, as signed numbers: looking up a bigint costs more. */
  private nearBreakpoints: ReadonlySet<number> = new Set();
  private isMet: (position: number) => boolean = () => true;
  private readonly compile: CompileModule;
  private readonly translateAfter: number;
  private readonly translator: Translator | undefined;
  /** Of the support module, when code is translated. */
  private readonly support: WebAssembly.Exports = {};

  constructor(options: EngineOptions = {}) {
    this.compile = options.compile ?? compilePlainly;
    this.translateAfter = options.translateAfter ?? TRANSLATE_AFTER_DEFAULT;
    assert(this.translateAfter >= 0, 'translateAfter is a count');
    const isTranslating = this.translateAfter !== Infinity;
    // The count has 15 bits.
    if (isTranslating) this.translateAfter = Math.min(Math.floor(this.translateAfter), REGION_NONE - 1);
    this.memory = createMemory();
    this.linear = new LinearMemory(this.memory);
    this.predecoder = new Predecoder(this.linear, instructionTable, handlers, isTranslating, (slot) => { this.translator?.adopt(slot); });
    this.core = instantiateCore(this.memory, {
      mmioLoad: (hart, gpa, size) => this.buses.get(hart)?.load(gpa, size) ?? 0,
      mmioStore: (hart, gpa, size) => this.buses.get(hart)?.store(gpa, size) ?? 0,
      decodeInto: (slot, raw) => { this.predecoder.decodeInto(slot, raw); },
    }, this.compile);
    this.core.poolInitialize(options.frameLimit ?? FRAME_COUNT_MAX - FRAME_FIRST);
    if (!isTranslating) return;
    const regions = new WebAssembly.Table({ element: 'anyfunc', initial: REGION_TABLE_INITIAL });
    const driver = { memory: this.memory, regions };
    this.support = new WebAssembly.Instance(engineModule('support', generateSupport, this.compile), { core: this.routines(), driver }).exports;
    const imports = { support: this.support, core: this.routines(), driver };
    this.translator = new Translator({ linear: this.linear, regions, imports, store: options.regionStore ?? new RegionStore() }, instructionTable, this.translateAfter, {
      regions: Math.min(options.regionLimit ?? REGION_LIMIT_DEFAULT, REGION_LIMIT_MAX), bytes: options.regionBytesLimit ?? REGION_BYTES_LIMIT_DEFAULT,
    });
  }

  /** How much is translated; undefined when nothing ever is. */
  get translation(): Readonly<TranslationCounters> | undefined {
    return this.translator?.counters;
  }

  private routines(): Record<string, WebAssembly.ExportValue> {
    return Object.fromEntries(coreRoutines.map((routine) => [routine, this.core[routine]]));
  }

  /** Device accesses of the hart structure at `hart` go to `bus` from now on. */
  connect(hart: number, bus: DeviceBus): void {
    this.buses.set(hart, bus);
  }

  /**
   * Runs at most `count` instructions from HART_PC. HART_PC, HART_ICOUNT and all registers are exact afterwards.
   * Returns why it left: REASON_BUDGET after exactly `count` instructions, or another REASON_*.
   * `skipBreakpoint`: a breakpoint on the first instruction does not stop.
   */
  run(hart: number, count: number, skipBreakpoint = false): number {
    assert(Number.isInteger(count) && count > 0 && count <= RUN_INSTRUCTIONS_MAX, `a run of ${count} instructions`);
    const { linear } = this;
    const interpreter = this.interpreter(hart);
    linear.setU64(hart + HART_ICOUNT_END, linear.getU64(hart + HART_ICOUNT) + BigInt(count));
    linear.setI32(hart + HART_REMAINING, count);
    linear.setI32(hart + HART_STATUS, STATUS_CONTINUE);
    linear.setI32(hart + HART_REASON, REASON_BUDGET);
    linear.setI32(hart + HART_HELD_SLOT, 0);
    // Compared with the budget after the first instruction was counted.
    linear.setI32(hart + HART_HAS_BREAKPOINTS, this.breakpoints.size === 0 ? 0 : 1);
    linear.setI32(hart + HART_SKIP_BREAK_AT, skipBreakpoint ? count - 1 : NEVER);
    const remaining = interpreter.run(count);
    this.translator?.runEnded();
    assert(remaining === linear.getI32(hart + HART_REMAINING), 'the interpreter stores what is left');
    linear.setU64(hart + HART_ICOUNT, linear.getU64(hart + HART_ICOUNT_END) - BigInt(remaining));
    return linear.getI32(hart + HART_REASON);
  }

  /** Virtual addresses; in force from the next run, for all harts. See EnginePort. */
  setBreakpoints(addresses: ReadonlySet<bigint>, isMet: (position: number) => boolean = () => true): void {
    const offsets = (set: ReadonlySet<bigint>): Set<number> => new Set([...set].map((address) => Number(address & 0xffen)));
    const before = offsets(this.breakpoints);
    const after = offsets(addresses);
    this.breakpoints = addresses;
    this.nearBreakpoints = new Set([...addresses].map((address) => Number(BigInt.asIntN(64, address))));
    this.isMet = isMet;
    this.predecoder.setBreakOffsets(after);
    const changed = [...new Set([...before, ...after])].filter((offset) => before.has(offset) !== after.has(offset));
    for (const offset of changed) this.core.codeForgetOffset(offset);
    if (changed.length > 0) this.translator?.setBreakOffsets(after);
  }

  /**
   * 1 if a breakpoint is at HART_PC, and an instruction (what cannot be fetched traps), and it is to stop. `begun`: 1 if the budget
   * was lowered for the instruction already. Whatever part of the budget is held back, HART_ICOUNT_END is lowered by.
   */
  private isBreakpoint(hart: number, begun: number): number {
    // Called for every instruction that shares its offset in the page with a breakpoint: no closures, no small arrays.
    const { i32 } = this.linear;
    const low = i32[(hart + HART_PC) >>> 2] ?? 0;
    const high = i32[(hart + HART_PC + 4) >>> 2] ?? 0;
    const isNear = high >> NEAR_BITS === high >> 31;
    if (isNear ? !this.nearBreakpoints.has(high * TWO_32 + (low >>> 0)) : !this.breakpoints.has(this.linear.getU64(hart + HART_PC))) return 0;
    if (this.core.debugTranslate(hart, low, high, ACCESS_FETCH) === 0) return 0;
    const end = (i32[(hart + HART_ICOUNT_END) >>> 2] ?? 0) >>> 0;
    const endHigh = i32[(hart + HART_ICOUNT_END + 4) >>> 2] ?? 0;
    const position = end + endHigh * TWO_32 - (i32[(hart + HART_REMAINING) >>> 2] ?? 0) - begun;
    i32[(hart + HART_ICOUNT) >>> 2] = position | 0;
    i32[(hart + HART_ICOUNT + 4) >>> 2] = Math.floor(position / TWO_32);
    return this.isMet(position) ? 1 : 0;
  }

  private interpreter(hart: number): InterpreterExports {
    let interpreter = this.interpreters.get(hart);
    if (interpreter === undefined) {
      const { memory, translateAfter } = this;
      const driver = {
        memory,
        translate: (slot: number) => { this.translator?.request(slot); },
        decode: (slot: number) => { this.predecoder.decodeFrom(slot); },
        isBreakpoint: (at: number, begun: number) => this.isBreakpoint(at, begun),
      };
      const module = engineModule(`interpreter ${hart} ${translateAfter}`, () => generateInterpreter(instructionTable, handlers, hart, translateAfter), this.compile);
      const instance = new WebAssembly.Instance(module, { core: this.routines(), support: this.support, driver });
      interpreter = instance.exports as unknown as InterpreterExports;
      this.interpreters.set(hart, interpreter);
    }
    return interpreter;
  }
}

export function createEngine(options: EngineOptions = {}): Engine {
  return new Engine(options);
}
