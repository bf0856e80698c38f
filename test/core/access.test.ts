import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { CoreImports } from '../../emulator/engine/core-module.ts';
import {
  HART_ICOUNT_END, HART_PC, HART_REASON, HART_REMAINING, HART_RESULT, HART_STATUS, HART_WATCH_COUNT, HART_WATCH_HIT, HART_WATCH_LIST,
  HART_X, PAGE_SIZE, REASON_BUDGET, REASON_OUT_OF_FRAMES, REASON_WATCH, STATUS_CONTINUE, STATUS_REFETCH,
} from '../../emulator/core/layout.ts';
import { Bench, DRAM } from './bench.ts';

const RD = HART_X + 8 * 5;

describe('devices', () => {
  const log: string[] = [];
  const bench: Bench = new Bench({
    imports: {
      mmioLoad: (hart, gpa, size) => {
        log.push(`load ${gpa.toString(16)} ${size}`);
        bench.view.setBigUint64(hart + HART_RESULT, 0x8877_6655_4433_2211n, true);
        return gpa === 0xffff_f000 ? 0 : 1;
      },
      mmioStore: (hart, gpa, size) => {
        log.push(`store ${gpa.toString(16)} ${size} ${bench.view.getBigUint64(hart + HART_RESULT, true).toString(16)}`);
        return gpa === 0xffff_f000 ? 0 : 1;
      },
    } satisfies Partial<CoreImports>,
  });
  const check = (name: string, action: () => unknown, expected: unknown, calls: readonly string[]): void => {
    test(name, () => {
      log.length = 0;
      assert.deepEqual(action(), expected);
      assert.deepEqual(log, calls);
    });
  };
  check('byte', () => bench.load(0x1000_0005n, 0), 0x11n, ['load 10000005 1']);
  check('word', () => bench.load(0x1000_0004n, 2), 0x4433_2211n, ['load 10000004 4']);
  check('doubleword', () => bench.load(0x200_bff8n, 3), 0x8877_6655_4433_2211n, ['load 200bff8 8']);
  check('store', () => bench.store(0x1000_0000n, 1, 0xabcdefn), undefined, ['store 10000000 2 cdef']);
  check('above DRAM, below 4 GiB: unsigned', () => bench.load(0xf000_0000n, 0), 0x11n, ['load f0000000 1']);
  check('nothing there', () => bench.load(0xffff_f000n, 2), { cause: 5n, value: 0xffff_f000n }, ['load fffff000 4']);
  check('nothing there to store to', () => bench.store(0xffff_f000n, 2, 1n), { cause: 7n, value: 0xffff_f000n }, ['store fffff000 4 1']);
  check('above 4 GiB', () => bench.load(0x1_0000_0000n, 2), { cause: 5n, value: 0x1_0000_0000n }, []);
  check('misaligned', () => bench.load(0x1000_0001n, 1), { cause: 5n, value: 0x1000_0001n }, []);
  check('misaligned store', () => bench.store(0x1000_0002n, 2, 1n), { cause: 7n, value: 0x1000_0002n }, []);
  check('across a page boundary', () => bench.load(0x1000_0fffn, 1), { cause: 5n, value: 0x1000_0fffn }, []);
});

