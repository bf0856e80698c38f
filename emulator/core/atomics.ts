/** Atomics (unprivileged ISA 20191213, chapter 8). They are done in DRAM only, and must be aligned. */
import {
  ACCESS_READ, ACCESS_WRITE, HART_RESERVATION, HART_RESERVATION_VALUE, HART_VM,
} from './layout.ts';
import { locate, located, raiseAccess, readTarget, writeTarget } from './access.ts';
import { dramPage, NO_PAGE } from './nested-page-table.ts';
import { beginCall } from './run.ts';
import { CAUSE_LOAD_MISALIGNED, CAUSE_STORE_MISALIGNED, raise } from './trap.ts';
import { watchHit } from './watch.ts';

// funct5 of the AMO encodings.
const AMO_ADD: i32 = 0x00;
const AMO_SWAP: i32 = 0x01;
const AMO_XOR: i32 = 0x04;
const AMO_OR: i32 = 0x08;
const AMO_AND: i32 = 0x0c;
const AMO_MIN: i32 = 0x10;
const AMO_MAX: i32 = 0x14;
const AMO_MINU: i32 = 0x18;

/** Sign-extended word or doubleword. */
function loadSigned(host: usize, log2: i32): i64 {
  return log2 == 2 ? <i64>load<i32>(host) : load<i64>(host);
}

function storeSized(host: usize, log2: i32, value: i64): void {
  if (log2 == 2) store<i32>(host, <i32>value);
  else store<i64>(host, value);
}

function isMisaligned(va: u64, log2: i32): bool {
  return (va & (((1 as u64) << <u64>log2) - 1)) != 0;
}

/** DRAM page of `va` for one access and its address in `gpaOf`; NO_PAGE after a trap. */
let gpaOf: u64 = 0;
function locateAtomic(hart: usize, va: u64, log2: i32, access: i32): u32 {
  if (isMisaligned(va, log2)) {
    raise(hart, access == ACCESS_READ ? CAUSE_LOAD_MISALIGNED : CAUSE_STORE_MISALIGNED, va);
    return NO_PAGE;
  }
  const gpa = locate(hart, va, 1 << log2, access);
  if (!located) return NO_PAGE;
  gpaOf = gpa;
  const page = dramPage(<usize>load<u32>(hart, HART_VM), gpa);
  if (page == NO_PAGE) raiseAccess(hart, va, access);
  return page;
}

/** lr.w, lr.d: reserves the virtual address, as QEMU does, and remembers the value. */
export function loadReserved(hart: usize, va: u64, log2: i32, rd: usize): void {
  beginCall(hart);
  const page = locateAtomic(hart, va, log2, ACCESS_READ);
  if (page == NO_PAGE) return;
  const value = loadSigned(readTarget(hart, va, gpaOf, page), log2);
  store<u64>(hart, va, HART_RESERVATION);
  store<i64>(hart, value, HART_RESERVATION_VALUE);
  store<i64>(hart + rd, value);
  watchHit(hart, va, 1 << log2, ACCESS_READ);
}

/** sc.w, sc.d: 0 in rd if it stored, 1 if not. Without a reservation of this address, it is not even translated (as QEMU does). */
export function storeConditional(hart: usize, va: u64, log2: i32, rd: usize, value: i64): void {
  beginCall(hart);
  if (isMisaligned(va, log2)) {
    raise(hart, CAUSE_STORE_MISALIGNED, va);
    return;
  }
  let failed: i64 = 1;
  if (va == load<u64>(hart, HART_RESERVATION)) {
    const page = locateAtomic(hart, va, log2, ACCESS_WRITE);
    if (page == NO_PAGE) return;
    const host = writeTarget(hart, va, gpaOf, page, 1 << log2);
    if (host == 0) return;
    if (loadSigned(host, log2) == load<i64>(hart, HART_RESERVATION_VALUE)) {
      storeSized(host, log2, value);
      watchHit(hart, va, 1 << log2, ACCESS_WRITE);
      failed = 0;
    }
  }
  store<i64>(hart, -1, HART_RESERVATION);
  store<i64>(hart + rd, failed);
}

/** The new memory value; `old` and `operand` are sign-extended words, or doublewords. */
function combine(operation: i32, old: i64, operand: i64): i64 {
  switch (operation) {
    case AMO_ADD: return old + operand;
    case AMO_SWAP: return operand;
    case AMO_XOR: return old ^ operand;
    case AMO_OR: return old | operand;
    case AMO_AND: return old & operand;
    case AMO_MIN: return old < operand ? old : operand;
    case AMO_MAX: return old > operand ? old : operand;
    case AMO_MINU: return <u64>old < <u64>operand ? old : operand;
    default: return <u64>old > <u64>operand ? old : operand; // AMO_MAXU
  }
}

export function amo(hart: usize, va: u64, log2: i32, rd: usize, value: i64, operation: i32): void {
  beginCall(hart);
  const page = locateAtomic(hart, va, log2, ACCESS_WRITE);
  if (page == NO_PAGE) return;
  const host = writeTarget(hart, va, gpaOf, page, 1 << log2);
  if (host == 0) return;
  const old = loadSigned(host, log2);
  // Sign extension keeps the order of words, signed and unsigned.
  storeSized(host, log2, combine(operation, old, log2 == 2 ? <i64><i32>value : value));
  store<i64>(hart + rd, old);
  watchHit(hart, va, 1 << log2, ACCESS_READ | ACCESS_WRITE);
}
