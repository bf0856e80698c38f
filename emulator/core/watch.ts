/** Watched ranges of virtual addresses (data breakpoints). In the fast TLB, pages with one are for the slow functions only. */
import {
  HART_WATCH_BOUNDS, HART_WATCH_COUNT, HART_WATCH_HIT, HART_WATCH_LIST, PAGE_SIZE, REASON_WATCH,
} from './layout.ts';
import { flushData } from './fast-tlb.ts';
import { stopAfter } from './run.ts';

const WATCH_SIZE: usize = 24;
const WATCH_LAST: usize = 8;
const WATCH_KINDS: usize = 16;
const KIND_SHIFT: u64 = 8;

/** Is any byte of the page of `va` watched? */
export function watchesPage(hart: usize, va: u64): bool {
  const count = load<i32>(hart, HART_WATCH_COUNT);
  if (count == 0) return false;
  const first = va & ~(<u64>PAGE_SIZE - 1);
  return find(hart, first, first + (PAGE_SIZE - 1), -1);
}

/** Does a range of one of `kinds` overlap `first` .. `last`? */
function find(hart: usize, first: u64, last: u64, kinds: i32): bool {
  const count = load<i32>(hart, HART_WATCH_COUNT);
  for (let index: i32 = 0; index < count; index++) {
    const at = hart + HART_WATCH_LIST + <usize>index * WATCH_SIZE;
    if (load<u64>(at) <= last && load<u64>(at, WATCH_LAST) >= first && load<i32>(at, WATCH_KINDS) & kinds) return true;
  }
  return false;
}

/** An access completes: if it is watched, records it and leaves after the instruction. `kinds`: ACCESS_READ, ACCESS_WRITE or both. */
@inline
export function watchHit(hart: usize, va: u64, size: u32, kinds: i32): void {
  if (va <= load<u64>(hart, HART_WATCH_BOUNDS + 8) && va + (size - 1) >= load<u64>(hart, HART_WATCH_BOUNDS)) lookUp(hart, va, size, kinds);
}

function lookUp(hart: usize, va: u64, size: u32, kinds: i32): void {
  const last = va + size - 1;
  for (let kind: i32 = 2; kind >= 1; kind--) {
    if (!(kinds & kind) || !find(hart, va, last, kind)) continue;
    store<u64>(hart, va, HART_WATCH_HIT);
    store<u64>(hart, <u64>size | (<u64>kind << KIND_SHIFT), HART_WATCH_HIT + 8);
    stopAfter(hart, REASON_WATCH);
    return;
  }
}

/** Adjusts what is derived, the fast TLB among it, after HART_WATCH_LIST changed. */
export function watchRefresh(hart: usize): void {
  let first: u64 = u64.MAX_VALUE;
  let last: u64 = 0;
  const count = load<i32>(hart, HART_WATCH_COUNT);
  for (let index: i32 = 0; index < count; index++) {
    const at = hart + HART_WATCH_LIST + <usize>index * WATCH_SIZE;
    first = min(first, load<u64>(at));
    last = max(last, load<u64>(at, WATCH_LAST));
  }
  store<u64>(hart, first, HART_WATCH_BOUNDS);
  store<u64>(hart, last, HART_WATCH_BOUNDS + 8);
  flushData(hart);
}
