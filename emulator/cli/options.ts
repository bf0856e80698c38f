/** Options that several commands share, and what their values mean. */
import { basename } from 'node:path';
import { DEFAULT_MEMORY_SIZE_BYTES, parseSize } from '../index.ts';
import type { GuestImage, MachineConfiguration, Position } from '../index.ts';
import { readInputFile } from '../host/node-host.ts';
import { UserError } from '../user-error.ts';

export interface MachineOptions {
  readonly memory?: string;
  readonly loadAddress?: string;
}

export const memoryHelp = 'guest memory, such as 128M or 1G (default: 128M)';
export const loadAddressHelp = 'IMAGE is a raw image: load it at this address and start there, such as 0x80000000';

export function machineConfiguration(imagePath: string, options: MachineOptions): MachineConfiguration {
  const bytes = readInputFile(imagePath, 'the guest image');
  const name = basename(imagePath);
  const image: GuestImage = options.loadAddress === undefined
    ? { name, kind: 'elf', bytes }
    : { name, kind: 'raw', bytes, address: parseInteger(options.loadAddress, '--load-address') };
  return { memorySizeBytes: options.memory === undefined ? DEFAULT_MEMORY_SIZE_BYTES : parseSize(options.memory, '--memory'), images: [image] };
}

/** A non-negative integer: decimal, with separators, or 0x hexadecimal. */
export function parseInteger(text: string, option: string): number {
  const plain = text.replace(/^@/, '').replaceAll(/[,_]/g, '');
  const value = /^(0x[0-9a-f]+|\d+)$/i.test(plain) ? Number(plain) : Number.NaN;
  if (!Number.isSafeInteger(value)) throw new UserError(`${option}: '${text}' is not a number; write one such as 1000000 or 0x80000000.`);
  return value;
}

export function parsePosition(text: string, option: string): Position {
  return parseInteger(text, option);
}
