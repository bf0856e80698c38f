/** Disk images from files. */
import { createHash } from 'node:crypto';
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import path from 'node:path';
import type { BlockImage, DriveImage } from '../index.ts';
import { UserError } from '../user-error.ts';
import { reason } from './node-host.ts';

const HASH_PIECE_SIZE = 4 * 1024 * 1024;

export interface OpenDriveImage extends DriveImage {
  close(): void;
}

/** Opens a raw disk image for reading, and hashes its contents: about a second for each GiB. */
export function openDriveImage(file: string): OpenDriveImage {
  let descriptor: number;
  let sizeBytes: number;
  try {
    descriptor = openSync(file, 'r');
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw new UserError(`The drive image ${file} is not a file: give a raw disk image`);
    sizeBytes = status.size;
  } catch (error) {
    if (error instanceof UserError) throw error;
    throw new UserError(`Cannot open the drive image ${file}: ${reason(error)}; check the name`);
  }
  const image = { sizeBytes, read: (offset: number, length: number) => readExactly(descriptor, file, offset, length) };
  return { name: path.basename(file), image, hash: hashImage(image), close: () => { closeSync(descriptor); } };
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
