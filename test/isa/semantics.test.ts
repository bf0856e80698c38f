/** Semantics of the integer rows and of the floating-point rows without arithmetic, as WebAssembly, against the manual's formulas in BigInt. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { instructionTable } from '../../emulator/isa/table.ts';
import { compile } from './straight-emitter.ts';

const signed = (value: bigint): bigint => BigInt.asIntN(64, value);
const unsigned = (value: bigint): bigint => BigInt.asUintN(64, value);
const signedWord = (value: bigint): bigint => BigInt.asIntN(32, value);
const unsignedWord = (value: bigint): bigint => BigInt.asUintN(32, value);
const bit = (value: boolean): bigint => (value ? 1n : 0n);
const BOX = 0xffffffff00000000n;
const unboxed = (value: bigint): bigint => (unsigned(value) >= BOX ? unsignedWord(value) : 0x7fc00000n);

type Binary = (a: bigint, b: bigint) => bigint;

/** Division as table 7.1 has it; operands already in the range of the instruction. */
const quotient: Binary = (a, b) => (b === 0n ? -1n : a / b);
const remainder: Binary = (a, b) => (b === 0n ? a : a % b);

/** Of rs1 and rs2, both signed 64-bit; any integer that is right modulo 2^64. */
const registerRows: Readonly<Record<string, Binary>> = {
  add: (a, b) => a + b,
  sub: (a, b) => a - b,
  sll: (a, b) => a << (b & 63n),
  slt: (a, b) => bit(a < b),
  sltu: (a, b) => bit(unsigned(a) < unsigned(b)),
  xor: (a, b) => a ^ b,
  srl: (a, b) => unsigned(a) >> (b & 63n),
  sra: (a, b) => a >> (b & 63n),
  or: (a, b) => a | b,
  and: (a, b) => a & b,
  addw: (a, b) => signedWord(a + b),
  subw: (a, b) => signedWord(a - b),
  sllw: (a, b) => signedWord(a << (b & 31n)),
  srlw: (a, b) => signedWord(unsignedWord(a) >> (b & 31n)),
  sraw: (a, b) => signedWord(a) >> (b & 31n),

  mul: (a, b) => a * b,
  mulh: (a, b) => (a * b) >> 64n,
  mulhsu: (a, b) => (a * unsigned(b)) >> 64n,
  mulhu: (a, b) => (unsigned(a) * unsigned(b)) >> 64n,
  div: quotient,
  divu: (a, b) => quotient(unsigned(a), unsigned(b)),
  rem: remainder,
  remu: (a, b) => remainder(unsigned(a), unsigned(b)),
  mulw: (a, b) => signedWord(a * b),
  divw: (a, b) => signedWord(quotient(signedWord(a), signedWord(b))),
  divuw: (a, b) => signedWord(quotient(unsignedWord(a), unsignedWord(b))),
  remw: (a, b) => signedWord(remainder(signedWord(a), signedWord(b))),
  remuw: (a, b) => signedWord(remainder(unsignedWord(a), unsignedWord(b))),

  // 1 = taken
  beq: (a, b) => bit(a === b),
  bne: (a, b) => bit(a !== b),
  blt: (a, b) => bit(a < b),
  bge: (a, b) => bit(a >= b),
  bltu: (a, b) => bit(unsigned(a) < unsigned(b)),
  bgeu: (a, b) => bit(unsigned(a) >= unsigned(b)),

  'fsgnj.s': (a, b) => BOX | (unboxed(a) & 0x7fffffffn) | (unboxed(b) & 0x80000000n),
  'fsgnjn.s': (a, b) => BOX | (unboxed(a) & 0x7fffffffn) | (~unboxed(b) & 0x80000000n),
  'fsgnjx.s': (a, b) => BOX | (unboxed(a) ^ (unboxed(b) & 0x80000000n)),
  'fsgnj.d': (a, b) => (a & ~(1n << 63n)) | (b & (1n << 63n)),
  'fsgnjn.d': (a, b) => (a & ~(1n << 63n)) | (~b & (1n << 63n)),
  'fsgnjx.d': (a, b) => a ^ (b & (1n << 63n)),
  'fmv.x.w': (a) => signedWord(a),
  'fmv.w.x': (a) => BOX | unsignedWord(a),
  'fmv.x.d': (a) => a,
  'fmv.d.x': (a) => a,
};

