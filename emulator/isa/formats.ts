/**
 * Operand formats: where the operands stand in an encoding, and how they are written.
 * Source: RISC-V unprivileged ISA 20191213, 2.3 (immediates), 16.2 (compressed formats), chapter 24.
 */
import type { DecodedOperands } from './operands.ts';

export interface Format {
  decode(raw: number): DecodedOperands;
  /** Operands as objdump writes them; the disassembler knows the names in braces. */
  readonly syntax: string;
}

function operands(rd: number, rs1: number, rs2: number, imm: number, rm = 0, rs3 = 0): DecodedOperands {
  return { rd, rs1, rs2, rs3, imm, rm };
}

// ---- 32-bit encodings ----

const rd = (raw: number): number => (raw >>> 7) & 31;
const rs1 = (raw: number): number => (raw >>> 15) & 31;
const rs2 = (raw: number): number => (raw >>> 20) & 31;
const rs3 = (raw: number): number => raw >>> 27;
const rm = (raw: number): number => (raw >>> 12) & 7;

const immediateI = (raw: number): number => raw >> 20;
const immediateS = (raw: number): number => ((raw >> 25) << 5) | rd(raw);
const immediateB = (raw: number): number => ((raw >> 31) << 12) | ((raw << 4) & 0x800) | ((raw >>> 20) & 0x7e0) | ((raw >>> 7) & 0x1e);
const immediateU = (raw: number): number => raw & -0x1000;
const immediateJ = (raw: number): number => ((raw >> 31) << 20) | (raw & 0xff000) | ((raw >>> 9) & 0x800) | ((raw >>> 20) & 0x7fe);

const atBase = (raw: number): DecodedOperands => operands(rd(raw), rs1(raw), 0, immediateI(raw));
const withRounding = (raw: number): DecodedOperands => operands(rd(raw), rs1(raw), 0, 0, rm(raw));
/** The CSR number, the rs1 field whatever it means, and whether rd takes the old value: all that decides about reading and writing. */
const csr = (raw: number): number => (raw >>> 20) | (rs1(raw) << 12) | (rd(raw) === 0 ? 0 : 1 << 17);

// ---- 16-bit encodings; three-bit register fields name x8..x15 or f8..f15 ----

/** Bits `high`..`low` of `raw`, moved up by `to`. */
const field = (raw: number, high: number, low: number, to: number): number => ((raw >>> low) & ((1 << (high - low + 1)) - 1)) << to;
/** `low` with everything from bit `bit` upward filled by bit 12 of `raw`, the sign of every compressed immediate. */
const signed = (raw: number, bit: number, low: number): number => low | (-((raw >>> 12) & 1) << bit);

const SP = 2;
const RA = 1;
const fullRs2 = (raw: number): number => (raw >>> 2) & 31;
const shortRs2 = (raw: number): number => 8 + ((raw >>> 2) & 7);
const shortRs1 = (raw: number): number => 8 + ((raw >>> 7) & 7);

const immediateCI = (raw: number): number => signed(raw, 5, fullRs2(raw));
const shiftAmount = (raw: number): number => field(raw, 12, 12, 5) | fullRs2(raw);
const offsetWord = (raw: number): number => field(raw, 12, 10, 3) | field(raw, 6, 6, 2) | field(raw, 5, 5, 6);
const offsetDouble = (raw: number): number => field(raw, 12, 10, 3) | field(raw, 6, 5, 6);
const spLoadWord = (raw: number): number => field(raw, 12, 12, 5) | field(raw, 6, 4, 2) | field(raw, 3, 2, 6);
const spLoadDouble = (raw: number): number => field(raw, 12, 12, 5) | field(raw, 6, 5, 3) | field(raw, 4, 2, 6);
const spStoreWord = (raw: number): number => field(raw, 12, 9, 2) | field(raw, 8, 7, 6);
const spStoreDouble = (raw: number): number => field(raw, 12, 10, 3) | field(raw, 9, 7, 6);
const immediate4Spn = (raw: number): number => field(raw, 12, 11, 4) | field(raw, 10, 7, 6) | field(raw, 6, 6, 2) | field(raw, 5, 5, 3);
const immediate16Sp = (raw: number): number =>
  signed(raw, 9, field(raw, 6, 6, 4) | field(raw, 5, 5, 6) | field(raw, 4, 3, 7) | field(raw, 2, 2, 5));
const immediateCB = (raw: number): number =>
  signed(raw, 8, field(raw, 11, 10, 3) | field(raw, 6, 5, 6) | field(raw, 4, 3, 1) | field(raw, 2, 2, 5));
const immediateCJ = (raw: number): number =>
  signed(raw, 11, field(raw, 11, 11, 4) | field(raw, 10, 9, 8) | field(raw, 8, 8, 10) | field(raw, 7, 7, 6) | field(raw, 6, 6, 7)
    | field(raw, 5, 3, 1) | field(raw, 2, 2, 5));

const load = '{rd},{imm}({rs1})';
const store = '{rs2},{imm}({rs1})';

