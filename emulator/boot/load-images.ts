/** Turns the images of a configuration into bytes at guest-physical addresses, or says what is wrong with them. */
import { assert } from '../assert.ts';
import { DRAM_BASE } from '../devices/memory-map.ts';
import type { GuestImage, ImageRole, MachineConfiguration } from '../machine/machine-types.ts';
import { UserError } from '../user-error.ts';
import { buildDeviceTree, deviceTreeAddress } from './device-tree.ts';
import { parseElf } from './elf.ts';
import { firmwareInfo } from './firmware-info.ts';
import { readKernelImage } from './kernel-image.ts';

const PAGE_SIZE = 4096;
const MAX_MEMORY_SIZE_BYTES = 2 ** 31;
/** Where a 64-bit kernel begins behind the firmware, and how far behind its entry an initial RAM disk is at most. */
const NEXT_STAGE_ALIGNMENT = 2 * 1024 * 1024;
const INITRD_OFFSET_MAX = 128 * 1024 * 1024;

/** What to write into DRAM before the first instruction. */
export interface LoadSegment {
  /** For messages: the image that it comes from. */
  readonly source: string;
  readonly gpa: number;
  readonly bytes: Uint8Array;
  /** At least the length of `bytes`; DRAM is zero at power-on, so the rest needs no writing. */
  readonly sizeInMemory: number;
}

export interface LoadedImages {
  /** By address, without overlap, all inside DRAM; the device tree is one of them. */
  readonly segments: readonly LoadSegment[];
  /** pc at power-on. */
  readonly entry: number;
  /** Guest-physical address of the device tree (a1 at power-on). */
  readonly deviceTree: number;
  /** Guest-physical address of the structure for fw_dynamic (a2 at power-on); 0 without firmware. */
  readonly firmwareInfo: number;
}

export function loadImages(configuration: MachineConfiguration): LoadedImages {
  const { memorySizeBytes, images } = configuration;
  checkMemorySize(memorySizeBytes);
  const layout = images.every((image) => roleOf(image) === 'program') ? layPrograms(images, memorySizeBytes) : layBoot(images, memorySizeBytes);
  const { segments, entry, initrd } = layout;
  const tree = buildDeviceTree({
    memorySizeBytes,
    ...(configuration.bootArguments === undefined ? {} : { bootArguments: configuration.bootArguments }),
    ...(configuration.randomSeed === undefined ? {} : { randomSeed: configuration.randomSeed }),
    ...(initrd === undefined ? {} : { initrd }),
    virtioTransports: configuration.devices !== undefined,
  });
  // QEMU keeps it in a ROM that this machine does not have.
  const info = layout.nextStage === undefined ? new Uint8Array(0) : firmwareInfo(layout.nextStage);
  const infoOffset = alignUp(tree.length, 8);
  const bytes = new Uint8Array(info.length === 0 ? tree.length : infoOffset + info.length);
  bytes.set(tree);
  bytes.set(info, info.length === 0 ? 0 : infoOffset);
  const deviceTree = deviceTreeAddress(memorySizeBytes, bytes.length);
  const all = [...segments, { source: 'the device tree', gpa: deviceTree, bytes, sizeInMemory: bytes.length }].sort((a, b) => a.gpa - b.gpa);
  checkOverlap(all);
  return { segments: all, entry, deviceTree, firmwareInfo: info.length === 0 ? 0 : deviceTree + infoOffset };
}

/** The images at their places. */
interface Layout {
  readonly segments: readonly LoadSegment[];
  readonly entry: number;
  readonly initrd?: { readonly start: number; readonly end: number };
  /** Where firmware goes on; 0 if there is nothing; undefined without firmware. */
  readonly nextStage?: number;
}

function roleOf(image: GuestImage): ImageRole {
  return image.role ?? 'program';
}

function layPrograms(images: readonly GuestImage[], memorySizeBytes: number): Layout {
  const loaded = images.map((image) => loadImage(image, memorySizeBytes));
  const first = loaded[0];
  if (first === undefined) {
    throw new UserError('There is no guest image to run; give an ELF executable, or a raw image with its load address.');
  }
  return { segments: loaded.flatMap((image) => image.segments), entry: first.entry };
}

