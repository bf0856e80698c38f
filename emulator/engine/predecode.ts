/**
 * Fills slots of predecoded code pages (layout in core/layout.ts): once per instruction and frame, when it is first executed.
 * A slot depends on the frame's bytes and on the breakpoints alone, never on where or by whom the frame is mapped.
 */
import { assert } from '../assert.ts';
import { decode, instructionLength } from '../isa/decoder.ts';
import type { Decoded, InstructionRow } from '../isa/instruction.ts';
import {
  CODE_PAGE_COUNT, CODE_PAGE_OWNER, CODE_PAGE_STRIDE, CODE_PAGES, CODE_SLOTS, HANDLER_BREAKPOINT, HANDLER_CROSSING, HART_X_SINK,
  PAGE_SHIFT, SLOT_SIZE,
} from '../core/layout.ts';
import type { Handlers } from './interpreter.ts';
import type { LinearMemory } from './linear-memory.ts';
import {
  floatOffset, integerOffset, SLOT_HANDLER, SLOT_IMMEDIATE, SLOT_RD, SLOT_RS1, SLOT_RS2, SLOT_RS3_ROUNDING,
} from './row-emitter.ts';

const HALFWORD = 2;
/** Where an instruction stands in its page does not matter, or its neighbours are not there (crossing page): branches leave the page. */
const NO_INDEX = -1;

/** Formats with a rounding-mode field; none has an immediate. */
const roundingFormats: ReadonlySet<InstructionRow['format']> = new Set(['R-rm', 'R4', 'unary-rm', 'unary-exact'] as const);

export class Predecoder {
  private readonly memory: LinearMemory;
  private readonly table: readonly InstructionRow[];
  private readonly handlers: Handlers;
  /** Page offsets (0..4094) at which some breakpoint is set. */
  private breakOffsets: ReadonlySet<number> = new Set();
  private readonly countsHeads: boolean;

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
    assert(inCode >= 0 && inCode < CODE_PAGE_COUNT * CODE_PAGE_STRIDE, `slot ${slot.toString(16)} is in a code page`);
    const page = slot - (inCode % CODE_PAGE_STRIDE);
    const index = (slot - page) / SLOT_SIZE;
    assert(Number.isInteger(index) && index < CODE_SLOTS, `slot ${slot.toString(16)} is a slot of an instruction`);
    const { u16 } = this.memory;
    const owner = this.memory.u32[(page + CODE_PAGE_OWNER) >>> 2] ?? 0;
    assert(owner !== 0, `code page ${page.toString(16)} has an owner`);
    const halfword = ((owner << PAGE_SHIFT) >>> 1) + index;
    const low = u16[halfword] ?? 0;
    if (instructionLength(low) === 4) {
      if (index === CODE_SLOTS - 1) this.setHandler(slot, HANDLER_CROSSING);
      else this.fill(slot, decode((low | ((u16[halfword + 1] ?? 0) << 16)) >>> 0), index);
    } else {
      this.fill(slot, decode(low), index);
    }
    if (this.breakOffsets.has(index * HALFWORD)) {
      this.setHandler(slot, HANDLER_BREAKPOINT | (u16[(slot + SLOT_HANDLER) >>> 1] ?? 0));
    }
  }

  /** Decodes `raw` into the slot of a crossing page. Its breakpoints are those of the slot that sent the hart there. */
  decodeInto(slot: number, raw: number): void {
    this.fill(slot, decode(raw >>> 0), NO_INDEX);
  }

  private setHandler(slot: number, handler: number): void {
    this.memory.u16[(slot + SLOT_HANDLER) >>> 1] = handler;
  }

  private fill(slot: number, decoded: Decoded, index: number): void {
    const row = this.table[decoded.index];
    if (row === undefined) {
      this.setHandler(slot, this.handlers.illegal);
      return;
    }
    const { u16 } = this.memory;
    const x = integerOffset;
    const f = floatOffset;
    if (row.rdFile === 'f') u16[(slot + SLOT_RD) >>> 1] = f(decoded.rd);
    else u16[(slot + SLOT_RD) >>> 1] = decoded.rd === 0 ? HART_X_SINK : x(decoded.rd);
    u16[(slot + SLOT_RS1) >>> 1] = row.rs1File === 'f' ? f(decoded.rs1) : x(decoded.rs1);
    u16[(slot + SLOT_RS2) >>> 1] = row.rs2File === 'f' ? f(decoded.rs2) : x(decoded.rs2);
    this.memory.setI32(slot + SLOT_IMMEDIATE, decoded.imm);
    if (roundingFormats.has(row.format)) u16[(slot + SLOT_RS3_ROUNDING) >>> 1] = f(decoded.rs3) | decoded.rm;
    this.setHandler(slot, this.handlerOf(decoded, index));
  }

  private handlerOf(decoded: Decoded, index: number): number {
    const general = this.handlers.general[decoded.index];
    assert(general !== undefined, `row ${decoded.index} has a handler`);
    const near = this.handlers.near[decoded.index];
    if (near === undefined || index === NO_INDEX) return general;
    const target = index + decoded.imm / HALFWORD;
    if (target < 0 || target >= CODE_SLOTS) return general;
    // Loops and calls.
    const isHead = this.countsHeads && (target <= index || decoded.rd !== 0);
    return isHead ? this.handlers.head[decoded.index] ?? near : near;
  }
}
