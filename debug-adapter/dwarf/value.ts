import { ENCODING } from './constants.ts';
import type { Location } from './expression.ts';
import { bytesOf, unsignedOf } from './reader.ts';
import type { ReadMemory, ReadRegister } from './reader.ts';
import { sizeOfType, stripType, typeText } from './types.ts';
import type { ArrayType, Dimension, Member, StructureType, Type } from './types.ts';
import { decodeUtf8 } from './utf8.ts';

/** Where the bytes of a value come from. */
export interface Storage {
  /** Exactly `sizeBytes` bytes at an offset in the value; a string says why they cannot be had. */
  read(offset: number, sizeBytes: number): Uint8Array | string;
  /** Virtual address of the value's first byte, when it lives in memory. */
  readonly address: bigint | undefined;
}

/** A value that can be shown, with its parts when asked. */
export interface Value {
  readonly type: Type;
  readonly storage: Storage;
  /** For a bit-field. */
  readonly bits: Member['bits'];
}

/** A named part of a value; `path` continues the expression of the whole. */
export interface Part {
  readonly name: string;
  /** Text that makes the part's expression out of the whole's. */
  readonly path: (whole: string) => string;
  /** False for an anonymous member and a base, whose own members are named as if they were the whole's. */
  readonly isNamed: boolean;
  readonly value: Value;
}

/** What showing values needs from the program and the machine. */
export interface ValueContext {
  readonly memory: ReadMemory;
  /** `name+offset` of a function or variable at an address. */
  readonly symbolText: (address: bigint) => string | undefined;
  /** Elements of a dimension that is known only in a frame. */
  readonly dimension: (dimension: Dimension) => number | undefined;
}

const MAX_VALUE_BYTES = 1 << 20;
const MAX_STRING_BYTES = 200;
const MAX_PREVIEW = 120;
const MAX_PREVIEW_PARTS = 10;
const MAX_PREVIEW_DEPTH = 2;

export function memoryStorage(memory: ReadMemory, address: bigint): Storage {
  return {
    address: BigInt.asUintN(64, address),
    read(offset, sizeBytes) {
      if (sizeBytes > MAX_VALUE_BYTES) return 'too large to show';
      const bytes = memory(BigInt.asUintN(64, address + BigInt(offset)), sizeBytes);
      return bytes.length < sizeBytes ? `cannot read memory at 0x${BigInt.asUintN(64, address + BigInt(offset)).toString(16)}` : bytes.subarray(0, sizeBytes);
    },
  };
}

export function bytesStorage(bytes: Uint8Array): Storage {
  return {
    address: undefined,
    read: (offset, sizeBytes) => (offset + sizeBytes > bytes.length ? 'optimized out' : bytes.subarray(offset, offset + sizeBytes)),
  };
}

export function missingStorage(why: string): Storage {
  return { address: undefined, read: () => why };
}

/** Storage behind a location; registers and pieces are read now. */
export function storageOf(location: Location, memory: ReadMemory, register: ReadRegister): Storage {
  switch (location.kind) {
    case 'memory': return memoryStorage(memory, location.address);
    case 'value': return bytesStorage(bytesOf(location.value, 8));
    case 'bytes': return bytesStorage(location.bytes);
    case 'none': return missingStorage(location.why);
    case 'register': {
      const value = register(location.number);
      return value === undefined ? missingStorage('optimized out') : bytesStorage(bytesOf(value, 8));
    }
    case 'pieces': return piecesStorage(location.pieces.map(({ location: place, ...piece }) => ({ ...piece, storage: storageOf(place, memory, register) })));
  }
}

/** Joins pieces bit by bit range; a missing piece makes only the reads that touch it fail. */
function piecesStorage(pieces: readonly { storage: Storage; sizeBits: number; offsetBits: number }[]): Storage {
  return {
    address: undefined,
    read(offset, sizeBytes) {
      if (sizeBytes > MAX_VALUE_BYTES) return 'too large to show';
      const from = offset * 8;
      const to = from + sizeBytes * 8;
      let value = 0n;
      let start = 0;
      for (const { storage, sizeBits, offsetBits } of pieces) {
        const low = Math.max(from, start);
        const high = Math.min(to, start + sizeBits);
        if (low < high) {
          const bits = readBits(storage, offsetBits + low - start, high - low);
          if (typeof bits === 'string') return bits;
          value |= bits << BigInt(low - from);
        }
        start += sizeBits;
      }
      return start < to ? 'optimized out' : bytesOf(value, sizeBytes);
    },
  };
}

function readBits(storage: Storage, offsetBits: number, sizeBits: number): bigint | string {
  const first = Math.floor(offsetBits / 8);
  const bytes = storage.read(first, Math.ceil((offsetBits + sizeBits) / 8) - first);
  return typeof bytes === 'string' ? bytes : BigInt.asUintN(sizeBits, unsignedOf(bytes) >> BigInt(offsetBits % 8));
}

