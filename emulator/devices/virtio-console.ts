/**
 * Virtio console device with one port. Virtual I/O Device (VIRTIO) 1.2, section 5.3.
 *
 * ```
 * queue 0  receive: the device fills buffers with what is typed
 * queue 1  transmit: the device prints what is in the buffers
 * config   +0 u16 cols  +2 u16 rows  +4 u32 max_nr_ports  +8 u32 emerg_wr: a character that is printed at once
 * ```
 * The size of the terminal is told if it is known at power-on; when it changes, there is a configuration change interrupt.
 * Like the UART it is infinitely fast; what the guest has no buffer for waits, in order.
 */
import type { TerminalSize } from '../machine/machine-types.ts';
import type { DeviceState } from './device.ts';
import { SavedFields } from './saved-state.ts';
import { REQUEST_BYTES, WORK_BYTES, type VirtioDevice } from './virtio-device.ts';
import type { VirtioQueue } from './virtio-queue.ts';

const SIZE = 1 << 0;
const EMERGENCY_WRITE = 1 << 2;
const CONFIG_SIZE = 12;
const CONFIG_EMERGENCY_WRITE = 8;
const PORT_COUNT = 1;
const NO_SIZE: TerminalSize = { columns: 0, rows: 0 };

/** Bytes of host input that can wait. */
const RECEIVE_QUEUE_SIZE = 4096;
const PIECE_SIZE = 4096;

export interface VirtioConsoleConnections {
  /** A byte is printed. */
  output(byte: number): void;
  /** Asks for a call of `work`. */
  wake(): void;
  /** The configuration space has other contents than before. */
  configurationChanged(): void;
}

export class VirtioConsole implements VirtioDevice {
  readonly name = 'virtio-console';
  readonly deviceId = 3;
  readonly features: number;
  readonly queueCount = 2;
  readonly configSize = CONFIG_SIZE;

  readonly #connections: VirtioConsoleConnections;
  /** Host input that the guest has no buffer for yet, oldest first. */
  #waiting: number[] = [];
  readonly #sizeAtPowerOn: TerminalSize | undefined;
  #size: TerminalSize;

  constructor(connections: VirtioConsoleConnections, size?: TerminalSize) {
    this.#connections = connections;
    this.#sizeAtPowerOn = size;
    this.#size = size ?? NO_SIZE;
    this.features = EMERGENCY_WRITE | (size === undefined ? 0 : SIZE);
  }

  /** The guest can be told the size of the terminal. */
  get tellsSize(): boolean {
    return this.#sizeAtPowerOn !== undefined;
  }

  /** The terminal has another size now. */
  resize(size: TerminalSize): void {
    if (!this.tellsSize || (size.columns === this.#size.columns && size.rows === this.#size.rows)) return;
    this.#size = size;
    this.#connections.configurationChanged();
  }

  /** Input from the host. Returns how many of the bytes there was room for. */
  receive(bytes: Uint8Array): number {
    const accepted = Math.min(bytes.length, this.receiveRoom);
    for (const byte of bytes.subarray(0, accepted)) this.#waiting.push(byte);
    this.#connections.wake();
    return accepted;
  }

  /** How many bytes `receive` would take now. */
  get receiveRoom(): number {
    return RECEIVE_QUEUE_SIZE - this.#waiting.length;
  }

  readConfigByte(offset: number): number {
    const { columns, rows } = this.#size;
    const known = [columns & 0xff, columns >> 8, rows & 0xff, rows >> 8, PORT_COUNT];
    return known[offset] ?? 0;
  }

  writeConfig(offset: number, _size: number, value: number): void {
    if (offset === CONFIG_EMERGENCY_WRITE) this.#connections.output(value & 0xff);
  }

  work([receive, transmit]: readonly VirtioQueue[]): 'done' | 'more' {
    if (receive !== undefined) this.#deliver(receive);
    return transmit === undefined ? 'done' : this.#print(transmit);
  }

  save(): DeviceState {
    // Without a size the state is what it was before there was one: recordings hold digests of it.
    const { columns, rows } = this.#size;
    return { waiting: [...this.#waiting], ...(this.tellsSize ? { columns, rows } : {}) };
  }

  load(state: DeviceState): void {
    const fields = new SavedFields(this.name, state);
    this.#waiting = [...fields.numbers('waiting')];
    if (this.tellsSize) this.#size = { columns: fields.number('columns'), rows: fields.number('rows') };
  }

  driverReset(): void {
    // What was typed waits for the next driver.
  }

  reset(): void {
    this.#waiting = [];
    this.#size = this.#sizeAtPowerOn ?? NO_SIZE;
  }

  /** At most RECEIVE_QUEUE_SIZE bytes, and a queue of buffers without room. */
  #deliver(queue: VirtioQueue): void {
    while (this.#waiting.length > 0) {
      const chain = queue.pop();
      if (chain === undefined) return;
      const bytes = Uint8Array.from(this.#waiting.splice(0, chain.writableBytes));
      chain.write(0, bytes);
      queue.push(chain.head, bytes.length);
    }
  }

  #print(queue: VirtioQueue): 'done' | 'more' {
    let left = WORK_BYTES;
    while (left > 0) {
      const chain = queue.pop();
      if (chain === undefined) return 'done';
      left -= REQUEST_BYTES + chain.readableBytes;
      for (let at = 0; at < chain.readableBytes; at += PIECE_SIZE) {
        const piece = new Uint8Array(Math.min(PIECE_SIZE, chain.readableBytes - at));
        chain.read(at, piece);
        for (const byte of piece) this.#connections.output(byte);
      }
      queue.push(chain.head, 0);
    }
    return 'more';
  }
}
