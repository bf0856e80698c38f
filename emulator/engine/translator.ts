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
import { generateRegion, regionExport } from './region-module.ts';
import { entryKey, isRegionOf, StoredModule, type Candidate, type RegionStore, type StoredRegion } from './region-store.ts';

const HALFWORD = 2;
/** Places in the region where an indirect jump may go. */
const INDIRECT_TARGETS_MAX = 24;
/** A place is an entry of the region that it is in after so much less arrivals than it takes to be translated. */
const ENTRY_HEAT_FRACTION = 8;
/** Regions of one module: compiling a module has a cost of its own, and a module is freed as a whole. */
const BATCH_REGIONS = 10;
/** Runs that a request waits for others, for each arrival that it took: whoever wants code translated early does not want to wait. */
const RUNS_PER_ARRIVAL = 0.002;

/** A region that is to be made. */
interface WantedRegion {
  readonly region: Region;
  readonly codePage: number;
  readonly slots: readonly number[];
  /** Page offsets where it ends because a breakpoint is set there. */
  readonly breaks: readonly number[];
}

const slotAt = (codePage: number, offset: number): number => codePage + (offset / HALFWORD) * SLOT_SIZE;
/** The code page that a slot is in. */
const codePageOf = (slot: number): number => slot - ((slot - CODE_PAGES) % CODE_PAGE_STRIDE);

export interface TranslationCounters {
  /** Regions that exist now, and the bytes of their WebAssembly code. */
  regions: number;
  bytes: number;
  /** Since the engine was made: regions translated, and regions given up because their code changed or the cache was full. */
  translations: number;
  drops: number;
  /** Regions that were not translated, since the store had them. */
  adoptions: number;
  /** Bytes of WebAssembly code in the store. */
  storedBytes: number;
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
  /** Regions by content, of other machines and of earlier times. */
  readonly store: RegionStore;
  /** What region modules import: support.*, core.*, driver.memory. */
  readonly imports: WebAssembly.Imports;
}

interface TranslatedRegion {
  /** Where it may be entered. */
  readonly slots: readonly number[];
  readonly codePage: number;
  readonly stamp: number;
  /** In the table. */
  readonly number: number;
  readonly size: number;
  /** Page offsets of its instructions, and those where it ends because a breakpoint is set there. */
  readonly offsets: Uint16Array;
  readonly breaks: readonly number[];
  /** Of its instance, which lives as long as one of its regions. */
  readonly exports: WebAssembly.Exports;
  /** Its slots lead to it. */
  isInstalled: boolean;
}

export class Translator {
  readonly counters: TranslationCounters = { regions: 0, bytes: 0, translations: 0, drops: 0, adoptions: 0, storedBytes: 0 };
  private readonly port: TranslatorPort;
  private readonly table: readonly InstructionRow[];
  private readonly limits: TranslatorLimits;
  private readonly batchSize: number;
  /** Arrivals after which a place is an entry of the region that it is in. */
  private readonly entryAfter: number;
  private readonly runsToWait: number;
  /** By entry; more than one where breakpoints made a second version. */
  private readonly bySlot = new Map<number, TranslatedRegion[]>();
  private readonly freeNumbers: number[] = [];
  private nextNumber = 0;
  private readonly requests = new Set<number>();
  private breakOffsets: ReadonlySet<number> = new Set();
  private dropsSeen = 0;
  /** Runs that ended since the oldest request. */
  private runsWaited = 0;
  /** What regions in the table are of. */
  private readonly instances = new WeakMap<StoredModule, WeakRef<WebAssembly.Exports>>();

  /** `translateAfter`: arrivals after which a region is wanted; with 0 it is made at once. */
  constructor(port: TranslatorPort, table: readonly InstructionRow[], translateAfter: number, limits: TranslatorLimits) {
    this.port = port;
    this.table = table;
    this.limits = limits;
    this.counters.storedBytes = port.store.size;
    this.batchSize = translateAfter === 0 ? 1 : BATCH_REGIONS;
    this.entryAfter = translateAfter / ENTRY_HEAT_FRACTION;
    this.runsToWait = Math.floor(translateAfter * RUNS_PER_ARRIVAL);
  }

