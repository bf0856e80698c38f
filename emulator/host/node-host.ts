/** The emulator's host on Node: time, files. */
import { randomBytes } from 'node:crypto';
import { accessSync, closeSync, constants, existsSync, fstatSync, fsyncSync, ftruncateSync, openSync, readFileSync, readSync, rmSync, statSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { performance } from 'node:perf_hooks';
import './v8-flags.ts';
import type { CancelSignal, Host, LogSink } from '../session/session-types.ts';
import { assert } from '../assert.ts';
import { UserError } from '../user-error.ts';
import { openTranslationCache } from './translation-cache.ts';

const NS_PER_MS = 1_000_000n;
/** Of files that are worth memory of their own. */
const LARGE_SIZE = 1 << 20;
const WASM_PAGE_SIZE = 1 << 16;

export const nodeHost: Host = {
  yield: () => new Promise((resolve) => { setImmediate(resolve); }),
  sleep: (ms: number, signal?: CancelSignal) =>
    new Promise((resolve) => {
      if (signal?.aborted === true) {
        resolve();
        return;
      }
      const done = (): void => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', done);
        resolve();
      };
      const timer = setTimeout(done, ms);
      signal?.addEventListener('abort', done, { once: true });
    }),
  monotonicMs: () => performance.now(),
  wallClockNs: () => BigInt(Date.now()) * NS_PER_MS,
  entropy: (sizeBytes) => new Uint8Array(randomBytes(sizeBytes)),
  translations: (images) => openTranslationCache(images, (sentence) => { process.stderr.write(`${sentence}\n`); }),
};

/**
 * A recording that is written to `path` as it is made. Refuses to overwrite unless `force`. The file is made with the
 * first bytes: a guest that cannot be booted leaves no empty file, and destroys no old one. After bytes that could not be
 * written the file ends where it ended before them, so that it stays readable, and more can be appended once there is room.
 */
export function createLogFile(path: string, force = false): LogSink {
  let descriptor: number | undefined;
  let sizeBytes = 0;
  let closed = false;
  const close = (last: (open: number) => void): void => {
    if (closed) return;
    closed = true;
    if (descriptor === undefined) return;
    try {
      last(descriptor);
    } finally {
      closeSync(descriptor);
    }
  };
  return {
    append: (bytes) => {
      assert(!closed, 'the recording is closed');
      descriptor ??= create(path, force);
      try {
        for (let at = 0; at < bytes.length; ) at += writeSync(descriptor, bytes, at);
        sizeBytes += bytes.length;
      } catch (error) {
        if (fstatSync(descriptor).isFile()) ftruncateSync(descriptor, sizeBytes);
        throw new UserError(`Cannot write the recording ${path}: ${reason(error)}; make room, or record to another place`);
      }
    },
    close: () => { close((open) => { if (fstatSync(open).isFile()) fsyncSync(open); }); },
    discard: () => { close((open) => { if (fstatSync(open).isFile()) rmSync(path, { force: true }); }); },
  };
}

function create(path: string, force: boolean): number {
  const { O_APPEND, O_CREAT, O_EXCL, O_TRUNC, O_WRONLY } = constants;
  try {
    return openSync(path, O_WRONLY | O_CREAT | O_APPEND | (force ? O_TRUNC : O_EXCL));
  } catch (error) {
    throw cannotCreate(path, error);
  }
}

/** The whole of a file. `what`: for the message, e.g. "the recording". */
export function readInputFile(path: string, what: string): Uint8Array {
  try {
    const status = statSync(path);
    if (status.isDirectory()) throw new UserError(`Cannot read ${what} ${path}: it is a folder; give a file`);
    return status.isFile() && status.size >= LARGE_SIZE ? readLargeFile(path) : plainBytes(readFileSync(path));
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`Cannot read ${what} ${path}: ${reason(error)}; ${readingRemedy(error)}`);
  }
}

function plainBytes({ buffer, byteOffset, length }: Buffer): Uint8Array {
  return new Uint8Array(buffer, byteOffset, length);
}

/**
 * Into memory that the host gets back. Where C's allocator gave so much and got it back (glibc, malloc_trim(3)), it keeps twice
 * that from then on in each thread that compiled something.
 */
function readLargeFile(path: string): Uint8Array {
  const file = openSync(path, 'r');
  try {
    const { size } = fstatSync(file);
    const { buffer } = new WebAssembly.Memory({ initial: Math.ceil(size / WASM_PAGE_SIZE) });
    let at = 0;
    for (let count = -1; at < size && count !== 0; at += count) count = readSync(file, new Uint8Array(buffer, at, size - at));
    return new Uint8Array(buffer, 0, at);
  } finally {
    closeSync(file);
  }
}

function cannotCreate(path: string, error: unknown): UserError {
  if (codeOf(error) === 'EEXIST' && statSync(path, { throwIfNoEntry: false })?.isDirectory() === true) return new UserError(`Cannot create the recording ${path}: it is a folder; give a file name in it`);
  if (codeOf(error) === 'EEXIST') return new UserError(`${path} exists already and is not overwritten: choose another name, or remove it`);
  return new UserError(`Cannot create the recording ${path}: ${reason(error)}; choose another place`);
}

/** Why an operation on a file failed, for a sentence. */
export function reason(error: unknown): string {
  const known: Readonly<Record<string, string>> = {
    ENOENT: 'there is no such file or folder', EACCES: 'permission denied', EPERM: 'permission denied', ENOSPC: 'the disk is full', EDQUOT: 'the disk quota is used up', EFBIG: 'the file would be larger than is allowed',
    EISDIR: 'it is a folder', ENOTDIR: 'a part of the path is not a folder', EROFS: 'the file system is read-only',
  };
  const code = codeOf(error);
  return (code === undefined ? undefined : known[code]) ?? (error instanceof Error ? error.message : String(error));
}

/** The sentence for an error of the file system on the way to `folder`; undefined for any other error. */
export function cannotWrite(folder: string, error: unknown): string | undefined {
  // Programs that are called for it say it in words.
  const isFull = ['ENOSPC', 'EDQUOT'].includes(codeOf(error) ?? '') || (error instanceof Error && error.message.includes('No space left on device'));
  const cause = isFull ? 'the disk is full' : whyNotWritable(folder, error);
  if (cause === undefined) return undefined;
  return `Cannot write into ${folder}: ${cause}; ${isFull ? 'make room' : 'make it writable'}, or name another cache folder in XDG_CACHE_HOME. Nothing was changed.`;
}

function whyNotWritable(folder: string, error: unknown): string | undefined {
  if (['EACCES', 'EPERM', 'EROFS', 'ENOTDIR', 'EEXIST'].includes(codeOf(error) ?? '')) return reason(error);
  // Node says of a folder that it cannot make on the way that it is not there.
  if (codeOf(error) !== 'ENOENT') return undefined;
  let existing = folder;
  while (!existsSync(existing)) existing = dirname(existing);
  try {
    accessSync(existing, constants.W_OK);
    return undefined;
  } catch (refusal) {
    return reason(refusal);
  }
}

/** What to do about a file that cannot be read. */
export function readingRemedy(error: unknown): string {
  return ['EACCES', 'EPERM'].includes(codeOf(error) ?? '') ? 'make it readable for you' : 'check the name';
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
