/** Debug information out of Debian's package: the one file, or a sentence, and nothing left behind. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { bringKernelDebug, extractVmlinux } from '../../emulator/host/guest-linux/kernel-debug.ts';
import type { DebugRequest } from '../../emulator/host/guest-linux/kernel-debug.ts';
import { onPath } from '../tools.ts';

const CONTENTS = Buffer.from('a large file '.repeat(100_000));
const missing = onPath('dpkg-deb') === undefined ? 'dpkg-deb is not installed; on Debian: apt-get install dpkg' : false;

/** A package with these files below usr/lib/debug. */
function makePackage(folder: string, name: string, files: Readonly<Record<string, Buffer>>): string {
  const root = path.join(folder, name);
  mkdirSync(path.join(root, 'DEBIAN'), { recursive: true });
  writeFileSync(path.join(root, 'DEBIAN', 'control'), `Package: ${name}\nVersion: 1\nArchitecture: all\nMaintainer: nobody <nobody@localhost>\nDescription: test\n`);
  for (const [file, contents] of Object.entries(files)) {
    mkdirSync(path.dirname(path.join(root, 'usr/lib/debug', file)), { recursive: true });
    writeFileSync(path.join(root, 'usr/lib/debug', file), contents);
  }
  const archive = path.join(folder, `${name}.deb`);
  execFileSync('dpkg-deb', ['--build', '-Znone', root, archive], { stdio: 'ignore' });
  return archive;
}

describe('vmlinux in a package', { skip: missing }, () => {
  let folder = '';
  before(() => { folder = mkdtempSync(path.join(tmpdir(), 'kernel-debug-')); });
  after(() => { rmSync(folder, { recursive: true, force: true }); });
  const extract = (file: string, target: string, signal = new AbortController().signal): Promise<void> => extractVmlinux(file, { target, signal, onProgress: () => undefined });

  test('is taken out alone', async () => {
    const file = makePackage(folder, 'right', { 'boot/System.map-6': Buffer.from('map'), 'boot/vmlinux-6': CONTENTS, 'lib/modules/6/a.ko': CONTENTS });
    await extract(file, path.join(folder, 'vmlinux'));
    assert.equal(Buffer.compare(readFileSync(path.join(folder, 'vmlinux')), CONTENTS), 0);
  });

  test('is not there', async () => {
    await assert.rejects(extract(makePackage(folder, 'without', { 'lib/modules/6/a.ko': CONTENTS }), path.join(folder, 'none')), /holds no vmlinux where it was expected/);
    assert.ok(!existsSync(path.join(folder, 'none')));
  });

  test('no package', async () => {
    writeFileSync(path.join(folder, 'text.deb'), 'hello');
    await assert.rejects(extract(path.join(folder, 'text.deb'), path.join(folder, 'none')), /cannot be unpacked/);
  });

  test('interrupted', async () => {
    const interruption = new AbortController();
    interruption.abort();
    await assert.rejects(extract(makePackage(folder, 'again', { 'boot/vmlinux-6': CONTENTS }), path.join(folder, 'none'), interruption.signal), /Interrupted/);
  });
});

const rows: [name: string, offered: string[], expect: RegExp][] = [
  ['the mirror has another version', ['6.12.107-2'], /has only 6\.12\.107-2 of it.*npm run guest:linux -- --force --symbols/],
  ['the mirror does not know it', [], /does not have it any more/],
];
for (const [name, offered, expect] of rows) {
  test(name, async () => {
    const debian = { versions: () => offered } as unknown as DebugRequest['debian'];
    const request = { debian, kernelPackage: 'linux-image-6.12', version: '6.12.107-1', target: '/nowhere', signal: new AbortController().signal, onProgress: () => undefined };
    await assert.rejects(bringKernelDebug(request), expect);
  });
}
