/** Headers of units, without what follows them (DWARF 5, 7.5.1; DWARF 4, 7.5.1). */
import { UNIT_TYPE } from './constants.ts';
import { attempt, partOf, Reader, sizeOfSection } from './reader.ts';
import type { Section, Sections } from './reader.ts';

/** A section of units. Offsets of entries in .debug_types go on where .debug_info ends, so that an offset alone says which entry is meant. */
export interface UnitSection {
  readonly name: '.debug_info' | '.debug_types';
  /** Offset of the section's first byte. */
  readonly base: number;
}

export interface UnitHeader {
  readonly section: UnitSection;
  readonly offset: number;
  readonly end: number;
  readonly version: number;
  readonly unitType: number;
  readonly offsetSize: 4 | 8;
  readonly addressSize: number;
  readonly abbreviationsOffset: number;
  /** Offset of the first entry. */
  readonly entriesOffset: number;
  /** Of a type unit: the signature and the entry of its type; undefined also if the entry is outside of the unit. */
  readonly type: { readonly signature: bigint; readonly offset: number } | undefined;
}

const HEADER_SIZE_MAX = 40;
const TYPE_UNITS: ReadonlySet<number> = new Set<number>([UNIT_TYPE.type, UNIT_TYPE.splitType]);

export function isTypeUnit({ unitType }: Pick<UnitHeader, 'unitType'>): boolean {
  return TYPE_UNITS.has(unitType);
}

/** `sizeBytes` from an offset of an entry on, or the whole section where that is what there is. */
export function unitBytes(sections: Sections, { name, base }: UnitSection, offset: number, sizeBytes: number): Section {
  const part = partOf(sections, name, offset - base, sizeBytes);
  return base === 0 ? part : { ...part, start: (part.start ?? 0) + base, base };
}

/** All headers of a section that the reader knows, in order. A damaged one ends the list. */
export function readUnitHeaders(sections: Sections, section: UnitSection): UnitHeader[] {
  const headers: UnitHeader[] = [];
  attempt(() => {
    const limit = section.base + sizeOfSection(sections, section.name);
    for (let offset = section.base; offset < limit;) {
      const header = readHeader(unitBytes(sections, section, offset, Math.min(HEADER_SIZE_MAX, limit - offset)), section, offset, limit);
      offset = header.end;
      if (header.version >= 2 && header.version <= 5 && header.addressSize === 8) headers.push(header);
    }
  }, undefined);
  return headers;
}

function readHeader(bytes: Section, section: UnitSection, offset: number, limit: number): UnitHeader {
  const reader = new Reader(bytes, offset);
  const { end, offsetSize } = reader.initialLength(limit);
  if (end - offset < 11) throw reader.damaged('a unit that is too short');
  const version = reader.u16();
  let unitType: number = section.name === '.debug_types' ? UNIT_TYPE.type : UNIT_TYPE.compile;
  let addressSize: number;
  let abbreviationsOffset: number;
  if (version >= 5) {
    unitType = reader.u8();
    addressSize = reader.u8();
    abbreviationsOffset = reader.dwarfOffset(offsetSize);
    if (unitType === UNIT_TYPE.skeleton || unitType === UNIT_TYPE.splitCompile) reader.skip(8);
  } else {
    abbreviationsOffset = reader.dwarfOffset(offsetSize);
    addressSize = reader.u8();
  }
  const named = isTypeUnit({ unitType }) ? { signature: reader.u64(), offset: offset + reader.dwarfOffset(offsetSize) } : undefined;
  const entriesOffset = reader.offset;
  const type = named !== undefined && named.offset >= entriesOffset && named.offset < end ? named : undefined;
  return { section, offset, end, version, unitType, offsetSize, addressSize, abbreviationsOffset, entriesOffset, type };
}
