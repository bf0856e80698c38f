/**
 * The architectural TLB: the translations that the guest can observe. Its contents are a function of the execution alone: walks
 * fill it, sfence.vma and satp writes empty it, the fast TLB never does. It includes the fast TLB: replacing an entry empties that
 * index there (same index function).
 */
import {
  ARCH_DTLB, ARCH_DTLB_ENTRIES, ARCH_ITLB, ARCH_ITLB_ENTRIES, HART_SUPERPAGES, HART_SUPERPAGE_FILTER, PAGE_SHIFT, SUPERPAGE_FILTER_BITS,
} from './layout.ts';
import { dropDataIndex, dropFetchIndex, flushTranslated } from './fast-tlb.ts';

const VALID: u64 = 1 << 63;
const ENTRY_SHIFT: usize = 4;
const DTLB_SIZE: usize = ARCH_DTLB_ENTRIES << 4;
const ITLB_SIZE: usize = ARCH_ITLB_ENTRIES << 4;
/** Bits of an entry's PTE that hold the level of the leaf. */
export const LEVEL_SHIFT: u64 = 60;
/** Levels of Sv39 are 9 bits of the virtual page number. */
const LEVEL_BITS: u64 = 9;

@inline
function entryOf(hart: usize, vpn: u64, fetch: bool): usize {
  return fetch
    ? hart + ARCH_ITLB + ((<usize>vpn & (ARCH_ITLB_ENTRIES - 1)) << ENTRY_SHIFT)
    : hart + ARCH_DTLB + ((<usize>vpn & (ARCH_DTLB_ENTRIES - 1)) << ENTRY_SHIFT);
}

/** Byte of the filter for the 2 MiB of `vpn`. */
@inline
function filterByte(hart: usize, vpn: u64): usize {
  return hart + HART_SUPERPAGE_FILTER + ((<usize>(vpn >> LEVEL_BITS) & (SUPERPAGE_FILTER_BITS - 1)) >> 3);
}

@inline
function filterBit(vpn: u64): u32 {
  return 1 << (<u32>(vpn >> LEVEL_BITS) & 7);
}

/** The filter may be asked about any piece of the superpage of `level` that holds `vpn`. */
function noteSuperpage(hart: usize, vpn: u64, level: u64): void {
  store<u64>(hart, 1, HART_SUPERPAGES);
  if (level == 1) {
    const at = filterByte(hart, vpn);
    store<u8>(at, <u8>(<u32>load<u8>(at) | filterBit(vpn)));
  } else {
    architecturalRefresh(hart);
  }
}

/** Nothing is known about superpages, as after the TLBs were loaded. */
export function architecturalRefresh(hart: usize): void {
  memory.fill(hart + HART_SUPERPAGE_FILTER, 0xff, SUPERPAGE_FILTER_BITS >> 3);
}

/** The leaf PTE that is cached for `vpn`, 0 = none. */
export function architecturalLookup(hart: usize, vpn: u64, fetch: bool): u64 {
  const entry = entryOf(hart, vpn, fetch);
  return load<u64>(entry) == (vpn | VALID) ? load<u64>(entry, 8) : 0;
}

/** Caches a leaf PTE (see ARCH_DTLB for the form) for `vpn`. */
export function architecturalInsert(hart: usize, vpn: u64, fetch: bool, pte: u64): void {
  const entry = entryOf(hart, vpn, fetch);
  if (load<u64>(entry) == (vpn | VALID) && load<u64>(entry, 8) == pte) return;
  store<u64>(entry, vpn | VALID);
  store<u64>(entry, pte, 8);
  if (pte >> LEVEL_SHIFT) noteSuperpage(hart, vpn, pte >> LEVEL_SHIFT);
  if (fetch) dropFetchIndex(hart, vpn);
  else dropDataIndex(hart, vpn);
}

/** Empties both architectural TLBs, and the fast TLB with them. */
export function architecturalFlush(hart: usize): void {
  memory.fill(hart + ARCH_DTLB, 0, DTLB_SIZE);
  memory.fill(hart + ARCH_ITLB, 0, ITLB_SIZE);
  store<u64>(hart, 0, HART_SUPERPAGES);
  memory.fill(hart + HART_SUPERPAGE_FILTER, 0, SUPERPAGE_FILTER_BITS >> 3);
  flushTranslated(hart);
}

/** Does the entry translate `vpn`, as a 4 KiB page or as a piece of the same superpage? */
function covers(entry: usize, vpn: u64): bool {
  const tag = load<u64>(entry);
  const level = (load<u64>(entry, 8) >> LEVEL_SHIFT) & 3;
  return (tag & VALID) != 0 && ((tag & ~VALID) ^ vpn) >> (LEVEL_BITS * level) == 0;
}

/** Empties the entry at `entry` if it covers `vpn`. */
function flushEntry(hart: usize, entry: usize, vpn: u64, fetch: bool): void {
  if (!covers(entry, vpn)) return;
  const held = load<u64>(entry) & ~VALID;
  store<u64>(entry, 0);
  store<u64>(entry, 0, 8);
  if (fetch) dropFetchIndex(hart, held);
  else dropDataIndex(hart, held);
}

/** sfence.vma with an address: every cached translation of it goes, all pieces of its superpage included. */
export function architecturalFlushPage(hart: usize, va: u64): void {
  const vpn = va >> PAGE_SHIFT;
  if ((<u32>load<u8>(filterByte(hart, vpn)) & filterBit(vpn)) == 0) {
    flushEntry(hart, entryOf(hart, vpn, false), vpn, false);
    flushEntry(hart, entryOf(hart, vpn, true), vpn, true);
    return;
  }
  for (let index: u64 = 0; index < <u64>ARCH_DTLB_ENTRIES; index++) flushEntry(hart, entryOf(hart, index, false), vpn, false);
  for (let index: u64 = 0; index < <u64>ARCH_ITLB_ENTRIES; index++) flushEntry(hart, entryOf(hart, index, true), vpn, true);
}
