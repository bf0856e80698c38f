/**
 * C: compressed instructions of RV64GC. Each is a full instruction with some operands fixed or shortened, so it takes the full
 * row's semantics. Reserved encodings are excepted from their rows and trap; HINTs write x0 and so do nothing.
 * Source: RISC-V unprivileged ISA 20191213, chapter 16 (tables 16.5 to 16.7).
 */
import { assert } from '../assert.ts';
import { d } from './d.ts';
import type { FormatName } from './formats.ts';
import type { InstructionRow } from './instruction.ts';
import { rowsOf } from './row.ts';
import { rv64i } from './rv64i.ts';

const row = rowsOf('C');
const fullRows = new Map([...rv64i, ...d].map((full) => [full.mnemonic, full]));

function compressed(mnemonic: string, bits: string, format: FormatName, expandsTo: string, except: readonly string[] = []): InstructionRow {
  const full = fullRows.get(expandsTo);
  assert(full !== undefined, `${mnemonic} expands to ${expandsTo}, which has no row`);
  return row(mnemonic, bits, format, full.semantics, {
    files: full.rdFile + full.rs1File + full.rs2File, flow: full.flow, except, expandsTo,
  });
}

export const c: readonly InstructionRow[] = [
  // Quadrant 0
  compressed('c.addi4spn', '000 ........ ... 00', 'CIW', 'addi', ['000 00000000 ... 00']),
  compressed('c.fld', '001 ... ... .. ... 00', 'CL-d', 'fld'),
  compressed('c.lw', '010 ... ... .. ... 00', 'CL-w', 'lw'),
  compressed('c.ld', '011 ... ... .. ... 00', 'CL-d', 'ld'),
  compressed('c.fsd', '101 ... ... .. ... 00', 'CS-d', 'fsd'),
  compressed('c.sw', '110 ... ... .. ... 00', 'CS-w', 'sw'),
  compressed('c.sd', '111 ... ... .. ... 00', 'CS-d', 'sd'),

  // Quadrant 1
  // With rd = x0 this is c.nop and its HINTs.
  compressed('c.addi', '000 . ..... ..... 01', 'CI', 'addi'),
  compressed('c.addiw', '001 . ..... ..... 01', 'CI', 'addiw', ['001 . 00000 ..... 01']),
  compressed('c.li', '010 . ..... ..... 01', 'CI-li', 'addi'),
  compressed('c.addi16sp', '011 . 00010 ..... 01', 'CI-sp', 'addi', ['011 0 00010 00000 01']),
  compressed('c.lui', '011 . ..... ..... 01', 'CI-lui', 'lui', ['011 0 ..... 00000 01', '011 . 00010 ..... 01']),
  compressed('c.srli', '100 . 00 ... ..... 01', 'CB-shift', 'srli'),
  compressed('c.srai', '100 . 01 ... ..... 01', 'CB-shift', 'srai'),
  compressed('c.andi', '100 . 10 ... ..... 01', 'CB-andi', 'andi'),
  compressed('c.sub', '100 0 11 ... 00 ... 01', 'CA', 'sub'),
  compressed('c.xor', '100 0 11 ... 01 ... 01', 'CA', 'xor'),
  compressed('c.or', '100 0 11 ... 10 ... 01', 'CA', 'or'),
  compressed('c.and', '100 0 11 ... 11 ... 01', 'CA', 'and'),
  compressed('c.subw', '100 1 11 ... 00 ... 01', 'CA', 'subw'),
  compressed('c.addw', '100 1 11 ... 01 ... 01', 'CA', 'addw'),
  compressed('c.j', '101 ........... 01', 'CJ', 'jal'),
  compressed('c.beqz', '110 ... ... ..... 01', 'CB', 'beq'),
  compressed('c.bnez', '111 ... ... ..... 01', 'CB', 'bne'),

  // Quadrant 2
  compressed('c.slli', '000 . ..... ..... 10', 'CI-shift', 'slli'),
  compressed('c.fldsp', '001 . ..... ..... 10', 'CI-ldsp', 'fld'),
  compressed('c.lwsp', '010 . ..... ..... 10', 'CI-lwsp', 'lw', ['010 . 00000 ..... 10']),
  compressed('c.ldsp', '011 . ..... ..... 10', 'CI-ldsp', 'ld', ['011 . 00000 ..... 10']),
  compressed('c.jr', '100 0 ..... 00000 10', 'CR-jr', 'jalr', ['100 0 00000 00000 10']),
  compressed('c.mv', '100 0 ..... ..... 10', 'CR-mv', 'add', ['100 0 ..... 00000 10']),
  compressed('c.ebreak', '100 1 00000 00000 10', 'none', 'ebreak'),
  compressed('c.jalr', '100 1 ..... 00000 10', 'CR-jalr', 'jalr', ['100 1 00000 00000 10']),
  compressed('c.add', '100 1 ..... ..... 10', 'CR-add', 'add', ['100 1 ..... 00000 10']),
  compressed('c.fsdsp', '101 ...... ..... 10', 'CSS-d', 'fsd'),
  compressed('c.swsp', '110 ...... ..... 10', 'CSS-w', 'sw'),
  compressed('c.sdsp', '111 ...... ..... 10', 'CSS-d', 'sd'),
];
