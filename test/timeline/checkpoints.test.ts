import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { MachineState } from '../../emulator/machine/machine-state.ts';
import { Checkpoints } from '../../emulator/timeline/checkpoints.ts';

function filled(positions: readonly number[]): { checkpoints: Checkpoints; released: number[] } {
  const released: number[] = [];
  const checkpoints = new Checkpoints((state) => { released.push(state.position); });
  for (const position of positions) checkpoints.add({ position, state: new MachineState(position, 0, new Uint8Array(), []), dirtyPages: 0 });
  return { checkpoints, released };
}

test('thinning keeps the first, keeps the number, releases what it drops, and stays dense near the focus', () => {
  const property = fc.property(fc.uniqueArray(fc.integer({ min: 1, max: 1e9 }), { maxLength: 200 }), fc.nat(1e9), fc.integer({ min: 1, max: 50 }), (others, focus, count) => {
    const { checkpoints, released } = filled([0, ...others]);
    const dropped = checkpoints.thin(focus, count);
    assert.equal(dropped, released.length);
    assert.equal(checkpoints.count, Math.min(count, others.length + 1));
    assert.equal(checkpoints.all[0]?.position, 0);
    const positions = checkpoints.all.map((checkpoint) => checkpoint.position);
    assert.deepEqual(positions, [...positions].sort((a, b) => a - b));
    assert.equal(new Set([...positions, ...released]).size, others.length + 1);
    checkpoints.clear();
    assert.equal(released.length, others.length + 1);
  });
  fc.assert(property);
});

test('a long run keeps checkpoints exponentially sparser toward the past', () => {
  const { checkpoints } = filled([0]);
  for (let position = 4; position <= 4000; position += 4) {
    checkpoints.add({ position: position * 1e6, state: new MachineState(position * 1e6, 0, new Uint8Array(), []), dirtyPages: 0 });
    checkpoints.thin(position * 1e6, 192);
  }
  const positions = checkpoints.all.map((checkpoint) => checkpoint.position);
  const gapAt = (distance: number): number => {
    const position = 4e9 - distance;
    const after = positions.find((candidate) => candidate > position) ?? 4e9;
    return after - (positions.findLast((candidate) => candidate <= position) ?? 0);
  };
  assert.deepEqual([gapAt(1e6), gapAt(20e6)], [4e6, 4e6]);
  assert.ok(gapAt(1e9) <= 80e6 && gapAt(3.9e9) <= 200e6, `${gapAt(1e9)} ${gapAt(3.9e9)}`);
});
