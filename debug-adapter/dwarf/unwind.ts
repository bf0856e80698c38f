import type { CallFrameTable, FrameRules, RegisterRule } from './call-frame.ts';
import { evaluateToValue } from './expression.ts';
import type { ExpressionContext } from './expression.ts';
import { readUnsigned } from './reader.ts';
import type { ReadMemory, ReadRegister } from './reader.ts';
import type { RegisterPlace } from './storage.ts';

/** Where values of registers are kept; undefined: computed, or not known. */
export type PlaceOfRegister = (number: number) => RegisterPlace | undefined;

/** A trap that has led to the frames further in. */
export interface Trap {
  /** Mode that handles it. */
  readonly mode: 'M' | 'S';
  /** As mcause or scause has it, with the interrupt bit; undefined: not known any more. */
  readonly cause: bigint | undefined;
}

/** A frame as the unwinder sees it. Registers by DWARF number (RISC-V: 0..31 x, 32..63 f). */
export interface UnwindFrame {
  readonly pc: bigint;
  readonly register: ReadRegister;
  readonly savedAt?: PlaceOfRegister;
  /** False in callers: `pc` is then a return address, and the call lies before it. */
  readonly isExact: boolean;
  /** CSRs by number as this frame left them; undefined where they have been overwritten since. */
  readonly csr?: (number: number) => bigint | undefined;
  /** What interrupted the frame. */
  readonly trap?: Trap;
  /** Memory as this frame and those around it see it, where that is another address space than that of the frames further in. */
  readonly memory?: ReadMemory;
}

export interface Unwound {
  /** Canonical frame address of the frame: its caller's sp. */
  readonly cfa: bigint | undefined;
  readonly caller: UnwindFrame | undefined;
}

const RA = 1;
const SP = 2;
const GP = 3;
const TP = 4;
/** s0, s1, s2..s11 and their floating-point peers fs0..fs11 survive calls (RISC-V calling convention). */
function isCalleeSaved(register: number): boolean {
  const number = register & 31;
  return number === 8 || number === 9 || (number >= 18 && number <= 27);
}

/** The address to look up what a frame executes: inside the call instruction for callers. */
export function lookupAddress(frame: UnwindFrame): bigint {
  return frame.isExact || frame.pc === 0n ? frame.pc : frame.pc - 1n;
}

/** The frame's CFA and its caller. Without call frame information only the innermost frame has a caller: a leaf that still holds it in ra. */
export function unwind(table: CallFrameTable, frame: UnwindFrame, memory: ReadMemory): Unwound {
  const rules = table.rulesAt(lookupAddress(frame));
  if (rules?.cfa === undefined) return { cfa: undefined, caller: frame.isExact ? leafCaller(frame) : undefined };
  const context: ExpressionContext = {
    memory, register: frame.register, frameBase: () => undefined, cfa: () => undefined, unit: undefined,
  };
  const cfa = cfaOf(rules, context);
  if (cfa === undefined) return { cfa, caller: undefined };
  const { returnAddressRegister } = rules;
  const returnRule = rules.registers.get(returnAddressRegister);
  // A caller's ra was overwritten by its call: without a rule that says where it went, there is no way up.
  if (!frame.isExact && returnAddressRegister === RA && (returnRule === undefined || returnRule.kind === 'same')) return { cfa, caller: undefined };
  const register = callerRegisters(rules, frame, context, cfa);
  const pc = returnRule?.kind === 'undefined' ? undefined : register(returnAddressRegister);
  if (pc === undefined || pc === 0n) return { cfa, caller: undefined };
  return { cfa, caller: { ...callerContext(frame), pc, register, savedAt: (number) => callerPlace(number, rules, frame, context, cfa), isExact: rules.isSignalFrame } };
}

/** What a caller shares with its callee. */
export function callerContext({ csr }: UnwindFrame): Pick<UnwindFrame, 'csr'> {
  return csr === undefined ? {} : { csr };
}

