/**
 * Which guest code is translated, and what becomes of it: requests from the interpreter are gathered into batches, regions get
 * numbers in the table that the support module dispatches through, and the cache is kept within its bounds.
 *
 * A region is keyed by code page and offset, that is by frame. The core drops all regions of a page by itself when the bytes under
 * them change or the frame is freed (CODE_PAGE_STAMP); here the numbers and the modules are then given back.
 */
import { assert } from '../assert.ts';
import {
  CODE_PAGE_COUNT, CODE_PAGE_OWNER, CODE_PAGE_STAMP, CODE_PAGE_STRIDE, CODE_PAGES, CODE_SLOTS, PAGE_SHIFT, PAGE_SIZE, POOL_CODE_STAMP,
  POOL_REGION_DROPS, REGION_FIRST, REGION_NONE, SLOT_REGION, SLOT_SIZE, SLOT_TRANSLATED,
} from '../core/layout.ts';
import { decode, instructionLength } from '../isa/decoder.ts';
import type { InstructionRow } from '../isa/instruction.ts';
import type { LinearMemory } from './linear-memory.ts';
import { buildRegion, type CodeReader, type Region, type RegionInstruction } from './region-graph.ts';
import { generateRegions, regionExport } from './region-module.ts';

const HALFWORD = 2;
/** Places in the region where an indirect jump may go. */
const INDIRECT_TARGETS_MAX = 24;
/** Regions of one module: compiling a module has a cost of its own, and a module is freed as a whole. */
const BATCH_REGIONS = 10;

/** The code page that a slot is in. */
const codePageOf = (slot: number): number => slot - ((slot - CODE_PAGES) % CODE_PAGE_STRIDE);

export interface TranslationCounters {
  /** Regions that exist now, and the bytes of their WebAssembly code. */
  regions: number;
  bytes: number;
  /** Since the engine was made: regions translated, and regions given up because their code changed or the cache was full. */
  translations: number;
  drops: number;
}

export interface TranslatorLimits {
  readonly regions: number;
  readonly bytes: number;
}

/** What the translator needs of the engine. */
export interface TranslatorPort {
  readonly linear: LinearMemory;
  /** What regions dispatch through. */
  readonly regions: WebAssembly.Table;
  /** What region modules import: support.*, core.*, driver.memory. */
  readonly imports: WebAssembly.Imports;
}

interface TranslatedRegion {
  readonly slot: number;
  readonly codePage: number;
  readonly stamp: number;
  /** In the table. */
  readonly number: number;
  readonly size: number;
  /** Page offsets of its instructions, and those where it ends because a breakpoint is set there. */
  readonly offsets: Uint16Array;
  readonly breaks: readonly number[];
  /** Its slot leads to it. */
  isInstalled: boolean;
}

export class Translator {
  readonly counters: TranslationCounters = { regions: 0, bytes: 0, translations: 0, drops: 0 };
  private readonly port: TranslatorPort;
  private readonly table: readonly InstructionRow[];
  private readonly limits: TranslatorLimits;
  private readonly batchSize: number;
  /** By slot; more than one while breakpoints make a second version. */
  private readonly bySlot = new Map<number, TranslatedRegion[]>();
  private readonly freeNumbers: number[] = [];
  private nextNumber = 0;
  private readonly requests = new Set<number>();
  private breakOffsets: ReadonlySet<number> = new Set();
  private dropsSeen = 0;

  /** `translateAfter`: arrivals after which a region is wanted; with 0 it is made at once. */
  constructor(port: TranslatorPort, table: readonly InstructionRow[], translateAfter: number, limits: TranslatorLimits) {
    this.port = port;
    this.table = table;
    this.limits = limits;
    this.batchSize = translateAfter === 0 ? 1 : BATCH_REGIONS;
  }

  /** The interpreter arrived often enough at `slot`. */
  request(slot: number): void {
    const known = this.bySlot.get(slot)?.find((region) => this.isValid(region) && this.isUsable(region));
    if (known !== undefined) {
      this.install(known);
      return;
    }
    this.setSlot(slot, REGION_NONE);
    this.requests.add(slot);
    if (this.requests.size >= this.batchSize) this.flush();
  }

