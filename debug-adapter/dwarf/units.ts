import { readAbbreviations } from './abbreviations.ts';
import type { Abbreviation, AbbreviationTable } from './abbreviations.ts';
import { AT, FORM, UNIT_TYPE } from './constants.ts';
import { readForm, skipForm } from './forms.ts';
import type { AttributeValue, FormContext } from './forms.ts';
import { attempt, Reader } from './reader.ts';
import type { Section, Sections } from './reader.ts';

interface UnitHeader {
  readonly offset: number;
  readonly end: number;
  readonly version: number;
  readonly unitType: number;
  readonly offsetSize: 4 | 8;
  readonly addressSize: number;
  readonly abbreviationsOffset: number;
  /** Offset of the first entry. */
  readonly entriesOffset: number;
}

/** Abbreviation tables by offset, shared by the units that use the same one. */
export type AbbreviationCache = Map<number, AbbreviationTable>;

/** A unit of .debug_info; everything beyond the header is read when asked. */
export class Unit implements FormContext {
  readonly sections: Sections;
  readonly offset: number;
  readonly end: number;
  readonly version: number;
  readonly unitType: number;
  readonly offsetSize: 4 | 8;
  readonly addressSize: number;
  readonly #header: UnitHeader;
  readonly #cache: AbbreviationCache;
  readonly #info: Section;
  #stringOffsetsBase: number | undefined;
  #addressBase: number | undefined;
  #root: Die | undefined;

  constructor(sections: Sections, header: UnitHeader, cache: AbbreviationCache) {
    this.sections = sections;
    this.offset = header.offset;
    this.end = header.end;
    this.version = header.version;
    this.unitType = header.unitType;
    this.offsetSize = header.offsetSize;
    this.addressSize = header.addressSize;
    this.#header = header;
    this.#cache = cache;
    this.#info = sections.section('.debug_info');
  }

  get isCompileUnit(): boolean {
    return this.unitType === UNIT_TYPE.compile || this.unitType === UNIT_TYPE.partial;
  }

  get abbreviations(): AbbreviationTable {
    const offset = this.#header.abbreviationsOffset;
    let table = this.#cache.get(offset);
    if (table === undefined) {
      table = readAbbreviations(this.sections.section('.debug_abbrev'), offset);
      this.#cache.set(offset, table);
    }
    return table;
  }

