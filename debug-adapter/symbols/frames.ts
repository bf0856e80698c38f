import { csrNumber } from '../../emulator/index.ts';
import type { Inspection } from '../../emulator/index.ts';
import { lookupAddress } from '../dwarf/unwind.ts';
import type { PlaceOfRegister, Trap, UnwindFrame, Unwound } from '../dwarf/unwind.ts';
import type { SourceLocation } from '../dwarf/line-index.ts';
import type { AddressRange } from '../dwarf/lists.ts';
import type { Die } from '../dwarf/units.ts';
import type { ReadMemory, ReadRegister } from '../dwarf/reader.ts';
import { trapBetween, unwindTrap } from './trap-frames.ts';
import type { TrapGuide } from './trap-frames.ts';

/** Registers of the machine where it stands. */
export interface Registers {
  readonly pc: bigint;
  /** By DWARF number: 0..31 x, 32..63 f. */
  readonly register: ReadRegister;
  /** CSRs by number. */
  readonly csr?: (number: number) => bigint | undefined;
}

/** A call that the compiler replaced by the body of what is called. */
export interface InlinedCall {
  readonly name: string;
  /** All code of the call. */
  readonly ranges: readonly AddressRange[];
  /** Its first instruction. */
  readonly entry: bigint;
  /** Where it is called; undefined when the compiler did not say. */
  readonly call: SourceLocation | undefined;
  /** The entry in the debug information that has its variables. */
  readonly die: Die;
}

/**
 * One call on the stack, with its own registers. Calls that were inlined are frames of their own, with the pc, the registers
 * and the CFA of the frame around them: the first frame without `inlined` that follows.
 */
export interface Frame {
  /** For a caller: where the callee will return to. */
  readonly pc: bigint;
  /** The address that says what the frame executes: `pc`, or inside the call before it. */
  readonly lookupPc: bigint;
  /** Function or symbol name, else the address in hexadecimal. */
  readonly name: string;
  readonly location: SourceLocation | undefined;
  /** Canonical frame address: the caller's sp. Undefined without call frame information. */
  readonly cfa: bigint | undefined;
  /** Undefined: not saved. */
  readonly register: ReadRegister;
  readonly memory: ReadMemory;
  /** Where the frame's value of a register is kept now: in the register while no frame further in has saved it. */
  readonly savedAt?: PlaceOfRegister;
  /** CSRs by name, as they are now. */
  readonly csr?: (name: string) => bigint | undefined;
  /** The value that an expression had in the caller when it called the function (DW_OP_entry_value). */
  readonly entryValue?: (expression: Uint8Array) => bigint | undefined;
  /** The frame is that of an inlined call. */
  readonly inlined?: InlinedCall;
  /** The frame was interrupted: what is further in handles this trap. */
  readonly trap?: Trap;
}

const FLOAT_BASE = 32;

/** Registers in the form that `Program.stack` wants, from what a session's inspection gives. */
export function registersOf(inspect: Pick<Inspection, 'pc' | 'register' | 'floatRegister' | 'csr'>): Registers {
  const { pc } = inspect;
  return {
    pc,
    register(number) {
      if (number >= 0 && number < FLOAT_BASE) return inspect.register(number);
      return number >= FLOAT_BASE && number < 2 * FLOAT_BASE ? inspect.floatRegister(number - FLOAT_BASE) : undefined;
    },
    csr: (number) => inspect.csr(number),
  };
}

/** What the walk up a stack asks about the code that it meets. */
export interface StackGuide {
  unwind(frame: UnwindFrame, memory: ReadMemory): Unwound;
  isCode(address: bigint): boolean;
  describe(lookupPc: bigint): CodePlace;
  /** The value that an expression had in `caller` at its call of the function at `calleePc`; undefined where that is not known. */
  entryValue(calleePc: bigint, caller: UnwindFrame, memory: ReadMemory, expression: Uint8Array): bigint | undefined;
}

/** What is at an address. */
export interface CodePlace {
  /** Of the function, not of a call that is inlined there. */
  readonly name: string;
  readonly location: SourceLocation | undefined;
  /** Inlined calls around the address, innermost first. */
  readonly inlined: readonly InlinedCall[];
}

/** Frames from the innermost outwards, through the traps that `traps` finds; ends at a return address that is zero or no code, at a repeated frame, or at `limit`. */
export function walkStack(guide: StackGuide, registers: Registers, memory: ReadMemory, limit: number, traps?: TrapGuide): Frame[] {
  const frames: Frame[] = [];
  const seen = new Set<string>();
  const { csr } = registers;
  const byName = csr && { csr: (name: string) => csrByName(name, { csr }) };
  let current: UnwindFrame | undefined = { ...registers, savedAt: (number) => ({ kind: 'register', number }), isExact: true };
  let reading = memory;
  while (current !== undefined && frames.length < limit) {
    const { pc, register, savedAt, trap } = current;
    const lookupPc = lookupAddress(current);
    if (!current.isExact && !guide.isCode(lookupPc)) break;
    const { cfa, caller } = unwindFrame(guide, current, reading, traps);
    const identity = `${pc}/${cfa ?? register(2) ?? 0n}`;
    if (seen.has(identity)) break;
    seen.add(identity);
    const here = reading;
    const physical = {
      pc, lookupPc, cfa, register, memory: here, ...byName, ...(savedAt === undefined ? {} : { savedAt }),
      ...(caller === undefined ? {} : { entryValue: (expression: Uint8Array) => guide.entryValue(lookupPc, caller, here, expression) }),
    };
    frames.push(...framesOf(physical, guide.describe(lookupPc), trap));
    reading = caller?.memory ?? reading;
    current = caller;
  }
  return frames.slice(0, limit);
}

/** A CSR as it is now, by name. */
export function csrByName(name: string, from: Pick<Inspection, 'csr'>): bigint | undefined {
  const number = csrNumber(name);
  return number === undefined ? undefined : from.csr(number);
}

/** By call frame information or frame pointers; a trap handler has no caller, but what it interrupted. */
function unwindFrame(guide: StackGuide, frame: UnwindFrame, memory: ReadMemory, traps: TrapGuide | undefined): Unwound {
  const unwound = guide.unwind(frame, memory);
  if (unwound.caller?.isExact === true) return unwound.caller.trap === undefined ? { ...unwound, caller: trapBetween(frame, unwound.caller) } : unwound;
  return (traps === undefined ? undefined : unwindTrap(frame, memory, traps)) ?? unwound;
}

/** The frame of a function and, before it, those of the calls that were inlined there: each is where it calls the one before. */
function framesOf(physical: Omit<Frame, 'name' | 'location'>, { name, location, inlined }: CodePlace, trap: Trap | undefined): Frame[] {
  let here = location;
  const frames: Frame[] = [];
  for (const call of inlined) {
    frames.push({ ...physical, name: call.name, location: here, inlined: call });
    here = call.call;
  }
  frames.push({ ...physical, name, location: here });
  return trap === undefined ? frames : frames.map((frame, index) => (index === 0 ? { ...frame, trap } : frame));
}
