/**
 * The fast TLB: host addresses that the interpreter checks inline. Pure acceleration: any table may be emptied at any moment
 * with no visible effect. Tables that hold nothing are known (HART_TABLES_FILLED), so that emptying costs what was used.
 */
import {
  FAST_TLB, FAST_TLB_BANKS, FAST_TLB_BANK_STRIDE, FAST_TLB_ENTRIES, FAST_TLB_WATCHED, FAST_TLB_WRITE, FETCH_TLB, FETCH_TLB_BANKS,
  FETCH_TLB_BANK_STRIDE, FETCH_TLB_ENTRIES, HART_BASE, HART_DATA_BANK, HART_FETCH_BANK, HART_STRIDE, HART_TABLES_FILLED, HART_VM,
  HART_ZERO_FRAME_MAPPED, PAGE_SHIFT, PAGE_SIZE, POOL_HARTS, POOL_ZERO_FRAME,
} from './layout.ts';

const ENTRY_SHIFT: usize = 4;
const READ_TABLE_SIZE: usize = FAST_TLB_ENTRIES << 4;
const FETCH_TABLE_SIZE: usize = FETCH_TLB_ENTRIES << 4;
const PAGE_MASK: u64 = ~(<u64>PAGE_SIZE - 1);
/** Shifts of the three groups of bits in HART_TABLES_FILLED. */
const WRITE_BIT: u32 = 4;
const FETCH_BIT: u32 = 8;

@inline
function readTable(hart: usize, bank: u32): usize {
  return hart + FAST_TLB + <usize>bank * FAST_TLB_BANK_STRIDE;
}

@inline
function writeTable(hart: usize, bank: u32): usize {
  return readTable(hart, bank) + FAST_TLB_WRITE;
}

@inline
function fetchTable(hart: usize, bank: u32): usize {
  return hart + FETCH_TLB + <usize>bank * FETCH_TLB_BANK_STRIDE;
}

@inline
function markFilled(hart: usize, bit: u32): void {
  store<u32>(hart, load<u32>(hart, HART_TABLES_FILLED) | (1 << bit), HART_TABLES_FILLED);
}

@inline
function entryAt(table: usize, va: u64): usize {
  return table + ((<usize>(va >> PAGE_SHIFT) & (FAST_TLB_ENTRIES - 1)) << ENTRY_SHIFT);
}

@inline
function fill(table: usize, va: u64, hostPage: usize, watched: bool): void {
  const tag = (va & PAGE_MASK) | (watched ? <u64>FAST_TLB_WATCHED : 0);
  const entry = entryAt(table, va);
  store<u64>(entry, tag);
  store<u32>(entry, <u32>hostPage - <u32>tag, 8);
}

/** Host address of an aligned access to a page with a watched byte, if the present data bank knows it; else 0. */
@inline
function watchedHost(table: usize, va: u64, size: u32): usize {
  const entry = entryAt(table, va);
  const tag = (va & (PAGE_MASK | <u64>(size - 1))) | FAST_TLB_WATCHED;
  return load<u64>(entry) == tag ? <usize>(<u32>va + load<u32>(entry, 8) + FAST_TLB_WATCHED) : 0;
}

@inline
export function watchedReadHost(hart: usize, va: u64, size: u32): usize {
  return watchedHost(<usize>load<u32>(hart, HART_DATA_BANK), va, size);
}

@inline
export function watchedWriteHost(hart: usize, va: u64, size: u32): usize {
  return watchedHost(<usize>load<u32>(hart, HART_DATA_BANK) + FAST_TLB_WRITE, va, size);
}

/** Lets loads of the present data bank read the page of `va` at `hostPage`; `watched`: through the slow function. */
export function fillRead(hart: usize, va: u64, hostPage: usize, watched: bool): void {
  const table = <usize>load<u32>(hart, HART_DATA_BANK);
  markFilled(hart, <u32>(table - hart - FAST_TLB) / FAST_TLB_BANK_STRIDE);
  if (<u32>(hostPage >> PAGE_SHIFT) == load<u32>(POOL_ZERO_FRAME)) store<u32>(hart, 1, HART_ZERO_FRAME_MAPPED);
  fill(table, va, hostPage, watched);
}

