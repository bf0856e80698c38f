import { UserError } from '../../emulator/user-error.ts';
import { registerLocation } from './call-sites.ts';
import { AT, ENCODING } from './constants.ts';
import { indexedAddress } from './forms.ts';
import { locationAt } from './lists.ts';
import { raised, Reader, readUnsigned, unsignedOf } from './reader.ts';
import type { ReadMemory, ReadRegister } from './reader.ts';
import { binaryEntry, convertEntry, generic, GENERIC, unaryEntry, Unavailable } from './stack-entry.ts';
import type { Entry, EntryType } from './stack-entry.ts';
import type { Die, Unit } from './units.ts';

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
  /** The value that an expression had in the caller at the call (DW_OP_entry_value); undefined where it is not known. */
  readonly entryValue?: ((expression: Uint8Array) => bigint | undefined) | undefined;
  /** Any unit's entry by its offset in .debug_info, for calls of other expressions. */
  readonly entry?: ((offset: number) => Die | undefined) | undefined;
  /** Where the frame executes, for location lists of called expressions. */
  readonly pc?: bigint;
}

/** Where a value is. */
export type Location =
  | { readonly kind: 'memory'; readonly address: bigint }
  | { readonly kind: 'register'; readonly number: number }
  /** The value itself; it has no address. */
  | { readonly kind: 'value'; readonly value: bigint; readonly sizeBytes?: number }
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'pieces'; readonly pieces: readonly Piece[] }
  /** A pointer that is not kept: into the value of the variable at `entry`. */
  | { readonly kind: 'implicit-pointer'; readonly entry: number; readonly offsetBytes: number }
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
const MAX_CALLS = 16;

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

/** An expression for repeated evaluation: the forms that variables mostly have are decoded once. */
export function compileExpression(bytes: Uint8Array, unit: Unit | undefined): (context: ExpressionContext) => Location {
  const [op = 0] = bytes;
  if (op >= 0x50 && op <= 0x6f && bytes.length === 1) {
    const location: Location = { kind: 'register', number: op - 0x50 };
    return () => location;
  }
  const place = fixedPlace(bytes, unit);
  if (place === undefined) return (context) => evaluateExpression(bytes, context);
  if (place.base === 'none') {
    const location: Location = { kind: 'memory', address: place.offset };
    return () => location;
  }
  return (context) => {
    const base = context.frameBase();
    return base === undefined ? { kind: 'none', why: 'no frame base' } : { kind: 'memory', address: BigInt.asUintN(64, base + place.offset) };
  };
}

/** For an expression that is nothing but an address, or an offset from the frame base: which. */
export function fixedPlace(bytes: Uint8Array, unit: Unit | undefined): { readonly base: 'none' | 'frame'; readonly offset: bigint } | undefined {
  if (bytes[0] === 0x03 && bytes.length === 9) {
    const linked = unsignedOf(bytes.subarray(1));
    return { base: 'none', offset: unit === undefined ? linked : raised(unit.sections, linked) };
  }
  const offset = bytes[0] === 0x91 ? wholeOperand(new Reader({ name: 'an expression', bytes, address: 0n }, 1)) : undefined;
  return offset === undefined ? undefined : { base: 'frame', offset };
}

/** A signed LEB128 number up to the end; undefined when there is anything else. */
function wholeOperand(reader: Reader): bigint | undefined {
  try {
    const value = reader.sleb64();
    return reader.atEnd ? value : undefined;
  } catch (error) {
    if (error instanceof UserError) return undefined;
    throw error;
  }
}

class Machine {
  #reader: Reader;
  readonly #context: ExpressionContext;
  readonly #stack: Entry[] = [];
  readonly #pieces: Piece[] = [];
  /** Set by an operation that says where the value (or the piece) is. */
  #location: Location | undefined;
  #steps = 0;
  #calls = 0;

  constructor(bytes: Uint8Array, context: ExpressionContext, initial: bigint | undefined) {
    this.#reader = expressionReader(bytes);
    this.#context = context;
    if (initial !== undefined) this.#push(generic(initial));
  }