  /** Translates what was asked for. */
  flush(): void {
    if (this.requests.size === 0) return;
    const requests = [...this.requests];
    this.requests.clear();
    this.sweep();
    const wanted = requests.flatMap((slot) => {
      const translation = this.build(slot);
      return translation === undefined ? [] : [translation];
    });
    if (wanted.length === 0) return;
    const generated = generateRegions(wanted.map(({ region }) => region));
    this.makeRoom(wanted.length, generated.sizes.reduce((sum, size) => sum + size, 0));
    const { exports } = new WebAssembly.Instance(new WebAssembly.Module(generated.bytes), this.port.imports);
    wanted.forEach(({ slot, region, breaks }, index) => {
      this.add(slot, region, breaks, exports[regionExport(index)], generated.sizes[index] ?? 0);
    });
  }

  /** Regions with an instruction at one of these page offsets are not used from now on. */
  setBreakOffsets(offsets: ReadonlySet<number>): void {
    this.breakOffsets = offsets;
    this.sweep();
    const all = this.all();
    for (const region of all) if (region.isInstalled && !this.isUsable(region)) this.remove(region);
    for (const region of all) if (!region.isInstalled && this.isUsable(region)) this.install(region);
  }

  // ---- slots ----

  private setSlot(slot: number, value: number): void {
    this.port.linear.u16[(slot + SLOT_REGION) >>> 1] = value;
  }

  private install(region: TranslatedRegion): void {
    region.isInstalled = true;
    this.setSlot(region.slot, REGION_FIRST + region.number);
  }

  /** The slot counts from 0 again. */
  private remove(region: TranslatedRegion): void {
    region.isInstalled = false;
    this.setSlot(region.slot, 0);
  }

  private isUsable({ offsets, breaks }: TranslatedRegion): boolean {
    if (!breaks.every((offset) => this.breakOffsets.has(offset))) return false;
    for (const offset of this.breakOffsets) if (offsets.includes(offset)) return false;
    return true;
  }

  private stampOf(codePage: number): number {
    return this.port.linear.u32[(codePage + CODE_PAGE_STAMP) >>> 2] ?? 0;
  }

  /** The core has not dropped the region. */
  private isValid({ codePage, stamp }: TranslatedRegion): boolean {
    return this.stampOf(codePage) === stamp;
  }

  /** The page's stamp, a new one if it had no regions. */
  private stampPage(codePage: number): number {
    const present = this.stampOf(codePage);
    if (present !== 0) return present;
    const { u32 } = this.port.linear;
    const stamp = ((u32[POOL_CODE_STAMP >>> 2] ?? 0) + 1) >>> 0;
    u32[POOL_CODE_STAMP >>> 2] = stamp;
    u32[(codePage + CODE_PAGE_STAMP) >>> 2] = stamp;
    return stamp;
  }

  /** A store into these bytes drops the page's regions. */
  private markTranslated(codePage: number, offset: number, length: number): void {
    const { u16 } = this.port.linear;
    for (let at = offset; at < offset + length && at < PAGE_SIZE; at += HALFWORD) {
      u16[(codePage + (at / HALFWORD) * SLOT_SIZE + SLOT_TRANSLATED) >>> 1] = 1;
    }
  }

  // ---- making ----

  private build(slot: number): { readonly slot: number; readonly region: Region; readonly breaks: readonly number[] } | undefined {
    const codePage = codePageOf(slot);
    const index = (slot - codePage) / SLOT_SIZE;
    assert(codePage >= CODE_PAGES && codePage < CODE_PAGES + CODE_PAGE_COUNT * CODE_PAGE_STRIDE && Number.isInteger(index) && index < CODE_SLOTS,
      `slot ${slot.toString(16)} is in a code page`);
    if (this.port.linear.u32[(codePage + CODE_PAGE_OWNER) >>> 2] === 0) return undefined;
    const breaks = new Set<number>();
    const region = buildRegion(index * HALFWORD, this.reader(codePage, breaks));
    if (region !== undefined) return { slot, region, breaks: [...breaks] };
    // If other bytes come here, it is asked again.
    this.stampPage(codePage);
    this.markTranslated(codePage, index * HALFWORD, 4);
    return undefined;
  }

