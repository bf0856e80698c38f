/** The instruction table: every instruction that the machine knows, once. */
import { assert } from '../assert.ts';
import { a } from './a.ts';
import { c } from './c.ts';
import { d } from './d.ts';
import { f } from './f.ts';
import type { EncodingPattern, InstructionRow } from './instruction.ts';
import { m } from './m.ts';
import { privileged } from './privileged.ts';
import { rv64i } from './rv64i.ts';
import { zicsr } from './zicsr.ts';
import { zifencei } from './zifencei.ts';

/** Handlers are numbered by index, two each, in 16 bits and one br_table. */
const ROWS_MAX = 400;

/** Does the row hold this encoding? */
export function matches(row: InstructionRow, raw: number): boolean {
  return (raw & row.mask) >>> 0 === row.match && !row.except.some(({ mask, match }) => (raw & mask) >>> 0 === match);
}

/** The encodings that both patterns hold, as a pattern; undefined if there are none. */
function intersection(one: EncodingPattern, other: EncodingPattern): EncodingPattern | undefined {
  if (((one.match ^ other.match) & one.mask & other.mask) !== 0) return undefined;
  return { mask: (one.mask | other.mask) >>> 0, match: (one.match | other.match) >>> 0 };
}

/** Does `outer` hold every encoding of `inner`? */
function covers(outer: EncodingPattern, inner: EncodingPattern): boolean {
  return (outer.mask & ~inner.mask) === 0 && (inner.match & outer.mask) >>> 0 === outer.match;
}

/** Checks the table when it is loaded: no two rows hold the same encoding, and each row is well formed. */
export function assertTable(rows: readonly InstructionRow[]): void {
  assert(rows.length < ROWS_MAX, `${rows.length} instructions, at most ${ROWS_MAX}`);
  const mnemonics = new Set(rows.map((row) => row.mnemonic));
  assert(mnemonics.size === rows.length, 'a mnemonic has two rows');
  for (const [index, row] of rows.entries()) {
    assert((row.length === 4) === ((row.match & row.mask & 3) === 3), `${row.mnemonic}: bits 1..0 do not say length ${row.length}`);
    assert((row.match & ~row.mask) === 0, `${row.mnemonic}: match has bits outside mask`);
    for (const other of rows.slice(0, index)) {
      const both = row.length === other.length ? intersection(row, other) : undefined;
      const decided = both === undefined || [...row.except, ...other.except].some((pattern) => covers(pattern, both));
      assert(decided, `${other.mnemonic} and ${row.mnemonic} have encodings in common`);
    }
  }
}

/** Row k is instruction k everywhere: in predecoded slots, in the interpreter, in Decoded.index. */
export const instructionTable: readonly InstructionRow[] = [...rv64i, ...m, ...a, ...f, ...d, ...zicsr, ...zifencei, ...privileged, ...c];

assertTable(instructionTable);
