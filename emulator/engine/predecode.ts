/**
 * Fills slots of predecoded code pages (layout in core/layout.ts): once per instruction and frame, when it is first executed, or one
 * that leads straight to it.
 * A slot depends on the frame's bytes and on the breakpoints alone, never on where or by whom the frame is mapped.
 */
import { assert } from '../assert.ts';
import { decode, instructionLength } from '../isa/decoder.ts';
import type { InstructionRow } from '../isa/instruction.ts';
import {
  CODE_PAGE_COUNT, CODE_PAGE_OWNER, CODE_PAGE_STRIDE, CODE_PAGES, CODE_SLOTS, HANDLER_BREAKPOINT, HANDLER_CROSSING, HANDLER_UNDECODED,
  HART_X_SINK, PAGE_SHIFT, SLOT_SIZE,
} from '../core/layout.ts';
import type { Handlers } from './interpreter.ts';
import type { LinearMemory } from './linear-memory.ts';
import { floatOffset, integerOffset, SLOT_HANDLER } from './row-emitter.ts';

const HALFWORD = 2;
/** Where an instruction stands in its page does not matter, or its neighbours are not there (crossing page): branches leave the page. */
const NO_INDEX = -1;

/** Formats with a rounding-mode field; none has an immediate. */
const roundingFormats: ReadonlySet<InstructionRow['format']> = new Set(['R-rm', 'R4', 'unary-rm', 'unary-exact'] as const);

/**
 * A template is the slot of an instruction wherever it stands, and what the handler of a branch or jump depends on. They are kept in one
 * array, of words: objects would have to be made, and to be looked after by the garbage collector, for every third instruction.
 */
const TEMPLATE_RAW = 0;
/** Three words of the slot (see core/layout.ts). */
const TEMPLATE_SLOT = 1;
/** Handlers of a branch or jump within the page, the second where its target is counted; 0 for others. */
const TEMPLATE_NEAR = 4;
const TEMPLATE_HEAD = 5;
/** To the target, in halfwords. */
const TEMPLATE_DISTANCE = 6;
const TEMPLATE_FLAGS = 7;
const TEMPLATE_WORDS = 8;
const FLAG_MADE = 1;
const FLAG_LINKING = 2;
/** Control goes on behind it. */
const FLAG_STRAIGHT = 4;

/** Templates that are kept: guests use few encodings often. */
const TEMPLATE_BITS = 14;
const TEMPLATE_COUNT = 1 << TEMPLATE_BITS;
const HASH_MULTIPLIER = 0x9e3779b1;
const HALFWORD_BITS = 16;
const HANDLER_MASK = 0xffff;

export class Predecoder {
  private readonly memory: LinearMemory;
  private readonly table: readonly InstructionRow[];
  private readonly handlers: Handlers;
  /** Page offsets (0..4094) at which some breakpoint is set. */
  private breakOffsets: ReadonlySet<number> = new Set();
  private readonly countsHeads: boolean;
  private readonly onDecoded: (slot: number) => void;
  private readonly templates = new Int32Array(TEMPLATE_COUNT * TEMPLATE_WORDS);
  /** By row: its third word is rs3 and the rounding mode. */
  private readonly rounds: readonly boolean[];

  /** `countsHeads`: code is translated where it is hot. `onDecoded` is told the slots that decodeFrom fills. */
  constructor(memory: LinearMemory, table: readonly InstructionRow[], handlers: Handlers, countsHeads: boolean, onDecoded: (slot: number) => void) {
    this.memory = memory;
    this.table = table;
    this.rounds = table.map(({ format }) => roundingFormats.has(format));
    this.handlers = handlers;
    this.countsHeads = countsHeads;
    this.onDecoded = onDecoded;
  }

  /** Slots decoded from now on; whoever changes this makes the core forget the slots at offsets that come or go. */
  setBreakOffsets(offsets: ReadonlySet<number>): void {
    this.breakOffsets = offsets;
  }

  /** Decodes the instruction of the slot at address `slot` in a code page, and those that follow in a straight line, until one was decoded before. */
  decodeFrom(slot: number): void {
    const inCode = slot - CODE_PAGES;
    assert(inCode >= 0 && inCode < CODE_PAGE_COUNT * CODE_PAGE_STRIDE, 'the slot is in a code page');
    const page = slot - (inCode % CODE_PAGE_STRIDE);
    const index = (slot - page) / SLOT_SIZE;
    assert(Number.isInteger(index) && index < CODE_SLOTS, 'the slot is one of an instruction');
    const { u32 } = this.memory;
    const owner = u32[(page + CODE_PAGE_OWNER) >>> 2] ?? 0;
    assert(owner !== 0, 'the code page has an owner');
    const { u16 } = this.memory;
    const first = (owner << PAGE_SHIFT) >>> 1;
    let at = index, isStraight = true;
    do {
      const there = page + at * SLOT_SIZE;
      const low = u16[first + at] ?? 0;
      const isLong = instructionLength(low) === 4;
      if (isLong && at === CODE_SLOTS - 1) u16[(there + SLOT_HANDLER) >>> 1] = HANDLER_CROSSING;
      else isStraight = this.fill(u32, there, isLong ? (low | ((u16[first + at + 1] ?? 0) << 16)) >>> 0 : low, at);
      if (this.breakOffsets.size > 0 && this.breakOffsets.has(at * HALFWORD)) {
        u16[(there + SLOT_HANDLER) >>> 1] = HANDLER_BREAKPOINT | (u16[(there + SLOT_HANDLER) >>> 1] ?? 0);
      }
      this.onDecoded(there);
      at += isLong ? 2 : 1;
    } while (isStraight && at < CODE_SLOTS && u16[(page + at * SLOT_SIZE + SLOT_HANDLER) >>> 1] === HANDLER_UNDECODED);
  }

