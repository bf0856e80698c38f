/**
 * Writes WebAssembly instructions into a growing byte buffer.
 * Binary format: WebAssembly core specification 2.0, chapter 5 (https://webassembly.github.io/spec/core/binary/instructions.html).
 */

/** Operators by their names in the specification, in camel case (`i64.load8_s` is `i64Load8S`). */
export const Op = {
  unreachable: 0x00, nop: 0x01, block: 0x02, loop: 0x03, if: 0x04, else: 0x05, end: 0x0b,
  br: 0x0c, brIf: 0x0d, brTable: 0x0e, return: 0x0f, call: 0x10, callIndirect: 0x11, returnCall: 0x12, returnCallIndirect: 0x13,
  drop: 0x1a, select: 0x1b, localGet: 0x20, localSet: 0x21, localTee: 0x22, globalGet: 0x23, globalSet: 0x24,

  i32Load: 0x28, i64Load: 0x29, f32Load: 0x2a, f64Load: 0x2b,
  i32Load8S: 0x2c, i32Load8U: 0x2d, i32Load16S: 0x2e, i32Load16U: 0x2f,
  i64Load8S: 0x30, i64Load8U: 0x31, i64Load16S: 0x32, i64Load16U: 0x33, i64Load32S: 0x34, i64Load32U: 0x35,
  i32Store: 0x36, i64Store: 0x37, f32Store: 0x38, f64Store: 0x39,
  i32Store8: 0x3a, i32Store16: 0x3b, i64Store8: 0x3c, i64Store16: 0x3d, i64Store32: 0x3e,
  memorySize: 0x3f, memoryGrow: 0x40,

  i32Const: 0x41, i64Const: 0x42, f32Const: 0x43, f64Const: 0x44,
  i32Eqz: 0x45, i32Eq: 0x46, i32Ne: 0x47, i32LtS: 0x48, i32LtU: 0x49, i32GtS: 0x4a, i32GtU: 0x4b,
  i32LeS: 0x4c, i32LeU: 0x4d, i32GeS: 0x4e, i32GeU: 0x4f,
  i64Eqz: 0x50, i64Eq: 0x51, i64Ne: 0x52, i64LtS: 0x53, i64LtU: 0x54, i64GtS: 0x55, i64GtU: 0x56,
  i64LeS: 0x57, i64LeU: 0x58, i64GeS: 0x59, i64GeU: 0x5a,
  f32Eq: 0x5b, f32Ne: 0x5c, f32Lt: 0x5d, f32Gt: 0x5e, f32Le: 0x5f, f32Ge: 0x60,
  f64Eq: 0x61, f64Ne: 0x62, f64Lt: 0x63, f64Gt: 0x64, f64Le: 0x65, f64Ge: 0x66,

  i32Clz: 0x67, i32Ctz: 0x68, i32Popcnt: 0x69, i32Add: 0x6a, i32Sub: 0x6b, i32Mul: 0x6c,
  i32DivS: 0x6d, i32DivU: 0x6e, i32RemS: 0x6f, i32RemU: 0x70, i32And: 0x71, i32Or: 0x72, i32Xor: 0x73,
  i32Shl: 0x74, i32ShrS: 0x75, i32ShrU: 0x76, i32Rotl: 0x77, i32Rotr: 0x78,
  i64Clz: 0x79, i64Ctz: 0x7a, i64Popcnt: 0x7b, i64Add: 0x7c, i64Sub: 0x7d, i64Mul: 0x7e,
  i64DivS: 0x7f, i64DivU: 0x80, i64RemS: 0x81, i64RemU: 0x82, i64And: 0x83, i64Or: 0x84, i64Xor: 0x85,
  i64Shl: 0x86, i64ShrS: 0x87, i64ShrU: 0x88, i64Rotl: 0x89, i64Rotr: 0x8a,
  f32Abs: 0x8b, f32Neg: 0x8c, f32Ceil: 0x8d, f32Floor: 0x8e, f32Trunc: 0x8f, f32Nearest: 0x90, f32Sqrt: 0x91,
  f32Add: 0x92, f32Sub: 0x93, f32Mul: 0x94, f32Div: 0x95, f32Min: 0x96, f32Max: 0x97, f32Copysign: 0x98,
  f64Abs: 0x99, f64Neg: 0x9a, f64Ceil: 0x9b, f64Floor: 0x9c, f64Trunc: 0x9d, f64Nearest: 0x9e, f64Sqrt: 0x9f,
  f64Add: 0xa0, f64Sub: 0xa1, f64Mul: 0xa2, f64Div: 0xa3, f64Min: 0xa4, f64Max: 0xa5, f64Copysign: 0xa6,

  i32WrapI64: 0xa7, i32TruncF32S: 0xa8, i32TruncF32U: 0xa9, i32TruncF64S: 0xaa, i32TruncF64U: 0xab,
  i64ExtendI32S: 0xac, i64ExtendI32U: 0xad,
  i64TruncF32S: 0xae, i64TruncF32U: 0xaf, i64TruncF64S: 0xb0, i64TruncF64U: 0xb1,
  f32ConvertI32S: 0xb2, f32ConvertI32U: 0xb3, f32ConvertI64S: 0xb4, f32ConvertI64U: 0xb5, f32DemoteF64: 0xb6,
  f64ConvertI32S: 0xb7, f64ConvertI32U: 0xb8, f64ConvertI64S: 0xb9, f64ConvertI64U: 0xba, f64PromoteF32: 0xbb,
  i32ReinterpretF32: 0xbc, i64ReinterpretF64: 0xbd, f32ReinterpretI32: 0xbe, f64ReinterpretI64: 0xbf,
  i32Extend8S: 0xc0, i32Extend16S: 0xc1, i64Extend8S: 0xc2, i64Extend16S: 0xc3, i64Extend32S: 0xc4,
} as const;

