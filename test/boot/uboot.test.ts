/** Debian's U-Boot, unmodified: as firmware, as OpenSBI's next stage, and as an ELF file without firmware; its commands answer as in QEMU. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { createLiveSession, verifyRecording } from '../../emulator/index.ts';
import { bootConfiguration } from '../../emulator/host/boot-files.ts';
import { openDriveImage } from '../../emulator/host/drive-image.ts';
import { COUNTED_TIME, QemuShell, qemuDisk, SessionShell, type Shell } from '../linux/shell.ts';
import { memoryLog, testHost } from '../session/sessions.ts';
import { findTool, missingTools, tools } from '../tools.ts';

const PROMPT = '\n=> ';
const uBoot = (variant: string, file: string): string => path.join(path.dirname(findTool(tools.uBoot) ?? ''), '..', variant, file);
const COMMANDS = [
  'version', 'echo Hello from $vendor, $arch', 'setexpr product 0x12345 * 0x678; printenv product',
  'mw.l 84000000 deadbeef 400; md.l 84000000 8; crc32 84000000 1000',
  'virtio scan; virtio info; virtio read 84000000 1 6; md.b 84000100 40; crc32 84000000 c00',
  'mw.b 84000000 55 200; virtio write 84000000 3 1; virtio read 84001000 0 8; crc32 84001000 1000',
  'if test $product -gt 5; then for i in a b c; do echo $i; done; fi', 'unknown',
];

async function converse(shell: Shell): Promise<string[]> {
  await shell.waitFor('stop autoboot');
  shell.send(' ');
  await shell.waitForPrompt();
  return shell.runAll(COMMANDS);
}

function check(name: string, files: { bios?: string; kernel?: string }, expected: RegExp, skip: string | false): void {
  test(name, { skip: skip || missingTools(tools.uBoot, tools.qemu) }, async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'u-boot-'));
    const [disk, copy] = [path.join(folder, 'disk.img'), path.join(folder, 'copy.img')];
    for (const file of [disk, copy]) writeFileSync(file, Uint8Array.from({ length: 64 * 512 }, (_, at) => (at * 7 + (at >> 9)) & 0xff));
    const qemu = new QemuShell([...COUNTED_TIME, ...Object.entries(files).flatMap(([option, file]) => [`-${option}`, file]), ...qemuDisk(copy)], PROMPT);
    const log = memoryLog();
    const session = createLiveSession({ configuration: bootConfiguration({ ...files, drives: [disk] }, String), idle: 'skip', log: log.log }, testHost());
    try {
      const shell = new SessionShell(session, PROMPT);
      const [here, there] = await Promise.all([converse(shell), converse(qemu)]);
      assert.match(Buffer.from(session.consoleText()).toString(), expected);
      assert.deepEqual(here, there);
      assert.match(here.join(''), /U-Boot 20[^]*Hello from emulation, riscv[^]*product=75c2658[^]*VirtIO Block Device/);
      await shell.powerOff('poweroff');
      const { end } = session.timeline(0);
      const verified = await verifyRecording({ bytes: log.bytes(), name, drives: [openDriveImage(disk)] }, testHost());
      assert.equal(verified.end, end);
      assert(verified.digestsChecked > 0);
    } finally {
      qemu.close();
      session.close();
      rmSync(folder, { recursive: true });
    }
  });
}

check('U-Boot as firmware', { bios: uBoot('qemu-riscv64', 'u-boot.bin') }, /^\s*U-Boot/, false);
check('U-Boot, started by OpenSBI', { kernel: uBoot('qemu-riscv64_smode', 'u-boot.bin') }, /OpenSBI v[^]*Next Mode\s+: S-mode[^]*U-Boot/, missingTools(tools.opensbi));
check('U-Boot, an ELF file without firmware', { bios: 'none', kernel: uBoot('qemu-riscv64', 'uboot.elf') }, /^\s*U-Boot/, false);
