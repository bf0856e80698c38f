/** Address translation: Sv39 with hardware update of A and D (privileged ISA 20211203, 4.3.2 and 4.4). */
import {
  ACCESS_FETCH, ACCESS_READ, ACCESS_WRITE, HART_MSTATUS, HART_SATP, HART_VM, PAGE_SHIFT, PAGE_SIZE, PRIVILEGE_M, PRIVILEGE_S,
  PRIVILEGE_U,
} from './layout.ts';
import { architecturalInsert, architecturalLookup, LEVEL_SHIFT } from './architectural-tlb.ts';
import { dramPage, NO_PAGE, peekPage, readPage, writePage } from './nested-page-table.ts';
import { frameCode } from './frame-pool.ts';
import { codeStored } from './code-pages.ts';
import { pmpAllows } from './pmp.ts';
import { MSTATUS_MXR, MSTATUS_SUM } from './privilege.ts';

export const FAILURE_NONE: i32 = 0;
export const FAILURE_PAGE: i32 = 1;
export const FAILURE_ACCESS: i32 = 2;
export const FAILURE_FRAMES: i32 = 3;

/** Why the last translation failed, FAILURE_NONE if it did not. */
export let failure: i32 = 0;

const PTE_V: u64 = 1 << 0;
const PTE_R: u64 = 1 << 1;
const PTE_W: u64 = 1 << 2;
const PTE_X: u64 = 1 << 3;
const PTE_U: u64 = 1 << 4;
const PTE_A: u64 = 1 << 6;
const PTE_D: u64 = 1 << 7;
const PTE_PPN_SHIFT: u64 = 10;
const PTE_PPN: u64 = (1 << 44) - 1;
/** Bits 63..54: reserved without Svnapot and Svpbmt, must be zero. */
const PTE_RESERVED_SHIFT: u64 = 54;
const SATP_PPN: u64 = (1 << 44) - 1;
const LEVEL_BITS: u64 = 9;
const OFFSET: u64 = PAGE_SIZE - 1;
/** Sv39 addresses have 39 bits and are sign-extended from them. */
const CANONICAL_SHIFT: i64 = 25;

/** Does `access` at `privilege` translate (rather than being bare)? */
@inline
function isTranslated(hart: usize, privilege: i32): bool {
  return privilege != PRIVILEGE_M && load<u64>(hart, HART_SATP) >> 60 != 0;
}

@inline
function isCanonical(va: u64): bool {
  return (<i64>va << CANONICAL_SHIFT) >> CANONICAL_SHIFT == <i64>va;
}

/** Does a leaf PTE allow the access, A and D aside? */
function permits(hart: usize, pte: u64, access: i32, privilege: i32): bool {
  const status = load<u64>(hart, HART_MSTATUS);
  if (pte & PTE_U) {
    if (privilege == PRIVILEGE_S && (access == ACCESS_FETCH || !(status & MSTATUS_SUM))) return false;
  } else if (privilege == PRIVILEGE_U) {
    return false;
  }
  if (access == ACCESS_FETCH) return (pte & PTE_X) != 0;
  if (access == ACCESS_WRITE) return (pte & PTE_W) != 0;
  return (pte & (status & MSTATUS_MXR ? PTE_R | PTE_X : PTE_R)) != 0;
}

@inline
function physical(pte: u64, va: u64): u64 {
  return (((pte >> PTE_PPN_SHIFT) & PTE_PPN) << PAGE_SHIFT) | (va & OFFSET);
}

/** Address of `va` for one access, or `failure`. `access` is one ACCESS_* bit. */
export function translate(hart: usize, va: u64, access: i32, privilege: i32): u64 {
  failure = FAILURE_NONE;
  if (!isTranslated(hart, privilege)) return va;
  if (!isCanonical(va)) {
    failure = FAILURE_PAGE;
    return 0;
  }
  const pte = architecturalLookup(hart, va >> PAGE_SHIFT, access == ACCESS_FETCH);
  // A cached PTE that refuses, or whose D is not set yet, is walked again.
  if (pte != 0 && permits(hart, pte, access, privilege) && (access != ACCESS_WRITE || pte & PTE_D)) return physical(pte, va);
  return walk(hart, va, access, privilege);
}

function fail(reason: i32): u64 {
  failure = reason;
  return 0;
}

