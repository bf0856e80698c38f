/** RV32I and RV64I base integer instructions. Source: RISC-V unprivileged ISA 20191213, chapters 2 and 5; encodings from chapter 24. */
import { Op } from '../engine/wasm-code.ts';
import { binary, binaryWord, branch, compare, load, store } from './combinators.ts';
import type { Semantics } from './emitter.ts';
import type { InstructionRow } from './instruction.ts';
import { rowsOf } from './row.ts';

const row = rowsOf('RV64I');

const loadUpper: Semantics = (e) => {
  e.rd(() => { e.imm(); });
};

const addUpperToPc: Semantics = (e) => {
  e.rd(() => {
    e.pc();
    e.imm();
    e.code.op(Op.i64Add);
  });
};

/** One hart, memory accesses in program order, and devices that finish at once: every fence is already kept. */
const nothing: Semantics = () => undefined;

export const rv64i: readonly InstructionRow[] = [
  row('lui', '..... ..... ..... ..... ..... 0110111', 'U', loadUpper),
  row('auipc', '..... ..... ..... ..... ..... 0010111', 'U', addUpperToPc),
  row('jal', '..... ..... ..... ..... ..... 1101111', 'J', (e) => { e.jumpAndLink(); }, { flow: 'jump' }),
  row('jalr', '....... ..... ..... 000 ..... 1100111', 'load', (e) => { e.jumpAndLinkRegister(); }, { flow: 'indirect' }),

  row('beq', '....... ..... ..... 000 ..... 1100011', 'branch', branch(Op.i64Eq), { flow: 'branch' }),
  row('bne', '....... ..... ..... 001 ..... 1100011', 'branch', branch(Op.i64Ne), { flow: 'branch' }),
  row('blt', '....... ..... ..... 100 ..... 1100011', 'branch', branch(Op.i64LtS), { flow: 'branch' }),
  row('bge', '....... ..... ..... 101 ..... 1100011', 'branch', branch(Op.i64GeS), { flow: 'branch' }),
  row('bltu', '....... ..... ..... 110 ..... 1100011', 'branch', branch(Op.i64LtU), { flow: 'branch' }),
  row('bgeu', '....... ..... ..... 111 ..... 1100011', 'branch', branch(Op.i64GeU), { flow: 'branch' }),

  row('lb', '....... ..... ..... 000 ..... 0000011', 'load', load(Op.i64Load8S, 1)),
  row('lh', '....... ..... ..... 001 ..... 0000011', 'load', load(Op.i64Load16S, 2)),
  row('lw', '....... ..... ..... 010 ..... 0000011', 'load', load(Op.i64Load32S, 4)),
  row('ld', '....... ..... ..... 011 ..... 0000011', 'load', load(Op.i64Load, 8)),
  row('lbu', '....... ..... ..... 100 ..... 0000011', 'load', load(Op.i64Load8U, 1)),
  row('lhu', '....... ..... ..... 101 ..... 0000011', 'load', load(Op.i64Load16U, 2)),
  row('lwu', '....... ..... ..... 110 ..... 0000011', 'load', load(Op.i64Load32U, 4)),
  row('sb', '....... ..... ..... 000 ..... 0100011', 'store', store(Op.i64Store8, 1)),
  row('sh', '....... ..... ..... 001 ..... 0100011', 'store', store(Op.i64Store16, 2)),
  row('sw', '....... ..... ..... 010 ..... 0100011', 'store', store(Op.i64Store32, 4)),
  row('sd', '....... ..... ..... 011 ..... 0100011', 'store', store(Op.i64Store, 8)),

  row('addi', '....... ..... ..... 000 ..... 0010011', 'I', binary(Op.i64Add, 'imm')),
  row('slti', '....... ..... ..... 010 ..... 0010011', 'I', compare(Op.i64LtS, 'imm')),
  row('sltiu', '....... ..... ..... 011 ..... 0010011', 'I', compare(Op.i64LtU, 'imm')),
  row('xori', '....... ..... ..... 100 ..... 0010011', 'I', binary(Op.i64Xor, 'imm')),
  row('ori', '....... ..... ..... 110 ..... 0010011', 'I', binary(Op.i64Or, 'imm')),
  row('andi', '....... ..... ..... 111 ..... 0010011', 'I', binary(Op.i64And, 'imm')),
  row('slli', '000000. ..... ..... 001 ..... 0010011', 'shift', binary(Op.i64Shl, 'imm')),
  row('srli', '000000. ..... ..... 101 ..... 0010011', 'shift', binary(Op.i64ShrU, 'imm')),
  row('srai', '010000. ..... ..... 101 ..... 0010011', 'shift', binary(Op.i64ShrS, 'imm')),

  row('add', '0000000 ..... ..... 000 ..... 0110011', 'R', binary(Op.i64Add)),
  row('sub', '0100000 ..... ..... 000 ..... 0110011', 'R', binary(Op.i64Sub)),
  row('sll', '0000000 ..... ..... 001 ..... 0110011', 'R', binary(Op.i64Shl)),
  row('slt', '0000000 ..... ..... 010 ..... 0110011', 'R', compare(Op.i64LtS)),
  row('sltu', '0000000 ..... ..... 011 ..... 0110011', 'R', compare(Op.i64LtU)),
  row('xor', '0000000 ..... ..... 100 ..... 0110011', 'R', binary(Op.i64Xor)),
  row('srl', '0000000 ..... ..... 101 ..... 0110011', 'R', binary(Op.i64ShrU)),
  row('sra', '0100000 ..... ..... 101 ..... 0110011', 'R', binary(Op.i64ShrS)),
  row('or', '0000000 ..... ..... 110 ..... 0110011', 'R', binary(Op.i64Or)),
  row('and', '0000000 ..... ..... 111 ..... 0110011', 'R', binary(Op.i64And)),

  row('addiw', '....... ..... ..... 000 ..... 0011011', 'I', binaryWord(Op.i32Add, 'imm')),
  row('slliw', '0000000 ..... ..... 001 ..... 0011011', 'shift', binaryWord(Op.i32Shl, 'imm')),
  row('srliw', '0000000 ..... ..... 101 ..... 0011011', 'shift', binaryWord(Op.i32ShrU, 'imm')),
  row('sraiw', '0100000 ..... ..... 101 ..... 0011011', 'shift', binaryWord(Op.i32ShrS, 'imm')),
  row('addw', '0000000 ..... ..... 000 ..... 0111011', 'R', binaryWord(Op.i32Add)),
  row('subw', '0100000 ..... ..... 000 ..... 0111011', 'R', binaryWord(Op.i32Sub)),
  row('sllw', '0000000 ..... ..... 001 ..... 0111011', 'R', binaryWord(Op.i32Shl)),
  row('srlw', '0000000 ..... ..... 101 ..... 0111011', 'R', binaryWord(Op.i32ShrU)),
  row('sraw', '0100000 ..... ..... 101 ..... 0111011', 'R', binaryWord(Op.i32ShrS)),

  // 2.7: reserved fm, rs1 and rd are ignored, so every encoding is some fence; `pause` is one without predecessors' effect.
  row('fence', '.... .... .... ..... 000 ..... 0001111', 'fence', nothing, { except: ['1000 0011 0011 00000 000 00000 0001111'] }),
  row('fence.tso', '1000 0011 0011 00000 000 00000 0001111', 'none', nothing),
  row('ecall', '000000000000 00000 000 00000 1110011', 'none', (e) => { e.slowCall('ecall', () => { e.hart(); }); }, { flow: 'trap' }),
  row('ebreak', '000000000001 00000 000 00000 1110011', 'none', (e) => { e.slowCall('ebreak', () => { e.hart(); }); }, { flow: 'trap' }),
];