  private reader(codePage: number, breaks: Set<number>): CodeReader {
    const { u16, u32 } = this.port.linear;
    const begin = ((u32[(codePage + CODE_PAGE_OWNER) >>> 2] ?? 0) << PAGE_SHIFT) >>> 1;
    let arrivals: readonly number[] | undefined;
    return {
      read: (offset) => {
        if (offset < 0 || offset >= PAGE_SIZE) return undefined;
        if (this.breakOffsets.has(offset)) {
          breaks.add(offset);
          return undefined;
        }
        const low = u16[begin + offset / HALFWORD] ?? 0;
        const isLong = instructionLength(low) === 4;
        // It crosses into the next page.
        if (isLong && offset === PAGE_SIZE - HALFWORD) return undefined;
        const decoded = decode(isLong ? (low | ((u16[begin + offset / HALFWORD + 1] ?? 0) << 16)) >>> 0 : low);
        const row = this.table[decoded.index];
        return row === undefined ? undefined : { offset, row, decoded };
      },
      indirectTargets: () => (arrivals ??= this.arrivals(codePage)),
    };
  }

  /** Page offsets at which control arrived by a jump, the most frequent first. */
  private arrivals(codePage: number): readonly number[] {
    const { u16 } = this.port.linear;
    const counts: { readonly offset: number; readonly count: number }[] = [];
    for (let index = 0; index < CODE_SLOTS; index++) {
      const count = u16[(codePage + index * SLOT_SIZE + SLOT_REGION) >>> 1] ?? 0;
      if (count > 0) counts.push({ offset: index * HALFWORD, count });
    }
    return counts.sort((one, other) => other.count - one.count).slice(0, INDIRECT_TARGETS_MAX).map(({ offset }) => offset);
  }

  private add(slot: number, region: Region, breaks: readonly number[], code: unknown, size: number): void {
    const number = this.freeNumbers.pop() ?? this.nextNumber++;
    const { regions } = this.port;
    if (number >= regions.length) regions.grow(Math.min(regions.length, REGION_FIRST - regions.length));
    regions.set(number, code);
    const codePage = codePageOf(slot);
    const instructions: readonly RegionInstruction[] = region.blocks.flatMap((block) => block.instructions);
    for (const { offset, row } of instructions) this.markTranslated(codePage, offset, row.length);
    const translated: TranslatedRegion = {
      slot, codePage, stamp: this.stampPage(codePage), number, size, breaks,
      offsets: Uint16Array.from(instructions, ({ offset }) => offset), isInstalled: false,
    };
    const versions = this.bySlot.get(slot);
    if (versions === undefined) this.bySlot.set(slot, [translated]);
    else versions.push(translated);
    this.counters.regions++;
    this.counters.bytes += size;
    this.counters.translations++;
    this.install(translated);
  }

  // ---- giving up ----

  /** All regions, oldest first. */
  private all(): readonly TranslatedRegion[] {
    return [...this.bySlot.values()].flat();
  }

  /** Gives back what the core dropped. */
  private sweep(): void {
    const drops = this.port.linear.u32[POOL_REGION_DROPS >>> 2] ?? 0;
    if (drops === this.dropsSeen) return;
    this.dropsSeen = drops;
    for (const region of this.all()) if (!this.isValid(region)) this.forget(region);
  }

  /** No slot leads to the region any more. */
  private forget(region: TranslatedRegion): void {
    const others = (this.bySlot.get(region.slot) ?? []).filter((other) => other !== region);
    if (others.length === 0) this.bySlot.delete(region.slot);
    else this.bySlot.set(region.slot, others);
    this.port.regions.set(region.number, null);
    this.freeNumbers.push(region.number);
    this.counters.regions--;
    this.counters.bytes -= region.size;
    this.counters.drops++;
  }

  private hasRoom(regions: number, bytes: number): boolean {
    return this.counters.regions + regions <= this.limits.regions && this.counters.bytes + bytes <= this.limits.bytes;
  }

  /**
   * Collects what is cold. What is cold is known from the collection before: it took every region out of its slot, and those that ran
   * since then were put back by their first arrival. If all did run, the oldest go.
   */
  private makeRoom(regions: number, bytes: number): void {
    if (this.hasRoom(regions, bytes)) return;
    for (const region of this.all()) if (!region.isInstalled) this.forget(region);
    for (const region of this.all()) {
      if (this.hasRoom(regions + this.limits.regions / 4, bytes + this.limits.bytes / 4)) break;
      this.remove(region);
      this.forget(region);
    }
    for (const region of this.all()) if (region.isInstalled) this.setAside(region);
  }

  /** The next arrival at its slot asks for it. */
  private setAside(region: TranslatedRegion): void {
    region.isInstalled = false;
    this.setSlot(region.slot, REGION_NONE - 1);
  }
}
