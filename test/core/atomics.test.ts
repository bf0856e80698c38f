import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HART_RESERVATION, HART_X, PRIVILEGE_S } from '../../emulator/core/layout.ts';
import { Bench, DRAM, KERNEL_RWX } from './bench.ts';

const AT = DRAM + 0x100n;
const RD = HART_X + 8 * 5;
const ONES = (1n << 64n) - 1n;
const operations = { add: 0, swap: 1, xor: 4, or: 8, and: 12, min: 16, max: 20, minu: 24, maxu: 28 } as const;

describe('amo', () => {
  const check = (name: keyof typeof operations, log2: number, memory: bigint, operand: bigint, expected: bigint): void => {
    test(`amo${name}.${log2 === 2 ? 'w' : 'd'} ${memory.toString(16)}, ${operand.toString(16)}`, () => {
      const bench = new Bench();
      bench.write64(AT, memory);
      assert.deepEqual(bench.attempt('amo', AT, log2, RD, operand, operations[name]), { result: undefined });
      assert.equal(bench.x(5), BigInt.asUintN(64, log2 === 2 ? BigInt.asIntN(32, memory) : memory));
      assert.equal(bench.read64(AT), expected);
    });
  };
  check('add', 3, 5n, ONES, 4n);
  check('add', 2, 0xaaaa_aaaa_ffff_ffffn, 2n, 0xaaaa_aaaa_0000_0001n);
  check('swap', 3, 5n, 9n, 9n);
  check('swap', 2, 0x1_8000_0000n, 0xf_0000_0001n, 0x1_0000_0001n);
  check('xor', 3, 0b1100n, 0b1010n, 0b0110n);
  check('or', 3, 0b1100n, 0b1010n, 0b1110n);
  check('and', 3, 0b1100n, 0b1010n, 0b1000n);
  check('min', 3, ONES, 1n, ONES);
  check('max', 3, ONES, 1n, 1n);
  check('minu', 3, ONES, 1n, 1n);
  check('maxu', 3, ONES, 1n, ONES);
  check('min', 2, 0x8000_0000n, 1n, 0x8000_0000n);
  check('max', 2, 0x8000_0000n, 1n, 1n);
  check('minu', 2, 0x8000_0000n, 1n, 1n);
  check('maxu', 2, 0x8000_0000n, 0xffff_ffff_0000_0001n, 0x8000_0000n);
  check('maxu', 2, 0x7fff_ffffn, 0x8000_0000n, 0x8000_0000n);
});

describe('traps of atomics', () => {
  const device = 0x1000_0000n;
  for (const [name, va, args, cause] of [
    ['loadReserved', AT + 1n, [2, RD], 4n], ['loadReserved', AT + 4n, [3, RD], 4n], ['storeConditional', AT + 2n, [2, RD, 0n], 6n],
    ['amo', AT + 4n, [3, RD, 0n, 0], 6n], ['loadReserved', device, [2, RD], 5n], ['amo', device, [2, RD, 0n, 0], 7n],
  ] as const) {
    test(`${name} at ${va.toString(16)}`, () => {
      const bench = new Bench({ imports: { mmioLoad: () => 1, mmioStore: () => 1 } });
      bench.set(RD, 77n);
      assert.deepEqual(bench.attempt(name, va, ...args), { cause, value: va });
      assert.equal(bench.x(5), 77n);
    });
  }

  test('amo on a read-only page is a store page fault', () => {
    const bench = new Bench();
    bench.enterSv39(PRIVILEGE_S);
    bench.map(0x5000n, AT, KERNEL_RWX & ~4n);
    assert.deepEqual(bench.attempt('amo', 0x5000n, 3, RD, 1n, 0), { cause: 15n, value: 0x5000n });
  });
});

describe('lr and sc', () => {
  const check = (name: string, between: (bench: Bench) => void, succeeds: boolean, scAt = AT): void => {
    test(`${name}: ${succeeds ? 'stores' : 'fails'}`, () => {
      const bench = new Bench();
      bench.write64(AT, 0xffff_fffen);
      bench.attempt('loadReserved', AT, 2, RD);
      assert.equal(bench.x(5), ONES - 1n);
      between(bench);
      assert.deepEqual(bench.attempt('storeConditional', scAt, 2, RD, 3n), { result: undefined });
      assert.equal(bench.x(5), succeeds ? 0n : 1n);
      if (succeeds) assert.equal(bench.read64(AT), 3n);
      assert.equal(bench.get(HART_RESERVATION), ONES);
      bench.attempt('storeConditional', AT, 2, RD, 4n);
      assert.equal(bench.x(5), 1n, 'only once');
    });
  };
  check('at once', () => undefined, true);
  check('after a load elsewhere', (bench) => { bench.load(AT + 64n, 3); }, true);
  check('another address', () => undefined, false, AT + 4n);
  check('after a store that changed it', (bench) => { bench.store(AT, 2, 9n); }, false);
  check('after a trap', (bench) => {
    bench.begin();
    bench.call('ecall');
  }, false);
  check('after a checkpoint', (bench) => { bench.core.treeCheckpoint(bench.vm, bench.hart); }, true);

  test('sc without a reservation fails without looking at memory', () => {
    const bench = new Bench();
    assert.deepEqual(bench.attempt('storeConditional', 0x10n, 2, RD, 4n), { result: undefined });
    assert.equal(bench.x(5), 1n);
  });
});
