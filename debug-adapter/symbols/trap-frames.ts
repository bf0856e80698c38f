/**
 * From a trap handler to the code that it interrupted, on any guest: what handles traps is found by mtvec and stvec, or by its
 * instructions, and so is where it keeps the interrupted registers (handler-flow.ts). Where anything is not certain, the walk ends.
 */
import { instructionWord } from '../../emulator/index.ts';
import { callerContext } from '../dwarf/unwind.ts';
import type { RegisterPlace } from '../dwarf/storage.ts';
import type { Trap, UnwindFrame, Unwound } from '../dwarf/unwind.ts';
import type { AddressRange } from '../dwarf/lists.ts';
import { readUnsigned } from '../dwarf/reader.ts';
import type { ReadMemory } from '../dwarf/reader.ts';
import { csrOrigin, registerName, survivesCalls } from './handler-flow.ts';
import type { HandlerFlow, HandlerFlows, HandlerState } from './handler-flow.ts';

type Mode = Trap['mode'];

/** CSRs by mode (RISC-V privileged ISA, "CSR Listing"). */
const CSRS = {
  M: { status: 0x300, vector: 0x305, scratch: 0x340, epc: 0x341, cause: 0x342, value: 0x343 },
  S: { status: 0x100, vector: 0x105, scratch: 0x140, epc: 0x141, cause: 0x142, value: 0x143 },
} as const;
const SATP = 0x180;
const MPP_SHIFT = 11n;
const SPP_SHIFT = 8n;
/** Entries of a vector table that are looked at. */
const VECTOR_ENTRIES = 16;
const FUNCTION_SIZE_MAX = 64 * 1024;
const MRET = 0x3020_0073;
const SRET = 0x1020_0073;
const SP = 2;
const REGISTERS = 32;
const INTERRUPT = 1n << 63n;

/** What the walk up a stack knows beside the frames. */
export interface TrapGuide {
  readonly flows: HandlerFlows;
  /** The code of the function at an address. */
  extentOf(address: bigint): AddressRange | undefined;
  /** Memory by the page tables of `satp`. */
  memoryOf(satp: bigint): ReadMemory;
}

/** CSRs as the code had them that a trap interrupted: what the trap has overwritten is not known. */
export function contextBeforeTrap({ csr }: Pick<UnwindFrame, 'csr'>, mode: Mode): Pick<UnwindFrame, 'csr'> {
  if (csr === undefined) return {};
  const { status, epc, cause, value } = CSRS[mode];
  const lost: readonly number[] = [status, epc, cause, value];
  return { csr: (number) => (lost.includes(number) ? undefined : csr(number)) };
}

/** The frame's caller if it is a trap handler that was entered by a trap: what it interrupted. Undefined for any other frame. */
export function unwindTrap(frame: UnwindFrame, memory: ReadMemory, guide: TrapGuide): Unwound | undefined {
  const found = handlerAt(frame, memory, guide);
  if (found === undefined) return undefined;
  return new Handler(frame, memory, found.state).unwind(found.mode, guide);
}

/** The trap that call frame information tells of, between a handler and the interrupted frame. */
export function trapBetween(handler: UnwindFrame, interrupted: UnwindFrame): UnwindFrame {
  const { csr } = handler;
  const mode: Mode = csr?.(CSRS.M.epc) === interrupted.pc || csr?.(CSRS.S.epc) !== interrupted.pc ? 'M' : 'S';
  const cause = csr?.(CSRS[mode].epc) === interrupted.pc ? csr(CSRS[mode].cause) : undefined;
  return { ...interrupted, ...contextBeforeTrap(handler, mode), trap: { mode, cause } };
}

interface Found {
  readonly mode: Mode;
  readonly state: HandlerState;
}

