/** The virtio transports of the board, and what is plugged into them. */
import type { GuestMemory, InterruptLine } from '../devices/device.ts';
import { VIRTIO_COUNT } from '../devices/memory-map.ts';
import { VirtioBlock } from '../devices/virtio-block.ts';
import { VirtioConsole } from '../devices/virtio-console.ts';
import type { VirtioDevice } from '../devices/virtio-device.ts';
import { VirtioEntropy } from '../devices/virtio-entropy.ts';
import { VirtioMmio } from '../devices/virtio-mmio.ts';
import { UserError } from '../user-error.ts';
import type { Drive, VirtioOptions } from './machine-types.ts';

export interface VirtioConnections {
  readonly memory: GuestMemory;
  interrupt(slot: number): InterruptLine;
  timerChanged(): void;
  output(byte: number): void;
}

export class VirtioSlots {
  /** All of them, by slot. */
  readonly transports: readonly VirtioMmio[];
  /** Those with a device. */
  readonly occupied: readonly VirtioMmio[];
  readonly disks: readonly VirtioBlock[];
  readonly console: VirtioConsole | undefined;
  readonly entropy: VirtioEntropy | undefined;

  constructor(options: VirtioOptions, connections: VirtioConnections) {
    if (options.consoleInput === 'virtio' && options.console !== true) {
      throw new UserError('Keys cannot go to a virtio console, since the machine has none: give it one, or let them go to the UART');
    }
    const plan = new SlotPlan(options.drives ?? []);
    const places = new Map<number, VirtioDevice>();
    const plug = <Device extends VirtioDevice>(slot: number, make: (wake: () => void, configurationChanged: () => void) => Device): Device => {
      const device = make(() => { this.transports[slot]?.wake(); }, () => { this.transports[slot]?.configurationChanged(); });
      places.set(slot, device);
      return device;
    };
    this.disks = (options.drives ?? []).map((drive) => plug(plan.take(drive.slot), () => makeBlock(drive)));
    this.entropy = options.entropy === true ? plug(plan.take(), (wake) => new VirtioEntropy(wake)) : undefined;
    const output = (byte: number): void => { connections.output(byte); };
    this.console = options.console === true
      ? plug(plan.take(), (wake, configurationChanged) => new VirtioConsole({ wake, configurationChanged, output }, options.terminalSize)) : undefined;
    const { memory } = connections;
    const timerChanged = (): void => { connections.timerChanged(); };
    this.transports = Array.from({ length: VIRTIO_COUNT }, (_, slot) =>
      new VirtioMmio(slot, { memory, timerChanged, interrupt: connections.interrupt(slot) }, places.get(slot)));
    this.occupied = this.transports.filter((_, slot) => places.has(slot));
  }

  /** At the boundary that is crossed now, a device will reach into memory. */
  get hasWork(): boolean {
    return this.occupied.some((transport) => transport.nextDeadlineNs() !== Infinity);
  }
}

/** QEMU plugs a device into the free transport with the highest address. */
class SlotPlan {
  readonly #free = new Set(Array.from({ length: VIRTIO_COUNT }, (_, slot) => VIRTIO_COUNT - 1 - slot));

  constructor(drives: readonly Drive[]) {
    for (const { name, slot } of drives) {
      if (slot === undefined || this.#free.delete(slot)) continue;
      throw new UserError(`The drive ${name} cannot be in virtio slot ${slot}, which ${slot >= 0 && slot < VIRTIO_COUNT ? 'is taken' : 'does not exist'}: choose another from 0 to ${VIRTIO_COUNT - 1}`);
    }
  }

  take(chosen?: number): number {
    if (chosen !== undefined) return chosen;
    const [slot] = this.#free;
    if (slot === undefined) throw new UserError(`The board has room for ${VIRTIO_COUNT} virtio devices: leave some away`);
    this.#free.delete(slot);
    return slot;
  }
}

function makeBlock({ name, image, readOnly, serial = '' }: Drive): VirtioBlock {
  if (!/^[\x20-\x7e]{0,20}$/.test(serial)) throw new UserError(`The serial number of the drive ${name} is not of at most 20 ASCII characters: choose another`);
  return new VirtioBlock({ image, readOnly: readOnly ?? false, serial });
}