/** Lets stores of the present data bank write the page of `va` at `hostPage`; `watched`: through the slow function. */
export function fillWrite(hart: usize, va: u64, hostPage: usize, watched: bool): void {
  const table = <usize>load<u32>(hart, HART_DATA_BANK);
  markFilled(hart, <u32>(table - hart - FAST_TLB) / FAST_TLB_BANK_STRIDE + WRITE_BIT);
  fill(table + FAST_TLB_WRITE, va, hostPage, watched);
}

/** Lets fetches of the present fetch bank find the predecoded page of `pc`. */
export function fillFetch(hart: usize, pc: u64, codePage: usize): void {
  const table = <usize>load<u32>(hart, HART_FETCH_BANK);
  markFilled(hart, <u32>(table - hart - FETCH_TLB) / FETCH_TLB_BANK_STRIDE + FETCH_BIT);
  const entry = table + ((<usize>(pc >> PAGE_SHIFT) & (FETCH_TLB_ENTRIES - 1)) << ENTRY_SHIFT);
  store<u64>(entry, pc & PAGE_MASK);
  store<u32>(entry, <u32>codePage, 8);
}

/** Empties the tables among `bits` (as in HART_TABLES_FILLED) of one hart. */
function flush(hart: usize, bits: u32): void {
  const filled = load<u32>(hart, HART_TABLES_FILLED) & bits;
  if (filled == 0) return;
  for (let bank: u32 = 0; bank < <u32>FAST_TLB_BANKS; bank++) {
    if (filled & (1 << bank)) memory.fill(readTable(hart, bank), 0xff, READ_TABLE_SIZE);
    if (filled & (1 << (bank + WRITE_BIT))) memory.fill(writeTable(hart, bank), 0xff, READ_TABLE_SIZE);
  }
  for (let bank: u32 = 0; bank < <u32>FETCH_TLB_BANKS; bank++) {
    if (filled & (1 << (bank + FETCH_BIT))) memory.fill(fetchTable(hart, bank), 0xff, FETCH_TABLE_SIZE);
  }
  store<u32>(hart, load<u32>(hart, HART_TABLES_FILLED) & ~bits, HART_TABLES_FILLED);
  if ((bits & 0xf) == 0xf) store<u32>(hart, 0, HART_ZERO_FRAME_MAPPED);
}

export function flushData(hart: usize): void {
  flush(hart, 0xff);
}

export function flushFetch(hart: usize): void {
  flush(hart, 0x700);
}

export function flushTables(hart: usize): void {
  flush(hart, 0x7ff);
}

/** Everything that depends on address translation: all banks but M. */
export function flushTranslated(hart: usize): void {
  flush(hart, 0x6ee);
}

/** Empties everything whatever HART_TABLES_FILLED says (for memory that was never a hart). */
export function flushInitially(hart: usize): void {
  store<u32>(hart, 0x7ff, HART_TABLES_FILLED);
  flush(hart, 0x7ff);
}

/** Empties one index of the translated data tables: the architectural entry there was replaced. */
export function dropDataIndex(hart: usize, vpn: u64): void {
  const at = (<usize>vpn & (FAST_TLB_ENTRIES - 1)) << ENTRY_SHIFT;
  for (let bank: u32 = 1; bank < <u32>FAST_TLB_BANKS; bank++) {
    store<i64>(readTable(hart, bank) + at, -1);
    store<i64>(writeTable(hart, bank) + at, -1);
  }
}

/** Empties one index of the translated fetch tables. */
export function dropFetchIndex(hart: usize, vpn: u64): void {
  const at = (<usize>vpn & (FETCH_TLB_ENTRIES - 1)) << ENTRY_SHIFT;
  for (let bank: u32 = 1; bank < <u32>FETCH_TLB_BANKS; bank++) store<i64>(fetchTable(hart, bank) + at, -1);
}

