/** Operations of location expressions (DWARF 5, 2.5), one row each. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compileExpression, evaluateExpression } from '../../debug-adapter/dwarf/expression.ts';
import type { ExpressionContext, Location } from '../../debug-adapter/dwarf/expression.ts';
import { storageOf } from '../../debug-adapter/dwarf/storage.ts';

const MEMORY = Uint8Array.from({ length: 64 }, (_, index) => index);

/** By the expression that asks: a0, fa0, and a parameter that is not passed. */
const AT_ENTRY: ReadonlyMap<string, bigint> = new Map([['5a', 77n], ['902a', 78n], ['fa01020304', 79n]]);

function context(extra: Partial<ExpressionContext> = {}): ExpressionContext {
  return {
    memory: (address, sizeBytes) => (address < 64n ? MEMORY.subarray(Number(address), Number(address) + sizeBytes) : new Uint8Array(0)),
    register: (number) => (number === 31 ? undefined : BigInt(number) * 0x100n),
    frameBase: () => 0x1000n, cfa: () => 0x2000n, unit: undefined, entryValue: (expression) => AT_ENTRY.get(Buffer.from(expression).toString('hex')), pc: 0n,
    ...extra,
  };
}

function show(location: Location): string {
  switch (location.kind) {
    case 'memory': return `@${location.address.toString(16)}`;
    case 'register': return `r${location.number}`;
    case 'value': return `=${location.value.toString(16)}`;
    case 'bytes': return `[${Buffer.from(location.bytes).toString('hex')}]`;
    case 'pieces': return location.pieces.map(({ location: part, sizeBits, offsetBits }) => `${show(part)}:${sizeBits}+${offsetBits}`).join(' ');
    case 'implicit-pointer': return `->${location.entry.toString(16)}+${location.offsetBytes}`;
    case 'none': return `none: ${location.why}`;
  }
}

/** Bytes in hexadecimal, what they say. */
const ROWS: readonly (readonly [bytes: string, expect: string])[] = [
  ['03 1122334455667788', '@8877665544332211'], ['08 ff 9f', '=ff'], ['09 ff 9f', '=ffffffffffffffff'], ['0a 3412 9f', '=1234'], ['0b feff 9f', '=fffffffffffffffe'], ['0c 78563412 9f', '=12345678'], ['0d ffffffff 9f', '=ffffffffffffffff'],
  ['0e 0100000000000080 9f', '=8000000000000001'], ['10 e58e26 9f', '=98765'], ['11 7f 9f', '=ffffffffffffffff'], ['35', '@5'], ['35 12 22 9f', '=a'], ['35 36 13 9f', '=5'], ['35 36 14 1c 9f', '=1'], ['31 32 33 15 02 9f', '=1'], ['31 32 16 9f', '=1'],
  ['31 32 33 17 9f', '=2'], ['38 06 9f', '=f0e0d0c0b0a0908'], ['38 94 02 9f', '=908'], ['11 7b 19 9f', '=5'], ['37 33 1a 9f', '=3'], ['11 79 32 1b 9f', '=fffffffffffffffd'], ['37 33 1d 9f', '=1'], ['37 33 1e 9f', '=15'], ['35 1f 9f', '=fffffffffffffffb'],
  ['30 20 9f', '=ffffffffffffffff'], ['34 33 21 9f', '=7'], ['35 23 80 01 9f', '=85'], ['31 34 24 9f', '=10'], ['11 70 32 25 9f', '=3ffffffffffffffc'], ['11 70 32 26 9f', '=fffffffffffffffc'], ['35 33 27 9f', '=6'], ['31 28 0100 35 36 9f', '=6'], ['2f 0100 35 36 9f', '=6'],
  ['35 35 29 9f', '=1'], ['11 7f 30 2d 9f', '=1'], ['11 7f 30 2a 9f', '=0'], ['31 32 2b 9f', '=0'], ['31 31 2c 9f', '=1'], ['31 32 2e 9f', '=1'], ['5a', 'r10'], ['90 2a', 'r42'], ['7a 08', '@a08'], ['92 0a 7f', '@9ff'], ['91 78', '@ff8'], ['9c', '@2000'], ['96 31', '@1'],
  ['9e 03 010203', '[010203]'], ['5a 93 04 5b 93 04', 'r10:32+0 r11:32+0'], ['93 04 5b 93 04', 'none: optimized out:32+0 r11:32+0'], ['5a 9d 05 03', 'r10:5+3'], ['35 9f 93 08', '=5:64+0'],
  ['a0 34120000 04', '->1234+4'], ['f2 34120000 7c', '->1234+-4'], ['a3 01 5a 9f', '=4d'], ['f3 01 5a 9f', '=4d'], ['a3 01 5b 9f', 'none: optimized out'], ['a3 01 5a 23 03 9f', '=50'], ['a3 03 a5 0a 00 9f', '=4d'], ['f3 03 f5 2a 00 9f', '=4e'], ['a3 03 a5 2b 00 9f', 'none: optimized out'], ['fa 01020304 9f', '=4f'], ['fa 01020305 9f', 'none: optimized out'], ['35 a8 00 9f', '=5'],
  ['35 9b', 'none: in thread-local storage'], ['35 e0', 'none: in thread-local storage'], ['31 32 18', 'none: in an address space of its own'], ['97', 'none: relative to an object'], ['8f 00', 'none: optimized out'], ['22', 'none: damaged debug information'], ['03 11', 'none: damaged debug information'],
  ['ff', 'none: optimized out'], ['31 30 1b 9f', 'none: a division by zero'], ['0a ffff 06', 'none: in memory that is not mapped'], ['2f fdff', 'none: an expression that takes too long'], ['31 2f fcff', 'none: an expression that needs too much stack'], ['', 'none: optimized out'],
];

function bytesOfText(text: string): Uint8Array {
  return new Uint8Array(Buffer.from(text.replaceAll(' ', ''), 'hex'));
}

describe('location expressions', () => {
  for (const [text, expect] of ROWS) {
    test(text === '' ? 'nothing' : text, () => {
      const bytes = bytesOfText(text);
      assert.equal(show(evaluateExpression(bytes, context())), expect);
      assert.equal(show(compileExpression(bytes, undefined)(context())), expect);
    });
  }

  test('pieces of registers are written where they are', () => {
    const location = evaluateExpression(bytesOfText('5a 93 04 5b 93 04'), context());
    const storage = storageOf(location, { memory: context().memory, register: context().register, savedAt: (number) => (number === 10 ? { kind: 'register', number } : { kind: 'memory', address: 0x40n }) });
    assert.deepEqual(storage.edits?.(0, Uint8Array.from([1, 2, 3, 4, 5, 6, 7, 8])), [
      { kind: 'register', register: 10, value: 0x04030201n }, { kind: 'memory', address: 0x40n, bytes: Uint8Array.from([5, 6, 7, 8, 0, 0, 0, 0]) },
    ]);
  });

  test('random bytes end', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => { show(evaluateExpression(bytes, context())); }), { numRuns: 2_000 });
  });
});
