/** Views of the engine's linear memory that survive its growth. */
import { assert } from '../assert.ts';

export class LinearMemory {
  readonly memory: WebAssembly.Memory;
  private u8View: Uint8Array<ArrayBuffer>;
  private u16View: Uint16Array<ArrayBuffer>;
  private i32View: Int32Array<ArrayBuffer>;
  private u32View: Uint32Array<ArrayBuffer>;
  private u64View: BigUint64Array<ArrayBuffer>;

  constructor(memory: WebAssembly.Memory) {
    this.memory = memory;
    const { buffer } = memory;
    this.u8View = new Uint8Array(buffer);
    this.u16View = new Uint16Array(buffer);
    this.i32View = new Int32Array(buffer);
    this.u32View = new Uint32Array(buffer);
    this.u64View = new BigUint64Array(buffer);
  }

  /** Growing a memory detaches its buffer: every accessor looks whether it did. Asking the memory itself takes far longer. */
  private refresh(): void {
    if (this.u8View.length !== 0) return;
    const { buffer } = this.memory;
    this.u8View = new Uint8Array(buffer);
    this.u16View = new Uint16Array(buffer);
    this.i32View = new Int32Array(buffer);
    this.u32View = new Uint32Array(buffer);
    this.u64View = new BigUint64Array(buffer);
  }

  /** Bytes; like every view it is valid until something runs that may grow the memory. */
  get u8(): Uint8Array<ArrayBuffer> {
    this.refresh();
    return this.u8View;
  }

  get u16(): Uint16Array<ArrayBuffer> {
    this.refresh();
    return this.u16View;
  }

  get i32(): Int32Array<ArrayBuffer> {
    this.refresh();
    return this.i32View;
  }

  get u32(): Uint32Array<ArrayBuffer> {
    this.refresh();
    return this.u32View;
  }

  get u64(): BigUint64Array<ArrayBuffer> {
    this.refresh();
    return this.u64View;
  }

  // ---- single values; the address is a multiple of the size ----

  getI32(address: number): number {
    assert((address & 3) === 0, 'an i32 is aligned');
    return this.i32[address >>> 2] ?? 0;
  }

  setI32(address: number, value: number): void {
    assert((address & 3) === 0, 'an i32 is aligned');
    this.i32[address >>> 2] = value;
  }

  getU64(address: number): bigint {
    assert((address & 7) === 0, 'a u64 is aligned');
    return this.u64[address >>> 3] ?? 0n;
  }

  /** Stores `value` modulo 2^64. */
  setU64(address: number, value: bigint): void {
    assert((address & 7) === 0, 'a u64 is aligned');
    this.u64[address >>> 3] = BigInt.asUintN(64, value);
  }
}
