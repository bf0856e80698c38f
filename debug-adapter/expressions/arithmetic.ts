/** Numbers as C computes with them (C17, 6.3 and 6.5). */
import { ENCODING } from '../dwarf/constants.ts';
import { bitsOfNumber, numberOfFloat } from '../dwarf/float-text.ts';
import { bytesOf, unsignedOf } from '../dwarf/reader.ts';
import { stripType } from '../dwarf/type-model.ts';
import type { BareType, BaseType, Type } from '../dwarf/type-model.ts';
import { Problem } from './problem.ts';

/** A bigint of integers, enumerations and pointers (with its sign, within the type's range); a number of floating-point types. */
export type Scalar = bigint | number;

/** What computing needs to know of a scalar type. */
export interface Numeric {
  readonly kind: 'integer' | 'float' | 'boolean' | 'pointer';
  readonly bits: number;
  readonly isSigned: boolean;
}

function base(name: string, sizeBytes: number, encoding: number): BaseType {
  return { kind: 'base', name, sizeBytes, encoding };
}

export const INT = base('int', 4, ENCODING.signed);
const UNSIGNED = base('unsigned int', 4, ENCODING.unsigned);
export const LONG = base('long', 8, ENCODING.signed);
export const UNSIGNED_LONG = base('unsigned long', 8, ENCODING.unsigned);
const INT128 = base('__int128', 16, ENCODING.signed);
const UNSIGNED_INT128 = base('unsigned __int128', 16, ENCODING.unsigned);
export const BOOL = base('bool', 1, ENCODING.boolean);
export const CHAR = base('char', 1, ENCODING.unsignedChar);
export const FLOAT = base('float', 4, ENCODING.float);
export const DOUBLE = base('double', 8, ENCODING.float);
export const LONG_DOUBLE = base('long double', 16, ENCODING.float);
/** An integer register: shown in hexadecimal; computed with as `long`, as GDB does. */
export const REGISTER = base('unsigned long', 8, ENCODING.address);

/** The types that C has without being told, on RISC-V with the LP64D ABI. */
export const BUILT_IN: ReadonlyMap<string, Type> = new Map<string, Type>([
  ...[
    INT, UNSIGNED, LONG, UNSIGNED_LONG, INT128, UNSIGNED_INT128, BOOL, { ...BOOL, name: '_Bool' }, CHAR, FLOAT, DOUBLE, LONG_DOUBLE,
    base('signed char', 1, ENCODING.signedChar), base('unsigned char', 1, ENCODING.unsignedChar), base('short', 2, ENCODING.signed),
    base('unsigned short', 2, ENCODING.unsigned), base('long long', 8, ENCODING.signed), base('unsigned long long', 8, ENCODING.unsigned),
    base('_Float16', 2, ENCODING.float), base('complex float', 8, ENCODING.complexFloat), base('complex double', 16, ENCODING.complexFloat),
  ].map((type): [string, Type] => [type.name, type]),
  ['void', { kind: 'void' }],
]);

/** Undefined for what is no scalar. Arrays and functions count as the pointers that they become. */
export function numericOf(type: Type): Numeric | undefined {
  const bare = stripType(type);
  switch (bare.kind) {
    case 'pointer': return { kind: 'pointer', bits: 64, isSigned: false };
    case 'enumeration': return { kind: 'integer', bits: bare.sizeBytes * 8, isSigned: bare.isSigned() };
    case 'member-pointer': return bare.sizeBytes === 8 ? { kind: 'integer', bits: 64, isSigned: true } : undefined;
    case 'base': return numericBase(bare);
    default: return undefined;
  }
}

function numericBase({ encoding, sizeBytes }: BaseType): Numeric | undefined {
  const bits = sizeBytes * 8;
  if (sizeBytes < 1 || sizeBytes > 16) return undefined;
  switch (encoding) {
    case ENCODING.boolean: return { kind: 'boolean', bits, isSigned: false };
    case ENCODING.float: return [2, 4, 8, 16].includes(sizeBytes) ? { kind: 'float', bits, isSigned: true } : undefined;
    case ENCODING.complexFloat: return undefined;
    case ENCODING.signed:
    case ENCODING.signedChar: return { kind: 'integer', bits, isSigned: true };
    default: return { kind: 'integer', bits, isSigned: false };
  }
}

/** Wraps a whole number to a width. */
export function wrap(value: bigint, bits: number, isSigned: boolean): bigint {
  return isSigned ? BigInt.asIntN(bits, value) : BigInt.asUintN(bits, value);
}

