/** The overlay against a plain map, with snapshots that must never change. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BLOCK_SIZE, BlockOverlay } from '../../emulator/devices/block-overlay.ts';

const DISK_BLOCKS = 3 * 2 ** 31;
const blockNumber = fc.constantFrom(0, 1, 63, 64, 65, 4095, 4096, 2 ** 31, 2 ** 31 + 64, DISK_BLOCKS - 1);

type Step =
  | { readonly kind: 'write'; readonly block: number; readonly at: number; readonly value: number }
  | { readonly kind: 'snapshot' }
  | { readonly kind: 'restore'; readonly which: number };

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 6, arbitrary: fc.record({ kind: fc.constant('write' as const), block: blockNumber, at: fc.integer({ min: 0, max: BLOCK_SIZE - 1 }), value: fc.integer({ min: 0, max: 3 }) }) },
  { weight: 2, arbitrary: fc.constant({ kind: 'snapshot' as const }) },
  { weight: 1, arbitrary: fc.record({ kind: fc.constant('restore' as const), which: fc.nat() }) },
);

function checkContents(overlay: BlockOverlay, expected: ReadonlyMap<number, Uint8Array>): void {
  assert.equal(overlay.blockCount, expected.size);
  for (const block of [0, 1, 2, 63, 64, 65, 4095, 4096, 2 ** 31, 2 ** 31 + 64, DISK_BLOCKS - 1]) assert.deepEqual(overlay.block(block), expected.get(block));
}

test('an overlay is a map of blocks, and its snapshots never change', () => {
  fc.assert(fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
    const overlay = new BlockOverlay(DISK_BLOCKS);
    let model = new Map<number, Uint8Array>();
    const kept: { snapshot: ReturnType<BlockOverlay['snapshot']>; model: Map<number, Uint8Array>; digest: string }[] = [];
    for (const action of steps) {
      if (action.kind === 'write') {
        const copy = model.get(action.block)?.slice() ?? new Uint8Array(BLOCK_SIZE);
        copy[action.at] = action.value;
        model.set(action.block, copy);
        overlay.blockForWrite(action.block)[action.at] = action.value;
      } else if (action.kind === 'snapshot') {
        const snapshot = overlay.snapshot();
        kept.push({ snapshot, model: new Map(model), digest: snapshot.toJSON() });
      } else {
        const chosen = kept[action.which % Math.max(1, kept.length)];
        if (chosen === undefined) continue;
        overlay.restore(chosen.snapshot);
        model = new Map(chosen.model);
      }
    }
    checkContents(overlay, model);
    for (const { snapshot, model: then, digest } of kept) {
      const restored = new BlockOverlay(DISK_BLOCKS);
      restored.restore(snapshot);
      checkContents(restored, then);
      // The same contents, made in another way, have the same digest.
      const again = new BlockOverlay(DISK_BLOCKS);
      for (const [block, bytes] of [...then].reverse()) again.blockForWrite(block).set(bytes);
      assert.equal(again.snapshot().toJSON(), digest);
    }
  }), { numRuns: 200 });
});

test('a digest tells contents apart', () => {
  const digests = new Set<string>();
  const add = (write: (overlay: BlockOverlay) => void): void => {
    const overlay = new BlockOverlay(1000);
    write(overlay);
    digests.add(overlay.snapshot().toJSON());
  };
  add(() => undefined);
  for (const block of [0, 1, 64, 999]) {
    add((overlay) => { overlay.blockForWrite(block); });
    for (const at of [0, 1, 4095]) add((overlay) => { overlay.blockForWrite(block)[at] = 1; });
  }
  add((overlay) => {
    overlay.blockForWrite(0);
    overlay.blockForWrite(1);
  });
  assert.equal(digests.size, 18);
});

test('snapshots share the blocks that did not change', () => {
  const overlay = new BlockOverlay(100_000);
  for (let block = 0; block < 5000; block++) overlay.blockForWrite(block)[0] = 1;
  const before = overlay.snapshot();
  const old = overlay.block(7);
  overlay.blockForWrite(4000)[0] = 2;
  assert.equal(overlay.block(7), old);
  assert.equal(overlay.block(4000)?.[0], 2);
  overlay.restore(before);
  assert.equal(overlay.block(4000)?.[0], 1);
  // Without a snapshot in between, a block is changed in place.
  assert.notEqual(overlay.blockForWrite(4000), overlay.block(3999));
  assert.equal(overlay.blockForWrite(4000), overlay.block(4000));
});
