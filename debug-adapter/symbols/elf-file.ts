import { UserError } from '../../emulator/user-error.ts';
import { Reader } from '../dwarf/reader.ts';
import type { Section, Sections } from '../dwarf/reader.ts';

/** Inflates a zlib stream (RFC 1950) of a known inflated size. Injected, since the reader uses no host API. */
export type Inflate = (compressed: Uint8Array, sizeBytes: number) => Uint8Array;

/** A file that is read piece by piece, since it may be larger than what is worth keeping. */
export interface ByteSource {
  readonly sizeBytes: number;
  /** Shorter than asked at the end of the file. */
  read(offset: number, sizeBytes: number): Uint8Array;
}

/** An entry of .symtab (ELF-64 object file format, "Symbol Table"). */
export interface ElfSymbol {
  readonly name: string;
  readonly address: bigint;
  readonly sizeBytes: number;
  /** STT_*: 0 NOTYPE, 1 OBJECT, 2 FUNC, 3 SECTION, 4 FILE, 6 TLS. */
  readonly type: number;
  /** STB_*: 0 LOCAL, 1 GLOBAL, 2 WEAK. */
  readonly binding: number;
  /** Section index; 0 undefined, 0xfff1 absolute. */
  readonly sectionIndex: number;
}

const SHT_NOBITS = 8;
const SHT_SYMTAB = 2;
const SHF_ALLOC = 2;
const SHF_EXECINSTR = 4;
const SHF_COMPRESSED = 0x800;
const ELFCOMPRESS_ZLIB = 1;
/** Ways of compression by ELFCOMPRESS_*. */
const COMPRESSION_NAMES: Readonly<Record<number, string>> = { 1: 'zlib', 2: 'zstd' };
const PT_LOAD = 1;
const PROGRAM_HEADER_SIZE = 56;
const PROGRAM_HEADERS_MAX = 1 << 12;
const EM_RISCV = 243;
const FILE_HEADER_SIZE = 64;
const SECTION_HEADER_SIZE = 64;
const NAMES_SIZE_MAX = 1 << 24;
const SYMBOL_SIZE = 24;
const COMPRESSION_HEADER_SIZE = 24;
/** DEFLATE cannot expand more than 1032 to 1. */
const MAX_EXPANSION = 1032;

interface SectionHeader {
  readonly name: string;
  readonly type: number;
  readonly flags: number;
  readonly address: bigint;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly link: number;
}

function sourceOf(bytes: Uint8Array): ByteSource {
  return { sizeBytes: bytes.length, read: (offset, sizeBytes) => bytes.subarray(offset, offset + sizeBytes) };
}

/** An ELF64 little-endian RISC-V file, as a debugger needs it: sections by name, and symbols. Of a `ByteSource` only what is asked for is read. */
export class ElfFile implements Sections {
  readonly #source: ByteSource;
  readonly #name: string;
  readonly #inflate: Inflate | undefined;
  readonly #headers: readonly SectionHeader[];
  readonly #cache = new Map<string, Section>();

  constructor(file: Uint8Array | ByteSource, name: string, inflate?: Inflate) {
    this.#source = file instanceof Uint8Array ? sourceOf(file) : file;
    this.#name = name;
    this.#inflate = inflate;
    this.#headers = readSectionHeaders(this.#source, name);
  }

  /** The section's contents, decompressed; empty when there is none, or it cannot be read. */
  section(name: string): Section {
    let section = this.#cache.get(name);
    if (section === undefined) {
      section = this.#read(name) ?? this.#readGnuCompressed(name) ?? { name, bytes: new Uint8Array(0), address: 0n };
      this.#cache.set(name, section);
    }
    return section;
  }

