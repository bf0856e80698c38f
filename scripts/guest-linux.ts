/** `npm run guest:linux`: brings Debian's riscv64 kernel, OpenSBI and BusyBox into the user's cache, as the guest `linux`. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { GUEST_DISK, GUEST_FILES, GUEST_MANIFEST, GUEST_RECIPES, GUEST_SYMBOLS, guestFolder, guestLacks } from '../emulator/host/known-guests.ts';
import { cannotWrite } from '../emulator/host/node-host.ts';
import { UserError } from '../emulator/user-error.ts';
import { DebianPackages, unpack } from '../emulator/host/guest-linux/debian.ts';
import { bringKernelDebug } from '../emulator/host/guest-linux/kernel-debug.ts';
import { buildDisk, diskPackages } from '../emulator/host/guest-linux/disk.ts';
import { buildInitramfs } from '../emulator/host/guest-linux/initramfs.ts';
import { moduleInfo } from '../emulator/host/guest-linux/kernel-module.ts';

const help = `npm run guest:linux [-- OPTIONS]
Brings Debian's Linux kernel, OpenSBI, BusyBox and a disk with sqlite3 for riscv64 (118 MB) into ${guestFolder('linux')}.
What is there already, and what an earlier version brought, is kept or brought up to date.
Then: chronovisor record --guest linux -o linux.chrono

  --symbols   also the kernel's debug information (1.0 GB), for stepping through its source
  --force     bring it anew, even if it is there
  --help`;

const { values } = parseArgs({ options: { symbols: { type: 'boolean' }, force: { type: 'boolean' }, help: { type: 'boolean' } } });

/** Modules that the guest needs for this machine's devices and for its disks; what they depend on comes by itself. */
const MODULES = ['virtio_mmio', 'virtio_blk', 'virtio_net', 'virtio_rng', 'crc32c_generic', 'libcrc32c', 'ext4'];
const FIRMWARE = 'usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin';

const say = (text: string): void => { process.stderr.write(`${text}\n`); };
const megabytes = (bytes: number): string => `${(bytes / 1e6).toFixed(bytes < 1e7 ? 1 : 0)} MB`;

function files(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name));
}

/** The modules, each behind what it depends on. One that this kernel has not (it may be built in) is left out. */
function collectModules(root: string): Uint8Array[] {
  const paths = files(join(root, 'usr/lib/modules'));
  const collected = new Map<string, Uint8Array>();
  const collect = (name: string): void => {
    const path = paths.find((candidate) => new RegExp(`/${name.replaceAll('_', '[_-]')}\\.ko(\\.xz)?$`).test(candidate));
    if (collected.has(name) || path === undefined) return;
    const bytes = path.endsWith('.xz') ? execFileSync('xz', ['-dc', path], { maxBuffer: 1 << 30 }) : readFileSync(path);
    for (const dependency of moduleInfo(bytes).dependencies) collect(dependency);
    collected.set(name, bytes);
  };
  for (const name of MODULES) collect(name);
  return [...collected.values()];
}

function only(paths: readonly string[], pattern: RegExp, what: string): string {
  const path = paths.find((candidate) => pattern.test(candidate));
  if (path === undefined) throw new UserError(`Debian's packages hold no ${what} where it was expected; this script has to be brought up to date.`);
  return path;
}

/** Everything into `folder`, which is complete or thrown away. `work`: scratch space. */
function bring(folder: string, work: string): void {
  const debian = new DebianPackages(join(work, 'apt'));
  say('Reading the list of packages ...');
  debian.update();
  const kernelPackage = debian.dependencies('linux-image-riscv64').find((name) => name.startsWith('linux-image-'));
  if (kernelPackage === undefined) throw new UserError('Debian names no kernel for riscv64; try again later.');
  const release = kernelPackage.slice('linux-image-'.length);
  const onDisk = diskPackages(debian);
  const names = [kernelPackage, 'busybox-static', 'opensbi', ...onDisk];
  say(`Downloading Linux ${release}, BusyBox, OpenSBI and sqlite3 (${megabytes(debian.sizeBytes(names))}) ...`);
  const packages = debian.download(names);
  const file = (name: string): string => packages.get(name) ?? '';

  say('Unpacking ...');
  const root = join(work, 'root');
  for (const name of [kernelPackage, 'busybox-static', 'opensbi']) unpack(file(name), root);
  const unpacked = files(root);
  const busybox = readFileSync(only(unpacked, /\/bin\/busybox$/, 'BusyBox'));
  const modules = collectModules(root);
  const initramfs = buildInitramfs({ busybox, kernelRelease: release, modules });

  mkdirSync(folder, { recursive: true });
  copyFileSync(only(unpacked, new RegExp(`/boot/vmlinu[xz]-`), 'kernel'), join(folder, GUEST_FILES.kernel));
  copyFileSync(only(unpacked, new RegExp(`/${FIRMWARE}$`), 'OpenSBI'), join(folder, GUEST_FILES.firmware));
  writeFileSync(join(folder, GUEST_FILES.initrd), initramfs);
  buildDisk(onDisk.map(file), join(work, 'disk'), join(folder, GUEST_DISK));
  writeManifest(folder, { kernelRelease: release, packages: fileNames(packages) });
}

