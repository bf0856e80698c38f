/** The console's bytes and lines with their positions, against the plainest way to keep them. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { ConsoleLog } from '../../emulator/session/console-log.ts';

interface Sent {
  readonly byte: number;
  readonly position: number;
}

/** Many newlines; moments close to each other, and far apart. */
const sent = fc.array(fc.tuple(fc.constantFrom(10, 13, 65, 66, 200), fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 200_000 }), fc.constant(2 ** 40))), { maxLength: 300 })
  .map((steps) => {
    let position = 0;
    return steps.map(([byte, step]): Sent => ({ byte, position: position += step }));
  });

function plainLines(all: readonly Sent[]): { position: number; bytes: number[] }[] {
  const lines: { position: number; bytes: number[] }[] = [];
  let open = false;
  for (const { byte, position } of all) {
    if (!open) lines.push({ position, bytes: [] });
    open = byte !== 10;
    if (open) lines.at(-1)?.bytes.push(byte);
  }
  return lines;
}

test('bytes, lines and moments are those that were sent', () => {
  fc.assert(fc.property(sent, fc.array(fc.integer({ min: 0, max: 2 ** 43 }), { maxLength: 20 }), (all, moments) => {
    const log = new ConsoleLog();
    all.forEach(({ byte, position }, index) => { assert.equal(log.add(byte, position, index), true); });
    // A replay sends it again.
    all.forEach(({ byte, position }, index) => { assert.equal(log.add(byte, position, index), false); });
    const lines = plainLines(all);
    assert.equal(log.lineCount, lines.length);
    lines.forEach(({ position, bytes }, index) => {
      const line = log.line(index, 1e9);
      assert.deepEqual({ position: line.position, bytes: [...line.bytes] }, { position, bytes });
      assert.equal(log.linePosition(index), position);
      assert.deepEqual([...log.line(index, 3).bytes], bytes.slice(0, 3));
    });
    for (let end = 1; end <= lines.length; end++) {
      for (const bytesMax of [1, 10, 1000]) {
        const { first, bytes } = log.block(end, bytesMax);
        const whole = Buffer.from(lines.slice(first, end).flatMap((line, at) => (at === 0 ? line.bytes : [10, ...line.bytes])));
        assert.deepEqual(Buffer.from(bytes), whole.subarray(0, bytesMax));
        assert.ok(first === end - 1 || whole.length <= bytesMax);
        const oneMore = first > 0 ? whole.length + 1 + (lines[first - 1]?.bytes.length ?? 0) : Infinity;
        assert.ok(oneMore > bytesMax, `line ${first - 1} fits too`);
      }
    }
    for (const moment of [...moments, ...all.flatMap(({ position }) => [position - 1, position])]) {
      assert.deepEqual([...log.textAt(moment)], all.filter(({ position }) => position <= moment).map(({ byte }) => byte));
      assert.equal(log.lineAt(moment), lines.filter(({ position }) => position <= moment).length - 1);
    }
  }), { numRuns: 300 });
});

test('many lines take no more than 4 bytes for each byte', () => {
  const log = new ConsoleLog();
  const line = Buffer.from('[   12.345678] a line of a kernel\n');
  const before = process.memoryUsage().arrayBuffers;
  const count = 200_000;
  for (let index = 0; index < count * line.length; index++) log.add(line[index % line.length] ?? 0, index * 30, index);
  assert.equal(log.lineCount, count);
  assert.equal(log.linePosition(count - 1), (count - 1) * line.length * 30);
  // Arrays that grow by doubling are half empty at worst.
  const used = (process.memoryUsage().arrayBuffers - before) / (count * line.length);
  assert.ok(used < 2 * 4, `${used.toFixed(1)} bytes`);
});
