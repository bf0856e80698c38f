/** What people give by mistake: one sentence each, that says what is wrong, where, and what to do. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { loadImages } from '../../emulator/boot/load-images.ts';
import { bootConfiguration, type BootOptions } from '../../emulator/host/boot-files.ts';
import { cannotWrite, readInputFile } from '../../emulator/host/node-host.ts';
import { UserError } from '../../emulator/user-error.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'bad-boot-'));
after(() => { rmSync(folder, { recursive: true }); });

const file = (name: string, contents: Uint8Array = Uint8Array.of(1, 2, 3, 4)): string => {
  writeFileSync(path.join(folder, name), contents);
  return path.join(folder, name);
};
/** 4 KiB of zeros with something in them. */
const header = (name: string, fields: readonly (readonly [offset: number, bytes: readonly number[] | string])[]): string => {
  const bytes = new Uint8Array(4096);
  for (const [offset, value] of fields) bytes.set(typeof value === 'string' ? Buffer.from(value, 'latin1') : value, offset);
  return file(name, bytes);
};
const elf = (name: string, kind: number, order: number, type: readonly number[], machine: readonly number[]): string =>
  header(name, [[0, '\u007fELF'], [4, [kind, order, 1]], [16, type], [18, machine]]);

const bios = file('fw.bin');
const image = (size: number): readonly (readonly [number, readonly number[] | string])[] => [[56, 'RSC\u0005'], [16, [0, 0, 0, size]]];
const kernel = header('Image', image(1));
const program = file('program.bin');
const large = file('large.cpio');
truncateSync(large, 300 * 2 ** 20);

const rows: readonly (readonly [what: string, options: BootOptions, sentence: RegExp])[] = [
  ['a kernel for x86', { bios, kernel: header('bzImage', [[0x202, 'HdrS']]) }, /^bzImage is a Linux kernel for x86, and does not run on this machine; give one for riscv64\.$/],
  ['a kernel for Arm', { bios, kernel: header('Image.arm64', [[56, 'ARM\u0064']]) }, /^Image\.arm64 is a Linux kernel for 64-bit Arm, .*; give one for riscv64\.$/],
  ['a big-endian kernel', { bios, kernel: header('Image.be', [...image(1), [24, [1]]]) }, /^Image\.be is a big-endian Linux kernel \(flags at 0x18\); give a little-endian one\.$/],
  ['an ELF kernel of 32 bits', { bios, kernel: elf('rv32', 1, 1, [2, 0], [243, 0]) }, /^rv32 is not a 64-bit ELF file .*; build it for rv64/],
  ['a big-endian ELF kernel', { bios, kernel: elf('be', 2, 2, [0, 2], [0, 243]) }, /^be is not a little-endian ELF file .*; build it for little-endian rv64/],
  ['an ELF kernel for x86', { bios, kernel: elf('x86', 2, 1, [2, 0], [62, 0]) }, /^x86 is for another processor .*; build it with a RISC-V compiler\.$/],
  ['firmware for Arm', { bios: elf('arm.fw', 2, 1, [2, 0], [183, 0]), kernel }, /^arm\.fw is for another processor/],
  ['a program for 32 bits', { program: elf('rv32.elf', 1, 1, [2, 0], [243, 0]) }, /^rv32\.elf is not a 64-bit ELF file/],
  ['an object file', { bios, kernel: elf('vmlinux.o', 2, 1, [1, 0], [243, 0]) }, /^vmlinux\.o is an object file .*; link it/],
  ['a kernel that is no file', { bios, kernel: folder }, /^Cannot read the kernel .*: it is a folder; give a file$/],
  ['a kernel that is not there', { bios, kernel: '/nowhere/Image' }, /^Cannot read the kernel \/nowhere\/Image: there is no such file or folder; check the name$/],
  ['a kernel inside of a file', { bios, kernel: path.join(bios, 'Image') }, /^Cannot read the kernel .*: a part of the path is not a folder; check the name$/],
  ['an empty kernel', { bios, kernel: file('empty', new Uint8Array(0)) }, /^empty is empty; give a kernel with contents\.$/],
  ['firmware that is not there', { bios: '/nowhere/fw.bin', kernel }, /^Cannot read the firmware \/nowhere\/fw\.bin: there is no such file or folder; check the name$/],
  ['firmware that is a folder', { bios: folder, kernel }, /^Cannot read the firmware .*: it is a folder; give a file$/],
  ['empty firmware', { bios: file('fw', new Uint8Array(0)), kernel }, /^fw is empty; give firmware with contents\.$/],
  ['an initial RAM disk that is a folder', { bios, kernel, initrd: folder }, /^Cannot read the initial RAM disk .*: it is a folder; give a file$/],
  ['an empty initial RAM disk', { bios, kernel, initrd: file('initrd', new Uint8Array(0)) }, /^initrd is empty; give an initial RAM disk with contents\.$/],
  ['an initial RAM disk larger than memory', { bios, kernel, initrd: large, memory: '256M' }, /^large\.cpio: the initial RAM disk takes 0x[0-9a-f]+ to 0x[0-9a-f]+, outside memory, which is 0x80000000 to 0x90000000; give the machine more memory, or give a smaller one\.$/],
  ['a kernel larger than memory', { bios, kernel: header('Image.64M', image(4)), memory: '32M' }, /^Image\.64M: the kernel takes 0x80200000 to 0x84200000, outside memory, which is 0x80000000 to 0x82000000; give the machine more memory/],
  ['a command line without a kernel', { bios, append: 'quiet' }, /^--append is for a kernel; give one with --kernel\.$/],
  ['an initial RAM disk without a kernel', { bios, initrd: program }, /^--initrd is for a kernel; give one with --kernel\.$/],
  ['a raw program without an address', { program }, /^program\.bin is not an ELF file/],
  ['a raw program outside memory', { program, loadAddress: 0x1000 }, /^program\.bin: the raw image takes 0x1000 to 0x1004, outside memory/],
  ['too much memory', { program, loadAddress: 0x8000_0000, memory: '4G' }, /^A memory size of 4294967296 bytes is not possible; choose .* up to 2 GiB/],
  ['no memory', { program, loadAddress: 0x8000_0000, memory: '0' }, /^--memory: '0' is not a size; write one such as 128M or 1G\.$/],
  ['a drive that is a folder', { bios, drives: [folder] }, /^The drive image .* is a folder, not a file: give a raw disk image$/],
  ['a drive that is not there', { bios, drives: ['/nowhere/disk.img'] }, /^Cannot open the drive image \/nowhere\/disk\.img: there is no such file or folder; check the name$/],
];

