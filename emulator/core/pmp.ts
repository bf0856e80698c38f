/**
 * Physical memory protection, 16 entries (privileged ISA 20211203, 3.7). Where the manual leaves room this follows QEMU 7.2:
 * M-mode passes where no entry matches, S and U never do; page-table walks are checked as S-mode reads. See also mret in trap.ts.
 */
import {
  ACCESS_FETCH, ACCESS_READ, ACCESS_WRITE, HART_PMPADDR, HART_PMPCFG, HART_PMP_RANGE, HART_PMP_RANGE_ALLOWS, HART_PMP_RULES, PAGE_SIZE,
  PRIVILEGE_M,
} from './layout.ts';
import { flushTables } from './fast-tlb.ts';

const PMP_COUNT: u32 = 16;
const CFG_READ: u32 = 1;
const CFG_WRITE: u32 = 2;
const CFG_EXECUTE: u32 = 4;
const CFG_MATCH: u32 = 0x18;
const CFG_TOR: u32 = 0x08;
const CFG_NA4: u32 = 0x10;
const CFG_LOCKED: u32 = 0x80;

let rangeFirst: u64 = 0;
/** Inclusive. */
let rangeLast: u64 = 0;

@inline
function configuration(hart: usize, index: u32): u32 {
  return <u32>load<u8>(hart + index, HART_PMPCFG);
}

@inline
function address(hart: usize, index: u32): u64 {
  return load<u64>(hart + (<usize>index << 3), HART_PMPADDR);
}

/** Puts the range of entry `index` into rangeFirst and rangeLast; false if it is off or empty. */
function decodeRange(hart: usize, index: u32): bool {
  const value = address(hart, index);
  const match = configuration(hart, index) & CFG_MATCH;
  if (match == 0) return false;
  if (match == CFG_TOR) {
    rangeFirst = index == 0 ? 0 : address(hart, index - 1) << 2;
    rangeLast = (value << 2) - 1;
    return value != 0 && rangeFirst <= rangeLast;
  }
  if (match == CFG_NA4) {
    rangeFirst = value << 2;
    rangeLast = rangeFirst + 3;
    return true;
  }
  const ones = (value << 2) | 3;
  rangeFirst = ones & (ones + 1);
  rangeLast = ones | (ones + 1);
  return true;
}

function permits(cfg: u32, access: i32, privilege: i32): bool {
  if (privilege == PRIVILEGE_M && !(cfg & CFG_LOCKED)) return true;
  if (access & ACCESS_READ && !(cfg & CFG_READ)) return false;
  if (access & ACCESS_WRITE && !(cfg & CFG_WRITE)) return false;
  return !(access & ACCESS_FETCH && !(cfg & CFG_EXECUTE));
}

/** Nothing is known about any range. */
function forgetRange(hart: usize): void {
  store<u64>(hart, 1, HART_PMP_RANGE);
  store<u64>(hart, 0, HART_PMP_RANGE + 8);
}

/** Are all bytes up to `last` decided by HART_PMP_RANGE_ALLOWS, for S and U? */
@inline
function isInRange(hart: usize, gpa: u64, last: u64): bool {
  return gpa >= load<u64>(hart, HART_PMP_RANGE) && last <= load<u64>(hart, HART_PMP_RANGE + 8);
}

/** The range around `gpa` up to `last` that is decided as they are, if they are decided alike. */
function rememberRange(hart: usize, gpa: u64, last: u64): void {
  const rules = load<u32>(hart, HART_PMP_RULES);
  let from: u64 = 0;
  let to: u64 = u64.MAX_VALUE;
  let allows: u32 = 0;
  for (let index: u32 = 0; index < rules; index++) {
    if (!decodeRange(hart, index)) continue;
    if (rangeLast < gpa) {
      from = max(from, rangeLast + 1);
    } else if (rangeFirst > last) {
      to = min(to, rangeFirst - 1);
    } else {
      if (rangeFirst > gpa || rangeLast < last) return;
      from = max(from, rangeFirst);
      to = min(to, rangeLast);
      // CFG_READ, CFG_WRITE and CFG_EXECUTE are ACCESS_READ, ACCESS_WRITE and ACCESS_FETCH.
      allows = configuration(hart, index) & (CFG_READ | CFG_WRITE | CFG_EXECUTE);
      break;
    }
  }
  store<u64>(hart, from, HART_PMP_RANGE);
  store<u64>(hart, to, HART_PMP_RANGE + 8);
  store<u32>(hart, allows, HART_PMP_RANGE_ALLOWS);
}

