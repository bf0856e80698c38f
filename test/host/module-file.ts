/** A small kernel module: an ELF64 relocatable file with labels, debug and type information. */
const TYPES = { PROGBITS: 1, SYMTAB: 2, STRTAB: 3, RELA: 4 } as const;
const ALLOC = 2n;
const LOCAL_LABEL = 0x00, LOCAL_FUNCTION = 0x02, GLOBAL_FUNCTION = 0x12;

interface SectionSpec {
  readonly name: string;
  readonly type: number;
  readonly flags?: bigint;
  readonly contents: Buffer;
  readonly link?: number;
  readonly info?: number;
}

function symbol(name: number, info: number): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32LE(name, 0);
  bytes.writeUInt8(info, 4);
  bytes.writeUInt16LE(1, 6);
  return bytes;
}

function relocation(symbolNumber: number): Buffer {
  const bytes = Buffer.alloc(24);
  bytes.writeUInt32LE(symbolNumber, 12);
  return bytes;
}

function specs(): SectionSpec[] {
  const names = ['.Lunused', '.Lneeded', 'helper', 'init_module'];
  const offset = (name: string): number => names.slice(0, names.indexOf(name)).reduce((sum, other) => sum + other.length + 1, 1);
  const symbols = [Buffer.alloc(24), symbol(offset('.Lunused'), LOCAL_LABEL), symbol(offset('.Lneeded'), LOCAL_LABEL), symbol(offset('helper'), LOCAL_FUNCTION), symbol(offset('init_module'), GLOBAL_FUNCTION)];
  const modinfo = ['name=sample', 'depends=jbd2,crc16', 'alias=fs-sample', 'alias=virtio:d*', 'license=GPL'];
  return [
    { name: '', type: 0, contents: Buffer.alloc(0) },
    { name: '.text', type: TYPES.PROGBITS, flags: ALLOC, contents: Buffer.from('code') },
    { name: '.rela.text', type: TYPES.RELA, contents: relocation(2), link: 7, info: 1 },
    { name: '.modinfo', type: TYPES.PROGBITS, flags: ALLOC, contents: Buffer.from(`${modinfo.join('\0')}\0`) },
    { name: '.debug_info', type: TYPES.PROGBITS, contents: Buffer.alloc(3000) },
    { name: '.rela.debug_info', type: TYPES.RELA, contents: Buffer.concat(Array.from({ length: 100 }, () => relocation(1))), link: 7, info: 4 },
    { name: '.BTF', type: TYPES.PROGBITS, flags: ALLOC, contents: Buffer.alloc(1000) },
    { name: '.symtab', type: TYPES.SYMTAB, contents: Buffer.concat(symbols), link: 8, info: 4 },
    { name: '.strtab', type: TYPES.STRTAB, contents: Buffer.from(`\0${names.join('\0')}\0`) },
  ];
}

export function moduleFile(): { bytes: Uint8Array; sections: readonly string[] } {
  const list = specs();
  const names = [...list.map(({ name }) => name), '.shstrtab'];
  list.push({ name: '.shstrtab', type: TYPES.STRTAB, contents: Buffer.from(`${names.join('\0')}\0`) });
  const header = Buffer.alloc(64);
  const headers: Buffer[] = [];
  const contents: Buffer[] = [];
  let offset = header.length;
  let nameOffset = 0;
  for (const { name, type, flags = 0n, contents: bytes, link = 0, info = 0 } of list) {
    const entry = Buffer.alloc(64);
    entry.writeUInt32LE(nameOffset, 0);
    entry.writeUInt32LE(type, 4);
    entry.writeBigUInt64LE(flags, 8);
    entry.writeBigUInt64LE(BigInt(offset), 24);
    entry.writeBigUInt64LE(BigInt(bytes.length), 32);
    entry.writeUInt32LE(link, 40);
    entry.writeUInt32LE(info, 44);
    entry.writeBigUInt64LE(1n, 48);
    headers.push(entry);
    contents.push(bytes);
    offset += bytes.length;
    nameOffset += name.length + 1;
  }
  header.writeBigUInt64LE(BigInt(offset), 40);
  header.writeUInt16LE(list.length, 60);
  header.writeUInt16LE(list.length - 1, 62);
  return { bytes: new Uint8Array(Buffer.concat([header, ...contents, ...headers])), sections: names };
}