/** Is the PTE malformed at any level? */
@inline
function isInvalid(pte: u64): bool {
  return !(pte & PTE_V) || (pte & (PTE_R | PTE_W)) == PTE_W || pte >> PTE_RESERVED_SHIFT != 0;
}

function walk(hart: usize, va: u64, access: i32, privilege: i32): u64 {
  const vm = <usize>load<u32>(hart, HART_VM);
  let table = (load<u64>(hart, HART_SATP) & SATP_PPN) << PAGE_SHIFT;
  for (let level: i32 = 2; level >= 0; level--) {
    const shift = LEVEL_BITS * <u64>level;
    const pteAddress = table + (((va >> (<u64>PAGE_SHIFT + shift)) & 511) << 3);
    const page = dramPage(vm, pteAddress);
    if (page == NO_PAGE || !pmpAllows(hart, pteAddress, 8, ACCESS_READ, PRIVILEGE_S)) return fail(FAILURE_ACCESS);
    const pte = load<u64>(readPage(vm, page) + <usize>(pteAddress & OFFSET));
    if (isInvalid(pte)) return fail(FAILURE_PAGE);
    if (!(pte & (PTE_R | PTE_W | PTE_X))) {
      if (pte & (PTE_A | PTE_D | PTE_U)) return fail(FAILURE_PAGE);
      table = (pte >> PTE_PPN_SHIFT) << PAGE_SHIFT;
      continue;
    }
    const within: u64 = ((1 as u64) << shift) - 1;
    if (!permits(hart, pte, access, privilege) || (pte >> PTE_PPN_SHIFT) & within) return fail(FAILURE_PAGE);
    const updated = pte | PTE_A | (access == ACCESS_WRITE ? PTE_D : 0);
    if (updated != pte && !storePte(vm, page, pteAddress, updated)) return fail(FAILURE_FRAMES);
    const vpn = va >> PAGE_SHIFT;
    const cached = updated | ((vpn & within) << PTE_PPN_SHIFT) | (<u64>level << LEVEL_SHIFT);
    architecturalInsert(hart, vpn, access == ACCESS_FETCH, cached);
    return physical(cached, va);
  }
  return fail(FAILURE_PAGE);
}

/** Writes a PTE back; false if the pool is full. */
function storePte(vm: usize, page: u32, gpa: u64, pte: u64): bool {
  const host = writePage(vm, page);
  if (host == 0) return false;
  const offset = <u32>(gpa & OFFSET);
  store<u64>(host + offset, pte);
  const codePage = frameCode(<u32>(host >>> PAGE_SHIFT));
  if (codePage != 0) codeStored(vm, codePage, offset, 8);
  return true;
}

/** Translates without any effect and without checking permissions; `failure` tells whether `va` is mapped. */
export function translateQuietly(hart: usize, va: u64, access: i32, privilege: i32): u64 {
  failure = FAILURE_NONE;
  if (!isTranslated(hart, privilege)) return va;
  if (!isCanonical(va)) return fail(FAILURE_PAGE);
  const cached = architecturalLookup(hart, va >> PAGE_SHIFT, access == ACCESS_FETCH);
  if (cached != 0) return physical(cached, va);
  const vm = <usize>load<u32>(hart, HART_VM);
  let table = (load<u64>(hart, HART_SATP) & SATP_PPN) << PAGE_SHIFT;
  for (let level: i32 = 2; level >= 0; level--) {
    const shift = LEVEL_BITS * <u64>level;
    const pteAddress = table + (((va >> (<u64>PAGE_SHIFT + shift)) & 511) << 3);
    const page = dramPage(vm, pteAddress);
    if (page == NO_PAGE) return fail(FAILURE_ACCESS);
    const pte = load<u64>(peekPage(vm, page) + <usize>(pteAddress & OFFSET));
    if (isInvalid(pte)) return fail(FAILURE_PAGE);
    table = (pte >> PTE_PPN_SHIFT) << PAGE_SHIFT;
    if (!(pte & (PTE_R | PTE_W | PTE_X))) continue;
    const within: u64 = ((1 as u64) << (shift + PAGE_SHIFT)) - 1;
    return (table & ~within) | (va & within);
  }
  return fail(FAILURE_PAGE);
}
