import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loadImages } from '../../emulator/boot/load-images.ts';
import type { GuestImage } from '../../emulator/machine/machine-types.ts';
import { UserError } from '../../emulator/user-error.ts';
import { findTool, missingTools, tools } from '../tools.ts';
import { elfFile, type ElfSpec } from './elf-file.ts';

const MIB = 1024 * 1024;

function elf(spec: ElfSpec = {}, name = 'guest.elf'): GuestImage {
  return { name, kind: 'elf', bytes: elfFile(spec) };
}

function raw(address: number, sizeBytes = 16, name = 'image.bin'): GuestImage {
  return { name, kind: 'raw', bytes: new Uint8Array(sizeBytes).fill(1), address };
}

/** `expect`: `source@address+bytes/memory` of each segment but the device tree, the device tree's address, the entry; or the message. */
function check(images: readonly GuestImage[], expect: string | RegExp, memorySizeBytes = 128 * MIB): void {
  if (typeof expect === 'string') {
    const loaded = loadImages({ memorySizeBytes, images });
    const segments = loaded.segments.filter((segment) => segment.gpa !== loaded.deviceTree)
      .map((segment) => `${segment.source}@${segment.gpa.toString(16)}+${segment.bytes.length}/${segment.sizeInMemory}`);
    assert.equal([...segments, `tree ${loaded.deviceTree.toString(16)}`, `entry ${loaded.entry.toString(16)}`].join(' '), expect);
    return;
  }
  assert.throws(() => loadImages({ memorySizeBytes, images }), (error) => {
    assert(error instanceof UserError, String(error));
    assert.match(error.message, expect);
    assert.match(error.message, /; [a-z].*\.$/, 'what to do');
    return true;
  });
}

test('what is loaded', () => {
  check([elf()], 'guest.elf@80000000+16/32 tree 87e00000 entry 80000000');
  check([raw(0x8020_0000)], 'image.bin@80200000+16/16 tree 87e00000 entry 80200000');
  check([elf({ segments: [{ physicalAddress: 0x8000_1000n }, { physicalAddress: 0x8000_0000n }] }), raw(0x8020_0000)],
    'guest.elf@80000000+16/16 guest.elf@80001000+16/16 image.bin@80200000+16/16 tree 87e00000 entry 80000000');
  check([raw(0x8020_0000, 15), elf()], 'guest.elf@80000000+16/32 image.bin@80200000+15/15 tree 87e00000 entry 80200000');
  check([raw(0x8000_0000, 16), raw(0x8000_0010, 16, 'next.bin')], 'image.bin@80000000+16/16 next.bin@80000010+16/16 tree 87e00000 entry 80000000');
});

test('what does not fit', () => {
  check([], /^There is no guest image/);
  check([elf({ segments: [{ physicalAddress: 0n }] })], /^guest\.elf: program header 0 \(at 0x40\) takes 0x0 to 0x10, outside memory, which is 0x80000000 to 0x88000000; link it to/);
  check([elf({ segments: [{ physicalAddress: 0x8800_0000n }] })], /takes 0x88000000 to 0x88000010, .*; give the machine more memory, or/);
  check([elf({ segments: [{ physicalAddress: 0x87ff_fff8n }] })], /outside memory/);
  check([elf({ segments: [{ sizeInMemory: 0x0800_0001n }] })], /outside memory/);
  check([elf({ segments: [{ sizeInMemory: (1n << 64n) - 1n }] })], /takes 0x80000000 to 0x1000000007fffffff.*; link it to/);
  check([elf({ segments: [{ physicalAddress: (1n << 64n) - 8n }] })], /outside memory/);
  check([elf({ entry: 0n })], /entry point 0x0 \(e_entry, at 0x18\) is outside memory/);
  check([elf({ entry: 0x8800_0000n })], /entry point 0x88000000 .* outside memory/);
  check([elf({ entry: 0x8000_0001n })], /is odd/);
  check([{ name: 'image.bin', kind: 'raw', bytes: new Uint8Array(1) }], /without a load address/);
  check([raw(0x1000)], /^image\.bin: the raw image takes 0x1000 to 0x1010, outside memory/);
  check([raw(0x87ff_fff1)], /not an even, non-negative integer/);
  check([raw(-4096)], /not an even/);
  check([raw(Number.NaN)], /not an even/);
  check([raw(0x87ff_fff2)], /outside memory/);
  check([raw(0x8000_0000, 0)], /is empty/);
});

test('what overlaps', () => {
  check([elf({ segments: [{}, { physicalAddress: 0x8000_000fn }] })], /guest\.elf \(0x80000000 to 0x80000010\) and guest\.elf \(0x8000000f to 0x8000001f\) overlap.*build it again/);
  check([elf(), raw(0x8000_001e)], /guest\.elf .* and image\.bin .* overlap in memory; load them at other addresses/);
  check([raw(0x8000_0000), raw(0x8000_0000, 1, 'other.bin')], /overlap/);
  check([raw(0x87e0_0000)], /image\.bin .* and the device tree .* overlap|the device tree .* and image\.bin .* overlap/);
});

test('memory sizes', () => {
  check([raw(0x8000_0000)], 'image.bin@80000000+16/16 tree 80002000 entry 80000000', 3 * 4096);
  check([raw(0x8000_0000)], /the device tree .* overlap/, 4096);
  check([raw(0x8000_0000)], 'image.bin@80000000+16/16 tree bfe00000 entry 80000000', 2048 * MIB);
  for (const size of [0, -4096, 4095, 4097, 2 ** 31 + 4096, Number.NaN, Infinity, 4096.5]) check([elf()], /A memory size of .* is not possible/, size);
});

test('real firmware', { skip: missingTools(tools.opensbi) }, () => {
  const firmware = path.join(path.dirname(findTool(tools.opensbi) ?? ''), 'fw_jump.elf');
  const loaded = loadImages({ memorySizeBytes: 128 * MIB, images: [{ name: 'fw_jump.elf', kind: 'elf', bytes: readFileSync(firmware) }] });
  assert.equal(loaded.entry, 0x8000_0000);
  assert.equal(loaded.segments[0]?.gpa, 0x8000_0000);
});
