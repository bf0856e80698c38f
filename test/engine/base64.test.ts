import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { decodeBase64 } from '../../emulator/engine/base64.ts';

describe('decodeBase64', () => {
  for (const bytes of [[], [0], [255, 254], [1, 2, 3], [0xfb, 0xff, 0xbf, 0], Array.from({ length: 256 }, (_, value) => value)]) {
    test(`${bytes.length} bytes`, () => {
      assert.deepEqual([...decodeBase64(Buffer.from(bytes).toString('base64'))], bytes);
    });
  }

  test('refuses what is not base64', () => {
    assert.throws(() => decodeBase64('abc'), /four digits/);
    assert.throws(() => decodeBase64('ab_d'), /base64 digit/);
  });
});
