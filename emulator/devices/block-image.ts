/** The contents of a disk before the guest wrote to it. */
import { assert } from '../assert.ts';

/** Raw bytes that never change, handed in by the host; they may be larger than memory. */
export interface BlockImage {
  readonly sizeBytes: number;
  /** `length` bytes from `offset` on, all inside of the image. Throws a UserError if the host cannot read them. */
  read(offset: number, length: number): Uint8Array;
}

/** An image that is in memory. */
export function memoryImage(bytes: Uint8Array): BlockImage {
  return {
    sizeBytes: bytes.length,
    read: (offset, length) => {
      assert(offset >= 0 && offset + length <= bytes.length, `the image has the bytes at ${offset} to ${offset + length}`);
      return bytes.subarray(offset, offset + length);
    },
  };
}
