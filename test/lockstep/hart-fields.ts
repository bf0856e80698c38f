/** The saved part of a hart structure by name: what differs between two of them, as a person reads it. */
import {
  ARCH_DTLB, ARCH_DTLB_ENTRIES, ARCH_ITLB, ARCH_ITLB_ENTRIES, HART_CYCLE_OFFSET, HART_EXTERNAL_SEIP, HART_F, HART_FFLAGS, HART_FRM, HART_ICOUNT, HART_ID,
  HART_IDLE_NS, HART_INSTRET_OFFSET, HART_MCAUSE, HART_MCOUNTEREN, HART_MCOUNTINHIBIT, HART_MEDELEG, HART_MENVCFG, HART_MEPC, HART_MIDELEG, HART_MIE,
  HART_MIP, HART_MISA, HART_MSCRATCH, HART_MSTATUS, HART_MTVAL, HART_MTVEC, HART_PC, HART_PMPADDR, HART_PMPCFG, HART_PRIVILEGE, HART_REGISTERS_SIZE,
  HART_RESERVATION, HART_RESERVATION_VALUE, HART_SATP, HART_SAVED_SIZE, HART_SCAUSE, HART_SCOUNTEREN, HART_SENVCFG, HART_SEPC, HART_SSCRATCH, HART_STVAL,
  HART_STVEC, HART_SUPERPAGES, HART_TIME_OFFSET, HART_WAITING, HART_X,
} from '../../emulator/core/layout.ts';
import { floatRegisterNames, integerRegisterNames } from '../../emulator/index.ts';

interface Field {
  readonly name: string;
  readonly offset: number;
  readonly sizeBytes: number;
}

export interface FieldDifference {
  readonly name: string;
  readonly offset: number;
  readonly reference: bigint;
  readonly candidate: bigint;
}

const WORDS: Readonly<Record<string, number>> = {
  pc: HART_PC, icount: HART_ICOUNT, 'idle ns': HART_IDLE_NS, 'lr address': HART_RESERVATION, 'lr value': HART_RESERVATION_VALUE,
  mstatus: HART_MSTATUS, misa: HART_MISA, medeleg: HART_MEDELEG, mideleg: HART_MIDELEG, mie: HART_MIE, mip: HART_MIP, mtvec: HART_MTVEC,
  mscratch: HART_MSCRATCH, mepc: HART_MEPC, mcause: HART_MCAUSE, mtval: HART_MTVAL, mcounteren: HART_MCOUNTEREN, mcountinhibit: HART_MCOUNTINHIBIT,
  menvcfg: HART_MENVCFG, senvcfg: HART_SENVCFG, scounteren: HART_SCOUNTEREN, stvec: HART_STVEC, sscratch: HART_SSCRATCH, sepc: HART_SEPC,
  scause: HART_SCAUSE, stval: HART_STVAL, satp: HART_SATP, 'mcycle offset': HART_CYCLE_OFFSET, 'minstret offset': HART_INSTRET_OFFSET,
  'mtime offset': HART_TIME_OFFSET, 'external seip': HART_EXTERNAL_SEIP, superpages: HART_SUPERPAGES, mhartid: HART_ID,
};
const HALF_WORDS: Readonly<Record<string, number>> = { fflags: HART_FFLAGS, frm: HART_FRM, privilege: HART_PRIVILEGE, waiting: HART_WAITING };

function row(sizeBytes: number): (entry: readonly [string, number]) => Field {
  return ([name, offset]) => ({ name, offset, sizeBytes });
}

const registerFields: readonly Field[] = [
  ...integerRegisterNames.map((name, index) => ({ name, offset: HART_X + 8 * index, sizeBytes: 8 })),
  ...Object.entries(WORDS).map(row(8)),
  ...Object.entries(HALF_WORDS).map(row(4)),
  ...floatRegisterNames.map((name, index) => ({ name, offset: HART_F + 8 * index, sizeBytes: 8 })),
  ...[0, 2].map((index) => ({ name: `pmpcfg${index}`, offset: HART_PMPCFG + 4 * index, sizeBytes: 8 })),
  ...[...new Array(16).keys()].map((index) => ({ name: `pmpaddr${index}`, offset: HART_PMPADDR + 8 * index, sizeBytes: 8 })),
];

function tableFields(name: string, offset: number, entries: number): readonly Field[] {
  return [...new Array(entries).keys()].flatMap((index) => [
    { name: `${name}[${index}] page`, offset: offset + 16 * index, sizeBytes: 8 },
    { name: `${name}[${index}] entry`, offset: offset + 16 * index + 8, sizeBytes: 8 },
  ]);
}

const translationFields: readonly Field[] = [
  ...tableFields('data TLB', ARCH_DTLB, ARCH_DTLB_ENTRIES), ...tableFields('fetch TLB', ARCH_ITLB, ARCH_ITLB_ENTRIES),
];

/** What has no name here is reported by its offset. */
const fields: readonly Field[] = [...registerFields, ...unnamed(registerFields, HART_REGISTERS_SIZE), ...translationFields];

function unnamed(named: readonly Field[], end: number): Field[] {
  const covered = new Set(named.flatMap(({ offset, sizeBytes }) => (sizeBytes === 4 ? [offset] : [offset, offset + 4])));
  const offsets = [...new Array(end / 4).keys()].map((index) => 4 * index).filter((offset) => !covered.has(offset));
  return offsets.map((offset) => ({ name: `byte ${offset} of the hart`, offset, sizeBytes: 4 }));
}

/** What differs between two copies of a hart's saved part (`HartView.saved`), registers first. */
export function differingFields(reference: Uint8Array, candidate: Uint8Array): readonly FieldDifference[] {
  if (Buffer.compare(reference, candidate) === 0) return [];
  const [one, other] = [reference, candidate].map(({ buffer, byteOffset }) => new DataView(buffer, byteOffset, HART_SAVED_SIZE));
  const read = (view: DataView | undefined, { offset, sizeBytes }: Field): bigint => (sizeBytes === 8 ? view?.getBigUint64(offset, true) : BigInt(view?.getUint32(offset, true) ?? 0)) ?? 0n;
  return fields.flatMap((field) => {
    const difference = { name: field.name, offset: field.offset, reference: read(one, field), candidate: read(other, field) };
    return difference.reference === difference.candidate ? [] : [difference];
  });
}