/** Firmware, kernel and initial RAM disk where QEMU 7.2 puts them (hw/riscv/virt.c, virt_machine_done; hw/riscv/boot.c). */
function layBoot(images: readonly GuestImage[], memorySizeBytes: number): Layout {
  const only = (role: ImageRole): GuestImage | undefined => {
    const found = images.filter((image) => roleOf(image) === role);
    if (found.length > 1) throw new UserError(`${found.map(({ name }) => name).join(' and ')} both want to be the ${role}; give one.`);
    return found[0];
  };
  const program = images.find((image) => roleOf(image) === 'program');
  if (program !== undefined) throw new UserError(`${program.name} is a program of its own beside firmware or a kernel; give either.`);
  const firmware = placed(only('firmware'), DRAM_BASE, memorySizeBytes);
  const kernelPlace = alignUp(firmware === undefined ? DRAM_BASE : endOf(firmware.segments), NEXT_STAGE_ALIGNMENT);
  const kernel = placed(only('kernel'), kernelPlace, memorySizeBytes);
  const first = firmware ?? kernel;
  if (first === undefined) throw new UserError('There is an initial RAM disk but no kernel to use it; give a kernel.');
  // The lowest address, not the entry that an ELF file names: so does QEMU.
  const nextStage = kernel === undefined ? 0 : Math.min(...kernel.segments.map(({ gpa }) => gpa));
  const segments = [...(firmware?.segments ?? []), ...(kernel?.segments ?? [])];
  const disk = only('initrd');
  const base = { entry: first.entry, ...(firmware === undefined ? {} : { nextStage }) };
  if (disk === undefined) return { ...base, segments };
  if (kernel === undefined) throw new UserError(`${disk.name} is an initial RAM disk without a kernel to use it; give a kernel.`);
  const initrd = placeInitrd(disk, nextStage, memorySizeBytes);
  return { ...base, segments: [...segments, initrd], initrd: { start: initrd.gpa, end: initrd.gpa + initrd.sizeInMemory } };
}

function placeInitrd(disk: GuestImage, kernelEntry: number, memorySizeBytes: number): LoadSegment {
  if (disk.bytes.length === 0) throw new UserError(`${disk.name} is empty; give an initial RAM disk with contents.`);
  const gpa = kernelEntry + Math.min(memorySizeBytes / 2, INITRD_OFFSET_MAX);
  checkInDram(`${disk.name}: the initial RAM disk`, BigInt(gpa), BigInt(disk.bytes.length), memorySizeBytes, 'give a smaller one');
  return { source: disk.name, gpa, bytes: disk.bytes, sizeInMemory: disk.bytes.length };
}

/** Firmware or kernel: an ELF file where it says, anything else at `address`. */
function placed(image: GuestImage | undefined, address: number, memorySizeBytes: number): LoadedImage | undefined {
  if (image === undefined) return undefined;
  if (image.kind === 'elf') {
    const loaded = loadElf(image, memorySizeBytes);
    // QEMU starts firmware at the beginning of DRAM, whatever its entry.
    const covered = loaded.segments.some(({ gpa, sizeInMemory }) => gpa <= DRAM_BASE && DRAM_BASE < gpa + sizeInMemory);
    return roleOf(image) === 'firmware' && covered ? { ...loaded, entry: DRAM_BASE } : loaded;
  }
  const { sizeInMemory } = roleOf(image) === 'kernel' ? readKernelImage(image.name, image.bytes) : { sizeInMemory: image.bytes.length };
  if (image.bytes.length === 0) throw new UserError(`${image.name} is empty; give firmware with contents.`);
  checkInDram(`${image.name}: the ${roleOf(image)}`, BigInt(address), BigInt(sizeInMemory), memorySizeBytes, 'give a smaller one');
  return { segments: [{ source: image.name, gpa: address, bytes: image.bytes, sizeInMemory }], entry: address };
}

function endOf(segments: readonly LoadSegment[]): number {
  return Math.max(...segments.map(({ gpa, sizeInMemory }) => gpa + sizeInMemory));
}

function alignUp(value: number, alignment: number): number {
  return Math.ceil(value / alignment) * alignment;
}

interface LoadedImage {
  readonly segments: readonly LoadSegment[];
  readonly entry: number;
}