function handlerAt(frame: UnwindFrame, memory: ReadMemory, guide: TrapGuide): Found | undefined {
  const { pc } = frame;
  const extent = guide.extentOf(frame.isExact ? pc : pc - 1n);
  for (const mode of ['M', 'S'] as const) {
    const entries = entriesOf(frame.csr?.(CSRS[mode].vector) ?? 0n);
    const flow = entries.length === 0 ? undefined : guide.flows.of(entries, memory);
    const state = flow?.stateAt(pc);
    if (flow === undefined || state === undefined) continue;
    const isOwn = extent !== undefined && entries.some((entry) => entry >= extent.low && entry < extent.high);
    if (isOwn || flow.returnAt(pc) !== undefined) return { mode, state };
  }
  return extent === undefined ? undefined : unregisteredHandler(frame, memory, extent, guide);
}

/** First instructions of what mtvec or stvec names: one place, or a table of jumps (mode 1). */
function entriesOf(vector: bigint): bigint[] {
  const base = vector & ~3n;
  if (base === 0n) return [];
  return (vector & 3n) === 1n ? Array.from({ length: VECTOR_ENTRIES }, (_, index) => base + 4n * BigInt(index)) : [base];
}

/** A function that saves registers as only handlers do and ends in mret or sret, though no vector names it now. */
function unregisteredHandler({ pc }: UnwindFrame, memory: ReadMemory, { low, high }: AddressRange, guide: TrapGuide): Found | undefined {
  if (high - low > BigInt(FUNCTION_SIZE_MAX) || !hasTrapReturn(memory(low, Number(high - low)))) return undefined;
  const flow: HandlerFlow | undefined = guide.flows.of([low], memory);
  const state = flow?.stateAt(pc);
  const mode = flow?.returnAt(pc);
  return state === undefined || mode === undefined || flow?.savesTemporaries !== true ? undefined : { mode, state };
}

function hasTrapReturn(code: Uint8Array): boolean {
  for (let at = code.indexOf(0x73); at >= 0 && at + 4 <= code.length; at = code.indexOf(0x73, at + 1)) {
    const word = instructionWord(code, at);
    if (at % 2 === 0 && (word === MRET || word === SRET)) return true;
  }
  return false;
}

/** A handler that stands somewhere, with what its instructions say of where things are. */
class Handler {
  readonly #frame: UnwindFrame;
  readonly #memory: ReadMemory;
  readonly #state: HandlerState;
  readonly #origins = new Map<string, bigint | undefined>();

  constructor(frame: UnwindFrame, memory: ReadMemory, state: HandlerState) {
    this.#frame = frame;
    this.#memory = memory;
    this.#state = state;
  }

