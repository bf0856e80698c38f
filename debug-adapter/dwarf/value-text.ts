import { characterKind, MAX_STRING_CHARACTERS, quoteCharacter, quoteString, untilNul } from './characters.ts';
import type { CharacterKind } from './characters.ts';
import { ENCODING } from './constants.ts';
import { floatText } from './float-text.ts';
import type { ReadMemory } from './reader.ts';
import { isReference, stripType } from './type-model.ts';
import type { ArrayType, BareType, EnumerationType, MemberPointerType, StructureType, Type } from './type-model.ts';
import { behindReferences, countOf, elementValue, integerOf, membersOf, memberValue, sliceElements } from './value.ts';
import type { Value, ValueContext } from './value.ts';
import { languageOfType } from './type-text.ts';

const MAX_PREVIEW = 120;
const MAX_PREVIEW_PARTS = 10;
const MAX_PREVIEW_DEPTH = 2;

/** How numbers are written, all the way down; by default as their types want. */
export type NumberFormat = (raw: bigint, sizeBits: number, type: BareType) => string | undefined;

/** The value in one line. */
export function valueText(whole: Value, context: ValueContext, format?: NumberFormat, depth = 0): string {
  const value = behindReferences(whole, context);
  const type = stripType(value.type);
  const { missing, pointee } = value.storage;
  if (missing !== undefined && pointee === undefined) return `<${missing}>`;
  switch (type.kind) {
    case 'void': return 'void';
    case 'unsupported': return `<${type.what}>`;
    case 'structure': return structureText(value, type, context, format, depth);
    case 'array': return arrayText(value, type, context, format, depth);
    case 'function': {
      const { address } = value.storage;
      return address === undefined ? '<optimized out>' : pointerText(address, context);
    }
    default: return scalarText(value, type, context, format);
  }
}

function scalarText(value: Value, type: Exclude<BareType, { kind: 'void' | 'unsupported' | 'structure' | 'array' | 'function' }>, context: ValueContext, format: NumberFormat | undefined): string {
  if (value.storage.pointee !== undefined) return '<synthetic pointer>';
  // () and other types without a value of Rust.
  if (type.kind === 'base' && type.sizeBytes === 0) return type.name;
  const number = integerOf(value, context);
  if (typeof number === 'string') return `<${number}>`;
  const sizeBits = value.bits?.size ?? type.sizeBytes * 8;
  const formatted = format?.(number, sizeBits, type);
  if (formatted !== undefined) return formatted;
  switch (type.kind) {
    case 'enumeration': return enumerationText(number, type);
    case 'pointer': return pointerText(number, context) + (isReference(type) ? '' : stringPreview(number, type.target(), context));
    case 'member-pointer': return memberPointerText(number, type, context);
    case 'base': return baseText(number, type.encoding, sizeBits, characterKind(value.type));
  }
}

/** An address, with the symbol that it is in. */
export function pointerText(address: bigint, context: ValueContext): string {
  const symbol = address === 0n ? undefined : context.symbolText(address);
  return `0x${address.toString(16)}${symbol === undefined ? '' : ` <${symbol}>`}`;
}

/** Of a data member the offset, all ones for none; of a method its address, or odd: its place in the table of virtual ones (Itanium C++ ABI, 2.3). */
function memberPointerText(raw: bigint, type: MemberPointerType, context: ValueContext): string {
  if (type.sizeBytes > 8) return pointerText(BigInt.asUintN(64, raw), context);
  if (BigInt.asIntN(64, raw) === -1n) return 'NULL';
  const container = stripType(type.container());
  const member = container.kind === 'structure' ? container.members().find(({ offsetBytes, name }) => BigInt(offsetBytes) === raw && name !== undefined) : undefined;
  return member?.name !== undefined && container.kind === 'structure' ? `&${container.name ?? ''}::${member.name}` : `0x${raw.toString(16)}`;
}

function stringPreview(address: bigint, target: Type, context: ValueContext): string {
  const kind = address === 0n ? undefined : characterKind(target);
  if (kind === undefined) return '';
  const bytes = untilNul(readString(address, kind, context.memory), kind);
  return bytes.length === 0 && context.memory(address, 1).length === 0 ? '' : ` ${quoteString(bytes, kind)}`;
}

/** Up to the limit or unmapped memory, whichever comes first. One more than the limit tells that there is more. */
function readString(address: bigint, kind: CharacterKind, memory: ReadMemory): Uint8Array {
  return memory(address, (MAX_STRING_CHARACTERS + 1) * kind.sizeBytes);
}

function baseText(raw: bigint, encoding: number, sizeBits: number, character: CharacterKind | undefined): string {
  switch (encoding) {
    case ENCODING.boolean: return raw === 0n ? 'false' : raw === 1n ? 'true' : raw.toString();
    case ENCODING.float: return floatText(raw, sizeBits);
    case ENCODING.complexFloat: {
      const half = sizeBits / 2;
      return `${floatText(BigInt.asUintN(half, raw), half)} + ${floatText(raw >> BigInt(half), half)}i`;
    }
    case ENCODING.signed:
    case ENCODING.signedChar: {
      const value = BigInt.asIntN(sizeBits, raw);
      return character === undefined && encoding === ENCODING.signed ? value.toString() : `${value} ${quoteCharacter(BigInt.asUintN(character?.sizeBytes === undefined ? 8 : character.sizeBytes * 8, value), character?.prefix ?? '')}`;
    }
    case ENCODING.unsignedChar: return `${raw} ${quoteCharacter(raw, '')}`;
    case ENCODING.utf: return `${raw} ${quoteCharacter(raw, character?.prefix ?? '')}`;
    case ENCODING.address: return `0x${raw.toString(16)}`;
    default: return character === undefined ? raw.toString() : `${raw} ${quoteCharacter(raw, character.prefix)}`;
  }
}