function checkMemorySize(sizeBytes: number): void {
  if (!Number.isInteger(sizeBytes) || sizeBytes <= 0 || sizeBytes > MAX_MEMORY_SIZE_BYTES || sizeBytes % PAGE_SIZE !== 0) {
    throw new UserError(`A memory size of ${sizeBytes} bytes is not possible; choose a multiple of 4 KiB up to 2 GiB, for example 128 MiB.`);
  }
}

function loadImage(image: GuestImage, memorySizeBytes: number): LoadedImage {
  return image.kind === 'elf' ? loadElf(image, memorySizeBytes) : loadRaw(image, memorySizeBytes);
}

function loadElf(image: GuestImage, memorySizeBytes: number): LoadedImage {
  const program = parseElf(image.name, image.bytes);
  const segments = program.segments.map((segment) => {
    const what = `${image.name}: program header ${segment.headerIndex} (at ${hex(segment.headerOffset)})`;
    checkInDram(what, segment.physicalAddress, segment.sizeInMemory, memorySizeBytes, 'link it to addresses in there');
    return {
      source: image.name,
      gpa: Number(segment.physicalAddress),
      bytes: segment.bytes,
      sizeInMemory: Number(segment.sizeInMemory),
    };
  });
  const entry = program.entry;
  if (entry < BigInt(DRAM_BASE) || entry >= BigInt(DRAM_BASE + memorySizeBytes)) {
    throw new UserError(
      `${image.name}: the entry point ${hex(entry)} (e_entry, at 0x18) is outside memory, which is ${dramRange(memorySizeBytes)}; set ENTRY in the linker script to code that is loaded there.`,
    );
  }
  if (entry % 2n !== 0n) {
    throw new UserError(`${image.name}: the entry point ${hex(entry)} (e_entry, at 0x18) is odd, no instruction can be there; the file is damaged, build it again.`);
  }
  return { segments, entry: Number(entry) };
}

function loadRaw(image: GuestImage, memorySizeBytes: number): LoadedImage {
  const { name, bytes, address } = image;
  if (address === undefined) {
    throw new UserError(`${name} is a raw image without a load address; give one, for example ${hex(DRAM_BASE)}.`);
  }
  if (!Number.isSafeInteger(address) || address < 0 || address % 2 !== 0) {
    throw new UserError(`${name}: the load address ${address} is not an even, non-negative integer; give one such as ${hex(DRAM_BASE)}.`);
  }
  if (bytes.length === 0) throw new UserError(`${name} is empty; give an image with contents.`);
  checkInDram(`${name}: the raw image`, BigInt(address), BigInt(bytes.length), memorySizeBytes, 'load it at another address');
  return { segments: [{ source: name, gpa: address, bytes, sizeInMemory: bytes.length }], entry: address };
}

function checkInDram(what: string, gpa: bigint, sizeBytes: bigint, memorySizeBytes: number, remedy: string): void {
  const end = gpa + sizeBytes;
  if (gpa >= BigInt(DRAM_BASE) && end <= BigInt(DRAM_BASE + memorySizeBytes)) return;
  const advice = gpa >= BigInt(DRAM_BASE) && sizeBytes <= BigInt(MAX_MEMORY_SIZE_BYTES) ? `give the machine more memory, or ${remedy}` : remedy;
  throw new UserError(`${what} takes ${hex(gpa)} to ${hex(end)}, outside memory, which is ${dramRange(memorySizeBytes)}; ${advice}.`);
}

/** `segments` are sorted by address. */
function checkOverlap(segments: readonly LoadSegment[]): void {
  segments.forEach((segment, index) => {
    const next = segments[index + 1];
    if (next === undefined || segment.gpa + segment.sizeInMemory <= next.gpa) return;
    const remedy = segment.source === next.source ? 'the file is damaged or its linker script is wrong, build it again'
      : 'load them at other addresses, or give the machine more memory';
    throw new UserError(`${describe(segment)} and ${describe(next)} overlap in memory; ${remedy}.`);
  });
  assert(segments.every((segment) => segment.bytes.length <= segment.sizeInMemory), 'a segment holds its bytes');
}

function describe(segment: LoadSegment): string {
  return `${segment.source} (${hex(segment.gpa)} to ${hex(segment.gpa + segment.sizeInMemory)})`;
}

function dramRange(memorySizeBytes: number): string {
  return `${hex(DRAM_BASE)} to ${hex(DRAM_BASE + memorySizeBytes)}`;
}

function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
