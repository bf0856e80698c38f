import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  CODE_PAGE_COUNT, CODE_PAGE_OWNER, CODE_SLOTS, FETCH_TLB_ENTRIES, HANDLER_FIRST, HANDLER_PAGE_END, HANDLER_UNDECODED, HART_CROSSING_PAGE, HART_CROSSING_RAW,
  HART_FETCH_BANK, HART_ICOUNT_END, HART_MCAUSE, HART_MEPC, HART_MTVAL, HART_PC, HART_PRIVILEGE, HART_REASON, HART_REMAINING, HART_STATUS,
  PAGE_SIZE, PRIVILEGE_M, PRIVILEGE_S, REASON_BUDGET, REASON_EVENT, SLOT_SIZE, STATUS_CONTINUE, STATUS_REFETCH,
} from '../../emulator/core/layout.ts';
import { Bench, DRAM, KERNEL_RWX } from './bench.ts';

function handler(bench: Bench, codePage: number, slot: number): number {
  return bench.view.getUint16(codePage + slot * SLOT_SIZE, true);
}

/** As if the predecoder had filled every slot. */
function decodeAll(bench: Bench, codePage: number): void {
  for (let slot = 0; slot < CODE_SLOTS; slot++) bench.view.setUint16(codePage + slot * SLOT_SIZE, HANDLER_FIRST, true);
}

function fetchOk(bench: Bench, pc: bigint): number {
  const codePage = bench.fetch(pc);
  assert.ok(typeof codePage === 'number');
  return codePage;
}

function isInFetchTlb(bench: Bench, pc: bigint): boolean {
  const entry = bench.get32(HART_FETCH_BANK) + Number((pc >> 12n) & BigInt(FETCH_TLB_ENTRIES - 1)) * 16;
  return bench.view.getBigUint64(entry, true) === (pc & ~0xfffn);
}

/** Slots that are undecoded now. */
function undecoded(bench: Bench, codePage: number): number[] {
  return [...Array(CODE_SLOTS).keys()].filter((slot) => handler(bench, codePage, slot) === HANDLER_UNDECODED);
}

describe('fetchPage', () => {
  test('a new page is undecoded, guarded, owned by the frame and cached', () => {
    const bench = new Bench();
    bench.write64(DRAM + 0x3000n, 0x13n);
    const codePage = fetchOk(bench, DRAM + 0x3010n);
    assert.equal(bench.view.getUint32(codePage + CODE_PAGE_OWNER, true), bench.core.pageFrame(bench.vm, 3));
    assert.equal(undecoded(bench, codePage).length, CODE_SLOTS);
    assert.equal(handler(bench, codePage, CODE_SLOTS), HANDLER_PAGE_END);
    assert.equal(handler(bench, codePage, CODE_SLOTS + 3), HANDLER_PAGE_END);
    assert.ok(isInFetchTlb(bench, DRAM + 0x3010n));
    assert.equal(fetchOk(bench, DRAM + 0x3000n), codePage);
    assert.equal(bench.get32(HART_REMAINING), 50);
  });

  test('a fetch that traps counts', () => {
    const bench = new Bench();
    bench.begin(0x5000n, { remaining: 50 });
    const end = bench.get(HART_ICOUNT_END);
    bench.call('fetchPage', 0x5000n);
    assert.equal(bench.get32(HART_STATUS), STATUS_REFETCH);
    assert.equal(bench.get32(HART_REMAINING), 49);
    assert.equal(bench.get(HART_ICOUNT_END), end);
    assert.deepEqual([bench.get(HART_MCAUSE), bench.get(HART_MTVAL), bench.get(HART_MEPC)], [1n, 0x5000n, 0x5000n]);
  });
});

