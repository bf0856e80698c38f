/** What is plugged into a virtio transport: the part of a device that differs from kind to kind. */
import type { DeviceState } from './device.ts';
import type { VirtioQueue } from './virtio-queue.ts';

export interface VirtioDevice {
  readonly name: string;
  /** VIRTIO 1.2, section 5. */
  readonly deviceId: number;
  /** Feature bits of this kind of device, below bit 24. */
  readonly features: number;
  readonly queueCount: number;
  /** Bytes of the configuration space. */
  readonly configSize: number;
  /** `offset` is inside of the configuration space. */
  readConfigByte(offset: number): number;
  /** An access of 1, 2 or 4 bytes that lies inside of the configuration space. */
  writeConfig?(offset: number, size: number, value: number): void;
  /**
   * Does what the queues ask for, as far as it can be done now: between two instructions. Returns 'more' when a bounded
   * amount of work was done and there is more; it is called again before the next instruction but one.
   */
  work(queues: readonly VirtioQueue[]): 'done' | 'more';
  save(): DeviceState;
  load(state: DeviceState): void;
  /** The driver resets the device: requests under way are forgotten. */
  driverReset(): void;
  /** Power-on. */
  reset(): void;
}

/** Bytes that one call of `work` moves before it says 'more', and what a request counts beside its bytes. */
export const WORK_BYTES = 1024 * 1024;
export const REQUEST_BYTES = 1024;
