/** Registers and memory of a machine at its present position, without side effects. */
import { assert } from '../assert.ts';
import {
  ACCESS_READ, DRAM_BASE, ENTRY_ACCESSED, ENTRY_DIRTY, FRAME_REFERENCES, HART_PRIVILEGE, PAGE_SHIFT, PAGE_SIZE, POOL_ZERO_FRAME, PRIVILEGE_S,
  PRIVILEGE_U,
} from '../core/layout.ts';
import type { CoreExports } from '../engine/core-module.ts';
import type { HartView } from '../machine/hart-view.ts';
import type { Machine } from '../machine/machine.ts';
import type { Inspection, PageInfo, PageState } from './session-types.ts';

const MASK_32 = 0xffff_ffffn;

export class MachineInspection implements Inspection {
  readonly pageCount: number;
  readonly #core: CoreExports;
  readonly #hart: HartView;
  readonly #vm: number;

  constructor(machine: Machine) {
    this.pageCount = machine.memorySizeBytes / PAGE_SIZE;
    this.#core = machine.engine.core;
    this.#hart = machine.hart;
    this.#vm = machine.vm;
  }

  register(index: number): bigint {
    assert(index >= 0 && index < 32, `integer register ${index}`);
    return this.#hart.register(index);
  }

  floatRegister(index: number): bigint {
    assert(index >= 0 && index < 32, `floating-point register ${index}`);
    return this.#hart.floatRegister(index);
  }

  get pc(): bigint {
    return this.#hart.pc;
  }

  get privilege(): 'U' | 'S' | 'M' {
    const privilege = this.#hart.i32(HART_PRIVILEGE);
    if (privilege === PRIVILEGE_U) return 'U';
    return privilege === PRIVILEGE_S ? 'S' : 'M';
  }

  csr(number: number): bigint | undefined {
    return this.#core.csrPeek(this.#hart.address, number) === 0 ? undefined : this.#hart.result;
  }

  translate(address: bigint): bigint | undefined {
    const va = BigInt.asUintN(64, address);
    const found = this.#core.debugTranslate(this.#hart.address, Number(va & MASK_32), Number(va >> 32n), ACCESS_READ);
    return found === 0 ? undefined : this.#hart.result;
  }

  readVirtual(address: bigint, sizeBytes: number): Uint8Array {
    const first = BigInt.asUintN(64, address);
    return this.#read(sizeBytes, (at) => this.translate(first + BigInt(at)), Number(first & BigInt(PAGE_SIZE - 1)));
  }

  readPhysical(address: bigint, sizeBytes: number): Uint8Array {
    return this.#read(sizeBytes, (at) => address + BigInt(at), Number(address & BigInt(PAGE_SIZE - 1)));
  }

  page(index: number): PageInfo {
    const bits = this.#core.pageBits(this.#vm, index);
    const dirty = (bits & ENTRY_DIRTY) !== 0;
    return { state: this.#pageState(index, dirty), accessed: (bits & ENTRY_ACCESSED) !== 0, dirty };
  }

  #pageState(index: number, dirty: boolean): PageState {
    const frame = this.#core.pageFrame(this.#vm, index);
    if (frame === 0) return 'untouched';
    const { memory } = this.#hart;
    if (frame === memory.getUint32(POOL_ZERO_FRAME, true)) return 'zero';
    // What was not written since the last checkpoint belongs to that checkpoint too: the tree shares it at some level.
    return !dirty || memory.getUint32(FRAME_REFERENCES + 4 * frame, true) > 1 ? 'shared' : 'private';
  }

  /** Page by page, up to the first page that is not DRAM. `offset`: of the first byte in its page. */
  #read(sizeBytes: number, physical: (at: number) => bigint | undefined, offset: number): Uint8Array {
    const bytes = new Uint8Array(sizeBytes);
    let at = 0;
    while (at < sizeBytes) {
      const page = this.#dramPage(physical(at));
      if (page === undefined) break;
      const inPage = (offset + at) % PAGE_SIZE;
      const length = Math.min(PAGE_SIZE - inPage, sizeBytes - at);
      bytes.set(this.#hart.bytes(this.#core.pagePeek(this.#vm, page) + inPage, length), at);
      at += length;
    }
    return bytes.slice(0, at);
  }

  #dramPage(gpa: bigint | undefined): number | undefined {
    if (gpa === undefined || gpa < BigInt(DRAM_BASE)) return undefined;
    const page = Number((gpa - BigInt(DRAM_BASE)) >> BigInt(PAGE_SHIFT));
    return page < this.pageCount ? page : undefined;
  }
}
