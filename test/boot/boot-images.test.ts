/** Firmware, kernel and initial RAM disk: where they are put, and what the device tree says of them. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { loadImages } from '../../emulator/boot/load-images.ts';
import type { GuestImage, ImageRole, MachineConfiguration } from '../../emulator/machine/machine-types.ts';
import { UserError } from '../../emulator/user-error.ts';
import { findTool, missingTools, tools } from '../tools.ts';
import { readDeviceTree } from './device-tree-reader.ts';
import { elfFile } from './elf-file.ts';

const MIB = 1024 * 1024;

function image(role: ImageRole, sizeBytes: number, name: string = role): GuestImage {
  return { name, kind: 'raw', bytes: new Uint8Array(sizeBytes).fill(1), role };
}

function elf(role: ImageRole, physicalAddress: bigint, entry: bigint = physicalAddress): GuestImage {
  return { name: `${role}.elf`, kind: 'elf', bytes: elfFile({ entry, segments: [{ physicalAddress, virtualAddress: physicalAddress }] }), role };
}

/** A Linux Image that says it needs so much memory. */
function linux(imageSize: number, flags = 0n): GuestImage {
  const bytes = new Uint8Array(4096);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(16, BigInt(imageSize), true);
  view.setBigUint64(24, flags, true);
  bytes.set(Buffer.from('RSC\x05'), 56);
  return { name: 'Image', kind: 'raw', bytes, role: 'kernel' };
}

/** `expect`: `source@address+size` of each image, the entry, the next stage; or the message. */
function check(images: readonly GuestImage[], expect: string | RegExp, memorySizeBytes = 256 * MIB): void {
  if (typeof expect === 'string') {
    const loaded = loadImages({ memorySizeBytes, images });
    const segments = loaded.segments.filter(({ gpa }) => gpa !== loaded.deviceTree).map(({ source, gpa, sizeInMemory }) => `${source}@${gpa.toString(16)}+${sizeInMemory}`);
    const next = loaded.firmwareInfo === 0 ? 'none' : nextStage(loaded).toString(16);
    assert.equal([...segments, `entry ${loaded.entry.toString(16)}`, `next ${next}`].join(' '), expect);
    return;
  }
  assert.throws(() => loadImages({ memorySizeBytes, images }), (error) => {
    assert(error instanceof UserError, String(error));
    assert.match(error.message, expect);
    return true;
  });
}

/** The field next_addr of struct fw_dynamic_info, whose other fields are checked. */
function nextStage({ segments, deviceTree, firmwareInfo }: ReturnType<typeof loadImages>): number {
  const tree = segments.find(({ gpa }) => gpa === deviceTree);
  assert(tree !== undefined);
  const view = new DataView(tree.bytes.buffer, firmwareInfo - deviceTree);
  const fields = Array.from({ length: 6 }, (_, index) => Number(view.getBigUint64(8 * index, true)));
  const [magic, version, next, mode, options, hart] = fields;
  assert.deepEqual([magic, version, mode, options, hart], [0x4942534f, 2, 1, 0, 0]);
  return next ?? -1;
}

test('places', () => {
  check([image('firmware', 100)], 'firmware@80000000+100 entry 80000000 next 0');
  check([image('firmware', 100), image('kernel', 100)], 'firmware@80000000+100 kernel@80200000+100 entry 80000000 next 80200000');
  check([image('kernel', 100), image('firmware', 2 * MIB)], 'firmware@80000000+2097152 kernel@80200000+100 entry 80000000 next 80200000');
  check([image('firmware', 2 * MIB + 1), image('kernel', 100)], 'firmware@80000000+2097153 kernel@80400000+100 entry 80000000 next 80400000');
  check([image('kernel', 100)], 'kernel@80000000+100 entry 80000000 next none');
  check([image('firmware', 1), linux(30 * MIB), image('initrd', 500)], `firmware@80000000+1 Image@80200000+${30 * MIB} initrd@88200000+500 entry 80000000 next 80200000`);
  check([image('firmware', 1), image('kernel', 2), image('initrd', 500)], 'firmware@80000000+1 kernel@80200000+2 initrd@83200000+500 entry 80000000 next 80200000', 96 * MIB);
  check([image('firmware', 1), image('kernel', 2), image('initrd', 500)], 'firmware@80000000+1 kernel@80200000+2 initrd@88200000+500 entry 80000000 next 80200000', 2048 * MIB);
});