  get root(): Die {
    this.#root ??= this.dieAt(this.#header.entriesOffset);
    if (this.#root === undefined) throw this.reader(this.#header.entriesOffset).damaged('a unit without entries');
    return this.#root;
  }

  get stringOffsetsBase(): number {
    // Without the attribute: just after the first table's header (as split units do).
    this.#stringOffsetsBase ??= sectionOffset(this.root.attribute(AT.strOffsetsBase)) ?? (this.version >= 5 ? this.offsetSize * 2 : 0);
    return this.#stringOffsetsBase;
  }

  get addressBase(): number {
    this.#addressBase ??= sectionOffset(this.root.attribute(AT.addrBase))
      ?? sectionOffset(this.root.attribute(AT.gnuAddrBase)) ?? (this.version >= 5 ? this.offsetSize + 4 : 0);
    return this.#addressBase;
  }

  reader(offset: number): Reader {
    return new Reader(this.#info, offset, this.end);
  }

  /** The entry at `offset`; undefined for a null entry (the end of a sibling chain) or the end of the unit. */
  dieAt(offset: number): Die | undefined {
    if (offset >= this.end) return undefined;
    const reader = this.reader(offset);
    const code = reader.uleb();
    if (code === 0) return undefined;
    const abbreviation = this.abbreviations.get(code);
    if (abbreviation === undefined) throw reader.damaged(`an entry with the undeclared abbreviation ${code}`);
    return new Die(this, offset, reader.offset, abbreviation);
  }
}

export function sectionOffset(value: AttributeValue | undefined): number | undefined {
  if (value?.kind === 'section-offset') return value.offset;
  // DWARF 2 and 3 use data4 and data8.
  if (value?.kind === 'constant' && value.value >= 0n && value.value <= 0xffff_ffffn) return Number(value.value);
  return undefined;
}

/** A debugging information entry. Attributes are decoded when asked. */
export class Die {
  readonly unit: Unit;
  readonly offset: number;
  readonly #attributesOffset: number;
  readonly #abbreviation: Abbreviation;

  constructor(unit: Unit, offset: number, attributesOffset: number, abbreviation: Abbreviation) {
    this.unit = unit;
    this.offset = offset;
    this.#attributesOffset = attributesOffset;
    this.#abbreviation = abbreviation;
  }

  get tag(): number {
    return this.#abbreviation.tag;
  }

  get hasChildren(): boolean {
    return this.#abbreviation.hasChildren;
  }

  has(name: number): boolean {
    return this.#abbreviation.names.includes(name);
  }

  attribute(name: number): AttributeValue | undefined {
    const { names, forms, implicitConstants } = this.#abbreviation;
    const index = names.indexOf(name);
    if (index < 0) return undefined;
    const reader = this.unit.reader(this.#attributesOffset);
    for (let before = 0; before < index; before++) skipForm(reader, forms[before] ?? 0, this.unit);
    return readForm(reader, forms[index] ?? 0, this.unit, implicitConstants.get(index));
  }

  string(name: number): string | undefined {
    const value = this.attribute(name);
    return value?.kind === 'string' ? value.value : undefined;
  }

  constant(name: number): bigint | undefined {
    const value = this.attribute(name);
    return value?.kind === 'constant' ? value.value : undefined;
  }

  /** A size or count that is small enough to be a number. */
  number(name: number): number | undefined {
    const value = this.constant(name);
    return value === undefined || value < 0n || value > BigInt(Number.MAX_SAFE_INTEGER) ? undefined : Number(value);
  }

  flag(name: number): boolean {
    const value = this.attribute(name);
    return value?.kind === 'flag' && value.value;
  }

  get #end(): number {
    const reader = this.unit.reader(this.#attributesOffset);
    for (const form of this.#abbreviation.forms) skipForm(reader, form, this.unit);
    return reader.offset;
  }

  /** Direct children in order. Damage ends the list early with an error. */
  *children(): Generator<Die, void, undefined> {
    if (!this.hasChildren) return;
    let offset = this.#end;
    for (;;) {
      const child = this.unit.dieAt(offset);
      if (child === undefined) return;
      yield child;
      offset = child.#next();
    }
  }

  /** Offset just after this entry and all its descendants. */
  #next(): number {
    const end = this.#end;
    if (!this.hasChildren) return end;
    const sibling = this.attribute(AT.sibling);
    if (sibling?.kind === 'reference' && sibling.offset > end && sibling.offset <= this.unit.end) return sibling.offset;
    const reader = this.unit.reader(end);
    const { abbreviations } = this.unit;
    for (let depth = 1; depth > 0;) {
      if (reader.atEnd) break;
      const code = reader.uleb();
      if (code === 0) {
        depth--;
        continue;
      }
      const abbreviation = abbreviations.get(code);
      if (abbreviation === undefined) throw reader.damaged(`an entry with the undeclared abbreviation ${code}`);
      for (const form of abbreviation.forms) skipForm(reader, form, this.unit);
      if (abbreviation.hasChildren) depth++;
    }
    return reader.offset;
  }
}

/** True when the unit describes variables by location lists: an optimising compiler made it, and locations are valid in prologues. */
export function hasLocationLists(unit: Unit): boolean {
  return attempt(() => {
    for (const { names, forms } of unit.abbreviations.values()) {
      const form = forms[names.indexOf(AT.location)];
      if (form === FORM.secOffset || form === FORM.loclistx) return true;
    }
    return false;
  }, false);
}

/** All units of .debug_info, in order. A damaged header ends the list. */
export function readUnits(sections: Sections): Unit[] {
  const info = sections.section('.debug_info');
  const units: Unit[] = [];
  const cache: AbbreviationCache = new Map();
  attempt(() => {
    for (let offset = 0; offset < info.bytes.length;) {
      const header = readHeader(info, offset);
      offset = header.end;
      if (header.version >= 2 && header.version <= 5 && header.addressSize === 8) units.push(new Unit(sections, header, cache));
    }
  }, undefined);
  return units;
}

/** DWARF 5, 7.5.1. */
function readHeader(info: Section, offset: number): UnitHeader {
  const reader = new Reader(info, offset);
  const { end, offsetSize } = reader.initialLength();
  if (end - offset < 11) throw reader.damaged('a unit that is too short');
  const version = reader.u16();
  let unitType: number = UNIT_TYPE.compile;
  let addressSize: number;
  let abbreviationsOffset: number;
  if (version >= 5) {
    unitType = reader.u8();
    addressSize = reader.u8();
    abbreviationsOffset = reader.dwarfOffset(offsetSize);
    if (unitType === UNIT_TYPE.skeleton || unitType === UNIT_TYPE.splitCompile) reader.skip(8);
    if (unitType === UNIT_TYPE.type || unitType === UNIT_TYPE.splitType) reader.skip(8 + offsetSize);
  } else {
    abbreviationsOffset = reader.dwarfOffset(offsetSize);
    addressSize = reader.u8();
  }
  return { offset, end, version, unitType, offsetSize, addressSize, abbreviationsOffset, entriesOffset: reader.offset };
}
