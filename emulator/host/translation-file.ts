/**
 * A file of translated code: a magic, the CRC-32 of the rest, and sections: their number, their sizes, and they themselves. The first is
 * what V8 serializes, the others are machine code, each in memory of its own that goes back once V8 has taken it. Whatever is wrong with
 * the file, it is no use and no loss: the code is made again.
 */
import { closeSync, fstatSync, mkdirSync, openSync, readSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import type { StoredRegion } from '../engine/region-store.ts';

const MAGIC = Buffer.from('CVTRANS4', 'latin1');
/** Of the CRC, the number of sections, and the size of each. */
const WORD_SIZE = 4;
const SECTION_COUNT_MAX = 64;

/** The name of the module of all regions; the engine's own have those that the engine gives them. */
export const REGIONS = 'regions';

export interface NamedModule {
  readonly name: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** A module and its machine code. */
export interface PackedModule extends NamedModule {
  readonly native: Uint8Array<ArrayBuffer>;
}

export interface TranslationFile {
  readonly regions: readonly StoredRegion[];
  /** The engine's own modules: core, interpreter, support. */
  readonly engineModules: readonly NamedModule[];
  /** Machine code of one module of all regions, and of the engine's modules, once somebody has made it. */
  readonly packed?: readonly PackedModule[];
}

/** The first section: what V8 serializes, with machine code by its place among the others. */
interface Head extends Omit<TranslationFile, 'packed'> {
  readonly packed?: readonly (NamedModule & { readonly section: number })[];
}

/** undefined: there is no such file, or it is not whole. */
export function readTranslations(file: string): TranslationFile | undefined {
  let descriptor: number;
  try {
    descriptor = openSync(file, 'r');
  } catch {
    return undefined;
  }
  try {
    const sections = readSections(descriptor);
    return sections === undefined ? undefined : contentOf(sections);
  } catch {
    return undefined;
  } finally {
    closeSync(descriptor);
  }
}

function readSections(descriptor: number): readonly Uint8Array<ArrayBuffer>[] | undefined {
  let left = fstatSync(descriptor).size;
  const take = (size: number): Buffer<ArrayBuffer> | undefined => {
    left -= size;
    if (left < 0) return undefined;
    const bytes = Buffer.from(new ArrayBuffer(size));
    return readSync(descriptor, bytes) === size ? bytes : undefined;
  };
  if (take(MAGIC.length)?.equals(MAGIC) !== true) return undefined;
  const crc = take(WORD_SIZE);
  const count = take(WORD_SIZE);
  if (crc === undefined || count === undefined || count.readUInt32LE() > SECTION_COUNT_MAX) return undefined;
  const sizes = take(count.readUInt32LE() * WORD_SIZE);
  if (sizes === undefined) return undefined;
  const sections: Uint8Array<ArrayBuffer>[] = [];
  for (let at = 0; at < sizes.length; at += WORD_SIZE) {
    const section = take(sizes.readUInt32LE(at));
    if (section === undefined) return undefined;
    sections.push(section);
  }
  return left === 0 && crc.readUInt32LE() === crcOf([count, sizes, ...sections]) ? sections : undefined;
}

function contentOf([first, ...others]: readonly Uint8Array<ArrayBuffer>[]): TranslationFile | undefined {
  if (first === undefined) return undefined;
  const { packed, ...head } = deserialize(first) as Head;
  if (packed === undefined) return head;
  return { ...head, packed: packed.flatMap(({ section, ...module }) => {
    const native = others[section];
    return native === undefined ? [] : [{ ...module, native }];
  }) };
}

/** Writes the whole file or nothing; throws what the file system says. */
export function writeTranslations(file: string, { packed, ...content }: TranslationFile): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  const head: Head = packed === undefined ? content : { ...content, packed: packed.map(({ name, bytes }, section) => ({ name, bytes, section })) };
  const sections = [serialize(head), ...(packed ?? []).map(({ native }) => native)];
  const counted = [words([sections.length]), words(sections.map(({ length }) => length)), ...sections];
  try {
    writeFileSync(temporary, Buffer.concat([MAGIC, words([crcOf(counted)]), ...counted]), { mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}

function words(values: readonly number[]): Buffer {
  const bytes = Buffer.alloc(values.length * WORD_SIZE);
  values.forEach((value, index) => { bytes.writeUInt32LE(value, index * WORD_SIZE); });
  return bytes;
}

function crcOf(parts: readonly Uint8Array[]): number {
  return parts.reduce((crc, part) => crc32(part, crc), 0);
}
