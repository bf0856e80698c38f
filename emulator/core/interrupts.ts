/** Interrupts: pending, enabled, delegated, taken (privileged ISA 20211203, 3.1.9 and 4.1.3). */
import {
  HART_EXTERNAL_SEIP, HART_MIDELEG, HART_MIE, HART_MIP, HART_MSTATUS, HART_WAITING, PRIVILEGE_M, PRIVILEGE_S, REASON_EVENT,
} from './layout.ts';
import { MSTATUS_MIE, MSTATUS_SIE, privilegeOf } from './privilege.ts';
import { stopAfter } from './run.ts';
import { enterTrap } from './trap.ts';

export const INTERRUPT_SSI: u64 = 1;
export const INTERRUPT_MSI: u64 = 3;
export const INTERRUPT_STI: u64 = 5;
export const INTERRUPT_MTI: u64 = 7;
export const INTERRUPT_SEI: u64 = 9;
export const INTERRUPT_MEI: u64 = 11;

/** mip as software reads it: SEIP is the software bit or the external line. */
export function pendingInterrupts(hart: usize): u64 {
  return load<u64>(hart, HART_MIP) | (load<u64>(hart, HART_EXTERNAL_SEIP) << INTERRUPT_SEI);
}

/** Pending interrupts that can be taken now, all of the most privileged target mode that has any. */
function takeable(hart: usize): u64 {
  const enabled = pendingInterrupts(hart) & load<u64>(hart, HART_MIE);
  if (enabled == 0) return 0;
  const privilege = privilegeOf(hart);
  const status = load<u64>(hart, HART_MSTATUS);
  const delegated = load<u64>(hart, HART_MIDELEG);
  if (privilege != PRIVILEGE_M || status & MSTATUS_MIE) {
    const machine = enabled & ~delegated;
    if (machine != 0) return machine;
  }
  if (privilege < PRIVILEGE_S || (privilege == PRIVILEGE_S && status & MSTATUS_SIE)) return enabled & delegated;
  return 0;
}

/** 1 if an interrupt can be taken now. */
export function interruptDeliverable(hart: usize): i32 {
  return takeable(hart) != 0 ? 1 : 0;
}

/** Order of service: MEI, MSI, MTI, SEI, SSI, STI. */
function highest(interrupts: u64): u64 {
  if ((interrupts >> INTERRUPT_MEI) & 1) return INTERRUPT_MEI;
  if ((interrupts >> INTERRUPT_MSI) & 1) return INTERRUPT_MSI;
  if ((interrupts >> INTERRUPT_MTI) & 1) return INTERRUPT_MTI;
  if ((interrupts >> INTERRUPT_SEI) & 1) return INTERRUPT_SEI;
  if ((interrupts >> INTERRUPT_SSI) & 1) return INTERRUPT_SSI;
  return INTERRUPT_STI;
}

/** Takes the highest-priority deliverable interrupt, if any: 1 = HART_PC is now the handler. */
export function interruptTake(hart: usize): i32 {
  if (pendingInterrupts(hart) & load<u64>(hart, HART_MIE)) store<i32>(hart, 0, HART_WAITING);
  const interrupts = takeable(hart);
  if (interrupts == 0) return 0;
  enterTrap(hart, highest(interrupts), 0, true);
  return 1;
}

/** Sets or clears a bit of mip that a device drives (3 MSIP, 7 MTIP, 11 MEIP; 9 = the external SEIP line). */
export function interruptLine(hart: usize, bit: u32, level: i32): void {
  if (<u64>bit == INTERRUPT_SEI) {
    store<u64>(hart, level != 0 ? 1 : 0, HART_EXTERNAL_SEIP);
  } else {
    const mask: u64 = (1 as u64) << <u64>bit;
    const pending = load<u64>(hart, HART_MIP);
    store<u64>(hart, level != 0 ? pending | mask : pending & ~mask, HART_MIP);
  }
  if (level != 0 && takeable(hart) != 0) stopAfter(hart, REASON_EVENT);
}
