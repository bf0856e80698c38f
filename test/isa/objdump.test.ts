/** Decoder and disassembler against GNU objdump: all compressed encodings, and 32-bit ones at random. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { csrName } from '../../emulator/isa/csr-names.ts';
import { decode } from '../../emulator/isa/decoder.ts';
import { disassemble } from '../../emulator/isa/disassembler.ts';
import { instructionTable } from '../../emulator/isa/table.ts';
import { objdump, objdumpMissing } from './objdump.ts';

interface Difference {
  readonly raw: number;
  readonly ours: string;
  readonly theirs: string;
}

/** A difference that is right: who is right, and why. */
interface Exception {
  readonly reason: string;
  readonly applies: (difference: Difference) => boolean;
}

const mnemonicOf = (text: string): string => text.split(' ')[0] ?? '';
const isUnnamed = (text: string): boolean => text.startsWith('.');
const rowOf = (raw: number): string | undefined => instructionTable[decode(raw).index]?.mnemonic;
const ourMnemonics = new Set(instructionTable.map((row) => row.mnemonic));

/** Which operand of a CSR instruction's text is the CSR, with and without aliases. */
const csrPosition = (text: string): number => (/^csr[wsc]i? /.test(text) ? 0 : 1);

function csrIn(text: string): string | undefined {
  return text.split(' ')[1]?.split(',')[csrPosition(text)];
}

function withoutCsr(text: string): string {
  const [mnemonic = '', operands = ''] = text.split(' ');
  return `${mnemonic} ${operands.split(',').with(csrPosition(text), '').join()}`;
}

const exceptions: readonly Exception[] = [
  {
    reason: 'objdump names the HINT with shift amount 0 after the RV128 instruction of that encoding',
    applies: ({ ours, theirs }) => /^c\.(slli|srli|srai)64 /.test(theirs) && ours === `${theirs.replace('64', '')},0x0`,
  },
  {
    reason: 'c.addi16sp with immediate 0 is reserved (16.5); objdump does not look',
    applies: ({ raw }) => raw === 0x6101,
  },
  {
    reason: 'reserved fields of fence and fence.i are to be ignored (2.7, chapter 3); objdump knows the canonical form alone',
    applies: ({ raw, theirs }) => isUnnamed(theirs) && /^fence(\.i)?$/.test(rowOf(raw) ?? ''),
  },
  {
    reason: 'an exact conversion has a rounding mode like the others (11.7); objdump knows rne alone',
    applies: ({ ours, theirs }) => isUnnamed(theirs) && /^fcvt\.d\.(s|w|wu) .*,\w+$/.test(ours),
  },
  {
    reason: 'objdump also names the CSRs of RV32, of the hypervisor and vector extensions and of debug mode',
    applies: ({ raw, ours, theirs }) =>
      rowOf(raw)?.startsWith('csrr') === true && csrName(raw >>> 20) === undefined && withoutCsr(ours) === withoutCsr(theirs),
  },
  {
    reason: 'an instruction of an extension that this machine does not have',
    applies: ({ ours, theirs }) => isUnnamed(ours) && !ourMnemonics.has(mnemonicOf(theirs).replace(/\.(aq|rl|aqrl)$/, '')),
  },
];

const aliasExceptions: readonly Exception[] = [
  {
    reason: 'objdump falls back to the compressed name for HINTs',
    applies: ({ raw }) => {
      const { rd, imm } = decode(raw);
      return /^c\.(addi|li|lui|slli|mv|add)$/.test(rowOf(raw) ?? '') && rd === 0
        || /^c\.(addi|slli|srli|srai)$/.test(rowOf(raw) ?? '') && imm === 0;
    },
  },
  {
    reason: 'objdump 2.40 has pause for Zihintpause alone, which its default architecture does not name',
    applies: ({ ours, theirs }) => ours === 'pause' && theirs === 'fence w,unknown',
  },
];

/** objdump 2.40 writes an immediate form under the register form's name: `add sp,sp,-16`. We write what the manual does. */
function withoutImmediateForm(text: string): string {
  return text.replace(/^(add|and|or|xor|sll|srl|sra|csr[a-z]+)i(w?) /, '$1$2 ');
}

function compare(words: readonly number[], wordBytes: 2 | 4, options: { readonly aliases: boolean }): void {
  const normal = options.aliases ? withoutImmediateForm : (text: string): string => text;
  const allowed = options.aliases ? [...exceptions, ...aliasExceptions] : exceptions;
  const theirTexts = objdump(words, wordBytes, options);
  const unexplained: string[] = [];
  for (const [index, raw] of words.entries()) {
    const ours = normal(disassemble(raw, BigInt(index * wordBytes), options));
    const theirs = normal(theirTexts[index] ?? '');
    if (ours === theirs || allowed.some(({ applies }) => applies({ raw, ours, theirs }))) continue;
    unexplained.push(`0x${raw.toString(16)}: '${ours}', objdump '${theirs}'`);
  }
  assert.deepEqual(unexplained.slice(0, 20), []);
}

/** Reproducible random 32-bit numbers (Marsaglia's xorshift32). */
function* randomWords(seed: number): Generator<number, never> {
  let state = seed;
  for (;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield state >>> 0;
  }
}

/** Random words around the row's encoding: all its free bits at random, or one of its fixed bits wrong. */
function wordsLike(count: number): number[] {
  const random = randomWords(0x2545f491);
  const fullRows = instructionTable.filter((row) => row.length === 4);
  const words: number[] = [];
  for (let index = 0; index < count; index++) {
    const row = fullRows[index % fullRows.length];
    assert.ok(row);
    let word = (row.match | (random.next().value & ~row.mask)) >>> 0;
    // Small register numbers and immediates make pseudo-instructions and edge cases likely.
    if (index % 3 === 0) word = (row.match | (word & random.next().value & random.next().value & ~row.mask)) >>> 0;
    if (index % 5 === 0) word = (word ^ (1 << (random.next().value % 30 + 2))) >>> 0;
    // Words of more than 32 bits (1.5, bits 4..2 all ones) would put objdump out of step.
    if ((word & 0x1f) !== 0x1f) words.push(word);
  }
  return words;
}

const compressedWords = Array.from({ length: 0x10000 }, (_value, raw) => raw).filter((raw) => (raw & 3) !== 3);

describe('objdump agrees', { skip: objdumpMissing }, () => {
  test('on all compressed encodings', () => {
    compare(compressedWords, 2, { aliases: false });
  });

  test('on 300,000 encodings at random', () => {
    compare(wordsLike(300_000), 4, { aliases: false });
  });

  test('on pseudo-instructions of compressed encodings', () => {
    compare(compressedWords, 2, { aliases: true });
  });

  test('on pseudo-instructions', () => {
    compare(wordsLike(300_000), 4, { aliases: true });
  });

  test('on the names of CSRs', () => {
    const named = Array.from({ length: 0x1000 }, (_value, number) => number).filter((number) => csrName(number) !== undefined);
    // csrrw a0,csr,a1
    const texts = objdump(named.map((number) => ((number << 20) | 0x59573) >>> 0), 4, { aliases: false });
    assert.deepEqual(texts.map(csrIn), named.map(csrName));
  });
});

test('every row is met by the random encodings', () => {
  const met = new Set(wordsLike(20_000).map(rowOf));
  assert.deepEqual(instructionTable.filter((row) => row.length === 4 && !met.has(row.mnemonic)), []);
});
