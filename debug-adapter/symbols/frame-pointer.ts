/**
 * Unwinding without call frame information, by the frame pointer: code that is compiled with -fno-omit-frame-pointer, as Linux
 * is, keeps in s0 the stack pointer that it was called with, the return address below it, and its caller's s0 below that
 * (RISC-V psABI, "Frame Pointer Convention"; arch/riscv/kernel/stacktrace.c). Where the innermost frame stands in the middle
 * of setting that up or taking it down is read off the instructions.
 */
import { disassemble, instructionLength, instructionWord } from '../../emulator/index.ts';
import { callerContext, lookupAddress } from '../dwarf/unwind.ts';
import type { PlaceOfRegister, UnwindFrame, Unwound } from '../dwarf/unwind.ts';
import { contextBeforeTrap } from './trap-frames.ts';
import { readUnsigned } from '../dwarf/reader.ts';
import type { ReadMemory } from '../dwarf/reader.ts';

const RA = 1;
const SP = 2;
const GP = 3;
const TP = 4;
const S0 = 8;
/** Registers that prologues save, by name. */
const SAVED: ReadonlyMap<string, number> = new Map([['ra', RA], ['s0', S0], ['s1', 9], ...Array.from({ length: 10 }, (_, index): [string, number] => [`s${index + 2}`, 18 + index])]);
/** A prologue is over by then, and an epilogue at its end. */
const INSTRUCTIONS_MAX = 64;
const EPILOGUE_MAX = 20;
const BLOCK_SIZE = 256;

/** What a prologue has done so far. All offsets count from the stack pointer that the function was called with (the CFA). */
interface Prologue {
  /** Bytes by which sp has gone down. */
  readonly sizeBytes: bigint;
  /** Where s0 points to; undefined: not set yet. */
  readonly framePointer: bigint | undefined;
  readonly saved: ReadonlyMap<number, bigint>;
  /** sp was changed in other ways too, so `sizeBytes` is not all. */
  readonly movesStack: boolean;
  /** It has come to a call, which leaves its own return address in ra, or to what cannot be read. */
  readonly calls: boolean;
}

interface Instruction {
  readonly text: string;
  readonly next: bigint;
}

/** Texts by encoding: what is looked for here does not depend on where it is. */
const texts = new Map<number, string>();
const TEXTS_MAX = 1 << 14;

function instructionAt(address: bigint, memory: ReadMemory): Instruction | undefined {
  const bytes = memory(address, 4);
  if (bytes.length < 2) return undefined;
  const word = instructionWord(bytes);
  const length = instructionLength(word);
  if (bytes.length < length) return undefined;
  const raw = length === 2 ? word % 65_536 : word;
  let text = texts.get(raw);
  if (text === undefined) {
    text = disassemble(raw, 0n).replace(/\s+/g, ' ');
    if (texts.size < TEXTS_MAX) texts.set(raw, text);
  }
  return { text, next: address + BigInt(length) };
}

/** Reads what most prologues and epilogues fit into at once. */
function codeFrom(start: bigint, memory: ReadMemory): ReadMemory {
  const block = memory(start, BLOCK_SIZE);
  return (address, sizeBytes) => {
    const at = Number(address - start);
    return at >= 0 && at + sizeBytes <= block.length ? block.subarray(at, at + sizeBytes) : memory(address, sizeBytes);
  };
}

