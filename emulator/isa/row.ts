/** Builders for rows of the instruction table. */
import { assert } from '../assert.ts';
import type { Semantics } from './emitter.ts';
import type { FormatName } from './formats.ts';
import type { EncodingPattern, InstructionRow, RegisterFile } from './instruction.ts';

/** What most rows leave at the default. */
export interface RowOptions {
  /** Register files of rd, rs1 and rs2 (rs3 is floating-point wherever there is one): 'xxx' by default. */
  readonly files?: string;
  readonly flow?: InstructionRow['flow'];
  /** Bit patterns, like the row's own, that are not this instruction. */
  readonly except?: readonly string[];
  readonly expandsTo?: string;
}

/** Makes one row: `row('add', '0000000 ..... ..... 000 ..... 0110011', 'R', semantics)`. */
export type RowBuilder = (mnemonic: string, bits: string, format: FormatName, semantics: Semantics, options?: RowOptions) => InstructionRow;

/** A bit pattern as the manual's tables draw it, most significant bit first: `0`, `1`, `.` for any; spaces are for the eye. */
export function parsePattern(bits: string): EncodingPattern & { readonly length: 2 | 4 } {
  const digits = bits.replaceAll(' ', '');
  assert(/^[01.]+$/.test(digits) && (digits.length === 16 || digits.length === 32), `an encoding has 16 or 32 bits: '${bits}'`);
  return {
    mask: Number.parseInt(digits.replace(/[01]/g, '1').replaceAll('.', '0'), 2),
    match: Number.parseInt(digits.replaceAll('.', '0'), 2),
    length: digits.length === 16 ? 2 : 4,
  };
}

function registerFile(letter: string | undefined): RegisterFile {
  assert(letter === 'x' || letter === 'f', `register file '${String(letter)}' is x or f`);
  return letter;
}

/** The builder for the rows of one extension. */
export function rowsOf(extension: string): RowBuilder {
  return (mnemonic, bits, format, semantics, options = {}) => {
    const { files = 'xxx', flow = 'straight', except = [], expandsTo } = options;
    return {
      mnemonic,
      extension,
      ...parsePattern(bits),
      except: except.map((pattern) => {
        const { mask, match } = parsePattern(pattern);
        return { mask, match };
      }),
      format,
      rdFile: registerFile(files[0]),
      rs1File: registerFile(files[1]),
      rs2File: registerFile(files[2]),
      semantics,
      flow,
      ...(expandsTo === undefined ? {} : { expandsTo }),
    };
  };
}