/** Value types (binary format, 5.3.1), and `empty` for a block without a result. */
export const ValueType = { i32: 0x7f, i64: 0x7e, f32: 0x7d, f64: 0x7c, empty: 0x40 } as const;

/** What the code says about one branch (branch-hinting proposal, section `metadata.code.branch_hint`). */
export interface BranchHint {
  /** Offset of the `if` or `br_if` from the start of the code (locals not counted). */
  readonly offset: number;
  readonly likely: boolean;
}

/** Bytes under way. Every method appends and returns `this`, so calls chain. */
export class WasmCode {
  private buffer: Uint8Array;
  private used = 0;
  private readonly hintList: BranchHint[] = [];
  private openBlocks = 0;

  constructor(capacity = 256) {
    this.buffer = new Uint8Array(capacity);
  }

  /** Finished code. */
  static of(bytes: Uint8Array, hints: readonly BranchHint[]): WasmCode {
    const code = new WasmCode(0);
    code.buffer = bytes;
    code.used = bytes.length;
    code.hintList.push(...hints);
    return code;
  }

  /** Bytes written so far. */
  get length(): number {
    return this.used;
  }

  /** A copy of what was written. */
  bytes(): Uint8Array<ArrayBuffer> {
    return this.buffer.slice(0, this.used);
  }

  /** Constructs open now. Taken right after `block`, `loop` or `if`, it is a label for `brTo` and `brIfTo`. */
  get label(): number {
    return this.openBlocks;
  }

  get hints(): readonly BranchHint[] {
    return this.hintList;
  }

  private reserve(count: number): void {
    if (this.used + count <= this.buffer.length) return;
    const larger = new Uint8Array(this.buffer.length * 2 + count);
    larger.set(this.buffer.subarray(0, this.used));
    this.buffer = larger;
  }

  // ---- encoding primitives ----

  byte(value: number): this {
    this.reserve(1);
    this.buffer[this.used++] = value;
    return this;
  }

  raw(bytes: Uint8Array): this {
    this.reserve(bytes.length);
    this.buffer.set(bytes, this.used);
    this.used += bytes.length;
    return this;
  }

  append(other: WasmCode): this {
    for (const hint of other.hintList) this.hintList.push({ offset: hint.offset + this.used, likely: hint.likely });
    return this.raw(other.buffer.subarray(0, other.used));
  }

  /** Unsigned LEB128 of a number below 2^32. */
  unsigned(value: number): this {
    let rest = value >>> 0;
    while (rest > 0x7f) {
      this.byte((rest & 0x7f) | 0x80);
      rest >>>= 7;
    }
    return this.byte(rest);
  }

  /** Signed LEB128 of a 32-bit number. */
  signed32(value: number): this {
    let rest = value | 0;
    for (;;) {
      const low = rest & 0x7f;
      rest >>= 7;
      if ((rest === 0 && (low & 0x40) === 0) || (rest === -1 && (low & 0x40) !== 0)) return this.byte(low);
      this.byte(low | 0x80);
    }
  }

