/** Cases that once differed from QEMU, or that random ones meet too seldom. They always run first. */
import { defaultSetting, type Case, type Setting, type Step } from './cases.ts';

export interface NamedCase extends Case {
  readonly name: string;
}

function row(name: string, setting: Partial<Setting>, ...steps: readonly (string | Step)[]): NamedCase {
  return { name, setting: { ...defaultSetting, ...setting }, steps: steps.map((step) => (typeof step === 'string' ? { text: step } : step)) };
}

const SUPERVISOR = { mode: 1 } as const;
const TRANSLATED = { mode: 1, isTranslated: true } as const;
/** Window page k is page k of the scratch area, with these flags. */
const windows = (flags: readonly bigint[]): bigint[] => new Array<bigint>(18).fill(0n)
  .map((_none, page) => (page < 8 ? ((0x80600n + BigInt(page)) << 10n) | (flags[page] ?? 0xcfn) : 0n));

export const namedCases: readonly NamedCase[] = [
  row('SD follows FS when FS is made clean again', SUPERVISOR,
    'fmv.w.x f1, x0', 'li x5, 0x2000', 'csrrc x6, sstatus, x5', 'csrr x7, sstatus', 'fmv.d.x f2, x0', 'csrr x10, sstatus'),
  row('sc of an address that is not reserved is not translated', { ...TRANSLATED, entries: windows([0xcfn, 0n]) },
    'li x8, 0x40000100', 'li x9, 0x40001100', 'lr.w x5, (x8)', 'sc.w x6, x5, (x9)', 'lr.d x5, (x8)', 'sc.d x6, x5, (x9)'),
  row('sc of another name of what is reserved fails', { ...TRANSLATED, entries: [0x201800cfn, 0x201800cfn, ...new Array<bigint>(16).fill(0n)] },
    'li x8, 0x40000100', 'li x9, 0x40001100', 'lr.w x5, (x8)', 'li x7, 77', 'sc.w x6, x7, (x9)', 'lr.w x10, (x9)', 'sc.w x11, x7, (x9)'),
  row('a store across pages changes nothing if the second one refuses', { ...TRANSLATED, entries: windows([0xcfn, 0xc3n, 0xcfn]) },
    'li x8, 0x40000ffd', 'li x9, 0x40001ffd', 'li x5, -1', 'sd x5, 0(x8)', 'sw x5, 0(x9)', 'ld x6, 0(x8)', 'lw x7, 0(x9)'),
  row('D is set by a store that comes after a load', { ...TRANSLATED, entries: windows([0x0fn, 0x0fn, 0x07n]) },
    'li x8, 0x40000100', 'lw x5, 0(x8)', 'sw x5, 8(x8)', 'lw x5, 16(x8)', 'li x9, 0x40001100', 'lw x5, 0(x9)', 'sb x5, -1(x9)', 'li x9, 0x40002ffc', 'ld x5, 0(x9)'),
  row('an instruction whose second half cannot be fetched', { ...TRANSLATED, entries: windows([0xcfn, 0xcfn, 0xcfn, 0xcfn, 0xcfn, 0xc7n]) },
    'li t0, 0x40004ffe\n\tli t1, 0x13\n\tsh t1, 0(t0)\n\tjr t0'),
  row('code in pages that can be executed alone', { ...TRANSLATED, entries: [0x20181007n, 0x20181009n, 0x20181049n, 0x20181019n, ...new Array<bigint>(14).fill(0n)] },
    'li t0, 0x40000000\n\tli t1, 0x00038067\n\tsw t1, 0(t0)\n\tfence.i', 'li t0, 0x40001000\n\tjalr t2, 0(t0)', 'lw x5, 0(t0)',
    'li t0, 0x40002000\n\tjalr t2, 0(t0)', 'li t0, 0x40003000\n\tjalr t2, 0(t0)'),
  row('a jump within a page to where protection refuses execution', { pmpcfg: 0x1b1fn, pmpaddr: [0x201810ffn, 0x201811ffn, ...new Array<bigint>(6).fill(0n)] },
    'li t0, 0x806047f0\n\tli t1, 0x0200006f\n\tsw t1, 0(t0)\n\tfence.i\n\tjr t0'),
  row('page faults to S-mode, access faults to M-mode', { ...TRANSLATED, medeleg: 0xa000n, entries: [0xcfn, ...new Array<bigint>(17).fill(0n)] },
    'li x8, 0x40000100', 'li x9, 0x40001100', 'lw x5, 0(x8)', 'sw x5, 0(x8)', 'lw x5, 0(x9)', 'sw x5, 0(x9)'),
  row('interrupts in the order of the manual', { ...SUPERVISOR, mie: 0xaaan, mip: 0x222n, mstatus: 0x6000n },
    { text: 'la a7, {snippet}\n\tecall', snippet: 'li t0, 0x2000000\n\tli t1, 1\n\tsw t1, 0(t0)' }, 'nop', 'nop'),
  row('an interrupt that S-mode lets in by sret', { ...SUPERVISOR, mie: 0x2aan, mip: 0x222n, mideleg: 0x222n, isSupervisorVectored: true },
    'li t1, 0x120\n\tcsrs sstatus, t1\n\tla t0, {next:1}\n\tcsrw sepc, t0\n\tsret', 'nop', 'csrsi sip, 2', 'csrsi sie, 2', 'nop'),
  row('reserved rounding modes', { fcsr: 0xa0n }, 'fadd.s f1, f2, f3', 'fadd.s f1, f2, f3, rne', 'fcvt.d.w f1, x5', 'fcvt.d.s f1, f2', 'fsqrt.d f1, f2', 'fsrmi 7', 'fmul.d f1, f2, f3'),
  row('division at its edges', {},
    'li x5, 0x8000000000000000', 'li x6, -1', 'div x10, x5, x6', 'rem x11, x5, x6', 'div x12, x5, x0', 'rem x13, x5, x0', 'divu x14, x5, x0', 'remu x16, x5, x0',
    'li x5, 0x80000000', 'divw x20, x5, x6', 'remw x21, x5, x6', 'divuw x22, x5, x0', 'remuw x23, x5, x0', 'divw x24, x5, x0', 'remw x25, x5, x0'),
];