function leafCaller(frame: UnwindFrame): UnwindFrame | undefined {
  const { register, savedAt } = frame;
  const pc = register(RA);
  return pc === frame.pc || pc === undefined || pc === 0n ? undefined : { ...callerContext(frame), pc, register, ...(savedAt === undefined ? {} : { savedAt }), isExact: false };
}

function cfaOf(rules: FrameRules, context: ExpressionContext): bigint | undefined {
  const { cfa } = rules;
  if (cfa === undefined) return undefined;
  if (cfa.kind === 'expression') return evaluateToValue(cfa.bytes, context);
  const base = context.register(cfa.number);
  return base === undefined ? undefined : BigInt.asUintN(64, base + cfa.offset);
}

/** Reads the CFA of code at one address: looked up once, to be asked often. Undefined without call frame information. */
export function cfaReader(table: CallFrameTable, pc: bigint): ((register: ReadRegister, memory: ReadMemory) => bigint | undefined) | undefined {
  const cfa = table.rulesAt(pc)?.cfa;
  if (cfa === undefined) return undefined;
  if (cfa.kind === 'expression') return (register, memory) => evaluateToValue(cfa.bytes, { memory, register, frameBase: () => undefined, cfa: () => undefined, unit: undefined });
  return (register) => {
    const base = register(cfa.number);
    return base === undefined ? undefined : BigInt.asUintN(64, base + cfa.offset);
  };
}

function callerRegisters(rules: FrameRules, frame: UnwindFrame, context: ExpressionContext, cfa: bigint): ReadRegister {
  const known = new Map<number, bigint | undefined>();
  return (number) => {
    if (!known.has(number)) known.set(number, callerRegister(number, rules, frame, context, cfa));
    return known.get(number);
  };
}

function callerRegister(number: number, rules: FrameRules, frame: UnwindFrame, context: ExpressionContext, cfa: bigint): bigint | undefined {
  const rule = rules.registers.get(number);
  if (rule !== undefined) return applyRule(rule, number, frame, context, cfa);
  if (number === SP) return cfa;
  return survives(number, rules) ? frame.register(number) : undefined;
}

/** The caller's value of a register without a rule is still there. */
function survives(number: number, { returnAddressRegister, isSignalFrame }: FrameRules): boolean {
  return isSignalFrame || number === 0 || number === RA || number === GP || number === TP || isCalleeSaved(number) || number === returnAddressRegister;
}

function callerPlace(number: number, rules: FrameRules, frame: UnwindFrame, context: ExpressionContext, cfa: bigint): RegisterPlace | undefined {
  const rule = rules.registers.get(number);
  switch (rule?.kind) {
    case undefined: return number !== SP && survives(number, rules) ? frame.savedAt?.(number) : undefined;
    case 'same': return frame.savedAt?.(number);
    case 'register': return frame.savedAt?.(rule.number);
    case 'offset': return { kind: 'memory', address: BigInt.asUintN(64, cfa + rule.offset) };
    case 'expression': {
      const address = evaluateToValue(rule.bytes, context, cfa);
      return address === undefined ? undefined : { kind: 'memory', address };
    }
    default: return undefined;
  }
}

function applyRule(rule: RegisterRule, number: number, frame: UnwindFrame, context: ExpressionContext, cfa: bigint): bigint | undefined {
  switch (rule.kind) {
    case 'undefined': return undefined;
    case 'same': return frame.register(number);
    case 'offset': return readUnsigned(context.memory, cfa + rule.offset, 8);
    case 'value-offset': return BigInt.asUintN(64, cfa + rule.offset);
    case 'register': return frame.register(rule.number);
    case 'expression': {
      const address = evaluateToValue(rule.bytes, context, cfa);
      return address === undefined ? undefined : readUnsigned(context.memory, address, 8);
    }
    case 'value-expression': return evaluateToValue(rule.bytes, context, cfa);
  }
}
