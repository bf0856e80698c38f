import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseElf } from '../../emulator/boot/elf.ts';
import { loadImages } from '../../emulator/boot/load-images.ts';
import { UserError } from '../../emulator/user-error.ts';
import { elfFile, PT_DYNAMIC, PT_INTERP, type ElfSpec } from './elf-file.ts';

const MIB = 1024 * 1024;

/** `expect`: `address+bytes/memory` of each segment, then the entry; or the message, or a part of it. */
function check(input: ElfSpec | Uint8Array, expect: string | RegExp): void {
  const bytes = input instanceof Uint8Array ? input : elfFile(input);
  if (typeof expect === 'string') {
    const program = parseElf('guest.elf', bytes);
    const segments = program.segments.map((segment) => `${segment.physicalAddress.toString(16)}+${segment.bytes.length}/${segment.sizeInMemory}`);
    assert.equal([...segments, `entry ${program.entry.toString(16)}`].join(' '), expect);
    return;
  }
  assert.throws(() => parseElf('guest.elf', bytes), (error) => {
    assert(error instanceof UserError, String(error));
    assert.match(error.message, expect);
    assert.match(error.message, /^guest\.elf.*; [a-z].*\.$/s, 'what, where; what to do.');
    return true;
  });
}

test('executables', () => {
  check({}, '80000000+16/32 entry 80000000');
  check({ type: 3 }, '80000000+16/32 entry 80000000');
  check({ segments: [{ bytes: new Uint8Array(0), sizeInMemory: 64n }] }, '80000000+0/64 entry 80000000');
  check({ segments: [{}, { bytes: new Uint8Array(0) }, { type: PT_DYNAMIC, fileOffset: 1n << 60n }] }, '80000000+16/16 entry 80000000');
  // No bytes in the file: the offset means nothing.
  check({ segments: [{ bytes: new Uint8Array(0), sizeInMemory: 8n, fileOffset: 1n << 63n }] }, '80000000+0/8 entry 80000000');
  check({ segments: [{ physicalAddress: 0x8020_0000n }, { physicalAddress: 0x8030_0000n }], entry: 0x8020_0004n },
    '80200000+16/16 80300000+16/16 entry 80200004');
});

test('an entry at a virtual address moves with its segment', () => {
  const virtualAddress = 0xffff_ffff_8000_0000n;
  check({ entry: virtualAddress + 4n, segments: [{ virtualAddress, physicalAddress: 0x8020_0000n }] }, '80200000+16/16 entry 80200004');
  check({ entry: virtualAddress + 16n, segments: [{ virtualAddress, physicalAddress: 0x8020_0000n }] }, '80200000+16/16 entry ffffffff80000010');
  check({ entry: virtualAddress, segments: [{ virtualAddress, flags: 6 }] }, '80000000+16/16 entry ffffffff80000000');
});

test('files that are not for this machine', () => {
  check(new Uint8Array(0), /is not an ELF file/);
  check(new TextEncoder().encode('#!/bin/sh\n'), /load it as a raw image/);
  check(elfFile().subarray(0, 63), /is cut off: it has 63 bytes/);
  check({ elfClass: 1 }, /not a 64-bit ELF file \(class 1 at 0x4\)/);
  check({ data: 2 }, /not a little-endian ELF file/);
  check({ version: 0 }, /ELF version 0 \(at 0x6\)/);
  check({ machine: 62 }, /for another processor \(ELF machine 62 at 0x12/);
  check({ type: 1 }, /not linked yet/);
  check({ type: 4 }, /core dump/);
  check({ type: 0xff00 }, /not an executable \(ELF type 65280 at 0x10\)/);
  check({ segments: [{ type: PT_INTERP }, {}] }, /program header 0 \(at 0x40\) asks for a dynamic loader/);
});

test('program headers', () => {
  check({ programHeaderCount: 0 }, /no program headers/);
  check({ programHeaderCount: 0xffff }, /65535 or more/);
  check({ programHeaderCount: 3 }, /program headers end at 0xe8 and the file at 0x88/);
  check({ programHeaderSize: 32 }, /program headers of 32 bytes \(at 0x36\)/);
  check({ programHeaderOffset: (1n << 64n) - 1n }, /end at 0x10000000000000037/);
  check({ programHeaderOffset: 1n << 63n }, /cut off or damaged/);
  check({ segments: [{ type: PT_DYNAMIC }] }, /nothing to load/);
  check({ segments: [{ bytes: new Uint8Array(0) }] }, /nothing to load/);
});

test('segments', () => {
  check({ segments: [{}, { sizeInFile: 17n, sizeInMemory: 17n }] }, /program header 1 \(at 0x78\) takes the bytes up to 0xd1 and the file ends at 0xd0/);
  check({ segments: [{ fileOffset: (1n << 64n) - 8n }] }, /up to 0x10000000000000008/);
  check({ segments: [{ sizeInMemory: 15n }] }, /more bytes in the file \(0x10\) than in memory \(0xf\)/);
  check({ segments: [{ sizeInFile: (1n << 64n) - 1n, sizeInMemory: (1n << 64n) - 1n }] }, /cut off or damaged/);
  check(elfFile().subarray(0, -1), /cut off or damaged/);
});

/** Loads, or says why not in one sentence; anything else is a defect. */
function loadsOrExplains(bytes: Uint8Array): void {
  try {
    const loaded = loadImages({ memorySizeBytes: 4 * MIB, images: [{ name: 'guest.elf', kind: 'elf', bytes }] });
    for (const segment of loaded.segments) {
      assert(segment.gpa >= 0x8000_0000 && segment.gpa + segment.sizeInMemory <= 0x8040_0000, 'inside memory');
      assert(segment.bytes.length <= segment.sizeInMemory);
    }
  } catch (error) {
    assert(error instanceof UserError, error instanceof Error ? error.stack : String(error));
  }
}

const hostileBase = elfFile({ segments: [{ sizeInMemory: 32n }, { physicalAddress: 0x8010_0000n }, { type: PT_DYNAMIC }] });

test('a file cut at any length', () => {
  for (let length = 0; length <= hostileBase.length; length++) loadsOrExplains(hostileBase.slice(0, length));
});

test('any byte changed', () => {
  for (let index = 0; index < hostileBase.length; index++) {
    for (const value of [0, 1, 2, 3, 0x7f, 0x80, 0xff]) {
      const bytes = hostileBase.slice();
      bytes[index] = value;
      loadsOrExplains(bytes);
    }
  }
});

test('random damage', () => {
  const damage = fc.array(fc.tuple(fc.nat(hostileBase.length - 1), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 12 });
  fc.assert(fc.property(damage, fc.nat(hostileBase.length), (changes, length) => {
    const bytes = hostileBase.slice();
    for (const [index, value] of changes) bytes[index] = value;
    loadsOrExplains(bytes);
    loadsOrExplains(bytes.subarray(0, length));
  }), { numRuns: 3000 });
});
