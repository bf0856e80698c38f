/** `npm run guest:linux`: brings Debian's riscv64 kernel, OpenSBI and BusyBox into the user's cache, as the guest `linux`. */
import { execFileSync } from 'node:child_process';
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parseArgs } from 'node:util';
import { GUEST_FILES, GUEST_SYMBOLS, guestFolder } from '../emulator/host/known-guests.ts';
import { UserError } from '../emulator/user-error.ts';
import { DebianPackages, unpack } from '../emulator/host/guest-linux/debian.ts';
import { buildInitramfs } from '../emulator/host/guest-linux/initramfs.ts';
import { moduleInfo } from '../emulator/host/guest-linux/kernel-module.ts';

const help = `npm run guest:linux [-- OPTIONS]
Brings Debian's Linux kernel, OpenSBI and BusyBox for riscv64 (113 MB) into ${guestFolder('linux')}.
Then: chronovisor record --guest linux -o linux.chrono

  --symbols   also the kernel's debug information (1.0 GB), for stepping through its source
  --force     bring it anew, even if it is there
  --help`;

const { values } = parseArgs({ options: { symbols: { type: 'boolean' }, force: { type: 'boolean' }, help: { type: 'boolean' } } });

/** Written last: the guest is complete. */
const MANIFEST = 'guest.json';
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
  const debugPackage = `${kernelPackage}-dbg`;
  const names = [kernelPackage, 'busybox-static', 'opensbi', ...(values.symbols === true ? [debugPackage] : [])];
  say(`Downloading Linux ${release}, BusyBox and OpenSBI (${megabytes(debian.sizeBytes(names))}) ...`);
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
  if (values.symbols === true) {
    say('Unpacking the debug information ...');
    unpack(file(debugPackage), join(work, 'debug'), ['./usr/lib/debug/boot/vmlinux-*']);
    renameSync(only(files(join(work, 'debug')), /\/vmlinux-[^/]*$/, 'debug information'), join(folder, GUEST_SYMBOLS));
  }
  const packageFiles = Object.fromEntries([...packages].map(([name, path]) => [name, path.slice(path.lastIndexOf('/') + 1)]));
  writeFileSync(join(folder, MANIFEST), `${JSON.stringify({ kernelRelease: release, packages: packageFiles }, null, 2)}\n`);
}

function isComplete(folder: string): boolean {
  const needed = [MANIFEST, ...Object.values(GUEST_FILES), ...(values.symbols === true ? [GUEST_SYMBOLS] : [])];
  return needed.every((name) => existsSync(join(folder, name)));
}

function main(): void {
  if (values.help === true) {
    console.log(help);
    return;
  }
  const folder = guestFolder('linux');
  if (values.force !== true && isComplete(folder)) {
    say(`The guest 'linux' is in ${folder} already (--force brings it anew).`);
    return;
  }
  mkdirSync(dirname(folder), { recursive: true });
  const work = mkdtempSync(`${folder}-`);
  try {
    const fresh = join(work, 'guest');
    bring(fresh, work);
    rmSync(folder, { recursive: true, force: true });
    renameSync(fresh, folder);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
  say(`The guest 'linux' is in ${folder}. Boot it: chronovisor run --guest linux`);
}

try {
  main();
} catch (error) {
  if (!(error instanceof UserError)) throw error;
  say(error.message);
  process.exitCode = 1;
}
