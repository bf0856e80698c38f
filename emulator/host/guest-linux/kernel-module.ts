/**
 * Reads and shrinks kernel modules (ELF64 relocatable files). Most of a module is what the kernel would only copy: type
 * information, and the compiler's local labels, which RISC-V object files keep by the hundred thousand.
 * https://refspecs.linuxfoundation.org/elf/gabi4+/contents.html, chapter 4; kernel/module/main.c.
 */
const FILE_HEADER_SIZE = 64;
const SECTION_HEADER_SIZE = 64;
const E_SHOFF = 40;
const E_SHNUM = 60;
const E_SHSTRNDX = 62;

const SH_NAME = 0;
const SH_TYPE = 4;
const SH_FLAGS = 8;
const SH_OFFSET = 24;
const SH_SIZE = 32;
const SH_LINK = 40;
const SH_INFO = 44;
const SH_ADDRALIGN = 48;

const TYPE_NULL = 0;
const TYPE_SYMTAB = 2;
const TYPE_STRTAB = 3;
const TYPE_RELA = 4;
const TYPE_NOBITS = 8;
const FLAG_ALLOC = 2n;

const SYMBOL_SIZE = 24;
const ST_NAME = 0;
const ST_INFO = 4;
const BINDING_LOCAL = 0;
const TYPES_NAMED = [1, 2]; // data, functions: what a backtrace shows
const RELOCATION_SIZE = 24;
const R_SYMBOL = 12;

interface Section {
  readonly name: string;
  readonly type: number;
  readonly allocated: boolean;
  readonly offset: number;
  readonly sizeBytes: number;
  readonly link: number;
  readonly info: number;
  readonly alignment: number;
}

export interface ModuleInfo {
  readonly name: string;
  readonly dependencies: readonly string[];
  /** What the kernel may ask for it by, with wildcards. */
  readonly aliases: readonly string[];
}

/** What a module says of itself in `.modinfo`. */
export function moduleInfo(bytes: Uint8Array): ModuleInfo {
  const section = sectionsOf(bytes).find(({ name }) => name === '.modinfo');
  if (section === undefined) throw new Error('the file is no kernel module: it has no section .modinfo');
  const pairs = Buffer.from(contentsOf(bytes, section)).toString().split('\0').map((text) => /^(\w+)=(.*)$/.exec(text));
  const values = (key: string): string[] => pairs.flatMap((pair) => (pair?.[1] === key ? [pair[2] ?? ''] : []));
  return {
    name: values('name')[0] ?? '',
    dependencies: values('depends').join(',').split(',').filter(Boolean),
    aliases: values('alias'),
  };
}

/** The module without debug information, type information (BTF), signature, and local labels that nothing refers to. Sections keep their numbers. */
export function stripModule(bytes: Uint8Array): Uint8Array {
  const sections = sectionsOf(bytes);
  const symbols = reduceSymbols(bytes, sections);
  const parts: Uint8Array[] = [bytes.slice(0, FILE_HEADER_SIZE)];
  const table = new Uint8Array(sections.length * SECTION_HEADER_SIZE);
  const tableView = fileView(table);
  let size = FILE_HEADER_SIZE;
  const append = (part: Uint8Array, alignment: number): number => {
    const at = Math.ceil(size / alignment) * alignment;
    parts.push(new Uint8Array(at - size), part);
    size = at + part.length;
    return at;
  };
  const tableOffset = Number(fileView(bytes).getBigUint64(E_SHOFF, true));
  sections.forEach((section, index) => {
    if (!isKept(section, sections)) return;
    const from = tableOffset + index * SECTION_HEADER_SIZE;
    const header = index * SECTION_HEADER_SIZE;
    table.set(bytes.subarray(from, from + SECTION_HEADER_SIZE), header);
    const contents = symbols.contents.get(index) ?? contentsOf(bytes, section);
    if (section.type !== TYPE_NOBITS) tableView.setBigUint64(header + SH_SIZE, BigInt(contents.length), true);
    if (section.type === TYPE_SYMTAB) tableView.setUint32(header + SH_INFO, symbols.localCount, true);
    tableView.setBigUint64(header + SH_OFFSET, BigInt(append(contents, Math.max(1, section.alignment))), true);
  });
  const tableAt = append(table, 8);
  const file = new Uint8Array(Buffer.concat(parts));
  fileView(file).setBigUint64(E_SHOFF, BigInt(tableAt), true);
  return file;
}

interface ReducedSymbols {
  /** New contents of sections: symbols, their names, and relocations with the new numbers of symbols. */
  readonly contents: ReadonlyMap<number, Uint8Array>;
  /** Local symbols come first. */
  readonly localCount: number;
}

