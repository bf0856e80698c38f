/**
 * Recognises a kernel by its first bytes, and refuses what cannot run here, with a reason.
 * RISC-V: https://docs.kernel.org/arch/riscv/boot-image-header.html; the others: the kernel's Documentation/arch.
 */
import { UserError } from '../user-error.ts';
import { isElf } from './elf.ts';

const HEADER_SIZE = 64;
/** Offsets in the header of a RISC-V `Image`. */
const IMAGE_SIZE = 16;
const FLAGS = 24;
const FLAG_BIG_ENDIAN = 1n;

interface Signature {
  readonly offset: number;
  readonly bytes: readonly number[];
}

const RISCV_MAGIC: Signature = { offset: 56, bytes: ascii('RSC\x05') };
const GZIP: Signature = { offset: 0, bytes: [0x1f, 0x8b] };

/** What people give by mistake: what it is, and what to give instead. */
const REFUSED: readonly (Signature & { readonly what: string; readonly remedy: string })[] = [
  { offset: 56, bytes: ascii('ARM\x64'), what: 'a Linux kernel for 64-bit Arm', remedy: 'give one for riscv64' },
  { offset: 0x202, bytes: ascii('HdrS'), what: 'a Linux kernel for x86', remedy: 'give one for riscv64' },
  { offset: 36, bytes: [0x18, 0x28, 0x6f, 0x01], what: 'a Linux kernel for 32-bit Arm', remedy: 'give one for riscv64' },
  { offset: 4, bytes: ascii('zimg'), what: 'a compressed EFI kernel, which only EFI firmware can start', remedy: 'give the plain Image (arch/riscv/boot/Image)' },
  { offset: 0, bytes: [0x27, 0x05, 0x19, 0x56], what: "a kernel wrapped for U-Boot's bootm", remedy: 'give the plain Image (arch/riscv/boot/Image)' },
  { offset: 0, bytes: [0xfd, ...ascii('7zXZ\0')], what: 'compressed with xz', remedy: 'decompress it first (xz -d)' },
  { offset: 0, bytes: [0x28, 0xb5, 0x2f, 0xfd], what: 'compressed with zstd', remedy: 'decompress it first (zstd -d)' },
  { offset: 0, bytes: ascii('BZh'), what: 'compressed with bzip2', remedy: 'decompress it first (bzip2 -d)' },
  { offset: 0, bytes: [0x02, 0x21, 0x4c, 0x18], what: 'compressed with lz4', remedy: 'decompress it first (lz4 -d)' },
  { ...GZIP, what: 'compressed with gzip', remedy: 'decompress it first (gzip -d)' },
];

export interface KernelImage {
  /** Memory that it needs from its first byte on: for Linux more than the file, since it says how much it clears. */
  readonly sizeInMemory: number;
}

export function isGzip(bytes: Uint8Array): boolean {
  return matches(bytes, GZIP);
}

/** A kernel that is no ELF file: a Linux `Image`, or any raw code. */
export function readKernelImage(name: string, bytes: Uint8Array): KernelImage {
  if (bytes.length === 0) throw new UserError(`${name} is empty; give a kernel with contents.`);
  const plain = { sizeInMemory: bytes.length };
  if (!matches(bytes, RISCV_MAGIC)) {
    for (const signature of REFUSED) {
      if (matches(bytes, signature)) throw new UserError(`${name} is ${signature.what}, and does not run on this machine; ${signature.remedy}.`);
    }
    return plain;
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  if (bytes.length < HEADER_SIZE) return plain;
  if ((view.getBigUint64(FLAGS, true) & FLAG_BIG_ENDIAN) !== 0n) {
    throw new UserError(`${name} is a big-endian Linux kernel (flags at 0x18); give a little-endian one.`);
  }
  const imageSize = view.getBigUint64(IMAGE_SIZE, true);
  return { sizeInMemory: Math.max(bytes.length, Number(imageSize)) };
}

/** Boot images that are ELF files go by their headers alone. */
export function imageKind(bytes: Uint8Array): 'elf' | 'raw' {
  return isElf(bytes) ? 'elf' : 'raw';
}

function matches(bytes: Uint8Array, { offset, bytes: expected }: Signature): boolean {
  return expected.every((byte, index) => bytes[offset + index] === byte);
}

function ascii(text: string): number[] {
  return Array.from(text, (character) => character.charCodeAt(0));
}
