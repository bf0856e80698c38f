/**
 * The layout of the engine's linear memory: the only table of offsets.
 *
 * This file is read by two compilers: AssemblyScript (the rest of `core/`) and TypeScript (everything else).
 * It therefore holds nothing but integer constants. Sizes are bytes unless the name says otherwise.
 *
 * ```
 * 0x0000_0400  static data of the core module
 * 0x0001_0000  frame pool header
 * 0x0002_0000  VM structures, one of VM_STRIDE each
 * 0x0004_0000  hart structures, one of HART_STRIDE each
 * 0x0100_0000  frame metadata, one array per field, indexed by frame number
 * 0x0240_0000  predecoded code pages
 * 0x0800_0000  frames: the frame with number n is the 4 KiB at address n << 12
 * ```
 */

export const PAGE_SHIFT = 12;
export const PAGE_SIZE = 4096;

// ---- Frame pool header -----------------------------------------------------------------------------------------
export const POOL = 0x10000;
/** u32: head of the free list (a frame number), 0 when empty. */
export const POOL_FREE_HEAD = POOL + 0;
/** u32: first frame number that was never handed out. */
export const POOL_NEXT_FRESH = POOL + 4;
/** u32: frames in use (reference count above zero), the zero frame included. */
export const POOL_USED = POOL + 8;
/** u32: number of frames that the pool may use at most; a request past it fails with ALLOCATION_FAILED. */
export const POOL_LIMIT = POOL + 12;
/** u32: number of the one frame that holds zeros and is never written. */
export const POOL_ZERO_FRAME = POOL + 16;
/** u32: predecoded code pages handed out so far (see CODE_PAGE_COUNT). */
export const POOL_CODE_NEXT = POOL + 20;
/** u32: bit n set = the hart structure number n was initialised by hartReset. */
export const POOL_HARTS = POOL + 24;
/** u32: last value given to a CODE_PAGE_STAMP. */
export const POOL_CODE_STAMP = POOL + 28;
/** u32: how often all translated regions of a code page were dropped. */
export const POOL_REGION_DROPS = POOL + 32;

// ---- VM structure (guest memory of one machine) ------------------------------------------------------------------
export const VM_BASE = 0x20000;
export const VM_STRIDE = 0x1000;
export const VM_COUNT_MAX = 16;
/** u32: frame number of the root node of the nested page table. */
export const VM_ROOT = 0;
/** u32: pages of DRAM; guest-physical DRAM is DRAM_BASE .. DRAM_BASE + pages * PAGE_SIZE. */
export const VM_DRAM_PAGES = 4;
/** u32: ENTRY_* bits of the root itself, as if it had a parent's entry; 0 = nothing was touched in this epoch. */
export const VM_ROOT_BITS = 8;

/** Guest-physical address of DRAM (QEMU hw/riscv/virt.c, virt_memmap). */
export const DRAM_BASE = 0x80000000;
export const DRAM_PAGES_MAX = 0x80000;

// ---- Nested page table: two levels of NODE_ENTRIES u32 entries; a node is one frame -----------------------------------
// Root entry: covers 4 MiB, names a leaf node. Leaf entry: covers 4 KiB, names a frame.
// Entry: frame number << 12 | bits. 0 = nothing there yet (an untouched page reads as zeros).
// Bits of a child count only while the parent's entry has the same bit set (clean subtrees are skipped).
export const NODE_ENTRIES = 1024;
export const NODE_SHIFT = 10;
/** Accessed since the last checkpoint (read or written). */
export const ENTRY_ACCESSED = 1;
/** Written since the last checkpoint. */
export const ENTRY_DIRTY = 2;

// ---- Hart structure ------------------------------------------------------------------------------------------------
export const HART_BASE = 0x40000;
export const HART_STRIDE = 0x80000;
export const HART_COUNT_MAX = 16;