function reduceSymbols(bytes: Uint8Array, sections: readonly Section[]): ReducedSymbols {
  const tableIndex = sections.findIndex(({ type }) => type === TYPE_SYMTAB);
  const table = sections[tableIndex];
  const names = table === undefined ? undefined : sections[table.link];
  if (table === undefined || names === undefined) throw new Error('the file is no kernel module: it has no symbols');
  const relocations = [...sections.entries()].filter(([, section]) => section.type === TYPE_RELA && isKept(section, sections));
  const needed = new Set<number>();
  for (const [, section] of relocations) forEachRelocation(contentsOf(bytes, section), (view, at) => needed.add(view.getUint32(at + R_SYMBOL, true)));

  const old = contentsOf(bytes, table);
  const oldView = fileView(old);
  const numbers = new Map<number, number>();
  const kept: Buffer[] = [];
  const keptNames = [Buffer.from([0])];
  let namesSize = 1;
  let localCount = 0;
  for (let number = 0; number * SYMBOL_SIZE < old.length; number++) {
    const symbol = Buffer.from(old.subarray(number * SYMBOL_SIZE, (number + 1) * SYMBOL_SIZE));
    const info = oldView.getUint8(number * SYMBOL_SIZE + ST_INFO);
    const local = info >> 4 === BINDING_LOCAL;
    if (number > 0 && local && !needed.has(number) && !TYPES_NAMED.includes(info & 0xf)) continue;
    const name = Buffer.from(`${textAt(bytes, names.offset + symbol.readUInt32LE(ST_NAME))}\0`);
    symbol.writeUInt32LE(name.length === 1 ? 0 : namesSize, ST_NAME);
    if (name.length > 1) {
      keptNames.push(name);
      namesSize += name.length;
    }
    numbers.set(number, kept.length);
    kept.push(symbol);
    if (local) localCount++;
  }
  const contents = new Map<number, Uint8Array>([[tableIndex, Buffer.concat(kept)], [table.link, Buffer.concat(keptNames)]]);
  for (const [index, section] of relocations) {
    const copy = contentsOf(bytes, section).slice();
    forEachRelocation(copy, (view, at) => { view.setUint32(at + R_SYMBOL, numbers.get(view.getUint32(at + R_SYMBOL, true)) ?? 0, true); });
    contents.set(index, copy);
  }
  return { contents, localCount };
}

function forEachRelocation(contents: Uint8Array, visit: (view: DataView, at: number) => void): void {
  const view = fileView(contents);
  for (let at = 0; at + RELOCATION_SIZE <= contents.length; at += RELOCATION_SIZE) visit(view, at);
}

function contentsOf(bytes: Uint8Array, section: Section): Uint8Array {
  return section.type === TYPE_NOBITS ? new Uint8Array(0) : bytes.subarray(section.offset, section.offset + section.sizeBytes);
}

/** What is loaded, the symbols, and the relocations of what is loaded. */
function isKept(section: Section, sections: readonly Section[]): boolean {
  if (section.type === TYPE_NULL || section.name.startsWith('.BTF')) return false;
  if (section.allocated || section.type === TYPE_SYMTAB || section.type === TYPE_STRTAB) return true;
  return section.type === TYPE_RELA && sections[section.info]?.allocated === true;
}

function sectionsOf(bytes: Uint8Array): Section[] {
  const view = fileView(bytes);
  const tableOffset = Number(view.getBigUint64(E_SHOFF, true));
  const headers = Array.from({ length: view.getUint16(E_SHNUM, true) }, (_, index) => tableOffset + index * SECTION_HEADER_SIZE);
  const names = headers[view.getUint16(E_SHSTRNDX, true)];
  if (names === undefined) throw new Error('the file is no kernel module: it has no section names');
  const namesOffset = Number(view.getBigUint64(names + SH_OFFSET, true));
  return headers.map((header) => ({
    name: textAt(bytes, namesOffset + view.getUint32(header + SH_NAME, true)),
    type: view.getUint32(header + SH_TYPE, true),
    allocated: (view.getBigUint64(header + SH_FLAGS, true) & FLAG_ALLOC) !== 0n,
    offset: Number(view.getBigUint64(header + SH_OFFSET, true)),
    sizeBytes: Number(view.getBigUint64(header + SH_SIZE, true)),
    link: view.getUint32(header + SH_LINK, true),
    info: view.getUint32(header + SH_INFO, true),
    alignment: Number(view.getBigUint64(header + SH_ADDRALIGN, true)),
  }));
}

function textAt(bytes: Uint8Array, offset: number): string {
  return Buffer.from(bytes.subarray(offset, bytes.indexOf(0, offset))).toString();
}

function fileView(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
