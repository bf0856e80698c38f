/** CSR instructions whose result depends on the case alone: in S- and U-mode, and for snippets in M-mode. */
import fc from 'fast-check';
import { csrName } from '../../emulator/isa/csr-names.ts';
import { integerOperand } from './operands.ts';

const FCSR = 3;
const register = fc.nat(31).map((number) => `x${number}`);
const zimm = fc.nat(31);
const float = ['fflags', 'frm', 'fcsr'];
/** Of S-mode, free to change. stvec and sscratch belong to the trap handler, satp would take the code away. */
const supervisor = ['scause', 'stval', 'sie', 'sip', 'senvcfg'];
/**
 * Excluded: values that QEMU 7.2 keeps though the manual does not: bit 0 of sepc and mepc (privileged ISA, 3.1.14 and 4.1.7),
 * and bits 63..32 of scounteren and mcounteren (3.1.11, 4.1.5). And fields of sstatus: see FOREIGN_STATUS.
 */
const supervisorImmediates = ['sepc', 'scounteren', 'sstatus'];
/** Of the trap handler. A case must not have their values: it would store to where they point, or call it. */
const handlers = ['stvec', 'sscratch'];
const counters = ['cycle', 'time', 'instret', ...[3, 4, 18, 19, 31].map((number) => `hpmcounter${number}`)];
/** Excluded: tselect and tdata. QEMU has triggers, and 7.2 fails an assertion when some values are written. */
const machine = ['mstatus', 'misa', 'mie', 'mtvec', 'mscratch', 'mepc', 'mhartid', 'pmpcfg0', 'pmpaddr3', 'mcycle', '0x7b0', '0x5a8', '0x200', '0x600', '0x14e', '0x800', '0xc20', '0xcc0'];

/** CSRs of the advanced interrupt architecture, which QEMU has here (qemu.ts says why). */
const advancedInterrupts = [0x14d, 0x150, 0x151, 0x15c, 0x308, 0x309, 0x318, 0x319, 0x350, 0x351, 0x35c, 0xdb0, 0xfb0];

/**
 * Excluded: csrrs and csrrc with a register that may be 0, of a floating-point CSR or of a read-only one. They write it, and so
 * make FS dirty or are illegal (unprivileged ISA, 9.1); QEMU 7.2 does not write where no bit changes.
 */
function isCertainWrite(mnemonic: string, imm: number): boolean {
  return mnemonic.startsWith('csrrw') || mnemonic.endsWith('i') || ((imm >>> 12) & 31) === 0;
}

/** Is this decoded access the same in every emulator, and does it leave the handlers' registers alone? `imm` as in DecodedOperands. */
export function isHarmlessCsrAccess(mnemonic: string, imm: number, rd: number): boolean {
  const number = imm & 0xfff;
  const name = csrName(number);
  if (number <= FCSR) return isCertainWrite(mnemonic, imm);
  if (name !== undefined && supervisor.includes(name)) return true;
  if (name !== undefined && supervisorImmediates.includes(name) && mnemonic.endsWith('i') && ((imm >>> 12) & 1) === 0) return true;
  if (advancedInterrupts.includes(number)) return false;
  const isRead = !mnemonic.startsWith('csrrw') && ((imm >>> 12) & 31) === 0;
  if ((number >> 8) === 0xc) return isRead ? rd === 0 : isCertainWrite(mnemonic, imm);
  if (name !== undefined && handlers.includes(name)) return isRead && rd === 0;
  if (name !== undefined && ['satp', ...supervisorImmediates].includes(name)) return isRead;
  return true;
}

/**
 * Excluded: QEMU 7.2 lets medeleg hold ecall from M-mode, which the manual forbids (privileged ISA, 3.1.8), and ecall from
 * VS-mode and guest-page faults, though there is no hypervisor; mie, mip and mideleg its interrupts and counter overflow.
 */
export const UNDELEGABLE = 0xf0_0c00n;
export const FOREIGN_INTERRUPTS = 0x3444n;
/**
 * Excluded: fields of mstatus and sstatus that QEMU 7.2 lets software change: UXL and SXL (to widths that it does not have), VS
 * without vectors, MPV and GVA without hypervisor.
 */
