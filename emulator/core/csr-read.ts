/** Values of CSRs. */
import {
  HART_FFLAGS, HART_FRM, HART_ID, HART_MCAUSE, HART_MCOUNTEREN, HART_MCOUNTINHIBIT, HART_MEDELEG, HART_MENVCFG, HART_MEPC,
  HART_MIDELEG, HART_MIE, HART_MISA, HART_MSCRATCH, HART_MSTATUS, HART_MTVAL, HART_MTVEC, HART_PMPADDR, HART_PMPCFG, HART_SATP,
  HART_SCAUSE, HART_SCOUNTEREN, HART_SENVCFG, HART_SEPC, HART_SSCRATCH, HART_STVAL, HART_STVEC,
} from './layout.ts';
import {
  CSR_CYCLE, CSR_FCSR, CSR_FFLAGS, CSR_FRM, CSR_HPMCOUNTER31, CSR_INSTRET, CSR_MARCHID, CSR_MCAUSE, CSR_MCONFIGPTR,
  CSR_MCOUNTEREN, CSR_MCOUNTINHIBIT, CSR_MCYCLE, CSR_MEDELEG, CSR_MENVCFG, CSR_MEPC, CSR_MHARTID, CSR_MHPMCOUNTER3,
  CSR_MHPMCOUNTER31, CSR_MHPMEVENT3, CSR_MHPMEVENT31, CSR_MIDELEG, CSR_MIE, CSR_MIMPID, CSR_MINSTRET, CSR_MIP, CSR_MISA,
  CSR_MSCRATCH, CSR_MSTATUS, CSR_MTVAL, CSR_MTVEC, CSR_MVENDORID, CSR_PMPADDR0, CSR_PMPADDR15, CSR_PMPCFG0, CSR_PMPCFG2,
  CSR_SATP, CSR_SCAUSE, CSR_SCOUNTEREN, CSR_SENVCFG, CSR_SEPC, CSR_SIE, CSR_SIP, CSR_SSCRATCH, CSR_SSTATUS, CSR_STVAL,
  CSR_STVEC, CSR_TIME, CSR_TINFO, CSR_TSELECT,
} from './csr-numbers.ts';
import { counterRead, INHIBIT_CYCLE, INHIBIT_INSTRET, timeRead } from './counters.ts';
import { pendingInterrupts } from './interrupts.ts';
import { MSTATUS_FS, MSTATUS_MXR, MSTATUS_SD, MSTATUS_SIE, MSTATUS_SPIE, MSTATUS_SPP, MSTATUS_SUM } from './privilege.ts';

/** Fields of mstatus that sstatus shows, UXL included; writable are the same without UXL and SD. */
const SSTATUS_UXL: u64 = 3 << 32;
export const SSTATUS_WRITABLE: u64 = MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP | MSTATUS_FS | MSTATUS_SUM | MSTATUS_MXR;
/** tinfo of a trigger that does not exist: type 0 only. */
const TINFO_NONE: u64 = 1;

/** Does the CSR that the last csrRead named exist? */
export let csrExists: bool = true;

/** mstatus with SD, which is a summary of FS. */
function statusRead(hart: usize): u64 {
  const status = load<u64>(hart, HART_MSTATUS);
  return (status & MSTATUS_FS) == MSTATUS_FS ? status | MSTATUS_SD : status;
}

/** Is this one of the performance counters and their events, of which there are none: they read as zero? */
export function isPerformanceCsr(number: i32): bool {
  return (number >= CSR_MHPMEVENT3 && number <= CSR_MHPMEVENT31) || (number >= CSR_MHPMCOUNTER3 && number <= CSR_MHPMCOUNTER31) ||
    (number > CSR_INSTRET && number <= CSR_HPMCOUNTER31);
}