// Saved part: [0, HART_SAVED_SIZE) is what a checkpoint copies and what the digest covers.
/** i64[32]: integer registers; x0 is never written. */
export const HART_X = 0;
/** i64: where writes to x0 go; not part of the digest, always read as garbage. */
export const HART_X_SINK = 256;
/** i64: program counter, exact whenever the interpreter is not running and during every call out of it. */
export const HART_PC = 264;
/** i64[32]: floating-point registers, NaN-boxed. */
export const HART_F = 272;
/** i32: fflags (bits 4..0: NV DZ OF UF NX). */
export const HART_FFLAGS = 528;
/** i32: frm (3 bits). */
export const HART_FRM = 532;
/** i32: privilege mode, 0 U, 1 S, 3 M. */
export const HART_PRIVILEGE = 536;
/** i32: 1 while the hart waits in wfi. */
export const HART_WAITING = 540;
/** i64: virtual address reserved by lr, or -1 (never an address that sc can have: it is odd). */
export const HART_RESERVATION = 544;
/** i64: instructions retired since power-on, exact whenever the interpreter is not running (inside: ICOUNT_END - REMAINING). */
export const HART_ICOUNT = 552;
/** i64: ns of idle time that were skipped or slept in wfi; guest time = icount + idle, in ns. */
export const HART_IDLE_NS = 560;
// CSRs, i64 each.
export const HART_MSTATUS = 568;
export const HART_MISA = 576;
export const HART_MEDELEG = 584;
export const HART_MIDELEG = 592;
export const HART_MIE = 600;
/** i64: interrupt-pending bits: software-writable ones and the levels that devices drive (see HART_EXTERNAL_SEIP). */
export const HART_MIP = 608;
export const HART_MTVEC = 616;
export const HART_MSCRATCH = 624;
export const HART_MEPC = 632;
export const HART_MCAUSE = 640;
export const HART_MTVAL = 648;
export const HART_MCOUNTEREN = 656;
export const HART_SCOUNTEREN = 664;
export const HART_STVEC = 672;
export const HART_SSCRATCH = 680;
export const HART_SEPC = 688;
export const HART_SCAUSE = 696;
export const HART_STVAL = 704;
export const HART_SATP = 712;
export const HART_MENVCFG = 720;
export const HART_SENVCFG = 728;
export const HART_MCOUNTINHIBIT = 736;
/** i64: mcycle = icount + this (wraps). */
export const HART_CYCLE_OFFSET = 744;
/** i64: minstret = icount + this (wraps). */
export const HART_INSTRET_OFFSET = 752;
/** i64: level of the PLIC's supervisor line; mip.SEIP reads as this OR the software bit in HART_MIP. 0 or 1. */
export const HART_EXTERNAL_SEIP = 760;
/** u8[16] pmp0cfg..pmp15cfg. */
export const HART_PMPCFG = 768;
/** i64[16] pmpaddr0..15. */
export const HART_PMPADDR = 784;
/** i64: hart id (mhartid). */
export const HART_ID = 912;
/** i64: what lr loaded (sign-extended); sc stores only if memory still holds it. */
export const HART_RESERVATION_VALUE = 920;
/** i64: 1 when the architectural TLBs may hold pieces of superpages (sfence.vma with an address must then look at every entry). */
export const HART_SUPERPAGES = 928;
/** i64: mtime ticks that a guest's write to mtime added; `time` reads as guest time in ticks plus this (wraps). */
export const HART_TIME_OFFSET = 936;
/** Registers and CSRs end here. */
export const HART_REGISTERS_SIZE = 1024;

// Architectural TLB (what a guest can observe): direct-mapped, inclusive of the fast TLB. 16-byte entries:
// +0 i64 virtual page number | valid bit 63 ; +8 i64 leaf PTE as last walked (bits 9..0 of the PTE, ppn of the 4 KiB page << 10,
// and in bits 61..60, zero in memory, the level of the leaf: 0 4 KiB, 1 2 MiB, 2 1 GiB).
export const ARCH_DTLB = 0x1000;
export const ARCH_DTLB_ENTRIES = 1024;
export const ARCH_ITLB = 0x5000;
export const ARCH_ITLB_ENTRIES = 256;
export const HART_SAVED_SIZE = 0x6000;

