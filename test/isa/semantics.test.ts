/**
 * Semantics of the rows, as WebAssembly. Integer rows and floating-point ones without arithmetic: against the manual's
 * formulas in BigInt. Rows that call the core: the routine and its arguments.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { instructionTable } from '../../emulator/isa/table.ts';
import { compile, STUB_RESULT } from './straight-emitter.ts';
import type { Operands } from './straight-emitter.ts';

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

const functions = compile(instructionTable.filter(({ length, flow, format }) =>
  length === 4 && (flow === 'straight' || flow === 'branch' || flow === 'trap') && format !== 'load' && format !== 'store'));

function run(mnemonic: string, operands: Operands): bigint | undefined {
  return functions.get(mnemonic)?.(operands).rd;
}

const edges = [0n, 1n, 2n, -1n, -2n, 31n, 32n, 63n, 64n, 0x7fffffffn, 0x80000000n, 0xffffffffn, 0x100000000n, -0x80000000n, -0x80000001n,
  (1n << 63n) - 1n, -(1n << 63n), 0x7fc00000n, signed(BOX), signed(BOX | 0x3f800000n), signed(BOX | 0xbf800000n)];
const operand = fc.oneof(fc.constantFrom(...edges), fc.bigInt({ min: -(1n << 63n), max: (1n << 63n) - 1n }), fc.bigInt({ min: -9n, max: 9n }));

function check(mnemonic: string, inputs: readonly fc.Arbitrary<bigint>[], both: (...values: bigint[]) => readonly [actual: bigint | undefined, expected: bigint]): void {
  test(mnemonic, () => {
    fc.assert(fc.property(fc.tuple(...inputs), (values) => {
      const [actual, expected] = both(...values);
      assert.equal(actual, unsigned(expected));
    }), { numRuns: 500 });
  });
}

for (const [mnemonic, expected] of Object.entries(registerRows)) {
  check(mnemonic, [operand, operand], (rs1 = 0n, rs2 = 0n) => [run(mnemonic, { rs1, rs2 }), expected(rs1, rs2)]);
  test(`${mnemonic} on all pairs of edges`, () => {
    for (const rs1 of edges) {
      for (const rs2 of edges) assert.equal(run(mnemonic, { rs1, rs2 }), unsigned(expected(rs1, rs2)), `${rs1} and ${rs2}`);
    }
  });
}

const immediate = fc.bigInt({ min: -2048n, max: 2047n });
for (const [mnemonic, expected] of Object.entries(immediateRows)) {
  check(mnemonic, [operand, immediate, operand], (rs1 = 0n, imm = 0n, pc = 0n) => [run(mnemonic, { rs1, imm, pc }), expected(rs1, imm, pc)]);
}

for (const [mnemonic, expected] of Object.entries(shiftRows)) {
  const amount = fc.bigInt({ min: 0n, max: mnemonic.endsWith('w') ? 31n : 63n });
  check(mnemonic, [operand, amount], (rs1 = 0n, imm = 0n) => [run(mnemonic, { rs1, imm }), expected(rs1, imm)]);
}

// ---- calls of the core ----

const READS = 2;
const WRITES = 1;
const SP_OFFSET = 16n;
const SINK = 256n;
/** Doubles 1.0, 2.0, 3.0 and their negatives; singles likewise, boxed and bare. */
const [one, two, three] = [0x3ff0000000000000n, 0x4000000000000000n, 0x4008000000000000n];
const SIGN = 1n << 63n;
const [boxedOne, boxedTwo, boxedThree] = [BOX | 0x3f800000n, BOX | 0x40000000n, BOX | 0x40400000n];
const [singleOne, singleTwo, singleThree] = [0x3f800000, 0x40000000, 0x40400000];
const negativeSingle = (bits: number): number => bits | -0x80000000;
const NAN = 0x7fc00000;

function checkCall(mnemonic: string, operands: Operands, call: readonly [routine: string, ...args: (number | bigint)[]], rd = 0n): void {
  test(`${mnemonic} calls ${call[0]}`, () => {
    assert.deepEqual(functions.get(mnemonic)?.(operands), { rd, calls: [call] });
  });
}

const plain = BigInt(STUB_RESULT);
const boxed = BOX | plain;

