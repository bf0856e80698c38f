/** The Linux guest's disk: an ext4 file system with Debian's sqlite3 and the libraries that it needs, and room for more. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../user-error.ts';
import { unpack, type DebianPackages } from './debian.ts';

const PROGRAM = 'sqlite3';
/** What is only for people to read, for other character sets and for debugging. */
const LEFT_OUT = ['usr/share', 'usr/lib/riscv64-linux-gnu/gconv', 'usr/lib/riscv64-linux-gnu/audit'];
/** Packages without libraries, which the packages above name for what is left out here. */
const NOT_NEEDED = /-(base|common)$/;

const SIZE = '64M';
/** Nothing is left to the kernel to be made ready in the background, and everything belongs to root. */
const FORMAT = ['-q', '-t', 'ext4', '-b', '4096', '-m', '0', '-L', 'chronovisor', '-E', 'root_owner=0:0,lazy_itable_init=0,lazy_journal_init=0'];

/** sqlite3 and the packages with the libraries that it needs. */
export function diskPackages(debian: Pick<DebianPackages, 'dependencies'>): string[] {
  const names = new Set<string>();
  const add = (name: string): void => {
    if (names.has(name) || NOT_NEEDED.test(name)) return;
    names.add(name);
    debian.dependencies(name).forEach(add);
  };
  add(PROGRAM);
  return [...names];
}

/** Makes the image `file` from packages. `work`: scratch space that is empty. */
export function buildDisk(packageFiles: readonly string[], work: string, file: string): void {
  mkdirSync(join(work, 'usr'), { recursive: true });
  for (const name of ['bin', 'lib']) {
    mkdirSync(join(work, 'usr', name));
    symlinkSync(`usr/${name}`, join(work, name));
  }
  for (const name of ['dev', 'proc', 'root', 'tmp']) mkdirSync(join(work, name));
  for (const packageFile of packageFiles) unpack(packageFile, work);
  for (const name of LEFT_OUT) rmSync(join(work, name), { recursive: true, force: true });
  // Not on every user's path, on Debian.
  const env = { ...process.env, PATH: `${process.env['PATH'] ?? ''}:/usr/sbin:/sbin` };
  const run = spawnSync('mke2fs', [...FORMAT, '-d', work, file, SIZE], { encoding: 'utf8', env });
  if (run.error !== undefined) throw new UserError('mke2fs is not here, and the disk image is made with it; on Debian: apt-get install e2fsprogs.');
  if (run.status !== 0) throw new UserError(`The disk image ${file} cannot be made; is the disk full? mke2fs says:\n${run.stderr.trim()}`);
}
