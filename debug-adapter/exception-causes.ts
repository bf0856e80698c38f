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
  /** Of interrupts. */
  readonly interrupts: readonly number[];
}

/** Not a trap: the guest itself says that it cannot go on. */
export const PANIC_FILTER = 'guest-panic';

function filterRow(filter: string, label: string, description: string, row: { isDefault?: boolean; causes?: readonly number[]; interrupts?: readonly number[] }): ExceptionFilter {
  return { filter, label, description, default: row.isDefault ?? false, causes: row.causes ?? [], interrupts: row.interrupts ?? [] };
}

export const exceptionFilters: readonly ExceptionFilter[] = [
  filterRow('access-fault', 'Access Faults', 'Fetch, load or store where nothing is, or where PMP forbids it', { isDefault: true, causes: [1, 5, 7] }),
  filterRow('illegal-instruction', 'Illegal Instructions', 'Unknown or forbidden instructions', { isDefault: true, causes: [2] }),
  filterRow('misaligned', 'Misaligned Addresses', 'Misaligned atomics and jumps', { isDefault: true, causes: [0, 4, 6] }),
  filterRow('ebreak', 'ebreak', 'Breakpoint instructions in the guest', { isDefault: true, causes: [3] }),
  filterRow(PANIC_FILTER, 'Kernel Panics', "The guest calls 'panic', or a function that panicFunctions of the launch configuration names; needs its symbols, which Linux brings along", { isDefault: true }),
  filterRow('page-fault', 'Page Faults', 'Fetch, load or store page faults; kernels take them all the time', { causes: [12, 13, 15] }),
  filterRow('environment-call', 'Environment Calls', 'ecall from any mode', { causes: [8, 9, 11] }),
  filterRow('software-interrupt', 'Software Interrupts', 'What harts send each other, and themselves', { interrupts: [1, 3] }),
  filterRow('timer-interrupt', 'Timer Interrupts', 'Stops at the first instruction of the handler', { interrupts: [5, 7] }),
  filterRow('external-interrupt', 'External Interrupts', 'From devices; stops at the first instruction of the handler', { interrupts: [9, 11] }),
];

const INTERRUPTS: Readonly<Record<number, string>> = {
  1: 'Supervisor software interrupt', 3: 'Machine software interrupt', 5: 'Supervisor timer interrupt', 7: 'Machine timer interrupt',
  9: 'Supervisor external interrupt', 11: 'Machine external interrupt',
};

export function interruptName(cause: number): string {
  return INTERRUPTS[cause] ?? `Interrupt ${cause}`;
}
