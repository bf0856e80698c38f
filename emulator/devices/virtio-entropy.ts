/**
 * Virtio entropy device. Virtual I/O Device (VIRTIO) 1.2, section 5.4: one queue of buffers to fill with random bytes.
 *
 * Random bytes are an input like any other: the device takes one buffer, says how many bytes it would have, and fills the
 * buffer when the input event with the bytes comes.
 */
import type { DeviceState } from './device.ts';
import { SavedFields } from './saved-state.ts';
import { REQUEST_BYTES, WORK_BYTES, type VirtioDevice } from './virtio-device.ts';
import type { VirtioQueue } from './virtio-queue.ts';

/** The buffer that waits. */
interface Request {
  readonly head: number;
  readonly sizeBytes: number;
}

export class VirtioEntropy implements VirtioDevice {
  readonly name = 'virtio-entropy';
  readonly deviceId = 4;
  readonly features = 0;
  readonly queueCount = 1;
  readonly configSize = 0;

  readonly #wake: () => void;
  #request: Request | undefined;
  /** Bytes that came and are not in the buffer yet. */
  #bytes = new Uint8Array(0);

  /** `wake`: asks for a call of `work`. */
  constructor(wake: () => void) {
    this.#wake = wake;
  }

  /** Bytes that the guest waits for; 0 if it does not. */
  get wantedBytes(): number {
    return this.#request === undefined || this.#bytes.length > 0 ? 0 : this.#request.sizeBytes;
  }

  /** Applies the input event. Bytes that nobody waits for are dropped. */
  provide(bytes: Uint8Array): void {
    if (this.wantedBytes === 0) return;
    this.#bytes = bytes.slice(0, this.wantedBytes);
    this.#wake();
  }

  readConfigByte(): number {
    return 0;
  }

  work([queue]: readonly VirtioQueue[]): 'done' | 'more' {
    if (queue === undefined) return 'done';
    this.#fill(queue);
    // Buffers without room are given back at once.
    for (let left = WORK_BYTES; this.#request === undefined && left > 0; left -= REQUEST_BYTES) {
      const chain = queue.pop();
      if (chain === undefined) return 'done';
      if (chain.writableBytes > 0) this.#request = { head: chain.head, sizeBytes: chain.writableBytes };
      else queue.push(chain.head, 0);
    }
    return this.#request === undefined ? 'more' : 'done';
  }

  save(): DeviceState {
    return { head: this.#request?.head ?? null, sizeBytes: this.#request?.sizeBytes ?? 0, bytes: [...this.#bytes] };
  }

  load(state: DeviceState): void {
    const fields = new SavedFields(this.name, state);
    this.#request = fields.nested('head') === null ? undefined : { head: fields.number('head'), sizeBytes: fields.number('sizeBytes') };
    this.#bytes = Uint8Array.from(fields.numbers('bytes'));
  }

  driverReset(): void {
    this.#request = undefined;
    this.#bytes = new Uint8Array(0);
  }

  reset(): void {
    this.driverReset();
  }

  #fill(queue: VirtioQueue): void {
    const request = this.#request;
    if (request === undefined || this.#bytes.length === 0) return;
    // Looked at again: the driver may have changed it meanwhile, which it must not.
    const chain = queue.chainAt(request.head);
    if (chain !== undefined) {
      const bytes = this.#bytes.subarray(0, chain.writableBytes);
      chain.write(0, bytes);
      queue.push(request.head, bytes.length);
    }
    this.driverReset();
  }
}