export function sizeOfValue(value: Value, context: ValueContext): number | undefined {
  const type = stripType(value.type);
  if (type.kind !== 'array') return sizeOfType(type);
  const element = sizeOfType(type.element());
  return type.dimensions.reduce((size: number | undefined, dimension) => {
    const count = countOf(dimension, context);
    return size === undefined || count === undefined ? undefined : size * count;
  }, element);
}

function countOf(dimension: Dimension, context: ValueContext): number | undefined {
  return dimension.count ?? context.dimension(dimension);
}

/** The value as an unsigned integer of its own width: integers, enumerations, pointers, bit-fields. A string says why not. */
export function integerOf(value: Value, context: ValueContext): bigint | string {
  const sizeBytes = sizeOfValue(value, context);
  if (value.bits !== undefined) return readBits(value.storage, value.bits.offset, value.bits.size);
  if (sizeBytes === undefined || sizeBytes < 1 || sizeBytes > 16) return 'not a number';
  const bytes = value.storage.read(0, sizeBytes);
  return typeof bytes === 'string' ? bytes : unsignedOf(bytes);
}

/** The value in one line. */
export function valueText(value: Value, context: ValueContext, depth = 0): string {
  const type = stripType(value.type);
  switch (type.kind) {
    case 'void': return 'void';
    case 'unsupported': return `<${type.what}>`;
    case 'structure': return structureText(value, type, context, depth);
    case 'array': return arrayText(value, type, context, depth);
    case 'function': {
      const { address } = value.storage;
      return address === undefined ? '<optimized out>' : pointerText(address, context);
    }
    default: {
      const number = integerOf(value, context);
      if (typeof number === 'string') return `<${number}>`;
      if (type.kind === 'enumeration') return enumerationText(number, type.enumerators());
      if (type.kind === 'pointer') return pointerText(number, context) + stringPreview(number, stripType(type.target()), context);
      return baseText(number, type.encoding, value.bits === undefined ? type.sizeBytes * 8 : value.bits.size);
    }
  }
}

function pointerText(address: bigint, context: ValueContext): string {
  const symbol = address === 0n ? undefined : context.symbolText(address);
  return `0x${address.toString(16)}${symbol === undefined ? '' : ` <${symbol}>`}`;
}

function stringPreview(address: bigint, target: Type, context: ValueContext): string {
  if (address === 0n || !isCharacter(target)) return '';
  const bytes = readString(address, context.memory);
  return bytes.length === 0 && context.memory(address, 1).length === 0 ? '' : ` ${quote(bytes)}`;
}

function isCharacter(type: Type): boolean {
  return type.kind === 'base' && type.sizeBytes === 1 && (type.encoding === ENCODING.signedChar || type.encoding === ENCODING.unsignedChar || type.encoding === ENCODING.utf);
}

/** Bytes up to a NUL, the limit, or unmapped memory, whichever comes first. One more than the limit tells that there is more. */
function readString(address: bigint, memory: ReadMemory): Uint8Array {
  const bytes = memory(address, MAX_STRING_BYTES + 1);
  const nul = bytes.indexOf(0);
  return nul < 0 ? bytes : bytes.subarray(0, nul);
}

const ESCAPES: ReadonlyMap<number, string> = new Map([
  [0x07, '\\a'], [0x08, '\\b'], [0x09, '\\t'], [0x0a, '\\n'], [0x0b, '\\v'], [0x0c, '\\f'], [0x0d, '\\r'], [0x1b, '\\033'], [0x22, '\\"'], [0x5c, '\\\\'],
]);

function quote(bytes: Uint8Array): string {
  const shown = bytes.subarray(0, MAX_STRING_BYTES);
  const decoded = decodeUtf8(shown);
  // Bytes that are no text, or text that was cut inside a character, are shown byte by byte.
  const characters = decoded.includes('\ufffd') ? Array.from(shown, (byte) => (byte < 0x80 ? String.fromCharCode(byte) : `\\${byte.toString(8)}`)) : Array.from(decoded);
  const text = characters.map((character) => {
    if (character.length > 2) return character;
    const code = character.codePointAt(0) ?? 0;
    return ESCAPES.get(code) ?? (code < 0x20 || code === 0x7f ? `\\${code.toString(8).padStart(3, '0')}` : character);
  }).join('');
  return `"${text}"${bytes.length > MAX_STRING_BYTES ? '...' : ''}`;
}

