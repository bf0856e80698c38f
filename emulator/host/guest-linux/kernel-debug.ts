/**
 * Takes the kernel's debug information out of Debian's debug package, which is 1 GB large, mostly of modules: the archive is
 * read up to that one file only. All of it can be interrupted.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, statfsSync, statSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { UserError } from '../../user-error.ts';
import { reason } from '../node-host.ts';
import type { DebianPackages } from './debian.ts';

const BLOCK_SIZE = 512;
const POLL_MS = 300;
const NAME_SIZE = 100;
const SIZE_FIELD = { start: 124, end: 136 };
/** What vmlinux takes, beside the package; it has grown slowly with each version. */
const UNPACKED_SIZE = 400e6;
/** Not to the last byte. */
const DISK_RESERVE = 200e6;

type ShowProgress = (what: string, doneBytes: number, totalBytes: number) => void;

export interface DebugRequest {
  readonly debian: DebianPackages;
  /** Name of the kernel's own package, and its version: the debug information must be of the very same. */
  readonly kernelPackage: string;
  readonly version: string;
  /** Where vmlinux is written; nothing is there yet. */
  readonly target: string;
  readonly signal: AbortSignal;
  readonly onProgress: ShowProgress;
}

/** The name of the package's file. */
export async function bringKernelDebug(request: DebugRequest): Promise<string> {
  const { debian, kernelPackage, version } = request;
  const name = `${kernelPackage}-dbg`;
  const offered = debian.versions(name);
  if (!offered.includes(version)) {
    const now = offered.length === 0 ? 'does not have it any more' : `has only ${offered.join(', ')} of it`;
    throw new UserError(`The debug information must be of the kernel that is here, ${kernelPackage} ${version}, and Debian's mirror ${now}: bring the guest anew, together with it: npm run guest:linux -- --force --symbols`);
  }
  const sizeBytes = debian.sizeBytes([`${name}=${version}`]);
  requireRoom(debian.folder, sizeBytes + UNPACKED_SIZE + DISK_RESERVE);
  const file = await download(request, name, sizeBytes);
  await extractVmlinux(file, request);
  return file.slice(file.lastIndexOf('/') + 1);
}

function requireRoom(folder: string, neededBytes: number): void {
  const { bavail, bsize } = statfsSync(folder);
  if (bavail * bsize >= neededBytes) return;
  throw new UserError(`The debug information needs ${(neededBytes / 1e9).toFixed(1)} GB of disk while it is brought, and ${(bavail * bsize / 1e9).toFixed(1)} GB are free in ${folder}; make room, or name another folder with XDG_CACHE_HOME.`);
}

async function download({ debian, version, signal, onProgress }: DebugRequest, name: string, sizeBytes: number): Promise<string> {
  const folder = join(debian.folder, 'packages');
  const find = (): string | undefined => readdirSync(folder).find((candidate) => candidate.startsWith(`${name}_`));
  const timer = setInterval(() => {
    const growing = find();
    const { size } = (growing === undefined ? undefined : statSync(join(folder, growing), { throwIfNoEntry: false })) ?? { size: 0 };
    onProgress('Downloading', size, sizeBytes);
  }, POLL_MS);
  try {
    const child = spawn('apt-get', [...debian.options, '-qq', 'download', `${name}=${version}`], { cwd: folder, stdio: ['ignore', 'ignore', 'pipe'] });
    await finished(child, signal, (complaint) => `The package ${name} could not be downloaded; check the network and try again. apt-get says:\n${complaint}`);
  } finally {
    clearInterval(timer);
  }
  const file = find();
  if (file === undefined) throw new UserError(`apt-get brought no package ${name}; try again.`);
  onProgress('Downloading', sizeBytes, sizeBytes);
  return join(folder, file);
}

type Child = ReturnType<typeof spawn>;

/** Until the program ends; it is ended when the signal aborts. */
function finished(child: Child, signal: AbortSignal, sentence: (complaint: string) => string): Promise<void> {
  let complaint = '';
  child.stderr?.on('data', (chunk: Buffer) => { complaint += chunk.toString('utf8'); });
  const stop = (): void => { child.kill(); };
  signal.addEventListener('abort', stop, { once: true });
  if (signal.aborted) stop();
  return new Promise<void>((resolve, reject) => {
    child.once('error', (error) => { reject(new UserError(sentence(reason(error)))); });
    child.once('close', (code) => {
      if (signal.aborted) reject(interrupted());
      else if (code === 0) resolve();
      else reject(new UserError(sentence(complaint.trim())));
    });
  }).finally(() => { signal.removeEventListener('abort', stop); });
}

