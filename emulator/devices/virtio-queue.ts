/**
 * A split virtqueue as a device sees it. Virtual I/O Device (VIRTIO) 1.2, section 2.7.
 * https://docs.oasis-open.org/virtio/virtio/v1.2/virtio-v1.2.html
 *
 * ```
 * descriptor table   16 * size bytes   +0 u64 address  +8 u32 length  +12 u16 flags  +14 u16 next
 * driver area        6 + 2 * size      +0 u16 flags  +2 u16 idx  +4 u16 ring[size]  then u16 used_event
 * device area        6 + 8 * size      +0 u16 flags  +2 u16 idx  +4 {u32 id, u32 length} ring[size]  then u16 avail_event
 * ```
 * Nothing that the guest wrote is believed: sizes, indices and addresses are checked, chains are bounded. What does not
 * fit breaks the queue, as in QEMU 7.2 (hw/virtio/virtio.c): it is not looked at any more until the driver resets the device.
 */
import { assert } from '../assert.ts';
import type { DeviceState, GuestMemory } from './device.ts';
import { SavedFields } from './saved-state.ts';

/** The largest size that a driver may choose, for every queue (QEMU's VIRTQUEUE_MAX_SIZE). */
export const QUEUE_SIZE_MAX = 1024;

const DESCRIPTOR_SIZE = 16;
const DESCRIPTOR_NEXT = 1;
const DESCRIPTOR_WRITE = 2;
const DESCRIPTOR_INDIRECT = 4;
const AVAILABLE_NO_INTERRUPT = 1;
/** Descriptors in one chain, indirect ones included. */
const CHAIN_LENGTH_MAX = 1024;
/** Bytes of one chain: many times what drivers ask for at once, and little for the host. */
const CHAIN_BYTES_MAX = 64 * 1024 * 1024;

/** A piece of guest memory that a descriptor names, all of it DRAM. */
interface Segment {
  readonly gpa: number;
  readonly sizeBytes: number;
}

/** The buffers of one request: those that the device reads, and those that it writes. */
export class DescriptorChain {
  readonly head: number;
  readonly readableBytes: number;
  readonly writableBytes: number;
  readonly #memory: GuestMemory;
  readonly #readable: readonly Segment[];
  readonly #writable: readonly Segment[];

  constructor(head: number, memory: GuestMemory, readable: readonly Segment[], writable: readonly Segment[]) {
    this.head = head;
    this.#memory = memory;
    this.#readable = readable;
    this.#writable = writable;
    this.readableBytes = totalBytes(readable);
    this.writableBytes = totalBytes(writable);
  }

