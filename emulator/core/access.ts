/**
 * Loads and stores that missed the fast TLB: translation, protection, devices, misalignment, watchpoints; fills the fast TLB
 * when every further access to the page would be plain.
 */
import {
  ACCESS_READ, ACCESS_WRITE, HART_RESULT, HART_VM, PAGE_SHIFT, PAGE_SIZE,
} from './layout.ts';
import { codeStored } from './code-pages.ts';
import { fillRead, fillWrite, watchedReadHost, watchedWriteHost } from './fast-tlb.ts';
import { frameCode } from './frame-pool.ts';
import { failure, FAILURE_ACCESS, FAILURE_FRAMES, FAILURE_NONE, translate } from './mmu.ts';
import { dramPage, NO_PAGE, readPage, readPageMarked, writePage } from './nested-page-table.ts';
import { pmpAllows, pmpAllowsPage } from './pmp.ts';
import { dataPrivilege } from './privilege.ts';
import { beginCall } from './run.ts';
import { CAUSE_LOAD_ACCESS, CAUSE_STORE_ACCESS, raiseFailure } from './trap.ts';
import { watchesPage, watchHit } from './watch.ts';

@external("driver", "mmioLoad")
declare function mmioLoad(hart: f64, gpa: f64, size: i32): i32;
@external("driver", "mmioStore")
declare function mmioStore(hart: f64, gpa: f64, size: i32): i32;

const OFFSET: u64 = PAGE_SIZE - 1;
const MMIO_END: u64 = 1 << 32;

/** Did the last `locate` succeed? If not it raised the trap. */
export let located: bool = false;
/** Does PMP allow that kind of access everywhere in the page that the last `locate` found? Only then it may go into the fast TLB. */
let pageAllowed: bool = false;

/** Physical address of an access within one page; raises the trap and clears `located` if it must not be made. */
export function locate(hart: usize, va: u64, size: u32, access: i32): u64 {
  const privilege = dataPrivilege(hart);
  const gpa = translate(hart, va, access, privilege);
  let reason = failure;
  if (reason == FAILURE_NONE) {
    pageAllowed = pmpAllowsPage(hart, gpa, access, privilege);
    if (!pageAllowed && !pmpAllows(hart, gpa, size, access, privilege)) reason = FAILURE_ACCESS;
  }
  located = reason == FAILURE_NONE;
  if (!located) raiseFailure(hart, reason, access == ACCESS_WRITE ? CAUSE_STORE_ACCESS : CAUSE_LOAD_ACCESS, va);
  return gpa;
}

/** The access has no memory or device behind it. */
export function raiseAccess(hart: usize, va: u64, access: i32): void {
  raiseFailure(hart, FAILURE_ACCESS, access == ACCESS_WRITE ? CAUSE_STORE_ACCESS : CAUSE_LOAD_ACCESS, va);
}

function loadHost(host: usize, log2: i32): u64 {
  if (log2 == 0) return <u64>load<u8>(host);
  if (log2 == 1) return <u64>load<u16>(host);
  if (log2 == 2) return <u64>load<u32>(host);
  return load<u64>(host);
}

function storeHost(host: usize, log2: i32, value: u64): void {
  if (log2 == 0) store<u8>(host, <u8>value);
  else if (log2 == 1) store<u16>(host, <u16>value);
  else if (log2 == 2) store<u32>(host, <u32>value);
  else store<u64>(host, value);
}

/** Host address of DRAM at `gpa`, which `locate` found, for reading. */
export function readTarget(hart: usize, va: u64, gpa: u64, page: u32): usize {
  const host = readPage(<usize>load<u32>(hart, HART_VM), page);
  if (readPageMarked && pageAllowed) fillRead(hart, va, host, watchesPage(hart, va));
  return host + <usize>(gpa & OFFSET);
}

/** The same for writing `size` bytes; 0 if the pool is full (then the run leaves and the instruction is undone). */
export function writeTarget(hart: usize, va: u64, gpa: u64, page: u32, size: u32): usize {
  const vm = <usize>load<u32>(hart, HART_VM);
  const host = writePage(vm, page);
  if (host == 0) {
    raiseFailure(hart, FAILURE_FRAMES, CAUSE_STORE_ACCESS, va);
    return 0;
  }
  const codePage = frameCode(<u32>(host >>> PAGE_SHIFT));
  if (codePage != 0) codeStored(vm, codePage, <u32>(gpa & OFFSET), size);
  else if (pageAllowed) fillWrite(hart, va, host, watchesPage(hart, va));
  return host + <usize>(gpa & OFFSET);
}

/** The 64-bit value cut to `size` bytes. */
function truncate(value: u64, log2: i32): u64 {
  return log2 == 3 ? value : value & (((1 as u64) << (<u64>8 << <u64>log2)) - 1);
}

function deviceLoad(hart: usize, va: u64, gpa: u64, log2: i32): u64 {
  const size: u32 = 1 << log2;
  if (gpa >= MMIO_END || gpa & (<u64>size - 1) || mmioLoad(<f64>hart, <f64>gpa, size) == 0) {
    raiseAccess(hart, va, ACCESS_READ);
    return 0;
  }
  watchHit(hart, va, size, ACCESS_READ);
  return truncate(load<u64>(hart, HART_RESULT), log2);
}

