/** Disk images from files. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync, statSync, type Stats } from 'node:fs';
import path from 'node:path';
import type { BlockImage, DriveImage } from '../index.ts';
import { UserError } from '../user-error.ts';
import { containerFormat } from './drive-format.ts';
import { isBeingWritten } from './file-locks.ts';
import { readingRemedy, reason } from './node-host.ts';

const HASH_PIECE_SIZE = 4 * 1024 * 1024;
/** What is read of an image to know its format. */
const HEADER_SIZE = 512;

export interface OpenDriveImage extends DriveImage {
  close(): void;
}

/** Opens a raw disk image for reading, and hashes its contents: about a second for each GiB. */
export function openDriveImage(file: string): OpenDriveImage {
  // Asked before it is opened: opening a pipe would wait for its other end.
  const status = tryTo(file, () => statSync(file));
  if (!status.isFile()) throw new UserError(`The drive image ${file} is ${kindOf(status)}, not a file: give a raw disk image`);
  const descriptor = tryTo(file, () => openSync(file, 'r'));
  try {
    const { size: sizeBytes } = fstatSync(descriptor);
    const image = { sizeBytes, read: (offset: number, length: number) => readExactly(descriptor, file, offset, length) };
    if (sizeBytes === 0) throw new UserError(`The drive image ${file} is empty: give a raw disk image; truncate -s 64M ${file} makes it one of 64 MiB of zeros`);
    const format = containerFormat(image.read(0, Math.min(sizeBytes, HEADER_SIZE)));
    if (format !== undefined) throw new UserError(`The drive image ${file} is of the format ${format}, not raw: convert it first (qemu-img convert -O raw ${file} disk.img)`);
    if (isBeingWritten(fstatSync(descriptor))) throw new UserError(`The drive image ${file} is locked: another program, perhaps QEMU, writes to it; end that program, or give a copy`);
    return { name: path.basename(file), image, hash: hashImage(image), close: () => { closeSync(descriptor); } };
  } catch (error) {
    closeSync(descriptor);
    throw error;
  }
}

function tryTo<Result>(file: string, action: () => Result): Result {
  try {
    return action();
  } catch (error) {
    throw new UserError(`Cannot open the drive image ${file}: ${reason(error)}; ${readingRemedy(error)}`);
  }
}

function kindOf(status: Stats): string {
  if (status.isDirectory()) return 'a folder';
  if (status.isBlockDevice() || status.isCharacterDevice()) return 'a device';
  return 'a pipe or socket';
}

function readExactly(descriptor: number, file: string, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  for (let at = 0; at < length; ) {
    let count: number;
    try {
      count = readSync(descriptor, bytes, at, length - at, offset + at);
    } catch (error) {
      throw new UserError(`Cannot read the drive image ${file}: ${reason(error)}; restore the file`);
    }
    if (count === 0) throw new UserError(`The drive image ${file} became shorter while the guest uses it, there is nothing at byte ${offset + at}: restore the file`);
    at += count;
  }
  return bytes;
}

function hashImage(image: BlockImage): string {
  const hash = createHash('sha256');
  for (let at = 0; at < image.sizeBytes; at += HASH_PIECE_SIZE) hash.update(image.read(at, Math.min(HASH_PIECE_SIZE, image.sizeBytes - at)));
  return `sha256:${hash.digest('hex')}`;
}
