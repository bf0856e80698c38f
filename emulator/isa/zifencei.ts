/** Zifencei: instruction-fetch fence. Source: RISC-V unprivileged ISA 20191213, chapter 3. */
import type { InstructionRow } from './instruction.ts';
import { rowsOf } from './row.ts';

const row = rowsOf('Zifencei');

export const zifencei: readonly InstructionRow[] = [
  // Chapter 3: imm, rs1 and rd are reserved for finer fences; base implementations ignore them.
  row('fence.i', '............ ..... 001 ..... 0001111', 'none', (e) => { e.slowCall('fenceI', () => { e.hart(); }); }),
];
