import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { decodeValue, encodeValue, type Encodable } from '../../emulator/record/codec.ts';

function check(value: Encodable): void {
  assert.deepEqual(decodeValue(encodeValue(value)), value);
}

const LENGTHS = [0, 1, 2, 3, 4, 5, 7, 8, 15, 16, 17, 31, 32, 127, 128, 254, 255, 256, 257, 4095, 65_535, 65_536, 70_000];

test('numbers of every width come back', () => {
  for (let bits = 0; bits <= 53; bits++) {
    for (const near of [-1, 0, 1]) {
      const value = Math.min(2 ** bits + near, Number.MAX_SAFE_INTEGER);
      check(value);
      if (value !== 0) check(-value);
    }
  }
  check(0.1);
});

test('bytes, strings and lists of every length come back', () => {
  for (const length of LENGTHS) {
    check(Uint8Array.from({ length }, (_, index) => index * 7));
    check('x'.repeat(length));
    check('ü€😀'.repeat(length % 1000));
    check(Array.from({ length }, (_, index) => index));
  }
});

test('any value comes back', () => {
  const { value } = fc.letrec<{ value: Encodable }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 4 }, fc.constant(null), fc.boolean(), fc.maxSafeInteger(), fc.string({ unit: 'grapheme' }), fc.uint8Array({ maxLength: 300 }),
      fc.array(tie('value'), { maxLength: 20 }),
    ),
  }));
  fc.assert(fc.property(value, check));
});