function baseText(raw: bigint, encoding: number, sizeBits: number): string {
  switch (encoding) {
    case ENCODING.boolean: return raw === 0n ? 'false' : raw === 1n ? 'true' : raw.toString();
    case ENCODING.float: return floatText(raw, sizeBits);
    case ENCODING.complexFloat: {
      const half = BigInt(sizeBits / 2);
      return `${floatText(BigInt.asUintN(sizeBits / 2, raw), sizeBits / 2)} + ${floatText(raw >> half, sizeBits / 2)}i`;
    }
    case ENCODING.signed: return BigInt.asIntN(sizeBits, raw).toString();
    case ENCODING.signedChar: return `${BigInt.asIntN(sizeBits, raw)} ${characterText(raw)}`;
    case ENCODING.unsignedChar: return `${raw} ${characterText(raw)}`;
    case ENCODING.utf: return `${raw} ${characterText(raw)}`;
    case ENCODING.address: return `0x${raw.toString(16)}`;
    default: return raw.toString();
  }
}

function characterText(raw: bigint): string {
  const code = Number(raw & 0x1f_ffffn);
  if (code === 0x27) return "'\\''";
  if (code === 0x22) return `'"'`;
  if (code === 0) return "'\\000'";
  if (code >= 0x80 && code < 0x100) return `'\\${code.toString(8)}'`;
  return `'${ESCAPES.get(code) ?? (code < 0x20 || code === 0x7f ? `\\${code.toString(8).padStart(3, '0')}` : code > 0x10ffff ? '\ufffd' : String.fromCodePoint(code))}'`;
}

/** IEEE 754 binary32, binary64, and binary128 (long double of RISC-V) rounded to a double. */
function floatText(raw: bigint, sizeBits: number): string {
  const view = new DataView(new ArrayBuffer(8));
  if (sizeBits === 32) {
    view.setUint32(0, Number(raw));
    return numberText(shortestSingle(view.getFloat32(0)));
  }
  if (sizeBits === 64) {
    view.setBigUint64(0, raw);
    return numberText(view.getFloat64(0));
  }
  if (sizeBits === 128) return numberText(quadToNumber(raw));
  return `0x${raw.toString(16)}`;
}

/** The double with the fewest digits that rounds to the same binary32. */
function shortestSingle(value: number): number {
  for (let digits = 1; digits < 9; digits++) {
    const candidate = Number(value.toPrecision(digits));
    if (Math.fround(candidate) === value) return candidate;
  }
  return value;
}

function numberText(value: number): string {
  if (Number.isNaN(value)) return 'nan';
  if (!Number.isFinite(value)) return value > 0 ? 'inf' : '-inf';
  return Object.is(value, -0) ? '-0' : String(value);
}

function quadToNumber(raw: bigint): number {
  const sign = raw >> 127n === 1n ? -1 : 1;
  const exponent = Number((raw >> 112n) & 0x7fffn);
  const fraction = Number(raw & ((1n << 112n) - 1n)) / 2 ** 112;
  if (exponent === 0x7fff) return fraction === 0 ? sign * Infinity : NaN;
  return exponent === 0 ? sign * fraction * 2 ** -1022 * 2 ** -15360 : sign * (1 + fraction) * 2 ** (exponent - 16383);
}

function enumerationText(raw: bigint, enumerators: readonly { name: string; value: bigint }[]): string {
  const exact = enumerators.find(({ value }) => value === raw);
  if (exact !== undefined) return exact.name;
  // Flags: every bit must be a named one.
  const flags = enumerators.filter(({ value }) => value !== 0n && (value & (value - 1n)) === 0n && (raw & value) !== 0n);
  const covered = flags.reduce((sum, { value }) => sum | value, 0n);
  return raw !== 0n && covered === raw ? `(${flags.map(({ name }) => name).join(' | ')})` : raw.toString();
}

function structureText(value: Value, type: StructureType, context: ValueContext, depth: number): string {
  if (type.isDeclaration) return '<incomplete type>';
  if (depth >= MAX_PREVIEW_DEPTH) return '{...}';
  return listText(type.members().length, (index) => {
    const member = type.members()[index];
    if (member === undefined) return '';
    const text = valueText(memberValue(value, member), context, depth + 1);
    return member.name === undefined ? text : `${member.name} = ${text}`;
  });
}

function arrayText(value: Value, type: ArrayType, context: ValueContext, depth: number): string {
  const [outer, ...rest] = type.dimensions;
  const count = outer === undefined ? undefined : countOf(outer, context);
  if (count === undefined) return value.storage.address === undefined ? '[...]' : `[...] at 0x${value.storage.address.toString(16)}`;
  if (rest.length === 0 && isCharacter(stripType(type.element()))) {
    const bytes = value.storage.read(0, Math.min(count, MAX_STRING_BYTES + 1));
    if (typeof bytes === 'string') return `<${bytes}>`;
    const nul = bytes.indexOf(0);
    return quote(nul < 0 ? bytes : bytes.subarray(0, nul));
  }
  if (depth >= MAX_PREVIEW_DEPTH) return '{...}';
  return listText(count, (index) => {
    const element = elementValue(value, type, index, context);
    return element === undefined ? '<unknown size>' : valueText(element, context, depth + 1);
  });
}

