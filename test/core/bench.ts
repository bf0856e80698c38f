/** A core module with one VM and one hart, driven as the interpreter and the driver would. */
import assert from 'node:assert/strict';
import { createMemory, instantiateCore, type Core } from '../../emulator/engine/core-loader.ts';
import type { CoreImports, CoreRoutine } from '../../emulator/engine/core-module.ts';
import {
  DRAM_BASE, FAST_TLB_ENTRIES, FAST_TLB_WRITE, HART_BASE, HART_DATA_BANK, HART_ICOUNT_END, HART_LENGTH, HART_MCAUSE, HART_MEPC, HART_MSTATUS, HART_MTVAL, HART_MTVEC, HART_PC,
  HART_PMPADDR, HART_PMPCFG, HART_PRIVILEGE, HART_REASON, HART_REMAINING, HART_RESULT, HART_SATP, HART_STATUS, HART_X,
  HART_X_SINK, PAGE_SIZE, POOL_USED, STATUS_REFETCH, VM_BASE,
} from '../../emulator/core/layout.ts';

export const DRAM = BigInt(DRAM_BASE);
/** Where tests put page tables, well above what they map. */
const TABLES = DRAM + 0x40_0000n;
/** Free bytes below the frame pool header. */
const SCRATCH = 0x8000;

export const PTE = { V: 1n, R: 2n, W: 4n, X: 8n, U: 16n, G: 32n, A: 64n, D: 128n } as const;
/** A kernel page that needs no A/D update. */
export const KERNEL_RWX = PTE.V | PTE.R | PTE.W | PTE.X | PTE.A | PTE.D;

type Routine = (...values: (number | bigint)[]) => number | bigint | undefined;

/** How a slow call ended: undefined = it completed. */
export interface Trap { readonly cause: bigint; readonly value: bigint }

export interface BenchOptions {
  readonly dramPages?: number;
  readonly frameLimit?: number;
  readonly imports?: Partial<CoreImports>;
}

export class Bench {
  readonly memory = createMemory();
  readonly core: Core;
  readonly vm = VM_BASE;
  readonly hart = HART_BASE;
  private tablesUsed = 0n;

  constructor({ dramPages = 4096, frameLimit = 8192, imports = {} }: BenchOptions = {}) {
    this.core = instantiateCore(this.memory, {
      mmioLoad: () => 0, mmioStore: () => 0, decodeInto: () => undefined, ...imports,
    });
    this.core.poolInitialize(frameLimit);
    assert.equal(this.core.vmInitialize(this.vm, dramPages), 1);
    this.core.hartReset(this.hart, this.vm, 0);
    this.set(HART_MTVEC, DRAM + 0x1000n);
    this.begin();
  }

  get view(): DataView {
    return new DataView(this.memory.buffer);
  }

  // ---- hart fields ----

  get(offset: number): bigint {
    return this.view.getBigUint64(this.hart + offset, true);
  }

  set(offset: number, value: bigint): void {
    this.view.setBigUint64(this.hart + offset, BigInt.asUintN(64, value), true);
  }

  get32(offset: number): number {
    return this.view.getInt32(this.hart + offset, true);
  }

  set32(offset: number, value: number): void {
    this.view.setInt32(this.hart + offset, value, true);
  }

  x(register: number): bigint {
    return this.get(HART_X + 8 * register);
  }

  get framesUsed(): number {
    return this.view.getUint32(POOL_USED, true);
  }

  setPrivilege(privilege: number): void {
    this.set32(HART_PRIVILEGE, privilege);
    this.core.hartRefresh(this.hart);
  }

  /** One PMP entry that allows everything, as firmware sets it up. */
  openPmp(): void {
    this.set(HART_PMPADDR, (1n << 54n) - 1n);
    this.view.setUint8(this.hart + HART_PMPCFG, 0x1f);
    this.core.hartRefresh(this.hart);
  }

  // ---- slow calls ----

  /** As the interpreter before a slow call: `remaining` instructions are left after this one, `before` were counted. */
  begin(pc: bigint = DRAM, { remaining = 100, before = 1000, length = 4 } = {}): void {
    this.set(HART_PC, pc);
    this.set32(HART_REMAINING, remaining);
    this.set(HART_ICOUNT_END, BigInt(before + 1 + remaining));
    this.set32(HART_LENGTH, length);
    this.set32(HART_REASON, 0);
  }

  call(routine: CoreRoutine, ...args: (number | bigint)[]): number | bigint | undefined {
    return (this.core[routine] as unknown as Routine)(this.hart, ...args);
  }

  /** The trap to M-mode that the last slow call took. */
  trap(): Trap | undefined {
    if (this.get32(HART_STATUS) !== STATUS_REFETCH) return undefined;
    return { cause: this.get(HART_MCAUSE), value: this.get(HART_MTVAL) };
  }

  /** Runs a slow call that may trap to M-mode, then returns to `privilege` and mstatus as before. */
  attempt(routine: CoreRoutine, ...args: (number | bigint)[]): Trap | { readonly result: number | bigint | undefined } {
    const privilege = this.get32(HART_PRIVILEGE);
    const status = this.get(HART_MSTATUS);
    this.begin(this.get(HART_PC));
    const pc = this.get(HART_PC);
    const result = this.call(routine, ...args);
    const trap = this.trap();
    if (trap === undefined) return { result };
    assert.equal(this.get(HART_MEPC), pc);
    this.set(HART_PC, pc);
    this.set32(HART_PRIVILEGE, privilege);
    this.set(HART_MSTATUS, status);
    this.core.hartRefresh(this.hart);
    return trap;
  }