/** Value of a CSR when `icount` instructions were counted before; clears csrExists if there is no such CSR. No effect. */
export function csrRead(hart: usize, number: i32, icount: u64): u64 {
  csrExists = true;
  if (number >= CSR_PMPADDR0 && number <= CSR_PMPADDR15) return load<u64>(hart + (<usize>(number - CSR_PMPADDR0) << 3), HART_PMPADDR);
  if (number >= CSR_TSELECT && number <= CSR_TINFO) return number == CSR_TINFO ? TINFO_NONE : 0;
  if (isPerformanceCsr(number)) return 0;
  if (number >= CSR_MVENDORID && number <= CSR_MCONFIGPTR) return number == CSR_MHARTID ? load<u64>(hart, HART_ID) : 0;
  switch (number) {
    case CSR_CYCLE:
    case CSR_MCYCLE: return counterRead(hart, INHIBIT_CYCLE, icount);
    case CSR_INSTRET:
    case CSR_MINSTRET: return counterRead(hart, INHIBIT_INSTRET, icount);
    case CSR_TIME: return timeRead(hart, icount);
    case CSR_FFLAGS: return <u64>load<u32>(hart, HART_FFLAGS);
    case CSR_FRM: return <u64>load<u32>(hart, HART_FRM);
    case CSR_FCSR: return <u64>(load<u32>(hart, HART_FFLAGS) | (load<u32>(hart, HART_FRM) << 5));
    case CSR_PMPCFG0: return load<u64>(hart, HART_PMPCFG);
    case CSR_PMPCFG2: return load<u64>(hart, HART_PMPCFG + 8);
    default: return trapCsrRead(hart, number);
  }
}

function trapCsrRead(hart: usize, number: i32): u64 {
  switch (number) {
    case CSR_SSTATUS: return statusRead(hart) & (SSTATUS_WRITABLE | SSTATUS_UXL | MSTATUS_SD);
    case CSR_SIE: return load<u64>(hart, HART_MIE) & load<u64>(hart, HART_MIDELEG);
    case CSR_STVEC: return load<u64>(hart, HART_STVEC);
    case CSR_SCOUNTEREN: return load<u64>(hart, HART_SCOUNTEREN);
    case CSR_SENVCFG: return load<u64>(hart, HART_SENVCFG);
    case CSR_SSCRATCH: return load<u64>(hart, HART_SSCRATCH);
    case CSR_SEPC: return load<u64>(hart, HART_SEPC);
    case CSR_SCAUSE: return load<u64>(hart, HART_SCAUSE);
    case CSR_STVAL: return load<u64>(hart, HART_STVAL);
    case CSR_SIP: return pendingInterrupts(hart) & load<u64>(hart, HART_MIDELEG);
    case CSR_SATP: return load<u64>(hart, HART_SATP);
    case CSR_MSTATUS: return statusRead(hart);
    case CSR_MISA: return load<u64>(hart, HART_MISA);
    case CSR_MEDELEG: return load<u64>(hart, HART_MEDELEG);
    case CSR_MIDELEG: return load<u64>(hart, HART_MIDELEG);
    case CSR_MIE: return load<u64>(hart, HART_MIE);
    case CSR_MTVEC: return load<u64>(hart, HART_MTVEC);
    case CSR_MCOUNTEREN: return load<u64>(hart, HART_MCOUNTEREN);
    case CSR_MENVCFG: return load<u64>(hart, HART_MENVCFG);
    case CSR_MCOUNTINHIBIT: return load<u64>(hart, HART_MCOUNTINHIBIT);
    case CSR_MSCRATCH: return load<u64>(hart, HART_MSCRATCH);
    case CSR_MEPC: return load<u64>(hart, HART_MEPC);
    case CSR_MCAUSE: return load<u64>(hart, HART_MCAUSE);
    case CSR_MTVAL: return load<u64>(hart, HART_MTVAL);
    case CSR_MIP: return pendingInterrupts(hart);
    default:
      csrExists = false;
      return 0;
  }
}