const FOREIGN_STATUS = 0xcf_0000_0600n;

const operation = fc.constantFrom('csrrw', 'csrrs', 'csrrc');
const access = (csr: string): fc.Arbitrary<string> => fc.oneof(
  fc.tuple(operation, register, register).map(([mnemonic, rd, rs1]) => `${mnemonic} ${rd}, ${csr}, ${rs1}`),
  fc.tuple(operation, register, zimm).map(([mnemonic, rd, value]) => `${mnemonic}i ${rd}, ${csr}, ${value}`),
);
const chosen = (names: readonly string[], make: (csr: string) => fc.Arbitrary<string>): fc.Arbitrary<string> => fc.constantFrom(...names).chain(make);

const immediateAccess = (csr: string): fc.Arbitrary<string> => fc.tuple(operation, register, fc.nat(15))
  .map(([mnemonic, rd, half]) => `${mnemonic}i ${rd}, ${csr}, ${2 * half}`);

const STATUS = 0x8000_0000_000d_e762n & ~FOREIGN_STATUS;
const statusAccess = fc.tuple(operation, register, register.filter((rs1) => rs1 !== 'x0'), fc.bigInt(0n, 0xffff_ffffn))
  .map(([mnemonic, rd, rs1, value]) => `li ${rs1}, 0x${(value & STATUS).toString(16)}\n\t${mnemonic} ${rd}, sstatus, ${rs1}`);

/** Never of bits that are all 0: see isCertainWrite. */
const floatAccess = (csr: string): fc.Arbitrary<string> => access(csr).map((line) => {
  const rs1 = /^csrr[sc] .*, (x\d+)$/.exec(line)?.[1] ?? 'x0';
  return rs1 === 'x0' ? line : `ori ${rs1}, ${rs1}, 1\n\t${line}`;
});

/** Traps in a mode that may not: the value that a counter has when it may is dropped. */
const counterRead = (csr: string): fc.Arbitrary<string> => fc.constantFrom('csrrs', 'csrrc').map((mnemonic) => `${mnemonic} x0, ${csr}, x0`);
const readOnly = (csr: string): fc.Arbitrary<string> => register.map((rd) => `csrrs ${rd}, ${csr}, x0`);
const handlerRead = (csr: string): fc.Arbitrary<string> => register.map((rd) => `csrrs ${rd}, ${csr}, x0\n\tnot ${rd}, ${rd}`);
/** satp with the value that it has: any other would take the code away. */
const satpRewrite = fc.tuple(register.filter((number) => number !== 'x0'), register).map(([rd, seen]) => `csrrs ${rd}, satp, x0\n\tcsrrw ${seen}, satp, ${rd}`);

/** For S- and U-mode. */
export const csrAccess: fc.Arbitrary<string> = fc.oneof(
  { weight: 5, arbitrary: chosen(float, floatAccess) },
  { weight: 5, arbitrary: chosen(supervisor, access) },
  { weight: 1, arbitrary: statusAccess },
  { weight: 1, arbitrary: chosen(supervisorImmediates, immediateAccess) },
  { weight: 2, arbitrary: chosen(counters, counterRead) },
  { weight: 2, arbitrary: chosen(['satp', ...supervisorImmediates], readOnly) },
  { weight: 1, arbitrary: chosen(handlers, handlerRead) },
  { weight: 1, arbitrary: satpRewrite },
  { weight: 1, arbitrary: chosen(machine, access) },
);

/** sscratch with any value, given back before anything can trap through it. The case does not keep the handler's: see `handlers`. */
export const sscratchExchange: fc.Arbitrary<string> = fc.tuple(fc.integer({ min: 5, max: 31 }), register, register)
  .map(([kept, value, seen]) => `csrrw x${kept}, sscratch, ${value}\n\tcsrrw ${seen}, sscratch, x${kept}\n\tnot x${kept}, x${kept}`);

// ---- Snippets in M-mode: t and a registers are free, `mlog` logs a register ----

