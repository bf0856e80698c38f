import { lookupAddress } from '../dwarf/unwind.ts';
import type { UnwindFrame, Unwound } from '../dwarf/unwind.ts';
import type { SourceLocation } from '../dwarf/line-index.ts';
import type { ReadMemory, ReadRegister } from '../dwarf/reader.ts';

/** Registers of the machine where it stands. */
export interface Registers {
  readonly pc: bigint;
  /** By DWARF number: 0..31 x, 32..63 f. */
  readonly register: ReadRegister;
}

/** One call on the stack, with its own registers. */
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
}

const FLOAT_BASE = 32;

/** Registers in the form that `Program.stack` wants, from what a session's inspection gives. */
export function registersOf(inspect: { readonly pc: bigint; register(index: number): bigint; floatRegister(index: number): bigint }): Registers {
  const { pc } = inspect;
  return {
    pc,
    register(number) {
      if (number >= 0 && number < FLOAT_BASE) return inspect.register(number);
      return number >= FLOAT_BASE && number < 2 * FLOAT_BASE ? inspect.floatRegister(number - FLOAT_BASE) : undefined;
    },
  };
}

/** What the walk up a stack asks about the code that it meets. */
export interface StackGuide {
  unwind(frame: UnwindFrame, memory: ReadMemory): Unwound;
  isCode(address: bigint): boolean;
  describe(lookupPc: bigint): { readonly name: string; readonly location: SourceLocation | undefined };
}

/** Frames from the innermost outwards; ends at a return address that is zero or no code, at a repeated frame, or at `limit`. */
export function walkStack(guide: StackGuide, registers: Registers, memory: ReadMemory, limit: number): Frame[] {
  const frames: Frame[] = [];
  const seen = new Set<string>();
  let current: UnwindFrame | undefined = { pc: registers.pc, register: registers.register, isExact: true };
  while (current !== undefined && frames.length < limit) {
    const { pc, register } = current;
    const lookupPc = lookupAddress(current);
    if (!current.isExact && !guide.isCode(lookupPc)) break;
    const { cfa, caller } = guide.unwind(current, memory);
    const identity = `${pc}/${cfa ?? register(2) ?? 0n}`;
    if (seen.has(identity)) break;
    seen.add(identity);
    frames.push({ pc, lookupPc, cfa, register, memory, ...guide.describe(lookupPc) });
    current = caller;
  }
  return frames;
}
