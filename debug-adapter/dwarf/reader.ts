import { UserError } from '../../emulator/user-error.ts';
import { decodeUtf8 } from './utf8.ts';

/** A section of the program, or a part of it; `bytes` is empty when the program has no such section. */
export interface Section {
  readonly name: string;
  readonly bytes: Uint8Array;
  /** Of a part: offset of its first byte in the section. All offsets count from the beginning of the section, in a part too. */
  readonly start?: number;
  /** Offset of the section's own first byte, where offsets go on behind another section's. */
  readonly base?: number;
  /** Virtual address (sh_addr), 0 for sections that are not loaded. */
  readonly address: bigint;
}

/** Where the readers get sections from. */
export interface Sections {
  section(name: string): Section;
  /** Only [offset, offset + sizeBytes) of a section, for those that are too large to be kept; undefined where it can only be had as a whole. */
  part?(name: string, offset: number, sizeBytes: number): Section | undefined;
  sizeBytes?(name: string): number | undefined;
  /** How much further up the program was loaded than it is linked, modulo 2^64: every address is raised by it when it is read. */
  readonly bias?: bigint;
}

/** An address of the program as it is loaded, from one as it is linked. */
export function raised(sections: Sections, address: bigint): bigint {
  const { bias } = sections;
  return bias === undefined ? address : BigInt.asUintN(64, address + bias);
}

/** A part of a section, or the whole of it where that is what there is. */
export function partOf(sections: Sections, name: string, offset: number, sizeBytes: number): Section {
  return sections.part?.(name, offset, sizeBytes) ?? sections.section(name);
}

export function sizeOfSection(sections: Sections, name: string): number {
  return sections.sizeBytes?.(name) ?? sections.section(name).bytes.length;
}

/** Bytes at a virtual address; shorter than asked where unmapped. */
export type ReadMemory = (address: bigint, sizeBytes: number) => Uint8Array;

/** Values of a frame's registers by DWARF number: 0..31 = x0..x31, 32..63 = f0..f31 (RISC-V DWARF specification). */
export type ReadRegister = (number: number) => bigint | undefined;

export const U64 = 0xffff_ffff_ffff_ffffn;

export function damaged(section: string, offset: number, what: string): UserError {
  return new UserError(
    `The debug information is damaged: ${what} at offset 0x${offset.toString(16)} of ${section}; rebuild the program.`,
  );
}

/** Runs `read`; damage in the debug information gives `otherwise` instead of an error, so that the rest stays usable. */
export function attempt<T>(read: () => T, otherwise: T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof UserError) return otherwise;
    throw error;
  }
}

/** Bounds-checked little-endian cursor over a section; offsets count from the section's start. */
export class Reader {
  readonly section: Section;
  offset: number;
  readonly end: number;
  readonly #view: DataView;
  readonly #start: number;

  constructor(section: Section, offset = section.start ?? 0, end = Infinity) {
    const { bytes, start = 0 } = section;
    this.section = section;
    this.offset = offset;
    this.#start = start;
    this.end = Math.min(end, start + bytes.length);
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
    if (!(offset >= start && offset <= this.end)) throw this.damaged('a reference points outside');
  }

  get atEnd(): boolean {
    return this.offset >= this.end;
  }

  damaged(what: string): UserError {
    return damaged(this.section.name, this.offset - (this.section.base ?? 0), what);
  }

