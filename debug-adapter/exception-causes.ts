/** Exception causes in words, and the filters that stop on them (RISC-V privileged ISA 20211203, table 3.6). */
import { formatAddress } from './arguments.ts';

const CAUSES: Readonly<Record<number, { readonly name: string; readonly value?: 'address' | 'instruction' }>> = {
  0: { name: 'Instruction address misaligned', value: 'address' },
  1: { name: 'Instruction access fault', value: 'address' },
  2: { name: 'Illegal instruction', value: 'instruction' },
  3: { name: 'Breakpoint (ebreak)' },
  4: { name: 'Load address misaligned', value: 'address' },
  5: { name: 'Load access fault', value: 'address' },
  6: { name: 'Store/AMO address misaligned', value: 'address' },
  7: { name: 'Store/AMO access fault', value: 'address' },
  8: { name: 'Environment call from U-mode' },
  9: { name: 'Environment call from S-mode' },
  11: { name: 'Environment call from M-mode' },
  12: { name: 'Instruction page fault', value: 'address' },
  13: { name: 'Load page fault', value: 'address' },
  15: { name: 'Store/AMO page fault', value: 'address' },
};

export function causeName(cause: number): string {
  return CAUSES[cause]?.name ?? `Exception cause ${cause}`;
}

/** `Load access fault at 0x2a`, `Illegal instruction 0x0`. */
export function describeCause(cause: number, value: bigint): string {
  const kind = CAUSES[cause]?.value;
  if (kind === undefined) return causeName(cause);
  return `${causeName(cause)} ${kind === 'address' ? 'at ' : ''}${formatAddress(value)}`;
}

export interface ExceptionFilter {
  readonly filter: string;
  readonly label: string;
  readonly description: string;
  readonly default: boolean;
  readonly causes: readonly number[];
}

/** Not a trap: the guest itself says that it cannot go on. */
export const PANIC_FILTER = 'guest-panic';

export const exceptionFilters: readonly ExceptionFilter[] = [
  { filter: 'access-fault', label: 'Access Faults', description: 'Fetch, load or store where nothing is, or where PMP forbids it', default: true, causes: [1, 5, 7] },
  { filter: 'illegal-instruction', label: 'Illegal Instructions', description: 'Unknown or forbidden instructions', default: true, causes: [2] },
  { filter: 'misaligned', label: 'Misaligned Addresses', description: 'Misaligned atomics and jumps', default: true, causes: [0, 4, 6] },
  { filter: 'ebreak', label: 'ebreak', description: 'Breakpoint instructions in the guest', default: true, causes: [3] },
  { filter: PANIC_FILTER, label: 'Kernel Panics', description: "The guest's function 'panic' is called; needs its symbols, which Linux brings along", default: true, causes: [] },
  { filter: 'page-fault', label: 'Page Faults', description: 'Fetch, load or store page faults; kernels take them all the time', default: false, causes: [12, 13, 15] },
  { filter: 'environment-call', label: 'Environment Calls', description: 'ecall from any mode', default: false, causes: [8, 9, 11] },
];
