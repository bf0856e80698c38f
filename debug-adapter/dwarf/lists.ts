import { AT } from './constants.ts';
import { indexedAddress } from './forms.ts';
import type { AttributeValue } from './forms.ts';
import { damaged, raised, Reader, U64 } from './reader.ts';
import { sectionOffset } from './units.ts';
import type { Die, Unit } from './units.ts';

/** [low, high) in virtual addresses. */
export interface AddressRange {
  readonly low: bigint;
  readonly high: bigint;
}

const MAX_ENTRIES = 1 << 16;

export function contains(ranges: readonly AddressRange[], address: bigint): boolean {
  return ranges.some((range) => address >= range.low && address < range.high);
}

/** The code of an entry: DW_AT_ranges, or DW_AT_low_pc with DW_AT_high_pc; empty when it has none. */
export function rangesOf(die: Die): AddressRange[] {
  const list = die.attribute(AT.ranges);
  if (list !== undefined) return readRanges(die.unit, list);
  const low = die.attribute(AT.lowPc);
  const high = die.attribute(AT.highPc);
  if (low?.kind !== 'address') return [];
  if (high?.kind === 'address') return nonEmpty(low.value, high.value);
  if (high?.kind === 'constant') return nonEmpty(low.value, low.value + high.value);
  return [];
}

function nonEmpty(low: bigint, high: bigint): AddressRange[] {
  return high > low && high <= U64 + 1n ? [{ low, high }] : [];
}

/** What offsets in the unit's lists count from: the unit's DW_AT_low_pc. */
function unitBase(unit: Unit): bigint {
  const low = unit.root.attribute(AT.lowPc);
  return low?.kind === 'address' ? low.value : raised(unit.sections, 0n);
}

/** Offset of a list: direct, or entry `index` of the offset table at the unit's base (DWARF 5, 7.28 and 7.29). */
function listOffset(unit: Unit, value: AttributeValue, section: string, baseAttribute: number): number | undefined {
  if (value.kind !== 'list-index') return sectionOffset(value);
  const headerSize = unit.offsetSize === 8 ? 20 : 12;
  const base = sectionOffset(unit.root.attribute(baseAttribute)) ?? headerSize;
  const reader = new Reader(unit.sections.section(section), base + value.index * unit.offsetSize);
  return base + reader.dwarfOffset(unit.offsetSize);
}

function readRanges(unit: Unit, value: AttributeValue): AddressRange[] {
  const section = unit.version >= 5 ? '.debug_rnglists' : '.debug_ranges';
  const offset = listOffset(unit, value, section, AT.rnglistsBase);
  if (offset === undefined) return [];
  const reader = new Reader(unit.sections.section(section), offset);
  return unit.version >= 5 ? readRangeList5(reader, unit) : readRangeList4(reader, unit);
}

/** DWARF 4, 2.17.3. */
function readRangeList4(reader: Reader, unit: Unit): AddressRange[] {
  const ranges: AddressRange[] = [];
  let base = unitBase(unit);
  for (let count = 0; count < MAX_ENTRIES; count++) {
    const low = reader.u64();
    const high = reader.u64();
    if (low === 0n && high === 0n) return ranges;
    if (low === U64) base = raised(unit.sections, high);
    else ranges.push(...nonEmpty(BigInt.asUintN(64, base + low), BigInt.asUintN(64, base + high)));
  }
  throw reader.damaged('a range list without end');
}

/** DWARF 5, 7.25: DW_RLE_*. */
function readRangeList5(reader: Reader, unit: Unit): AddressRange[] {
  const ranges: AddressRange[] = [];
  let base = unitBase(unit);
  for (let count = 0; count < MAX_ENTRIES; count++) {
    const kind = reader.u8();
    if (kind === 0) return ranges;
    if (kind === 1) base = indexedAddress(unit, reader.uleb());
    else if (kind === 5) base = raised(unit.sections, reader.u64());
    else {
      const pair = kind <= 7 ? startAndEnd(reader, unit, kind, base) : undefined;
      if (pair === undefined) throw reader.damaged(`a range list entry of the unknown kind ${kind}`);
      ranges.push(...nonEmpty(...pair));
    }
  }
  throw reader.damaged('a range list without end');
}