  /** Host address that the interpreter's inline check finds for an aligned access, undefined = a slow call. */
  fastAddress(va: bigint, log2: number, write: boolean): number | undefined {
    const index = Number((va >> 12n) & BigInt(FAST_TLB_ENTRIES - 1));
    const entry = this.get32(HART_DATA_BANK) + (write ? FAST_TLB_WRITE : 0) + index * 16;
    const tag = BigInt.asUintN(64, va & (-4096n | ((1n << BigInt(log2)) - 1n)));
    if (this.view.getBigUint64(entry, true) !== tag) return undefined;
    return (Number(va & 0xffff_ffffn) + this.view.getUint32(entry + 8, true)) % 2 ** 32;
  }

  /** As the interpreter loads: through the fast TLB if it can. */
  load(va: bigint, log2: number): bigint | Trap {
    const fast = this.fastAddress(va, log2, false);
    if (fast !== undefined) return this.view.getBigUint64(fast, true) & ((1n << (8n << BigInt(log2))) - 1n);
    const outcome = this.attempt('load', va, log2);
    return 'result' in outcome ? BigInt.asUintN(64, outcome.result as bigint) : outcome;
  }

  /** undefined = done. */
  store(va: bigint, log2: number, value: bigint): Trap | undefined {
    const fast = this.fastAddress(va, log2, true);
    if (fast !== undefined) {
      const bytes = new Uint8Array(BigUint64Array.of(value).buffer, 0, 1 << log2);
      new Uint8Array(this.memory.buffer, fast, bytes.length).set(bytes);
      return undefined;
    }
    const outcome = this.attempt('store', va, log2, value);
    return 'result' in outcome ? undefined : outcome;
  }

  /** The page's offset in memory, or the trap. */
  fetch(pc: bigint): number | Trap {
    this.begin(pc, { remaining: 50 });
    const outcome = this.call('fetchPage', pc);
    return this.trap() ?? (outcome as number);
  }

  // ---- CSRs ----

  /** The value, or undefined if there is no such CSR. */
  csr(number: number): bigint | undefined {
    return this.core.csrPeek(this.hart, number) === 0 ? undefined : this.get(HART_RESULT);
  }

  csrWrite(number: number, value: bigint): Trap | undefined {
    this.begin();
    this.call('csr', number, 1, value, HART_X_SINK, 1);
    return this.get32(HART_STATUS) === STATUS_REFETCH && this.get(HART_PC) !== DRAM + 4n ? this.trap() : undefined;
  }

  // ---- guest-physical memory ----

  writePhysical(gpa: bigint, bytes: Uint8Array): void {
    new Uint8Array(this.memory.buffer, SCRATCH, bytes.length).set(bytes);
    assert.equal(this.core.guestWrite(this.vm, Number(gpa), SCRATCH, bytes.length), 1);
  }

  write64(gpa: bigint, value: bigint): void {
    this.writePhysical(gpa, new Uint8Array(BigUint64Array.of(BigInt.asUintN(64, value)).buffer));
  }

  read64(gpa: bigint): bigint {
    const offset = Number(gpa - DRAM);
    const host = this.core.pagePeek(this.vm, Math.floor(offset / PAGE_SIZE));
    return this.view.getBigUint64(host + (offset % PAGE_SIZE), true);
  }

  page(page: number): Uint8Array {
    return new Uint8Array(this.memory.buffer, this.core.pagePeek(this.vm, page), PAGE_SIZE).slice();
  }

  // ---- Sv39 ----

  /** Turns translation on with an empty root table. */
  enableSv39(): void {
    this.tablesUsed = BigInt(PAGE_SIZE);
    this.set(HART_SATP, (8n << 60n) | (TABLES >> 12n));
    this.core.hartRefresh(this.hart);
  }

  /** Guest-physical address of the PTE of `va` at `level`, the tables above it being made as needed. */
  pteAddress(va: bigint, level = 0): bigint {
    let table = TABLES;
    for (let above = 2; above > level; above--) {
      const at = table + ((va >> BigInt(12 + 9 * above)) & 511n) * 8n;
      if (this.read64(at) === 0n) {
        this.write64(at, ((TABLES + this.tablesUsed) >> 12n << 10n) | PTE.V);
        this.tablesUsed += BigInt(PAGE_SIZE);
      }
      table = (this.read64(at) >> 10n) << 12n;
    }
    return table + ((va >> BigInt(12 + 9 * level)) & 511n) * 8n;
  }

  map(va: bigint, gpa: bigint, flags: bigint, level = 0): void {
    this.write64(this.pteAddress(va, level), ((gpa >> 12n) << 10n) | flags);
  }

  /** Sv39 on, an open PMP, and the given mode. */
  enterSv39(privilege: number): void {
    this.openPmp();
    this.enableSv39();
    this.setPrivilege(privilege);
  }
}
