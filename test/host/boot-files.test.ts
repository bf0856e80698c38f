/** What people give on the command line or in a launch configuration, and the machine that it makes. */
import assert from 'node:assert/strict';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { bootConfiguration, type BootOptions } from '../../emulator/host/boot-files.ts';
import { parseDrive } from '../../emulator/host/drive-option.ts';
import { GUEST_DISK, GUEST_FILES, GUEST_MANIFEST, GUEST_RECIPES, guestFolder, guestLacks } from '../../emulator/host/known-guests.ts';
import type { MachineConfiguration } from '../../emulator/machine/machine-types.ts';
import { UserError } from '../../emulator/user-error.ts';
import { elfFile } from '../boot/elf-file.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'boot-files-'));
process.env['XDG_CACHE_HOME'] = path.join(folder, 'cache');
after(() => { rmSync(folder, { recursive: true }); });

const file = (name: string, contents: Uint8Array = Uint8Array.of(1, 2, 3)): string => {
  writeFileSync(path.join(folder, name), contents);
  return path.join(folder, name);
};
const firmware = file('fw.bin');
const kernel = file('Image', new Uint8Array(100));
const initrd = file('initrd');
const program = file('program.elf', elfFile());
const disk = file('disk.img', new Uint8Array(1024));

function describe({ memorySizeBytes, images, bootArguments, randomSeed, devices }: MachineConfiguration): string {
  return [
    `${memorySizeBytes / 2 ** 20}M`, ...images.map(({ name, kind, role, bytes }) => `${name}:${role ?? 'program'}:${kind}:${bytes.length}`),
    ...(bootArguments === undefined ? [] : [`"${bootArguments}"`]), ...(randomSeed === undefined ? [] : [`seed ${randomSeed.length}`]),
    ...(devices === undefined ? [] : [`drives ${devices.drives?.map(({ name, readOnly }) => `${name}${readOnly === true ? '!' : ''}`).join(',') ?? ''}`]),
    ...(devices?.entropy === true ? ['entropy'] : []),
  ].join(' ');
}

function check(options: BootOptions, expected: string | RegExp): void {
  const make = (): MachineConfiguration => bootConfiguration(options, (name) => `--${name}`);
  if (typeof expected === 'string') assert.equal(describe(make()), expected);
  else assert.throws(make, (error) => error instanceof UserError && expected.test(error.message) || assert.fail(String(error)));
}

test('programs', () => {
  check({ program }, '128M program.elf:program:elf:136');
  check({ program, bios: 'none', memory: '1G' }, '1024M program.elf:program:elf:136');
  check({ program: firmware, loadAddress: 0x8000_0000 }, '128M fw.bin:program:raw:3');
  check({ program, drives: [disk] }, '128M program.elf:program:elf:136 drives disk.img');
  check({ program, entropy: true }, '128M program.elf:program:elf:136 drives  entropy');
  check({ program, kernel }, /do not go together; give a kernel with --kernel/);
  check({ program, append: 'x' }, /--append do not go together/);
});

test('firmware and kernels', () => {
  check({ bios: firmware }, '128M fw.bin:firmware:raw:3 seed 32 drives ');
  check({ bios: firmware, kernel, initrd, append: 'quiet', memory: '512' }, '512M fw.bin:firmware:raw:3 Image:kernel:raw:100 initrd:initrd:raw:3 "quiet" seed 32 drives ');
  check({ bios: 'none', kernel: program }, '128M program.elf:kernel:elf:136 seed 32 drives ');
  check({ bios: firmware, drives: [`file=${disk},format=raw,readonly=on`, disk] }, '128M fw.bin:firmware:raw:3 seed 32 drives disk.img!,disk.img');
  check({ bios: firmware, kernel: file('Image.gz', gzipSync(new Uint8Array(5000))) }, '128M fw.bin:firmware:raw:3 Image.gz:kernel:raw:5000 seed 32 drives ');
  check({ bios: firmware, kernel: file('cut.gz', gzipSync(new Uint8Array(5000)).subarray(0, 20)) }, /Cannot decompress the kernel .*cut\.gz/);
  check({}, /There is nothing to boot; give a program, --kernel, --bios or --guest \(linux\)\.$/);
  check({ bios: 'none' }, /nothing to boot/);
  check({ bios: firmware, initrd }, /^--initrd is for a kernel; give one with --kernel\.$/);
  check({ bios: firmware, append: 'x' }, /^--append is for a kernel/);
  check({ bios: firmware, loadAddress: 1 }, /^--loadAddress goes with a program only/);
  check({ bios: '/nowhere/fw' }, /Cannot read the firmware \/nowhere\/fw: there is no such file/);
  check({ bios: firmware, kernel: '/nowhere/Image' }, /Cannot read the kernel/);
  check({ bios: firmware, drives: ['/nowhere/disk'] }, /Cannot open the drive image \/nowhere\/disk/);
  check({ bios: firmware, memory: 'lots' }, /^--memory: 'lots' is not a size/);
});

