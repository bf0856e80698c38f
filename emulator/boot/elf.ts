/**
 * Reads what is needed to load an ELF64 little-endian RISC-V executable: the file header and the program headers.
 * System V ABI, chapters 4 and 5; https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html
 *
 * The file may be damaged or hostile: nothing in it is believed before it is checked, and what is wrong is a UserError.
 */
import { assert } from '../assert.ts';
import { UserError } from '../user-error.ts';

const MAGIC = [0x7f, 0x45, 0x4c, 0x46] as const;
const CLASS_64 = 2;
const DATA_LITTLE_ENDIAN = 1;
const VERSION_CURRENT = 1;
const TYPE_RELOCATABLE = 1;
const TYPE_EXECUTABLE = 2;
const TYPE_SHARED = 3;
const TYPE_CORE = 4;
const MACHINE_RISCV = 243;

// Offsets in the file header.
const E_IDENT_CLASS = 4;
const E_IDENT_DATA = 5;
const E_IDENT_VERSION = 6;
const E_TYPE = 16;
const E_MACHINE = 18;
const E_ENTRY = 24;
const E_PHOFF = 32;
const E_PHENTSIZE = 54;
const E_PHNUM = 56;
const FILE_HEADER_SIZE = 64;

// Offsets in a program header.
const P_TYPE = 0;
const P_FLAGS = 4;
const P_OFFSET = 8;
const P_VADDR = 16;
const P_PADDR = 24;
const P_FILESZ = 32;
const P_MEMSZ = 40;
const PROGRAM_HEADER_SIZE = 56;
/** e_phnum when the real number is elsewhere: more than any program for this machine needs. */
const PHNUM_EXTENDED = 0xffff;

const PT_LOAD = 1;
const PT_INTERP = 3;
const PF_EXECUTE = 1;

/** A part of the file that belongs in memory. Addresses are unsigned 64-bit and not checked against any memory yet. */
export interface ElfSegment {
  /** Index of its program header, and where that header is in the file; for messages. */
  readonly headerIndex: number;
  readonly headerOffset: number;
  readonly virtualAddress: bigint;
  readonly physicalAddress: bigint;
  readonly bytes: Uint8Array;
  /** At least the length of `bytes`; the rest is zeros. */
  readonly sizeInMemory: bigint;
  readonly executable: boolean;
}

export interface ElfProgram {
  /** Segments with a size, in file order. */
  readonly segments: readonly ElfSegment[];
  /** Guest-physical address of the first instruction. */
  readonly entry: bigint;
}

/** True when the file starts like an ELF file. */
export function isElf(bytes: Uint8Array): boolean {
  return MAGIC.every((byte, index) => bytes[index] === byte);
}

/** `name`: for messages, the file's name. */
export function parseElf(name: string, bytes: Uint8Array): ElfProgram {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  checkFileHeader(name, bytes, view);
  const segments: ElfSegment[] = [];
  for (const [headerIndex, headerOffset] of programHeaders(name, view)) {
    const type = view.getUint32(headerOffset + P_TYPE, true);
    if (type === PT_INTERP) {
      throw new UserError(
        `${name}: program header ${headerIndex} (at ${hex(headerOffset)}) asks for a dynamic loader, which a bare machine does not have; link it with -static -no-pie.`,
      );
    }
    if (type !== PT_LOAD) continue;
    const segment = readSegment(name, bytes, view, headerIndex, headerOffset);
    if (segment.sizeInMemory > 0n) segments.push(segment);
  }
  if (segments.length === 0) {
    throw new UserError(`${name} has nothing to load: no program header of type LOAD with a size; give a linked executable.`);
  }
  return { segments, entry: physicalEntry(view.getBigUint64(E_ENTRY, true), segments) };
}

function checkFileHeader(name: string, bytes: Uint8Array, view: DataView): void {
  if (!isElf(bytes)) {
    throw new UserError(`${name} is not an ELF file (it does not start with 7f 45 4c 46); load it as a raw image with an address, or give an ELF executable.`);
  }
  if (bytes.length < FILE_HEADER_SIZE) {
    throw new UserError(`${name} is cut off: it has ${bytes.length} bytes and an ELF header alone takes ${FILE_HEADER_SIZE}; copy or build it again.`);
  }
  if (bytes[E_IDENT_CLASS] !== CLASS_64) {
    throw new UserError(`${name} is not a 64-bit ELF file (class ${bytes[E_IDENT_CLASS]} at 0x4); build it for rv64, for example with -march=rv64gc -mabi=lp64d.`);
  }
  if (bytes[E_IDENT_DATA] !== DATA_LITTLE_ENDIAN) {
    throw new UserError(`${name} is not a little-endian ELF file (data encoding ${bytes[E_IDENT_DATA]} at 0x5); build it for little-endian rv64.`);
  }
  if (bytes[E_IDENT_VERSION] !== VERSION_CURRENT) {
    throw new UserError(`${name} has ELF version ${bytes[E_IDENT_VERSION]} (at 0x6), only 1 exists; the file is damaged, build it again.`);
  }
  const machine = view.getUint16(E_MACHINE, true);
  if (machine !== MACHINE_RISCV) {
    throw new UserError(`${name} is for another processor (ELF machine ${machine} at ${hex(E_MACHINE)}, RISC-V is ${MACHINE_RISCV}); build it with a RISC-V compiler.`);
  }
  checkType(name, view.getUint16(E_TYPE, true));
}

