/**
 * Steps over interrupts. A recording brings each interrupt where it came, also in the middle of a line that somebody steps
 * through; GDB would follow it into the handler and stop there. So a step that is interrupted runs on to where the handler returns.
 */
import type { Inspection } from '../session/session-types.ts';

const SP = 2;
const INTERRUPT = 1n << 63n;
const MCAUSE = 0x342;
const MEPC = 0x341;
const MSTATUS = 0x300;
const SCAUSE = 0x142;
const SEPC = 0x141;
const MRET = 0x3020_0073n;
const SRET = 0x1020_0073n;

/** Of each mode that interrupts are handled in: its CSRs, its interrupt enable in mstatus, and what returns from there. */
const HANDLERS = [
  { privilege: 'M', cause: MCAUSE, epc: MEPC, enable: 1n << 3n, return: MRET },
  { privilege: 'S', cause: SCAUSE, epc: SEPC, enable: 1n << 1n, return: SRET },
] as const;

/** Where a hart stands, as far as the return from a handler gives it back. */
export interface Place {
  readonly pc: bigint;
  readonly sp: bigint;
  readonly privilege: string;
  /** Interrupts can be taken in the modes in which they are handled: mstatus. */
  readonly status: bigint;
}

export function placeOf(inspect: Inspection): Place {
  return { pc: inspect.pc, sp: inspect.register(SP), privilege: inspect.privilege, status: inspect.csr(MSTATUS) ?? 0n };
}

export function isAt(inspect: Inspection, place: Place): boolean {
  return inspect.pc === place.pc && inspect.register(SP) === place.sp && inspect.privilege === place.privilege;
}

/** One instruction was executed since `before`: was it the first one of an interrupt's handler? */
export function wasInterrupted(before: Place, inspect: Inspection): boolean {
  return HANDLERS.some((handler) => {
    if (inspect.privilege !== handler.privilege || inspect.csr(handler.epc) !== before.pc || ((inspect.csr(handler.cause) ?? 0n) & INTERRUPT) === 0n) return false;
    const wasEnabled = before.privilege !== handler.privilege || (before.status & handler.enable) !== 0n;
    return wasEnabled && ((inspect.csr(MSTATUS) ?? 0n) & handler.enable) === 0n;
  });
}

/** Is the instruction at pc the one with which an interrupt's handler goes back to `returnPc`? */
export function returnsFromInterrupt(inspect: Inspection, returnPc: bigint): boolean {
  const word = inspect.readVirtual(inspect.pc, 4);
  if (word.length < 4) return false;
  const instruction = word.reduceRight((value, byte) => (value << 8n) | BigInt(byte), 0n);
  const handler = HANDLERS.find((each) => each.return === instruction);
  return handler !== undefined && inspect.csr(handler.epc) === returnPc && ((inspect.csr(handler.cause) ?? 0n) & INTERRUPT) !== 0n;
}