  run(): Location {
    this.#runAll();
    if (this.#pieces.length > 0) return { kind: 'pieces', pieces: this.#pieces };
    return this.#finish();
  }

  #runAll(): void {
    while (!this.#reader.atEnd) {
      if (this.#steps++ >= MAX_STEPS) throw new Unavailable('an expression that takes too long');
      this.#step(this.#reader.u8());
    }
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
    else if (!this.#stackOperation(op) && !this.#placeOperation(op) && !this.#resultOperation(op) && !this.#typedOperation(op) && !this.#callOperation(op)) {
      throw new Unavailable(REFUSED.get(op) ?? (op >= 0xe0 ? 'optimized out' : `an expression with the unknown operation 0x${op.toString(16)}`));
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

  /** DW_OP_abs .. DW_OP_ne. */
  #arithmetic(op: number): void {
    const right = this.#pop();
    this.#push(unaryEntry(op, right) ?? binaryEntry(op, this.#pop(), right));
  }

  /** Operations that push addresses, registers and memory. */
  #placeOperation(op: number): boolean {
    const reader = this.#reader;
    const { unit } = this.#context;
    switch (op) {
      case 0x03: this.#push(generic(unit === undefined ? reader.u64() : raised(unit.sections, reader.u64()))); return true; // addr
      case 0x06: this.#dereference(8); return true; // deref
      case 0x94: this.#dereference(reader.u8()); return true; // deref_size
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
      case 0xa1: case 0xfb: // addrx
      case 0xa2: case 0xfc: // constx
        if (unit === undefined) return false;
        this.#push(generic(indexedAddress(unit, reader.uleb())));
        return true;
      case 0xa3: case 0xf3: this.#push(this.#valueAtEntry(reader.block(reader.uleb()))); return true; // entry_value
      case 0xfa: this.#push(this.#valueAtEntry(Uint8Array.of(op, ...reader.block(4)))); return true; // GNU_parameter_ref
      default: return false;
    }
  }

  /** Of a register, also in a type, or of a parameter that is not passed (call-sites.ts). */
  #valueAtEntry(block: Uint8Array): Entry {
    const inner = expressionReader(block);
    const isTyped = [0xa5, 0xf5].includes(inner.u8()); // regval_type
    const location = isTyped ? registerLocation(inner.uleb()) : block;
    const type = isTyped ? this.#type(inner.uleb()) : GENERIC;
    const value = this.#context.entryValue?.(location);
    if (value === undefined) throw new Unavailable('optimized out');
    return { ...type, value: BigInt.asUintN(type.sizeBytes * 8, value) };
  }

  /** Operations that say where the value, or a piece of it, is. */
  #resultOperation(op: number): boolean {
    const reader = this.#reader;
    switch (op) {
      case 0x90: this.#location = { kind: 'register', number: reader.uleb() }; return true; // regx
      case 0x9f: { // stack_value
        const { value, sizeBytes } = this.#pop();
        this.#location = { kind: 'value', value, sizeBytes };
        return true;
      }
      case 0x9e: this.#location = { kind: 'bytes', bytes: reader.block(reader.uleb()) }; return true; // implicit_value
      case 0xa0: case 0xf2: { // implicit_pointer
        const entry = reader.dwarfOffset(this.#context.unit?.offsetSize ?? 4);
        this.#location = { kind: 'implicit-pointer', entry, offsetBytes: Number(reader.sleb64()) };
        return true;
      }
      case 0x93: this.#piece(reader.uleb() * 8, 0); return true; // piece
      case 0x9d: this.#piece(reader.uleb(), reader.uleb()); return true; // bit_piece
      case 0xf0: return true; // GNU_uninit
      default: return false;
    }
  }

  #dereference(sizeBytes: number, type: EntryType = GENERIC): void {
    if (sizeBytes < 1 || sizeBytes > 16) throw new Unavailable('damaged debug information');
    const value = readUnsigned(this.#context.memory, this.#pop().value, sizeBytes);
    if (value === undefined) throw new Unavailable('in memory that is not mapped');
    this.#push({ ...type, value });
  }

  /** A piece without a location before it is optimised out. */
  #piece(sizeBits: number, offsetBits: number): void {
    if (this.#pieces.length >= MAX_PIECES) throw new Unavailable('a value of too many pieces');
    const isEmpty = this.#location === undefined && this.#stack.length === 0;
    const location: Location = isEmpty ? { kind: 'none', why: 'optimized out' } : this.#finish();
    this.#pieces.push({ location, sizeBits, offsetBits });
  }

