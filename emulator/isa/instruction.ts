/** One row of the instruction table, and what the decoder makes of an encoding. */
import type { Semantics } from './emitter.ts';

/**
 * How the operands of a row are encoded and written (RISC-V unprivileged ISA 20191213, chapter 24 and 16).
 * The decoder returns operands already in the form that semantics use: compressed formats yield full register numbers and byte immediates.
 */
export interface DecodedOperands {
  /** Destination register number 0..31 (integer or floating-point, the row knows), 0 if none. */
  readonly rd: number;
  readonly rs1: number;
  readonly rs2: number;
  /** Third source of fused multiply-add, else 0. */
  readonly rs3: number;
  /** Signed 32-bit immediate; for lui and auipc already shifted; for CSR rows: csr number | zimm << 12; for AMO rows: aq/rl bits. */
  readonly imm: number;
  /** Rounding-mode field (0..7), 0 if none. */
  readonly rm: number;
}

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

export interface InstructionRow {
  /** Canonical mnemonic as the manual and objdump (-M no-aliases) write it: `addi`, `c.addi`, `fadd.s`. */
  readonly mnemonic: string;
  /** 'RV64I', 'M', 'A', 'F', 'D', 'C', 'Zicsr', 'Zifencei', 'privileged' */
  readonly extension: string;
  readonly mask: number;
  readonly match: number;
  readonly length: 2 | 4;
  /** Operand format: a name that the decoder and the disassembler know. */
  readonly format: string;
  readonly rdFile: RegisterFile;
  readonly rs1File: RegisterFile;
  readonly rs2File: RegisterFile;
  readonly semantics: Semantics;
  /** 'jump', 'branch', 'call' ... for debuggers and the translator: does control leave the straight line? */
  readonly flow: 'straight' | 'branch' | 'jump' | 'indirect' | 'trap';
}