  /** Signed LEB128 of a 64-bit integer; a bigint is taken modulo 2^64. */
  signed64(value: number | bigint): this {
    if (typeof value === 'number' && value === (value | 0)) return this.signed32(value);
    let rest = BigInt.asIntN(64, BigInt(value));
    for (;;) {
      const low = Number(rest & 0x7fn);
      rest >>= 7n;
      if ((rest === 0n && (low & 0x40) === 0) || (rest === -1n && (low & 0x40) !== 0)) return this.byte(low);
      this.byte(low | 0x80);
    }
  }

  /** A name: length and ASCII characters. */
  name(text: string): this {
    this.unsigned(text.length);
    for (let i = 0; i < text.length; i++) this.byte(text.charCodeAt(i) & 0x7f);
    return this;
  }

  // ---- instructions ----

  /** An operator without immediates. */
  op(operator: number): this {
    return this.byte(operator);
  }

  get(local: number): this {
    return this.byte(Op.localGet).unsigned(local);
  }

  set(local: number): this {
    return this.byte(Op.localSet).unsigned(local);
  }

  tee(local: number): this {
    return this.byte(Op.localTee).unsigned(local);
  }

  i32Const(value: number): this {
    return this.byte(Op.i32Const).signed32(value);
  }

  i64Const(value: number | bigint): this {
    return this.byte(Op.i64Const).signed64(value);
  }

  /** A load or store. `offset` is added to the address on the stack as an unsigned number. */
  memory(operator: number, offset = 0, alignLog2 = 0): this {
    return this.byte(operator).unsigned(alignLog2).unsigned(offset);
  }

  /** Bit patterns, so that a constant may be any NaN. */
  f32Bits(bits: number): this {
    this.byte(Op.f32Const);
    for (let shift = 0; shift < 32; shift += 8) this.byte((bits >>> shift) & 0xff);
    return this;
  }

  f64Bits(bits: bigint): this {
    this.byte(Op.f64Const);
    for (let shift = 0n; shift < 64n; shift += 8n) this.byte(Number((bits >> shift) & 0xffn));
    return this;
  }

  block(type: number = ValueType.empty): this {
    this.openBlocks++;
    return this.byte(Op.block).byte(type);
  }

  loop(type: number = ValueType.empty): this {
    this.openBlocks++;
    return this.byte(Op.loop).byte(type);
  }

  if(type: number = ValueType.empty): this {
    this.openBlocks++;
    return this.byte(Op.if).byte(type);
  }

  else(): this {
    return this.byte(Op.else);
  }

  end(): this {
    this.openBlocks--;
    return this.byte(Op.end);
  }

  br(depth: number): this {
    return this.byte(Op.br).unsigned(depth);
  }

  brIf(depth: number): this {
    return this.byte(Op.brIf).unsigned(depth);
  }

  /** Leaves the construct that `label` names, or begins it again if it is a loop. */
  brTo(label: number): this {
    return this.br(this.openBlocks - label);
  }

  brIfTo(label: number): this {
    return this.brIf(this.openBlocks - label);
  }

  brTable(depths: readonly number[], defaultDepth: number): this {
    this.byte(Op.brTable).unsigned(depths.length);
    for (const depth of depths) this.unsigned(depth);
    return this.unsigned(defaultDepth);
  }

  call(functionIndex: number): this {
    return this.byte(Op.call).unsigned(functionIndex);
  }

  /** Tail call: the present function's frame is given up first. */
  returnCall(functionIndex: number): this {
    return this.byte(Op.returnCall).unsigned(functionIndex);
  }

  /** Tail call of the function in table 0 whose number is on top of the stack. */
  returnCallIndirect(typeIndex: number): this {
    return this.byte(Op.returnCallIndirect).unsigned(typeIndex).unsigned(0);
  }

  return(): this {
    return this.byte(Op.return);
  }

  drop(): this {
    return this.byte(Op.drop);
  }

  select(): this {
    return this.byte(Op.select);
  }

  /** The next instruction, an `if` or `br_if`, is likely or unlikely to find its condition true. */
  hint(likely: boolean): this {
    this.hintList.push({ offset: this.used, likely });
    return this;
  }
}
