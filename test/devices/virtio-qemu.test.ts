/** One guest that drives disks, an entropy device and a console, here and in QEMU: it must print the same. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { memoryImage } from '../../emulator/devices/block-image.ts';
import { createEngine } from '../../emulator/engine/engine.ts';
import { Machine, NO_CONDITIONS } from '../../emulator/machine/machine.ts';
import { Recorder } from '../../emulator/record/recorder.ts';
import { guest } from '../machine/guests.ts';
import { findTool, missingTools, tools } from '../tools.ts';

/** The last sector is not complete. */
const DISK = Uint8Array.from({ length: 100 * 512 + 100 }, (_, at) => (at * 13 + (at >> 9) * 7) & 0xff);
const READ_ONLY_DISK = DISK.slice(0, 64 * 512);
const PRINTED = '<printed by virtio>';
const TIMEOUT_MS = 60_000;

function runInQemu(): { report: string; printed: string } {
  const folder = mkdtempSync(path.join(tmpdir(), 'virtio-'));
  const file = (name: string, bytes: Uint8Array): string => {
    writeFileSync(path.join(folder, name), bytes);
    return path.join(folder, name);
  };
  try {
    const elf = file('guest.elf', guest('virtio-report').configuration.images[0]?.bytes ?? new Uint8Array());
    const report = file('report', new Uint8Array());
    const printed = file('printed', new Uint8Array());
    spawnSync(findTool(tools.qemu) ?? '', [
      '-M', 'virt', '-bios', 'none', '-kernel', elf, '-display', 'none', '-monitor', 'none', '-serial', `file:${report}`,
      '-global', 'virtio-mmio.force-legacy=false',
      '-drive', `if=none,id=d0,format=raw,file=${file('disk', DISK)}`, '-device', 'virtio-blk-device,drive=d0,serial=CHRONO-1',
      '-drive', `if=none,id=d1,format=raw,readonly=on,file=${file('read-only', READ_ONLY_DISK)}`, '-device', 'virtio-blk-device,drive=d1',
      '-device', 'virtio-rng-device', '-chardev', `file,id=c,path=${printed}`, '-device', 'virtio-serial-device', '-device', 'virtconsole,chardev=c',
    ], { timeout: TIMEOUT_MS, killSignal: 'SIGKILL', stdio: 'ignore' });
    return { report: readFileSync(report, 'latin1'), printed: readFileSync(printed, 'latin1') };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

function runHere(): string {
  const machine = new Machine(createEngine(), {
    ...guest('virtio-report').configuration,
    devices: {
      drives: [
        { name: 'disk', hash: '', image: memoryImage(DISK), serial: 'CHRONO-1' }, { name: 'read-only', hash: '', image: memoryImage(READ_ONLY_DISK), readOnly: true },
      ],
      entropy: true,
      console: true,
    },
  });
  let text = '';
  machine.onConsole = (byte) => { text += String.fromCharCode(byte); };
  const door = new Recorder(0n);
  door.entropyWanted = () => machine.entropyWanted;
  door.entropySource = (sizeBytes) => Uint8Array.from({ length: sizeBytes }, (_, index) => index + 1);
  const stop = machine.run(1e9, NO_CONDITIONS, door);
  assert.deepEqual(stop, { reason: 'power-off', exitCode: 0 });
  machine.close();
  return text;
}

test('disks, entropy and console do what QEMU\'s do', { skip: missingTools(tools.qemu, tools.gcc) }, () => {
  const theirs = runInQemu();
  assert.equal(theirs.printed, PRINTED);
  const ours = runHere();
  assert.ok(ours.includes(PRINTED));
  assert.deepEqual(ours.replace(PRINTED, '').split('\n'), theirs.report.split('\n'));
  assert.ok(theirs.report.endsWith('end\n'));
});
