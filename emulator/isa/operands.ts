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
  /**
   * Signed 32-bit immediate; for lui and auipc already shifted;
   * for CSR rows: csr number | rs1 field (register number or zimm) << 12 | (rd is not x0) << 17;
   * for AMO rows: aq << 1 | rl; for fence: fm << 8 | pred << 4 | succ; for sfence.vma: (rs1 is x0) | (rs2 is x0) << 1.
   */
  readonly imm: number;
  /** Rounding-mode field (0..7), 0 if none. */
  readonly rm: number;
}
