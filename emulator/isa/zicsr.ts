/** Zicsr: reading and writing control and status registers. Source: RISC-V unprivileged ISA 20191213, chapter 9. */
import { Op } from '../engine/wasm-code.ts';
import type { Emitter, Semantics } from './emitter.ts';
import type { InstructionRow } from './instruction.ts';
import { rowsOf } from './row.ts';

const row = rowsOf('Zicsr');

const SWAP = 1;
const SET = 2;
const CLEAR = 3;

/** Flags of the core routine `csr`. */
const WRITES = 1;
const READS = 2;

/** Pushes the five bits of the rs1 field, i32 (see DecodedOperands.imm). */
function rs1Field(e: Emitter): void {
  e.imm32();
  e.code.i32Const(12).op(Op.i32ShrU).i32Const(31).op(Op.i32And);
}

/** Table 9.1: a swap does not read when rd is x0; set and clear do not write when the rs1 field is 0. */
function flags(e: Emitter, operation: number): void {
  if (operation === SWAP) {
    e.imm32();
    e.code.i32Const(16).op(Op.i32ShrU).i32Const(READS).op(Op.i32And).i32Const(WRITES).op(Op.i32Or);
  } else {
    rs1Field(e);
    e.code.i32Const(0).op(Op.i32Ne).i32Const(READS).op(Op.i32Or);
  }
}

function access(operation: number, source: 'register' | 'immediate'): Semantics {
  return (e) => {
    e.slowCall('csr', () => {
      e.hart();
      e.imm32();
      e.code.i32Const(0xfff).op(Op.i32And).i32Const(operation);
      if (source === 'register') {
        e.rs1();
      } else {
        rs1Field(e);
        e.code.op(Op.i64ExtendI32U);
      }
      e.rdOffset();
      flags(e, operation);
    });
  };
}

export const zicsr: readonly InstructionRow[] = [
  row('csrrw', '............ ..... 001 ..... 1110011', 'csr', access(SWAP, 'register')),
  row('csrrs', '............ ..... 010 ..... 1110011', 'csr', access(SET, 'register')),
  row('csrrc', '............ ..... 011 ..... 1110011', 'csr', access(CLEAR, 'register')),
  row('csrrwi', '............ ..... 101 ..... 1110011', 'csr-immediate', access(SWAP, 'immediate')),
  row('csrrsi', '............ ..... 110 ..... 1110011', 'csr-immediate', access(SET, 'immediate')),
  row('csrrci', '............ ..... 111 ..... 1110011', 'csr-immediate', access(CLEAR, 'immediate')),
];
