/** Writes small ELF64 files for tests, right by default, wrong where the test asks for it. */

export interface SegmentSpec {
  readonly type?: number;
  readonly flags?: number;
  readonly virtualAddress?: bigint;
  readonly physicalAddress?: bigint;
  readonly bytes?: Uint8Array;
  readonly sizeInMemory?: bigint;
  /** Wrong values for the header's fields. */
  readonly fileOffset?: bigint;
  readonly sizeInFile?: bigint;
}

export interface ElfSpec {
  readonly elfClass?: number;
  readonly data?: number;
  readonly version?: number;
  readonly type?: number;
  readonly machine?: number;
  readonly entry?: bigint;
  readonly programHeaderOffset?: bigint;
  readonly programHeaderSize?: number;
  readonly programHeaderCount?: number;
  readonly segments?: readonly SegmentSpec[];
}

export const PT_LOAD = 1;
export const PT_DYNAMIC = 2;
export const PT_INTERP = 3;
const FILE_HEADER_SIZE = 64;
const PROGRAM_HEADER_SIZE = 56;
const DRAM = 0x8000_0000n;

/** By default one executable segment of 16 bytes at 0x80000000 with 16 bytes of zeros after it. */
export function elfFile(spec: ElfSpec = {}): Uint8Array {
  const segments = spec.segments ?? [{ sizeInMemory: 32n }];
  const contents = segments.map((segment) => segment.bytes ?? Uint8Array.from({ length: 16 }, (_, index) => index + 1));
  let offset = FILE_HEADER_SIZE + PROGRAM_HEADER_SIZE * segments.length;
  const file = new Uint8Array(offset + contents.reduce((sum, bytes) => sum + bytes.length, 0));
  const view = new DataView(file.buffer);
  file.set([0x7f, 0x45, 0x4c, 0x46, spec.elfClass ?? 2, spec.data ?? 1, spec.version ?? 1]);
  view.setUint16(16, spec.type ?? 2, true);
  view.setUint16(18, spec.machine ?? 243, true);
  view.setUint32(20, 1, true);
  view.setBigUint64(24, spec.entry ?? DRAM, true);
  view.setBigUint64(32, spec.programHeaderOffset ?? BigInt(FILE_HEADER_SIZE), true);
  view.setUint16(52, FILE_HEADER_SIZE, true);
  view.setUint16(54, spec.programHeaderSize ?? PROGRAM_HEADER_SIZE, true);
  view.setUint16(56, spec.programHeaderCount ?? segments.length, true);
  segments.forEach((segment, index) => {
    const header = FILE_HEADER_SIZE + index * PROGRAM_HEADER_SIZE;
    const bytes = contents[index] ?? new Uint8Array(0);
    view.setUint32(header, segment.type ?? PT_LOAD, true);
    view.setUint32(header + 4, segment.flags ?? 7, true);
    view.setBigUint64(header + 8, segment.fileOffset ?? BigInt(offset), true);
    view.setBigUint64(header + 16, segment.virtualAddress ?? segment.physicalAddress ?? DRAM, true);
    view.setBigUint64(header + 24, segment.physicalAddress ?? DRAM, true);
    view.setBigUint64(header + 32, segment.sizeInFile ?? BigInt(bytes.length), true);
    view.setBigUint64(header + 40, segment.sizeInMemory ?? BigInt(bytes.length), true);
    view.setBigUint64(header + 48, 8n, true);
    file.set(bytes, offset);
    offset += bytes.length;
  });
  return file;
}