/** Of rs1, a signed 12-bit immediate, and pc. */
const immediateRows: Readonly<Record<string, (a: bigint, imm: bigint, pc: bigint) => bigint>> = {
  addi: (a, imm) => a + imm,
  slti: (a, imm) => bit(a < imm),
  sltiu: (a, imm) => bit(unsigned(a) < unsigned(imm)),
  xori: (a, imm) => a ^ imm,
  ori: (a, imm) => a | imm,
  andi: (a, imm) => a & imm,
  addiw: (a, imm) => signedWord(a + imm),
  lui: (_a, imm) => imm,
  auipc: (_a, imm, pc) => pc + imm,
};

/** Of rs1 and a shift amount. */
const shiftRows: Readonly<Record<string, Binary>> = {
  slli: (a, amount) => a << amount,
  srli: (a, amount) => unsigned(a) >> amount,
  srai: (a, amount) => a >> amount,
  slliw: (a, amount) => signedWord(a << amount),
  srliw: (a, amount) => signedWord(unsignedWord(a) >> amount),
  sraiw: (a, amount) => signedWord(a) >> amount,
};

const names = [registerRows, immediateRows, shiftRows].flatMap((rows) => Object.keys(rows));
const functions = compile(instructionTable.filter(({ mnemonic }) => names.includes(mnemonic)));

const edges = [0n, 1n, 2n, -1n, -2n, 31n, 32n, 63n, 64n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x100000000n, -0x80000000n, -0x80000001n,
  (1n << 63n) - 1n, -(1n << 63n), 0x7fc00000n, signed(BOX), signed(BOX | 0x3f800000n), signed(BOX | 0xbf800000n)];
const operand = fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), fc.bigInt({ min: -9n, max: 9n }));

function check(mnemonic: string, inputs: readonly fc.Arbitrary<bigint>[], run: (...values: bigint[]) => readonly [actual: bigint | undefined, expected: bigint]): void {
  test(mnemonic, () => {
    fc.assert(fc.property(fc.tuple(...inputs), (values) => {
      const [actual, expected] = run(...values);
      assert.equal(actual, unsigned(expected));
    }), { numRuns: 1000 });
  });
}

for (const [mnemonic, expected] of Object.entries(registerRows)) {
  check(mnemonic, [operand, operand], (a = 0n, b = 0n) => [functions.get(mnemonic)?.(a, b, 0n, 0n), expected(a, b)]);
  test(`${mnemonic} on all pairs of edges`, () => {
    for (const a of edges) {
      for (const b of edges) assert.equal(functions.get(mnemonic)?.(a, b, 0n, 0n), unsigned(expected(a, b)), `${a} and ${b}`);
    }
  });
}

const immediate = fc.bigInt({ min: -2048n, max: 2047n });
for (const [mnemonic, expected] of Object.entries(immediateRows)) {
  check(mnemonic, [operand, immediate, operand], (a = 0n, imm = 0n, pc = 0n) => [functions.get(mnemonic)?.(a, 0n, imm, pc), expected(a, imm, pc)]);
}

for (const [mnemonic, expected] of Object.entries(shiftRows)) {
  const amount = fc.bigInt({ min: 0n, max: mnemonic.endsWith('w') ? 31n : 63n });
  check(mnemonic, [operand, amount], (a = 0n, shift = 0n) => [functions.get(mnemonic)?.(a, 0n, shift, 0n), expected(a, shift)]);
}
