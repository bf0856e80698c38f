/** Writes to CSRs: which bits are kept (WARL) and what follows. Choices that the manual leaves open are QEMU 7.2's. */
import {
  HART_FFLAGS, HART_FRM, HART_MCAUSE, HART_MCOUNTEREN, HART_MEDELEG, HART_MENVCFG, HART_MEPC, HART_MIDELEG, HART_MIE, HART_MIP,
  HART_MSCRATCH, HART_MSTATUS, HART_MTVAL, HART_MTVEC, HART_SATP, HART_SCAUSE, HART_SCOUNTEREN, HART_SENVCFG, HART_SEPC,
  HART_SSCRATCH, HART_STVAL, HART_STVEC,
} from './layout.ts';
import {
  CSR_FCSR, CSR_FFLAGS, CSR_FRM, CSR_MCAUSE, CSR_MCOUNTEREN, CSR_MCOUNTINHIBIT, CSR_MCYCLE, CSR_MEDELEG, CSR_MENVCFG, CSR_MEPC,
  CSR_MIDELEG, CSR_MIE, CSR_MINSTRET, CSR_MIP, CSR_MSCRATCH, CSR_MSTATUS, CSR_MTVAL, CSR_MTVEC, CSR_PMPADDR0, CSR_PMPADDR15,
  CSR_PMPCFG0, CSR_PMPCFG2, CSR_SATP, CSR_SCAUSE, CSR_SCOUNTEREN, CSR_SENVCFG, CSR_SEPC, CSR_SIE, CSR_SIP, CSR_SSCRATCH,
  CSR_SSTATUS, CSR_STVAL, CSR_STVEC,
} from './csr-numbers.ts';
import { architecturalFlush } from './architectural-tlb.ts';
import { counterInhibitWrite, counterWrite, INHIBIT_CYCLE, INHIBIT_INSTRET } from './counters.ts';
import { SSTATUS_WRITABLE } from './csr-read.ts';
import { flushData } from './fast-tlb.ts';
import { INTERRUPT_SSI } from './interrupts.ts';
import { pmpAddressWrite, pmpConfigurationWrite } from './pmp.ts';
import {
  MSTATUS_FS, MSTATUS_MIE, MSTATUS_MPIE, MSTATUS_MPP, MSTATUS_MPP_SHIFT, MSTATUS_MPRV, MSTATUS_MXR, MSTATUS_TSR, MSTATUS_TVM,
  MSTATUS_TW, selectBanks,
} from './privilege.ts';

/** What follows a write. */
export const EFFECT_NONE: i32 = 0;
/** Translation or protection changed: fetch again. */
export const EFFECT_REFETCH: i32 = 1;
/** An interrupt may have become deliverable. */
export const EFFECT_INTERRUPTS: i32 = 2;

const MSTATUS_WRITABLE: u64 = SSTATUS_WRITABLE | MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP | MSTATUS_MPRV | MSTATUS_TVM | MSTATUS_TW |
  MSTATUS_TSR;
/** MPP 2 names no mode. */
const MPP_RESERVED: u64 = 2;
/** Exceptions 0..9, 12, 13, 15; ecall from M (11) can never be delegated. */
const MEDELEG_WRITABLE: u64 = 0xb3ff;
const SUPERVISOR_INTERRUPTS: u64 = 0x222;
const ALL_INTERRUPTS: u64 = 0xaaa;
const COUNTERS: u64 = 0xffffffff;
/** FIOM, CBIE, CBCFE, CBZE; they have nothing to act on here. */
const ENVCFG_WRITABLE: u64 = 0xf1;
const EPC_WRITABLE: u64 = ~(<u64>1);
const SATP_MODE_SHIFT: u64 = 60;
const SATP_SV39: u64 = 8;

/** Replaces the bits of `mask` in the field at `offset`. */
function storeMasked(hart: usize, offset: usize, value: u64, mask: u64): void {
  store<u64>(hart + offset, (load<u64>(hart + offset) & ~mask) | (value & mask));
}