for (const [what, options, sentence] of rows) {
  test(what, () => {
    assert.throws(() => loadImages(bootConfiguration(options, (name) => `--${name}`)), (error) => {
      assert.ok(error instanceof UserError, String(error));
      assert.match(error.message, sentence);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
  });
}

test('the same image as two drives: each is a disk of its own, since neither writes into it', () => {
  mkdirSync(path.join(folder, 'disks'));
  const disk = file('disks/a.img', new Uint8Array(1024));
  assert.equal(bootConfiguration({ bios, drives: [disk, disk] }, String).devices?.drives?.length, 2);
});

test('a file that must not be read', { skip: process.getuid?.() === 0 ? 'root may read everything' : process.platform === 'win32' }, () => {
  const secret = file('secret');
  writeFileSync(secret, '', { mode: 0 });
  assert.throws(() => readInputFile(secret, 'the kernel'), /^Cannot read the kernel .*: permission denied; make it readable for you$/);
});

test('a cache that cannot be written', () => {
  const coded = (code: string): Error => Object.assign(new Error(code), { code });
  const check = (error: unknown, expected: RegExp | undefined): void => {
    const sentence = cannotWrite(path.join(folder, 'cache', 'linux'), error);
    if (expected === undefined) assert.equal(sentence, undefined);
    else assert.match(sentence ?? '', expected);
  };
  check(coded('EACCES'), /^Cannot write into .*cache.linux: permission denied; make it writable, or name another cache folder in XDG_CACHE_HOME\. Nothing was changed\.$/);
  check(coded('EROFS'), /the file system is read-only; make it writable/);
  check(coded('ENOTDIR'), /a part of the path is not a folder/);
  check(coded('ENOSPC'), /the disk is full; make room, or name another cache folder/);
  check(new UserError('dpkg-deb says: No space left on device'), /the disk is full/);
  check(coded('ENOENT'), undefined);
  check(new TypeError('a defect'), undefined);
  check(new UserError('no network'), undefined);
});
