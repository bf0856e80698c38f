/** A raw guest that asks the test finisher for a reset (0x7777) with its fifth instruction. */
import type { GuestImage } from '../../emulator/index.ts';

const WORDS = [
  0x001002b7, // lui t0, 0x100
  0x00007337, // lui t1, 0x7
  0x77730313, // addi t1, t1, 0x777
  0x00000013, // nop
  0x0062a023, // sw t1, 0(t0)
  0x0000006f, // j .
];

export const RESET_AT = 5;
export const RESET_ADDRESS = 0x8000_0000;
export const resetImage: GuestImage = { name: 'reset.bin', kind: 'raw', address: RESET_ADDRESS, bytes: new Uint8Array(Uint32Array.from(WORDS).buffer) };