  /** Fills `into` with what the device may read from `offset` on. */
  read(offset: number, into: Uint8Array): void {
    assert(offset + into.length <= this.readableBytes, 'the chain holds what is read');
    forPieces(this.#readable, offset, into.length, (gpa, at, sizeBytes) => { this.#memory.read(gpa, into.subarray(at, at + sizeBytes)); });
  }

  /** Writes at `offset` of what the device may write. */
  write(offset: number, bytes: Uint8Array): void {
    assert(offset + bytes.length <= this.writableBytes, 'the chain has room for what is written');
    forPieces(this.#writable, offset, bytes.length, (gpa, at, sizeBytes) => { this.#memory.write(gpa, bytes.subarray(at, at + sizeBytes)); });
  }
}

export type QueueArea = 'descriptors' | 'driver' | 'device';

/** Where the queue is. Addresses are exact below 2^53, and no DRAM is above. */
type Layout = { readonly size: number } & Readonly<Record<QueueArea, number>>;

/** What the transport's registers hold of it: low and high word of each address. */
interface Registers {
  size: number;
  readonly descriptors: [number, number];
  readonly driver: [number, number];
  readonly device: [number, number];
}

const NO_LAYOUT: Layout = { size: 0, descriptors: 0, driver: 0, device: 0 };

function noRegisters(): Registers {
  return { size: 0, descriptors: [0, 0], driver: [0, 0], device: [0, 0] };
}

export class VirtioQueue {
  readonly #memory: GuestMemory;
  readonly #word = new DataView(new ArrayBuffer(DESCRIPTOR_SIZE));
  readonly #wordBytes = new Uint8Array(this.#word.buffer);
  /** As the registers have it; in force from the moment when the queue is made ready. */
  #registers = noRegisters();
  #layout = NO_LAYOUT;
  #ready = false;
  /** Free-running indices, 16 bits: requests taken, requests returned. */
  #taken = 0;
  #returned = 0;
  /** #returned when an interrupt was last considered; undefined before the first time. */
  #considered: number | undefined;
  /** VIRTIO_F_EVENT_IDX was negotiated. */
  #eventIndex = false;
  #broken = false;

  constructor(memory: GuestMemory) {
    this.#memory = memory;
  }

  get ready(): boolean {
    return this.#ready;
  }

  get broken(): boolean {
    return this.#broken;
  }

  set size(size: number) {
    if (size > 0 && size <= QUEUE_SIZE_MAX) this.#registers.size = size;
  }

  /** Writes one half of the address of an area. */
  setAddressWord(area: QueueArea, isHigh: boolean, word: number): void {
    this.#registers[area][isHigh ? 1 : 0] = word;
  }

  setReady(ready: boolean): void {
    if (ready && this.#registers.size === 0) return;
    if (ready) {
      const { size, descriptors, driver, device } = this.#registers;
      this.#layout = { size, descriptors: addressOf(descriptors), driver: addressOf(driver), device: addressOf(device) };
    }
    this.#ready = ready;
  }

  set eventIndex(negotiated: boolean) {
    this.#eventIndex = negotiated;
  }

  /** Something is wrong with what the driver put into the queue. */
  fail(): void {
    this.#broken = true;
  }

  reset(): void {
    this.#registers = noRegisters();
    this.#layout = NO_LAYOUT;
    this.#ready = false;
    this.#taken = 0;
    this.#returned = 0;
    this.#considered = undefined;
    this.#eventIndex = false;
    this.#broken = false;
  }

  /** Takes the next request; undefined if there is none, or the queue is broken. */
  pop(): DescriptorChain | undefined {
    if (!this.#usable()) return undefined;
    const { size, driver, device } = this.#layout;
    const waiting = (this.#u16(driver + 2) - this.#taken) & 0xffff;
    if (waiting === 0) {
      if (this.#eventIndex) this.#setU16(device + 4 + 8 * size, this.#taken);
      return undefined;
    }
    if (waiting > size) {
      this.fail();
      return undefined;
    }
    const head = this.#u16(driver + 4 + 2 * (this.#taken % size));
    this.#taken = (this.#taken + 1) & 0xffff;
    return this.chainAt(head);
  }

  /** The request that begins at descriptor `head`; undefined, and the queue is broken, if it is not a valid one. */
  chainAt(head: number): DescriptorChain | undefined {
    if (!this.#usable()) return undefined;
    const chain = this.#walk(head);
    if (chain === undefined) this.fail();
    return chain;
  }

  /** Returns a request to the driver; `writtenBytes`: how much of its writable part holds something. */
  push(head: number, writtenBytes: number): void {
    const { size, device } = this.#layout;
    const element = this.#word;
    element.setUint32(0, head, true);
    element.setUint32(4, writtenBytes, true);
    this.#memory.write(device + 4 + 8 * (this.#returned % size), this.#wordBytes.subarray(0, 8));
    this.#returned = (this.#returned + 1) & 0xffff;
    this.#setU16(device + 2, this.#returned);
  }

  /** Since this was last asked, requests were returned for which the driver wants an interrupt. */
  wantsInterrupt(): boolean {
    const { size, driver } = this.#layout;
    const before = this.#considered;
    if (!this.#ready || (before ?? 0) === this.#returned) return false;
    this.#considered = this.#returned;
    if (!this.#eventIndex) return (this.#u16(driver) & AVAILABLE_NO_INTERRUPT) === 0;
    if (before === undefined) return true;
    // Section 2.7.10: did the index pass used_event?
    const event = this.#u16(driver + 4 + 2 * size);
    return ((this.#returned - event - 1) & 0xffff) < ((this.#returned - before) & 0xffff);
  }

  save(): DeviceState {
    return {
      size: this.#registers.size,
      descriptors: [...this.#registers.descriptors],
      driver: [...this.#registers.driver],
      device: [...this.#registers.device],
      layout: { ...this.#layout },
      ready: this.#ready,
      taken: this.#taken,
      returned: this.#returned,
      considered: this.#considered ?? null,
      eventIndex: this.#eventIndex,
      broken: this.#broken,
    };
  }

  load(state: DeviceState): void {
    const fields = new SavedFields('a virtqueue', state);
    const layout = new SavedFields('the layout of a virtqueue', fields.nested('layout'));
    const words = (key: QueueArea): [number, number] => {
      const [low = 0, high = 0] = fields.numbers(key);
      return [low, high];
    };
    this.#registers = { size: fields.number('size'), descriptors: words('descriptors'), driver: words('driver'), device: words('device') };
    this.#layout = {
      size: layout.number('size'), descriptors: layout.number('descriptors'), driver: layout.number('driver'), device: layout.number('device'),
    };
    this.#ready = fields.boolean('ready');
    this.#taken = fields.number('taken');
    this.#returned = fields.number('returned');
    this.#considered = fields.nested('considered') === null ? undefined : fields.number('considered');
    this.#eventIndex = fields.boolean('eventIndex');
    this.#broken = fields.boolean('broken');
  }

  /** A queue that is not in memory breaks when it is first looked at. */
  #usable(): boolean {
    if (!this.#ready || this.#broken) return false;
    const { size, descriptors, driver, device } = this.#layout;
    const memory = this.#memory;
    const isMemory = memory.contains(descriptors, DESCRIPTOR_SIZE * size) && memory.contains(driver, 6 + 2 * size) && memory.contains(device, 6 + 8 * size);
    if (!isMemory) this.fail();
    return isMemory;
  }

  /** undefined if it is not a valid chain. */
  #walk(head: number): DescriptorChain | undefined {
    const memory = this.#memory;
    const readable: Segment[] = [];
    const writable: Segment[] = [];
    let table = { gpa: this.#layout.descriptors, count: this.#layout.size, indirect: false };
    let index = head;
    let bytes = 0;
    for (let length = 0; length < CHAIN_LENGTH_MAX; length++) {
      if (index >= table.count) return undefined;
      const { address, sizeBytes, flags, next } = this.#descriptor(table.gpa + DESCRIPTOR_SIZE * index);
      if (sizeBytes === 0 || !memory.contains(address, sizeBytes)) return undefined;
      if ((flags & DESCRIPTOR_INDIRECT) !== 0) {
        // A table of its own ends the chain (section 2.7.5.3).
        if (table.indirect || (flags & DESCRIPTOR_NEXT) !== 0 || sizeBytes % DESCRIPTOR_SIZE !== 0) return undefined;
        table = { gpa: address, count: sizeBytes / DESCRIPTOR_SIZE, indirect: true };
        index = 0;
        continue;
      }
      bytes += sizeBytes;
      if (bytes > CHAIN_BYTES_MAX) return undefined;
      if ((flags & DESCRIPTOR_WRITE) !== 0) writable.push({ gpa: address, sizeBytes });
      else if (writable.length > 0) return undefined;
      else readable.push({ gpa: address, sizeBytes });
      if ((flags & DESCRIPTOR_NEXT) === 0) return new DescriptorChain(head, memory, readable, writable);
      index = next;
    }
    return undefined;
  }

  #descriptor(gpa: number): { address: number; sizeBytes: number; flags: number; next: number } {
    const word = this.#word;
    this.#memory.read(gpa, this.#wordBytes);
    return {
      address: word.getUint32(4, true) * 2 ** 32 + word.getUint32(0, true),
      sizeBytes: word.getUint32(8, true),
      flags: word.getUint16(12, true),
      next: word.getUint16(14, true),
    };
  }

  #u16(gpa: number): number {
    this.#memory.read(gpa, this.#wordBytes.subarray(0, 2));
    return this.#word.getUint16(0, true);
  }

  #setU16(gpa: number, value: number): void {
    this.#word.setUint16(0, value, true);
    this.#memory.write(gpa, this.#wordBytes.subarray(0, 2));
  }
}

function addressOf([low, high]: readonly [number, number]): number {
  return high * 2 ** 32 + low;
}

function totalBytes(segments: readonly Segment[]): number {
  return segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
}

/** Splits `length` bytes from `offset` on along the segments. `at`: where the piece is in the whole. */
function forPieces(segments: readonly Segment[], offset: number, length: number, visit: (gpa: number, at: number, sizeBytes: number) => void): void {
  let skip = offset;
  let at = 0;
  for (const { gpa, sizeBytes } of segments) {
    if (at === length) return;
    if (skip >= sizeBytes) {
      skip -= sizeBytes;
      continue;
    }
    const piece = Math.min(sizeBytes - skip, length - at);
    visit(gpa + skip, at, piece);
    skip = 0;
    at += piece;
  }
}