describe('stores into code', () => {
  const PAGE = DRAM + 0x3000n;
  const prepared = (): { bench: Bench; codePage: number } => {
    const bench = new Bench();
    bench.store(PAGE, 3, 0n);
    const codePage = fetchOk(bench, PAGE);
    decodeAll(bench, codePage);
    bench.begin();
    return { bench, codePage };
  };

  for (const [offset, log2, slots] of [
    [0n, 0, [0]], [1n, 0, [0]], [2n, 0, [0, 1]], [0x10n, 2, [7, 8, 9]], [0x11n, 2, [7, 8, 9, 10]], [0xff8n, 3, [2043, 2044, 2045, 2046, 2047]],
  ] as const) {
    test(`${1 << log2} bytes at ${offset.toString(16)}`, () => {
      const { bench, codePage } = prepared();
      assert.equal(bench.store(PAGE + offset, log2, 1n), undefined);
      assert.deepEqual(undecoded(bench, codePage), slots);
      assert.equal(bench.get32(HART_REASON), REASON_BUDGET);
      assert.equal(bench.fastAddress(PAGE + offset, 0, true), undefined);
    });
  }

  test('across a page boundary resets both pages', () => {
    const { bench, codePage } = prepared();
    bench.store(PAGE - 2n, 2, 1n);
    assert.deepEqual(undecoded(bench, codePage), [0]);
  });

  test('by amo, by sc and by the host', () => {
    const { bench, codePage } = prepared();
    bench.attempt('amo', PAGE + 8n, 2, 8, 1n, 0);
    assert.deepEqual(undecoded(bench, codePage), [3, 4, 5]);
    bench.write64(PAGE + 0x20n, 1n);
    assert.deepEqual(undecoded(bench, codePage), [3, 4, 5, 15, 16, 17, 18, 19]);
  });

  test('a page that is copied on write leaves the run and is fetched anew', () => {
    const { bench, codePage } = prepared();
    const root = bench.core.treeCheckpoint(bench.vm, bench.hart);
    fetchOk(bench, PAGE);
    bench.begin();
    assert.equal(bench.store(PAGE, 3, 0x13n), undefined);
    assert.equal(bench.get32(HART_REASON), REASON_EVENT);
    assert.ok(!isInFetchTlb(bench, PAGE));
    assert.equal(undecoded(bench, codePage).length, 0, 'the old frame keeps its code');
    assert.notEqual(fetchOk(bench, PAGE), codePage);
    bench.core.treeRestore(bench.vm, bench.hart, root);
    assert.equal(fetchOk(bench, PAGE), codePage);
  });

  test('the first fetch takes the page out of the write table', () => {
    const bench = new Bench();
    bench.store(PAGE, 3, 0n);
    assert.notEqual(bench.fastAddress(PAGE, 3, true), undefined);
    fetchOk(bench, PAGE);
    assert.equal(bench.fastAddress(PAGE, 3, true), undefined);
  });

  test('code that became data is written fast in the end', () => {
    const { bench } = prepared();
    let stores = 0;
    while (bench.fastAddress(PAGE, 3, true) === undefined && stores < 5000) {
      bench.store(PAGE, 3, BigInt(stores++));
    }
    assert.ok(stores < 1000, `${stores} stores`);
    assert.equal(bench.view.getUint32(fetchOk(bench, PAGE) + CODE_PAGE_OWNER, true), bench.core.pageFrame(bench.vm, 3));
  });

  test('code that runs on keeps its page', () => {
    const { bench, codePage } = prepared();
    for (let stores = 0; stores < 3000; stores++) {
      bench.store(PAGE + 0x800n, 3, BigInt(stores));
      if (!isInFetchTlb(bench, PAGE)) assert.equal(fetchOk(bench, PAGE), codePage);
    }
  });
});

