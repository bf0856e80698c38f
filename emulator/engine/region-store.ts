/**
 * Translated code by content: regions of one machine serve every other whose pages hold the same instructions, in this process or, when
 * a host keeps the store on disk, in a later one. What a region does depends on its instructions alone, so they are compared, all of
 * them; the key only finds candidates.
 */
import { PAGE_SIZE } from '../core/layout.ts';
import { assembleRegions, type RegionFunction } from './region-module.ts';

const HALFWORD = 2;
/** Halfwords from an entry on that its key is made of. */
const KEY_HALFWORDS = 4;
const HASH_MULTIPLIER = 0x9e3779b1;
const FILTER_SIZE = 1 << 16;
const NOTHING: readonly Candidate[] = [];
/** Of WebAssembly code; the oldest modules go when there is more. */
export const STORED_BYTES_MAX = 8 << 20;

export interface StoredRegion {
  /** Page offsets where it is entered, and the key of each. */
  readonly entries: readonly number[];
  readonly keys: readonly number[];
  /** Its instructions: page offsets, and bits (16 or 32). */
  readonly offsets: Uint16Array;
  readonly raws: Uint32Array;
  readonly function: RegionFunction;
}

/** Regions that are compiled together. */
export class StoredModule {
  readonly regions: readonly StoredRegion[];
  private readonly compile: () => WebAssembly.Module;
  /** Machine code is large, and can be made again where nothing runs it any more. */
  private module: WeakRef<WebAssembly.Module> | undefined;

  /** `compile` makes the module, which exports the region with index i as regionExport(i), when it is needed. */
  constructor(regions: readonly StoredRegion[], compile = () => new WebAssembly.Module(assembleRegions(regions.map((region) => region.function)))) {
    this.regions = regions;
    this.compile = compile;
  }

  get compiled(): WebAssembly.Module {
    const known = this.module?.deref();
    if (known !== undefined) return known;
    const made = this.compile();
    this.module = new WeakRef(made);
    return made;
  }

  get size(): number {
    return this.regions.reduce((sum, region) => sum + region.function.code.length, 0);
  }
}

export interface Candidate {
  readonly module: StoredModule;
  readonly index: number;
  readonly region: StoredRegion;
}

/** The key of an entry at page offset `offset` of the page whose halfwords begin at `page` in `u16`. */
export function entryKey(u16: Uint16Array, page: number, offset: number): number {
  let key = offset;
  const first = offset / HALFWORD;
  const end = Math.min(first + KEY_HALFWORDS, PAGE_SIZE / HALFWORD);
  for (let index = first; index < end; index++) key = Math.imul(key ^ (u16[page + index] ?? 0), HASH_MULTIPLIER) ^ (key >>> 15);
  return key >>> 0;
}

/** Are the region's instructions in that page? */
export function isRegionOf({ offsets, raws }: StoredRegion, u16: Uint16Array, page: number): boolean {
  for (let index = 0; index < offsets.length; index++) {
    const at = page + (offsets[index] ?? 0) / HALFWORD;
    const raw = raws[index] ?? 0;
    if (u16[at] !== (raw & 0xffff)) return false;
    if ((raw & 3) === 3 && u16[at + 1] !== raw >>> 16) return false;
  }
  return true;
}

export class RegionStore {
  private readonly bytesLimit: number;
  private readonly modules = new Set<StoredModule>();
  private readonly byKey = new Map<number, Candidate[]>();
  /** Bits of keys that may be in `byKey`: most are not, and are asked for at every instruction that is decoded. */
  private readonly filter = new Uint8Array(FILTER_SIZE);
  private bytes = 0;

  constructor(bytesLimit = STORED_BYTES_MAX) {
    this.bytesLimit = bytesLimit;
  }

  /** Oldest first. */
  get regions(): readonly StoredRegion[] {
    return [...this.modules].flatMap(({ regions }) => regions);
  }

  /** Bytes of their WebAssembly code. */
  get size(): number {
    return this.bytes;
  }

  get isEmpty(): boolean {
    return this.modules.size === 0;
  }

  add(module: StoredModule): void {
    if (module.size > this.bytesLimit) return;
    this.modules.add(module);
    this.bytes += module.size;
    module.regions.forEach((region, index) => {
      for (const key of region.keys) {
        this.filter[key & (FILTER_SIZE - 1)] = 1;
        const candidates = this.byKey.get(key);
        if (candidates === undefined) this.byKey.set(key, [{ module, index, region }]);
        else candidates.push({ module, index, region });
      }
    });
    for (const oldest of this.modules) {
      if (this.bytes <= this.bytesLimit) break;
      this.drop(oldest);
    }
  }

  candidates(key: number): readonly Candidate[] {
    return this.filter[key & (FILTER_SIZE - 1)] === 0 ? NOTHING : this.byKey.get(key) ?? NOTHING;
  }

  private drop(module: StoredModule): void {
    this.modules.delete(module);
    this.bytes -= module.size;
    for (const key of module.regions.flatMap(({ keys }) => keys)) {
      const others = this.candidates(key).filter((candidate) => candidate.module !== module);
      if (others.length === 0) this.byKey.delete(key);
      else this.byKey.set(key, others);
    }
  }
}