/** May an access of `size` bytes at `gpa` be made? An entry that matches only some of its bytes refuses it. */
export function pmpAllows(hart: usize, gpa: u64, size: u64, access: i32, privilege: i32): bool {
  const last = gpa + size - 1;
  if (privilege != PRIVILEGE_M) {
    if (!isInRange(hart, gpa, last)) rememberRange(hart, gpa, last);
    if (isInRange(hart, gpa, last)) return (access & ~load<i32>(hart, HART_PMP_RANGE_ALLOWS)) == 0;
  }
  const rules = load<u32>(hart, HART_PMP_RULES);
  for (let index: u32 = 0; index < rules; index++) {
    if (!decodeRange(hart, index) || rangeFirst > last || rangeLast < gpa) continue;
    if (rangeFirst > gpa || rangeLast < last) return false;
    return permits(configuration(hart, index), access, privilege);
  }
  return privilege == PRIVILEGE_M;
}

/** Is every access of this kind to the page of `gpa` allowed, so that it may go into a fast TLB? */
export function pmpAllowsPage(hart: usize, gpa: u64, access: i32, privilege: i32): bool {
  return pmpAllows(hart, gpa & ~(<u64>PAGE_SIZE - 1), PAGE_SIZE, access, privilege);
}

/** May every halfword of the page of `gpa` be fetched? No entry matches a halfword in part. */
export function pmpAllowsFetchesOfPage(hart: usize, gpa: u64, privilege: i32): bool {
  const first = gpa & ~(<u64>PAGE_SIZE - 1);
  const last = first + PAGE_SIZE - 1;
  if (privilege != PRIVILEGE_M && isInRange(hart, first, last)) return (load<i32>(hart, HART_PMP_RANGE_ALLOWS) & ACCESS_FETCH) != 0;
  const rules = load<u32>(hart, HART_PMP_RULES);
  for (let index: u32 = 0; index < rules; index++) {
    if (!decodeRange(hart, index) || rangeFirst > last || rangeLast < first) continue;
    if (!permits(configuration(hart, index), ACCESS_FETCH, privilege)) return false;
    if (rangeFirst <= first && rangeLast >= last) return true;
  }
  return privilege == PRIVILEGE_M;
}

/** Finds the last entry that is not off, after pmpcfg changed. */
export function pmpRefresh(hart: usize): void {
  let rules = PMP_COUNT;
  while (rules != 0 && !(configuration(hart, rules - 1) & CFG_MATCH)) rules--;
  store<u32>(hart, rules, HART_PMP_RULES);
  forgetRange(hart);
}

/** pmpcfg0 (entries 0..7) or pmpcfg2 (8..15). Locked entries keep their value; the others keep reserved bits too, as QEMU does. */
export function pmpConfigurationWrite(hart: usize, first: u32, value: u64): void {
  for (let index: u32 = 0; index < 8; index++) {
    const at = hart + first + index;
    if (<u32>load<u8>(at, HART_PMPCFG) & CFG_LOCKED) continue;
    store<u8>(at, <u8>(value >> (<u64>index << 3)), HART_PMPCFG);
  }
  pmpRefresh(hart);
  flushTables(hart);
}

/** pmpaddr: ignored if the entry is locked, or the next one is and begins there. */
export function pmpAddressWrite(hart: usize, index: u32, value: u64): void {
  if (configuration(hart, index) & CFG_LOCKED) return;
  if (index + 1 < PMP_COUNT) {
    const next = configuration(hart, index + 1);
    if (next & CFG_LOCKED && (next & CFG_MATCH) == CFG_TOR) return;
  }
  store<u64>(hart + (<usize>index << 3), value, HART_PMPADDR);
  forgetRange(hart);
  flushTables(hart);
}
