import { UserError } from '../../emulator/user-error.ts';
import { AT, ENCODING } from './constants.ts';
import { indexedAddress } from './forms.ts';
import { Reader, readUnsigned, U64 } from './reader.ts';
import type { ReadMemory, ReadRegister } from './reader.ts';
import type { Unit } from './units.ts';

/** What an expression may look at. */
export interface ExpressionContext {
  readonly memory: ReadMemory;
  readonly register: ReadRegister;
  /** DW_AT_frame_base, evaluated; undefined where there is none. */
  readonly frameBase: () => bigint | undefined;
  /** Canonical frame address. */
  readonly cfa: () => bigint | undefined;
  /** The unit, for indexed addresses and typed operations; undefined in call frame information. */
  readonly unit: Unit | undefined;
}

/** Where a value is. */
export type Location =
  | { readonly kind: 'memory'; readonly address: bigint }
  | { readonly kind: 'register'; readonly number: number }
  /** The value itself; it has no address. */
  | { readonly kind: 'value'; readonly value: bigint }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'pieces'; readonly pieces: readonly Piece[] }
  | { readonly kind: 'none'; readonly why: string };

export interface Piece {
  readonly location: Location;
  readonly sizeBits: number;
  /** Bits to skip in the piece's location. */
  readonly offsetBits: number;
}

const MAX_STEPS = 10_000;
const MAX_STACK = 1_024;
const MAX_PIECES = 256;

/** Why a value cannot be had; caught by `evaluateExpression`. */
class Unavailable extends UserError {}

/** A stack entry: the low bits of `value`, unsigned. Generic entries have 8 bytes. */
interface Entry { readonly value: bigint; readonly sizeBytes: number; readonly isSigned: boolean | undefined }

function generic(value: bigint): Entry {
  return { value: value & U64, sizeBytes: 8, isSigned: undefined };
}

function signedOf(entry: Entry): bigint {
  return BigInt.asIntN(entry.sizeBytes * 8, entry.value);
}

/** Evaluates a location expression (DWARF 5, 2.5 and 2.6). `initial` is pushed first, as call frame expressions want. Never throws for what the data says. */
export function evaluateExpression(bytes: Uint8Array, context: ExpressionContext, initial?: bigint): Location {
  if (bytes.length === 0) return { kind: 'none', why: 'optimized out' };
  try {
    return new Machine(bytes, context, initial).run();
  } catch (error) {
    if (error instanceof Unavailable) return { kind: 'none', why: error.message };
    if (error instanceof UserError) return { kind: 'none', why: 'damaged debug information' };
    throw error;
  }
}

/** The value that an expression computes: a memory location gives its address (as call frame rules, frame bases and array bounds want). */
export function evaluateToValue(bytes: Uint8Array, context: ExpressionContext, initial?: bigint): bigint | undefined {
  const location = evaluateExpression(bytes, context, initial);
  switch (location.kind) {
    case 'memory': return location.address;
    case 'value': return location.value;
    case 'register': return context.register(location.number);
    default: return undefined;
  }
}

class Machine {
  readonly #reader: Reader;
  readonly #context: ExpressionContext;
  readonly #stack: Entry[] = [];
  readonly #pieces: Piece[] = [];
  /** Set by an operation that says where the value (or the piece) is. */
  #location: Location | undefined;

  constructor(bytes: Uint8Array, context: ExpressionContext, initial: bigint | undefined) {
    this.#reader = new Reader({ name: 'an expression', bytes, address: 0n });
    this.#context = context;
    if (initial !== undefined) this.#push(generic(initial));
  }

  run(): Location {
    for (let step = 0; !this.#reader.atEnd; step++) {
      if (step >= MAX_STEPS) throw new Unavailable('an expression that takes too long');
      this.#step(this.#reader.u8());
    }
    if (this.#pieces.length > 0) return { kind: 'pieces', pieces: this.#pieces };
    return this.#finish();
  }

  #finish(): Location {
    const location = this.#location ?? { kind: 'memory', address: this.#pop().value };
    this.#location = undefined;
    return location;
  }

  #push(entry: Entry): void {
    if (this.#stack.length >= MAX_STACK) throw new Unavailable('an expression that needs too much stack');
    this.#stack.push({ ...entry, value: BigInt.asUintN(entry.sizeBytes * 8, entry.value) });
  }

