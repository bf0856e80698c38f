import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import xxhash from 'xxhash-wasm';
import { HART_RESULT, PAGE_SIZE } from '../../emulator/core/layout.ts';
import { Bench, DRAM } from './bench.ts';

const hasher = await xxhash();

/** Deterministic bytes. */
function noise(size: number, seed: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = seed;
  for (let i = 0; i < size; i++) {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    bytes[i] = state >>> 24;
  }
  return bytes;
}

describe('hashBytes is XXH64', () => {
  const bench = new Bench();
  for (const size of [0, 1, 3, 4, 5, 7, 8, 9, 12, 15, 16, 31, 32, 33, 39, 63, 64, 100, 4096]) {
    for (const seed of [0, 1, 0xffff_ffff]) {
      test(`${size} bytes, seed ${seed}`, () => {
        const bytes = noise(size, size + 7);
        new Uint8Array(bench.memory.buffer, 0x8000, size).set(bytes);
        bench.core.hashBytes(bench.hart, 0x8000, size, seed);
        assert.equal(bench.get(HART_RESULT), hasher.h64Raw(bytes, BigInt(seed)));
      });
    }
  }
});

/** The digest by its definition (core-module.ts). */
function expectedDigest(pages: ReadonlyMap<number, Uint8Array>): bigint {
  let sum = 0n;
  for (const [page, bytes] of pages) {
    if (bytes.every((byte) => byte === 0)) continue;
    sum += hasher.h64Raw(new Uint8Array(BigUint64Array.of(hasher.h64Raw(bytes, 0n)).buffer), BigInt(page));
  }
  return BigInt.asUintN(64, sum);
}

function digest(bench: Bench): bigint {
  bench.core.memoryDigest(bench.vm, bench.hart);
  return bench.get(HART_RESULT);
}

describe('memoryDigest', () => {
  test('follows its definition, and every later write', () => {
    const bench = new Bench();
    const pages = new Map<number, Uint8Array>();
    assert.equal(digest(bench), 0n);
    for (const page of [0, 1, 1023, 1024, 4095, 1]) {
      const bytes = noise(PAGE_SIZE, page + pages.size);
      pages.set(page, bytes);
      bench.writePhysical(DRAM + BigInt(page * PAGE_SIZE), bytes);
      assert.equal(digest(bench), expectedDigest(pages));
    }
  });

  test('a page written back to zeros counts like an untouched one', () => {
    const bench = new Bench();
    bench.write64(DRAM, 1n);
    bench.write64(DRAM, 0n);
    assert.equal(digest(bench), 0n);
  });

  test('does not depend on checkpoints, and a restore brings the old one back', () => {
    const bench = new Bench();
    bench.write64(DRAM, 1n);
    const first = digest(bench);
    const root = bench.core.treeCheckpoint(bench.vm, bench.hart);
    assert.equal(digest(bench), first);
    bench.write64(DRAM + 8n, 2n);
    const second = digest(bench);
    assert.notEqual(second, first);
    bench.core.treeRestore(bench.vm, bench.hart, root);
    assert.equal(digest(bench), first);
    bench.write64(DRAM + 8n, 2n);
    assert.equal(digest(bench), second);
  });

  test('a store of the guest through the slow path is seen', () => {
    const bench = new Bench();
    bench.store(DRAM, 3, 5n);
    const first = digest(bench);
    bench.store(DRAM, 3, 6n);
    assert.notEqual(digest(bench), first);
  });
});
