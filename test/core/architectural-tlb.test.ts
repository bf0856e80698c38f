import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ARCH_DTLB_ENTRIES, HART_SATP, PRIVILEGE_S } from '../../emulator/core/layout.ts';
import { Bench, DRAM, KERNEL_RWX, type Trap } from './bench.ts';

const VA = 0x12_3440_0000n;
const OLD = DRAM + 0x10_0000n;
const NEW = DRAM + 0x11_0000n;
const ALL = 3;
const ADDRESS = 2;
const CSR_SATP = 0x180;

/** VA was read through OLD; then its PTE was changed to NEW without a fence. */
function stale({ level = 0 } = {}): Bench {
  const bench = new Bench();
  bench.enterSv39(PRIVILEGE_S);
  const base = level === 0 ? 0n : 0x20_0000n;
  bench.map(VA, level === 0 ? OLD : DRAM + base, KERNEL_RWX, level);
  bench.write64(OLD, 1n);
  bench.write64(NEW, 2n);
  bench.write64(DRAM + base, 1n);
  assert.equal(bench.load(VA, 3), 1n);
  bench.fetch(VA);
  if (level === 0) bench.map(VA, NEW, KERNEL_RWX);
  else bench.map(VA, DRAM, KERNEL_RWX, level);
  return bench;
}

function check(name: string, action: (bench: Bench) => void, expected: bigint | Trap): void {
  test(name, () => {
    const bench = stale();
    action(bench);
    assert.deepEqual(bench.load(VA, 3), expected);
  });
}

describe('a PTE that changed without sfence.vma', () => {
  check('the old translation stays', () => undefined, 1n);
  check('also when the fast TLB is emptied', (bench) => { bench.core.hartRefresh(bench.hart); }, 1n);
  check('also after a checkpoint', (bench) => { bench.core.treeCheckpoint(bench.vm, bench.hart); }, 1n);
  check('also after a store through it', (bench) => { assert.equal(bench.store(VA + 8n, 3, 5n), undefined); }, 1n);
  check('also after a digest', (bench) => { bench.core.memoryDigest(bench.vm, bench.hart); }, 1n);
  check('an access that the old one refuses walks again', (bench) => {
    bench.map(VA + 0x1000n, OLD, KERNEL_RWX & ~4n);
    assert.equal(bench.load(VA + 0x1000n, 3), 1n);
    bench.map(VA + 0x1000n, NEW, KERNEL_RWX);
    assert.equal(bench.store(VA + 0x1000n, 3, 7n), undefined);
    assert.equal(bench.load(VA + 0x1000n, 3), 7n);
  }, 1n);
  check('another page with the same index replaces it', (bench) => {
    const other = VA + BigInt(ARCH_DTLB_ENTRIES) * 0x1000n;
    bench.map(other, OLD, KERNEL_RWX);
    assert.equal(bench.load(other, 3), 1n);
  }, 2n);
  check('sfence.vma of everything', (bench) => { bench.call('sfenceVma', 0n, 0n, ALL); }, 2n);
  check('sfence.vma of one address space', (bench) => { bench.call('sfenceVma', 0n, 5n, 1); }, 2n);
  check('sfence.vma of its address', (bench) => { bench.call('sfenceVma', VA + 0x123n, 0n, ADDRESS); }, 2n);
  check('sfence.vma of another address', (bench) => { bench.call('sfenceVma', VA + 0x1000n, 0n, ADDRESS); }, 1n);
  check('a satp write with the same value', (bench) => { bench.csrWrite(CSR_SATP, bench.get(HART_SATP)); }, 1n);
  check('a satp write that only changes the ASID', (bench) => { bench.csrWrite(CSR_SATP, bench.get(HART_SATP) | (1n << 44n)); }, 2n);
  check('invalid now, but still cached', (bench) => { bench.map(VA, 0n, 0n); }, 1n);
});

describe('fetches have a TLB of their own', () => {
  test('the old page is fetched until the fence', () => {
    const bench = stale();
    const before = bench.fetch(VA);
    bench.core.hartRefresh(bench.hart);
    assert.equal(bench.fetch(VA), before);
    bench.call('sfenceVma', VA, 0n, ADDRESS);
    assert.notEqual(bench.fetch(VA), before);
  });
});

describe('superpages', () => {
  test('a fence of any address in it drops all its pieces', () => {
    const bench = stale({ level: 1 });
    assert.equal(bench.load(VA, 3), 1n);
    bench.call('sfenceVma', VA + 0x7000n, 0n, ADDRESS);
    assert.equal(bench.load(VA, 3), bench.read64(DRAM));
    assert.notEqual(bench.read64(DRAM), 1n);
  });

  test('a fence of an address outside keeps them', () => {
    const bench = stale({ level: 1 });
    bench.call('sfenceVma', VA + 0x20_0000n, 0n, ADDRESS);
    assert.equal(bench.load(VA, 3), 1n);
  });
});
