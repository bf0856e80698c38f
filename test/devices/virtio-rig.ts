/** Virtio transports on a small memory, without a machine. */
import { memoryImage } from '../../emulator/devices/block-image.ts';
import type { DeviceState, GuestMemory } from '../../emulator/devices/device.ts';
import { DRAM_BASE } from '../../emulator/devices/memory-map.ts';
import { VirtioBlock } from '../../emulator/devices/virtio-block.ts';
import { VirtioConsole } from '../../emulator/devices/virtio-console.ts';
import type { VirtioDevice } from '../../emulator/devices/virtio-device.ts';
import { VirtioEntropy } from '../../emulator/devices/virtio-entropy.ts';
import { VirtioMmio } from '../../emulator/devices/virtio-mmio.ts';
import type { TerminalSize } from '../../emulator/machine/machine-types.ts';

export const MEMORY_SIZE = 64 * 1024;
export const IMAGE_SECTORS = 40;

export const REGISTERS = {
  deviceFeaturesSel: 0x14, deviceFeatures: 0x10, driverFeatures: 0x20, driverFeaturesSel: 0x24, queueSel: 0x30, queueNum: 0x38, queueReady: 0x44, queueNotify: 0x50,
  interruptStatus: 0x60, interruptAck: 0x64, status: 0x70, descriptors: 0x80, driver: 0x90, device: 0xa0, generation: 0xfc, config: 0x100,
} as const;

class Memory implements GuestMemory {
  readonly bytes = new Uint8Array(MEMORY_SIZE);
  contains(gpa: number, sizeBytes: number): boolean {
    return gpa >= DRAM_BASE && gpa + sizeBytes <= DRAM_BASE + MEMORY_SIZE;
  }

  read(gpa: number, into: Uint8Array): void {
    if (!this.contains(gpa, into.length)) throw new Error(`read at ${gpa.toString(16)}`);
    into.set(this.bytes.subarray(gpa - DRAM_BASE, gpa - DRAM_BASE + into.length));
  }

  write(gpa: number, bytes: Uint8Array): void {
    if (!this.contains(gpa, bytes.length)) throw new Error(`write at ${gpa.toString(16)}`);
    this.bytes.set(bytes, gpa - DRAM_BASE);
  }
}

export type Kind = 'block' | 'entropy' | 'console' | 'nothing';

export class Rig {
  readonly memory = new Memory();
  readonly view = new DataView(this.memory.bytes.buffer);
  readonly transport: VirtioMmio;
  readonly log: string[] = [];
  readonly entropy: VirtioEntropy;
  readonly console: VirtioConsole;
  #level = false;

  constructor(kind: Kind, readOnly = false, terminalSize?: TerminalSize) {
    const wake = (): void => { this.transport.wake(); };
    const pattern = Uint8Array.from({ length: IMAGE_SECTORS * 512 - 100 }, (_, at) => (at * 11 + (at >> 9)) & 0xff);
    this.entropy = new VirtioEntropy(wake);
    const configurationChanged = (): void => { this.transport.configurationChanged(); };
    this.console = new VirtioConsole({ wake, configurationChanged, output: (byte) => { this.log.push(`out ${byte}`); } }, terminalSize);
    const devices: Readonly<Record<Kind, VirtioDevice | undefined>> = {
      block: new VirtioBlock({ image: memoryImage(pattern), readOnly, serial: 'rig' }), entropy: this.entropy, console: this.console, nothing: undefined,
    };
    const interrupt = (level: boolean): void => {
      if (level !== this.#level) this.log.push(level ? 'interrupt' : 'no interrupt');
      this.#level = level;
    };
    this.transport = new VirtioMmio(0, { memory: this.memory, interrupt, timerChanged: () => undefined }, devices[kind]);
    this.transport.reset();
  }

  read(offset: number, size = 4): number {
    return Number(this.transport.read(offset, size));
  }

  write(offset: number, value: number, size = 4): void {
    this.transport.write(offset, size, value);
  }

  /** As the machine does between instructions, until there is nothing more to do. */
  settle(): void {
    for (let round = 0; this.transport.nextDeadlineNs() !== Infinity; round++) {
      if (round === 1000) throw new Error('the device never comes to rest');
      this.transport.update();
    }
  }

  /** Up to DRIVER_OK, with one queue whose areas lie at the beginning of memory. */
  start(features = 0, size = 8): void {
    this.write(REGISTERS.status, 0);
    this.write(REGISTERS.status, 3);
    this.write(REGISTERS.driverFeatures, features);
    this.write(REGISTERS.driverFeaturesSel, 1);
    this.write(REGISTERS.driverFeatures, 1);
    this.write(REGISTERS.status, 11);
    for (const queue of [0, 1]) this.setQueue(queue, size);
    this.write(REGISTERS.status, 15);
  }

  setQueue(queue: number, size: number): void {
    this.write(REGISTERS.queueSel, queue);
    this.write(REGISTERS.queueNum, size);
    const area = DRAM_BASE + queue * 0x1000;
    for (const [register, at] of [[REGISTERS.descriptors, 0], [REGISTERS.driver, 0x400], [REGISTERS.device, 0x800]] as const) {
      this.write(register, area + at);
      this.write(register + 4, 0);
    }
    this.write(REGISTERS.queueReady, 1);
  }

  /** Descriptor `index` of a queue. `at`: offset in memory. */
  describe(queue: number, index: number, at: number, length: number, flags: number, next = 0): void {
    const base = queue * 0x1000 + 16 * index;
    this.view.setBigUint64(base, BigInt(DRAM_BASE + at), true);
    this.view.setUint32(base + 8, length, true);
    this.view.setUint16(base + 12, flags, true);
    this.view.setUint16(base + 14, next, true);
  }

  /** Offers the chain at `head` and lets the device work. */
  offer(queue: number, head: number, size = 8): void {
    const base = queue * 0x1000 + 0x400;
    const index = this.view.getUint16(base + 2, true);
    this.view.setUint16(base + 4 + 2 * (index % size), head, true);
    this.view.setUint16(base + 2, index + 1, true);
    this.write(REGISTERS.queueNotify, queue);
    this.settle();
  }

  /** Number of requests that came back. */
  usedIndex(queue: number): number {
    return this.view.getUint16(queue * 0x1000 + 0x802, true);
  }

  usedLength(queue: number, index: number): number {
    return this.view.getUint32(queue * 0x1000 + 0x804 + 8 * index + 4, true);
  }

  save(): DeviceState {
    return this.transport.save();
  }

  restoreFrom(other: Rig): void {
    this.memory.bytes.set(other.memory.bytes);
    this.transport.load(other.save());
    this.#level = other.#level;
  }
}
