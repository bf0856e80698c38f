/**
 * A virtio transport over memory-mapped registers, as QEMU 7.2 has it with `virtio-mmio.force-legacy=false`
 * (hw/virtio/virtio-mmio.c). Virtual I/O Device (VIRTIO) 1.2, section 4.2.2.
 *
 * ```
 * 0x000 MagicValue       R     0x038 QueueNum          W    0x080/084 QueueDesc    W  low, high
 * 0x004 Version          R     0x044 QueueReady        RW   0x090/094 QueueDriver  W
 * 0x008 DeviceID         R     0x050 QueueNotify       W    0x0a0/0a4 QueueDevice  W
 * 0x00c VendorID         R     0x060 InterruptStatus   R    0x0b0/0b4 SHMLen       R  all ones: no such region
 * 0x010 DeviceFeatures   R     0x064 InterruptACK      W    0x0fc ConfigGeneration R
 * 0x014 DeviceFeaturesSel W    0x070 Status            RW   0x100   configuration space, 1, 2 or 4 bytes
 * 0x020 DriverFeatures   W     0x030 QueueSel          W
 * 0x024 DriverFeaturesSel W    0x034 QueueNumMax       R
 * ```
 * Registers are accessed with 4 bytes; 8 bytes are two accesses, other sizes read 0 and write nothing. A transport
 * with nothing plugged in has DeviceID 0 and no other register that does something.
 *
 * Work on queues is done at the boundary after the instruction that asked for it, in pieces (see VirtioDevice.work).
 */
import type { DeviceState, GuestMemory, InterruptLine, TimedDevice } from './device.ts';
import { VIRTIO_BASE, VIRTIO_SIZE, VIRTIO_WINDOW_SIZE } from './memory-map.ts';
import { SavedFields } from './saved-state.ts';
import type { VirtioDevice } from './virtio-device.ts';
import { QUEUE_SIZE_MAX, VirtioQueue, type QueueArea } from './virtio-queue.ts';

const MAGIC_VALUE = 0x000;
const VERSION = 0x004;
const DEVICE_ID = 0x008;
const VENDOR_ID = 0x00c;
const DEVICE_FEATURES = 0x010;
const DEVICE_FEATURES_SEL = 0x014;
const DRIVER_FEATURES = 0x020;
const DRIVER_FEATURES_SEL = 0x024;
const QUEUE_SEL = 0x030;
const QUEUE_NUM_MAX = 0x034;
const QUEUE_NUM = 0x038;
const QUEUE_READY = 0x044;
const QUEUE_NOTIFY = 0x050;
const INTERRUPT_STATUS = 0x060;
const INTERRUPT_ACK = 0x064;
const STATUS = 0x070;
const SHM_LENGTH_LOW = 0x0b0;
const SHM_LENGTH_HIGH = 0x0b4;
const CONFIG_GENERATION = 0x0fc;
const CONFIG = 0x100;
/** Registers of addresses: low word, high word 4 bytes behind it. */
const AREAS: Readonly<Record<number, QueueArea>> = { 0x080: 'descriptors', 0x090: 'driver', 0x0a0: 'device' };

const MAGIC = 0x7472_6976;
const QEMU_VENDOR = 0x554d_4551;
const ALL_ONES = 0xffff_ffff;

const STATUS_DRIVER_OK = 4;
const STATUS_FEATURES_OK = 8;
const STATUS_NEEDS_RESET = 64;

const INTERRUPT_USED_BUFFER = 1;
const INTERRUPT_CONFIGURATION = 2;

/** VIRTIO_F_INDIRECT_DESC, VIRTIO_F_EVENT_IDX. */
const INDIRECT_DESC = 1 << 28;
const EVENT_IDX = 1 << 29;
/** VIRTIO_F_VERSION_1 is bit 32: bit 0 of the high word. */
const VERSION_1_HIGH = 1;

export interface VirtioMmioConnections {
  readonly interrupt: InterruptLine;
  readonly memory: GuestMemory;
  /** The deadline moved nearer: the present slice must be computed anew. */
  timerChanged(): void;
}

export class VirtioMmio implements TimedDevice {
  readonly name: string;
  readonly base: number;
  readonly size = VIRTIO_SIZE;
  readonly accessSizes = [1, 2, 4, 8];

  readonly #connections: VirtioMmioConnections;
  readonly #device: VirtioDevice | undefined;
  readonly #queues: readonly VirtioQueue[];
  /** Low word, high word. */
  readonly #offered: readonly [number, number];
  #accepted: [number, number] = [0, 0];
  #deviceFeaturesSel = 0;
  #driverFeaturesSel = 0;
  #queueSel = 0;
  #status = 0;
  #interruptStatus = 0;
  #generation = 0;
  /** There is, or may be, something to do. */
  #pending = false;