const probed = [
  'mstatus', 'misa', 'mtvec', 'medeleg', 'mideleg', 'mie', 'mip', 'mcounteren', 'scounteren', 'satp', 'stvec', 'sepc', 'scause', 'stval', 'sscratch',
  'mepc', 'mcause', 'mtval', 'mscratch', 'menvcfg', 'senvcfg', 'mcountinhibit', 'sstatus', 'sie', 'sip',
  'pmpcfg0', 'pmpcfg2', 'pmpaddr0', 'pmpaddr6', 'pmpaddr7', 'pmpaddr13', 'pmpaddr15', 'fcsr', 'frm', 'fflags',
  '0x3a1', '0x3a4', '0x3c0', '0x3ef', '0x747', '0x757', '0x7a5', '0x7b0', '0xf15', '0x310', '0x31a', '0x30c', '0x5a8', '0x321', '0x322', '0xb01',
];
/** Excluded from what is written: performance counters. QEMU's count, here they are fixed. And its identity numbers name QEMU. */
const readable = ['mhartid', 'mvendorid', 'misa', 'mhpmevent3', 'mhpmevent31', 'mhpmcounter3', 'mhpmcounter31'];

/**
 * Bits that a probe may set or clear, where not all: no interrupt comes in, and no protection is locked but that of
 * entries 13 to 15, which have no address.
 */
const FREE_BITS: Readonly<Record<string, bigint>> = {
  // MPP: QEMU 7.2 keeps the mode that does not exist, 2.
  mstatus: ~(0x1808n | FOREIGN_STATUS), sstatus: ~FOREIGN_STATUS, medeleg: ~UNDELEGABLE,
  mideleg: 0xfffn & ~FOREIGN_INTERRUPTS, mie: 0xfffn & ~FOREIGN_INTERRUPTS, mip: 0xfffn & ~FOREIGN_INTERRUPTS, mcountinhibit: 5n,
  sepc: ~1n, mepc: ~1n, scounteren: 0xffff_ffffn, mcounteren: 0xffff_ffffn,
  // Modes 9 and 10, Sv48 and Sv57, which QEMU has.
  satp: ~(3n << 60n),
  // STCE and PBMTE, of extensions that are off.
  menvcfg: 0x3fff_ffff_ffff_ffffn,
  pmpcfg0: 0x7f7f_7f7f_7f7f_7f7fn, pmpcfg2: 0xffff_ff00_0000_0000n };

/** Excluded: W without R in a PMP configuration. QEMU 7.2 keeps what the manual reserves (privileged ISA, 3.7.1). */
const withoutReserved = (configurations: bigint): bigint => configurations & ~((~configurations & 0x0101_0101_0101_0101n) << 1n);

/**
 * Excluded: entries that are locked and match. QEMU 7.2 lets one whose top of range is 0 match everything, and one for the first
 * bytes of memory changes how it accesses the others.
 */
const withoutLockedMatch = (configurations: bigint): bigint => configurations & ~(((configurations & 0x8080_8080_8080_8080n) >> 4n) * 3n);

const READ_ONLY_NUMBER = /^0x[c-f]/;

/** Writes a value, logs the old one and what was kept of the new one, puts the old one back. */
const probe: fc.Arbitrary<string> = fc.tuple(fc.constantFrom(...probed), fc.constantFrom('csrrw', 'csrrs', 'csrrc'), integerOperand).map(([csr, mnemonic, value]) => {
  const free = BigInt.asUintN(64, FREE_BITS[csr] ?? -1n);
  // A swap would also write the bits that are not free, and clearing might leave W without R.
  const isProtection = csr.startsWith('pmpcfg');
  // See isCertainWrite.
  const least = READ_ONLY_NUMBER.test(csr) ? 1n : 0n;
  const written = isProtection ? withoutLockedMatch(withoutReserved(value & free)) : (value & free) | least;
  return [
    'li t1, 0', 'li t2, 0', `li t0, 0x${written.toString(16)}`, `${isProtection ? 'csrrs' : mnemonic} t1, ${csr}, t0`, `csrrs t2, ${csr}, x0`, `csrrw x0, ${csr}, t1`, 'mlog t1', 'mlog t2',
  ].join('\n\t');
});

const reading = fc.constantFrom(...readable).map((csr) => `csrr t0, ${csr}\n\tmlog t0`);

export const csrProbe: fc.Arbitrary<string> = fc.oneof({ weight: 15, arbitrary: probe }, { weight: 1, arbitrary: reading });

