import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { decode, instructionLength } from '../../emulator/isa/decoder.ts';
import type { Decoded } from '../../emulator/isa/instruction.ts';
import { instructionTable, matches } from '../../emulator/isa/table.ts';

type Expected = Partial<Omit<Decoded, 'index' | 'length' | 'raw'>>;

/** Operands that are not named are 0. */
function check(raw: number, mnemonic: string, expected: Expected = {}, name = mnemonic): void {
  test(`${raw.toString(16)}: ${name}`, () => {
    const { index, length, raw: bits, ...operands } = decode(raw);
    assert.equal(instructionTable[index]?.mnemonic ?? 'illegal', mnemonic);
    assert.equal(length, instructionLength(raw));
    assert.equal(bits, length === 2 ? raw & 0xffff : raw >>> 0);
    assert.deepEqual(operands, { rd: 0, rs1: 0, rs2: 0, rs3: 0, imm: 0, rm: 0, ...expected });
  });
}

// Encodings by the GNU assembler 2.40.
describe('32-bit instructions', () => {
  check(0xfffff537, 'lui', { rd: 10, imm: -4096 });
  check(0x80000517, 'auipc', { rd: 10, imm: -0x80000000 });
  check(0xffdff0ef, 'jal', { rd: 1, imm: -4 });
  check(0x7ffff06f, 'jal', { imm: 0xffffe });
  check(0x8000006f, 'jal', { imm: -0x100000 });
  check(0xffc58567, 'jalr', { rd: 10, rs1: 11, imm: -4 });
  check(0x06b50263, 'beq', { rs1: 10, rs2: 11, imm: 100 });
  check(0x80b51063, 'bne', { rs1: 10, rs2: 11, imm: -4096 });
  check(0x7eb57fe3, 'bgeu', { rs1: 10, rs2: 11, imm: 4094 });
  check(0x00813503, 'ld', { rd: 10, rs1: 2, imm: 8 });
  check(0xfea13c23, 'sd', { rs1: 2, rs2: 10, imm: -8 });
  check(0x03f59513, 'slli', { rd: 10, rs1: 11, imm: 63 });
  check(0x43f5d513, 'srai', { rd: 10, rs1: 11, imm: 63 });
  check(0x01f5951b, 'slliw', { rd: 10, rs1: 11, imm: 31 });
  check(0xfff5f513, 'andi', { rd: 10, rs1: 11, imm: -1 });
  check(0x0330000f, 'fence', { imm: 0x033 });
  check(0x8330000f, 'fence.tso');
  check(0x0100000f, 'fence', { imm: 0x010 });
  check(0x1605a52f, 'lr.w', { rd: 10, rs1: 11, imm: 3 });
  check(0x1ac5b52f, 'sc.d', { rd: 10, rs1: 11, rs2: 12, imm: 1 });
  check(0x04c5a52f, 'amoadd.w', { rd: 10, rs1: 11, rs2: 12, imm: 2 });
  check(0x30559573, 'csrrw', { rd: 10, rs1: 11, imm: 0x305 | (11 << 12) | (1 << 17) });
  check(0x30559073, 'csrrw', { rs1: 11, imm: 0x305 | (11 << 12) });
  check(0xc0002573, 'csrrs', { rd: 10, imm: 0xc00 | (1 << 17) });
  check(0x3401d073, 'csrrwi', { imm: 0x340 | (3 << 12) });
  check(0x12000073, 'sfence.vma', { imm: 3 });
  check(0x12b50073, 'sfence.vma', { rs1: 10, rs2: 11 });
  check(0x12a00073, 'sfence.vma', { rs2: 10, imm: 1 });
  check(0x00c5f553, 'fadd.s', { rd: 10, rs1: 11, rs2: 12, rm: 7 });
  check(0x6ac5b543, 'fmadd.d', { rd: 10, rs1: 11, rs2: 12, rs3: 13, rm: 3 });
  check(0xc0051553, 'fcvt.w.s', { rd: 10, rs1: 10, rm: 1 });
  check(0x00a43427, 'fsd', { rs1: 8, rs2: 10, imm: 8 });
  check(0x30200073, 'mret');
});