  /** Typed operations of DWARF 5 and their GNU forerunners. */
  #typedOperation(op: number): boolean {
    const reader = this.#reader;
    switch (op) {
      case 0xa4: case 0xf4: { // const_type
        const type = this.#type(reader.uleb());
        this.#push({ value: unsignedOf(reader.block(reader.u8())), ...type });
        return true;
      }
      case 0xa5: case 0xf5: { // regval_type
        const value = this.#register(reader.uleb());
        this.#push({ value, ...this.#type(reader.uleb()) });
        return true;
      }
      case 0xa6: case 0xf6: { // deref_type
        const sizeBytes = reader.u8();
        this.#dereference(sizeBytes, this.#type(reader.uleb()));
        return true;
      }
      case 0xa8: case 0xf7: this.#push(convertEntry(this.#pop(), this.#type(reader.uleb()))); return true; // convert
      case 0xa9: case 0xf9: this.#push({ value: this.#pop().value, ...this.#type(reader.uleb()) }); return true; // reinterpret
      default: return false;
    }
  }

  /** The expression of another entry, which works on the same stack (DWARF 5, 2.5.1.5). */
  #callOperation(op: number): boolean {
    const reader = this.#reader;
    const { unit, entry } = this.#context;
    if ((op !== 0x98 && op !== 0x99 && op !== 0x9a) || unit === undefined) return false;
    const offset = op === 0x9a ? reader.dwarfOffset(unit.offsetSize) : unit.offset + (op === 0x98 ? reader.u16() : reader.u32());
    const die = entry?.(offset) ?? (offset < unit.end && offset > unit.offset ? unit.dieAt(offset) : undefined);
    const place = die?.attribute(AT.location);
    const bytes = die === undefined || place === undefined ? undefined : locationAt(die.unit, place, this.#context.pc ?? 0n);
    if (bytes === undefined) return true;
    if (this.#calls >= MAX_CALLS) throw new Unavailable('an expression that takes too long');
    this.#calls++;
    this.#reader = expressionReader(bytes);
    this.#runAll();
    this.#reader = reader;
    this.#calls--;
    return true;
  }

  /** Type 0 is the generic type. */
  #type(offset: number): EntryType {
    if (offset === 0) return GENERIC;
    const { unit } = this.#context;
    const die = unit?.dieAt(unit.offset + offset);
    const encoding = die?.number(AT.encoding);
    const sizeBytes = die?.number(AT.byteSize);
    const kind = encoding === undefined ? undefined : KINDS.get(encoding);
    const isKnown = kind === 'float' ? sizeBytes === 4 || sizeBytes === 8 : sizeBytes !== undefined && [1, 2, 4, 8, 16].includes(sizeBytes);
    if (kind === undefined || sizeBytes === undefined || !isKnown) throw new Unavailable('computed in a type that is not supported');
    return { sizeBytes, kind };
  }
}

function expressionReader(bytes: Uint8Array): Reader {
  return new Reader({ name: 'an expression', bytes, address: 0n });
}

const KINDS: ReadonlyMap<number, EntryType['kind']> = new Map<number, EntryType['kind']>([
  [ENCODING.signed, 'signed'], [ENCODING.signedChar, 'signed'], [ENCODING.unsigned, 'unsigned'], [ENCODING.unsignedChar, 'unsigned'],
  [ENCODING.boolean, 'unsigned'], [ENCODING.address, 'unsigned'], [ENCODING.utf, 'unsigned'], [ENCODING.float, 'float'],
]);

/** Operations that this machine has no answer for. */
const REFUSED: ReadonlyMap<number, string> = new Map([
  [0x18, 'in an address space of its own'], // xderef
  [0x95, 'in an address space of its own'], // xderef_size
  [0xa7, 'in an address space of its own'], // xderef_type
  [0x9b, 'in thread-local storage'], // form_tls_address
  [0xe0, 'in thread-local storage'], // GNU_push_tls_address
  [0x97, 'relative to an object'], // push_object_address
]);
