/** Turns the images of a configuration into bytes at guest-physical addresses, or says what is wrong with them. */
import { assert } from '../assert.ts';
import { DRAM_BASE } from '../devices/memory-map.ts';
import type { GuestImage, MachineConfiguration } from '../machine/machine-types.ts';
import { UserError } from '../user-error.ts';
import { buildDeviceTree, deviceTreeAddress } from './device-tree.ts';
import { parseElf } from './elf.ts';

const PAGE_SIZE = 4096;
const MAX_MEMORY_SIZE_BYTES = 2 ** 31;

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
  /** pc at power-on: the entry of the first image. */
  readonly entry: number;
  /** Guest-physical address of the device tree (a1 at power-on). */
  readonly deviceTree: number;
}

export function loadImages(configuration: MachineConfiguration): LoadedImages {
  const { memorySizeBytes, images } = configuration;
  checkMemorySize(memorySizeBytes);
  const loaded = images.map((image) => loadImage(image, memorySizeBytes));
  const first = loaded[0];
  if (first === undefined) {
    throw new UserError('There is no guest image to run; give an ELF executable, or a raw image with its load address.');
  }
  const tree = buildDeviceTree({ memorySizeBytes });
  const deviceTree = deviceTreeAddress(memorySizeBytes, tree.length);
  const segments = loaded.flatMap((image) => image.segments);
  segments.push({ source: 'the device tree', gpa: deviceTree, bytes: tree, sizeInMemory: tree.length });
  segments.sort((a, b) => a.gpa - b.gpa);
  checkOverlap(segments);
  return { segments, entry: first.entry, deviceTree };
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
