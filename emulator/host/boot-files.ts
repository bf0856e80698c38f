/** From the names of files, as people give them, to a machine's configuration: the command line and the debug adapter share it. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { basename } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { imageKind, isGzip } from '../boot/kernel-image.ts';
import { DEFAULT_MEMORY_SIZE_BYTES } from '../machine/machine-types.ts';
import type { Drive, GuestImage, ImageRole, MachineConfiguration, TerminalSize, VirtioOptions } from '../machine/machine-types.ts';
import { parseSize } from '../machine/size.ts';
import { UserError } from '../user-error.ts';
import { openDriveImage } from './drive-image.ts';
import { parseDrive } from './drive-option.ts';
import { KNOWN_GUESTS, knownGuest } from './known-guests.ts';
import { readInputFile } from './node-host.ts';

/** Files and settings, with QEMU's meanings. */
export interface BootOptions {
  /** Firmware: a file, 'none', or 'default' (OpenSBI, where Debian's package has it). */
  readonly bios?: string | undefined;
  readonly kernel?: string | undefined;
  readonly initrd?: string | undefined;
  /** Kernel command line. */
  readonly append?: string | undefined;
  /** Memory size; a number without a unit is MiB. */
  readonly memory?: string | undefined;
  /** Disks, as QEMU's -drive takes them. */
  readonly drives?: readonly string[] | undefined;
  /** A virtio source of random bytes. */
  readonly entropy?: boolean | undefined;
  /** Where keys go: 'uart' (default), or 'virtio', a second console that the guest can ask for the size of the terminal. */
  readonly console?: string | undefined;
  /** For the latter. */
  readonly terminalSize?: TerminalSize | undefined;
  /** A guest that Chronovisor brings: its kernel, initial RAM disk and so on, where nothing else is given. */
  readonly guest?: string | undefined;
  /** A bare program instead: an ELF file, or a raw image together with `loadAddress`. */
  readonly program?: string | undefined;
  readonly loadAddress?: number | undefined;
}

/** How an option is spelled where the user wrote it. */
export type Spelling = (option: keyof BootOptions) => string;

const RANDOM_SEED_SIZE = 32;
const CONSOLES: readonly unknown[] = [undefined, 'uart', 'virtio'];
const USUAL_TERMINAL: TerminalSize = { columns: 80, rows: 24 };
/** Largest kernel that a compressed one may unfold to. */
const KERNEL_SIZE_MAX = 1024 ** 3;
const FIRMWARE_PLACES = [
  '/usr/lib/riscv64-linux-gnu/opensbi/generic/fw_dynamic.bin',
  '/usr/share/opensbi/lp64/generic/firmware/fw_dynamic.bin',
  '/usr/share/qemu/opensbi-riscv64-generic-fw_dynamic.bin',
];

export function bootConfiguration(given: BootOptions, spell: Spelling): MachineConfiguration {
  const options = given.guest === undefined ? given : { ...knownGuest(given.guest), ...definedOnly(given) };
  checkCombination(options, given, spell);
  if (!CONSOLES.includes(options.console)) throw new UserError(`${spell('console')}: there is no console '${options.console ?? ''}'; write uart or virtio.`);
  const memorySizeBytes = options.memory === undefined ? DEFAULT_MEMORY_SIZE_BYTES : parseSize(options.memory, spell('memory'), 'M');
  const images = options.program === undefined ? bootImages(options, spell) : [programImage(options.program, options.loadAddress)];
  const boots = images.some(({ role }) => role !== undefined);
  return {
    memorySizeBytes, images,
    ...(options.append === undefined ? {} : { bootArguments: options.append }),
    ...(boots ? { randomSeed: new Uint8Array(randomBytes(RANDOM_SEED_SIZE)) } : {}),
    ...(boots || hasDevices(options) ? { devices: devicesOf(options, spell) } : {}),
  };
}

