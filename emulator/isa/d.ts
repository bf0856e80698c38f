/** D: double-precision floating point. Source: RISC-V unprivileged ISA 20191213, chapter 12. */
import { double } from './combinators.ts';
import type { Semantics } from './emitter.ts';
import { floatRows } from './float-rows.ts';
import type { InstructionRow } from './instruction.ts';
import { rowsOf } from './row.ts';

const row = rowsOf('D');

const moveToInteger: Semantics = (e) => {
  e.float(false);
  e.rd(() => { e.frs1(); });
};

const moveFromInteger: Semantics = (e) => {
  e.float(true);
  e.frd(() => { e.rs1(); });
};

const narrow: Semantics = (e) => {
  e.rounding();
  e.float(true);
  e.frdSingle(() => {
    e.call('f64ToF32', () => {
      e.hart();
      e.frs1();
      e.roundingMode();
    });
  });
};

/** Exact, but a reserved rounding mode traps all the same. */
const widen: Semantics = (e) => {
  e.rounding();
  e.float(true);
  e.frd(() => {
    e.call('f32ToF64', () => {
      e.hart();
      e.frs1Single();
    });
  });
};

export const d: readonly InstructionRow[] = [
  ...floatRows(row, double, { suffix: 'd', funct3: '011', fmt: '01', holdsWords: true }),
  row('fcvt.s.d', '0100000 00001 ..... ... ..... 1010011', 'unary-rm', narrow, { files: 'fff' }),
  row('fcvt.d.s', '0100001 00000 ..... ... ..... 1010011', 'unary-exact', widen, { files: 'fff' }),
  row('fmv.x.d', '1110001 00000 ..... 000 ..... 1010011', 'unary', moveToInteger, { files: 'xff' }),
  row('fmv.d.x', '1111001 00000 ..... 000 ..... 1010011', 'unary', moveFromInteger, { files: 'fxx' }),
];
