/** What a device is, and the only things of the machine that it may see. */

/** The clock as devices see it: guest time in ns, a function of icount and recorded idle time. Never the host's. */
export interface GuestClock {
  /** Exact at every device access. */
  nowNs(): number;
}

/** A wire to an interrupt controller or to the hart. */
export type InterruptLine = (level: boolean) => void;

/** A memory-mapped device. Offsets are relative to the window; sizes 1, 2, 4, 8. Values of 8 bytes are BigInt-free: see readWide. */
export interface Device {
  readonly name: string;
  /** First guest-physical address and size of its window. */
  readonly base: number;
  readonly size: number;
  /** Access sizes it accepts; another size is an access fault. */
  readonly accessSizes: readonly number[];
  /** Value as an unsigned number below 2^32 for sizes 1, 2, 4; for size 8 an exact unsigned integer below 2^64 as bigint. undefined = access fault. */
  read(offset: number, size: number): number | bigint | undefined;
  /** false = access fault. `value`: number for sizes 1, 2, 4, bigint for 8. */
  write(offset: number, size: number, value: number | bigint): boolean;
  /** Complete state as plain JSON data (numbers, strings, arrays, objects with a fixed key order); restoring it restores the device exactly. Big integers as decimal strings. */
  save(): DeviceState;
  load(state: DeviceState): void;
  /** Power-on reset. */
  reset(): void;
}

export type DeviceState = null | boolean | number | string | readonly DeviceState[] | { readonly [key: string]: DeviceState };