/** Empties the entries of a table that lead to the host page `host`. */
function forgetHost(table: usize, host: u32): void {
  const end = table + READ_TABLE_SIZE;
  for (let entry = table; entry < end; entry += 1 << ENTRY_SHIFT) {
    if (load<u32>(entry) + load<u32>(entry, 8) == host) store<i64>(entry, -1);
  }
}

/** Address of the first hart structure from number `index` on that belongs to `vm` (0 = to any), or 0. */
export function nextHart(index: u32, vm: usize): usize {
  const harts = load<u32>(POOL_HARTS);
  for (; harts >>> index != 0 && index < 32; index++) {
    const hart = <usize>HART_BASE + <usize>index * HART_STRIDE;
    if ((harts >>> index) & 1 && (vm == 0 || <usize>load<u32>(hart, HART_VM) == vm)) return hart;
  }
  return 0;
}

export function hartIndex(hart: usize): u32 {
  return <u32>(hart - HART_BASE) / HART_STRIDE;
}

/** No read table of `vm`'s harts leads to `frame` any more. */
export function forgetReads(vm: usize, frame: u32): void {
  for (let hart = nextHart(0, vm); hart != 0; hart = nextHart(hartIndex(hart) + 1, vm)) {
    const filled = load<u32>(hart, HART_TABLES_FILLED);
    for (let bank: u32 = 0; bank < <u32>FAST_TLB_BANKS; bank++) {
      if (filled & (1 << bank)) forgetHost(readTable(hart, bank), frame << PAGE_SHIFT);
    }
  }
}

/** No write table of `vm`'s harts leads to `frame` any more. */
export function forgetWrites(vm: usize, frame: u32): void {
  for (let hart = nextHart(0, vm); hart != 0; hart = nextHart(hartIndex(hart) + 1, vm)) {
    const filled = load<u32>(hart, HART_TABLES_FILLED);
    for (let bank: u32 = 0; bank < <u32>FAST_TLB_BANKS; bank++) {
      if (filled & (1 << (bank + WRITE_BIT))) forgetHost(writeTable(hart, bank), frame << PAGE_SHIFT);
    }
  }
}

/** An untouched page of `vm` is about to get a frame: reads must not find the zero frame there any more. */
export function forgetZeroFrame(vm: usize): void {
  for (let hart = nextHart(0, vm); hart != 0; hart = nextHart(hartIndex(hart) + 1, vm)) {
    if (load<u32>(hart, HART_ZERO_FRAME_MAPPED) == 0) continue;
    const filled = load<u32>(hart, HART_TABLES_FILLED);
    for (let bank: u32 = 0; bank < <u32>FAST_TLB_BANKS; bank++) {
      if (filled & (1 << bank)) forgetHost(readTable(hart, bank), load<u32>(POOL_ZERO_FRAME) << PAGE_SHIFT);
    }
    store<u32>(hart, 0, HART_ZERO_FRAME_MAPPED);
  }
}

/** Empties all fast tables of all harts of `vm`. */
export function flushAllTablesOf(vm: usize): void {
  for (let hart = nextHart(0, vm); hart != 0; hart = nextHart(hartIndex(hart) + 1, vm)) flushTables(hart);
}

/** Empties the write tables of all harts of `vm`. */
export function flushWritesOf(vm: usize): void {
  for (let hart = nextHart(0, vm); hart != 0; hart = nextHart(hartIndex(hart) + 1, vm)) flush(hart, 0xf0);
}

/** Empties the fetch tables of all harts of `vm` (0 = of every machine). */
export function flushFetchOf(vm: usize): void {
  for (let hart = nextHart(0, vm); hart != 0; hart = nextHart(hartIndex(hart) + 1, vm)) flushFetch(hart);
}