/** A bare program gets virtio transports only if something is plugged in; whatever boots otherwise finds them as on QEMU's board. */
function hasDevices({ drives, entropy, console }: BootOptions): boolean {
  return (drives !== undefined && drives.length > 0) || entropy === true || console === 'virtio';
}

function devicesOf({ drives, entropy, console, terminalSize }: BootOptions, spell: Spelling): VirtioOptions {
  const virtioConsole = { console: true, consoleInput: 'virtio', terminalSize: terminalSize ?? USUAL_TERMINAL } as const;
  return { drives: openDrives(drives ?? [], spell('drives')), entropy: entropy ?? false, ...(console === 'virtio' ? virtioConsole : {}) };
}

/** Opens disks; they stay open as long as the process. */
export function openDrives(drives: readonly string[], option: string): Drive[] {
  return drives.map((text) => {
    const { file, readOnly } = parseDrive(text, option);
    return { ...openDriveImage(file), readOnly };
  });
}

function definedOnly(options: BootOptions): BootOptions {
  return Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
}

/** The combinations that QEMU refuses too. */
function checkCombination(options: BootOptions, given: BootOptions, spell: Spelling): void {
  if (options.program !== undefined) {
    const other = (['guest', 'bios', 'kernel', 'initrd', 'append'] as const).find((name) => given[name] !== undefined && !(name === 'bios' && given.bios === 'none'));
    if (other !== undefined) {
      throw new UserError(`A program of its own (${options.program}) and ${spell(other)} do not go together; give a kernel with ${spell('kernel')}, or the program alone.`);
    }
    return;
  }
  if (options.loadAddress !== undefined) throw new UserError(`${spell('loadAddress')} goes with a program only; firmware and kernel have their places.`);
  if (options.kernel === undefined) {
    const needs = (['initrd', 'append'] as const).find((name) => options[name] !== undefined);
    if (needs !== undefined) throw new UserError(`${spell(needs)} is for a kernel; give one with ${spell('kernel')}.`);
    if (options.bios === undefined || options.bios === 'none') {
      throw new UserError(`There is nothing to boot; give a program, ${spell('kernel')}, ${spell('bios')} or ${spell('guest')} (${KNOWN_GUESTS.join(', ')}).`);
    }
  }
}

function programImage(path: string, address: number | undefined): GuestImage {
  const bytes = readInputFile(path, 'the guest image');
  const name = basename(path);
  return address === undefined ? { name, kind: 'elf', bytes } : { name, kind: 'raw', bytes, address };
}

function bootImages({ bios, kernel, initrd }: BootOptions, spell: Spelling): GuestImage[] {
  const images: GuestImage[] = [];
  if (bios !== 'none') images.push(image(firmwarePath(bios ?? 'default', spell), 'firmware', 'the firmware'));
  if (kernel !== undefined) images.push(image(kernel, 'kernel', 'the kernel'));
  if (initrd !== undefined) images.push(image(initrd, 'initrd', 'the initial RAM disk'));
  return images;
}

function image(path: string, role: ImageRole, what: string): GuestImage {
  const read = readInputFile(path, what);
  const bytes = role === 'kernel' && isGzip(read) ? unfold(path, read) : read;
  return { name: basename(path), kind: role === 'initrd' ? 'raw' : imageKind(bytes), bytes, role };
}

function unfold(path: string, bytes: Uint8Array): Uint8Array {
  try {
    return new Uint8Array(gunzipSync(bytes, { maxOutputLength: KERNEL_SIZE_MAX }));
  } catch (error) {
    throw new UserError(`Cannot decompress the kernel ${path} (${error instanceof Error ? error.message : String(error)}); copy or build it again.`);
  }
}

function firmwarePath(bios: string, spell: Spelling): string {
  if (bios !== 'default') return bios;
  const found = FIRMWARE_PLACES.find((path) => existsSync(path));
  if (found === undefined) {
    throw new UserError(`A kernel needs firmware, and OpenSBI is not installed; on Debian: apt-get install opensbi. Or give its fw_dynamic.bin with ${spell('bios')}.`);
  }
  return found;
}