describe('compressed instructions', () => {
  check(0x0808, 'c.addi4spn', { rd: 10, rs1: 2, imm: 16 });
  check(0x1ffc, 'c.addi4spn', { rd: 15, rs1: 2, imm: 1020 });
  check(0x5dfc, 'c.lw', { rd: 15, rs1: 11, imm: 124 });
  check(0x7dfc, 'c.ld', { rd: 15, rs1: 11, imm: 248 });
  check(0x3dfc, 'c.fld', { rd: 15, rs1: 11, imm: 248 });
  check(0xddfc, 'c.sw', { rs1: 11, rs2: 15, imm: 124 });
  check(0x1141, 'c.addi', { rd: 2, rs1: 2, imm: -16 });
  check(0x357d, 'c.addiw', { rd: 10, rs1: 10, imm: -1 });
  check(0x557d, 'c.li', { rd: 10, imm: -1 });
  check(0x7101, 'c.addi16sp', { rd: 2, rs1: 2, imm: -512 });
  check(0x757d, 'c.lui', { rd: 10, imm: -4096 });
  check(0x917d, 'c.srli', { rd: 10, rs1: 10, imm: 63 });
  check(0x8d0d, 'c.sub', { rd: 10, rs1: 10, rs2: 11 });
  check(0xb001, 'c.j', { imm: -2048 });
  check(0xaffd, 'c.j', { imm: 2046 });
  check(0xd101, 'c.beqz', { rs1: 10, imm: -256 });
  check(0xed7d, 'c.bnez', { rs1: 10, imm: 254 });
  check(0x157e, 'c.slli', { rd: 10, rs1: 10, imm: 63 });
  check(0x557e, 'c.lwsp', { rd: 10, rs1: 2, imm: 252 });
  check(0x757e, 'c.ldsp', { rd: 10, rs1: 2, imm: 504 });
  check(0x8082, 'c.jr', { rs1: 1 });
  check(0x9502, 'c.jalr', { rd: 1, rs1: 10 });
  check(0x852e, 'c.mv', { rd: 10, rs2: 11 });
  check(0x952e, 'c.add', { rd: 10, rs1: 10, rs2: 11 });
  check(0x9002, 'c.ebreak');
  check(0xdfaa, 'c.swsp', { rs1: 2, rs2: 10, imm: 252 });
  check(0xffaa, 'c.sdsp', { rs1: 2, rs2: 10, imm: 504 });
  // Only the low half counts.
  check(0xffff_8082 | 0, 'c.jr', { rs1: 1 });
});

describe('HINTs are instructions', () => {
  check(0x0001, 'c.addi');
  check(0x0005, 'c.addi', { imm: 1 });
  check(0x0081, 'c.addi', { rd: 1, rs1: 1 });
  check(0x4001, 'c.li');
  check(0x6005, 'c.lui', { imm: 4096 });
  check(0x8006, 'c.mv', { rs2: 1 });
  check(0x9006, 'c.add', { rs2: 1 });
  check(0x0002, 'c.slli');
});

describe('reserved encodings are illegal', () => {
  const reserved: readonly (readonly [number, string])[] = [
    [0x0000, 'all zeros'],
    [0x0004, 'c.addi4spn without immediate'],
    [0x8000, 'quadrant 0, funct3 100'],
    [0x2001, 'c.addiw to x0'],
    [0x6081, 'c.lui without immediate'],
    [0x6001, 'c.lui to x0 without immediate'],
    [0x6101, 'c.addi16sp without immediate'],
    [0x9c41, 'quadrant 1, 100 1 11 10'],
    [0x9c61, 'quadrant 1, 100 1 11 11'],
    [0x4002, 'c.lwsp to x0'],
    [0x6002, 'c.ldsp to x0'],
    [0x8002, 'c.jr x0'],
    [0xffffffff, 'all ones'],
    [0x1615a52f, 'lr.w with rs2'],
    [0x0205951b, 'slliw by 32'],
    [0x00200073, 'uret'],
    [0x0ff0200f, 'cbo'],
    [0x30204073, 'csr instruction with funct3 100'],
    [0x07c5f553, 'fadd.q'],
    [0x58158553, 'fsqrt with rs2'],
    [0x00000087, 'flb'],
  ];
  for (const [raw, name] of reserved) check(raw, 'illegal', {}, name);
});

test('every compressed word has at most one row, and is decoded to it', () => {
  const rows = instructionTable.filter((row) => row.length === 2);
  for (let raw = 0; raw < 0x10000; raw++) {
    if (instructionLength(raw) === 4) continue;
    const holders = rows.filter((row) => matches(row, raw));
    assert.ok(holders.length <= 1, raw.toString(16));
    assert.equal(instructionTable[decode(raw).index], holders[0], raw.toString(16));
  }
});

test('a 32-bit word is decoded to the row that holds it', () => {
  const rows = instructionTable.filter((row) => row.length === 4);
  const word = fc.tuple(fc.constantFrom(...rows), fc.nat({ max: 0xffffffff }), fc.nat({ max: 31 }), fc.boolean()).map(
    ([row, random, bit, flip]) => (((row.match | (random & ~row.mask)) ^ (flip ? 1 << bit : 0)) | 3) >>> 0,
  );
  fc.assert(fc.property(word, (raw) => {
    const holders = rows.filter((row) => matches(row, raw));
    assert.ok(holders.length <= 1);
    assert.equal(instructionTable[decode(raw).index], holders[0]);
  }), { numRuns: 5000 });
});
