/** Registers by their numbers in packets (target-description.ts). */
import type { StateEdit } from '../machine/machine-types.ts';
import type { Inspection } from '../session/session-types.ts';
import { CSR_COUNT, CSR_FIRST, FLOAT_FIRST, PC, PRIVILEGE } from './target-description.ts';

/** The `priv` register. */
const PRIVILEGE_NUMBERS = { U: 0n, S: 1n, M: 3n } as const;
/** DWARF's number of f0. */
const DWARF_FLOAT_FIRST = 32;

/** Undefined if there is no such register. */
export function readRegister(inspect: Inspection, number: number): bigint | undefined {
  if (number < PC) return inspect.register(number);
  if (number === PC) return inspect.pc;
  if (number < CSR_FIRST) return inspect.floatRegister(number - FLOAT_FIRST);
  if (number < CSR_FIRST + CSR_COUNT) return inspect.csr(number - CSR_FIRST);
  return number === PRIVILEGE ? PRIVILEGE_NUMBERS[inspect.privilege] : undefined;
}

/** What gives a register a value: nothing for x0; undefined if it cannot be written. */
export function registerEdit(number: number, value: bigint): readonly StateEdit[] | undefined {
  if (number === 0) return [];
  if (number < PC) return [{ kind: 'register', register: number, value }];
  if (number === PC) return [{ kind: 'pc', value }];
  return number < CSR_FIRST ? [{ kind: 'register', register: number - FLOAT_FIRST + DWARF_FLOAT_FIRST, value }] : undefined;
}