describe('code pages', () => {
  test('codeForgetOffset resets one slot of every page', () => {
    const bench = new Bench();
    const pages = [DRAM, DRAM + 0x1000n].map((pc) => {
      bench.store(pc, 3, 0n);
      return fetchOk(bench, pc);
    });
    for (const page of pages) decodeAll(bench, page);
    bench.core.codeForgetOffset(0x20);
    for (const page of pages) assert.deepEqual(undecoded(bench, page), [16]);
  });

  test('when all are used, the oldest goes and no fetch entry survives it', () => {
    const bench = new Bench();
    const pc = (page: number): bigint => DRAM + BigInt(page * PAGE_SIZE);
    for (let page = 0; page <= CODE_PAGE_COUNT; page++) bench.store(pc(page), 0, 0n);
    const first = fetchOk(bench, pc(0));
    decodeAll(bench, first);
    for (let page = 1; page < CODE_PAGE_COUNT; page++) fetchOk(bench, pc(page));
    assert.equal(fetchOk(bench, pc(0)), first);
    assert.equal(undecoded(bench, first).length, 0);
    assert.equal(fetchOk(bench, pc(CODE_PAGE_COUNT)), first);
    assert.equal(undecoded(bench, first).length, CODE_SLOTS);
    assert.ok(!isInFetchTlb(bench, pc(0)));
    assert.notEqual(fetchOk(bench, pc(0)), first);
    bench.store(pc(0), 0, 1n);
  });

  test('the host gives them memory only where code is decoded', () => {
    const bench = new Bench();
    const before = process.memoryUsage().rss;
    for (let page = 0; page < CODE_PAGE_COUNT; page++) {
      bench.store(DRAM + BigInt(page * PAGE_SIZE), 3, 0n);
      fetchOk(bench, DRAM + BigInt(page * PAGE_SIZE));
    }
    // Of each page its frame, and one host page with what is behind its slots.
    const used = process.memoryUsage().rss - before;
    assert.ok(used < CODE_PAGE_COUNT * 4 * PAGE_SIZE, `${used} bytes`);
  });

  test('a freed frame gives its code page up', () => {
    const bench = new Bench();
    const frame = bench.core.frameAllocate();
    bench.core.frameRelease(frame);
    bench.store(DRAM, 3, 0n);
    const codePage = fetchOk(bench, DRAM);
    bench.core.vmRelease(bench.vm);
    assert.equal(bench.view.getUint32(codePage + CODE_PAGE_OWNER, true), 0);
  });
});

describe('fetchCrossing', () => {
  const PC = 0x5ffen;
  const SLOT = HART_CROSSING_PAGE + (CODE_SLOTS - 1) * SLOT_SIZE;
  const prepared = (secondFlags: bigint): { bench: Bench; decoded: [slot: number, raw: number][] } => {
    const decoded: [number, number][] = [];
    const bench = new Bench({ imports: { decodeInto: (slot, raw) => { decoded.push([slot, raw]); } } });
    bench.enterSv39(PRIVILEGE_S);
    bench.map(0x5000n, DRAM + 0x8000n, KERNEL_RWX);
    bench.map(0x6000n, DRAM + 0x2000n, secondFlags);
    bench.writePhysical(DRAM + 0x8ffen, Uint8Array.of(0x93, 0xf0));
    bench.writePhysical(DRAM + 0x2000n, Uint8Array.of(0x10, 0x80));
    bench.begin(PC);
    return { bench, decoded };
  };

  test('decodes the joined halves once, and again when they change', () => {
    const { bench, decoded } = prepared(KERNEL_RWX);
    bench.call('fetchCrossing');
    assert.equal(bench.get32(HART_STATUS), STATUS_CONTINUE);
    assert.deepEqual(decoded, [[bench.hart + SLOT, 0x8010_f093]]);
    bench.call('fetchCrossing');
    assert.equal(decoded.length, 1);
    bench.writePhysical(DRAM + 0x2000n, Uint8Array.of(0x20, 0x00));
    bench.call('fetchCrossing');
    assert.deepEqual(decoded[1], [bench.hart + SLOT, 0x0020_f093]);
    bench.core.codeForgetOffset(0xffe);
    bench.call('fetchCrossing');
    assert.equal(decoded.length, 3);
    assert.equal(bench.get32(HART_CROSSING_RAW), 0x0020_f093);
  });

  test('a fault of the second half names it; the instruction counts already', () => {
    const { bench, decoded } = prepared(0n);
    const remaining = bench.get32(HART_REMAINING);
    bench.call('fetchCrossing');
    assert.deepEqual([bench.get(HART_MCAUSE), bench.get(HART_MTVAL), bench.get(HART_MEPC)], [12n, 0x6000n, PC]);
    assert.equal(bench.get32(HART_PRIVILEGE), PRIVILEGE_M);
    assert.equal(bench.get(HART_PC), DRAM + 0x1000n);
    assert.equal(bench.get32(HART_REMAINING), remaining);
    assert.equal(decoded.length, 0);
  });

  test('its page has guard slots behind', () => {
    const { bench } = prepared(KERNEL_RWX);
    assert.equal(handler(bench, bench.hart + HART_CROSSING_PAGE, CODE_SLOTS), HANDLER_PAGE_END);
  });
});
