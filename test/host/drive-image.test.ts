import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { openDriveImage } from '../../emulator/host/drive-image.ts';
import { UserError } from '../../emulator/user-error.ts';

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
      assert.throws(() => openDriveImage(path.join(folder, name)), (error) => error instanceof UserError && expect.test(error.message));
    };
    check('nothing.img', /Cannot open the drive image .*nothing\.img: there is no such file or folder; check the name/);
    check('.', /drive image .* is not a file: give a raw disk image/);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