function enumerationText(raw: bigint, type: EnumerationType): string {
  const enumerators = type.enumerators();
  const exact = enumerators.find(({ value }) => value === raw);
  if (exact !== undefined) return exact.name;
  const number = type.isSigned() ? BigInt.asIntN(type.sizeBytes * 8, raw) : raw;
  // Flags: every constant is one bit.
  const isFlags = enumerators.length > 0 && enumerators.every(({ value }) => (value & (value - 1n)) === 0n) && raw !== 0n && type.language !== 'rust';
  if (!isFlags) return number.toString();
  const set = enumerators.filter(({ value }) => (raw & value) !== 0n);
  const rest = set.reduce((left, { value }) => left & ~value, raw);
  const names = [...set.map(({ name }) => name), ...(rest === 0n ? [] : [`unknown: 0x${rest.toString(16)}`])];
  return `(${names.join(' | ')})`;
}

function structureText(value: Value, type: StructureType, context: ValueContext, format: NumberFormat | undefined, depth: number): string {
  if (type.isDeclaration) return '<incomplete type>';
  if (type.language === 'rust') return rustStructureText(value, type, context, format, depth);
  if (depth >= MAX_PREVIEW_DEPTH) return '{...}';
  const members = type.members();
  return listText(members.length, '{}', (index) => {
    const member = members[index];
    if (member === undefined) return '';
    const text = valueText(memberValue(value, member, context), context, format, depth + 1);
    return member.name === undefined ? text : `${member.isBase ? `<${member.name}>` : member.name} = ${text}`;
  });
}

/** `Point {x: 1, y: 2}`, `Pair(1, 2)`, `Shape::Circle(3)`, `"text"`, `[1, 2]`. */
function rustStructureText(value: Value, type: StructureType, context: ValueContext, format: NumberFormat | undefined, depth: number): string {
  const elements = sliceElements(value, type, context);
  if (elements !== undefined) {
    const array = stripType(elements.type);
    const isText = /^(&|\*).*\bstr$/.test(type.name ?? '');
    if (!isText || array.kind !== 'array') return valueText(elements, context, format, depth);
    const count = array.dimensions[0]?.count ?? 0;
    const bytes = elements.storage.read(0, Math.min(count, MAX_STRING_CHARACTERS + 1));
    return typeof bytes === 'string' ? `<${bytes}>` : quoteString(bytes, { prefix: '', sizeBytes: 1, isText: true });
  }
  const name = type.name ?? '';
  const shown = name.startsWith('(') ? '' : name;
  const members = membersOf(value, type, context);
  if (type.variants?.() !== undefined) {
    const [active] = members;
    return active === undefined ? `<no variant of ${name}>` : valueText(memberValue(value, active, context), context, format, depth);
  }
  if (members.length === 0) return shown === '' ? '()' : shown;
  if (depth >= MAX_PREVIEW_DEPTH) return `${shown}{...}`;
  const isTuple = members.every((member) => /^__\d+$/.test(member.name ?? ''));
  const list = listText(members.length, isTuple ? '()' : '{}', (index) => {
    const member = members[index];
    if (member === undefined) return '';
    const text = valueText(memberValue(value, member, context), context, format, depth + 1);
    return isTuple || member.name === undefined ? text : `${member.name}: ${text}`;
  });
  return isTuple || shown === '' ? shown + list : `${shown} ${list}`;
}

function arrayText(value: Value, type: ArrayType, context: ValueContext, format: NumberFormat | undefined, depth: number): string {
  const [outer, ...rest] = type.dimensions;
  const count = outer === undefined ? undefined : countOf(outer, context);
  if (count === undefined) return value.storage.address === undefined ? '[...]' : `[...] at 0x${value.storage.address.toString(16)}`;
  const kind = rest.length === 0 ? characterKind(type.element()) : undefined;
  if (kind !== undefined && format === undefined) {
    const bytes = value.storage.read(0, Math.min(count, MAX_STRING_CHARACTERS + 1) * kind.sizeBytes);
    if (typeof bytes === 'string') return `<${bytes}>`;
    return quoteString(kind.isText ? untilNul(bytes, kind) : withoutPadding(bytes), kind);
  }
  if (depth >= MAX_PREVIEW_DEPTH) return '{...}';
  return listText(count, languageOfType(type) === 'rust' ? '[]' : '{}', (index) => {
    const element = elementValue(value, type, index, context);
    return element === undefined ? '<unknown size>' : valueText(element, context, format, depth + 1);
  });
}

/** Of bytes that need not be text, all but the zeros at the end. */
function withoutPadding(bytes: Uint8Array): Uint8Array {
  let { length } = bytes;
  while (length > 0 && bytes[length - 1] === 0) length--;
  return bytes.subarray(0, length);
}

function listText(total: number, brackets: '{}' | '[]' | '()', item: (index: number) => string): string {
  const items: string[] = [];
  for (let index = 0, length = 0; index < total; index++) {
    if (index >= MAX_PREVIEW_PARTS || length > MAX_PREVIEW) {
      items.push('...');
      break;
    }
    const text = item(index);
    items.push(text);
    length += text.length;
  }
  return `${brackets.charAt(0)}${items.join(', ')}${brackets.charAt(1)}`;
}