interface Manifest {
  readonly kernelRelease: string;
  /** Files of the packages by name. */
  readonly packages: Readonly<Record<string, string>>;
}

function fileNames(packages: ReadonlyMap<string, string>): Record<string, string> {
  return Object.fromEntries([...packages].map(([name, path]) => [name, path.slice(path.lastIndexOf('/') + 1)]));
}

function writeManifest(folder: string, manifest: Manifest): void {
  writeFileSync(join(folder, GUEST_MANIFEST), `${JSON.stringify({ recipes: GUEST_RECIPES, ...manifest }, null, 2)}\n`);
}

/** The disk alone, for a guest that has the rest. */
function bringDisk(folder: string, work: string): void {
  const debian = new DebianPackages(join(work, 'apt'));
  say('Reading the list of packages ...');
  debian.update();
  const names = diskPackages(debian);
  say(`Downloading sqlite3 for the guest's disk (${megabytes(debian.sizeBytes(names))}) ...`);
  const packages = debian.download(names);
  const image = join(work, GUEST_DISK);
  buildDisk([...packages.values()], join(work, 'disk'), image);
  renameSync(image, join(folder, GUEST_DISK));
  const { kernelRelease, packages: before } = JSON.parse(readFileSync(join(folder, GUEST_MANIFEST), 'utf8')) as Manifest;
  writeManifest(folder, { kernelRelease, packages: { ...before, ...fileNames(packages) } });
}

/** The kernel's debug information, for a guest that has the rest. */
async function bringSymbols(folder: string, work: string): Promise<void> {
  const manifest = JSON.parse(readFileSync(join(folder, GUEST_MANIFEST), 'utf8')) as Manifest;
  const kernelPackage = `linux-image-${manifest.kernelRelease}`;
  const [, version] = (manifest.packages[kernelPackage] ?? '').split('_');
  if (version === undefined) throw new UserError(`The guest in ${folder} does not say which kernel it has; bring it anew: npm run guest:linux -- --force --symbols`);
  const debian = new DebianPackages(join(work, 'apt'));
  say('Reading the list of packages ...');
  debian.update();
  const interruption = new AbortController();
  const interrupt = (): void => { interruption.abort(); };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  let shown = '';
  const onProgress = (what: string, doneBytes: number, totalBytes: number): void => {
    const text = `${what} the kernel's debug information: ${megabytes(totalBytes)}, ${Math.floor((100 * doneBytes) / totalBytes)} %`;
    if (text === shown) return;
    const isNew = !shown.startsWith(what);
    if (process.stderr.isTTY) process.stderr.write(`${isNew && shown !== '' ? '\n' : ''}\r${text}\x1b[K`);
    else if (isNew) say(text);
    shown = text;
  };
  const target = join(work, GUEST_SYMBOLS);
  try {
    const file = await bringKernelDebug({ debian, kernelPackage, version: decodeURIComponent(version), target, signal: interruption.signal, onProgress });
    renameSync(target, join(folder, GUEST_SYMBOLS));
    writeManifest(folder, { ...manifest, packages: { ...manifest.packages, [`${kernelPackage}-dbg`]: file } });
  } finally {
    if (process.stderr.isTTY && shown !== '') say('');
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeListener(signal, interrupt);
  }
}

async function main(): Promise<void> {
  if (values.help === true) {
    console.log(help);
    return;
  }
  const folder = guestFolder('linux');
  const lacks = values.force === true ? (['boot', 'disk'] as const) : guestLacks('linux');
  const wantsSymbols = values.symbols === true && !existsSync(join(folder, GUEST_SYMBOLS));
  if (lacks.length === 0 && !wantsSymbols) {
    say(`The guest 'linux' is in ${folder} already (--force brings it anew).`);
    return;
  }
  const isPart = !lacks.includes('boot');
  if (values.force !== true && lacks.length > 0 && existsSync(folder)) say(`The guest 'linux' in ${folder} is not complete, or of an earlier version: ${isPart ? 'the disk is added' : 'it is brought anew'}.`);
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}-`);
  try {
    if (isPart && lacks.length > 0) {
      bringDisk(folder, work);
    } else if (!isPart) {
      const fresh = join(work, 'guest');
      bring(fresh, work);
      rmSync(folder, { recursive: true, force: true });
      renameSync(fresh, folder);
    }
    if (values.symbols === true && !existsSync(join(folder, GUEST_SYMBOLS))) await bringSymbols(folder, work);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  say(`The guest 'linux' is in ${folder}. Boot it: chronovisor run --guest linux [--drive ${join(folder, GUEST_DISK)}]`);
}

try {
  await main();
} catch (error) {
  const sentence = cannotWrite(guestFolder('linux'), error) ?? (error instanceof UserError ? error.message : undefined);
  if (sentence === undefined) throw error;
  say(sentence);
  process.exitCode = 1;
}
