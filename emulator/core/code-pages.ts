/**
 * Predecoded code pages: which frame has one, and when its slots are out of date. They are keyed by frame, so checkpoints and
 * restores never make one stale. The TypeScript predecoder fills slots; it finds the bytes through CODE_PAGE_OWNER.
 *
 * Translated regions (engine/translator.ts) belong to a code page too, and are found through its slots. All regions of a page are
 * dropped together, when any byte that one of them is made from changes.
 */
import {
  CODE_GUARD_SLOTS, CODE_PAGES, CODE_PAGE_COUNT, CODE_PAGE_FETCHED, CODE_PAGE_OWNER, CODE_PAGE_STORES, CODE_PAGE_STORES_LIMIT,
  CODE_PAGE_STAMP, CODE_PAGE_STRIDE, CODE_SLOTS, HANDLER_PAGE_END, HANDLER_UNDECODED, HART_CROSSING_RAW, POOL_CODE_NEXT,
  POOL_REGION_DROPS, REGION_NONE, SLOT_REGION, SLOT_SIZE, SLOT_TRANSLATED,
} from './layout.ts';
import { frameCode, setFrameCode } from './frame-pool.ts';
import { flushFetchOf, forgetWrites, hartIndex, nextHart } from './fast-tlb.ts';
import { stopHartsOf } from './run.ts';

/** Stores into a code page after which it is first asked whether it still runs. */
const STORES_LIMIT_FIRST: u32 = 256;
const STORES_LIMIT_MAX: u32 = 1 << 20;

@inline
function codePageAddress(index: u32): usize {
  return <usize>CODE_PAGES + <usize>index * CODE_PAGE_STRIDE;
}

/** Writes the guard slots behind the slots of a page. */
export function writeGuardSlots(codePage: usize): void {
  for (let slot: usize = CODE_SLOTS; slot < <usize>(CODE_SLOTS + CODE_GUARD_SLOTS); slot++) {
    store<u16>(codePage + slot * SLOT_SIZE, HANDLER_PAGE_END);
  }
}

/** The frame lost its last reference, or its code page is given to another frame. */
export function codePageFree(codePage: usize): void {
  codeDropRegions(codePage);
  setFrameCode(load<u32>(codePage, CODE_PAGE_OWNER), 0);
  store<u32>(codePage, 0, CODE_PAGE_OWNER);
}

/**
 * The next code page, all zeros, first in first out. The owner of a page in use loses it; all fetch TLBs are then emptied. One that
 * was never used is zeros already, and not filled: the host gives it memory only where code is decoded, a small part of most pages.
 */
function codePageTake(): usize {
  const count = load<u32>(POOL_CODE_NEXT);
  store<u32>(POOL_CODE_NEXT, count + 1 == 2 * CODE_PAGE_COUNT ? CODE_PAGE_COUNT : count + 1);
  const codePage = codePageAddress(count % CODE_PAGE_COUNT);
  if (count >= <u32>CODE_PAGE_COUNT) {
    if (load<u32>(codePage, CODE_PAGE_OWNER) != 0) codePageFree(codePage);
    memory.fill(codePage, 0, CODE_PAGE_STRIDE);
    flushFetchOf(0);
  }
  return codePage;
}

/** The predecoded page of `frame`, made if there is none; from then on no fast write table of `vm` leads to the frame. */
export function codePageOf(vm: usize, frame: u32): usize {
  let codePage = frameCode(frame);
  if (codePage == 0) {
    codePage = codePageTake();
    writeGuardSlots(codePage);
    store<u32>(codePage, frame, CODE_PAGE_OWNER);
    store<u32>(codePage, STORES_LIMIT_FIRST, CODE_PAGE_STORES_LIMIT);
    setFrameCode(frame, codePage);
    forgetWrites(vm, frame);
  }
  store<u32>(codePage, 1, CODE_PAGE_FETCHED);
  return codePage;
}