  /** The interpreter arrived often enough at `slot`. */
  request(slot: number): void {
    const known = this.bySlot.get(slot)?.find((region) => this.isValid(region) && this.isUsable(region));
    if (known !== undefined) {
      this.install(known);
      return;
    }
    if (this.adopt(slot)) return;
    this.setSlot(slot, REGION_NONE);
    this.requests.add(slot);
    if (this.requests.size >= this.batchSize) this.flush();
  }

  /** Takes a region that is entered at `slot` from the store, if there is one for the bytes of this page. */
  adopt(slot: number): boolean {
    const { linear, store } = this.port;
    if (store.isEmpty || this.slotValue(slot) >= REGION_FIRST) return false;
    const codePage = codePageOf(slot);
    const offset = ((slot - codePage) / SLOT_SIZE) * HALFWORD;
    const page = this.firstHalfword(codePage);
    const { u16 } = linear;
    const found = store.candidates(entryKey(u16, page, offset)).find(({ region }) => (
      region.entries.includes(offset) && isRegionOf(region, u16, page) && !region.offsets.some((at) => this.breakOffsets.has(at))));
    if (found === undefined) return false;
    this.sweep();
    this.makeRoom(1, found.region.function.code.length);
    this.add(codePage, found, []);
    this.counters.adoptions++;
    return true;
  }

  private exportsOf(module: StoredModule): WebAssembly.Exports {
    const known = this.instances.get(module)?.deref();
    if (known !== undefined) return known;
    const { exports } = new WebAssembly.Instance(module.compiled, this.port.imports);
    this.instances.set(module, new WeakRef(exports));
    return exports;
  }

  /** A run has ended: few requests wait for others, but not for ever. */
  runEnded(): void {
    if (this.requests.size > 0 && ++this.runsWaited > this.runsToWait) this.flush();
  }

