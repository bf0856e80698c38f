/**
 * What the core module (the AssemblyScript in `core/`, compiled to WebAssembly) exports and imports.
 * Addresses are offsets into the shared linear memory, see `core/layout.ts`.
 *
 * Protocol of a routine that can trap (load, store, amo, csr, ..., marked "slow call"): the caller first writes HART_PC (pc of the
 * instruction), HART_REMAINING and HART_LENGTH; the routine sets HART_STATUS. After the call the caller reloads
 * HART_REMAINING (the routine lowers it to 0, and HART_ICOUNT_END with it, when the run must leave after this
 * instruction: "stopAfter") and, if HART_STATUS is STATUS_REFETCH, goes on at HART_PC without completing the
 * instruction.
 *
 * Slow calls count: an instruction that traps counts as one, like one that retires.
 *
 * The core imports its memory as "memory" of module "env". `core-loader.ts` instantiates it.
 */

/** Provided by the driver (`engine/engine.ts`), imported by the core as module "driver". None of them takes or returns a BigInt. */
export interface CoreImports {
  /** Device read of `size` (1, 2, 4, 8) bytes at `gpa` (below 4 GiB; all numbers arrive unsigned). Value goes to HART_RESULT (u64). Returns 0 if nothing is there. */
  mmioLoad(hart: number, gpa: number, size: number): number;
  /** Device write; the value is in HART_RESULT (u64). Returns 0 if nothing is there. */
  mmioStore(hart: number, gpa: number, size: number): number;
  /** Decodes `raw` into the slot at `slot` (used for the crossing instruction). */
  decodeInto(slot: number, raw: number): void;
}

export interface CoreExports {
  // ---- frame pool (core/frame-pool.ts) ----
  /** Prepares the pool for at most `frameLimit` frames. Once per memory. */
  poolInitialize(frameLimit: number): void;
  /** A zeroed frame with one reference, or ALLOCATION_FAILED. Grows the memory as needed (views are then stale). */
  frameAllocate(): number;
  frameRetain(frame: number): void;
  /** Drops one reference; a frame without references goes to the free list, and its code page with it. */
  frameRelease(frame: number): void;

  // ---- nested page table (core/nested-page-table.ts) ----
  /** Creates the VM structure at `vm` with an empty tree. Returns 0 if the pool is full. */
  vmInitialize(vm: number, dramPages: number): number;
  /** Frame number that guest page `page` (from DRAM_BASE) maps to, 0 = untouched. Changes nothing. */
  pageFrame(vm: number, page: number): number;
  /** ENTRY_* bits of guest page `page`, taking the parents into account. */
  pageBits(vm: number, page: number): number;
  /** Host address of guest page `page` for reading (the zero frame's when untouched). Changes nothing. */
  pagePeek(vm: number, page: number): number;
  /** Host address for writing: opens the path, copies on write, marks dirty, drops decoded code. 0 if the pool is full. For loading images and DMA. */
  pageOpenForWrite(vm: number, page: number): number;
  /** Host writes `size` bytes (from linear memory `source`) to guest-physical `gpa` (as a number, in DRAM). Drops decoded slots that it overlaps. Returns 0 if out of DRAM or frames. */
  guestWrite(vm: number, gpa: number, source: number, size: number): number;
  /** A reference to the present tree (its root frame number), for a checkpoint; the live tree starts a new epoch (all ENTRY bits clear). Empties the fast TLBs of `hart`. */
  treeCheckpoint(vm: number, hart: number): number;
  /** Makes the tree `root` (still referenced by its checkpoint) the live one, in a new epoch; drops the old live tree. Empties the fast TLBs of `hart`. */
  treeRestore(vm: number, hart: number, root: number): void;
  /** Drops the live tree of a machine that is no longer needed. */
  vmRelease(vm: number): void;
  /** Drops a checkpoint's reference. */
  treeRelease(root: number): void;
  /** Number of guest pages written since the last checkpoint. */
  dirtyPageCount(vm: number): number;
  /** Of those, the pages that the tree with the root frame `before` has too: they had to be copied. */
  copiedPageCount(vm: number, before: number): number;
  /**
   * 64-bit digest of guest memory; result u64 in HART_RESULT of `hart`. The sum, over pages that are not all zero, of
   * XXH64(h as 8 bytes little-endian, seed = page number) with h = XXH64(content, seed = 0): the content hash does not depend
   * on the place, so that it can be cached with a frame that several pages share. Cached per subtree; empties the fast write TLB.
   */
  memoryDigest(vm: number, hart: number): void;
  /** XXH64 (github.com/Cyan4973/xxHash, doc/xxhash_spec.md) of `size` bytes at `address`; result u64 in HART_RESULT of `hart`. */
  hashBytes(hart: number, address: number, size: number, seed: number): void;

