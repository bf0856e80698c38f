/** From an encoding to a row of the table and its operands. */
import { formats } from './formats.ts';
import type { Format } from './formats.ts';
import type { Decoded } from './instruction.ts';
import { instructionTable, matches } from './table.ts';

const ILLEGAL = -1;

/** Bytes of the instruction whose first 16 bits are the low ones of `raw` (RISC-V unprivileged ISA 20191213, 1.5). */
export function instructionLength(raw: number): 2 | 4 {
  return (raw & 3) === 3 ? 4 : 2;
}

/** Calls `visit` with every value of `width` bits that agrees with `match` where `mask` is set. */
function forEachMatch(width: number, mask: number, match: number, visit: (value: number) => void): void {
  const free = ~mask & ((1 << width) - 1);
  // Counts through the subsets of the free bits: the subtraction borrows across the fixed ones.
  let subset = 0;
  do {
    visit(match | subset);
    subset = (subset - free) & free;
  } while (subset !== 0);
}

/** Index by the 16 bits of a compressed instruction. */
function compressedIndex(): Int16Array {
  const index = new Int16Array(1 << 16).fill(ILLEGAL);
  for (const [number, row] of instructionTable.entries()) {
    if (row.length === 4) continue;
    forEachMatch(16, row.mask, row.match, (raw) => {
      if (matches(row, raw)) index[raw] = number;
    });
  }
  return index;
}

/** Opcode bits 6..2, funct3 and funct7 in one number: what tells nearly all 32-bit instructions apart. */
const BUCKET_BITS = 15;

function bucketOf(raw: number): number {
  return ((raw >>> 2) & 0x1f) | ((raw >>> 7) & 0xe0) | ((raw >>> 17) & 0x7f00);
}

/** Rows that a 32-bit encoding may be, by bucket: one or two in most. */
function buckets(): readonly (readonly number[] | undefined)[] {
  const candidates = new Array<number[] | undefined>(1 << BUCKET_BITS).fill(undefined);
  for (const [number, row] of instructionTable.entries()) {
    if (row.length === 2) continue;
    forEachMatch(BUCKET_BITS, bucketOf(row.mask), bucketOf(row.match), (bucket) => {
      (candidates[bucket] ??= []).push(number);
    });
  }
  return candidates;
}

const indexOf16 = compressedIndex();
const candidatesOf32 = buckets();
const formatOf: readonly Format[] = instructionTable.map((row) => formats[row.format]);
/** Of each row, as words that are compared at once. */
const masks = Int32Array.from(instructionTable, ({ mask }) => mask | 0);
const values = Int32Array.from(instructionTable, ({ match }) => match | 0);

function indexOf(raw: number, length: 2 | 4): number {
  if (length === 2) return indexOf16[raw] ?? ILLEGAL;
  const candidates = candidatesOf32[bucketOf(raw)];
  if (candidates === undefined) return ILLEGAL;
  for (const number of candidates) {
    if ((raw & (masks[number] ?? 0)) !== values[number]) continue;
    const row = instructionTable[number];
    if (row !== undefined && (row.except.length === 0 || matches(row, raw))) return number;
  }
  return ILLEGAL;
}

/** The 32 bits at `offset`, as `decode` takes them; bytes that are not there are 0. */
export function instructionWord(bytes: Uint8Array, offset = 0): number {
  return ((bytes[offset] ?? 0) | ((bytes[offset + 1] ?? 0) << 8) | ((bytes[offset + 2] ?? 0) << 16) | ((bytes[offset + 3] ?? 0) << 24)) >>> 0;
}

/** Decodes the instruction in the low bits of `raw`, the 32 bits at pc (only 16 of them count when it is compressed). */
export function decode(raw: number): Decoded {
  const length = instructionLength(raw);
  const bits = length === 4 ? raw >>> 0 : raw & 0xffff;
  const index = indexOf(bits, length);
  const format = formatOf[index];
  if (format === undefined) return { index: ILLEGAL, length, raw: bits, rd: 0, rs1: 0, rs2: 0, rs3: 0, imm: 0, rm: 0 };
  const { rd, rs1, rs2, rs3, imm, rm } = format.decode(bits);
  return { index, length, raw: bits, rd, rs1, rs2, rs3, imm, rm };
}