  /** Translates what was asked for. */
  private flush(): void {
    this.runsWaited = 0;
    if (this.requests.size === 0) return;
    // In the order of addresses a function comes before the places in it to which its calls return.
    const requests = [...this.requests].sort((one, other) => one - other);
    this.requests.clear();
    this.sweep();
    const wanted: WantedRegion[] = [];
    const covered = new Set<number>();
    for (const slot of requests) {
      const region = covered.has(slot) ? undefined : this.build(slot, covered);
      if (region === undefined) continue;
      wanted.push(region);
      for (const entry of region.slots) covered.add(entry);
    }
    if (wanted.length === 0) return;
    const module = new StoredModule(wanted.map((region) => this.describe(region)));
    this.makeRoom(wanted.length, module.size);
    wanted.forEach(({ codePage, breaks }, index) => {
      const region = module.regions[index];
      if (region !== undefined) this.add(codePage, { module, index, region }, breaks);
    });
    this.counters.translations += wanted.length;
    // One that ends at a breakpoint is no use to others.
    if (wanted.every(({ breaks }) => breaks.length === 0)) this.port.store.add(module);
    this.counters.storedBytes = this.port.store.size;
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

  private slotValue(slot: number): number {
    return this.port.linear.u16[(slot + SLOT_REGION) >>> 1] ?? 0;
  }

  private install(region: TranslatedRegion): void {
    region.isInstalled = true;
    for (const slot of region.slots) this.setSlot(slot, REGION_FIRST + region.number);
  }

  /** Its slots count from 0 again. */
  private remove(region: TranslatedRegion): void {
    this.release(region, 0);
  }

  /** The slots that lead to the region get another value. */
  private release(region: TranslatedRegion, value: number): void {
    region.isInstalled = false;
    for (const slot of region.slots) if (this.slotValue(slot) === REGION_FIRST + region.number) this.setSlot(slot, value);
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

  /** `covered`: slots where regions of the same batch begin. */
  private build(slot: number, covered: ReadonlySet<number>): WantedRegion | undefined {
    const codePage = codePageOf(slot);
    const index = (slot - codePage) / SLOT_SIZE;
    assert(codePage >= CODE_PAGES && codePage < CODE_PAGES + CODE_PAGE_COUNT * CODE_PAGE_STRIDE && Number.isInteger(index) && index < CODE_SLOTS,
      `slot ${slot.toString(16)} is in a code page`);
    if (this.port.linear.u32[(codePage + CODE_PAGE_OWNER) >>> 2] === 0) return undefined;
    const breaks = new Set<number>();
    const region = buildRegion(index * HALFWORD, this.reader(codePage, breaks, covered));
    if (region !== undefined) return { region, codePage, slots: region.entries.map((offset) => slotAt(codePage, offset)), breaks: [...breaks] };
    // If other bytes come here, it is asked again.
    this.stampPage(codePage);
    this.markTranslated(codePage, index * HALFWORD, 4);
    return undefined;
  }

  /** Where the bytes of the frame begin, in halfwords. */
  private firstHalfword(codePage: number): number {
    return (((this.port.linear.u32[(codePage + CODE_PAGE_OWNER) >>> 2] ?? 0) << PAGE_SHIFT) >>> 0) / HALFWORD;
  }

  private reader(codePage: number, breaks: Set<number>, covered: ReadonlySet<number>): CodeReader {
    const { u16 } = this.port.linear;
    const begin = this.firstHalfword(codePage);
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
      isWanted: (offset) => {
        const slot = slotAt(codePage, offset);
        const value = this.slotValue(slot);
        return value >= this.entryAfter && value < REGION_FIRST && !covered.has(slot);
      },
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

  private describe({ region, codePage }: WantedRegion): StoredRegion {
    const page = this.firstHalfword(codePage);
    const { u16 } = this.port.linear;
    const instructions: readonly RegionInstruction[] = region.blocks.flatMap((block) => block.instructions);
    return {
      entries: region.entries, keys: region.entries.map((offset) => entryKey(u16, page, offset)),
      offsets: Uint16Array.from(instructions, ({ offset }) => offset), raws: Uint32Array.from(instructions, ({ decoded }) => decoded.raw),
      function: generateRegion(region),
    };
  }

  private add(codePage: number, { module, index: indexInModule, region }: Candidate, breaks: readonly number[]): void {
    const { entries, offsets, raws, function: { code: { length: size } } } = region;
    const exports = this.exportsOf(module);
    const number = this.freeNumbers.pop() ?? this.nextNumber++;
    const { regions } = this.port;
    if (number >= regions.length) regions.grow(Math.min(regions.length, REGION_FIRST - regions.length));
    regions.set(number, exports[regionExport(indexInModule)]);
    offsets.forEach((offset, index) => { this.markTranslated(codePage, offset, instructionLength(raws[index] ?? 0)); });
    const slots = entries.map((offset) => slotAt(codePage, offset));
    const translated: TranslatedRegion = {
      slots, codePage, stamp: this.stampPage(codePage), number, size, breaks, offsets, exports, isInstalled: false,
    };
    for (const slot of slots) {
      const versions = this.bySlot.get(slot);
      if (versions === undefined) this.bySlot.set(slot, [translated]);
      else versions.push(translated);
    }
    this.counters.regions++;
    this.counters.bytes += size;
    this.install(translated);
  }

  // ---- giving up ----

  /** All regions, oldest first. */
  private all(): readonly TranslatedRegion[] {
    return [...new Set([...this.bySlot.values()].flat())];
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
    for (const slot of region.slots) {
      const others = (this.bySlot.get(slot) ?? []).filter((other) => other !== region);
      if (others.length === 0) this.bySlot.delete(slot);
      else this.bySlot.set(slot, others);
    }
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

  /** The next arrival at one of its slots asks for it. */
  private setAside(region: TranslatedRegion): void {
    this.release(region, REGION_NONE - 1);
  }
}
