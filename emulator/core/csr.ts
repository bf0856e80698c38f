/** The CSR instructions: access checks, read, modify, write (privileged ISA 20211203, 2.1; unprivileged ISA, chapter 9). */
import {
  HART_ICOUNT, HART_MSTATUS, HART_RESULT, PRIVILEGE_S,
} from './layout.ts';
import { CSR_CYCLE, CSR_FCSR, CSR_FFLAGS, CSR_HPMCOUNTER31, CSR_SATP } from './csr-numbers.ts';
import { counterEnabled } from './counters.ts';
import { csrExists, csrRead } from './csr-read.ts';
import { csrWrite, EFFECT_INTERRUPTS, EFFECT_REFETCH } from './csr-write.ts';
import { MSTATUS_FS, MSTATUS_TVM, privilegeOf } from './privilege.ts';
import { beginCall, icountBefore } from './run.ts';
import { continueAfter, leaveIfInterruptible, raiseIllegal } from './trap.ts';

const OPERATION_WRITE: i32 = 1;
const OPERATION_SET: i32 = 2;
const FLAG_WRITES: i32 = 1;
const READ_ONLY: i32 = 3;

/** May the present mode make this access, as far as the number and mstatus tell? */
function isAllowed(hart: usize, number: i32, writes: bool): bool {
  const privilege = privilegeOf(hart);
  if (((number >> 8) & 3) > privilege) return false;
  if (writes && number >> 10 == READ_ONLY) return false;
  if (number >= CSR_FFLAGS && number <= CSR_FCSR) return (load<u64>(hart, HART_MSTATUS) & MSTATUS_FS) != 0;
  if (number >= CSR_CYCLE && number <= CSR_HPMCOUNTER31) return counterEnabled(hart, number - CSR_CYCLE);
  if (number == CSR_SATP && privilege == PRIVILEGE_S) return !(load<u64>(hart, HART_MSTATUS) & MSTATUS_TVM);
  return true;
}

/** csrrw (operation 1), csrrs (2), csrrc (3); `flags` bit 0: does write, bit 1: does read. Writes rd itself. */
export function csr(hart: usize, number: i32, operation: i32, operand: u64, rd: usize, flags: i32): void {
  beginCall(hart);
  const writes = (flags & FLAG_WRITES) != 0;
  const icount = icountBefore(hart);
  const old = csrRead(hart, number, icount);
  if (!csrExists || !isAllowed(hart, number, writes)) {
    raiseIllegal(hart);
    return;
  }
  store<u64>(hart + rd, old);
  if (!writes) return;
  let value = operand;
  let mask = operand;
  if (operation == OPERATION_WRITE) mask = ~(<u64>0);
  else if (operation == OPERATION_SET) value = old | operand;
  else value = old & ~operand;
  const effects = csrWrite(hart, number, value, mask, icount);
  if (effects & EFFECT_REFETCH) continueAfter(hart);
  if (effects & EFFECT_INTERRUPTS) leaveIfInterruptible(hart);
}

/** Reads a CSR between runs, without side effects and privilege check: value in HART_RESULT; 0 = no such CSR. */
export function csrPeek(hart: usize, number: i32): i32 {
  const value = csrRead(hart, number, load<u64>(hart, HART_ICOUNT));
  if (!csrExists) return 0;
  store<u64>(hart, value, HART_RESULT);
  return 1;
}