  /** Index of the next `sizeBytes` bytes, which are then behind the cursor. */
  #take(sizeBytes: number): number {
    const at = this.offset;
    if (!(sizeBytes >= 0 && sizeBytes <= this.end - at)) throw this.damaged('data ends early');
    this.offset = at + sizeBytes;
    return at - this.#start;
  }

  skip(sizeBytes: number): void {
    this.#take(sizeBytes);
  }

  u8(): number {
    return this.#view.getUint8(this.#take(1));
  }

  i8(): number {
    return this.#view.getInt8(this.#take(1));
  }

  u16(): number {
    return this.#view.getUint16(this.#take(2), true);
  }

  u24(): number {
    const low = this.u16();
    return low | (this.u8() << 16);
  }

  u32(): number {
    return this.#view.getUint32(this.#take(4), true);
  }

  u64(): bigint {
    return this.#view.getBigUint64(this.#take(8), true);
  }

  /** An unsigned 64-bit value that must be usable as a size or offset. */
  u64Number(): number {
    const value = this.u64();
    if (value > BigInt(Number.MAX_SAFE_INTEGER)) throw this.damaged('a size is too large');
    return Number(value);
  }

  /** Little-endian unsigned integer of 1, 2, 4 or 8 bytes. */
  unsigned(sizeBytes: number): bigint {
    switch (sizeBytes) {
      case 1: return BigInt(this.u8());
      case 2: return BigInt(this.u16());
      case 4: return BigInt(this.u32());
      case 8: return this.u64();
      default: throw this.damaged(`an integer of ${sizeBytes} bytes`);
    }
  }

  signed(sizeBytes: number): bigint {
    return BigInt.asIntN(sizeBytes * 8, this.unsigned(sizeBytes));
  }

  /** A DWARF offset: 4 bytes in the 32-bit format, 8 in the 64-bit format. */
  dwarfOffset(offsetSize: number): number {
    return offsetSize === 8 ? this.u64Number() : this.u32();
  }

  /** unit_length / initial length (DWARF 5, 7.4): the end of the contribution, which is at most `limit`, and the offset size. */
  initialLength(limit = this.end): { end: number; offsetSize: 4 | 8 } {
    let length = this.u32();
    let offsetSize: 4 | 8 = 4;
    if (length === 0xffff_ffff) {
      offsetSize = 8;
      length = this.u64Number();
    } else if (length >= 0xffff_fff0) throw this.damaged('a reserved length');
    if (length > limit - this.offset) throw this.damaged('a unit is longer than its section');
    return { end: this.offset + length, offsetSize };
  }

  /** Unsigned LEB128 as a number. */
  uleb(): number {
    let value = 0;
    let scale = 1;
    for (let count = 0; count < 16; count++) {
      const byte = this.u8();
      value += (byte & 0x7f) * scale;
      if (byte < 0x80) {
        if (value > Number.MAX_SAFE_INTEGER) throw this.damaged('a number is too large');
        return value;
      }
      scale *= 128;
    }
    throw this.damaged('a LEB128 number without end');
  }

  /** Unsigned LEB128, modulo 2^64. */
  uleb64(): bigint {
    return BigInt.asUintN(64, this.#leb().value);
  }

  /** Signed LEB128, modulo 2^64. */
  sleb64(): bigint {
    const { value, bits } = this.#leb();
    return BigInt.asIntN(64, BigInt.asIntN(bits, value));
  }

  #leb(): { value: bigint; bits: number } {
    let value = 0n;
    let small = 0;
    for (let count = 0; count < 16; count++) {
      const byte = this.u8();
      if (count < 4) small += (byte & 0x7f) << (7 * count);
      else value |= BigInt(byte & 0x7f) << BigInt(7 * count);
      if (byte < 0x80) return { value: value | BigInt(small), bits: 7 * (count + 1) };
    }
    throw this.damaged('a LEB128 number without end');
  }

  skipLeb(): void {
    while (this.u8() >= 0x80);
  }

  block(sizeBytes: number): Uint8Array {
    const at = this.#take(sizeBytes);
    return this.section.bytes.subarray(at, at + sizeBytes);
  }

  /** NUL-terminated UTF-8 string. */
  string(): string {
    const start = this.offset;
    this.skipString();
    return decodeUtf8(this.section.bytes, start - this.#start, this.offset - 1 - this.#start);
  }

  skipString(): void {
    const nul = this.section.bytes.indexOf(0, this.offset - this.#start);
    if (nul < 0 || nul + this.#start >= this.end) throw this.damaged('a string without end');
    this.offset = nul + this.#start + 1;
  }
}

/** The string at `offset` of a string section. */
export function stringAt(section: Section, offset: number): string {
  return new Reader(section, offset).string();
}

/** Little-endian unsigned value of 1..16 bytes. */
export function unsignedOf(bytes: Uint8Array): bigint {
  let value = 0n;
  for (let index = bytes.length - 1; index >= 0; index--) value = (value << 8n) | BigInt(bytes[index] ?? 0);
  return value;
}

/** Little-endian bytes of the low `sizeBytes` * 8 bits. */
export function bytesOf(value: bigint, sizeBytes: number): Uint8Array {
  const bytes = new Uint8Array(sizeBytes);
  let rest = BigInt.asUintN(sizeBytes * 8, value);
  for (let index = 0; index < sizeBytes; index++) {
    bytes[index] = Number(rest & 0xffn);
    rest >>= 8n;
  }
  return bytes;
}

export function readUnsigned(memory: ReadMemory, address: bigint, sizeBytes: number): bigint | undefined {
  const bytes = memory(BigInt.asUintN(64, address), sizeBytes);
  return bytes.length < sizeBytes ? undefined : unsignedOf(bytes.subarray(0, sizeBytes));
}
