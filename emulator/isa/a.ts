/** A: atomic memory operations. Source: RISC-V unprivileged ISA 20191213, chapter 8. */
import type { Emitter, Semantics } from './emitter.ts';
import type { InstructionRow } from './instruction.ts';
import { rowsOf } from './row.ts';

const row = rowsOf('A');

/** log2 of the access size in bytes. */
const WORD = 2;
const DOUBLE = 3;

function where(e: Emitter, sizeLog2: number): void {
  e.hart();
  e.rs1();
  e.code.i32Const(sizeLog2);
  e.rdOffset();
}

function loadReserved(sizeLog2: number): Semantics {
  return (e) => {
    e.slowCall('loadReserved', () => { where(e, sizeLog2); });
  };
}

function storeConditional(sizeLog2: number): Semantics {
  return (e) => {
    e.slowCall('storeConditional', () => {
      where(e, sizeLog2);
      e.rs2();
    });
  };
}

function atomic(sizeLog2: number, operation: number): Semantics {
  return (e) => {
    e.slowCall('amo', () => {
      where(e, sizeLog2);
      e.rs2();
      e.code.i32Const(operation);
    });
  };
}

/** funct5 of each operation (chapter 24, RV32A). */
const operations: readonly (readonly [name: string, funct5: string])[] = [
  ['amoswap', '00001'],
  ['amoadd', '00000'],
  ['amoxor', '00100'],
  ['amoand', '01100'],
  ['amoor', '01000'],
  ['amomin', '10000'],
  ['amomax', '10100'],
  ['amominu', '11000'],
  ['amomaxu', '11100'],
];

function rowsOfSize(suffix: 'w' | 'd', funct3: string, sizeLog2: number): InstructionRow[] {
  return [
    row(`lr.${suffix}`, `00010.. 00000 ..... ${funct3} ..... 0101111`, 'lr', loadReserved(sizeLog2)),
    row(`sc.${suffix}`, `00011.. ..... ..... ${funct3} ..... 0101111`, 'amo', storeConditional(sizeLog2)),
    ...operations.map(([name, funct5]) =>
      row(`${name}.${suffix}`, `${funct5}.. ..... ..... ${funct3} ..... 0101111`, 'amo', atomic(sizeLog2, Number.parseInt(funct5, 2)))),
  ];
}

export const a: readonly InstructionRow[] = [...rowsOfSize('w', '010', WORD), ...rowsOfSize('d', '011', DOUBLE)];
