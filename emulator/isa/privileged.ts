/** Privileged instructions. Source: RISC-V privileged architecture 20211203, 3.3.2, 3.3.3 and 4.2.1. */
import type { Semantics } from './emitter.ts';
import type { InstructionRow } from './instruction.ts';
import { rowsOf } from './row.ts';

const row = rowsOf('privileged');

function environment(routine: 'mret' | 'sret' | 'wfi'): Semantics {
  return (e) => {
    e.slowCall(routine, () => { e.hart(); });
  };
}

/** rs1 = x0 means all addresses, rs2 = x0 all address spaces: the decoder has put both facts into the immediate. */
const fenceVma: Semantics = (e) => {
  e.slowCall('sfenceVma', () => {
    e.hart();
    e.rs1();
    e.rs2();
    e.imm32();
  });
};

export const privileged: readonly InstructionRow[] = [
  row('mret', '0011000 00010 00000 000 00000 1110011', 'none', environment('mret'), { flow: 'trap' }),
  row('sret', '0001000 00010 00000 000 00000 1110011', 'none', environment('sret'), { flow: 'trap' }),
  row('wfi', '0001000 00101 00000 000 00000 1110011', 'none', environment('wfi')),
  row('sfence.vma', '0001001 ..... ..... 000 00000 1110011', 'fence-vma', fenceVma),
];