/** Follows the instructions from a function's first one to `until`, at most to its first call, jump or return. */
function readPrologue(low: bigint, until: bigint, memory: ReadMemory): Prologue {
  const code = codeFrom(low, memory);
  let sizeBytes = 0n;
  let framePointer: bigint | undefined;
  let movesStack = false;
  let calls = false;
  const saved = new Map<number, bigint>();
  for (let at = low, count = 0; at < until && count < INSTRUCTIONS_MAX; count++) {
    const instruction = instructionAt(at, code);
    calls = instruction === undefined;
    if (instruction === undefined) break;
    const { text } = instruction;
    // A frame may be set up behind an early return.
    calls = /^jalr?\b/.test(text);
    if (calls || /^[ms]ret\b/.test(text) || (sizeBytes > 0n && /^(j|jr|ret)\b/.test(text))) break;
    const down = /^addi sp,sp,-(\d+)$/.exec(text)?.[1];
    const frame = /^addi s0,sp,(\d+)$/.exec(text)?.[1];
    const [, name, offset] = /^sd (ra|s\d+),(\d+)\(sp\)$/.exec(text) ?? [];
    const register = SAVED.get(name ?? '');
    if (down !== undefined) sizeBytes += BigInt(down);
    else if (frame !== undefined) framePointer = BigInt(frame) - sizeBytes;
    else if (register !== undefined && offset !== undefined && !saved.has(register)) saved.set(register, BigInt(offset) - sizeBytes);
    else if (/^(add|sub|addi|andi|mv) sp,/.test(text)) movesStack = true;
    at = instruction.next;
  }
  return { sizeBytes, framePointer, saved, movesStack, calls };
}

/** If only loads from the stack, one `addi sp` and the return are ahead: how far sp has still to go up, and what is still to be loaded, from sp. */
function readEpilogue(pc: bigint, memory: ReadMemory): { up: bigint; ahead: ReadonlyMap<number, bigint> } | undefined {
  let up = 0n;
  const ahead = new Map<number, bigint>();
  const code = codeFrom(pc, memory);
  for (let at = pc, count = 0; count < EPILOGUE_MAX; count++) {
    const instruction = instructionAt(at, code);
    if (instruction === undefined) return undefined;
    const { text } = instruction;
    if (text === 'ret') return { up, ahead };
    const [, name, offset] = /^ld (ra|s\d+),(\d+)\(sp\)$/.exec(text) ?? [];
    const register = SAVED.get(name ?? '');
    const step = /^addi sp,sp,(\d+)$/.exec(text)?.[1];
    if (register !== undefined && offset !== undefined && up === 0n) ahead.set(register, BigInt(offset));
    else if (step !== undefined && up === 0n) up = BigInt(step);
    else return undefined;
    at = instruction.next;
  }
  return undefined;
}

/**
 * The frame's CFA and its caller. `low`: the function's first instruction, undefined where no symbol says; `high`: its end. The
 * chain ends at a function that sets up no frame pointer.
 */
export function unwindByFramePointer(frame: UnwindFrame, memory: ReadMemory, low: bigint | undefined, high: bigint | undefined = low): Unwound {
  if (!frame.isExact) return fromChain(frame, memory, low === undefined ? undefined : readPrologue(low, lookupAddress(frame) + 1n, memory));
  if (low === undefined) return fromChain(frame, memory, undefined);
  const sp = frame.register(SP);
  if (sp === undefined) return { cfa: undefined, caller: undefined };
  const prologue = readPrologue(low, frame.pc, memory);
  // At the first instruction there is nothing to take down, whatever is ahead.
  const epilogue = frame.pc === low || (prologue.framePointer === undefined && prologue.sizeBytes > 0n) ? undefined : readEpilogue(frame.pc, memory);
  if (epilogue !== undefined && epilogue.ahead.size + Number(epilogue.up > 0n) + Number(prologue.sizeBytes > 0n) > 0) {
    const saved = new Map([...epilogue.ahead].map(([register, offset]) => [register, offset - epilogue.up]));
    return caller(frame, memory, sp + epilogue.up, saved);
  }
  if (prologue.framePointer === undefined) {
    const ra = prologue.calls && !prologue.saved.has(RA) ? frame.register(RA) : undefined;
    if (ra !== undefined && high !== undefined && ra > low && ra <= high) return { cfa: undefined, caller: undefined };
    return caller(frame, memory, sp + prologue.sizeBytes, prologue.saved);
  }
  return insideBody(frame, memory, prologue, sp, prologue.framePointer);
}

