/** Everything that a machine is at one position; immutable. */
import type { DeviceState } from '../devices/device.ts';
import type { Position } from './input.ts';

export class MachineState {
  readonly position: Position;
  /** Root frame of the nested page table that holds guest memory; 0 in a state without memory. */
  readonly root: number;
  /** The saved part of the hart structure. */
  readonly hart: Uint8Array;
  readonly devices: readonly DeviceState[];
  /** Bytes that the guest sent to the console until then. */
  readonly sentBytes: number;

  constructor(position: Position, root: number, hart: Uint8Array, devices: readonly DeviceState[], sentBytes = 0) {
    this.position = position;
    this.root = root;
    this.hart = hart;
    this.devices = devices;
    this.sentBytes = sentBytes;
  }

  withRoot(root: number): MachineState {
    return new MachineState(this.position, root, this.hart, this.devices, this.sentBytes);
  }
}
