/** Guest memory for devices: through the nested page table, so that checkpoints, code and digests notice. */
import { assert } from '../assert.ts';
import { DRAM_BASE, PAGE_SHIFT, PAGE_SIZE } from '../core/layout.ts';
import type { GuestMemory } from '../devices/device.ts';
import type { CoreExports } from '../engine/core-module.ts';
import type { HartView } from './hart-view.ts';

export class VirtualMachineMemory implements GuestMemory {
  /** Frees frames when the pool is full, or throws. */
  onOutOfFrames: (() => void) | undefined;
  /** Between two instructions: nothing else may reach into guest memory. */
  reachable = false;

  readonly #core: CoreExports;
  readonly #hart: HartView;
  readonly #vm: number;
  readonly #end: number;
  #movedBytes = 0;

  constructor(core: CoreExports, hart: HartView, vm: number, sizeBytes: number) {
    this.#core = core;
    this.#hart = hart;
    this.#vm = vm;
    this.#end = DRAM_BASE + sizeBytes;
  }

  /** Bytes read and written so far; not part of the state. */
  get movedBytes(): number {
    return this.#movedBytes;
  }

  contains(gpa: number, sizeBytes: number): boolean {
    return gpa >= DRAM_BASE && gpa + sizeBytes <= this.#end;
  }

  read(gpa: number, into: Uint8Array): void {
    this.#forPages(gpa, into.length, (page, offset, at, length) => {
      into.set(this.#hart.bytes(this.#core.pagePeek(this.#vm, page) + offset, length), at);
    });
  }

  write(gpa: number, bytes: Uint8Array): void {
    this.#forPages(gpa, bytes.length, (page, offset, at, length) => {
      const address = this.#open(page);
      this.#hart.bytes(address + offset, length).set(bytes.subarray(at, at + length));
    });
  }

  /** Host address of a page that is about to be written. */
  #open(page: number): number {
    for (;;) {
      const address = this.#core.pageOpenForWrite(this.#vm, page);
      if (address !== 0) return address;
      assert(this.onOutOfFrames !== undefined, 'somebody frees frames');
      this.onOutOfFrames();
    }
  }

  #forPages(gpa: number, sizeBytes: number, visit: (page: number, offset: number, at: number, length: number) => void): void {
    assert(this.reachable, 'a device reaches into memory during an instruction');
    assert(this.contains(gpa, sizeBytes), `a device reaches past memory, to 0x${gpa.toString(16)}`);
    this.#movedBytes += sizeBytes;
    for (let at = 0; at < sizeBytes; ) {
      const offset = (gpa + at) % PAGE_SIZE;
      const length = Math.min(PAGE_SIZE - offset, sizeBytes - at);
      visit((gpa + at - DRAM_BASE) >>> PAGE_SHIFT, offset, at, length);
      at += length;
    }
  }
}