function statusWrite(hart: usize, value: u64, mask: u64): i32 {
  const old = load<u64>(hart, HART_MSTATUS);
  if ((value & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT == MPP_RESERVED) mask &= ~MSTATUS_MPP;
  const status = (old & ~mask) | (value & mask);
  store<u64>(hart, status, HART_MSTATUS);
  if ((old ^ status) & MSTATUS_MXR) flushData(hart);
  return selectBanks(hart) ? EFFECT_REFETCH | EFFECT_INTERRUPTS : EFFECT_INTERRUPTS;
}

/** A mode other than bare and Sv39 leaves satp as it was. */
function satpWrite(hart: usize, value: u64): i32 {
  const mode = value >> SATP_MODE_SHIFT;
  if ((mode != 0 && mode != SATP_SV39) || value == load<u64>(hart, HART_SATP)) return EFFECT_NONE;
  store<u64>(hart, value, HART_SATP);
  architecturalFlush(hart);
  return EFFECT_REFETCH;
}

/** Modes 0 direct and 1 vectored; a reserved mode leaves the CSR as it was. */
function tvecWrite(hart: usize, offset: usize, value: u64): i32 {
  if ((value & 3) < 2) store<u64>(hart + offset, value);
  return EFFECT_NONE;
}

function keep(hart: usize, offset: usize, value: u64, mask: u64): i32 {
  store<u64>(hart + offset, value & mask);
  return EFFECT_NONE;
}

function floatWrite(hart: usize, number: i32, value: u64): i32 {
  if (number == CSR_FFLAGS) store<u32>(hart, <u32>value & 31, HART_FFLAGS);
  if (number == CSR_FCSR) store<u32>(hart, <u32>value & 31, HART_FFLAGS);
  if (number == CSR_FRM) store<u32>(hart, <u32>value & 7, HART_FRM);
  if (number == CSR_FCSR) store<u32>(hart, <u32>(value >> 5) & 7, HART_FRM);
  store<u64>(hart, load<u64>(hart, HART_MSTATUS) | MSTATUS_FS, HART_MSTATUS);
  return EFFECT_NONE;
}

/** Writes the bits of `mask` (all ones but for csrrs and csrrc of mip and sip) of an existing CSR. Returns EFFECT_* bits. */
export function csrWrite(hart: usize, number: i32, value: u64, mask: u64, icount: u64): i32 {
  if (number >= CSR_PMPADDR0 && number <= CSR_PMPADDR15) {
    pmpAddressWrite(hart, number - CSR_PMPADDR0, value);
    return EFFECT_REFETCH;
  }
  switch (number) {
    case CSR_FFLAGS:
    case CSR_FRM:
    case CSR_FCSR: return floatWrite(hart, number, value);
    case CSR_PMPCFG0:
      pmpConfigurationWrite(hart, 0, value);
      return EFFECT_REFETCH;
    case CSR_PMPCFG2:
      pmpConfigurationWrite(hart, 8, value);
      return EFFECT_REFETCH;
    case CSR_MCYCLE:
      counterWrite(hart, INHIBIT_CYCLE, value, icount);
      return EFFECT_NONE;
    case CSR_MINSTRET:
      counterWrite(hart, INHIBIT_INSTRET, value, icount);
      return EFFECT_NONE;
    case CSR_MCOUNTINHIBIT:
      counterInhibitWrite(hart, value, icount);
      return EFFECT_NONE;
    default: return (number >> 8) & 3 ? trapCsrWrite(hart, number, value, mask) : EFFECT_NONE;
  }
}

function trapCsrWrite(hart: usize, number: i32, value: u64, mask: u64): i32 {
  switch (number) {
    case CSR_SSTATUS: return statusWrite(hart, value, SSTATUS_WRITABLE);
    case CSR_MSTATUS: return statusWrite(hart, value, MSTATUS_WRITABLE);
    case CSR_SIE:
      storeMasked(hart, HART_MIE, value, load<u64>(hart, HART_MIDELEG));
      return EFFECT_INTERRUPTS;
    case CSR_MIE:
      store<u64>(hart, value & ALL_INTERRUPTS, HART_MIE);
      return EFFECT_INTERRUPTS;
    case CSR_SIP:
      storeMasked(hart, HART_MIP, value, mask & (<u64>1 << INTERRUPT_SSI) & load<u64>(hart, HART_MIDELEG));
      return EFFECT_INTERRUPTS;
    case CSR_MIP:
      storeMasked(hart, HART_MIP, value, mask & SUPERVISOR_INTERRUPTS);
      return EFFECT_INTERRUPTS;
    case CSR_MIDELEG:
      store<u64>(hart, value & SUPERVISOR_INTERRUPTS, HART_MIDELEG);
      return EFFECT_INTERRUPTS;
    case CSR_MEDELEG: return keep(hart, HART_MEDELEG, value, MEDELEG_WRITABLE);
    case CSR_SATP: return satpWrite(hart, value);
    case CSR_STVEC: return tvecWrite(hart, HART_STVEC, value);
    case CSR_MTVEC: return tvecWrite(hart, HART_MTVEC, value);
    case CSR_SCOUNTEREN: return keep(hart, HART_SCOUNTEREN, value, COUNTERS);
    case CSR_MCOUNTEREN: return keep(hart, HART_MCOUNTEREN, value, COUNTERS);
    case CSR_SENVCFG: return keep(hart, HART_SENVCFG, value, ENVCFG_WRITABLE);
    case CSR_MENVCFG: return keep(hart, HART_MENVCFG, value, ENVCFG_WRITABLE);
    case CSR_SSCRATCH: return keep(hart, HART_SSCRATCH, value, ~(<u64>0));
    case CSR_MSCRATCH: return keep(hart, HART_MSCRATCH, value, ~(<u64>0));
    case CSR_SEPC: return keep(hart, HART_SEPC, value, EPC_WRITABLE);
    case CSR_MEPC: return keep(hart, HART_MEPC, value, EPC_WRITABLE);
    case CSR_SCAUSE: return keep(hart, HART_SCAUSE, value, ~(<u64>0));
    case CSR_MCAUSE: return keep(hart, HART_MCAUSE, value, ~(<u64>0));
    case CSR_STVAL: return keep(hart, HART_STVAL, value, ~(<u64>0));
    case CSR_MTVAL: return keep(hart, HART_MTVAL, value, ~(<u64>0));
    default: return EFFECT_NONE; // misa, performance counters, triggers: fixed
  }
}