test('known guests', () => {
  check({ guest: 'windows' }, /There is no guest 'windows'; there is: linux\./);
  check({ guest: 'linux' }, /The guest 'linux' is not in .*cache\/chronovisor\/guests\/linux yet; bring it there with: npm run guest:linux$/);
  mkdirSync(guestFolder('linux'), { recursive: true });
  const inFolder = (name: string): string => path.join(guestFolder('linux'), name);
  for (const name of Object.values(GUEST_FILES)) writeFileSync(inFolder(name), Uint8Array.of(1));
  const manifest = (text: string, lacks: readonly string[]): void => {
    writeFileSync(inFolder(GUEST_MANIFEST), text);
    assert.deepEqual(guestLacks('linux'), lacks, text);
  };
  manifest('{"recip', ['boot', 'disk']);
  check({ guest: 'linux' }, /^The guest 'linux' in .*linux is not complete, or of another version of Chronovisor; bring it anew with: npm run guest:linux$/);
  manifest(JSON.stringify({ recipes: { ...GUEST_RECIPES, boot: 0 } }), ['boot', 'disk']);
  manifest(JSON.stringify({ recipes: GUEST_RECIPES }), ['disk']);
  writeFileSync(inFolder(GUEST_DISK), Uint8Array.of(1));
  manifest(JSON.stringify({ recipes: { ...GUEST_RECIPES, disk: 0 } }), ['disk']);
  manifest(JSON.stringify({ recipes: GUEST_RECIPES }), []);
  // Of the time when there was no disk: it boots.
  manifest(JSON.stringify({ kernelRelease: '6.12' }), ['disk']);
  const images = (last: string): string => `fw_dynamic.bin:firmware:raw:1 Image:kernel:raw:1 ${last}`;
  check({ guest: 'linux' }, `256M ${images('initramfs.cpio:initrd:raw:1')} "console=ttyS0" seed 32 drives `);
  check({ guest: 'linux', memory: '1G', append: 'quiet', initrd }, `1024M ${images('initrd:initrd:raw:3')} "quiet" seed 32 drives `);
});

test('consoles', () => {
  const devices = (options: BootOptions): unknown => ({ ...bootConfiguration(options, String).devices, drives: [] });
  const virtio = { drives: [], entropy: false, console: true, consoleInput: 'virtio' };
  assert.deepEqual(devices({ program, console: 'virtio' }), { ...virtio, terminalSize: { columns: 80, rows: 24 } });
  assert.deepEqual(devices({ bios: firmware, console: 'virtio', terminalSize: { columns: 132, rows: 50 } }), { ...virtio, terminalSize: { columns: 132, rows: 50 } });
  assert.deepEqual(devices({ bios: firmware, console: 'uart', terminalSize: { columns: 132, rows: 50 } }), { drives: [], entropy: false });
  check({ program, console: 'uart' }, '128M program.elf:program:elf:136');
  check({ program, console: 'vga' }, /^--console: there is no console 'vga'; write uart or virtio\.$/);
});

test('seeds differ', () => {
  const seed = (): unknown => bootConfiguration({ bios: firmware }, String).randomSeed;
  assert.notDeepEqual(seed(), seed());
});

test('drives', () => {
  const ok = (text: string, name: string, readOnly = false): void => { assert.deepEqual(parseDrive(text, '--drive'), { file: name, readOnly }); };
  ok('disk.img', 'disk.img');
  ok('disk.img,readonly=on', 'disk.img', true);
  ok('file=a,,b.img,format=raw,if=virtio,id=hd0,read-only', 'a,b.img', true);
  ok('format=raw,file=a=b,readonly=off,if=none,cache=none', 'a=b');
  const bad = (text: string, expected: RegExp): void => { assert.throws(() => parseDrive(text, '--drive'), (error) => error instanceof UserError && expected.test(error.message)); };
  bad('file=x,format=qcow2', /^--drive: the format 'qcow2' is not known; convert/);
  bad('file=x,if=ide', /if=ide does not exist/);
  bad('format=raw', /names no file/);
  bad('', /names no file/);
  bad('file=x,colour=red', /'colour' is not known/);
  bad('file=x,readonly=maybe', /on or off, not 'maybe'/);
});
