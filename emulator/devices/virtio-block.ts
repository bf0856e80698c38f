/**
 * Virtio block device. Virtual I/O Device (VIRTIO) 1.2, section 5.2; where that leaves a choice, QEMU 7.2 (hw/block/virtio-blk.c).
 *
 * ```
 * request   readable: u32 type, u32 reserved, u64 sector, then data to be written; writable: data that is read, then u8 status
 * types     0 IN, 1 OUT, 4 FLUSH, 8 GET_ID
 * config    +0 u64 capacity in sectors of 512 bytes  +12 u32 seg_max  +20 u32 blk_size  +34 u16 num_queues
 * ```
 * The image is never changed: what the guest writes goes into an overlay of 4 KiB blocks, which is part of the state.
 * A request is complete at the boundary after the instruction that announced it: the disk takes no guest time.
 */
import type { BlockImage } from './block-image.ts';
import { BLOCK_SIZE, BlockOverlay, OverlaySnapshot } from './block-overlay.ts';
import type { DeviceState } from './device.ts';
import { assert } from '../assert.ts';
import { SavedFields } from './saved-state.ts';
import { REQUEST_BYTES, WORK_BYTES, type VirtioDevice } from './virtio-device.ts';
import type { DescriptorChain, VirtioQueue } from './virtio-queue.ts';

const SECTOR_SIZE = 512;
const HEADER_SIZE = 16;
const SERIAL_SIZE = 20;

const SEG_MAX = 1 << 2;
const READ_ONLY = 1 << 5;
const BLOCK_SIZE_KNOWN = 1 << 6;
const FLUSH = 1 << 9;

const TYPE_IN = 0;
const TYPE_OUT = 1;
const TYPE_FLUSH = 4;
const TYPE_GET_ID = 8;
/** As QEMU reads it: OUT is a bit of other types too, and a barrier (of old drivers) means nothing. */
const TYPE_MASK = 0x7fff_fffe;

const STATUS_OK = 0;
const STATUS_IO_ERROR = 1;
const STATUS_UNSUPPORTED = 2;

const CONFIG_SIZE = 36;
/** Data descriptors in one request; QEMU's queue of 256 less header and status. */
const SEGMENTS_MAX = 254;
/** What is asked of the image at once. */
const READ_SIZE_MAX = 256 * 1024;

export interface VirtioBlockOptions {
  readonly image: BlockImage;
  readonly readOnly: boolean;
  /** ASCII, at most 20 characters. */
  readonly serial: string;
}

export class VirtioBlock implements VirtioDevice {
  readonly name = 'virtio-block';
  readonly deviceId = 2;
  readonly features: number;
  readonly queueCount = 1;
  readonly configSize = CONFIG_SIZE;

  readonly #image: BlockImage;
  readonly #readOnly: boolean;
  readonly #serial = new Uint8Array(SERIAL_SIZE);
  /** A last sector that the image does not fill reads as zeros behind its end. */
  readonly #sectorCount: number;
  readonly #config = new DataView(new ArrayBuffer(CONFIG_SIZE));
  readonly #header = new DataView(new ArrayBuffer(HEADER_SIZE));
  readonly #overlay: BlockOverlay;

  constructor({ image, readOnly, serial }: VirtioBlockOptions) {
    assert(/^[\x20-\x7e]{0,20}$/.test(serial), 'a serial number is at most 20 ASCII characters');
    this.#image = image;
    this.#readOnly = readOnly;
    this.#serial.set([...serial].map((letter) => letter.charCodeAt(0)));
    this.#sectorCount = Math.ceil(image.sizeBytes / SECTOR_SIZE);
    this.#overlay = new BlockOverlay(Math.ceil(image.sizeBytes / BLOCK_SIZE));
    this.features = SEG_MAX | BLOCK_SIZE_KNOWN | FLUSH | (readOnly ? READ_ONLY : 0);
    this.#config.setUint32(0, this.#sectorCount % 2 ** 32, true);
    this.#config.setUint32(4, Math.floor(this.#sectorCount / 2 ** 32), true);
    this.#config.setUint32(12, SEGMENTS_MAX, true);
    this.#config.setUint32(20, SECTOR_SIZE, true);
    this.#config.setUint16(34, 1, true);
  }

  /** What was written, as it is in host memory. */
  get overlay(): Pick<BlockOverlay, 'blockCount' | 'copiedBlocks'> {
    return this.#overlay;
  }

  readConfigByte(offset: number): number {
    return this.#config.getUint8(offset);
  }

