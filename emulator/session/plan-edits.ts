/** What a person wants to change, checked and in terms of the machine. */
import { DRAM_BASE, PAGE_SIZE } from '../core/layout.ts';
import type { MachineEdit } from '../machine/input.ts';
import type { StateEdit } from '../machine/machine-types.ts';
import { EDIT_BYTES_MAX, EDIT_COUNT_MAX } from '../record/edit-format.ts';
import { UserError } from '../user-error.ts';
import type { Inspection } from './session-types.ts';

const REGISTER_MAX = 63;
const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** Throws a UserError for what cannot be changed; then nothing is. Addresses are translated where the machine stands. */
export function planEdits(edits: readonly StateEdit[], inspect: Inspection): readonly MachineEdit[] {
  const sizeBytes = edits.reduce((sum, edit) => sum + (edit.kind === 'memory' ? edit.bytes.length : 0), 0);
  if (sizeBytes > EDIT_BYTES_MAX) throw new UserError(`${sizeBytes} bytes are more than the ${EDIT_BYTES_MAX} that one edit can change: make several edits`);
  const planned = edits.flatMap((edit) => plan(edit, inspect));
  if (planned.length > EDIT_COUNT_MAX) throw new UserError(`${planned.length} places are more than the ${EDIT_COUNT_MAX} that one edit can change: make several edits`);
  return planned;
}

function plan(edit: StateEdit, inspect: Inspection): readonly MachineEdit[] {
  switch (edit.kind) {
    case 'memory':
      return planMemory(BigInt.asUintN(64, edit.address), edit.bytes, inspect);
    case 'register': {
      const { register } = edit;
      if (register === 0) throw new UserError('Register x0 is always zero and cannot be changed: choose another');
      if (!Number.isInteger(register) || register < 0 || register > REGISTER_MAX) throw new UserError(`There is no register with the number ${register}: x1 to x31 are 1 to 31, f0 to f31 are 32 to ${REGISTER_MAX}`);
      return [{ kind: 'register', register, value: BigInt.asUintN(64, edit.value) }];
    }
    case 'pc': {
      const value = BigInt.asUintN(64, edit.value);
      if ((value & 1n) !== 0n) throw new UserError(`No instruction begins at the odd address ${hex(value)}: give pc an even one`);
      return [{ kind: 'pc', value }];
    }
  }
}

/** Page by page. */
function planMemory(address: bigint, bytes: Uint8Array, inspect: Inspection): readonly MachineEdit[] {
  const pieces: MachineEdit[] = [];
  for (let at = 0; at < bytes.length; ) {
    const va = BigInt.asUintN(64, address + BigInt(at));
    const length = Math.min(PAGE_SIZE - Number(va % BigInt(PAGE_SIZE)), bytes.length - at);
    const gpa = inspect.translate(va);
    if (gpa === undefined) throw new UserError(`Nothing is mapped at ${hex(va)} where the machine stands, so it cannot be changed: choose a mapped address`);
    const end = BigInt(DRAM_BASE) + BigInt(inspect.pageCount) * BigInt(PAGE_SIZE);
    if (gpa < BigInt(DRAM_BASE) || gpa >= end) {
      const what = gpa < BigInt(DRAM_BASE) ? 'belongs to a device or to nothing' : 'is behind the end of memory';
      throw new UserError(`The address ${hex(va)} ${what}, and only memory can be changed: choose an address in memory`);
    }
    pieces.push({ kind: 'memory', gpa: Number(gpa), bytes: bytes.slice(at, at + length) });
    at += length;
  }
  return pieces;
}
