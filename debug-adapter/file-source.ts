/** A file that is read as it is asked for, since the symbols of a kernel take hundreds of megabytes. It stays open: another one of its name is another one. */
import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { reason } from '../emulator/host/node-host.ts';
import { UserError } from '../emulator/user-error.ts';
import type { ByteSource } from './symbols/elf-file.ts';

export interface FileSource extends ByteSource {
  close(): void;
}

export function openSymbolFile(path: string): FileSource {
  const failed = (error: unknown): UserError => new UserError(`Cannot read the symbol file ${path}: ${reason(error)}; check the name`);
  let descriptor: number | undefined;
  try {
    descriptor = openSync(path, 'r');
    const status = fstatSync(descriptor);
    if (!status.isFile()) throw new UserError(`Cannot read the symbol file ${path}: it is no file; give an ELF file`);
    return { sizeBytes: status.size, ...reading(descriptor, failed) };
  } catch (error) {
    if (descriptor !== undefined) closeSync(descriptor);
    throw error instanceof UserError ? error : failed(error);
  }
}

function reading(descriptor: number, failed: (error: unknown) => UserError): Pick<FileSource, 'read' | 'close'> {
  let isOpen = true;
  return {
    read: (offset, sizeBytes) => {
      const bytes = new Uint8Array(sizeBytes);
      let length = 0;
      try {
        for (let got = 1; isOpen && got > 0 && length < sizeBytes; length += got) got = readSync(descriptor, bytes, length, sizeBytes - length, offset + length);
      } catch (error) {
        throw failed(error);
      }
      return bytes.subarray(0, length);
    },
    close: () => {
      if (isOpen) closeSync(descriptor);
      isOpen = false;
    },
  };
}
