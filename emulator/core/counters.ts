/** cycle, instret, time and their enables (privileged ISA 20211203, 3.1.10 to 3.1.12). One instruction is one cycle is one nanosecond. */
import {
  HART_CYCLE_OFFSET, HART_IDLE_NS, HART_INSTRET_OFFSET, HART_MCOUNTEREN, HART_MCOUNTINHIBIT, HART_SCOUNTEREN, HART_TIME_OFFSET, PRIVILEGE_M,
  PRIVILEGE_U,
} from './layout.ts';
import { privilegeOf } from './privilege.ts';

export const INHIBIT_CYCLE: u64 = 1;
export const INHIBIT_INSTRET: u64 = 4;
const INHIBIT_MASK: u64 = INHIBIT_CYCLE | INHIBIT_INSTRET;
/** mtime ticks at 10 MHz. */
const TICK_NS: u64 = 100;

/** The offset field of a counter holds its distance to icount while it counts, its value while it is inhibited. */
@inline
function offsetField(inhibit: u64): usize {
  return inhibit == INHIBIT_CYCLE ? HART_CYCLE_OFFSET : HART_INSTRET_OFFSET;
}

@inline
function isInhibited(hart: usize, inhibit: u64): bool {
  return (load<u64>(hart, HART_MCOUNTINHIBIT) & inhibit) != 0;
}

/** Value of a counter (named by its inhibit bit) when `icount` instructions were counted before. */
export function counterRead(hart: usize, inhibit: u64, icount: u64): u64 {
  const held = load<u64>(hart + offsetField(inhibit));
  return isInhibited(hart, inhibit) ? held : held + icount;
}

/** The next instruction reads `value`. `icount`: instructions counted before the present one. */
export function counterWrite(hart: usize, inhibit: u64, value: u64, icount: u64): void {
  store<u64>(hart + offsetField(inhibit), isInhibited(hart, inhibit) ? value : value - (icount + 1));
}

/** Stops or restarts one counter; the present instruction counts as before. */
function setInhibited(hart: usize, inhibit: u64, value: u64, icount: u64): void {
  if (isInhibited(hart, inhibit) == ((value & inhibit) != 0)) return;
  const at = hart + offsetField(inhibit);
  const next = icount + 1;
  store<u64>(at, isInhibited(hart, inhibit) ? load<u64>(at) - next : load<u64>(at) + next);
}

export function counterInhibitWrite(hart: usize, value: u64, icount: u64): void {
  setInhibited(hart, INHIBIT_CYCLE, value, icount);
  setInhibited(hart, INHIBIT_INSTRET, value, icount);
  store<u64>(hart, value & INHIBIT_MASK, HART_MCOUNTINHIBIT);
}

export function timeRead(hart: usize, icount: u64): u64 {
  return (icount + load<u64>(hart, HART_IDLE_NS)) / TICK_NS + load<u64>(hart, HART_TIME_OFFSET);
}

/** May the present mode read user counter `index` (0 cycle, 1 time, 2 instret, ...)? */
export function counterEnabled(hart: usize, index: i32): bool {
  const privilege = privilegeOf(hart);
  if (privilege == PRIVILEGE_M) return true;
  if (!((load<u64>(hart, HART_MCOUNTEREN) >> <u64>index) & 1)) return false;
  return privilege != PRIVILEGE_U || ((load<u64>(hart, HART_SCOUNTEREN) >> <u64>index) & 1) != 0;
}