// Derived part: may be emptied at any moment with no visible effect; never saved.
/** i32: address of this hart's VM structure. */
export const HART_VM = 0x6000;
/** i64: icount at which the present slice ends; inside the interpreter icount = ICOUNT_END - REMAINING. */
export const HART_ICOUNT_END = 0x6008;
/**
 * i32: instructions left in the slice; exact during every call out of the interpreter, which reloads it afterwards.
 * The interpreter lowers it before an instruction executes, so that during a slow call the instructions counted before the present
 * one are ICOUNT_END - REMAINING - 1 (what cycle, instret and time read); only fetchPage is called before it is lowered.
 */
export const HART_REMAINING = 0x6010;
/** i32: STATUS_CONTINUE or STATUS_REFETCH, set by every core routine that can trap. */
export const HART_STATUS = 0x6014;
/** i32: why the run left (REASON_*), 0 = budget used up. Cleared by whoever starts a run. */
export const HART_REASON = 0x6018;
/** i32: a breakpoint slot does not stop while REMAINING equals this (the first instruction after a stop); -1 = always stops. */
export const HART_SKIP_BREAK_AT = 0x601c;
/** i64: bit n set = an exception with cause n leaves with REASON_TRAP after trap entry. */
export const HART_CATCH_MASK = 0x6020;
/** i32: address of the fast TLB bank that loads and stores use now (depends on privilege, MPRV, SUM). */
export const HART_DATA_BANK = 0x6028;
/** i32: address of the fetch bank that fetches use now. */
export const HART_FETCH_BANK = 0x602c;
/** i32: bytes of the instruction under way (2 or 4); set before calls to core routines that need the next pc. */
export const HART_LENGTH = 0x6030;
/** i64[2] of the last watch hit: virtual address; size | kind << 8 (1 read, 2 write). */
export const HART_WATCH_HIT = 0x6038;
/** i32: number of watched ranges, at most WATCH_COUNT_MAX. */
export const HART_WATCH_COUNT = 0x6048;
/** 24-byte entries: +0 i64 first virtual address, +8 i64 last virtual address (inclusive), +16 i32 kinds (1 read, 2 write). */
export const HART_WATCH_LIST = 0x6050;
export const WATCH_COUNT_MAX = 32;
/** i64: cause of the last exception that REASON_TRAP reported. */
export const HART_CAUGHT_CAUSE = 0x6400;
/** i64 scratch result of routines that return two values. */
export const HART_RESULT = 0x6408;
/** i32: bits of the fast tables that may hold entries: read tables of the banks 3..0, write tables 7..4, fetch banks 10..8. */
export const HART_TABLES_FILLED = 0x6418;
/** i32: 1 when a read table may hold the zero frame. */
export const HART_ZERO_FRAME_MAPPED = 0x641c;
/** i32: number of PMP entries up to the last one that is not off; 0 = all are off. */
export const HART_PMP_RULES = 0x6420;
/**
 * i64[2]: first and last address (inclusive) of a range in which PMP decides alike for S and U, by one entry or by none; first > last = none is
 * known. It holds the last access that was looked up.
 */
export const HART_PMP_RANGE = 0x6430;
/** i32: ACCESS_* bits that S and U have in that range. */
export const HART_PMP_RANGE_ALLOWS = 0x6440;
/** i64[2]: first and last address (inclusive) between which all watched ranges are; first > last = none is watched. */
export const HART_WATCH_BOUNDS = 0x6448;
/** i32: LEAVE_*: what a translated region must do after its last slow access. */
export const HART_LEAVE = 0x6428;
/** i32: offset in the hart structure of what the last slow load sets, when HART_LEAVE is LEAVE_DONE. */
export const HART_LEAVE_DESTINATION = 0x642c;