function deviceStore(hart: usize, va: u64, gpa: u64, log2: i32, value: u64): void {
  const size: u32 = 1 << log2;
  store<u64>(hart, truncate(value, log2), HART_RESULT);
  if (gpa >= MMIO_END || gpa & (<u64>size - 1) || mmioStore(<f64>hart, <f64>gpa, size) == 0) raiseAccess(hart, va, ACCESS_WRITE);
  else watchHit(hart, va, size, ACCESS_WRITE);
}

/** The zero-extended value at `va`. (Named for the export: `load` is a builtin here.) */
export function slowLoad(hart: usize, va: u64, log2: i32): u64 {
  beginCall(hart);
  const size: u32 = 1 << log2;
  const watched = watchedReadHost(hart, va, size);
  if (watched != 0) {
    watchHit(hart, va, size, ACCESS_READ);
    return loadHost(watched, log2);
  }
  if ((va & OFFSET) + <u64>size > <u64>PAGE_SIZE) return loadAcross(hart, va, size);
  const gpa = locate(hart, va, size, ACCESS_READ);
  if (!located) return 0;
  const page = dramPage(<usize>load<u32>(hart, HART_VM), gpa);
  if (page == NO_PAGE) return deviceLoad(hart, va, gpa, log2);
  const host = readTarget(hart, va, gpa, page);
  watchHit(hart, va, size, ACCESS_READ);
  return loadHost(host, log2);
}

export function slowStore(hart: usize, va: u64, log2: i32, value: u64): void {
  beginCall(hart);
  const size: u32 = 1 << log2;
  const watched = watchedWriteHost(hart, va, size);
  if (watched != 0) {
    storeHost(watched, log2, value);
    watchHit(hart, va, size, ACCESS_WRITE);
    return;
  }
  if ((va & OFFSET) + <u64>size > <u64>PAGE_SIZE) {
    storeAcross(hart, va, size, value);
    return;
  }
  const gpa = locate(hart, va, size, ACCESS_WRITE);
  if (!located) return;
  const page = dramPage(<usize>load<u32>(hart, HART_VM), gpa);
  if (page == NO_PAGE) {
    deviceStore(hart, va, gpa, log2, value);
    return;
  }
  const host = writeTarget(hart, va, gpa, page, size);
  if (host == 0) return;
  storeHost(host, log2, value);
  watchHit(hart, va, size, ACCESS_WRITE);
}

/** Where the two halves of an access across a page boundary are; set by locateAcross. */
let gpaFirst: u64 = 0;
let gpaSecond: u64 = 0;

/** Both pages are translated before anything is read or written; false = a trap was raised. */
function locateAcross(hart: usize, va: u64, size: u32, access: i32): bool {
  const second = (va | OFFSET) + 1;
  const sizeFirst = <u32>(second - va);
  gpaFirst = locate(hart, va, sizeFirst, access);
  if (!located) return false;
  gpaSecond = locate(hart, second, size - sizeFirst, access);
  if (!located) return false;
  // It was decided for the second page alone.
  pageAllowed = false;
  const vm = <usize>load<u32>(hart, HART_VM);
  const isMemory = dramPage(vm, gpaFirst) != NO_PAGE && dramPage(vm, gpaSecond) != NO_PAGE;
  if (!isMemory) raiseAccess(hart, va, access);
  return isMemory;
}

function loadAcross(hart: usize, va: u64, size: u32): u64 {
  if (!locateAcross(hart, va, size, ACCESS_READ)) return 0;
  const vm = <usize>load<u32>(hart, HART_VM);
  const second = (va | OFFSET) + 1;
  const sizeFirst = <u32>(second - va);
  const first = readTarget(hart, va, gpaFirst, dramPage(vm, gpaFirst));
  const rest = readTarget(hart, second, gpaSecond, dramPage(vm, gpaSecond));
  let value: u64 = 0;
  for (let index: u32 = 0; index < size; index++) {
    const at = index < sizeFirst ? first + index : rest + (index - sizeFirst);
    value |= <u64>load<u8>(at) << (<u64>index << 3);
  }
  watchHit(hart, va, size, ACCESS_READ);
  return value;
}

function storeAcross(hart: usize, va: u64, size: u32, value: u64): void {
  if (!locateAcross(hart, va, size, ACCESS_WRITE)) return;
  const vm = <usize>load<u32>(hart, HART_VM);
  const second = (va | OFFSET) + 1;
  const sizeFirst = <u32>(second - va);
  const first = writeTarget(hart, va, gpaFirst, dramPage(vm, gpaFirst), sizeFirst);
  if (first == 0) return;
  const rest = writeTarget(hart, second, gpaSecond, dramPage(vm, gpaSecond), size - sizeFirst);
  if (rest == 0) return;
  for (let index: u32 = 0; index < size; index++) {
    const at = index < sizeFirst ? first + index : rest + (index - sizeFirst);
    store<u8>(at, <u8>(value >> (<u64>index << 3)));
  }
  watchHit(hart, va, size, ACCESS_WRITE);
}
