/**
 * Fills slots of predecoded code pages (layout in core/layout.ts): once per instruction and frame, when it is first executed.
 * A slot depends on the frame's bytes and on the breakpoints alone, never on where or by whom the frame is mapped.
 */
import { assert } from '../assert.ts';
import { decode, instructionLength } from '../isa/decoder.ts';
import type { InstructionRow } from '../isa/instruction.ts';
import {
  CODE_PAGE_COUNT, CODE_PAGE_OWNER, CODE_PAGE_STRIDE, CODE_PAGES, CODE_SLOTS, HANDLER_BREAKPOINT, HANDLER_CROSSING, HART_X_SINK,
  PAGE_SHIFT, SLOT_SIZE,
} from '../core/layout.ts';
import type { Handlers } from './interpreter.ts';
import type { LinearMemory } from './linear-memory.ts';
import { floatOffset, integerOffset, SLOT_HANDLER } from './row-emitter.ts';

const HALFWORD = 2;
/** Where an instruction stands in its page does not matter, or its neighbours are not there (crossing page): branches leave the page. */
const NO_INDEX = -1;

/** Formats with a rounding-mode field; none has an immediate. */
const roundingFormats: ReadonlySet<InstructionRow['format']> = new Set(['R-rm', 'R4', 'unary-rm', 'unary-exact'] as const);

/** The slot of an instruction wherever it stands: three words (see core/layout.ts), and what the handler of a branch or jump depends on. */
interface Template {
  readonly raw: number;
  readonly first: number;
  readonly second: number;
  readonly third: number;
  readonly near: number | undefined;
  readonly head: number | undefined;
  /** In halfwords. */
  readonly distance: number;
  readonly isLinking: boolean;
}

/** Templates that are kept: guests use few encodings often. */
const TEMPLATE_BITS = 14;
const TEMPLATE_COUNT = 1 << TEMPLATE_BITS;
const HALFWORD_BITS = 16;
const HANDLER_MASK = 0xffff;

export class Predecoder {
  private readonly memory: LinearMemory;
  private readonly table: readonly InstructionRow[];
  private readonly handlers: Handlers;
  /** Page offsets (0..4094) at which some breakpoint is set. */
  private breakOffsets: ReadonlySet<number> = new Set();
  private readonly countsHeads: boolean;
  private readonly templates = new Array<Template | undefined>(TEMPLATE_COUNT).fill(undefined);

  /** `countsHeads`: code is translated where it is hot. */
  constructor(memory: LinearMemory, table: readonly InstructionRow[], handlers: Handlers, countsHeads: boolean) {
    this.memory = memory;
    this.table = table;
    this.handlers = handlers;
    this.countsHeads = countsHeads;
  }

  /** Slots decoded from now on; whoever changes this makes the core forget the slots at offsets that come or go. */
  setBreakOffsets(offsets: ReadonlySet<number>): void {
    this.breakOffsets = offsets;
  }

  /** Decodes the instruction of the slot at address `slot` in a code page. */
  decodeSlot(slot: number): void {
    const inCode = slot - CODE_PAGES;
    assert(inCode >= 0 && inCode < CODE_PAGE_COUNT * CODE_PAGE_STRIDE, 'the slot is in a code page');
    const page = slot - (inCode % CODE_PAGE_STRIDE);
    const index = (slot - page) / SLOT_SIZE;
    assert(Number.isInteger(index) && index < CODE_SLOTS, 'the slot is one of an instruction');
    const { u32 } = this.memory;
    const owner = u32[(page + CODE_PAGE_OWNER) >>> 2] ?? 0;
    assert(owner !== 0, 'the code page has an owner');
    const { u16 } = this.memory;
    const halfword = ((owner << PAGE_SHIFT) >>> 1) + index;
    const low = u16[halfword] ?? 0;
    const isLong = instructionLength(low) === 4;
    if (isLong && index === CODE_SLOTS - 1) u16[(slot + SLOT_HANDLER) >>> 1] = HANDLER_CROSSING;
    else this.fill(u32, slot, isLong ? (low | ((u16[halfword + 1] ?? 0) << 16)) >>> 0 : low, index);
    if (this.breakOffsets.size > 0 && this.breakOffsets.has(index * HALFWORD)) {
      u16[(slot + SLOT_HANDLER) >>> 1] = HANDLER_BREAKPOINT | (u16[(slot + SLOT_HANDLER) >>> 1] ?? 0);
    }
  }

  /** Decodes `raw` into the slot of a crossing page. Its breakpoints are those of the slot that sent the hart there. */
  decodeInto(slot: number, raw: number): void {
    this.fill(this.memory.u32, slot, raw >>> 0, NO_INDEX);
  }

  /** What follows SLOT_IMMEDIATE belongs to others. */
  private fill(u32: Uint32Array, slot: number, raw: number, index: number): void {
    const template = this.templateOf(raw);
    const word = slot >>> 2;
    u32[word] = (template.first & ~HANDLER_MASK) | this.handlerOf(template, index);
    u32[word + 1] = template.second;
    u32[word + 2] = template.third;
  }

  private templateOf(raw: number): Template {
    const at = (raw ^ (raw >>> TEMPLATE_BITS)) & (TEMPLATE_COUNT - 1);
    const known = this.templates[at];
    if (known?.raw === raw) return known;
    const template = this.makeTemplate(raw);
    this.templates[at] = template;
    return template;
  }

  private makeTemplate(raw: number): Template {
    const decoded = decode(raw);
    const row = this.table[decoded.index];
    if (row === undefined) return { raw, first: this.handlers.illegal, second: 0, third: 0, near: undefined, head: undefined, distance: 0, isLinking: false };
    const x = integerOffset;
    const f = floatOffset;
    const rdOfInteger = decoded.rd === 0 ? HART_X_SINK : x(decoded.rd);
    const rd = row.rdFile === 'f' ? f(decoded.rd) : rdOfInteger;
    const rs1 = row.rs1File === 'f' ? f(decoded.rs1) : x(decoded.rs1);
    const rs2 = row.rs2File === 'f' ? f(decoded.rs2) : x(decoded.rs2);
    const general = this.handlers.general[decoded.index];
    assert(general !== undefined, `row ${decoded.index} has a handler`);
    return {
      raw, first: general | (rd << HALFWORD_BITS), second: rs1 | (rs2 << HALFWORD_BITS),
      third: roundingFormats.has(row.format) ? f(decoded.rs3) | decoded.rm : decoded.imm,
      near: this.handlers.near[decoded.index], head: this.handlers.head[decoded.index],
      distance: decoded.imm / HALFWORD, isLinking: decoded.rd !== 0,
    };
  }

  private handlerOf({ first, near, head, distance, isLinking }: Template, index: number): number {
    const general = first & HANDLER_MASK;
    if (near === undefined || index === NO_INDEX) return general;
    const target = index + distance;
    if (target < 0 || target >= CODE_SLOTS) return general;
    // Loops and calls.
    const isHead = this.countsHeads && (target <= index || isLinking);
    return isHead ? head ?? near : near;
  }
}