  /** Undefined for a section that has to be decompressed as a whole, or is not there. */
  part(name: string, offset: number, sizeBytes: number): Section | undefined {
    const header = this.#plainHeader(name);
    if (header === undefined || this.#cache.has(name)) return undefined;
    const size = Math.max(0, Math.min(sizeBytes, this.sizeBytes(name) ?? 0, header.sizeBytes - offset));
    return { name, bytes: this.#source.read(header.offset + offset, size), address: header.address, start: offset };
  }

  sizeBytes(name: string): number | undefined {
    const header = this.#plainHeader(name);
    return header === undefined ? undefined : Math.max(0, Math.min(header.sizeBytes, this.#source.sizeBytes - header.offset));
  }

  #plainHeader(name: string): SectionHeader | undefined {
    const [header, ...more] = this.#headersOf(name);
    return header === undefined || more.length > 0 || header.type === SHT_NOBITS || (header.flags & SHF_COMPRESSED) !== 0 ? undefined : header;
  }

  /** The section of a name. Only debug information may be in several, which belong together: groups that a linker has not put into one (DWARF 5, appendix E). */
  #headersOf(name: string): SectionHeader[] {
    const headers = this.#headers.filter((candidate) => candidate.name === name);
    return name.startsWith('.debug_') ? headers : headers.slice(0, 1);
  }

  /** Ranges of executable sections. */
  codeRanges(): { low: bigint; high: bigint }[] {
    return this.#headers
      .filter(({ flags }) => (flags & (SHF_ALLOC | SHF_EXECINSTR)) === (SHF_ALLOC | SHF_EXECINSTR))
      .map(({ address, sizeBytes }) => ({ low: address, high: address + BigInt(sizeBytes) }));
  }

  has(name: string): boolean {
    return this.#headers.some((header) => header.name === name);
  }

  /** Where the first segment is linked to be loaded; undefined when there is none, as in an object file. */
  loadAddress(): bigint | undefined {
    const header = new Reader({ name: this.#name, bytes: this.#source.read(0, FILE_HEADER_SIZE), address: 0n }, 32);
    const tableOffset = header.u64Number();
    header.offset = 54;
    const entrySize = header.u16();
    const count = Math.min(header.u16(), PROGRAM_HEADERS_MAX);
    if (entrySize !== PROGRAM_HEADER_SIZE) return undefined;
    const table = new Reader({ name: this.#name, bytes: this.#source.read(tableOffset, count * PROGRAM_HEADER_SIZE), address: 0n });
    let lowest: bigint | undefined;
    for (let index = 0; index < count && table.end - table.offset >= PROGRAM_HEADER_SIZE; index++) {
      const { offset } = table;
      const type = table.u32();
      table.skip(12);
      const address = table.u64();
      if (type === PT_LOAD && (lowest === undefined || address < lowest)) lowest = address;
      table.offset = offset + PROGRAM_HEADER_SIZE;
    }
    return lowest;
  }

  /** Why debug information cannot be read, if it cannot: a sentence for the user. */
  compressionProblem(): string | undefined {
    for (const header of this.#headers) {
      if (!header.name.startsWith('.debug_') || (header.flags & SHF_COMPRESSED) === 0) continue;
      const type = this.#compressionOf(this.#source.read(header.offset, Math.min(header.sizeBytes, COMPRESSION_HEADER_SIZE)));
      if (type !== ELFCOMPRESS_ZLIB) return this.#unknownCompression(header.name, type).message;
    }
    return undefined;
  }

  #compressionOf(bytes: Uint8Array): number {
    return bytes.length < COMPRESSION_HEADER_SIZE ? 0 : new Reader({ name: this.#name, bytes, address: 0n }).u32();
  }

  #unknownCompression(section: string, type: number): UserError {
    const way = COMPRESSION_NAMES[type] ?? `way ${type}, which is not known`;
    return this.#failed(`section ${section} is compressed by ${way}, which cannot be read; link with -gz=zlib or -gz=none`);
  }

  symbols(): ElfSymbol[] {
    const header = this.#headers.find(({ type }) => type === SHT_SYMTAB);
    if (header === undefined) return [];
    const strings = this.#headers[header.link];
    if (strings === undefined) return [];
    const table = new Reader({ name: '.symtab', bytes: this.#contents(header), address: 0n });
    const names: Section = { name: '.strtab', bytes: this.#contents(strings), address: 0n };
    const symbols: ElfSymbol[] = [];
    const isInMemory = this.#headers.map(({ flags }) => (flags & SHF_ALLOC) !== 0);
    while (table.end - table.offset >= SYMBOL_SIZE) {
      const nameOffset = table.u32();
      const info = table.u8();
      table.skip(1);
      const sectionIndex = table.u16();
      const address = table.u64();
      const sizeBytes = Number(table.u64());
      // Labels in debug information are no places in memory.
      if (isInMemory[sectionIndex] === false && sectionIndex !== 0) continue;
      symbols.push({ name: nameIn(names, nameOffset), address, sizeBytes, type: info & 15, binding: info >> 4, sectionIndex });
    }
    return symbols;
  }

  #contents(header: SectionHeader): Uint8Array {
    if (header.type === SHT_NOBITS || header.offset > this.#source.sizeBytes) return new Uint8Array(0);
    return this.#source.read(header.offset, Math.min(header.sizeBytes, this.#source.sizeBytes - header.offset));
  }

  #read(name: string): Section | undefined {
    const headers = this.#headersOf(name);
    const [first] = headers;
    if (first === undefined) return undefined;
    const bytes = headers.length === 1 ? this.#inflated(first) : new Uint8Array(Buffer.concat(headers.map((header) => this.#inflated(header))));
    return { name, bytes, address: first.address };
  }

  #inflated(header: SectionHeader): Uint8Array {
    const { name, flags } = header;
    const bytes = this.#contents(header);
    if ((flags & SHF_COMPRESSED) === 0) return bytes;
    const reader = new Reader({ name, bytes, address: 0n });
    const type = this.#compressionOf(bytes);
    if (type !== ELFCOMPRESS_ZLIB) throw this.#unknownCompression(name, type);
    reader.skip(8);
    const sizeBytes = reader.u64Number();
    return this.#decompress(name, bytes.subarray(COMPRESSION_HEADER_SIZE), sizeBytes);
  }

  /** The older GNU way: section .zdebug_x holds "ZLIB", the size in big-endian order, and the stream. */
  #readGnuCompressed(name: string): Section | undefined {
    if (!name.startsWith('.debug_')) return undefined;
    const header = this.#headers.find((candidate) => candidate.name === `.z${name.slice(1)}`);
    if (header === undefined) return undefined;
    const bytes = this.#contents(header);
    if (bytes.length < 12 || String.fromCharCode(...bytes.subarray(0, 4)) !== 'ZLIB') return undefined;
    const sizeBytes = bytes.subarray(4, 12).reduce((value, byte) => value * 256 + byte, 0);
    return { name, bytes: this.#decompress(name, bytes.subarray(12), sizeBytes), address: header.address };
  }

  #decompress(name: string, compressed: Uint8Array, sizeBytes: number): Uint8Array {
    if (this.#inflate === undefined) throw this.#failed(`section ${name} is compressed, which cannot be read here; link with --compress-debug-sections=none`);
    if (sizeBytes > compressed.length * MAX_EXPANSION) throw this.#failed(`section ${name} claims an impossible inflated size; rebuild the program`);
    let inflated: Uint8Array;
    try {
      inflated = this.#inflate(compressed, sizeBytes);
    } catch {
      throw this.#failed(`the compressed section ${name} is damaged; rebuild the program`);
    }
    if (inflated.length !== sizeBytes) throw this.#failed(`the compressed section ${name} has the wrong size; rebuild the program`);
    return inflated;
  }

  #failed(what: string): UserError {
    return new UserError(`Cannot read ${this.#name}: ${what}.`);
  }
}

function nameIn(strings: Section, offset: number): string {
  if (offset >= strings.bytes.length || !strings.bytes.includes(0, offset)) return '';
  return new Reader(strings, offset).string();
}

function readSectionHeaders(source: ByteSource, fileName: string): SectionHeader[] {
  const fail = (what: string): UserError => new UserError(`Cannot read ${fileName}: ${what}.`);
  const bytes = source.read(0, FILE_HEADER_SIZE);
  if (bytes.length < FILE_HEADER_SIZE || bytes[0] !== 0x7f || bytes[1] !== 0x45 || bytes[2] !== 0x4c || bytes[3] !== 0x46) {
    throw fail('it is not an ELF file; give the ELF file that the linker made');
  }
  if (bytes[4] !== 2 || bytes[5] !== 1) throw fail('it is not a 64-bit little-endian ELF file; build it for riscv64');
  const header = new Reader({ name: fileName, bytes, address: 0n }, 16);
  header.skip(2);
  if (header.u16() !== EM_RISCV) throw fail('it is an ELF file of another processor; build it for riscv64');
  header.offset = 40;
  const tableOffset = Number(header.u64());
  header.offset = 58;
  const entrySize = header.u16();
  let count = header.u16();
  let namesIndex = header.u16();
  if (tableOffset === 0) return [];
  if (entrySize !== SECTION_HEADER_SIZE) throw fail('its section headers have an unknown size; rebuild the program');
  const room = Math.floor((source.sizeBytes - tableOffset) / SECTION_HEADER_SIZE);
  if (room < 1) throw fail('its section headers are outside the file, which may be cut short; rebuild the program');
  const tableAt = (entries: number): Section => ({ name: fileName, bytes: source.read(tableOffset, entries * SECTION_HEADER_SIZE), address: 0n, start: tableOffset });
  const first = readSectionHeader(tableAt(1), tableOffset);
  // Many sections: the numbers are in the first header ("Section Header Table", extended numbering).
  if (count === 0) count = first.sizeBytes;
  if (namesIndex === 0xffff) namesIndex = first.link;
  if (count > room) throw fail('its section headers are outside the file, which may be cut short; rebuild the program');
  const table = tableAt(count);
  const raw = Array.from({ length: count }, (_, index) => readSectionHeader(table, tableOffset + index * SECTION_HEADER_SIZE));
  const names = raw[namesIndex];
  const strings: Section = {
    name: '.shstrtab', bytes: names === undefined || names.offset > source.sizeBytes ? new Uint8Array(0) : source.read(names.offset, Math.min(names.sizeBytes, NAMES_SIZE_MAX)), address: 0n,
  };
  return raw.map(({ nameOffset, ...rest }) => ({ ...rest, name: nameIn(strings, nameOffset) }));
}

function readSectionHeader(file: Section, at: number): Omit<SectionHeader, 'name'> & { nameOffset: number } {
  const reader = new Reader(file, at);
  const nameOffset = reader.u32();
  const type = reader.u32();
  const flags = Number(reader.u64() & 0xffff_ffffn);
  const address = reader.u64();
  const offset = Number(reader.u64());
  const sizeBytes = Number(reader.u64());
  const link = reader.u32();
  return { nameOffset, type, flags, address, offset, sizeBytes, link };
}
