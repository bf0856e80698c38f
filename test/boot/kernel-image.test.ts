import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isGzip, readKernelImage } from '../../emulator/boot/kernel-image.ts';
import { UserError } from '../../emulator/user-error.ts';

/** A file that has these bytes at these offsets. */
function file(parts: Readonly<Record<number, string>>, sizeBytes = 4096): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  for (const [offset, text] of Object.entries(parts)) bytes.set(Buffer.from(text, 'latin1'), Number(offset));
  return bytes;
}

const refused: readonly (readonly [string, Readonly<Record<number, string>>, RegExp])[] = [
  ['Arm Image', { 0: 'MZ', 56: 'ARM\x64' }, /64-bit Arm/],
  ['x86 bzImage', { 0: 'MZ', 0x202: 'HdrS' }, /for x86/],
  ['Arm zImage', { 36: '\x18\x28\x6f\x01' }, /32-bit Arm/],
  ['EFI zboot', { 0: 'MZ\0\0zimg' }, /EFI kernel/],
  ['uImage', { 0: '\x27\x05\x19\x56' }, /U-Boot/],
  ['xz', { 0: '\xfd7zXZ\0' }, /with xz.*xz -d/],
  ['zstd', { 0: '\x28\xb5\x2f\xfd' }, /with zstd/],
  ['bzip2', { 0: 'BZh9' }, /with bzip2/],
  ['lz4', { 0: '\x02\x21\x4c\x18' }, /with lz4/],
  ['gzip', { 0: '\x1f\x8b\x08' }, /with gzip/],
];

for (const [name, parts, expected] of refused) {
  test(`${name} is refused in one sentence`, () => {
    assert.throws(() => readKernelImage('vmlinuz', file(parts)), (error) => {
      assert(error instanceof UserError);
      assert.match(error.message, expected);
      assert.match(error.message, /^vmlinuz is [^;]*, and does not run on this machine; (give|decompress) .*\.$/);
      return true;
    });
  });
}

test('a RISC-V Image is not taken for another, and says how much memory it needs', () => {
  assert.equal(readKernelImage('Image', file({ 0: 'MZ', 18: '\x10', 56: 'RSC\x05', 0x202: 'HdrS' })).sizeInMemory, 0x10_0000);
  assert.equal(readKernelImage('Image', file({ 56: 'RSC\x05' })).sizeInMemory, 4096);
  assert.equal(readKernelImage('raw', file({})).sizeInMemory, 4096);
  assert.equal(readKernelImage('raw', file({}, 3)).sizeInMemory, 3);
  assert.equal(readKernelImage('short', file({ 56: 'RSC\x05' }, 60)).sizeInMemory, 60);
});

test('gzip', () => {
  assert.equal(isGzip(Uint8Array.of(0x1f, 0x8b, 8)), true);
  assert.equal(isGzip(Uint8Array.of(0x1f)), false);
});