  work([queue]: readonly VirtioQueue[]): 'done' | 'more' {
    let left = WORK_BYTES;
    while (left > 0) {
      const chain = queue?.pop();
      if (queue === undefined || chain === undefined) return 'done';
      left -= REQUEST_BYTES + chain.readableBytes + chain.writableBytes;
      if (chain.readableBytes < HEADER_SIZE || chain.writableBytes < 1) {
        queue.fail();
        return 'done';
      }
      const status = this.#serve(chain);
      chain.write(chain.writableBytes - 1, Uint8Array.of(status));
      queue.push(chain.head, chain.writableBytes);
    }
    return 'more';
  }

  save(): DeviceState {
    return { overlay: this.#overlay.snapshot() };
  }

  load(state: DeviceState): void {
    const overlay = new SavedFields(this.name, state).nested('overlay');
    assert(overlay instanceof OverlaySnapshot, 'the saved state of a disk holds its overlay');
    this.#overlay.restore(overlay);
  }

  driverReset(): void {
    // Every request that was taken is complete.
  }

  reset(): void {
    this.#overlay.clear();
  }

  /** Returns the status. */
  #serve(chain: DescriptorChain): number {
    chain.read(0, new Uint8Array(this.#header.buffer));
    const type = this.#header.getUint32(0, true);
    // Exact: a sector beyond 2^53 is beyond every disk too.
    const sector = this.#header.getUint32(8, true) + this.#header.getUint32(12, true) * 2 ** 32;
    switch (type & TYPE_MASK) {
      case TYPE_IN:
        return (type & TYPE_OUT) === 0 ? this.#read(chain, sector) : this.#write(chain, sector);
      case TYPE_FLUSH:
        return STATUS_OK;
      case TYPE_GET_ID:
        chain.write(0, this.#serial.subarray(0, Math.min(SERIAL_SIZE, chain.writableBytes - 1)));
        return STATUS_OK;
      default:
        return STATUS_UNSUPPORTED;
    }
  }

  #hasSectors(sector: number, sizeBytes: number): boolean {
    return sizeBytes % SECTOR_SIZE === 0 && sector + sizeBytes / SECTOR_SIZE <= this.#sectorCount;
  }

  #read(chain: DescriptorChain, sector: number): number {
    const sizeBytes = chain.writableBytes - 1;
    if (!this.#hasSectors(sector, sizeBytes)) return STATUS_IO_ERROR;
    const start = sector * SECTOR_SIZE;
    for (let at = 0; at < sizeBytes; ) {
      const bytes = this.#stretch(start + at, sizeBytes - at);
      chain.write(at, bytes);
      at += bytes.length;
    }
    return STATUS_OK;
  }

  /** Contents from `offset` on: of one block that was written, or of the image up to the next such block; at most `length`. */
  #stretch(offset: number, length: number): Uint8Array {
    const first = Math.floor(offset / BLOCK_SIZE);
    const written = this.#overlay.block(first);
    const inBlock = offset % BLOCK_SIZE;
    if (written !== undefined) return written.subarray(inBlock, inBlock + length);
    const limit = Math.min(length, READ_SIZE_MAX);
    let end = (first + 1) * BLOCK_SIZE;
    while (end < offset + limit && this.#overlay.block(end / BLOCK_SIZE) === undefined) end += BLOCK_SIZE;
    return this.#imageBytes(offset, Math.min(end - offset, limit));
  }

  #write(chain: DescriptorChain, sector: number): number {
    const sizeBytes = chain.readableBytes - HEADER_SIZE;
    if (this.#readOnly || !this.#hasSectors(sector, sizeBytes)) return STATUS_IO_ERROR;
    const start = sector * SECTOR_SIZE;
    for (let at = 0; at < sizeBytes; ) {
      const number = Math.floor((start + at) / BLOCK_SIZE);
      const inBlock = (start + at) % BLOCK_SIZE;
      const length = Math.min(BLOCK_SIZE - inBlock, sizeBytes - at);
      const isNew = length < BLOCK_SIZE && this.#overlay.block(number) === undefined;
      // The host may fail to read: nothing is changed before.
      const old = isNew ? this.#imageBytes(number * BLOCK_SIZE, BLOCK_SIZE) : undefined;
      const block = this.#overlay.blockForWrite(number);
      if (old !== undefined) block.set(old);
      chain.read(HEADER_SIZE + at, block.subarray(inBlock, inBlock + length));
      at += length;
    }
    return STATUS_OK;
  }

  /** Of the image, with zeros behind its end. */
  #imageBytes(offset: number, length: number): Uint8Array {
    const present = Math.max(0, Math.min(length, this.#image.sizeBytes - offset));
    const bytes = present === 0 ? new Uint8Array(0) : this.#image.read(offset, present);
    assert(bytes.length === present, `the image gave ${bytes.length} bytes, not ${present}`);
    if (present === length) return bytes;
    const padded = new Uint8Array(length);
    padded.set(bytes);
    return padded;
  }
}
