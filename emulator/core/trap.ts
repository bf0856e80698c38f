/** Traps: entry, return, and the privileged instructions around them (privileged ISA 20211203, 3.1.6 to 3.1.16, 3.3, 4.1). */
import {
  HART_CATCH_MASK, HART_CAUGHT_CAUSE, HART_LENGTH, HART_MCAUSE, HART_MEDELEG, HART_MEPC, HART_MIDELEG, HART_MSTATUS, HART_MTVAL,
  HART_MTVEC, HART_PC, HART_PMP_RULES, HART_SCAUSE, HART_SEPC, HART_STVAL, HART_STVEC, HART_WAITING, PRIVILEGE_M, PRIVILEGE_S,
  PRIVILEGE_U, REASON_EVENT, REASON_TRAP,
} from './layout.ts';
import {
  enterPrivilege, MSTATUS_FS, MSTATUS_MIE, MSTATUS_MPIE, MSTATUS_MPP, MSTATUS_MPP_SHIFT, MSTATUS_MPRV, MSTATUS_SIE, MSTATUS_SPIE,
  MSTATUS_SPP, MSTATUS_TSR, MSTATUS_TVM, MSTATUS_TW, privilegeOf,
} from './privilege.ts';
import { architecturalFlush, architecturalFlushPage } from './architectural-tlb.ts';
import { beginCall, continueAt, countTrappedFetch, leaveOutOfFrames, refetch, stopAfter } from './run.ts';
import { interruptDeliverable } from './interrupts.ts';
import { presentInstruction } from './fetch.ts';
import { FAILURE_ACCESS, FAILURE_FRAMES } from './mmu.ts';

export const CAUSE_FETCH_ACCESS: u64 = 1;
export const CAUSE_ILLEGAL: u64 = 2;
export const CAUSE_BREAKPOINT: u64 = 3;
export const CAUSE_LOAD_MISALIGNED: u64 = 4;
export const CAUSE_LOAD_ACCESS: u64 = 5;
export const CAUSE_STORE_MISALIGNED: u64 = 6;
export const CAUSE_STORE_ACCESS: u64 = 7;
const CAUSE_ECALL_U: u64 = 8;
/** A page fault's cause is the access fault's of the same access plus this, except for stores: see pageFaultCause. */
const CAUSE_FETCH_PAGE: u64 = 12;
const CAUSE_LOAD_PAGE: u64 = 13;
const CAUSE_STORE_PAGE: u64 = 15;
const CAUSE_INTERRUPT: u64 = 1 << 63;
const VECTORED: u64 = 1;

/** Handler address: vectored interrupts go to base + 4 * cause. */
function handler(tvec: u64, cause: u64, isInterrupt: bool): u64 {
  const base = tvec & ~(<u64>3);
  return isInterrupt && (tvec & 3) == VECTORED ? base + (cause << 2) : base;
}

/** Enters the handler of S-mode if the trap is delegated, else of M-mode. HART_PC is the pc to save. */
export function enterTrap(hart: usize, cause: u64, value: u64, isInterrupt: bool): void {
  const privilege = privilegeOf(hart);
  const delegated = (isInterrupt ? load<u64>(hart, HART_MIDELEG) : load<u64>(hart, HART_MEDELEG)) >> cause;
  const recorded = isInterrupt ? cause | CAUSE_INTERRUPT : cause;
  let status = load<u64>(hart, HART_MSTATUS);
  const pc = load<u64>(hart, HART_PC);
  if (privilege != PRIVILEGE_M && delegated & 1) {
    store<u64>(hart, recorded, HART_SCAUSE);
    store<u64>(hart, pc, HART_SEPC);
    store<u64>(hart, value, HART_STVAL);
    const enabled = status & MSTATUS_SIE;
    status &= ~(MSTATUS_SIE | MSTATUS_SPIE | MSTATUS_SPP);
    if (enabled) status |= MSTATUS_SPIE;
    if (privilege == PRIVILEGE_S) status |= MSTATUS_SPP;
    store<u64>(hart, status, HART_MSTATUS);
    enterPrivilege(hart, PRIVILEGE_S);
    store<u64>(hart, handler(load<u64>(hart, HART_STVEC), cause, isInterrupt), HART_PC);
    return;
  }
  store<u64>(hart, recorded, HART_MCAUSE);
  store<u64>(hart, pc, HART_MEPC);
  store<u64>(hart, value, HART_MTVAL);
  const enabled = status & MSTATUS_MIE;
  status &= ~(MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP);
  if (enabled) status |= MSTATUS_MPIE;
  store<u64>(hart, status | (<u64>privilege << MSTATUS_MPP_SHIFT), HART_MSTATUS);
  enterPrivilege(hart, PRIVILEGE_M);
  store<u64>(hart, handler(load<u64>(hart, HART_MTVEC), cause, isInterrupt), HART_PC);
}

/** An exception of the instruction at HART_PC. */
export function raise(hart: usize, cause: u64, value: u64): void {
  countTrappedFetch(hart);
  enterTrap(hart, cause, value, false);
  refetch(hart);
  if ((load<u64>(hart, HART_CATCH_MASK) >> cause) & 1) {
    store<u64>(hart, cause, HART_CAUGHT_CAUSE);
    stopAfter(hart, REASON_TRAP);
  }
}

