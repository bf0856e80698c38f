/** A hart's power-on state, and what follows from its registers. */
import {
  ACCESS_FETCH, HART_CROSSING_PAGE, HART_ID, HART_MISA, HART_MSTATUS, HART_PC, HART_PRIVILEGE, HART_RESERVATION, HART_RESULT,
  HART_SKIP_BREAK_AT, HART_STRIDE, HART_VM, HART_X, POOL_HARTS, PRIVILEGE_M,
} from './layout.ts';
import { architecturalRefresh } from './architectural-tlb.ts';
import { MISA } from './csr-numbers.ts';
import { writeGuardSlots } from './code-pages.ts';
import { flushInitially, flushTables, hartIndex } from './fast-tlb.ts';
import { failure, FAILURE_NONE, translateQuietly } from './mmu.ts';
import { pmpRefresh } from './pmp.ts';
import { dataPrivilege, MSTATUS_XL, privilegeOf, selectBanks } from './privilege.ts';

/** Power-on state: M-mode, all CSRs zero but the fixed fields, pc given by the driver afterwards. */
export function hartReset(hart: usize, vm: usize, hartId: u32): void {
  memory.fill(hart, 0, HART_STRIDE);
  store<u32>(POOL_HARTS, load<u32>(POOL_HARTS) | (1 << hartIndex(hart)));
  store<u32>(hart, <u32>vm, HART_VM);
  store<u64>(hart, <u64>hartId, HART_ID);
  store<i32>(hart, PRIVILEGE_M, HART_PRIVILEGE);
  store<u64>(hart, MISA, HART_MISA);
  store<u64>(hart, MSTATUS_XL, HART_MSTATUS);
  store<i64>(hart, -1, HART_RESERVATION);
  store<i32>(hart, -1, HART_SKIP_BREAK_AT);
  writeGuardSlots(hart + HART_CROSSING_PAGE);
  flushInitially(hart);
  pmpRefresh(hart);
  selectBanks(hart);
}

/** Recomputes what is derived from the registers and empties the fast TLBs, after registers were loaded or edited. */
export function hartRefresh(hart: usize): void {
  flushTables(hart);
  architecturalRefresh(hart);
  pmpRefresh(hart);
  selectBanks(hart);
}

/** Translates as the guest would for `access`, without effects and permissions: gpa in HART_RESULT; 0 = unmapped. */
export function debugTranslate(hart: usize, vaLow: u32, vaHigh: u32, access: i32): i32 {
  const va = <u64>vaLow | (<u64>vaHigh << 32);
  const privilege = access == ACCESS_FETCH ? privilegeOf(hart) : dataPrivilege(hart);
  const gpa = translateQuietly(hart, va, access, privilege);
  if (failure != FAILURE_NONE) return 0;
  store<u64>(hart, gpa, HART_RESULT);
  return 1;
}