  constructor(slot: number, connections: VirtioMmioConnections, device?: VirtioDevice) {
    this.name = `virtio-mmio-${slot}`;
    this.base = VIRTIO_BASE + slot * VIRTIO_WINDOW_SIZE;
    this.#connections = connections;
    this.#device = device;
    this.#queues = Array.from({ length: device?.queueCount ?? 0 }, () => new VirtioQueue(connections.memory));
    this.#offered = [((device?.features ?? 0) | INDIRECT_DESC | EVENT_IDX) >>> 0, VERSION_1_HIGH];
  }

  /** The device has something to do that no register access brought about. */
  wake(): void {
    if (!this.#running || this.#pending) return;
    this.#pending = true;
    this.#connections.timerChanged();
  }

  /** The device's configuration space has other contents than before (section 2.5.1). */
  configurationChanged(): void {
    this.#generation = (this.#generation + 1) & 0xff;
    if (this.#running) this.#raise(INTERRUPT_CONFIGURATION);
  }

  read(offset: number, size: number): number | bigint {
    if (size === 8) return BigInt(this.#readWord(offset, 4)) | (BigInt(this.#readWord(offset + 4, 4)) << 32n);
    return this.#readWord(offset, size);
  }

  write(offset: number, size: number, value: number | bigint): boolean {
    if (size === 8) {
      this.#writeWord(offset, 4, Number(BigInt(value) & 0xffff_ffffn));
      this.#writeWord(offset + 4, 4, Number(BigInt(value) >> 32n));
    } else {
      this.#writeWord(offset, size, Number(value));
    }
    return true;
  }

  nextDeadlineNs(): number {
    return this.#pending ? 0 : Infinity;
  }

  update(): void {
    const device = this.#device;
    if (!this.#pending || device === undefined) return;
    this.#pending = device.work(this.#queues) === 'more';
    let interrupt = false;
    for (const queue of this.#queues) interrupt = queue.wantsInterrupt() || interrupt;
    if (interrupt) this.#raise(INTERRUPT_USED_BUFFER);
    if (this.#queues.some((queue) => queue.broken)) this.#break();
  }

  save(): DeviceState {
    return {
      accepted: [...this.#accepted],
      deviceFeaturesSel: this.#deviceFeaturesSel,
      driverFeaturesSel: this.#driverFeaturesSel,
      queueSel: this.#queueSel,
      status: this.#status,
      interruptStatus: this.#interruptStatus,
      generation: this.#generation,
      pending: this.#pending,
      queues: this.#queues.map((queue) => queue.save()),
      device: this.#device?.save() ?? null,
    };
  }

  load(state: DeviceState): void {
    const fields = new SavedFields(this.name, state);
    const [low = 0, high = 0] = fields.numbers('accepted');
    this.#accepted = [low, high];
    this.#deviceFeaturesSel = fields.number('deviceFeaturesSel');
    this.#driverFeaturesSel = fields.number('driverFeaturesSel');
    this.#queueSel = fields.number('queueSel');
    this.#status = fields.number('status');
    this.#interruptStatus = fields.number('interruptStatus');
    this.#generation = fields.number('generation');
    this.#pending = fields.boolean('pending');
    fields.list('queues').forEach((queue, index) => { this.#queues[index]?.load(queue); });
    this.#device?.load(fields.nested('device'));
  }

  reset(): void {
    this.#driverReset();
    this.#queueSel = 0;
    this.#generation = 0;
    this.#device?.reset();
    this.#drive();
  }

  /** The driver is up, and nothing is broken. */
  get #running(): boolean {
    return (this.#status & (STATUS_DRIVER_OK | STATUS_NEEDS_RESET)) === STATUS_DRIVER_OK;
  }

  get #queue(): VirtioQueue | undefined {
    return this.#queues[this.#queueSel];
  }

  #readWord(offset: number, size: number): number {
    const device = this.#device;
    if (device === undefined) return cut(identity(offset), size);
    if (offset >= CONFIG) return readConfig(device, offset - CONFIG, size);
    return size === 4 ? this.#readRegister(device, offset) : 0;
  }

  #readRegister(device: VirtioDevice, offset: number): number {
    switch (offset) {
      case MAGIC_VALUE:
      case VERSION:
      case VENDOR_ID:
        return identity(offset);
      case DEVICE_ID:
        return device.deviceId;
      case DEVICE_FEATURES:
        return this.#offered[this.#deviceFeaturesSel] ?? 0;
      case QUEUE_NUM_MAX:
        return this.#queue === undefined ? 0 : QUEUE_SIZE_MAX;
      case QUEUE_READY:
        return this.#queue?.ready === true ? 1 : 0;
      case INTERRUPT_STATUS:
        return this.#interruptStatus;
      case STATUS:
        return this.#status;
      case SHM_LENGTH_LOW:
      case SHM_LENGTH_HIGH:
        return ALL_ONES;
      case CONFIG_GENERATION:
        return this.#generation;
      default:
        return 0;
    }
  }

  #writeWord(offset: number, size: number, value: number): void {
    const device = this.#device;
    if (device === undefined) return;
    if (offset >= CONFIG) {
      if (offset - CONFIG + size <= device.configSize) device.writeConfig?.(offset - CONFIG, size, value);
    } else if (size === 4) {
      this.#writeRegister(offset, value);
    }
  }

  #writeRegister(offset: number, value: number): void {
    switch (offset) {
      case DEVICE_FEATURES_SEL:
        this.#deviceFeaturesSel = value === 0 ? 0 : 1;
        break;
      case DRIVER_FEATURES_SEL:
        this.#driverFeaturesSel = value === 0 ? 0 : 1;
        break;
      case DRIVER_FEATURES:
        // What was negotiated stays until the next reset (section 3.1.1).
        if ((this.#status & STATUS_FEATURES_OK) === 0) this.#accepted[this.#driverFeaturesSel] = value;
        break;
      case QUEUE_SEL:
        if (value < QUEUE_SIZE_MAX) this.#queueSel = value;
        break;
      case QUEUE_NUM:
        if (this.#queue !== undefined) this.#queue.size = value;
        break;
      case QUEUE_READY:
        this.#queue?.setReady(value !== 0);
        break;
      case QUEUE_NOTIFY:
        if (this.#queues[value]?.ready === true) this.wake();
        break;
      case INTERRUPT_ACK:
        this.#interruptStatus &= ~value;
        this.#drive();
        break;
      case STATUS:
        this.#writeStatus(value & 0xff);
        break;
      default:
        this.#writeAddress(offset, value);
    }
  }

  #writeAddress(offset: number, value: number): void {
    const area = AREAS[offset & ~4];
    if (area !== undefined) this.#queue?.setAddressWord(area, (offset & 4) !== 0, value);
  }

  #writeStatus(value: number): void {
    if (value === 0) {
      this.#driverReset();
      this.#drive();
      return;
    }
    const acceptable = this.#accepted.every((word, index) => (word & ~(this.#offered[index] ?? 0)) === 0);
    const refused = (this.#status & STATUS_FEATURES_OK) === 0 && !acceptable ? STATUS_FEATURES_OK : 0;
    const before = this.#status;
    // Only the device sets and only a reset clears this bit.
    this.#status = (value & ~STATUS_NEEDS_RESET & ~refused) | (before & STATUS_NEEDS_RESET);
    if ((this.#status & STATUS_FEATURES_OK) !== 0) {
      for (const queue of this.#queues) queue.eventIndex = (this.#accepted[0] & EVENT_IDX) !== 0;
    }
    // What the driver offered before it was up is looked at now.
    if ((before & STATUS_DRIVER_OK) === 0) this.wake();
  }

  #driverReset(): void {
    this.#accepted = [0, 0];
    this.#deviceFeaturesSel = 0;
    this.#driverFeaturesSel = 0;
    this.#queueSel = 0;
    this.#status = 0;
    this.#interruptStatus = 0;
    this.#pending = false;
    for (const queue of this.#queues) queue.reset();
    this.#device?.driverReset();
  }

  /** Section 2.1.2: nothing more is done until the driver resets the device. */
  #break(): void {
    this.#pending = false;
    this.#status |= STATUS_NEEDS_RESET;
    this.#generation = (this.#generation + 1) & 0xff;
    this.#raise(INTERRUPT_USED_BUFFER | INTERRUPT_CONFIGURATION);
  }

  #raise(bits: number): void {
    this.#interruptStatus |= bits;
    this.#drive();
  }

  #drive(): void {
    this.#connections.interrupt(this.#interruptStatus !== 0);
  }
}

/** The registers that every transport has; of an empty one they are read in any size. */
function identity(offset: number): number {
  switch (offset) {
    case MAGIC_VALUE:
      return MAGIC;
    case VERSION:
      return 2;
    case VENDOR_ID:
      return QEMU_VENDOR;
    default:
      return 0;
  }
}

function cut(value: number, size: number): number {
  return value % 2 ** (8 * size);
}

/** Little-endian; all ones outside of the configuration space. */
function readConfig(device: VirtioDevice, offset: number, size: number): number {
  if (offset + size > device.configSize) return cut(ALL_ONES, size);
  let value = 0;
  for (let index = size - 1; index >= 0; index--) value = value * 256 + device.readConfigByte(offset + index);
  return value;
}
