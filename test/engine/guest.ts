/** One hart on an engine, without a machine around it: what the tests and the bench of the interpreter run programs on. */
import assert from 'node:assert/strict';
import {
  DRAM_BASE, HART_BASE, HART_FFLAGS, HART_HELD_SLOT, HART_ICOUNT, HART_PC, HART_REASON, HART_REGISTERS_SIZE, HART_RESULT, HART_SAVED_SIZE, HART_STRIDE,
  HART_X, HART_X_SINK, HART_F, HART_WATCH_COUNT, HART_WATCH_LIST, PAGE_SHIFT, PAGE_SIZE, REASON_BUDGET, REASON_EVENT, VM_BASE,
  VM_STRIDE,
} from '../../emulator/core/layout.ts';
import { Engine, type EngineOptions } from '../../emulator/engine/engine.ts';

export const DRAM = BigInt(DRAM_BASE);
const UART = 0x1000_0000;
const FINISHER = 0x10_0000;

export interface GuestOptions extends EngineOptions {
  readonly dramPages?: number;
  /** Where the image goes and the hart begins. */
  readonly address?: bigint;
  /** In the engine of another guest, which keeps its own options: the second machine there. */
  readonly beside?: Guest;
}

export class Guest {
  readonly engine: Engine;
  readonly hart: number;
  readonly vm: number;
  /** Set by a store to the test finisher, which leaves the run. */
  finished = false;
  output = '';

  constructor(image: Uint8Array, { dramPages = 4096, address = DRAM, beside, ...options }: GuestOptions = {}) {
    this.engine = beside?.engine ?? new Engine(options);
    this.hart = HART_BASE + (beside === undefined ? 0 : HART_STRIDE);
    this.vm = VM_BASE + (beside === undefined ? 0 : VM_STRIDE);
    const { core } = this.engine;
    assert.equal(core.vmInitialize(this.vm, dramPages), 1);
    core.hartReset(this.hart, this.vm, 0);
    this.engine.connect(this.hart, { load: () => 0, store: (gpa) => this.deviceStore(gpa) });
    this.write(address, image);
    this.pc = address;
  }

  private deviceStore(gpa: number): number {
    if (gpa === UART) this.output += String.fromCharCode(Number(this.field(HART_RESULT) & 0xffn));
    else if (gpa === FINISHER) {
      this.finished = true;
      this.engine.core.stopAfter(this.hart, REASON_EVENT);
    } else return 0;
    return 1;
  }

  /** Runs `count` instructions, in slices; returns the first REASON_* that is neither the budget's nor an event's. */
  run(count: number, slice = 1_000_000, skipBreakpoint = false): number {
    const end = this.icount + count;
    let skip = skipBreakpoint;
    while (this.icount < end && !this.finished) {
      const before = this.icount;
      const reason = this.engine.run(this.hart, Math.min(slice, end - before), skip);
      assert.equal(reason, this.engine.linear.getI32(this.hart + HART_REASON));
      assert.equal(this.engine.linear.getI32(this.hart + HART_HELD_SLOT), 0);
      if (reason !== REASON_BUDGET && reason !== REASON_EVENT) return reason;
      if (reason === REASON_BUDGET) assert.equal(this.icount, Math.min(before + slice, end));
      skip = false;
    }
    return REASON_BUDGET;
  }

  /** Watches reads and writes of `first` .. `last`. */
  watch(first: bigint, last: bigint): void {
    const { core, linear } = this.engine;
    linear.setU64(this.hart + HART_WATCH_LIST, first);
    linear.setU64(this.hart + HART_WATCH_LIST + 8, last);
    linear.setI32(this.hart + HART_WATCH_LIST + 16, 3);
    linear.setI32(this.hart + HART_WATCH_COUNT, 1);
    core.watchRefresh(this.hart);
  }

  field(offset: number): bigint {
    return this.engine.linear.getU64(this.hart + offset);
  }

  setField(offset: number, value: bigint): void {
    this.engine.linear.setU64(this.hart + offset, value);
  }

  get icount(): number {
    return Number(this.field(HART_ICOUNT));
  }

  get pc(): bigint {
    return this.field(HART_PC);
  }

  set pc(value: bigint) {
    this.setField(HART_PC, value);
  }

  x(register: number): bigint {
    return this.field(HART_X + 8 * register);
  }

  setX(register: number, value: bigint): void {
    this.setField(HART_X + 8 * register, value);
  }

  f(register: number): bigint {
    return this.field(HART_F + 8 * register);
  }

  get fflags(): number {
    return this.engine.linear.getI32(this.hart + HART_FFLAGS);
  }

  /** Physical memory, as a host writes it. */
  write(address: bigint, bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length;) {
      const offset = Number(address + BigInt(at) - DRAM) % PAGE_SIZE;
      const chunk = bytes.subarray(at, at + PAGE_SIZE - offset);
      const host = this.engine.core.pageOpenForWrite(this.vm, Number(address + BigInt(at) - DRAM) >>> PAGE_SHIFT) >>> 0;
      assert.notEqual(host, 0, 'the pool has a frame');
      this.engine.linear.u8.set(chunk, host + offset);
      at += chunk.length;
    }
  }

  /** Little-endian 64-bit word of physical memory, within one page. */
  read(address: bigint): bigint {
    const host = this.engine.core.pagePeek(this.vm, Number(address - DRAM) >>> PAGE_SHIFT) >>> 0;
    const bytes = this.engine.linear.u8.slice(host + (Number(address) % PAGE_SIZE), host + (Number(address) % PAGE_SIZE) + 8);
    return new DataView(bytes.buffer).getBigUint64(0, true);
  }

  /** Everything a checkpoint would keep, as text: registers, architectural TLB, memory. */
  digest(): string {
    this.setField(HART_X_SINK, 0n);
    const { core, linear } = this.engine;
    core.hashBytes(this.hart, this.hart, HART_REGISTERS_SIZE, 0);
    const registers = this.field(HART_RESULT);
    core.hashBytes(this.hart, this.hart + HART_REGISTERS_SIZE, HART_SAVED_SIZE - HART_REGISTERS_SIZE, 0);
    const translation = this.field(HART_RESULT);
    core.memoryDigest(this.vm, this.hart);
    const memory = this.field(HART_RESULT);
    assert.equal(linear.getU64(this.hart + HART_X), 0n, 'x0 is zero');
    return [registers, translation, memory].map((part) => part.toString(16)).join(' ');
  }
}