function interrupted(): UserError {
  return new UserError('Interrupted: the debug information was not brought; what was there is as it was.');
}

/** Reads the package's tar archive as it is decompressed, up to the end of vmlinux. */
export async function extractVmlinux(file: string, { signal, target, onProgress }: Pick<DebugRequest, 'signal' | 'target' | 'onProgress'>): Promise<void> {
  const child = spawn('dpkg-deb', ['--fsys-tarfile', file], { stdio: ['ignore', 'pipe', 'pipe'] });
  const search = new TarSearch(/\/boot\/vmlinux-[^/]*$/, target, (done, total) => { onProgress('Unpacking', done, total); });
  const ended = finished(child, signal, (complaint) => `${file} cannot be unpacked: ${complaint}; bring it again.`);
  // It is ended as soon as the file is complete, which is no failure.
  ended.catch(() => undefined);
  try {
    for await (const chunk of child.stdout) {
      if (signal.aborted) throw interrupted();
      if (search.take(chunk as Buffer)) return;
    }
    await ended;
    throw new UserError(`Debian's package holds no vmlinux where it was expected; this script has to be brought up to date.`);
  } catch (error) {
    throw error instanceof UserError ? error : new UserError(`Cannot write ${target}: ${reason(error)}; make room and try again.`);
  } finally {
    search.close();
    child.kill();
  }
}

/** Writes the first file whose name matches, as an archive in tar's ustar format passes by (POSIX, pax, "ustar Interchange Format"). */
class TarSearch {
  readonly #pattern: RegExp;
  readonly #target: string;
  readonly #onProgress: (doneBytes: number, totalBytes: number) => void;
  /** A header that has not arrived completely. */
  #header = Buffer.alloc(0);
  /** Of the present file: bytes to pass over, padding included. */
  #skip = 0;
  #output: { readonly descriptor: number; readonly sizeBytes: number; written: number } | undefined;

  constructor(pattern: RegExp, target: string, onProgress: (doneBytes: number, totalBytes: number) => void) {
    this.#pattern = pattern;
    this.#target = target;
    this.#onProgress = onProgress;
  }

  /** True when the file is complete. */
  take(chunk: Buffer): boolean {
    for (let at = 0; at < chunk.length;) {
      if (this.#output !== undefined) return this.#write(this.#output, chunk.subarray(at));
      if (this.#skip > 0) {
        const passed = Math.min(this.#skip, chunk.length - at);
        this.#skip -= passed;
        at += passed;
        continue;
      }
      const missing = BLOCK_SIZE - this.#header.length;
      this.#header = Buffer.concat([this.#header, chunk.subarray(at, at + missing)]);
      at += missing;
      if (this.#header.length === BLOCK_SIZE) this.#readHeader();
    }
    return false;
  }

  close(): void {
    if (this.#output !== undefined) closeSync(this.#output.descriptor);
    this.#output = undefined;
  }

  #readHeader(): void {
    const header = this.#header;
    this.#header = Buffer.alloc(0);
    const nul = header.indexOf(0);
    const name = header.toString('utf8', 0, Math.min(nul < 0 ? NAME_SIZE : nul, NAME_SIZE));
    const sizeBytes = Number.parseInt(header.toString('latin1', SIZE_FIELD.start, SIZE_FIELD.end), 8) || 0;
    if (this.#pattern.test(name) && sizeBytes > 0) this.#output = { descriptor: openSync(this.#target, 'wx'), sizeBytes, written: 0 };
    else this.#skip = Math.ceil(sizeBytes / BLOCK_SIZE) * BLOCK_SIZE;
  }

  #write(output: { readonly descriptor: number; readonly sizeBytes: number; written: number }, chunk: Buffer): boolean {
    const rest = chunk.subarray(0, output.sizeBytes - output.written);
    for (let at = 0; at < rest.length;) at += writeSync(output.descriptor, rest, at);
    output.written += rest.length;
    this.#onProgress(output.written, output.sizeBytes);
    return output.written === output.sizeBytes;
  }
}
