/** The rows that F and D have in common: they differ in the format bits alone. Source: RISC-V unprivileged ISA 20191213, chapters 11, 12 and 24. */
import {
  floatArithmetic, floatClass, floatCompare, floatFromInteger, floatMinMax, floatMultiplyAdd, floatSign, floatToInteger, loadFloat, storeFloat,
} from './combinators.ts';
import type { FloatFormat } from './combinators.ts';
import type { InstructionRow } from './instruction.ts';
import type { RowBuilder } from './row.ts';

/** Encoding of a format: width of its loads and stores (funct3), the fmt field, and whether every 32-bit integer fits in it. */
interface FloatEncoding {
  readonly suffix: 's' | 'd';
  readonly funct3: string;
  readonly fmt: string;
  readonly holdsWords: boolean;
}

const integerFormats = [
  { name: 'w', routine: 'I32', rs2: '00000' },
  { name: 'wu', routine: 'U32', rs2: '00001' },
  { name: 'l', routine: 'I64', rs2: '00010' },
  { name: 'lu', routine: 'U64', rs2: '00011' },
] as const;

/** Loads, stores, arithmetic, sign injection, comparisons, conversions to and from integers, and fclass of one format. */
export function floatRows(row: RowBuilder, format: FloatFormat, { suffix, funct3, fmt, holdsWords }: FloatEncoding): InstructionRow[] {
  const files = 'fff';
  const name = (stem: string): string => `${stem}.${suffix}`;
  /** funct7 = five bits of operation, then the format. */
  const operation = (funct5: string, rs2: string, rm: string): string => `${funct5} ${fmt} ${rs2} ..... ${rm} ..... 1010011`;
  return [
    row(`fl${format.size === 4 ? 'w' : 'd'}`, `............ ..... ${funct3} ..... 0000111`, 'load', loadFloat(format), { files: 'fxx' }),
    row(`fs${format.size === 4 ? 'w' : 'd'}`, `............ ..... ${funct3} ..... 0100111`, 'store', storeFloat(format), { files: 'xxf' }),
    row(name('fmadd'), `..... ${fmt} ..... ..... ... ..... 1000011`, 'R4', floatMultiplyAdd(format, false, false), { files }),
    row(name('fmsub'), `..... ${fmt} ..... ..... ... ..... 1000111`, 'R4', floatMultiplyAdd(format, false, true), { files }),
    row(name('fnmsub'), `..... ${fmt} ..... ..... ... ..... 1001011`, 'R4', floatMultiplyAdd(format, true, false), { files }),
    row(name('fnmadd'), `..... ${fmt} ..... ..... ... ..... 1001111`, 'R4', floatMultiplyAdd(format, true, true), { files }),
    row(name('fadd'), operation('00000', '.....', '...'), 'R-rm', floatArithmetic(format, 'Add'), { files }),
    row(name('fsub'), operation('00001', '.....', '...'), 'R-rm', floatArithmetic(format, 'Sub'), { files }),
    row(name('fmul'), operation('00010', '.....', '...'), 'R-rm', floatArithmetic(format, 'Mul'), { files }),
    row(name('fdiv'), operation('00011', '.....', '...'), 'R-rm', floatArithmetic(format, 'Div'), { files }),
    row(name('fsqrt'), operation('01011', '00000', '...'), 'unary-rm', floatArithmetic(format, 'Sqrt'), { files }),
    row(name('fsgnj'), operation('00100', '.....', '000'), 'R', floatSign(format, 'copy'), { files }),
    row(name('fsgnjn'), operation('00100', '.....', '001'), 'R', floatSign(format, 'negate'), { files }),
    row(name('fsgnjx'), operation('00100', '.....', '010'), 'R', floatSign(format, 'xor'), { files }),
    row(name('fmin'), operation('00101', '.....', '000'), 'R', floatMinMax(format, 'Min'), { files }),
    row(name('fmax'), operation('00101', '.....', '001'), 'R', floatMinMax(format, 'Max'), { files }),
    row(name('feq'), operation('10100', '.....', '010'), 'R', floatCompare(format, 'Eq'), { files: 'xff' }),
    row(name('flt'), operation('10100', '.....', '001'), 'R', floatCompare(format, 'Lt'), { files: 'xff' }),
    row(name('fle'), operation('10100', '.....', '000'), 'R', floatCompare(format, 'Le'), { files: 'xff' }),
    row(name('fclass'), operation('11100', '00000', '001'), 'unary', floatClass(format), { files: 'xff' }),
    ...integerFormats.flatMap((integer) => [
      row(name(`fcvt.${integer.name}`), operation('11000', integer.rs2, '...'), 'unary-rm', floatToInteger(format, integer.routine), { files: 'xff' }),
      row(`fcvt.${suffix}.${integer.name}`, operation('11010', integer.rs2, '...'),
        holdsWords && integer.name.startsWith('w') ? 'unary-exact' : 'unary-rm', floatFromInteger(format, integer.routine), { files: 'fxx' }),
    ]),
  ];
}