/** The same, for one width. */
export function wrapper(bits: number, isSigned: boolean): (value: bigint) => bigint {
  if (bits === 64) return isSigned ? (value) => BigInt.asIntN(64, value) : (value) => BigInt.asUintN(64, value);
  if (bits === 32) return isSigned ? (value) => BigInt.asIntN(32, value) : (value) => BigInt.asUintN(32, value);
  return (value) => wrap(value, bits, isSigned);
}

/** The scalar that raw bits of a type mean; `bits` of a bit-field may be fewer than the type's. */
export function scalarOfBits(raw: bigint, { kind, isSigned, bits: whole }: Numeric, bits = whole): Scalar {
  if (kind === 'float') return numberOfFloat(raw, bits) ?? NaN;
  return isSigned ? BigInt.asIntN(bits, raw) : raw;
}

const scratch = new Uint8Array(8);
const wholes = { signed: new BigInt64Array(scratch.buffer), unsigned: new BigUint64Array(scratch.buffer) };

/** Reads a scalar out of little-endian bytes: integers of up to 8 bytes without computing, for what is read a million times. */
export function decoder(numeric: Numeric): (bytes: Uint8Array) => Scalar {
  const { bits, isSigned } = numeric;
  if (bits > 64 || numeric.kind === 'float') return (bytes) => scalarOfBits(unsignedOf(bytes.subarray(0, bits / 8)), numeric);
  const sizeBytes = bits / 8;
  const view: BigInt64Array | BigUint64Array = isSigned ? wholes.signed : wholes.unsigned;
  return (bytes) => {
    for (let index = 0; index < sizeBytes; index++) scratch[index] = bytes[index] ?? 0;
    if (sizeBytes < 8) scratch.fill(isSigned && (scratch[sizeBytes - 1] ?? 0) >= 0x80 ? 0xff : 0, sizeBytes);
    return view[0] ?? 0n;
  };
}

export function bitsOfScalar(value: Scalar, { kind, bits }: Numeric): bigint {
  return kind === 'float' ? bitsOfNumber(Number(value), bits) : BigInt.asUintN(bits, BigInt(value));
}

export function bytesOfScalar(value: Scalar, numeric: Numeric): Uint8Array {
  return bytesOf(bitsOfScalar(value, numeric), numeric.bits / 8);
}

/** Rounds to the precision of a floating-point type. Quadruple precision is computed in double. */
function roundTo(value: number, bits: number): number {
  if (bits === 32) return Math.fround(value);
  return bits === 16 ? numberOfFloat(bitsOfNumber(value, 16), 16) ?? NaN : value;
}

/** The nearest float of a whole number, rounded once. */
function floatOfInteger(value: bigint, bits: number): number {
  const size = value < 0n ? -value : value;
  if (bits >= 64 || size < 1n << 53n) return roundTo(Number(value), bits);
  // Low bits beyond what a double holds matter only as "more than a half".
  const shift = BigInt(size.toString(2).length - 52);
  const kept = size >> shift;
  const odd = kept << shift === size ? kept : kept | 1n;
  const rounded = roundTo(Number(odd), bits) * 2 ** Number(shift);
  return value < 0n ? -rounded : rounded;
}

/** A value in another type (C17, 6.3.1 and 6.3.2). */
export function convert(value: Scalar, to: Numeric): Scalar {
  if (to.kind === 'boolean') return value === 0n || value === 0 ? 0n : 1n;
  if (to.kind === 'float') return typeof value === 'number' ? roundTo(value, to.bits) : floatOfInteger(value, to.bits);
  if (typeof value === 'bigint') return wrap(value, to.bits, to.isSigned);
  const whole = Math.trunc(value);
  if (Number.isNaN(whole)) return 0n;
  // What does not fit is undefined in C; RISC-V's conversions saturate.
  const [least, most] = to.isSigned ? [-(1n << BigInt(to.bits - 1)), (1n << BigInt(to.bits - 1)) - 1n] : [0n, (1n << BigInt(to.bits)) - 1n];
  if (!Number.isFinite(whole)) return whole > 0 ? most : least;
  const exact = BigInt(whole);
  return exact > most ? most : exact < least ? least : exact;
}

/** Integer promotion (C17, 6.3.1.1); `bits` of a bit-field. */
export function promoted(type: Type, bits?: number): BareType {
  const bare = stripType(type);
  if (bare === REGISTER) return LONG;
  const numeric = numericOf(bare);
  if (numeric === undefined || numeric.kind === 'float' || numeric.kind === 'pointer') return bare;
  if (bits !== undefined && numeric.bits <= 32) return bits < 32 || numeric.isSigned ? INT : UNSIGNED;
  if (numeric.bits < 32) return INT;
  if (bare.kind === 'base' && numeric.kind === 'integer' && PLAIN.has(bare.name)) return bare;
  return plainInteger(numeric.bits, numeric.isSigned, false);
}