describe('watchpoints', () => {
  const AT = DRAM + 0x2010n;
  const watch = (bench: Bench, first: bigint, last: bigint, kinds: number): void => {
    bench.set(HART_WATCH_LIST, first);
    bench.set(HART_WATCH_LIST + 8, last);
    bench.set32(HART_WATCH_LIST + 16, kinds);
    bench.set32(HART_WATCH_COUNT, 1);
    bench.core.watchRefresh(bench.hart);
  };
  const check = (name: string, kinds: number, action: (bench: Bench) => unknown, hit: readonly [address: bigint, size: bigint, kind: bigint] | undefined): void => {
    test(name, () => {
      const bench = new Bench();
      // The page is in the fast TLB before.
      bench.load(AT, 3);
      bench.store(AT, 3, 5n);
      watch(bench, AT, AT + 7n, kinds);
      action(bench);
      if (hit === undefined) {
        assert.equal(bench.get32(HART_REASON), REASON_BUDGET);
        return;
      }
      const [address, size, kind] = hit;
      assert.equal(bench.get32(HART_REASON), REASON_WATCH);
      assert.equal(bench.get(HART_WATCH_HIT), address);
      assert.equal(bench.get(HART_WATCH_HIT + 8), size | (kind << 8n));
      assert.equal(bench.get32(HART_REMAINING), 0);
      assert.equal(bench.get(HART_ICOUNT_END), 1001n, 'the instruction completed and counts');
      assert.equal(bench.get32(HART_STATUS), STATUS_CONTINUE);
    });
  };
  const READ = 1;
  const WRITE = 2;
  check('a read of a read watch', READ, (bench) => bench.load(AT, 3), [AT, 8n, 1n]);
  check('a write of a read watch', READ, (bench) => bench.store(AT, 3, 1n), undefined);
  check('a write of a write watch', WRITE, (bench) => bench.store(AT, 3, 1n), [AT, 8n, 2n]);
  check('a read of a write watch', WRITE, (bench) => bench.load(AT, 3), undefined);
  check('the last byte', READ | WRITE, (bench) => bench.load(AT + 7n, 0), [AT + 7n, 1n, 1n]);
  check('just before', READ | WRITE, (bench) => bench.load(AT - 8n, 3), undefined);
  check('just behind', READ | WRITE, (bench) => bench.load(AT + 8n, 3), undefined);
  check('an overlap from before', READ | WRITE, (bench) => bench.load(AT - 7n, 3), [AT - 7n, 8n, 1n]);
  check('lr', READ, (bench) => bench.attempt('loadReserved', AT, 3, RD), [AT, 8n, 1n]);
  check('sc that stores', WRITE, (bench) => {
    bench.attempt('loadReserved', AT, 3, RD);
    bench.attempt('storeConditional', AT, 3, RD, 1n);
  }, [AT, 8n, 2n]);
  check('sc that fails', WRITE, (bench) => bench.attempt('storeConditional', AT, 3, RD, 1n), undefined);
  check('amo reads', READ, (bench) => bench.attempt('amo', AT, 3, RD, 1n, 0), [AT, 8n, 1n]);
  check('amo writes', READ | WRITE, (bench) => bench.attempt('amo', AT, 3, RD, 1n, 0), [AT, 8n, 2n]);

  test('watched pages stay out of the fast TLB, and come back', () => {
    const bench = new Bench();
    watch(bench, AT, AT, WRITE);
    bench.load(AT + 64n, 3);
    assert.equal(bench.fastAddress(AT + 64n, 3, false), undefined);
    bench.set32(HART_WATCH_COUNT, 0);
    bench.core.watchRefresh(bench.hart);
    bench.load(AT + 64n, 3);
    assert.notEqual(bench.fastAddress(AT + 64n, 3, false), undefined);
  });

  test('across a page boundary', () => {
    const bench = new Bench();
    const boundary = DRAM + 0x3000n;
    watch(bench, boundary, boundary, WRITE);
    bench.store(boundary - 2n, 2, 1n);
    assert.equal(bench.get32(HART_REASON), REASON_WATCH);
    assert.equal(bench.get(HART_WATCH_HIT), boundary - 2n);
  });
});

describe('when the pool is full', () => {
  const full = (): Bench => {
    const bench = new Bench({ frameLimit: 4 }); // zero frame, root, one node, one page
    assert.equal(bench.store(DRAM, 3, 1n), undefined);
    bench.begin(DRAM + 0x10n);
    return bench;
  };

  for (const [name, routine, args] of [
    ['store', 'store', [3, 2n]], ['amo', 'amo', [3, RD, 2n, 0]],
  ] as const) {
    test(`${name} is undone and does not count`, () => {
      const bench = full();
      bench.call(routine, DRAM + BigInt(PAGE_SIZE), ...args);
      assert.equal(bench.get32(HART_REASON), REASON_OUT_OF_FRAMES);
      assert.equal(bench.get32(HART_STATUS), STATUS_REFETCH);
      assert.equal(bench.get(HART_PC), DRAM + 0x10n);
      assert.equal(bench.get32(HART_REMAINING), 0);
      assert.equal(bench.get(HART_ICOUNT_END), 1000n);
      assert.equal(bench.read64(DRAM + BigInt(PAGE_SIZE)), 0n);
    });
  }

  test('a store across pages writes nothing', () => {
    const bench = full();
    bench.call('store', DRAM + BigInt(PAGE_SIZE) - 4n, 3, -1n);
    assert.equal(bench.get32(HART_REASON), REASON_OUT_OF_FRAMES);
    assert.equal(bench.read64(DRAM + BigInt(PAGE_SIZE) - 8n), 0n);
  });

  test('loads still work', () => {
    const bench = full();
    const root = bench.core.treeCheckpoint(bench.vm, bench.hart);
    assert.equal(bench.load(DRAM, 3), 1n);
    assert.equal(bench.get32(HART_REASON), REASON_BUDGET);
    bench.core.treeRelease(root);
    assert.equal(bench.store(DRAM, 3, 2n), undefined);
    assert.equal(bench.load(DRAM, 3), 2n);
  });
});
