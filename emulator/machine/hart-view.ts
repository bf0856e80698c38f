/** Typed access to one hart structure in linear memory (see `core/layout.ts`), from outside of a run. */
import { HART_F, HART_ICOUNT, HART_PC, HART_RESULT, HART_SAVED_SIZE, HART_X, HART_X_SINK } from '../core/layout.ts';

/** The linear memory of the engine; its buffer is replaced whenever it grows. */
export interface LinearMemory {
  readonly buffer: ArrayBuffer;
}

const TWO_32 = 2 ** 32;

export class HartView {
  readonly #memory: LinearMemory;
  readonly #hart: number;
  #view: DataView;
  /** Of the same buffer; empty once that is replaced. */
  #bytes: Uint8Array;

  constructor(memory: LinearMemory, hart: number) {
    this.#memory = memory;
    this.#hart = hart;
    this.#view = new DataView(memory.buffer);
    this.#bytes = new Uint8Array(memory.buffer);
  }

  /** The address of the hart structure. */
  get address(): number {
    return this.#hart;
  }

  /** All of linear memory. */
  get memory(): DataView {
    if (this.#bytes.length === 0) this.#refresh();
    return this.#view;
  }

  #refresh(): void {
    const { buffer } = this.#memory;
    this.#view = new DataView(buffer);
    this.#bytes = new Uint8Array(buffer);
  }

  /** A window of linear memory, valid until the memory grows. */
  bytes(address: number, sizeBytes: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, address, sizeBytes);
  }

  i32(offset: number): number {
    return this.memory.getInt32(this.#hart + offset, true);
  }

  setI32(offset: number, value: number): void {
    this.memory.setInt32(this.#hart + offset, value, true);
  }

  u64(offset: number): bigint {
    return this.memory.getBigUint64(this.#hart + offset, true);
  }

  setU64(offset: number, value: bigint): void {
    this.memory.setBigUint64(this.#hart + offset, value, true);
  }

  /** A 64-bit field that is known to be below 2^53. */
  count(offset: number): number {
    const { memory } = this;
    return memory.getUint32(this.#hart + offset, true) + memory.getUint32(this.#hart + offset + 4, true) * TWO_32;
  }

  setCount(offset: number, value: number): void {
    const { memory } = this;
    memory.setUint32(this.#hart + offset, value % TWO_32, true);
    memory.setUint32(this.#hart + offset + 4, Math.floor(value / TWO_32), true);
  }

  get icount(): number {
    return this.count(HART_ICOUNT);
  }

  get pc(): bigint {
    return this.u64(HART_PC);
  }

  set pc(value: bigint) {
    this.setU64(HART_PC, value);
  }

  register(index: number): bigint {
    return index === 0 ? 0n : this.u64(HART_X + 8 * index);
  }

  setRegister(index: number, value: bigint): void {
    this.setU64(HART_X + 8 * index, value);
  }

  floatRegister(index: number): bigint {
    return this.u64(HART_F + 8 * index);
  }

  /** The second result of the core routine called last. */
  get result(): bigint {
    return this.u64(HART_RESULT);
  }

  /** A copy of what a checkpoint keeps of the hart. */
  saved(): Uint8Array {
    this.setU64(HART_X_SINK, 0n);
    return this.bytes(this.#hart, HART_SAVED_SIZE).slice();
  }

  restore(saved: Uint8Array): void {
    this.bytes(this.#hart, HART_SAVED_SIZE).set(saved);
  }
}
