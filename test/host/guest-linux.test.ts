/** The parts of the Linux guest's builder that need no network. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { writeCpio } from '../../emulator/host/guest-linux/cpio.ts';
import { buildDisk, diskPackages } from '../../emulator/host/guest-linux/disk.ts';
import { moduleInfo, stripModule } from '../../emulator/host/guest-linux/kernel-module.ts';
import { findTool, missingTools, onPath, tools } from '../tools.ts';
import { moduleFile } from './module-file.ts';

test('cpio', () => {
  const archive = Buffer.from(writeCpio([
    { kind: 'directory', path: 'dev', mode: 0o755 },
    { kind: 'character device', path: 'dev/console', mode: 0o600, major: 5, minor: 1 },
    { kind: 'file', path: 'init', mode: 0o755, bytes: Buffer.from('hello') },
    { kind: 'symlink', path: 'bin', target: 'usr/bin' },
  ]));
  const entries: string[] = [];
  for (let at = 0; at < archive.length; ) {
    const text = archive.subarray(at, at + 110).toString();
    assert.equal(text.slice(0, 6), '070701');
    const field = (index: number): number => Number.parseInt(text.slice(6 + 8 * index, 14 + 8 * index), 16);
    const [size, nameSize] = [field(6), field(11)];
    const name = archive.subarray(at + 110, at + 109 + nameSize).toString();
    const contents = Math.ceil((at + 110 + nameSize) / 4) * 4;
    entries.push(`${name} ${field(1).toString(8)} ${field(9)},${field(10)} ${archive.subarray(contents, contents + size).toString()}`);
    at = Math.ceil((contents + size) / 4) * 4;
  }
  assert.deepEqual(entries, ['dev 40755 0,0 ', 'dev/console 20600 5,1 ', 'init 100755 0,0 hello', 'bin 120777 0,0 usr/bin', 'TRAILER!!! 0 0,0 ']);
});

test('what a module says of itself', () => {
  assert.deepEqual(moduleInfo(moduleFile().bytes), { name: 'sample', dependencies: ['jbd2', 'crc16'], aliases: ['fs-sample', 'virtio:d*'] });
  assert.throws(() => moduleInfo(new Uint8Array(64)), /no kernel module/);
});

test('a stripped module keeps code, relocations and the symbols that they need', () => {
  const { bytes, sections } = moduleFile();
  const stripped = stripModule(bytes);
  assert(stripped.length < bytes.length - 4000);
  const view = new DataView(stripped.buffer);
  const table = Number(view.getBigUint64(40, true));
  const section = (name: string): { type: number; contents: Buffer; info: number } => {
    const header = table + 64 * sections.indexOf(name);
    const [offset, size] = [Number(view.getBigUint64(header + 24, true)), Number(view.getBigUint64(header + 32, true))];
    return { type: view.getUint32(header + 4, true), contents: Buffer.from(stripped.subarray(offset, offset + size)), info: view.getUint32(header + 44, true) };
  };
  assert.equal(section('.text').contents.toString(), 'code');
  for (const gone of ['.debug_info', '.rela.debug_info', '.BTF']) assert.equal(section(gone).type, 0, gone);
  const symbols = section('.symtab');
  const names = section('.strtab').contents;
  const name = (index: number): string => {
    const at = symbols.contents.readUInt32LE(24 * index);
    return names.toString('latin1', at, names.indexOf(0, at));
  };
  assert.deepEqual(Array.from({ length: symbols.contents.length / 24 }, (_, index) => name(index)), ['', '.Lneeded', 'helper', 'init_module']);
  assert.equal(symbols.info, 3, 'local symbols first');
  assert.equal(name(section('.rela.text').contents.readUInt32LE(12)), '.Lneeded');
  assert.deepEqual(moduleInfo(stripped), moduleInfo(bytes));
});

test('packages of the disk: sqlite3 and libraries, each once', () => {
  const depends: Readonly<Record<string, readonly string[]>> = {
    'sqlite3': ['libc6', 'libreadline8', 'libsqlite3-0'], 'libsqlite3-0': ['libc6'], 'libreadline8': ['readline-common', 'libc6'], 'libc6': ['libgcc-s1'], 'libgcc-s1': ['gcc-14-base', 'libc6'],
  };
  assert.deepEqual(diskPackages({ dependencies: (name) => [...depends[name] ?? []] }), ['sqlite3', 'libc6', 'libgcc-s1', 'libreadline8', 'libsqlite3-0']);
});

test('the disk: what a package brings, less what is only to read, everything of root', { skip: missingTools(tools.fileSystem) || (onPath('dpkg-deb') === undefined ? 'dpkg-deb is not installed' : false) }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'disk-'));
  try {
    const file = (name: string, contents: string): void => {
      mkdirSync(path.join(folder, path.dirname(name)), { recursive: true });
      writeFileSync(path.join(folder, name), contents);
    };
    file('package/DEBIAN/control', 'Package: sqlite3\nVersion: 1\nArchitecture: riscv64\nMaintainer: nobody <nobody@localhost>\nDescription: test\n');
    file('package/usr/bin/sqlite3', 'program');
    file('package/usr/share/doc/sqlite3/copyright', 'text');
    file('package/usr/lib/riscv64-linux-gnu/libc.so.6', 'library');
    execFileSync('dpkg-deb', ['--build', path.join(folder, 'package'), path.join(folder, 'sqlite3.deb')], { stdio: 'pipe' });
    const image = path.join(folder, 'disk.img');
    buildDisk([path.join(folder, 'sqlite3.deb')], path.join(folder, 'work'), image);
    const ask = (request: string): string => execFileSync(findTool(tools.fileSystem)?.replace(/mke2fs$/, 'debugfs') ?? '', ['-R', request, image], { encoding: 'utf8', stdio: 'pipe' });
    assert.equal(statSync(image).size, 64 << 20);
    assert.equal(ask('cat /usr/bin/sqlite3'), 'program');
    assert.equal(ask('cat /usr/lib/riscv64-linux-gnu/libc.so.6'), 'library');
    assert.match(ask('stat /lib'), /Type: symlink[^]*User: +0[^]*Fast link dest: "usr\/lib"/);
    assert.doesNotMatch(ask('ls /usr'), /share/);
    for (const name of ['bin', 'dev', 'lib', 'proc', 'tmp', 'usr']) assert.match(ask('ls /'), new RegExp(`\\) ${name} `));
  } finally {
    rmSync(folder, { recursive: true });
  }
});