/** A position-independent executable without a dynamic loader (some firmware) runs where it is linked, as in QEMU. */
function checkType(name: string, type: number): void {
  switch (type) {
    case TYPE_EXECUTABLE:
    case TYPE_SHARED:
      return;
    case TYPE_RELOCATABLE:
      throw new UserError(`${name} is an object file that is not linked yet; link it into an executable first.`);
    case TYPE_CORE:
      throw new UserError(`${name} is a core dump, not a program; give the executable.`);
    default:
      throw new UserError(`${name} is not an executable (ELF type ${type} at ${hex(E_TYPE)}); give a linked executable.`);
  }
}

/** Index and file offset of each program header, all of them inside the file. */
function programHeaders(name: string, view: DataView): [index: number, offset: number][] {
  const count = view.getUint16(E_PHNUM, true);
  if (count === 0) {
    throw new UserError(`${name} has no program headers, so nothing says where it belongs in memory; give a linked executable.`);
  }
  if (count === PHNUM_EXTENDED) {
    throw new UserError(`${name} claims to have ${PHNUM_EXTENDED} or more program headers (at ${hex(E_PHNUM)}); the file is damaged, build it again.`);
  }
  const entrySize = view.getUint16(E_PHENTSIZE, true);
  if (entrySize !== PROGRAM_HEADER_SIZE) {
    throw new UserError(`${name} has program headers of ${entrySize} bytes (at ${hex(E_PHENTSIZE)}) instead of ${PROGRAM_HEADER_SIZE}; the file is damaged, build it again.`);
  }
  const first = view.getBigUint64(E_PHOFF, true);
  const end = first + BigInt(count * PROGRAM_HEADER_SIZE);
  if (end > BigInt(view.byteLength)) {
    throw new UserError(
      `${name} is cut off or damaged: its program headers end at ${hex(end)} and the file at ${hex(view.byteLength)}; copy or build it again.`,
    );
  }
  return Array.from({ length: count }, (_, index) => [index, Number(first) + index * PROGRAM_HEADER_SIZE]);
}

function readSegment(name: string, bytes: Uint8Array, view: DataView, headerIndex: number, headerOffset: number): ElfSegment {
  const fileOffset = view.getBigUint64(headerOffset + P_OFFSET, true);
  const sizeInFile = view.getBigUint64(headerOffset + P_FILESZ, true);
  const sizeInMemory = view.getBigUint64(headerOffset + P_MEMSZ, true);
  const header = `program header ${headerIndex} (at ${hex(headerOffset)})`;
  if (sizeInFile > sizeInMemory) {
    throw new UserError(`${name}: ${header} has more bytes in the file (${hex(sizeInFile)}) than in memory (${hex(sizeInMemory)}); the file is damaged, build it again.`);
  }
  if (sizeInFile > 0n && fileOffset + sizeInFile > BigInt(bytes.length)) {
    throw new UserError(
      `${name} is cut off or damaged: ${header} takes the bytes up to ${hex(fileOffset + sizeInFile)} and the file ends at ${hex(bytes.length)}; copy or build it again.`,
    );
  }
  const start = sizeInFile === 0n ? 0 : Number(fileOffset);
  const contents = bytes.subarray(start, start + Number(sizeInFile));
  assert(contents.length === Number(sizeInFile), 'a segment lies inside its file');
  return {
    headerIndex,
    headerOffset,
    virtualAddress: view.getBigUint64(headerOffset + P_VADDR, true),
    physicalAddress: view.getBigUint64(headerOffset + P_PADDR, true),
    bytes: contents,
    sizeInMemory,
    executable: (view.getUint32(headerOffset + P_FLAGS, true) & PF_EXECUTE) !== 0,
  };
}

/**
 * The machine starts without address translation. Where the executable segment that holds the entry is linked at another
 * virtual address than it is loaded at, the entry moves with the segment (as QEMU include/hw/elf_ops.h does).
 */
function physicalEntry(entry: bigint, segments: readonly ElfSegment[]): bigint {
  const home = segments.find((segment) => segment.executable && contains(segment, entry));
  return home === undefined ? entry : BigInt.asUintN(64, entry - home.virtualAddress + home.physicalAddress);
}

function contains(segment: ElfSegment, virtualAddress: bigint): boolean {
  return virtualAddress >= segment.virtualAddress && virtualAddress - segment.virtualAddress < segment.sizeInMemory;
}

function hex(value: number | bigint): string {
  return `0x${value.toString(16)}`;
}
