/** What a device is, and the only things of the machine that it may see. */
import type { SharedState } from './saved-state.ts';

/** The clock as devices see it: guest time in ns, a function of icount and recorded idle time. Never the host's. */
export interface GuestClock {
  /** Exact at every device access. */
  nowNs(): number;
}

/**
 * A wire to an interrupt controller or to the hart. A device drives it whenever it evaluates its interrupt condition,
 * also when the level stays the same: an asserted level that is driven again is a new request to the PLIC (see plic.ts),
 * so whoever connects the wire forwards every call.
 */
export type InterruptLine = (level: boolean) => void;

/**
 * Guest-physical memory, DRAM only, for a device that reads and writes it by itself. It does so inside of `update`, that is
 * between two instructions, never during an access to its registers.
 */
export interface GuestMemory {
  /** All of the range is DRAM. */
  contains(gpa: number, sizeBytes: number): boolean;
  /** Fills `into` from a range that is DRAM. */
  read(gpa: number, into: Uint8Array): void;
  /** The range is DRAM. */
  write(gpa: number, bytes: Uint8Array): void;
}

/** A memory-mapped device. Offsets are relative to the window; sizes 1, 2, 4, 8; the bus passes only accesses that are aligned, inside the window and of an accepted size. */
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
  /**
   * Complete state as plain JSON data (numbers, strings, arrays, objects with a fixed key order); restoring it restores the device exactly.
   * Big integers as decimal strings. What is too large to be copied into every checkpoint is a SharedState.
   */
  save(): DeviceState;
  /** Drives no wire and calls no callback: what is at their other ends is restored from its own saved state. */
  load(state: DeviceState): void;
  /** Power-on reset: state, and the levels of its wires. Called once after everything is connected. */
  reset(): void;
}

/** A device in which something happens when guest time passes. The machine never runs past the deadline without `update`. */
export interface TimedDevice extends Device {
  /** Guest time in ns at which `update` must be called next; Infinity if nothing is under way. */
  nextDeadlineNs(): number;
  /** Does what is due at the present time; nothing before the deadline, however often it is called. */
  update(): void;
}

export type DeviceState = null | boolean | number | string | SharedState | readonly DeviceState[] | { readonly [key: string]: DeviceState };