// The immediate: csr number | rs1 field << 12 | (rd is not x0) << 17.
checkCall('csrrw', { rs1: 7n, imm: 0x300n | (5n << 12n) | (1n << 17n), rdOffset: SP_OFFSET }, ['csr', 0x300, 1, 7n, 16, READS | WRITES]);
checkCall('csrrw', { rs1: 7n, imm: 0xfffn | (5n << 12n), rdOffset: SINK }, ['csr', 0xfff, 1, 7n, 256, WRITES]);
checkCall('csrrs', { rs1: 7n, imm: 0x300n | (5n << 12n), rdOffset: SINK }, ['csr', 0x300, 2, 7n, 256, READS | WRITES]);
checkCall('csrrs', { rs1: 0n, imm: 0x300n | (1n << 17n), rdOffset: SP_OFFSET }, ['csr', 0x300, 2, 0n, 16, READS]);
checkCall('csrrc', { rs1: 0n, imm: 0x300n | (31n << 12n), rdOffset: SINK }, ['csr', 0x300, 3, 0n, 256, READS | WRITES]);
checkCall('csrrwi', { imm: 0x300n | (31n << 12n), rdOffset: SINK }, ['csr', 0x300, 1, 31n, 256, WRITES]);
checkCall('csrrsi', { imm: 0x300n | (1n << 17n), rdOffset: SP_OFFSET }, ['csr', 0x300, 2, 0n, 16, READS]);
checkCall('csrrci', { imm: 0x300n | (1n << 12n), rdOffset: SINK }, ['csr', 0x300, 3, 1n, 256, READS | WRITES]);

checkCall('lr.d', { rs1: 4096n, rdOffset: SP_OFFSET }, ['loadReserved', 4096n, 3, 16]);
checkCall('sc.w', { rs1: 4096n, rs2: 9n, rdOffset: SP_OFFSET }, ['storeConditional', 4096n, 2, 16, 9n]);
checkCall('amoswap.w', { rs1: 4096n, rs2: 9n, rdOffset: SP_OFFSET }, ['amo', 4096n, 2, 16, 9n, 0b00001]);
checkCall('amomaxu.d', { rs1: 4096n, rs2: 9n, rdOffset: SP_OFFSET }, ['amo', 4096n, 3, 16, 9n, 0b11100]);

checkCall('sfence.vma', { rs1: 4096n, rs2: 5n, imm: 2n }, ['sfenceVma', 4096n, 5n, 2]);
for (const [mnemonic, routine] of Object.entries({ ecall: 'ecall', ebreak: 'ebreak', mret: 'mret', sret: 'sret', wfi: 'wfi', 'fence.i': 'fenceI' })) {
  checkCall(mnemonic, {}, [routine]);
}

const doubles = { rs1: one, rs2: two, rs3: three, mode: 4n };
const singles = { rs1: boxedOne, rs2: boxedTwo, rs3: boxedThree, mode: 4n };
checkCall('fmadd.d', doubles, ['f64MulAdd', one, two, three, 4], plain);
checkCall('fmsub.d', doubles, ['f64MulAdd', one, two, three | SIGN, 4], plain);
checkCall('fnmsub.d', doubles, ['f64MulAdd', one | SIGN, two, three, 4], plain);
checkCall('fnmadd.d', doubles, ['f64MulAdd', one | SIGN, two, three | SIGN, 4], plain);
checkCall('fmadd.s', singles, ['f32MulAdd', singleOne, singleTwo, singleThree, 4], boxed);
checkCall('fnmadd.s', singles, ['f32MulAdd', negativeSingle(singleOne), singleTwo, negativeSingle(singleThree), 4], boxed);
checkCall('fsub.d', doubles, ['f64Sub', one, two, 4], plain);
checkCall('fdiv.s', singles, ['f32Div', singleOne, singleTwo, 4], boxed);
checkCall('fadd.s', { ...singles, rs2: 0x40000000n }, ['f32Add', singleOne, NAN, 4], boxed);
checkCall('fsqrt.s', singles, ['f32Sqrt', singleOne, 4], boxed);
checkCall('fmin.d', doubles, ['f64Min', one, two], plain);
checkCall('fle.s', singles, ['f32Le', singleOne, singleTwo], plain);
checkCall('flt.d', doubles, ['f64Lt', one, two], plain);
checkCall('fclass.s', singles, ['f32Class', singleOne], plain);
checkCall('fcvt.wu.d', doubles, ['f64ToU32', one, 4], plain);
checkCall('fcvt.l.s', singles, ['f32ToI64', singleOne, 4], plain);
checkCall('fcvt.s.lu', { rs1: unsigned(-1n), mode: 3n }, ['f32FromU64', unsigned(-1n), 3], boxed);
checkCall('fcvt.d.w', { rs1: 5n }, ['f64FromI32', 5n, 0], plain);
checkCall('fcvt.s.d', doubles, ['f64ToF32', one, 4], boxed);
checkCall('fcvt.d.s', singles, ['f32ToF64', singleOne], plain);