  unwind(mode: Mode, guide: TrapGuide): Unwound {
    const sp = this.#state.registers[SP];
    // The handler's frame begins where its stack began.
    const cfa = sp === undefined ? undefined : this.#origin(sp.origin);
    const pc = this.#interruptedPc(CSRS[mode]);
    const interruptedSp = this.#origin(registerName(SP));
    if (pc === undefined || pc === 0n || interruptedSp === undefined) return { cfa, caller: undefined };
    const memory = this.#interruptedMemory(mode, guide);
    if (memory === undefined || memory(pc, 2).length < 2) return { cfa, caller: undefined };
    const cause = this.#csr(CSRS[mode].cause);
    return {
      cfa,
      caller: {
        ...this.#context(mode), pc, isExact: true, trap: { mode, cause }, memory,
        register: (number) => (number === 0 ? 0n : this.#origin(registerName(number))), savedAt: (number) => this.#place(registerName(number)),
      },
    };
  }

  /** A handler that has emulated the instruction goes on behind it: the one that trapped is told while it is known. */
  #interruptedPc({ epc, cause }: { readonly epc: number; readonly cause: number }): bigint | undefined {
    const kept = this.#csr(epc);
    const live = this.#frame.csr?.(epc);
    const isException = (this.#frame.csr?.(cause) ?? INTERRUPT) < INTERRUPT;
    return isException && kept !== undefined && live !== undefined && (kept === live + 2n || kept === live + 4n) ? live : kept;
  }

  /** CSRs before the trap; those that the handler has kept are read back. */
  #context(mode: Mode): Pick<UnwindFrame, 'csr'> {
    const { csr } = contextBeforeTrap(callerContext(this.#frame), mode);
    return csr === undefined ? {} : { csr: (number) => (number === CSRS[mode].scratch ? this.#csr(number) : csr(number)) };
  }

  /** Undefined: which mode was interrupted is not known, and that makes a difference. */
  #interruptedMemory(mode: Mode, guide: TrapGuide): ReadMemory | undefined {
    const satp = this.#frame.csr?.(SATP) ?? 0n;
    if (satp >> 60n === 0n) return this.#memory;
    const status = this.#csr(CSRS[mode].status);
    if (status === undefined) return undefined;
    const isSame = mode === 'M' ? ((status >> MPP_SHIFT) & 3n) === 3n : ((status >> SPP_SHIFT) & 1n) === 1n;
    return isSame ? this.#memory : guide.memoryOf(satp);
  }

  /** A CSR as the trap has left it: where the handler has put it, since another trap may have come in between, else as it is now. */
  #csr(number: number): bigint | undefined {
    const origin = csrOrigin(number);
    const written = this.#state.csrs.get(number);
    const live = written === undefined || (written.origin === origin && written.offset === 0) ? this.#frame.csr?.(number) : undefined;
    return this.#kept(origin) ?? live;
  }

  /** What `origin` was. */
  #origin(origin: string): bigint | undefined {
    if (!this.#origins.has(origin)) {
      this.#origins.set(origin, undefined);
      this.#origins.set(origin, this.#kept(origin) ?? this.#inCsr(origin));
    }
    return this.#origins.get(origin);
  }

  /** From a register that still has it, or a slot. */
  #kept(origin: string): bigint | undefined {
    for (const [number, value] of this.#state.registers.entries()) {
      if (value.origin !== origin || (number >= REGISTERS && value.offset !== 0)) continue;
      const held = this.#held(number);
      if (held !== undefined) return BigInt.asUintN(64, held - BigInt(value.offset));
    }
    const address = this.#slot(origin);
    return address === undefined ? undefined : readUnsigned(this.#memory, address, 8);
  }

  /** A handler that has called has in registers what survives calls. */
  #held(number: number): bigint | undefined {
    return this.#frame.isExact || survivesCalls(number) ? this.#frame.register(number) : undefined;
  }

  /** Where `origin` is stored as it was. */
  #slot(origin: string): bigint | undefined {
    for (const [slot, value] of this.#state.slots) {
      if (value.origin !== origin || value.offset !== 0) continue;
      const at = slot.lastIndexOf('/');
      const base = this.#base(slot.slice(0, at));
      if (base !== undefined) return BigInt.asUintN(64, base + BigInt(slot.slice(at + 1)));
    }
    return undefined;
  }

  /** What a slot's address counts from: in a register, else where that itself is stored. */
  #base(origin: string): bigint | undefined {
    for (const [number, value] of this.#state.registers.entries()) {
      const held = value.origin === origin && number < REGISTERS ? this.#held(number) : undefined;
      if (held !== undefined) return held - BigInt(value.offset);
    }
    return this.#inCsr(origin);
  }

  /** From a CSR that was written with it, as mscratch is while the handler uses another stack. */
  #inCsr(origin: string): bigint | undefined {
    for (const [number, value] of this.#state.csrs) {
      const live = value.origin === origin ? this.#frame.csr?.(number) : undefined;
      if (live !== undefined) return BigInt.asUintN(64, live - BigInt(value.offset));
    }
    return undefined;
  }

  #place(origin: string): RegisterPlace | undefined {
    for (const [number, value] of this.#state.registers.entries()) {
      if (value.origin === origin && value.offset === 0 && this.#held(number) !== undefined) return this.#frame.savedAt?.(number);
    }
    const address = this.#slot(origin);
    return address === undefined ? undefined : { kind: 'memory', address };
  }
}
