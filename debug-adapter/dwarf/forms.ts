import { FORM } from './constants.ts';
import { raised, Reader, stringAt } from './reader.ts';
import type { Section, Sections } from './reader.ts';

export type AttributeValue =
  | { readonly kind: 'address'; readonly value: bigint }
  /** Fixed-size data is zero-extended, since its signedness depends on the attribute; sdata and implicit_const are signed. */
  | { readonly kind: 'constant'; readonly value: bigint }
  | { readonly kind: 'flag'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  /** Offset of an entry (unit-headers.ts). */
  | { readonly kind: 'reference'; readonly offset: number }
  /** Blocks, expressions, data16. */
  | { readonly kind: 'block'; readonly bytes: Uint8Array }
  | { readonly kind: 'section-offset'; readonly offset: number }
  /** rnglistx and loclistx. */
  | { readonly kind: 'list-index'; readonly index: number }
  /** What is referred to cannot be read: supplementary files are not supported. */
  | { readonly kind: 'unsupported'; readonly what: string };

/** What the forms of a unit depend on. */
export interface FormContext {
  readonly sections: Sections;
  readonly version: number;
  /** Offset of the unit's header, the base of ref1..ref_udata. */
  readonly offset: number;
  readonly offsetSize: 4 | 8;
  readonly addressSize: number;
  readonly stringOffsetsBase: number;
  readonly addressBase: number;
  /** Offset of the entry of the type with this signature. */
  typeOffset(signature: bigint): number | undefined;
}

export function readForm(reader: Reader, form: number, unit: FormContext, implicit: bigint | undefined): AttributeValue {
  switch (form) {
    case FORM.addr: return { kind: 'address', value: raised(unit.sections, reader.unsigned(unit.addressSize)) };
    case FORM.data1: return { kind: 'constant', value: BigInt(reader.u8()) };
    case FORM.data2: return { kind: 'constant', value: BigInt(reader.u16()) };
    case FORM.data4: return { kind: 'constant', value: BigInt(reader.u32()) };
    case FORM.data8: return { kind: 'constant', value: reader.u64() };
    case FORM.data16: return { kind: 'block', bytes: reader.block(16) };
    case FORM.sdata: return { kind: 'constant', value: reader.sleb64() };
    case FORM.udata: return { kind: 'constant', value: reader.uleb64() };
    case FORM.implicitConst: return { kind: 'constant', value: implicit ?? 0n };
    case FORM.flag: return { kind: 'flag', value: reader.u8() !== 0 };
    case FORM.flagPresent: return { kind: 'flag', value: true };
    case FORM.exprloc:
    case FORM.block: return { kind: 'block', bytes: reader.block(reader.uleb()) };
    case FORM.block1: return { kind: 'block', bytes: reader.block(reader.u8()) };
    case FORM.block2: return { kind: 'block', bytes: reader.block(reader.u16()) };
    case FORM.block4: return { kind: 'block', bytes: reader.block(reader.u32()) };
    case FORM.secOffset: return { kind: 'section-offset', offset: reader.dwarfOffset(unit.offsetSize) };
    case FORM.loclistx:
    case FORM.rnglistx: return { kind: 'list-index', index: reader.uleb() };
    case FORM.indirect: return readIndirect(reader, unit);
    default: return readStringForm(reader, form, unit) ?? readAddressIndex(reader, form, unit) ?? readReference(reader, form, unit);
  }
}

/** DW_FORM_indirect: the form is in the data; a second indirection is refused, so that reading ends. */
function readIndirect(reader: Reader, unit: FormContext): AttributeValue {
  const form = reader.uleb();
  if (form === FORM.indirect || form === FORM.implicitConst) throw reader.damaged('an indirect form of an indirect form');
  return readForm(reader, form, unit, undefined);
}

function readStringForm(reader: Reader, form: number, unit: FormContext): AttributeValue | undefined {
  switch (form) {
    case FORM.string: return { kind: 'string', value: reader.string() };
    case FORM.strp: return stringIn(unit, '.debug_str', reader.dwarfOffset(unit.offsetSize));
    case FORM.lineStrp: return stringIn(unit, '.debug_line_str', reader.dwarfOffset(unit.offsetSize));
    case FORM.strx:
    case FORM.gnuStrIndex: return indexedString(unit, reader.uleb());
    case FORM.strx1: return indexedString(unit, reader.u8());
    case FORM.strx2: return indexedString(unit, reader.u16());
    case FORM.strx3: return indexedString(unit, reader.u24());
    case FORM.strx4: return indexedString(unit, reader.u32());
    case FORM.strpSup:
    case FORM.gnuStrpAlt:
      reader.skip(unit.offsetSize);
      return { kind: 'unsupported', what: 'a string in a supplementary file' };
    default: return undefined;
  }
}

/** Strings by offset: units of a large program name the same types a million times. */
const known = new WeakMap<Uint8Array, Map<number, string>>();
const KNOWN_MAX = 1 << 18;

function stringIn(unit: FormContext, name: string, offset: number): AttributeValue {
  const section = unit.sections.section(name);
  let strings = known.get(section.bytes);
  if (strings === undefined) {
    strings = new Map();
    known.set(section.bytes, strings);
  }
  let value = strings.get(offset);
  if (value === undefined) {
    value = stringAt(section, offset);
    if (strings.size < KNOWN_MAX) strings.set(offset, value);
  }
  return { kind: 'string', value };
}

function indexedString(unit: FormContext, index: number): AttributeValue {
  const table = unit.sections.section('.debug_str_offsets');
  const reader = new Reader(table, unit.stringOffsetsBase + index * unit.offsetSize);
  return stringIn(unit, '.debug_str', reader.dwarfOffset(unit.offsetSize));
}

function readAddressIndex(reader: Reader, form: number, unit: FormContext): AttributeValue | undefined {
  switch (form) {
    case FORM.addrx:
    case FORM.gnuAddrIndex: return { kind: 'address', value: indexedAddress(unit, reader.uleb()) };
    case FORM.addrx1: return { kind: 'address', value: indexedAddress(unit, reader.u8()) };
    case FORM.addrx2: return { kind: 'address', value: indexedAddress(unit, reader.u16()) };
    case FORM.addrx3: return { kind: 'address', value: indexedAddress(unit, reader.u24()) };
    case FORM.addrx4: return { kind: 'address', value: indexedAddress(unit, reader.u32()) };
    default: return undefined;
  }
}

/** Entry `index` of the unit's part of .debug_addr. */
export function indexedAddress(unit: FormContext, index: number): bigint {
  const table: Section = unit.sections.section('.debug_addr');
  return raised(unit.sections, new Reader(table, unit.addressBase + index * unit.addressSize).unsigned(unit.addressSize));
}

function readReference(reader: Reader, form: number, unit: FormContext): AttributeValue {
  switch (form) {
    case FORM.ref1: return { kind: 'reference', offset: unit.offset + reader.u8() };
    case FORM.ref2: return { kind: 'reference', offset: unit.offset + reader.u16() };
    case FORM.ref4: return { kind: 'reference', offset: unit.offset + reader.u32() };
    case FORM.ref8: return { kind: 'reference', offset: unit.offset + reader.u64Number() };
    case FORM.refUdata: return { kind: 'reference', offset: unit.offset + reader.uleb() };
    case FORM.refAddr: {
      const sizeBytes = unit.version <= 2 ? unit.addressSize : unit.offsetSize;
      return { kind: 'reference', offset: reader.dwarfOffset(sizeBytes) };
    }
    case FORM.refSig8: {
      const offset = unit.typeOffset(reader.u64());
      return offset === undefined ? { kind: 'unsupported', what: 'a type whose type unit is missing or damaged' } : { kind: 'reference', offset };
    }
    case FORM.refSup4:
      reader.skip(4);
      return { kind: 'unsupported', what: 'a reference into a supplementary file' };
    case FORM.refSup8:
      reader.skip(8);
      return { kind: 'unsupported', what: 'a reference into a supplementary file' };
    case FORM.gnuRefAlt:
      reader.skip(unit.offsetSize);
      return { kind: 'unsupported', what: 'a reference into a supplementary file' };
    default: throw reader.damaged(`an attribute of the unknown form 0x${form.toString(16)}`);
  }
}

const FIXED_SIZES: ReadonlyMap<number, number> = new Map([
  [FORM.data1, 1], [FORM.data2, 2], [FORM.data4, 4], [FORM.data8, 8], [FORM.data16, 16], [FORM.flag, 1],
  [FORM.flagPresent, 0], [FORM.implicitConst, 0], [FORM.ref1, 1], [FORM.ref2, 2], [FORM.ref4, 4], [FORM.ref8, 8],
  [FORM.refSig8, 8], [FORM.refSup4, 4], [FORM.refSup8, 8], [FORM.strx1, 1], [FORM.strx2, 2], [FORM.strx3, 3],
  [FORM.strx4, 4], [FORM.addrx1, 1], [FORM.addrx2, 2], [FORM.addrx3, 3], [FORM.addrx4, 4],
]);

/** Moves past a value without looking at what it refers to. */
export function skipForm(reader: Reader, form: number, unit: FormContext): void {
  const fixed = FIXED_SIZES.get(form);
  if (fixed !== undefined) {
    reader.skip(fixed);
    return;
  }
  switch (form) {
    case FORM.addr: reader.skip(unit.addressSize); return;
    case FORM.string: reader.skipString(); return;
    case FORM.sdata:
    case FORM.udata:
    case FORM.refUdata:
    case FORM.strx:
    case FORM.addrx:
    case FORM.loclistx:
    case FORM.rnglistx:
    case FORM.gnuAddrIndex:
    case FORM.gnuStrIndex: reader.skipLeb(); return;
    case FORM.exprloc:
    case FORM.block: reader.skip(reader.uleb()); return;
    case FORM.block1: reader.skip(reader.u8()); return;
    case FORM.block2: reader.skip(reader.u16()); return;
    case FORM.block4: reader.skip(reader.u32()); return;
    case FORM.strp:
    case FORM.lineStrp:
    case FORM.secOffset:
    case FORM.strpSup:
    case FORM.gnuRefAlt:
    case FORM.gnuStrpAlt: reader.skip(unit.offsetSize); return;
    case FORM.refAddr: reader.skip(unit.version <= 2 ? unit.addressSize : unit.offsetSize); return;
    case FORM.indirect: {
      const actual = reader.uleb();
      if (actual === FORM.indirect || actual === FORM.implicitConst) throw reader.damaged('an indirect form of an indirect form');
      skipForm(reader, actual, unit);
      return;
    }
    default: throw reader.damaged(`an attribute of the unknown form 0x${form.toString(16)}`);
  }
}