  #pop(): Entry {
    const entry = this.#stack.pop();
    if (entry === undefined) throw new Unavailable('damaged debug information');
    return entry;
  }

  #pick(depth: number): Entry {
    const entry = this.#stack[this.#stack.length - 1 - depth];
    if (entry === undefined) throw new Unavailable('damaged debug information');
    return entry;
  }

  #register(number: number): bigint {
    const value = this.#context.register(number);
    if (value === undefined) throw new Unavailable('optimized out');
    return value;
  }

  #step(op: number): void {
    if (op >= 0x30 && op <= 0x4f) this.#push(generic(BigInt(op - 0x30)));
    else if (op >= 0x50 && op <= 0x6f) this.#location = { kind: 'register', number: op - 0x50 };
    else if (op >= 0x70 && op <= 0x8f) this.#push(generic(this.#register(op - 0x70) + this.#reader.sleb64()));
    else if (op >= 0x19 && op <= 0x2e && op !== 0x23 && op !== 0x28) this.#arithmetic(op);
    else if (op >= 0x08 && op <= 0x11) this.#constant(op);
    else if (!this.#stackOperation(op) && !this.#placeOperation(op) && !this.#typedOperation(op)) {
      // Implicit pointers (0xa0) and values at function entry (0xa3, and GNU's) name what the frame no longer holds.
      throw new Unavailable(op >= 0xe0 || op === 0xa0 || op === 0xa3 ? 'optimized out' : `an expression with the unknown operation 0x${op.toString(16)}`);
    }
  }

  /** DW_OP_const1u .. DW_OP_consts. */
  #constant(op: number): void {
    const reader = this.#reader;
    if (op >= 0x10) this.#push(generic(op === 0x10 ? reader.uleb64() : reader.sleb64()));
    else {
      const sizeBytes = 1 << ((op - 0x08) >> 1);
      this.#push(generic((op & 1) === 0 ? reader.unsigned(sizeBytes) : reader.signed(sizeBytes)));
    }
  }

  #stackOperation(op: number): boolean {
    const reader = this.#reader;
    switch (op) {
      case 0x12: this.#push(this.#pick(0)); return true; // dup
      case 0x13: this.#pop(); return true; // drop
      case 0x14: this.#push(this.#pick(1)); return true; // over
      case 0x15: this.#push(this.#pick(reader.u8())); return true; // pick
      case 0x16: this.#rotate(2); return true; // swap
      case 0x17: this.#rotate(3); return true; // rot
      case 0x23: { // plus_uconst
        const top = this.#pop();
        this.#push({ ...top, value: top.value + reader.uleb64() });
        return true;
      }
      case 0x28: { // bra
        const distance = Number(reader.signed(2));
        if (this.#pop().value !== 0n) this.#jump(distance);
        return true;
      }
      case 0x2f: this.#jump(Number(reader.signed(2))); return true; // skip
      case 0x96: return true; // nop
      default: return false;
    }
  }

  /** The top entry goes below the `count` - 1 others. */
  #rotate(count: number): void {
    const entries = Array.from({ length: count }, () => this.#pop());
    const [top, ...rest] = entries;
    if (top !== undefined) this.#push(top);
    for (const entry of rest.reverse()) this.#push(entry);
  }

  #jump(distance: number): void {
    const target = this.#reader.offset + distance;
    if (target < 0 || target > this.#reader.end) throw new Unavailable('damaged debug information');
    this.#reader.offset = target;
  }

  /** DW_OP_abs .. DW_OP_ne: generic entries divide and compare as signed, take remainders as unsigned (DWARF 5, 2.5.1.4). */
  #arithmetic(op: number): void {
    const right = this.#pop();
    const unary = unaryResult(op, right);
    if (unary !== undefined) {
      this.#push({ ...right, value: unary });
      return;
    }
    const left = this.#pop();
    const compared = compareResult(op, left, right);
    if (compared === undefined) this.#push({ ...left, value: binaryResult(op, left, right) });
    else this.#push(generic(compared ? 1n : 0n));
  }

  /** Operations that name places: addresses, registers, frame base, memory, pieces. */
  #placeOperation(op: number): boolean {
    const reader = this.#reader;
    const { unit } = this.#context;
    switch (op) {
      case 0x03: this.#push(generic(reader.u64())); return true; // addr
      case 0x06: this.#dereference(8); return true; // deref
      case 0x94: this.#dereference(reader.u8()); return true; // deref_size
      case 0x90: this.#location = { kind: 'register', number: reader.uleb() }; return true; // regx
      case 0x92: this.#push(generic(this.#register(reader.uleb()) + reader.sleb64())); return true; // bregx
      case 0x91: { // fbreg
        const base = this.#context.frameBase();
        if (base === undefined) throw new Unavailable('no frame base');
        this.#push(generic(base + reader.sleb64()));
        return true;
      }
      case 0x9c: { // call_frame_cfa
        const cfa = this.#context.cfa();
        if (cfa === undefined) throw new Unavailable('no frame');
        this.#push(generic(cfa));
        return true;
      }
      case 0xa1: // addrx
      case 0xa2: // constx
        if (unit === undefined) return false;
        this.#push(generic(indexedAddress(unit, reader.uleb())));
        return true;
      case 0x9f: this.#location = { kind: 'value', value: this.#pop().value }; return true; // stack_value
      case 0x9e: this.#location = { kind: 'bytes', bytes: reader.block(reader.uleb()) }; return true; // implicit_value
      case 0x93: this.#piece(reader.uleb() * 8, 0); return true; // piece
      case 0x9d: this.#piece(reader.uleb(), reader.uleb()); return true; // bit_piece
      default: return false;
    }
  }

  #dereference(sizeBytes: number): void {
    if (sizeBytes < 1 || sizeBytes > 8) throw new Unavailable('damaged debug information');
    const value = readUnsigned(this.#context.memory, this.#pop().value, sizeBytes);
    if (value === undefined) throw new Unavailable('in memory that is not mapped');
    this.#push(generic(value));
  }

  /** A piece without a location before it is optimised out. */
  #piece(sizeBits: number, offsetBits: number): void {
    if (this.#pieces.length >= MAX_PIECES) throw new Unavailable('a value of too many pieces');
    const isEmpty = this.#location === undefined && this.#stack.length === 0;
    const location: Location = isEmpty ? { kind: 'none', why: 'optimized out' } : this.#finish();
    this.#pieces.push({ location, sizeBits, offsetBits });
  }

  /** Typed operations of DWARF 5 and their GNU forerunners, for integers. */
  #typedOperation(op: number): boolean {
    const reader = this.#reader;
    switch (op) {
      case 0xa4: case 0xf4: { // const_type
        const type = this.#integerType(reader.uleb());
        const value = new Reader({ name: 'an expression', bytes: reader.block(reader.u8()), address: 0n }).unsigned(type.sizeBytes);
        this.#push({ value, ...type });
        return true;
      }
      case 0xa5: case 0xf5: { // regval_type
        const value = this.#register(reader.uleb());
        this.#push({ value, ...this.#integerType(reader.uleb()) });
        return true;
      }
      case 0xa6: case 0xf6: { // deref_type
        reader.skip(1);
        const type = this.#integerType(reader.uleb());
        this.#dereference(type.sizeBytes);
        this.#push({ value: this.#pop().value, ...type });
        return true;
      }
      case 0xa8: case 0xf7: case 0xa9: case 0xf9: { // convert, reinterpret
        const entry = this.#pop();
        const type = this.#integerType(reader.uleb());
        this.#push({ value: entry.isSigned === true ? signedOf(entry) : entry.value, ...type });
        return true;
      }
      default: return false;
    }
  }

  /** Type 0 is the generic type. */
  #integerType(offset: number): { sizeBytes: number; isSigned: boolean | undefined } {
    if (offset === 0) return { sizeBytes: 8, isSigned: undefined };
    const { unit } = this.#context;
    const die = unit?.dieAt(unit.offset + offset);
    const encoding = die?.number(AT.encoding);
    const sizeBytes = die?.number(AT.byteSize);
    const isSigned = encoding === ENCODING.signed || encoding === ENCODING.signedChar;
    const isInteger = isSigned || encoding === ENCODING.unsigned || encoding === ENCODING.unsignedChar || encoding === ENCODING.boolean;
    if (!isInteger || sizeBytes === undefined || ![1, 2, 4, 8].includes(sizeBytes)) throw new Unavailable('computed in a type that is not supported');
    return { sizeBytes, isSigned };
  }
}

function unaryResult(op: number, entry: Entry): bigint | undefined {
  const value = signedOf(entry);
  switch (op) {
    case 0x19: return value < 0n ? -value : value; // abs
    case 0x1f: return -value; // neg
    case 0x20: return ~value; // not
    default: return undefined;
  }
}

function compareResult(op: number, left: Entry, right: Entry): boolean | undefined {
  const isUnsigned = left.isSigned === false;
  const a = isUnsigned ? left.value : signedOf(left);
  const b = isUnsigned ? right.value : signedOf(right);
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

function binaryResult(op: number, left: Entry, right: Entry): bigint {
  const shift = right.value > 128n ? 128n : right.value;
  switch (op) {
    case 0x1a: return left.value & right.value;
    case 0x1b: { // div
      if (right.value === 0n) throw new Unavailable('a division by zero');
      return left.isSigned === false ? left.value / right.value : signedOf(left) / signedOf(right);
    }
    case 0x1c: return left.value - right.value;
    case 0x1d: { // mod
      if (right.value === 0n) throw new Unavailable('a division by zero');
      return left.isSigned === true ? signedOf(left) % signedOf(right) : left.value % right.value;
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