/** Range list kinds 2 startx_endx, 3 startx_length, 4 offset_pair, 6 start_end, 7 start_length. */
function startAndEnd(reader: Reader, unit: Unit, kind: number, base: bigint): [bigint, bigint] | undefined {
  let low: bigint;
  switch (kind) {
    case 2: return [indexedAddress(unit, reader.uleb()), indexedAddress(unit, reader.uleb())];
    case 3:
      low = indexedAddress(unit, reader.uleb());
      return [low, low + reader.uleb64()];
    case 4:
      low = BigInt.asUintN(64, base + reader.uleb64());
      return [low, BigInt.asUintN(64, base + reader.uleb64())];
    case 6: return [raised(unit.sections, reader.u64()), raised(unit.sections, reader.u64())];
    case 7:
      low = raised(unit.sections, reader.u64());
      return [low, low + reader.uleb64()];
    default: return undefined;
  }
}

/**
 * The expression that holds at `pc`: the value itself for a block, else from its location list. Undefined: none holds (optimised out
 * there). `isEntry`: a function begins at `pc`; what holds only there GCC writes as an empty range, which GDB understands.
 */
export function locationAt(unit: Unit, value: AttributeValue, pc: bigint, isEntry = false): Uint8Array | undefined {
  if (value.kind === 'block') return value.bytes;
  const section = unit.version >= 5 ? '.debug_loclists' : '.debug_loc';
  const offset = listOffset(unit, value, section, AT.loclistsBase);
  if (offset === undefined) return undefined;
  const reader = new Reader(unit.sections.section(section), offset);
  const holds: Holds = (low, high) => pc >= low && (pc < high || (isEntry && pc === low && low === high));
  return unit.version >= 5 ? findLocation5(reader, unit, holds) : findLocation4(reader, unit, holds);
}

type Holds = (low: bigint, high: bigint) => boolean;

/** DWARF 4, 2.6.2. */
function findLocation4(reader: Reader, unit: Unit, holds: Holds): Uint8Array | undefined {
  let base = unitBase(unit);
  for (let count = 0; count < MAX_ENTRIES; count++) {
    const low = reader.u64();
    const high = reader.u64();
    if (low === 0n && high === 0n) return undefined;
    if (low === U64) {
      base = raised(unit.sections, high);
      continue;
    }
    const bytes = reader.block(reader.u16());
    if (holds(BigInt.asUintN(64, base + low), BigInt.asUintN(64, base + high))) return bytes;
  }
  throw reader.damaged('a location list without end');
}

/** DWARF 5, 7.29: DW_LLE_*; 5 default_location and 6 base_address shift the later kinds by one or two from those of range lists. */
function findLocation5(reader: Reader, unit: Unit, holds: Holds): Uint8Array | undefined {
  let base = unitBase(unit);
  let fallback: Uint8Array | undefined;
  for (let count = 0; count < MAX_ENTRIES; count++) {
    const kind = reader.u8();
    if (kind === 0) return fallback;
    if (kind === 1) base = indexedAddress(unit, reader.uleb());
    else if (kind === 5) fallback = reader.block(reader.uleb());
    else if (kind === 6) base = raised(unit.sections, reader.u64());
    else if (kind === 9) {
      // DW_LLE_GNU_view_pair.
      reader.skipLeb();
      reader.skipLeb();
    } else {
      const pair = kind <= 8 ? startAndEnd(reader, unit, kind >= 7 ? kind - 1 : kind, base) : undefined;
      if (pair === undefined) throw damaged(reader.section.name, reader.offset, `a location list entry of the unknown kind ${kind}`);
      const bytes = reader.block(reader.uleb());
      if (holds(...pair)) return bytes;
    }
  }
  throw reader.damaged('a location list without end');
}
