/**
 * Virtio console device with one port. Virtual I/O Device (VIRTIO) 1.2, section 5.3.
 *
 * ```
 * queue 0  receive: the device fills buffers with what is typed
 * queue 1  transmit: the device prints what is in the buffers
 * config   +0 u16 cols  +2 u16 rows  +4 u32 max_nr_ports  +8 u32 emerg_wr: a character that is printed at once
 * ```
 * Like the UART it is infinitely fast; what the guest has no buffer for waits, in order.
 */
import type { DeviceState } from './device.ts';
import { SavedFields } from './saved-state.ts';
import { REQUEST_BYTES, WORK_BYTES, type VirtioDevice } from './virtio-device.ts';
import type { VirtioQueue } from './virtio-queue.ts';

const EMERGENCY_WRITE = 1 << 2;
const CONFIG_SIZE = 12;
const CONFIG_EMERGENCY_WRITE = 8;

/** Bytes of host input that can wait. */
const RECEIVE_QUEUE_SIZE = 4096;
const PIECE_SIZE = 4096;

export interface VirtioConsoleConnections {
  /** A byte is printed. */
  output(byte: number): void;
  /** Asks for a call of `work`. */
  wake(): void;
}

export class VirtioConsole implements VirtioDevice {
  readonly name = 'virtio-console';
  readonly deviceId = 3;
  readonly features = EMERGENCY_WRITE;
  readonly queueCount = 2;
  readonly configSize = CONFIG_SIZE;

  readonly #connections: VirtioConsoleConnections;
  /** Host input that the guest has no buffer for yet, oldest first. */
  #waiting: number[] = [];

  constructor(connections: VirtioConsoleConnections) {
    this.#connections = connections;
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
    // One port; the size of the terminal is not told.
    return offset === 4 ? 1 : 0;
  }

  writeConfig(offset: number, _size: number, value: number): void {
    if (offset === CONFIG_EMERGENCY_WRITE) this.#connections.output(value & 0xff);
  }

  work([receive, transmit]: readonly VirtioQueue[]): 'done' | 'more' {
    if (receive !== undefined) this.#deliver(receive);
    return transmit === undefined ? 'done' : this.#print(transmit);
  }

  save(): DeviceState {
    return { waiting: [...this.#waiting] };
  }

  load(state: DeviceState): void {
    this.#waiting = [...new SavedFields(this.name, state).numbers('waiting')];
  }

  driverReset(): void {
    // What was typed waits for the next driver.
  }

  reset(): void {
    this.#waiting = [];
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