const formatTable = {
  none: { decode: () => operands(0, 0, 0, 0), syntax: '' },
  R: { decode: (raw) => operands(rd(raw), rs1(raw), rs2(raw), 0), syntax: '{rd},{rs1},{rs2}' },
  'R-rm': { decode: (raw) => operands(rd(raw), rs1(raw), rs2(raw), 0, rm(raw)), syntax: '{rd},{rs1},{rs2}{rm}' },
  R4: { decode: (raw) => operands(rd(raw), rs1(raw), rs2(raw), 0, rm(raw), rs3(raw)), syntax: '{rd},{rs1},{rs2},{rs3}{rm}' },
  unary: { decode: (raw) => operands(rd(raw), rs1(raw), 0, 0), syntax: '{rd},{rs1}' },
  'unary-rm': { decode: withRounding, syntax: '{rd},{rs1}{rm}' },
  /** A conversion that is always exact: assemblers write rm = 0 there. */
  'unary-exact': { decode: withRounding, syntax: '{rd},{rs1}{exactRm}' },
  I: { decode: atBase, syntax: '{rd},{rs1},{imm}' },
  shift: { decode: (raw) => operands(rd(raw), rs1(raw), 0, (raw >>> 20) & 63), syntax: '{rd},{rs1},{hex}' },
  load: { decode: atBase, syntax: load },
  store: { decode: (raw) => operands(0, rs1(raw), rs2(raw), immediateS(raw)), syntax: store },
  branch: { decode: (raw) => operands(0, rs1(raw), rs2(raw), immediateB(raw)), syntax: '{rs1},{rs2},{target}' },
  U: { decode: (raw) => operands(rd(raw), 0, 0, immediateU(raw)), syntax: '{rd},{upper}' },
  J: { decode: (raw) => operands(rd(raw), 0, 0, immediateJ(raw)), syntax: '{rd},{target}' },
  csr: { decode: (raw) => operands(rd(raw), rs1(raw), 0, csr(raw)), syntax: '{rd},{csr},{rs1}' },
  'csr-immediate': { decode: (raw) => operands(rd(raw), 0, 0, csr(raw)), syntax: '{rd},{csr},{zimm}' },
  fence: { decode: (raw) => operands(0, 0, 0, raw >>> 20), syntax: '{pred},{succ}' },
  'fence-vma': {
    decode: (raw) => operands(0, rs1(raw), rs2(raw), (rs1(raw) === 0 ? 1 : 0) | (rs2(raw) === 0 ? 2 : 0)),
    syntax: '{rs1},{rs2}',
  },
  amo: { decode: (raw) => operands(rd(raw), rs1(raw), rs2(raw), (raw >>> 25) & 3), syntax: '{rd},{rs2},({rs1})' },
  lr: { decode: (raw) => operands(rd(raw), rs1(raw), 0, (raw >>> 25) & 3), syntax: '{rd},({rs1})' },

  CIW: { decode: (raw) => operands(shortRs2(raw), SP, 0, immediate4Spn(raw)), syntax: '{rd},{rs1},{imm}' },
  'CL-w': { decode: (raw) => operands(shortRs2(raw), shortRs1(raw), 0, offsetWord(raw)), syntax: load },
  'CL-d': { decode: (raw) => operands(shortRs2(raw), shortRs1(raw), 0, offsetDouble(raw)), syntax: load },
  'CS-w': { decode: (raw) => operands(0, shortRs1(raw), shortRs2(raw), offsetWord(raw)), syntax: store },
  'CS-d': { decode: (raw) => operands(0, shortRs1(raw), shortRs2(raw), offsetDouble(raw)), syntax: store },
  'CI-lwsp': { decode: (raw) => operands(rd(raw), SP, 0, spLoadWord(raw)), syntax: load },
  'CI-ldsp': { decode: (raw) => operands(rd(raw), SP, 0, spLoadDouble(raw)), syntax: load },
  'CSS-w': { decode: (raw) => operands(0, SP, fullRs2(raw), spStoreWord(raw)), syntax: store },
  'CSS-d': { decode: (raw) => operands(0, SP, fullRs2(raw), spStoreDouble(raw)), syntax: store },
  CI: { decode: (raw) => operands(rd(raw), rd(raw), 0, immediateCI(raw)), syntax: '{rd},{imm}' },
  'CI-li': { decode: (raw) => operands(rd(raw), 0, 0, immediateCI(raw)), syntax: '{rd},{imm}' },
  'CI-lui': { decode: (raw) => operands(rd(raw), 0, 0, immediateCI(raw) << 12), syntax: '{rd},{upper}' },
  'CI-sp': { decode: (raw) => operands(SP, SP, 0, immediate16Sp(raw)), syntax: '{rd},{imm}' },
  'CI-shift': { decode: (raw) => operands(rd(raw), rd(raw), 0, shiftAmount(raw)), syntax: '{rd},{hex}' },
  'CB-shift': { decode: (raw) => operands(shortRs1(raw), shortRs1(raw), 0, shiftAmount(raw)), syntax: '{rd},{hex}' },
  'CB-andi': { decode: (raw) => operands(shortRs1(raw), shortRs1(raw), 0, immediateCI(raw)), syntax: '{rd},{imm}' },
  CA: { decode: (raw) => operands(shortRs1(raw), shortRs1(raw), shortRs2(raw), 0), syntax: '{rd},{rs2}' },
  CB: { decode: (raw) => operands(0, shortRs1(raw), 0, immediateCB(raw)), syntax: '{rs1},{target}' },
  CJ: { decode: (raw) => operands(0, 0, 0, immediateCJ(raw)), syntax: '{target}' },
  'CR-jr': { decode: (raw) => operands(0, rd(raw), 0, 0), syntax: '{rs1}' },
  'CR-jalr': { decode: (raw) => operands(RA, rd(raw), 0, 0), syntax: '{rs1}' },
  'CR-mv': { decode: (raw) => operands(rd(raw), 0, fullRs2(raw), 0), syntax: '{rd},{rs2}' },
  'CR-add': { decode: (raw) => operands(rd(raw), rd(raw), fullRs2(raw), 0), syntax: '{rd},{rs2}' },
} as const satisfies Record<string, Format>;

export type FormatName = keyof typeof formatTable;

/** All formats by name. */
export const formats: Readonly<Record<FormatName, Format>> = formatTable;