test('ELF files', () => {
  check([elf('firmware', 0x8000_0000n, 0x8000_0008n)], 'firmware.elf@80000000+16 entry 80000000 next 0');
  check([elf('firmware', 0x8010_0000n, 0x8010_0008n)], 'firmware.elf@80100000+16 entry 80100008 next 0');
  check([image('firmware', 1), elf('kernel', 0x8100_0000n, 0x8100_0008n)], 'firmware@80000000+1 kernel.elf@81000000+16 entry 80000000 next 81000000');
  check([elf('kernel', 0x8000_0000n, 0x8000_0008n)], 'kernel.elf@80000000+16 entry 80000008 next none');
  check([image('firmware', 1), elf('kernel', 0n)], /kernel\.elf: program header 0 .* outside memory/);
});

test('what is refused', () => {
  check([image('initrd', 1)], /initial RAM disk but no kernel/);
  check([image('firmware', 1), image('initrd', 1)], /^initrd is an initial RAM disk without a kernel/);
  check([image('kernel', 1, 'a'), image('kernel', 1, 'b')], /^a and b both want to be the kernel; give one\.$/);
  check([image('program', 1), image('firmware', 1)], /^program is a program of its own beside/);
  check([image('firmware', 0)], /^firmware is empty/);
  check([image('kernel', 0)], /^kernel is empty/);
  check([image('firmware', 1), image('kernel', 1), image('initrd', 0)], /^initrd is empty/);
  check([image('firmware', 1), linux(100 * MIB), image('initrd', 100)], /Image \(0x80200000 to 0x86600000\) and initrd \(0x84200000 to .*\) overlap/, 128 * MIB);
  check([image('firmware', 1), linux(200 * MIB)], /Image: the kernel takes 0x80200000 to 0x8ca00000, outside memory, .* give the machine more memory/, 128 * MIB);
  check([image('firmware', 1), image('kernel', 1), image('initrd', 64 * MIB)], /initrd: the initial RAM disk takes .* outside memory/, 128 * MIB);
  check([image('firmware', 1), linux(1, 1n)], /big-endian/);
});

const chosen = (configuration: MachineConfiguration): Record<string, string> => {
  const loaded = loadImages(configuration);
  const tree = loaded.segments.find(({ gpa }) => gpa === loaded.deviceTree);
  assert(tree !== undefined);
  return Object.fromEntries(readDeviceTree(tree.bytes).get('/chosen') ?? []);
};

test('the seed and the command line are in the device tree', () => {
  const seed = Uint8Array.from({ length: 32 }, (_, index) => index);
  const images = [image('firmware', 1), image('kernel', 1)];
  const properties = chosen({ memorySizeBytes: 128 * MIB, images, bootArguments: 'quiet', randomSeed: seed });
  assert.equal(properties['rng-seed'], Buffer.from(seed).toString('hex'));
  assert.equal(properties['bootargs'], Buffer.from('quiet\0').toString('hex'));
  assert.equal(chosen({ memorySizeBytes: 128 * MIB, images })['rng-seed'], undefined);
});

test("the device tree's /chosen is QEMU's", { skip: missingTools(tools.qemu) }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'boot-images-'));
  try {
    const file = (name: string): string => path.join(folder, name);
    writeFileSync(file('firmware'), new Uint8Array(3000));
    writeFileSync(file('kernel'), new Uint8Array(5000));
    writeFileSync(file('initrd'), new Uint8Array(70_001));
    for (const megabytes of [96, 128, 256, 1024, 2048]) {
      spawnSync(findTool(tools.qemu) ?? '', ['-M', `virt,dumpdtb=${file('dtb')}`, '-m', `${megabytes}`, '-bios', file('firmware'), '-kernel', file('kernel'),
        '-initrd', file('initrd'), '-append', 'console=ttyS0 quiet', '-display', 'none']);
      const theirs = Object.fromEntries(readDeviceTree(readFileSync(file('dtb'))).get('/chosen') ?? []);
      delete theirs['rng-seed'];
      const images = [image('firmware', 3000), image('kernel', 5000), image('initrd', 70_001)];
      assert.deepEqual(chosen({ memorySizeBytes: megabytes * MIB, images, bootArguments: 'console=ttyS0 quiet' }), theirs, `${megabytes} MiB`);
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
});
