/** Entries of the stack of location expressions, and what operators make of them (DWARF 5, 2.5.1.4). */
import { U64 } from './reader.ts';
import { UserError } from '../../emulator/user-error.ts';

/** Why a value cannot be had; caught where an expression is evaluated. */
export class Unavailable extends UserError {}

/** How an entry's bits are read. The generic type has 8 bytes, divides and compares as signed, takes remainders and shifts right as unsigned. */
export interface EntryType {
  readonly sizeBytes: number;
  readonly kind: 'generic' | 'signed' | 'unsigned' | 'float';
}

/** The low bits of `value`, unsigned. */
export interface Entry extends EntryType { readonly value: bigint }

export const GENERIC: EntryType = { sizeBytes: 8, kind: 'generic' };

export function generic(value: bigint): Entry {
  return { value: value & U64, ...GENERIC };
}

function bitsOf({ sizeBytes }: EntryType): number {
  return sizeBytes * 8;
}

function signedOf(entry: Entry): bigint {
  return BigInt.asIntN(bitsOf(entry), entry.value);
}

const view = new DataView(new ArrayBuffer(8));

function floatOf({ value, sizeBytes }: Entry): number {
  if (sizeBytes === 4) {
    view.setUint32(0, Number(value));
    return view.getFloat32(0);
  }
  view.setBigUint64(0, value);
  return view.getFloat64(0);
}

function floatBits(value: number, sizeBytes: number): bigint {
  if (sizeBytes === 4) {
    view.setFloat32(0, value);
    return BigInt(view.getUint32(0));
  }
  view.setFloat64(0, value);
  return view.getBigUint64(0);
}

/** An entry's value in another type (DW_OP_convert). */
export function convertEntry(entry: Entry, type: EntryType): Entry {
  if (type.kind === 'float') {
    const number = entry.kind === 'float' ? floatOf(entry) : Number(entry.kind === 'signed' ? signedOf(entry) : entry.value);
    return { ...type, value: floatBits(number, type.sizeBytes) };
  }
  if (entry.kind === 'float') {
    const number = Math.trunc(floatOf(entry));
    return { ...type, value: Number.isFinite(number) ? BigInt.asUintN(bitsOf(type), BigInt(number)) : 0n };
  }
  return { ...type, value: BigInt.asUintN(bitsOf(type), entry.kind === 'signed' ? signedOf(entry) : entry.value) };
}

/** DW_OP_abs, neg, not; undefined for other operations. */
export function unaryEntry(op: number, entry: Entry): Entry | undefined {
  if (op !== 0x19 && op !== 0x1f && op !== 0x20) return undefined;
  if (entry.kind === 'float') {
    if (op === 0x20) throw new Unavailable('an operation on a floating-point number that needs an integer');
    const number = floatOf(entry);
    return { ...entry, value: floatBits(op === 0x19 ? Math.abs(number) : -number, entry.sizeBytes) };
  }
  const value = signedOf(entry);
  const result = op === 0x20 ? ~value : op === 0x1f || value < 0n ? -value : value;
  return { ...entry, value: BigInt.asUintN(bitsOf(entry), result) };
}

/** DW_OP_and .. DW_OP_ne with two operands. */
export function binaryEntry(op: number, left: Entry, right: Entry): Entry {
  const isFloat = left.kind === 'float';
  const compared = isFloat ? compare(op, floatOf(left), floatOf(right)) : compareIntegers(op, left, right);
  if (compared !== undefined) return generic(compared ? 1n : 0n);
  if (isFloat) return { ...left, value: floatBits(floatResult(op, floatOf(left), floatOf(right)), left.sizeBytes) };
  return { ...left, value: BigInt.asUintN(bitsOf(left), integerResult(op, left, right)) };
}

function compareIntegers(op: number, left: Entry, right: Entry): boolean | undefined {
  return left.kind === 'unsigned' ? compare(op, left.value, right.value) : compare(op, signedOf(left), signedOf(right));
}

function compare<T extends bigint | number>(op: number, a: T, b: T): boolean | undefined {
  switch (op) {
    case 0x29: return a === b;
    case 0x2a: return a >= b;
    case 0x2b: return a > b;
    case 0x2c: return a <= b;
    case 0x2d: return a < b;
    case 0x2e: return a !== b;
    default: return undefined;
  }
}

function floatResult(op: number, a: number, b: number): number {
  switch (op) {
    case 0x1b: return a / b;
    case 0x1c: return a - b;
    case 0x1e: return a * b;
    case 0x22: return a + b;
    default: throw new Unavailable('an operation on a floating-point number that needs an integer');
  }
}

function integerResult(op: number, left: Entry, right: Entry): bigint {
  const shift = right.value > 128n ? 128n : right.value;
  switch (op) {
    case 0x1a: return left.value & right.value;
    case 0x1b: { // div
      if (right.value === 0n) throw new Unavailable('a division by zero');
      return left.kind === 'unsigned' ? left.value / right.value : signedOf(left) / signedOf(right);
    }
    case 0x1c: return left.value - right.value;
    case 0x1d: { // mod
      if (right.value === 0n) throw new Unavailable('a division by zero');
      return left.kind === 'signed' ? signedOf(left) % signedOf(right) : left.value % right.value;
    }
    case 0x1e: return left.value * right.value;
    case 0x21: return left.value | right.value;
    case 0x22: return left.value + right.value;
    case 0x24: return left.value << shift;
    case 0x25: return left.value >> shift;
    case 0x26: return signedOf(left) >> shift;
    case 0x27: return left.value ^ right.value;
    default: throw new Unavailable(`an expression with the unknown operation 0x${op.toString(16)}`);
  }
}
