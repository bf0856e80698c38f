/** F: single-precision floating point. Source: RISC-V unprivileged ISA 20191213, chapter 11. */
import { Op } from '../engine/wasm-code.ts';
import { single } from './combinators.ts';
import type { Semantics } from './emitter.ts';
import { floatRows } from './float-rows.ts';
import type { InstructionRow } from './instruction.ts';
import { rowsOf } from './row.ts';

const row = rowsOf('F');

/** The low 32 bits as they are, boxed or not. */
const moveToInteger: Semantics = (e) => {
  e.float(false);
  e.rd(() => {
    e.frs1();
    e.code.op(Op.i64Extend32S);
  });
};

const moveFromInteger: Semantics = (e) => {
  e.float(true);
  e.frdSingle(() => {
    e.rs1();
    e.code.op(Op.i32WrapI64);
  });
};

export const f: readonly InstructionRow[] = [
  ...floatRows(row, single, { suffix: 's', funct3: '010', fmt: '00', holdsWords: false }),
  row('fmv.x.w', '1110000 00000 ..... 000 ..... 1010011', 'unary', moveToInteger, { files: 'xff' }),
  row('fmv.w.x', '1111000 00000 ..... 000 ..... 1010011', 'unary', moveFromInteger, { files: 'fxx' }),
];
