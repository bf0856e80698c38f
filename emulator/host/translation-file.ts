/**
 * A file of translated code: a magic, the CRC-32 of the rest, and the rest as V8 serializes it. Whatever is wrong with it, it is no use and no
 * loss: the code is made again.
 */
import { mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { deserialize, serialize } from 'node:v8';
import { crc32 } from 'node:zlib';
import type { StoredRegion } from '../engine/region-store.ts';

const MAGIC = Buffer.from('CVTRANS2', 'latin1');
const CRC_SIZE = 4;

/** A module and its machine code. */
export interface PackedModule {
  readonly bytes: Uint8Array<ArrayBuffer>;
  readonly native: Uint8Array<ArrayBuffer>;
}

export interface TranslationFile {
  readonly regions: readonly StoredRegion[];
  /** The engine's own modules: core, interpreter, support. */
  readonly engineModules: readonly Uint8Array<ArrayBuffer>[];
  /** Machine code of one module of all regions, and of the engine's modules, once somebody has made it. */
  readonly packed?: readonly PackedModule[];
}

/** undefined: there is no such file, or it is not whole. */
export function readTranslations(file: string): TranslationFile | undefined {
  let bytes: Buffer;
  try {
    bytes = readFileSync(file);
  } catch {
    return undefined;
  }
  const begin = MAGIC.length + CRC_SIZE;
  if (bytes.length <= begin || !bytes.subarray(0, MAGIC.length).equals(MAGIC)) return undefined;
  const content = bytes.subarray(begin);
  return bytes.readUInt32LE(MAGIC.length) === crc32(content) ? deserialize(content) as TranslationFile : undefined;
}

/** Writes the whole file or nothing; throws what the file system says. */
export function writeTranslations(file: string, content: TranslationFile): void {
  mkdirSync(path.dirname(file), { recursive: true });
  const temporary = `${file}.${process.pid}`;
  const body = serialize(content);
  const crc = Buffer.alloc(CRC_SIZE);
  crc.writeUInt32LE(crc32(body));
  try {
    writeFileSync(temporary, Buffer.concat([MAGIC, crc, body]), { mode: 0o600 });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