/** Behind a prologue, if it was executed: one of its branches may have gone around it. */
function insideBody(frame: UnwindFrame, memory: ReadMemory, prologue: Prologue, sp: bigint, framePointer: bigint): Unwound {
  const s0 = frame.register(S0);
  if (s0 === undefined) return { cfa: undefined, caller: undefined };
  const { sizeBytes, saved, movesStack } = prologue;
  if (movesStack || s0 - framePointer - sizeBytes === sp) return caller(frame, memory, s0 - framePointer, saved);
  // Compilers mix the end of a function with its last calculations: s0 may be the caller's already, while sp is not.
  const slot = saved.get(S0);
  const isRestored = slot !== undefined && readUnsigned(memory, BigInt.asUintN(64, sp + sizeBytes + slot), 8) === s0;
  return isRestored ? caller(frame, memory, sp + sizeBytes, saved) : caller(frame, memory, sp, new Map());
}

/** A frame that has called: its return address and its caller's s0 are where the convention says. */
function fromChain(frame: UnwindFrame, memory: ReadMemory, prologue: Prologue | undefined): Unwound {
  const s0 = frame.register(S0);
  if (s0 === undefined || s0 % 8n !== 0n || s0 === 0n || (prologue !== undefined && prologue.framePointer === undefined)) return { cfa: undefined, caller: undefined };
  const above = -(prologue?.framePointer ?? 0n);
  const saved = new Map(prologue?.saved);
  saved.set(RA, -8n - above);
  saved.set(S0, -16n - above);
  return caller(frame, memory, s0 + above, saved);
}

/** The calling frame, with the registers that were saved at offsets from `cfa` and those that the callee has not touched. */
function caller(frame: UnwindFrame, memory: ReadMemory, cfa: bigint, saved: ReadonlyMap<number, bigint>): Unwound {
  const wrapped = BigInt.asUintN(64, cfa);
  const register = (number: number): bigint | undefined => {
    if (number === SP) return wrapped;
    const offset = saved.get(number);
    if (offset !== undefined) return readUnsigned(memory, wrapped + offset, 8);
    return survives(number) ? frame.register(number) : undefined;
  };
  const savedAt: PlaceOfRegister = (number) => {
    const offset = saved.get(number);
    if (offset !== undefined) return { kind: 'memory', address: wrapped + offset };
    return number !== SP && survives(number) ? frame.savedAt?.(number) : undefined;
  };
  const pc = register(RA);
  return { cfa: wrapped, caller: pc === undefined || pc === 0n || pc === frame.pc ? undefined : { ...callerContext(frame), pc, register, savedAt, isExact: false } };
}

const SURVIVORS: ReadonlySet<number> = new Set([0, GP, TP, ...SAVED.values()]);

function survives(number: number): boolean {
  return SURVIVORS.has(number);
}

/** Offset of `cause` in struct pt_regs, behind epc, x1..x31, status and badaddr. */
const PT_CAUSE = 272n;

/**
 * The code that a Linux trap interrupted: its registers are in the struct pt_regs that the trap's entry has put on top of its
 * stack (arch/riscv/include/asm/ptrace.h): epc, then x1 to x31.
 */
export function unwindThroughTrap(frame: UnwindFrame, memory: ReadMemory): Unwound {
  const cfa = frame.register(SP);
  const epc = cfa === undefined ? undefined : readUnsigned(memory, cfa, 8);
  if (cfa === undefined || epc === undefined || epc === 0n) return { cfa, caller: undefined };
  const register = (number: number): bigint | undefined => {
    if (number === 0) return 0n;
    return number < 32 ? readUnsigned(memory, cfa + 8n * BigInt(number), 8) : frame.register(number);
  };
  const savedAt: PlaceOfRegister = (number) => (number > 0 && number < 32 ? { kind: 'memory', address: cfa + 8n * BigInt(number) } : undefined);
  const cause = readUnsigned(memory, cfa + PT_CAUSE, 8);
  return { cfa, caller: { ...contextBeforeTrap(frame, 'S'), pc: epc, register, savedAt, isExact: true, trap: { mode: 'S', cause } } };
}
