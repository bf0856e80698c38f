/** Random encodings, legal and not, that do not leave a case. */
import fc from 'fast-check';
import { decode } from '../../emulator/isa/decoder.ts';
import { instructionTable } from '../../emulator/isa/table.ts';
import { isHarmlessCsrAccess } from './csr-accesses.ts';

const anyWord = fc.bigInt(0n, 0xffff_ffffn).map(Number);

/** A case stays in its code, and its result does not depend on time. */
function isHarmless(raw: number): boolean {
  const { index, imm, rd } = decode(raw);
  const row = instructionTable[index];
  if (row === undefined) return true;
  // sc: see storeConditional in instructions.ts.
  // wfi: how many instructions QEMU counts while it waits is its own affair.
  if (row.mnemonic === 'wfi' || row.mnemonic === 'sret' || row.mnemonic.startsWith('sc.')) return false;
  if (row.extension === 'Zicsr') return isHarmlessCsrAccess(row.mnemonic, imm, rd);
  return row.flow === 'straight' || row.flow === 'trap';
}

const rows32 = instructionTable.filter(({ length }) => length === 4);

const word: fc.Arbitrary<number> = fc.oneof(
  // All operand fields random, reserved rounding modes included.
  { weight: 4, arbitrary: fc.tuple(fc.constantFrom(...rows32), anyWord).map(([row, bits]) => (row.match | (bits & ~row.mask)) >>> 0) },
  // One bit off an instruction: the neighbourhood of what decoders must tell apart.
  { weight: 5, arbitrary: fc.tuple(fc.constantFrom(...rows32), anyWord, fc.integer({ min: 2, max: 31 })).map(([row, bits, bit]) => ((row.match | (bits & ~row.mask)) ^ (1 << bit)) >>> 0) },
  { weight: 2, arbitrary: anyWord.map((bits) => (bits | 3) >>> 0) },
).filter(isHarmless);

const halfword: fc.Arbitrary<number> = fc.nat(0xffff).filter((raw) => (raw & 3) !== 3 && isHarmless(raw));

export const encoding: fc.Arbitrary<string> = fc.oneof(
  { weight: 3, arbitrary: word.map((raw) => `.4byte 0x${raw.toString(16)}`) },
  { weight: 1, arbitrary: halfword.map((raw) => `.2byte 0x${raw.toString(16)}`) },
);

const ofText = (text: string): ReturnType<typeof decode> => decode(Number(text.split(' ')[1]));

/** Does the encoding store through the integer register `base`? */
export function storesAt(text: string, base: number): boolean {
  const { index, rs1 } = ofText(text);
  const row = instructionTable[index];
  return row !== undefined && rs1 === base && (row.format === 'amo' || row.format === 'store' || row.format.startsWith('CS'));
}

/** May the encoding write the integer register? */
export const writes = (text: string, register: number): boolean => ofText(text).rd === register;