/**
 * i32: address of a slot whose breakpoint was passed: it holds the plain handler for one instruction, executed with the budget held back.
 * 0 = none, as always between runs.
 */
export const HART_HELD_SLOT = 0x6480;
/** i32: the budget held back meanwhile (HART_REMAINING is 0, HART_ICOUNT_END lowered by this). */
export const HART_HELD_REMAINING = 0x6484;
/** i32: address of the slot with which the interpreter's loop goes on after a detour through its slow function. */
export const HART_LOOP_IP = 0x6488;
/** i64: pc = this + LOOP_IP / 8 (a slot of 16 bytes stands for 2 bytes of code). */
export const HART_LOOP_BIAS = 0x6490;
/** i32: 1 if there are breakpoints: only then is one looked for before a fetch. */
export const HART_HAS_BREAKPOINTS = 0x6498;

/**
 * Bits, one for each value of a hash of 2 MiB of virtual addresses: 0 = the architectural TLBs hold no piece of a superpage there (see
 * HART_SUPERPAGES), so that sfence.vma need not look at all entries.
 */
export const HART_SUPERPAGE_FILTER = 0x6800;
export const SUPERPAGE_FILTER_BITS = 4096;

// Fast TLB: four banks (M; S; S with SUM; U), each a read and a write table, direct-mapped by virtual page number.
// The bank depends on the effective privilege alone (PMP tells M from S and U even where translation is off).
// 16-byte entries: +0 i64 tag = virtual address of the page (-1 = empty), +8 i32 addend: host address = low 32 bits of va + addend.
export const FAST_TLB = 0x8000;
export const FAST_TLB_ENTRIES = 1024;
export const FAST_TLB_WRITE = 0x4000;
export const FAST_TLB_BANK_STRIDE = 0x8000;
export const FAST_TLB_BANKS = 4;
/**
 * Added to the tag of a page with a watched byte. The interpreter's check never finds it (it compares the page and the lowest
 * bits, of a misaligned access), the slow functions do: see access.ts.
 */
export const FAST_TLB_WATCHED = 0x800;
// Fetch TLB: three banks (M; S; U). +0 i64 tag = virtual address of the page (-1 = empty), +8 i32 address of the predecoded page.
export const FETCH_TLB = 0x28000;
export const FETCH_TLB_ENTRIES = 256;
export const FETCH_TLB_BANK_STRIDE = 0x1000;
export const FETCH_TLB_BANKS = 3;
/** A predecoded page of its own for the one instruction that crosses a page boundary; its last slot is rewritten as needed. */
export const HART_CROSSING_PAGE = 0x30000;
/** +0 u32 raw instruction that the crossing slot holds (0 = none). */
export const HART_CROSSING_RAW = 0x6410;

// ---- Frame metadata: one array per field, indexed by frame number ---------------------------------------------------
export const FRAME_COUNT_MAX = 0x100000;
/** u32: references from tree entries, VM roots and checkpoints. */
export const FRAME_REFERENCES = 0x01000000;
/** u32: address of the frame's predecoded code page, 0 = none. */
export const FRAME_CODE = 0x01400000;
/** u64: cached content hash (data frame) or subtree hash (node); 0 = not known. A free frame keeps the next free frame number here. */
export const FRAME_HASH = 0x01800000;

