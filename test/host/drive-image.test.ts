import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { chmodSync, mkdtempSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Readable } from 'node:stream';
import { after, test } from 'node:test';
import { openDriveImage } from '../../emulator/host/drive-image.ts';
import { isBeingWritten } from '../../emulator/host/file-locks.ts';
import { UserError } from '../../emulator/user-error.ts';
import { findTool, missingTools, tools } from '../tools.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'drives-'));
after(() => { rmSync(folder, { recursive: true }); });

const file = (name: string, contents: string): string => {
  writeFileSync(path.join(folder, name), contents, 'latin1');
  return path.join(folder, name);
};

function refused(name: string, expect: RegExp): void {
  assert.throws(() => openDriveImage(path.resolve(folder, name)), (error) => error instanceof UserError && expect.test(error.message) || assert.fail(String(error)));
}

test('a drive image: size, contents, hash, and what can go wrong', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'drive-'));
  try {
    const file = path.join(folder, 'disk.img');
    const bytes = Uint8Array.from({ length: 5000 }, (_, at) => at & 0xff);
    writeFileSync(file, bytes);
    const drive = openDriveImage(file);
    assert.equal(drive.name, 'disk.img');
    assert.equal(drive.image.sizeBytes, 5000);
    assert.deepEqual(drive.image.read(4090, 910), bytes.slice(4090));
    assert.equal(drive.hash, `sha256:${createHash('sha256').update(bytes).digest('hex')}`);
    const other = openDriveImage(file);
    assert.equal(other.hash, drive.hash);
    other.close();
    truncateSync(file, 4096);
    assert.throws(() => drive.image.read(4000, 200), (error) => error instanceof UserError && /disk\.img became shorter while the guest uses it, there is nothing at byte 4096: restore/.test(error.message));
    drive.close();
    writeFileSync(file, bytes.map((byte) => byte ^ 1));
    const changed = openDriveImage(file);
    assert.notEqual(changed.hash, drive.hash);
    changed.close();
    const check = (name: string, expect: RegExp): void => {
      assert.throws(() => openDriveImage(path.resolve(folder, name)), (error) => error instanceof UserError && expect.test(error.message));
    };
    check('nothing.img', /Cannot open the drive image .*nothing\.img: there is no such file or folder; check the name/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what is no raw disk image', () => {
  refused('.', /^The drive image .* is a folder, not a file: give a raw disk image$/);
  refused('nothing/disk.img', /^Cannot open the drive image .*: there is no such file or folder; check the name$/);
  file('empty.img', '');
  refused('empty.img', /^The drive image .*empty\.img is empty: give a raw disk image; truncate -s 64M .*empty\.img makes it one/);
  const formats = [['qcow2', 'QFI\xfb'], ['vmdk', 'KDMV'], ['vhdx', 'vhdxfile'], ['vdi', '<<< Oracle VM VirtualBox Disk Image >>>'.padEnd(0x40, '\0') + '\x7f\x10\xda\xbe'], ['vpc', 'conectix'], ['qed', 'QED\0']];
  for (const [format = '', header = ''] of formats) {
    file('other.img', header.padEnd(1024, '\0'));
    refused('other.img', new RegExp(`^The drive image .*other\\.img is of the format ${format}, not raw: convert it first \\(qemu-img convert -O raw .*other\\.img disk\\.img\\)$`));
    // Cut in the middle of the header.
    file('other.img', header);
    refused('other.img', /is of the format/);
    file('other.img', header.slice(0, -1));
    openDriveImage(path.join(folder, 'other.img')).close();
  }
  // Any length is a disk, as in QEMU: what is missing of its last sector is zeros.
  for (const length of [1, 511, 513]) {
    const image = openDriveImage(file('odd.img', 'x'.repeat(length)));
    assert.equal(image.image.sizeBytes, length);
    image.close();
  }
});

test('pipes and files without permission', { skip: process.platform === 'win32' ? 'there are none on Windows' : false }, () => {
  execFileSync('mkfifo', [path.join(folder, 'pipe')]);
  refused('pipe', /is a pipe or socket, not a file/);
  refused('/dev/null', /is a device, not a file/);
  chmodSync(file('secret.img', 'secret'), 0);
  if (process.getuid?.() !== 0) refused('secret.img', /^Cannot open the drive image .*secret\.img: permission denied; make it readable for you$/);
});

test('locks as Linux lists them', () => {
  const status = { ...statSync(file('locked.img', 'x')), ino: 77, dev: 0xfe03 };
  const check = (line: string, expect: boolean): void => { assert.equal(isBeingWritten(status, `1: POSIX  ADVISORY  WRITE 5 00:01:77 0 EOF\n${line}\n`), expect, line); };
  check('2: OFDLCK ADVISORY  READ -1 fe:03:77 100 101', true);
  check('2: OFDLCK ADVISORY  READ -1 fe:03:77 101 101', true);
  check('2: OFDLCK ADVISORY  READ -1 fe:03:77 100 100', false);
  check('2: OFDLCK ADVISORY  READ -1 fe:03:77 201 201', false);
  check('2: OFDLCK ADVISORY  READ -1 fe:03:78 100 101', false);
  check('2: OFDLCK ADVISORY  READ -1 fe:04:77 100 101', false);
  check('12: FLOCK  ADVISORY  WRITE 1234 fe:03:77 0 EOF', true);
  check('12: FLOCK  ADVISORY  READ 1234 fe:03:77 0 EOF', false);
  check(`12: POSIX  ADVISORY  WRITE ${process.pid} fe:03:77 0 EOF`, false);
  check('12: LEASE  ACTIVE    WRITE 1234 fe:03:77 0 EOF', false);
  check('12: -> FLOCK  ADVISORY  WRITE 1234 fe:03:77 0 EOF', false);
  check('', false);
});

async function answer(stream: Readable, text: string): Promise<void> {
  for (let said = ''; !said.includes(text); ) said += String((await once(stream, 'data'))[0]);
}

test('an image that QEMU writes to', { skip: missingTools(tools.qemu) || (process.platform === 'linux' ? false : 'locks are listed on Linux alone') }, async () => {
  const image = file('shared.img', 'x'.repeat(4096));
  const start = async (readOnly: 'on' | 'off', use: () => void): Promise<void> => {
    const qemu = spawn(findTool(tools.qemu) ?? '', ['-M', 'virt', '-S', '-display', 'none', '-serial', 'none', '-monitor', 'stdio', '-drive', `file=${image},format=raw,if=none,id=d,readonly=${readOnly}`, '-device', 'virtio-blk-device,drive=d']);
    try {
      // It greets before its devices have taken their drives, and answers when all is there.
      qemu.stdin.write('info status\n');
      await answer(qemu.stdout, 'VM status');
      use();
    } finally {
      qemu.kill();
      await once(qemu, 'close');
    }
  };
  await start('off', () => { refused('shared.img', /^The drive image .*shared\.img is locked: another program, perhaps QEMU, writes to it; end that program, or give a copy$/); });
  await start('on', () => { openDriveImage(image).close(); });
});