const PLAIN: ReadonlySet<string> = new Set(['int', 'unsigned int', 'long', 'unsigned long', 'long long', 'unsigned long long', '__int128', 'unsigned __int128', '__int128 unsigned']);
const LONG_LONG = base('long long', 8, ENCODING.signed);
const UNSIGNED_LONG_LONG = base('unsigned long long', 8, ENCODING.unsigned);

function plainInteger(bits: number, isSigned: boolean, isLongLong: boolean): BaseType {
  if (bits <= 32) return isSigned ? INT : UNSIGNED;
  if (bits > 64) return isSigned ? INT128 : UNSIGNED_INT128;
  if (isLongLong) return isSigned ? LONG_LONG : UNSIGNED_LONG_LONG;
  return isSigned ? LONG : UNSIGNED_LONG;
}

/** The usual arithmetic conversions of two promoted types (C17, 6.3.1.8). */
export function commonType(left: BareType, right: BareType): BareType {
  const [a, b] = [numericOf(left), numericOf(right)];
  if (a === undefined || b === undefined) return INT;
  if (a.kind === 'float' || b.kind === 'float') {
    if (a.kind !== 'float') return right;
    return b.kind === 'float' && b.bits > a.bits ? right : left;
  }
  const bits = Math.max(a.bits, b.bits);
  const isSigned = a.bits === b.bits ? a.isSigned && b.isSigned : a.bits > b.bits ? a.isSigned : b.isSigned;
  const isLongLong = [left, right].some((type) => type.kind === 'base' && type.name.includes('long long'));
  return plainInteger(bits, isSigned, isLongLong);
}

/** The type of an integer constant: the first that holds it (C17, 6.4.4.1). */
export function constantType(value: bigint, isDecimal: boolean, suffix: string): BaseType {
  const isUnsigned = suffix.includes('u');
  const isLongLong = suffix.includes('ll');
  const isLong = isLongLong || suffix.includes('l') || suffix.includes('z');
  for (const bits of [32, 64, 128]) {
    if (bits === 32 && isLong) continue;
    if (!isUnsigned && value < 1n << BigInt(bits - 1)) return plainInteger(bits, true, isLongLong);
    if ((isUnsigned || !isDecimal || bits === 64) && value < 1n << BigInt(bits)) return plainInteger(bits, false, isLongLong);
  }
  return UNSIGNED_INT128;
}

/** `*`, `/` and so on of two values of one type. */
export function arithmetic(operator: string, numeric: Numeric): ((a: Scalar, b: Scalar) => Scalar) | undefined {
  const { kind, bits, isSigned } = numeric;
  if (kind === 'float') {
    const operation = FLOAT_OPERATIONS[operator];
    return operation === undefined ? undefined : (a, b) => roundTo(operation(a as number, b as number), bits);
  }
  const operation = INTEGER_OPERATIONS[operator];
  if (operation === undefined) return undefined;
  const fit = wrapper(bits, isSigned);
  return (a, b) => fit(operation(a as bigint, b as bigint));
}

const FLOAT_OPERATIONS: Readonly<Record<string, (a: number, b: number) => number>> = {
  '+': (a, b) => a + b, '-': (a, b) => a - b, '*': (a, b) => a * b, '/': (a, b) => a / b,
};

function nonZero(value: bigint): bigint {
  if (value === 0n) throw new Problem('it divides by zero');
  return value;
}

const INTEGER_OPERATIONS: Readonly<Record<string, (a: bigint, b: bigint) => bigint>> = {
  '+': (a, b) => a + b, '-': (a, b) => a - b, '*': (a, b) => a * b, '/': (a, b) => a / nonZero(b), '%': (a, b) => a % nonZero(b),
  '&': (a, b) => a & b, '|': (a, b) => a | b, '^': (a, b) => a ^ b,
};

/** `<<` and `>>`: the type is that of the left operand. A count that is negative or too large is undefined in C; here everything is shifted out. */
export function shift(isLeft: boolean, { bits, isSigned }: Numeric): (a: Scalar, b: Scalar) => Scalar {
  return (a, b) => {
    const value = a as bigint;
    const count = b as bigint;
    const isAll = count < 0n || count >= BigInt(bits);
    if (isAll) return !isLeft && count > 0n && value < 0n ? -1n : 0n;
    return isLeft ? wrap(value << count, bits, isSigned) : value >> count;
  };
}

export const COMPARISONS: Readonly<Record<string, (a: Scalar, b: Scalar) => boolean>> = {
  '==': (a, b) => a === b, '!=': (a, b) => a !== b, '<': (a, b) => a < b, '>': (a, b) => a > b, '<=': (a, b) => a <= b, '>=': (a, b) => a >= b,
};