/** The trap for a translation that failed (FAILURE_*); `accessCause` is the access fault's cause of that kind of access. */
export function raiseFailure(hart: usize, failure: i32, accessCause: u64, va: u64): void {
  if (failure == FAILURE_FRAMES) {
    leaveOutOfFrames(hart);
  } else if (failure == FAILURE_ACCESS) {
    raise(hart, accessCause, va);
  } else {
    let cause = CAUSE_STORE_PAGE;
    if (accessCause == CAUSE_FETCH_ACCESS) cause = CAUSE_FETCH_PAGE;
    else if (accessCause == CAUSE_LOAD_ACCESS) cause = CAUSE_LOAD_PAGE;
    raise(hart, cause, va);
  }
}

/** Illegal-instruction trap with the bits of the instruction at HART_PC. */
export function raiseIllegal(hart: usize): void {
  raise(hart, CAUSE_ILLEGAL, <u64>presentInstruction(hart));
}

export function illegal(hart: usize, raw: u32): void {
  beginCall(hart);
  raise(hart, CAUSE_ILLEGAL, <u64>raw);
}

/** 1 if mstatus.FS is off and the trap was raised. */
export function floatDisabled(hart: usize, raw: u32): i32 {
  beginCall(hart);
  if (load<u64>(hart, HART_MSTATUS) & MSTATUS_FS) return 0;
  raise(hart, CAUSE_ILLEGAL, <u64>raw);
  return 1;
}

export function ecall(hart: usize): void {
  beginCall(hart);
  raise(hart, CAUSE_ECALL_U + <u64>privilegeOf(hart), 0);
}

export function ebreak(hart: usize): void {
  beginCall(hart);
  raise(hart, CAUSE_BREAKPOINT, 0);
}

/** After a return or a CSR write: an interrupt that can be taken now is taken before the next instruction. */
export function leaveIfInterruptible(hart: usize): void {
  if (interruptDeliverable(hart)) stopAfter(hart, REASON_EVENT);
}

export function mret(hart: usize): void {
  beginCall(hart);
  if (privilegeOf(hart) != PRIVILEGE_M) {
    raiseIllegal(hart);
    return;
  }
  let status = load<u64>(hart, HART_MSTATUS);
  const previous = <i32>((status & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT);
  // Without any PMP entry S and U could not even fetch; QEMU 7.2 refuses the way there.
  if (previous != PRIVILEGE_M && load<i32>(hart, HART_PMP_RULES) == 0) {
    raiseIllegal(hart);
    return;
  }
  const enabled = status & MSTATUS_MPIE;
  status &= ~(MSTATUS_MIE | MSTATUS_MPP);
  status |= MSTATUS_MPIE;
  if (enabled) status |= MSTATUS_MIE;
  if (previous != PRIVILEGE_M) status &= ~MSTATUS_MPRV;
  store<u64>(hart, status, HART_MSTATUS);
  enterPrivilege(hart, previous);
  continueAt(hart, load<u64>(hart, HART_MEPC));
  leaveIfInterruptible(hart);
}

export function sret(hart: usize): void {
  beginCall(hart);
  let status = load<u64>(hart, HART_MSTATUS);
  const privilege = privilegeOf(hart);
  if (privilege == PRIVILEGE_U || (privilege == PRIVILEGE_S && status & MSTATUS_TSR)) {
    raiseIllegal(hart);
    return;
  }
  const previous = status & MSTATUS_SPP ? PRIVILEGE_S : PRIVILEGE_U;
  const enabled = status & MSTATUS_SPIE;
  status &= ~(MSTATUS_SIE | MSTATUS_SPP | MSTATUS_MPRV);
  status |= MSTATUS_SPIE;
  if (enabled) status |= MSTATUS_SIE;
  store<u64>(hart, status, HART_MSTATUS);
  enterPrivilege(hart, previous);
  continueAt(hart, load<u64>(hart, HART_SEPC));
  leaveIfInterruptible(hart);
}

/** Retires, and the hart waits: the driver decides how long. Illegal in U-mode, and in S-mode with TW. */
export function wfi(hart: usize): void {
  beginCall(hart);
  const privilege = privilegeOf(hart);
  if (privilege == PRIVILEGE_U || (privilege == PRIVILEGE_S && load<u64>(hart, HART_MSTATUS) & MSTATUS_TW)) {
    raiseIllegal(hart);
    return;
  }
  store<i32>(hart, 1, HART_WAITING);
  stopAfter(hart, REASON_EVENT);
}

/** Decoded code follows every store at once, so there is nothing to do. */
export function fenceI(hart: usize): void {
  beginCall(hart);
}

/** `flags`: bit 0 = all addresses, bit 1 = all address spaces. There is no ASID tagging, so the ASID never narrows it. */
export function sfenceVma(hart: usize, va: u64, _asid: u64, flags: i32): void {
  beginCall(hart);
  const privilege = privilegeOf(hart);
  if (privilege == PRIVILEGE_U || (privilege == PRIVILEGE_S && load<u64>(hart, HART_MSTATUS) & MSTATUS_TVM)) {
    raiseIllegal(hart);
    return;
  }
  if (flags & 1) architecturalFlush(hart);
  else architecturalFlushPage(hart, va);
  continueAfter(hart);
}

/** The instruction is done, and the next one must be fetched anew. */
export function continueAfter(hart: usize): void {
  continueAt(hart, load<u64>(hart, HART_PC) + <u64>load<i32>(hart, HART_LENGTH));
}
