/** Pseudo-instructions: how particular operands of an instruction are usually written. Source: RISC-V unprivileged ISA 20191213, chapter 25. */
import { csrNumber } from './csr-names.ts';
import type { DecodedOperands } from './operands.ts';

export interface Alias {
  readonly mnemonic: string;
  /** As in Format. */
  readonly syntax: string;
}

interface Rule extends Alias {
  readonly when: (operands: DecodedOperands) => boolean;
}

const RA = 1;
const IORW = 0xff;
/** Fence immediate of the Zihintpause hint: predecessors w, no successors. */
const PAUSE = 0x010;
const CSR = 0xfff;
/** CSR operand: the register and a source that writes nothing. */
const readsOnly = ({ imm }: DecodedOperands): boolean => ((imm >>> 12) & 31) === 0;
const drops = ({ rd }: DecodedOperands): boolean => rd === 0;
const same = ({ rs1, rs2 }: DecodedOperands): boolean => rs1 === rs2;

function rule(mnemonic: string, syntax: string, when: Rule['when']): Rule {
  return { mnemonic, syntax, when };
}

/** CSRs with pseudo-instructions of their own: `frcsr a0`, `rdtime a0`. */
function reads(mnemonic: string, csr: string): Rule {
  return rule(mnemonic, '{rd}', (o) => readsOnly(o) && (o.imm & CSR) === csrNumber(csr));
}

function writes(mnemonic: string, csr: string): Rule[] {
  const names = (o: DecodedOperands): boolean => (o.imm & CSR) === csrNumber(csr);
  return [
    rule(mnemonic, '{rs1}', (o) => names(o) && drops(o)),
    rule(mnemonic, '{rd},{rs1}', names),
  ];
}

/** By mnemonic; the first rule that holds is taken. */
const rules: Readonly<Record<string, readonly Rule[] | undefined>> = {
  addi: [
    rule('nop', '', ({ rd, rs1, imm }) => rd === 0 && rs1 === 0 && imm === 0),
    rule('li', '{rd},{imm}', ({ rs1 }) => rs1 === 0),
    rule('mv', '{rd},{rs1}', ({ imm }) => imm === 0),
  ],
  // Expands to add, which nobody calls mv.
  'c.mv': [rule('mv', '{rd},{rs2}', () => true)],
  addiw: [rule('sext.w', '{rd},{rs1}', ({ imm }) => imm === 0)],
  xori: [rule('not', '{rd},{rs1}', ({ imm }) => imm === -1)],
  andi: [rule('zext.b', '{rd},{rs1}', ({ imm }) => imm === 255)],
  sub: [rule('neg', '{rd},{rs2}', ({ rs1 }) => rs1 === 0)],
  subw: [rule('negw', '{rd},{rs2}', ({ rs1 }) => rs1 === 0)],
  sltiu: [rule('seqz', '{rd},{rs1}', ({ imm }) => imm === 1)],
  sltu: [rule('snez', '{rd},{rs2}', ({ rs1 }) => rs1 === 0)],
  slt: [
    rule('sltz', '{rd},{rs1}', ({ rs2 }) => rs2 === 0),
    rule('sgtz', '{rd},{rs2}', ({ rs1 }) => rs1 === 0),
  ],
  beq: [rule('beqz', '{rs1},{target}', ({ rs2 }) => rs2 === 0)],
  bne: [rule('bnez', '{rs1},{target}', ({ rs2 }) => rs2 === 0)],
  bge: [
    rule('blez', '{rs2},{target}', ({ rs1 }) => rs1 === 0),
    rule('bgez', '{rs1},{target}', ({ rs2 }) => rs2 === 0),
  ],
  blt: [
    rule('bltz', '{rs1},{target}', ({ rs2 }) => rs2 === 0),
    rule('bgtz', '{rs2},{target}', ({ rs1 }) => rs1 === 0),
  ],
  jal: [
    rule('j', '{target}', drops),
    rule('jal', '{target}', ({ rd }) => rd === RA),
  ],
  jalr: [
    rule('ret', '', ({ rd, rs1, imm }) => rd === 0 && rs1 === RA && imm === 0),
    rule('jr', '{rs1}', ({ rd, imm }) => rd === 0 && imm === 0),
    rule('jr', '{imm}({rs1})', drops),
    rule('jalr', '{rs1}', ({ rd, imm }) => rd === RA && imm === 0),
    rule('jalr', '{imm}({rs1})', ({ rd }) => rd === RA),
    rule('jalr', '{rd},{rs1}', ({ imm }) => imm === 0),
  ],
  fence: [
    rule('fence', '', ({ imm }) => (imm & IORW) === IORW),
    rule('pause', '', ({ imm }) => imm === PAUSE),
  ],
  csrrs: [
    reads('frflags', 'fflags'), reads('frrm', 'frm'), reads('frcsr', 'fcsr'),
    reads('rdcycle', 'cycle'), reads('rdtime', 'time'), reads('rdinstret', 'instret'),
    rule('csrr', '{rd},{csr}', readsOnly),
    rule('csrs', '{csr},{rs1}', drops),
  ],
  csrrw: [
    rule('unimp', '', ({ rd, imm }) => rd === 0 && imm === csrNumber('cycle')),
    ...writes('fsflags', 'fflags'), ...writes('fsrm', 'frm'), ...writes('fscsr', 'fcsr'),
    rule('csrw', '{csr},{rs1}', drops),
  ],
  csrrc: [rule('csrc', '{csr},{rs1}', drops)],
  csrrwi: [
    rule('fsflagsi', '{rd},{zimm}', ({ imm }) => (imm & CSR) === csrNumber('fflags')),
    rule('fsrmi', '{rd},{zimm}', ({ imm }) => (imm & CSR) === csrNumber('frm')),
    rule('csrwi', '{csr},{zimm}', drops),
  ],
  csrrsi: [rule('csrsi', '{csr},{zimm}', drops)],
  csrrci: [rule('csrci', '{csr},{zimm}', drops)],
  'sfence.vma': [
    rule('sfence.vma', '', ({ rs1, rs2 }) => rs1 === 0 && rs2 === 0),
    rule('sfence.vma', '{rs1}', ({ rs2 }) => rs2 === 0),
  ],
  'fsgnj.s': [rule('fmv.s', '{rd},{rs1}', same)],
  'fsgnj.d': [rule('fmv.d', '{rd},{rs1}', same)],
  'fsgnjn.s': [rule('fneg.s', '{rd},{rs1}', same)],
  'fsgnjn.d': [rule('fneg.d', '{rd},{rs1}', same)],
  'fsgnjx.s': [rule('fabs.s', '{rd},{rs1}', same)],
  'fsgnjx.d': [rule('fabs.d', '{rd},{rs1}', same)],
};

/** How `mnemonic` with these operands is usually written; undefined = as it is. */
export function aliasOf(mnemonic: string, operands: DecodedOperands): Alias | undefined {
  return rules[mnemonic]?.find(({ when }) => when(operands));
}