  // ---- hart (core/hart.ts, csr.ts, trap.ts, mmu.ts, pmp.ts) ----
  /** Power-on state: M-mode, pc given by the driver afterwards, CSRs as QEMU's rv64 resets them. */
  hartReset(hart: number, vm: number, hartId: number): void;
  /** Recomputes HART_DATA_BANK and HART_FETCH_BANK and empties the fast TLBs (after registers were loaded from a checkpoint or edited). */
  hartRefresh(hart: number): void;
  /** Takes the highest-priority deliverable interrupt, if any: 1 = HART_PC is now the handler. Clears HART_WAITING if one is pending and enabled in mie, whether deliverable or not. */
  interruptTake(hart: number): number;
  /** 1 if an interrupt can be taken now. */
  interruptDeliverable(hart: number): number;
  /** Sets or clears device-driven bits in mip (bit 3 MSIP, 7 MTIP, 11 MEIP; 9 = the external SEIP line). If one became deliverable during a run, the run leaves after the instruction with REASON_EVENT. */
  interruptLine(hart: number, bit: number, level: number): void;
  /** From a device, during a run: leave after the present instruction. A reason other than REASON_EVENT wins over REASON_EVENT. */
  stopAfter(hart: number, reason: number): void;
  /** Translates as the guest would for `access`, reading only (no A/D update, no TLB change, privilege and SUM ignored): gpa as u64 in HART_RESULT; returns 0 if unmapped. `vaLow`, `vaHigh`: u32 halves. Uses the architectural TLB first, as the hart does. */
  debugTranslate(hart: number, vaLow: number, vaHigh: number, access: number): number;
  /** Reads a CSR without side effects and without privilege check: value in HART_RESULT; 0 = no such CSR. */
  csrPeek(hart: number, number: number): number;
  /** Drops all predecoded slots of all pages at page offset `offset` (0..4094), so that breakpoints there take effect. */
  codeForgetOffset(offset: number): void;
  /** Adjusts the fast TLBs after HART_WATCH_LIST changed. */
  watchRefresh(hart: number): void;
}

/**
 * Imported by the interpreter (and later the translator) from the core, wasm to wasm. i64 are wasm i64.
 * All but the arithmetic ones are slow calls.
 */
export type CoreRoutine =
  // (hart, va i64, size log2) -> i64 zero-extended value ; the caller sign-extends
  | 'load'
  // (hart, va i64, size log2, value i64)
  | 'store'
  // (hart, va i64, size log2, rd offset) : lr.w/lr.d; writes rd itself
  | 'loadReserved'
  // (hart, va i64, size log2, rd offset, value i64): sc
  | 'storeConditional'
  // (hart, va i64, size log2, rd offset, value i64, operation): amo; operation = funct5 of the encoding
  | 'amo'
  // (hart, csr number, operation 1 rw 2 rs 3 rc, operand i64, rd offset, flags): flags bit 0: does write, bit 1: does read; writes rd itself
  | 'csr'
  // (hart) : privileged and environment instructions
  | 'ecall' | 'ebreak' | 'mret' | 'sret' | 'wfi' | 'fenceI'
  // (hart, va i64, asid i64, flags): bit 0: all addresses, bit 1: all address spaces
  | 'sfenceVma'
  // (hart, raw i32): illegal-instruction trap with tval = raw
  | 'illegal'
  // (hart) -> i32: 1 if mstatus.FS is off and the trap was raised (raw as in `illegal` is a second parameter)
  | 'floatDisabled'
  // (hart, pc i64) -> i32 address of the predecoded page, or 0 with STATUS_REFETCH after a trap. Called with HART_REMAINING (at least 1)
  // not yet lowered for the instruction at pc; if the fetch traps, the routine itself lowers HART_REMAINING by one (a fetch that traps counts).
  // Sets HART_PC to pc.
  | 'fetchPage'
  // (hart) : HART_PC holds the pc of the 4-byte instruction in the last halfword of its page; fills the last slot of HART_CROSSING_PAGE.
  // Like every other slow call it comes with HART_REMAINING already lowered for this instruction.
  | 'fetchCrossing'
  // f32/f64 arithmetic, see core/softfloat; never trap
  | SoftfloatRoutine;

/**
 * Softfloat. f32 values travel as i32 bits (already unboxed), f64 values as i64 bits. `rm` 0..4 (RNE RTZ RDN RUP RMM). Flags are ORed into HART_FFLAGS.
 * Every NaN result is the canonical one. Tininess is detected after rounding (RISC-V unprivileged ISA, chapter F).
 */
export type SoftfloatRoutine =
  // (hart, a, b, rm) -> same width
  | 'f32Add' | 'f32Sub' | 'f32Mul' | 'f32Div' | 'f64Add' | 'f64Sub' | 'f64Mul' | 'f64Div'
  // (hart, a, rm)
  | 'f32Sqrt' | 'f64Sqrt'
  // (hart, a, b, c, rm): a*b+c with one rounding; the caller flips signs for fmsub, fnmsub, fnmadd
  | 'f32MulAdd' | 'f64MulAdd'
  // (hart, a, b) -> value, RISC-V 2.2 semantics (IEEE 754-2019 minimumNumber)
  | 'f32Min' | 'f32Max' | 'f64Min' | 'f64Max'
  // (hart, a, b) -> i32 0 or 1; Eq is quiet, Lt and Le signal
  | 'f32Eq' | 'f32Lt' | 'f32Le' | 'f64Eq' | 'f64Lt' | 'f64Le'
  // (a) -> i32 class mask, fclass
  | 'f32Class' | 'f64Class'
  // (hart, a, rm) -> i64 as the register gets it (W results sign-extended, also WU)
  | 'f32ToI32' | 'f32ToU32' | 'f32ToI64' | 'f32ToU64' | 'f64ToI32' | 'f64ToU32' | 'f64ToI64' | 'f64ToU64'
  // (hart, value i64, rm) -> f bits; the 32-bit ones use the low 32 bits of value
  | 'f32FromI32' | 'f32FromU32' | 'f32FromI64' | 'f32FromU64' | 'f64FromI32' | 'f64FromU32' | 'f64FromI64' | 'f64FromU64'
  // f32ToF64 (hart, a i32) -> i64 ; f64ToF32 (hart, a i64, rm) -> i32
  | 'f32ToF64' | 'f64ToF32';