// ---- Predecoded code pages ------------------------------------------------------------------------------------------
// One 16-byte slot per halfword of a guest page, then CODE_GUARD_SLOTS slots that always hold HANDLER_PAGE_END.
// Slot: +0 u16 handler, plus HANDLER_BREAKPOINT; +2 u16 rd offset in the hart structure (X or F; x0 -> X_SINK); +4 u16 rs1 offset; +6 u16 rs2 offset;
//       +8 i32 immediate (see isa/), or, in rows that round, +8 u16 rs3 offset + rounding mode (low 3 bits);
//       +12 u16 heat or region, see SLOT_REGION; +14 u16 1 = some region holds a copy of this halfword's instruction.
export const CODE_PAGES = 0x02400000;
export const CODE_PAGE_STRIDE = 0x8100;
export const CODE_PAGE_COUNT = 2048;
export const CODE_SLOTS = 2048;
export const CODE_GUARD_SLOTS = 4;
/** Offset in a code page, u32: number of the frame whose instructions it holds, 0 = the code page is free. */
export const CODE_PAGE_OWNER = 0x8040;
/** Offset in a code page, u32: stores into its frame since it was last looked at (see core/code-pages.ts). */
export const CODE_PAGE_STORES = 0x8044;
/** Offset in a code page, u32: stores after which it is looked at again. */
export const CODE_PAGE_STORES_LIMIT = 0x8048;
/** Offset in a code page, u32: 1 = fetchPage handed it out since it was last looked at. */
export const CODE_PAGE_FETCHED = 0x804c;
export const SLOT_SIZE = 16;
/**
 * Offset in a slot, u16: how often control arrived here, below REGION_NONE; REGION_FIRST + n: the region with number n begins here;
 * REGION_NONE: no region, and not counted (it was asked for already, or none can begin here). What is in the slot otherwise, and
 * whether it is decoded, does not matter.
 */
export const SLOT_REGION = 12;
/** Offset in a slot, u16. */
export const SLOT_TRANSLATED = 14;
export const REGION_NONE = 0x7fff;
export const REGION_FIRST = 0x8000;
/** Offset in a code page, u32: changes whenever its regions are dropped, so that whoever keeps lists of regions can tell; 0 = it has none. */
export const CODE_PAGE_STAMP = 0x8050;
/** Not decoded yet: the interpreter calls `decode`. */
export const HANDLER_UNDECODED = 0;
/** Past the end of the page: recompute pc and fetch again. */
export const HANDLER_PAGE_END = 1;
/** A 4-byte instruction may start in the last halfword: fetch through `core.fetchCrossing`. */
export const HANDLER_CROSSING = 2;
/** Added to the handler number: a breakpoint may be here; ask `isBreakpoint` first. */
export const HANDLER_BREAKPOINT = 0x8000;
/** Row k of the instruction table has handler HANDLER_FIRST + k; further ones follow (engine/interpreter.ts, assignHandlers). */
export const HANDLER_FIRST = 3;

// ---- Frames ----------------------------------------------------------------------------------------------------------
export const FRAME_FIRST = 0x8000;
export const ALLOCATION_FAILED = 0;

// ---- Protocol between the interpreter, the core and the driver ---------------------------------------------------------
export const STATUS_CONTINUE = 0;
/** The routine trapped or changed the address space: HART_PC holds the pc to go on with. */
export const STATUS_REFETCH = 1;

/** The region goes on. */
export const LEAVE_NOT = 0;
/** The access trapped, or the run leaves without it: HART_PC and HART_REMAINING say where to go on. */
export const LEAVE_TRAPPED = 1;
/** The instruction has completed and the region leaves after it; HART_PC is the next one. */
export const LEAVE_DONE = 2;

export const REASON_BUDGET = 0;
/** Instruction breakpoint at HART_PC, not executed, not counted. */
export const REASON_BREAKPOINT = 1;
/** A watched address was accessed; the instruction has completed. */
export const REASON_WATCH = 2;
/** Something for the driver: an interrupt can be taken, a timer changed, wfi, power-off. The instruction has completed. */
export const REASON_EVENT = 3;
/** An exception of the catch mask was taken; HART_PC is the handler's first instruction. */
export const REASON_TRAP = 4;
/** The pool is full: the instruction at HART_PC was not executed and not counted. */
export const REASON_OUT_OF_FRAMES = 5;

export const PRIVILEGE_U = 0;
export const PRIVILEGE_S = 1;
export const PRIVILEGE_M = 3;

export const ACCESS_READ = 1;
export const ACCESS_WRITE = 2;
export const ACCESS_FETCH = 4;