function listText(total: number, item: (index: number) => string): string {
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
  return `{${items.join(', ')}}`;
}

/** A part of a value at an offset. */
function slice(storage: Storage, offset: number): Storage {
  if (offset === 0) return storage;
  const { address } = storage;
  return {
    address: address === undefined ? undefined : BigInt.asUintN(64, address + BigInt(offset)),
    read: (inside, sizeBytes) => storage.read(offset + inside, sizeBytes),
  };
}

export function memberValue(value: Value, member: Member): Value {
  return { type: member.type, storage: slice(value.storage, member.offsetBytes), bits: member.bits };
}

/** Type of an element: the element type, or an array of the remaining dimensions. */
function elementType(type: ArrayType): Type {
  return type.dimensions.length <= 1 ? type.element() : { ...type, dimensions: type.dimensions.slice(1) };
}

/** Element `index`, inside the array or not (as C does); undefined when the element's size is unknown. */
export function elementValue(value: Value, type: ArrayType, index: number, context: ValueContext): Value | undefined {
  const element: Value = { type: elementType(type), storage: value.storage, bits: undefined };
  const sizeBytes = sizeOfValue(element, context);
  const offset = index * (sizeBytes ?? 0);
  return sizeBytes === undefined || !Number.isSafeInteger(offset) ? undefined : { ...element, storage: slice(value.storage, offset) };
}

/** What a pointer points to; a string says why not. */
export function targetValue(value: Value, context: ValueContext): Value | string {
  const type = stripType(value.type);
  if (type.kind === 'array') return elementValue(value, type, 0, context) ?? 'the size of an element is not known';
  if (type.kind !== 'pointer') return `${typeText(value.type)} is not a pointer`;
  const address = integerOf(value, context);
  if (typeof address === 'string') return address;
  return { type: type.target(), storage: memoryStorage(context.memory, address), bits: undefined };
}

/** How many parts a value has, without reading them. */
export function partCount(value: Value, context: ValueContext): { count: number; isIndexed: boolean } {
  const type = stripType(value.type);
  if (type.kind === 'structure') return { count: type.members().length, isIndexed: false };
  if (type.kind === 'array') {
    const [outer] = type.dimensions;
    return { count: (outer === undefined ? undefined : countOf(outer, context)) ?? 0, isIndexed: true };
  }
  if (type.kind !== 'pointer') return { count: 0, isIndexed: false };
  const target = stripType(type.target());
  if (target.kind === 'void' || target.kind === 'function' || target.kind === 'unsupported') return { count: 0, isIndexed: false };
  const address = integerOf(value, context);
  if (typeof address === 'string' || address === 0n) return { count: 0, isIndexed: false };
  if (target.kind === 'structure') return { count: target.members().length, isIndexed: false };
  return { count: 1, isIndexed: false };
}

/** Parts `start` .. `start + count` of a structure or array; of a pointer to a structure, the members; of another pointer, its target. */
export function partsOf(value: Value, context: ValueContext, start: number, count: number): Part[] {
  const type = stripType(value.type);
  if (type.kind === 'structure') return members(value, type, start, count, '.');
  if (type.kind === 'array') {
    const parts: Part[] = [];
    const end = Math.min(start + count, partCount(value, context).count);
    for (let index = start; index < end; index++) {
      const element = elementValue(value, type, index, context);
      if (element !== undefined) parts.push({ name: `[${index}]`, path: (whole) => `${whole}[${index}]`, isNamed: true, value: element });
    }
    return parts;
  }
  if (type.kind !== 'pointer' || partCount(value, context).count === 0) return [];
  const target = targetValue(value, context);
  if (typeof target === 'string') return [];
  const stripped = stripType(target.type);
  if (stripped.kind === 'structure') return members(target, stripped, start, count, '->');
  return start > 0 ? [] : [{ name: '*', path: (whole) => `(*${whole})`, isNamed: true, value: target }];
}

function members(value: Value, type: StructureType, start: number, count: number, join: '.' | '->'): Part[] {
  return type.members().slice(start, start + count).map((member) => {
    const { name } = member;
    const isNamed = name !== undefined && !member.isBase;
    return {
      name: name ?? typeText(member.type),
      path: (whole) => (isNamed ? `${whole}${join}${name}` : whole),
      isNamed,
      value: memberValue(value, member),
    };
  });
}
