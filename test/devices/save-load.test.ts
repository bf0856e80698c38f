/** What holds for all devices together, whatever happens to them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { Board } from './board.ts';
import { operation, perform } from './device-operations.ts';

const numRuns = 300 * Number(process.env['FUZZ_ROUNDS'] ?? 1);
const history = fc.array(operation, { maxLength: 120 }).map((groups) => groups.flat());

test('a board restored from a saved state goes on the same', () => {
  fc.assert(fc.property(history, history, history, (before, after, elsewhere) => {
    const original = new Board();
    perform(original, before);
    const restored = new Board(12345n);
    perform(restored, elsewhere);
    restored.restoreFrom(original);
    assert.deepEqual(restored.save(), original.save());
    restored.log.length = 0;
    original.log.length = 0;
    perform(original, after);
    perform(restored, after);
    assert.deepEqual(restored.log, original.log);
    assert.deepEqual(restored.save(), original.save());
  }), { numRuns });
});

test('load drives no wire and calls nobody', () => {
  fc.assert(fc.property(history, (before) => {
    const original = new Board();
    perform(original, before);
    const restored = new Board();
    restored.restoreFrom(original);
    assert.deepEqual(restored.log, []);
  }), { numRuns });
});

test('extra updates and shorter slices change nothing', () => {
  const sliced = fc.array(fc.tuple(operation, fc.integer({ min: 0, max: 3 })), { maxLength: 150 });
  fc.assert(fc.property(sliced, (groups) => {
    const plain = new Board();
    const busy = new Board();
    for (const [group, updates] of groups) {
      perform(plain, group);
      for (let count = 0; count < updates; count++) busy.update();
      for (const step of group) {
        if (step.kind !== 'advance') {
          perform(busy, [step]);
          continue;
        }
        for (let part = 0; part < 3; part++) {
          const ns = part < 2 ? Math.floor(step.ns / 3) : step.ns - 2 * Math.floor(step.ns / 3);
          perform(busy, [{ kind: 'advance', ns }]);
          busy.update();
        }
      }
    }
    assert.deepEqual(busy.log, plain.log);
    assert.deepEqual(busy.save(), plain.save());
  }), { numRuns });
});

test('reset is the state at power-on', () => {
  fc.assert(fc.property(history, (before) => {
    const board = new Board();
    perform(board, before);
    for (const device of board.devices) device.reset();
    assert.deepEqual(board.devices.map((device) => device.save()), new Board().devices.map((device) => device.save()));
  }), { numRuns: 50 });
});
