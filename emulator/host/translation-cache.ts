/**
 * Keeps translated code on disk, so that a guest that was run before need not be translated again: one file for each set of guest
 * images, safe to delete. What is in it is only ever used where a page holds the very same instructions (see engine/region-store.ts), so
 * a wrong file name costs time and nothing else.
 */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { RegionStore, StoredModule, type StoredRegion } from '../engine/region-store.ts';
import { assembleRegions } from '../engine/region-module.ts';
import type { GuestImage } from '../machine/machine-types.ts';
import type { KeptTranslations } from '../session/session-types.ts';
import { cacheFolder } from './cache-folder.ts';
import { moduleFromCode } from './native-code.ts';
import { readTranslations, REGIONS, writeTranslations, type NamedModule } from './translation-file.ts';

/** Bytes at either end of an image that tell it from others. */
const IMAGE_SAMPLE_SIZE = 64 << 10;
/** WebAssembly code that a file holds at most; its machine code is some four times as large. */
const CODE_SIZE_MAX = 4 << 20;
const FILE_COUNT_MAX = 16;
/**
 * Fewer new regions are not worth writing the file again: this many, and this fraction. To translate a few of them costs a boot more
 * than their number suggests, since the translator itself is not compiled yet.
 */
const NEW_REGIONS_MIN = 16;
const NEW_REGIONS_FRACTION = 0.02;
const PACKER = 'pack-translations.mjs';

/**
 * The cache for a machine with these images, in the user's cache or in the folder CHRONOVISOR_TRANSLATIONS. undefined if that is `off`, and
 * when running from sources: what translates changes between two runs then, and only a bundle can be told from another by its bytes.
 */
export function openTranslationCache(images: readonly GuestImage[], notice: (sentence: string) => void): KeptTranslations | undefined {
  const folder = process.env['CHRONOVISOR_TRANSLATIONS'] ?? path.join(cacheFolder(), 'translations');
  if (folder === 'off') return undefined;
  const program = programHash();
  if (program === undefined) return undefined;
  const hash = createHash('sha256').update(program).update(`${process.versions.v8} ${process.arch}`);
  for (const { bytes } of images) {
    hash.update(`${bytes.length} `).update(bytes.subarray(0, IMAGE_SAMPLE_SIZE)).update(bytes.subarray(-IMAGE_SAMPLE_SIZE));
  }
  return cacheIn(path.join(folder, `${hash.digest('hex').slice(0, 32)}.bin`), notice);
}

/** Of the bundle that this is part of: modules of the same name are the same in each of its runs. */
function programHash(): Buffer | undefined {
  const file = import.meta.filename;
  return /\.[cm]js$/.test(file) ? createHash('sha256').update(readFileSync(file)).digest() : undefined;
}

function cacheIn(file: string, notice: (sentence: string) => void): KeptTranslations {
  const content = readTranslations(file);
  const packed = new Map((content?.packed ?? []).map((module) => [module.name, module]));
  /** Its bytes, or else those that `generate` makes, and a module of them. */
  const compile = (name: string, generate: () => Uint8Array<ArrayBuffer>): NamedModule & { readonly module: WebAssembly.Module } => {
    const kept = packed.get(name);
    // V8 keeps a copy of the machine code.
    packed.delete(name);
    const bytes = kept?.bytes ?? generate();
    const module = kept === undefined ? undefined : moduleFromCode(bytes, kept.native);
    return { name, bytes, module: module ?? new WebAssembly.Module(bytes) };
  };
  const store = new RegionStore();
  const known = content?.regions ?? [];
  if (known.length > 0) store.add(new StoredModule(known, () => compile(REGIONS, () => assembleRegions(known.map((region) => region.function))).module));
  const engineModules: NamedModule[] = [];
  return {
    store,
    compile: (name, generate) => {
      const { module, bytes } = compile(name, generate);
      engineModules.push({ name, bytes });
      return module;
    },
    save: () => {
      const before = new Set(known);
      const regions = first([...known, ...store.regions.filter((region) => !before.has(region))]);
      const newCount = regions.length - known.length;
      if (newCount < Math.max(NEW_REGIONS_MIN, known.length * NEW_REGIONS_FRACTION)) return;
      try {
        writeTranslations(file, { regions, engineModules });
        removeOldest(path.dirname(file));
        pack(file);
      } catch (error) {
        const reason = error instanceof Error ? error.message : String(error);
        notice(`The translated code of this guest could not be kept in ${path.dirname(file)} (${reason}); it starts no faster the next time. Make the folder writable, or set CHRONOVISOR_TRANSLATIONS to another one, or to off.`);
      }
    },
  };
}

/** The first ones that have room: what a guest runs first is what a start waits for. */
function first(regions: readonly StoredRegion[]): readonly StoredRegion[] {
  let size = 0;
  const end = regions.findIndex((region) => (size += region.function.code.length) > CODE_SIZE_MAX);
  return end === -1 ? regions : regions.slice(0, end);
}

function removeOldest(folder: string): void {
  const files = readdirSync(folder).filter((name) => name.endsWith('.bin')).map((name) => path.join(folder, name));
  const byAge = files.map((file) => ({ file, time: statSync(file).mtimeMs })).sort((one, other) => other.time - one.time);
  for (const { file } of byAge.slice(FILE_COUNT_MAX)) rmSync(file, { force: true });
}

/** Has machine code made for the file by a process that goes on by itself. */
function pack(file: string): void {
  const script = path.join(import.meta.dirname, PACKER);
  if (!existsSync(script)) return;
  spawn(process.execPath, [script, file], { detached: true, stdio: 'ignore' }).on('error', () => undefined).unref();
}
