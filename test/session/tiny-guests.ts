/** Guests of a few instructions, as machine code: no compiler is needed. */
import type { MachineConfiguration } from '../../emulator/index.ts';

const ADDRESS = 0x8000_0000;

const CODE = {
  /** Computes for ever: j . */
  spin: [0x0000006f],
  /** Waits for ever: wfi; j -4 */
  wait: [0x10500073, 0xffdff06f],
  /** Prints `U` for ever: lui a0, 0x10000; li a1, 'U'; sb a1, 0(a0); j -4 */
  print: [0x10000537, 0x05500593, 0x00b50023, 0xffdff06f],
  /** Prints what is typed: lui a0, 0x10000; lbu a1, 5(a0); andi a1, a1, 1; beqz a1, -8; lbu a1, 0(a0); sb a1, 0(a0); j -20 */
  echo: [0x10000537, 0x00554583, 0x0015f593, 0xfe058ce3, 0x00054583, 0x00b50023, 0xfedff06f],
} as const;
export type TinyGuest = keyof typeof CODE;

export function tinyCode(name: TinyGuest): Uint8Array {
  return new Uint8Array(Uint32Array.from(CODE[name]).buffer);
}

/** For the command line: --load-address. */
export const TINY_ADDRESS = `0x${ADDRESS.toString(16)}`;

export function tinyGuest(name: TinyGuest, more: Partial<MachineConfiguration> = {}): MachineConfiguration {
  return { memorySizeBytes: 1 << 20, images: [{ name, kind: 'raw', bytes: tinyCode(name), address: ADDRESS }], ...more };
}
