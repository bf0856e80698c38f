/** mstatus bits, the effective privilege of data accesses, and the TLB banks that follow from them (privileged ISA 20211203, 3.1.6). */
import {
  FAST_TLB, FAST_TLB_BANK_STRIDE, FETCH_TLB, FETCH_TLB_BANK_STRIDE, HART_DATA_BANK, HART_FETCH_BANK, HART_MSTATUS, HART_PRIVILEGE,
  HART_RESERVATION, PRIVILEGE_M, PRIVILEGE_S, PRIVILEGE_U,
} from './layout.ts';

export const MSTATUS_SIE: u64 = 1 << 1;
export const MSTATUS_MIE: u64 = 1 << 3;
export const MSTATUS_SPIE: u64 = 1 << 5;
export const MSTATUS_MPIE: u64 = 1 << 7;
export const MSTATUS_SPP: u64 = 1 << 8;
export const MSTATUS_MPP_SHIFT: u64 = 11;
export const MSTATUS_MPP: u64 = 3 << 11;
export const MSTATUS_FS: u64 = 3 << 13;
export const MSTATUS_MPRV: u64 = 1 << 17;
export const MSTATUS_SUM: u64 = 1 << 18;
export const MSTATUS_MXR: u64 = 1 << 19;
export const MSTATUS_TVM: u64 = 1 << 20;
export const MSTATUS_TW: u64 = 1 << 21;
export const MSTATUS_TSR: u64 = 1 << 22;
/** UXL and SXL: 2, 64 bits, fixed. */
export const MSTATUS_XL: u64 = 0xa00000000;
export const MSTATUS_SD: u64 = 1 << 63;

@inline
export function privilegeOf(hart: usize): i32 {
  return load<i32>(hart, HART_PRIVILEGE);
}

/** Privilege that loads and stores have: MPP in M-mode with MPRV. */
export function dataPrivilege(hart: usize): i32 {
  const privilege = load<i32>(hart, HART_PRIVILEGE);
  if (privilege != PRIVILEGE_M) return privilege;
  const status = load<u64>(hart, HART_MSTATUS);
  return status & MSTATUS_MPRV ? <i32>((status & MSTATUS_MPP) >> MSTATUS_MPP_SHIFT) : PRIVILEGE_M;
}

/** Recomputes HART_DATA_BANK and HART_FETCH_BANK. Returns true if the data bank changed. */
export function selectBanks(hart: usize): bool {
  const privilege = load<i32>(hart, HART_PRIVILEGE);
  const fetchBank: usize = privilege == PRIVILEGE_M ? 0 : privilege == PRIVILEGE_S ? 1 : 2;
  store<u32>(hart, <u32>(hart + FETCH_TLB + fetchBank * FETCH_TLB_BANK_STRIDE), HART_FETCH_BANK);
  const effective = dataPrivilege(hart);
  let dataBank: usize = 0;
  if (effective == PRIVILEGE_S) dataBank = load<u64>(hart, HART_MSTATUS) & MSTATUS_SUM ? 2 : 1;
  else if (effective == PRIVILEGE_U) dataBank = 3;
  const bank = <u32>(hart + FAST_TLB + dataBank * FAST_TLB_BANK_STRIDE);
  const changed = bank != load<u32>(hart, HART_DATA_BANK);
  store<u32>(hart, bank, HART_DATA_BANK);
  return changed;
}

/** Enters a privilege mode: traps and returns from them. A reservation does not survive it. */
export function enterPrivilege(hart: usize, privilege: i32): void {
  store<i32>(hart, privilege, HART_PRIVILEGE);
  store<i64>(hart, -1, HART_RESERVATION);
  selectBanks(hart);
}
