import { findAbbreviation, readAbbreviations } from './abbreviations.ts';
import type { Abbreviation, AbbreviationTable } from './abbreviations.ts';
import { AT, FORM, UNIT_TYPE } from './constants.ts';
import { readForm, skipForm } from './forms.ts';
import type { AttributeValue, FormContext } from './forms.ts';
import { attempt, Reader } from './reader.ts';
import type { Section, Sections } from './reader.ts';
import { unitBytes } from './unit-headers.ts';
import type { UnitHeader } from './unit-headers.ts';
import type { UnitTable } from './unit-table.ts';

/** The largest head of a unit that holds its first entry; one that does not fit is read with the whole unit. */
const HEAD_SIZE = 512;
/** What units keep of the file beside their heads, in all. */
const KEPT_BYTES_MAX = 32 * 1024 * 1024;
const KEPT_TABLES_MAX = 256;

/** What the units of a program keep, as long as there is room. */
export class UnitCache {
  /** Abbreviation tables by offset, shared by the units that use the same one. */
  readonly #tables = new Map<number, AbbreviationTable>();
  readonly #contents = new Map<Unit, Section>();
  #keptBytes = 0;

  abbreviations(section: () => Section, offset: number): AbbreviationTable {
    const known = this.#tables.get(offset);
    if (known !== undefined) return known;
    const table = readAbbreviations(section(), offset);
    dropOldest(this.#tables, KEPT_TABLES_MAX - 1);
    this.#tables.set(offset, table);
    return table;
  }

  contents(unit: Unit, read: () => Section): Section {
    const known = this.#contents.get(unit);
    if (known !== undefined) return known;
    const section = read();
    for (const [oldest, kept] of this.#contents) {
      if (this.#keptBytes <= KEPT_BYTES_MAX) break;
      this.#contents.delete(oldest);
      this.#keptBytes -= isPartOf(oldest, kept) ? kept.bytes.length : 0;
    }
    this.#contents.set(unit, section);
    // A whole section is kept by whoever read it.
    this.#keptBytes += isPartOf(unit, section) ? section.bytes.length : 0;
    return section;
  }
}

function isPartOf({ offset, end }: Unit, { bytes }: Section): boolean {
  return bytes.length <= end - offset;
}

function dropOldest(map: Map<number, unknown>, sizeMax: number): void {
  for (const key of map.keys()) {
    if (map.size <= sizeMax) return;
    map.delete(key);
  }
}

/** A unit; everything beyond the header is read when asked. */
export class Unit implements FormContext {
  readonly sections: Sections;
  readonly offset: number;
  readonly end: number;
  readonly version: number;
  readonly unitType: number;
  readonly offsetSize: 4 | 8;
  readonly addressSize: number;
  /** The units of the program. */
  readonly table: UnitTable;
  readonly #header: UnitHeader;
  readonly #cache: UnitCache;
  #stringOffsetsBase: number | undefined;
  #addressBase: number | undefined;
  #root: Die | undefined;

  constructor(sections: Sections, header: UnitHeader, cache: UnitCache, table: UnitTable) {
    this.sections = sections;
    this.offset = header.offset;
    this.end = header.end;
    this.version = header.version;
    this.unitType = header.unitType;
    this.offsetSize = header.offsetSize;
    this.addressSize = header.addressSize;
    this.#header = header;
    this.#cache = cache;
    this.table = table;
  }

  get isCompileUnit(): boolean {
    return this.unitType === UNIT_TYPE.compile || this.unitType === UNIT_TYPE.partial;
  }

  /** Of a type unit: its type. */
  get type(): UnitHeader['type'] {
    return this.#header.type;
  }

  typeOffset(signature: bigint): number | undefined {
    return this.table.typeOffset(signature);
  }

  get abbreviations(): AbbreviationTable {
    return this.#cache.abbreviations(() => this.sections.section('.debug_abbrev'), this.#header.abbreviationsOffset);
  }

  get root(): Die {
    this.#root ??= attempt(() => this.#rootFromHead(), undefined) ?? this.dieAt(this.#header.entriesOffset);
    if (this.#root === undefined) throw this.reader(this.#header.entriesOffset).damaged('a unit without entries');
    return this.#root;
  }

  /** The first entry without reading the rest of the unit; undefined if the head does not hold it. */
  #rootFromHead(): Die | undefined {
    const head = unitBytes(this.sections, this.#header.section, this.offset, Math.min(HEAD_SIZE, this.end - this.offset));
    const reader = new Reader(head, this.#header.entriesOffset, this.end);
    const code = reader.uleb();
    const abbreviation = code === 0 ? undefined : findAbbreviation(this.sections.section('.debug_abbrev'), this.#header.abbreviationsOffset, code);
    if (abbreviation === undefined) return undefined;
    const { offset } = reader;
    for (const form of abbreviation.forms) skipForm(reader, form, this);
    return new Die(this, this.#header.entriesOffset, offset, abbreviation, head);
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
    const contents = this.#cache.contents(this, () => unitBytes(this.sections, this.#header.section, this.offset, this.end - this.offset));
    return new Reader(contents, offset, this.end);
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
  readonly #head: Section | undefined;

  /** `head`: a part of the unit that holds all of the entry. */
  constructor(unit: Unit, offset: number, attributesOffset: number, abbreviation: Abbreviation, head?: Section) {
    this.#head = head;
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
    const reader = this.#reader();
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

  #reader(): Reader {
    return this.#head === undefined ? this.unit.reader(this.#attributesOffset) : new Reader(this.#head, this.#attributesOffset, this.unit.end);
  }

  get #end(): number {
    const reader = this.#reader();
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

  /** Direct children as `children` gives them, but made only on demand: for passes over whole programs. */
  eachChild(visit: (tag: number, make: () => Die) => void): void {
    if (!this.hasChildren) return;
    const { unit } = this;
    const { abbreviations } = unit;
    const reader = unit.reader(this.#end);
    while (!reader.atEnd) {
      const { offset } = reader;
      const code = reader.uleb();
      if (code === 0) return;
      const abbreviation = abbreviations.get(code);
      if (abbreviation === undefined) throw reader.damaged(`an entry with the undeclared abbreviation ${code}`);
      const attributesOffset = reader.offset;
      visit(abbreviation.tag, () => new Die(unit, offset, attributesOffset, abbreviation));
      const sibling = skipAttributes(reader, abbreviation, unit);
      if (!abbreviation.hasChildren) continue;
      if (sibling !== undefined && sibling > reader.offset && sibling <= unit.end) reader.offset = sibling;
      else skipDescendants(reader, abbreviations, unit);
    }
  }

  /** Offset just after this entry and all its descendants. */
  #next(): number {
    const end = this.#end;
    if (!this.hasChildren) return end;
    const sibling = this.attribute(AT.sibling);
    if (sibling?.kind === 'reference' && sibling.offset > end && sibling.offset <= this.unit.end) return sibling.offset;
    const reader = this.unit.reader(end);
    skipDescendants(reader, this.unit.abbreviations, this.unit);
    return reader.offset;
  }
}

/** Passes over an entry's attributes; gives the offset of its sibling if it names one. */
function skipAttributes(reader: Reader, { names, forms, implicitConstants }: Abbreviation, unit: Unit): number | undefined {
  let sibling: number | undefined;
  for (let index = 0; index < forms.length; index++) {
    const form = forms[index] ?? 0;
    if (names[index] !== AT.sibling) {
      skipForm(reader, form, unit);
      continue;
    }
    const value = readForm(reader, form, unit, implicitConstants.get(index));
    if (value.kind === 'reference') sibling = value.offset;
  }
  return sibling;
}

/** Passes over the children of an entry whose attributes end at the cursor, and theirs. */
function skipDescendants(reader: Reader, abbreviations: AbbreviationTable, unit: Unit): void {
  for (let depth = 1; depth > 0 && !reader.atEnd;) {
    const code = reader.uleb();
    if (code === 0) {
      depth--;
      continue;
    }
    const abbreviation = abbreviations.get(code);
    if (abbreviation === undefined) throw reader.damaged(`an entry with the undeclared abbreviation ${code}`);
    for (const form of abbreviation.forms) skipForm(reader, form, unit);
    if (abbreviation.hasChildren) depth++;
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