/** No slot of the page leads to a region any more; what ran often is counted anew. */
function codeDropRegions(codePage: usize): void {
  if (load<u32>(codePage, CODE_PAGE_STAMP) == 0) return;
  store<u32>(codePage, 0, CODE_PAGE_STAMP);
  store<u32>(POOL_REGION_DROPS, load<u32>(POOL_REGION_DROPS) + 1);
  const end = codePage + <usize>CODE_SLOTS * SLOT_SIZE;
  for (let slot = codePage; slot < end; slot += SLOT_SIZE) store<u32>(slot, 0, SLOT_REGION);
}

/**
 * Bytes `offset` .. `offset + size` of the page changed: resets the slots that they overlap, from one slot before. If a region is
 * made from such bytes, the page's regions are dropped and the harts of `vm` leave after this instruction: one may be in a region.
 */
export function codeForgetBytes(vm: usize, codePage: usize, offset: u32, size: u32): void {
  const first = offset >>> 1;
  const last = (offset + size - 1) >>> 1;
  if (first != 0) store<u16>(codePage + <usize>(first - 1) * SLOT_SIZE, HANDLER_UNDECODED);
  let translated: u32 = 0;
  for (let index = first; index <= last; index++) {
    const slot = codePage + <usize>index * SLOT_SIZE;
    store<u16>(slot, HANDLER_UNDECODED);
    translated |= <u32>load<u16>(slot, SLOT_TRANSLATED);
  }
  if (translated == 0) return;
  codeDropRegions(codePage);
  stopHartsOf(vm);
}

/**
 * A guest store of `size` bytes into a frame with code. A page that is stored to often is asked whether it still runs: its fetch
 * entries are taken away, and if nobody fetches it until the next limit it is data now and loses its code page. Pages that do
 * run are asked ever more rarely.
 */
export function codeStored(vm: usize, codePage: usize, offset: u32, size: u32): void {
  codeForgetBytes(vm, codePage, offset, size);
  const stores = load<u32>(codePage, CODE_PAGE_STORES) + 1;
  store<u32>(codePage, stores, CODE_PAGE_STORES);
  const limit = load<u32>(codePage, CODE_PAGE_STORES_LIMIT);
  if (stores < limit) return;
  if (load<u32>(codePage, CODE_PAGE_FETCHED)) {
    store<u32>(codePage, 0, CODE_PAGE_FETCHED);
    store<u32>(codePage, 0, CODE_PAGE_STORES);
    store<u32>(codePage, min(limit * 2, STORES_LIMIT_MAX), CODE_PAGE_STORES_LIMIT);
  } else {
    codePageFree(codePage);
  }
  flushFetchOf(vm);
  stopHartsOf(vm);
}

/** Guest pages of `vm` now name another frame than the one whose code they ran: fetch again, after this instruction. */
export function codeReplaced(vm: usize): void {
  flushFetchOf(vm);
  stopHartsOf(vm);
}

/** Drops all decoded code of `frame`, which `vm` alone names. */
export function codeDrop(vm: usize, frame: u32): void {
  const codePage = frameCode(frame);
  if (codePage == 0) return;
  codePageFree(codePage);
  codeReplaced(vm);
}

/** Drops the predecoded slots of all pages at page offset `offset` (0..4094); a region may begin there that could not before. */
export function codeForgetOffset(offset: u32): void {
  const count = min(load<u32>(POOL_CODE_NEXT), <u32>CODE_PAGE_COUNT);
  const at = <usize>(offset >>> 1) * SLOT_SIZE;
  for (let index: u32 = 0; index < count; index++) {
    const slot = codePageAddress(index) + at;
    store<u16>(slot, HANDLER_UNDECODED);
    if (load<u16>(slot, SLOT_REGION) == <u16>REGION_NONE) store<u16>(slot, 0, SLOT_REGION);
  }
  for (let hart = nextHart(0, 0); hart != 0; hart = nextHart(hartIndex(hart) + 1, 0)) store<u32>(hart, 0, HART_CROSSING_RAW);
}