  /** Decodes `raw` into the slot of a crossing page. Its breakpoints are those of the slot that sent the hart there. */
  decodeInto(slot: number, raw: number): void {
    this.fill(this.memory.u32, slot, raw >>> 0, NO_INDEX);
  }

  /** Does control go on behind the instruction? What follows SLOT_IMMEDIATE belongs to others. */
  private fill(u32: Uint32Array, slot: number, raw: number, index: number): boolean {
    const { templates } = this;
    const at = (Math.imul(raw, HASH_MULTIPLIER) >>> (32 - TEMPLATE_BITS)) * TEMPLATE_WORDS;
    if (templates[at + TEMPLATE_RAW] !== (raw | 0) || templates[at + TEMPLATE_FLAGS] === 0) this.makeTemplate(at, raw);
    const first = templates[at + TEMPLATE_SLOT] ?? 0;
    const word = slot >>> 2;
    u32[word] = (first & ~HANDLER_MASK) | this.handlerAt(at, first & HANDLER_MASK, index);
    u32[word + 1] = templates[at + TEMPLATE_SLOT + 1] ?? 0;
    u32[word + 2] = templates[at + TEMPLATE_SLOT + 2] ?? 0;
    return ((templates[at + TEMPLATE_FLAGS] ?? 0) & FLAG_STRAIGHT) !== 0;
  }

  private makeTemplate(at: number, raw: number): void {
    const { templates, handlers } = this;
    const decoded = decode(raw);
    const row = this.table[decoded.index];
    templates[at + TEMPLATE_RAW] = raw;
    templates[at + TEMPLATE_NEAR] = 0;
    templates[at + TEMPLATE_FLAGS] = FLAG_MADE | (decoded.rd === 0 ? 0 : FLAG_LINKING) | (row?.flow === 'straight' ? FLAG_STRAIGHT : 0);
    if (row === undefined) {
      templates[at + TEMPLATE_SLOT] = handlers.illegal;
      templates[at + TEMPLATE_SLOT + 1] = 0;
      templates[at + TEMPLATE_SLOT + 2] = 0;
      return;
    }
    const rdOfInteger = decoded.rd === 0 ? HART_X_SINK : integerOffset(decoded.rd);
    const rd = row.rdFile === 'f' ? floatOffset(decoded.rd) : rdOfInteger;
    const rs1 = row.rs1File === 'f' ? floatOffset(decoded.rs1) : integerOffset(decoded.rs1);
    const rs2 = row.rs2File === 'f' ? floatOffset(decoded.rs2) : integerOffset(decoded.rs2);
    const general = handlers.general[decoded.index];
    assert(general !== undefined, `row ${decoded.index} has a handler`);
    templates[at + TEMPLATE_SLOT] = general | (rd << HALFWORD_BITS);
    templates[at + TEMPLATE_SLOT + 1] = rs1 | (rs2 << HALFWORD_BITS);
    templates[at + TEMPLATE_SLOT + 2] = this.rounds[decoded.index] === true ? floatOffset(decoded.rs3) | decoded.rm : decoded.imm;
    const near = handlers.near[decoded.index];
    if (near === undefined) return;
    templates[at + TEMPLATE_NEAR] = near;
    templates[at + TEMPLATE_HEAD] = handlers.head[decoded.index] ?? near;
    templates[at + TEMPLATE_DISTANCE] = decoded.imm / HALFWORD;
  }

  /** The handler for an instruction at `index` in its page. */
  private handlerAt(at: number, general: number, index: number): number {
    const { templates } = this;
    const near = templates[at + TEMPLATE_NEAR] ?? 0;
    if (near === 0 || index === NO_INDEX) return general;
    const target = index + (templates[at + TEMPLATE_DISTANCE] ?? 0);
    if (target < 0 || target >= CODE_SLOTS) return general;
    // Loops and calls.
    const isHead = this.countsHeads && (target <= index || ((templates[at + TEMPLATE_FLAGS] ?? 0) & FLAG_LINKING) !== 0);
    return isHead ? templates[at + TEMPLATE_HEAD] ?? near : near;
  }
}
