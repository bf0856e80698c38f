/** One row of the instruction table, and what the decoder makes of an encoding. */
import type { Semantics } from './emitter.ts';
import type { FormatName } from './formats.ts';
import type { DecodedOperands } from './operands.ts';

export interface Decoded extends DecodedOperands {
  /** Index in the table; -1 = illegal. */
  readonly index: number;
  /** 2 or 4. */
  readonly length: 2 | 4;
  /** The raw encoding, 16 or 32 bits, unsigned. */
  readonly raw: number;
}

/** Which register file an operand field names. */
export type RegisterFile = 'x' | 'f';

/** Encodings `raw` with `(raw & mask) === match`. */
export interface EncodingPattern {
  readonly mask: number;
  readonly match: number;
}

export interface InstructionRow extends EncodingPattern {
  /** Canonical mnemonic as the manual and objdump (-M no-aliases) write it: `addi`, `c.addi`, `fadd.s`. */
  readonly mnemonic: string;
  /** 'RV64I', 'M', 'A', 'F', 'D', 'C', 'Zicsr', 'Zifencei', 'privileged' */
  readonly extension: string;
  /** Encodings inside mask/match that are not this instruction: reserved, or another row's. */
  readonly except: readonly EncodingPattern[];
  readonly length: 2 | 4;
  /** Of a compressed row: mnemonic of the row with length 4 that does the same with the same operands. */
  readonly expandsTo?: string;
  /** Where the operands stand and how they are written. */
  readonly format: FormatName;
  readonly rdFile: RegisterFile;
  readonly rs1File: RegisterFile;
  readonly rs2File: RegisterFile;
  readonly semantics: Semantics;
  /** 'jump', 'branch', 'call' ... for debuggers and the translator: does control leave the straight line? */
  readonly flow: 'straight' | 'branch' | 'jump' | 'indirect' | 'trap';
}
