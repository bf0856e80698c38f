import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32 as zlibCrc32 } from 'node:zlib';
import fc from 'fast-check';
import xxhash from 'xxhash-wasm';
import { xxh64 } from '../../emulator/machine/xxh64.ts';
import { crc32 } from '../../emulator/record/crc32.ts';

test('CRC-32 of the check value of the catalogue of parametrised CRC algorithms', () => {
  assert.equal(crc32(new TextEncoder().encode('123456789')), 0xcbf43926);
});

test('CRC-32 equals zlib', { skip: typeof zlibCrc32 === 'function' ? false : 'this Node has no zlib.crc32' }, () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 100 }), (bytes) => crc32(bytes) === zlibCrc32(bytes)));
});

test('XXH64 equals xxhash-wasm', async () => {
  const api = await xxhash();
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => xxh64(bytes) === api.h64Raw(bytes).toString(16).padStart(16, '0')));
});
