/**
 * How an edit stands in a recording: `[behind the boundary, [edit, ...]]`; an edit is `[0, guest-physical address, bytes]`,
 * `[1, register number, value]` or `[2, value of pc]`. Values are hexadecimal strings.
 */
import { DRAM_BASE } from '../core/layout.ts';
import type { EditEvent, MachineEdit } from '../machine/input.ts';
import type { Encodable } from './codec.ts';

/** Of one event, over all of its edits. */
export const EDIT_BYTES_MAX = 64 * 1024;
export const EDIT_COUNT_MAX = 1024;

const REGISTER_MAX = 63;
const KINDS = ['memory', 'register', 'pc'] as const satisfies readonly MachineEdit['kind'][];

export function encodeEdits({ isBehind, edits }: EditEvent): Encodable {
  return [isBehind, edits.map((edit) => {
    const kind = KINDS.indexOf(edit.kind);
    switch (edit.kind) {
      case 'memory': return [kind, edit.gpa, edit.bytes];
      case 'register': return [kind, edit.register, edit.value.toString(16)];
      case 'pc': return [kind, edit.value.toString(16)];
    }
  })];
}

/** undefined if `value` is not what encodeEdits makes. */
export function decodeEdits(value: unknown): Pick<EditEvent, 'isBehind' | 'edits'> | undefined {
  const [isBehind, list] = Array.isArray(value) ? (value as unknown[]) : [];
  if (typeof isBehind !== 'boolean' || !Array.isArray(list) || list.length === 0 || list.length > EDIT_COUNT_MAX) return undefined;
  const edits = list.map(decodeEdit).filter((edit) => edit !== undefined);
  const sizeBytes = edits.reduce((sum, edit) => sum + (edit.kind === 'memory' ? edit.bytes.length : 0), 0);
  return edits.length === list.length && sizeBytes <= EDIT_BYTES_MAX ? { isBehind, edits } : undefined;
}

function decodeEdit(value: unknown): MachineEdit | undefined {
  const [kindIndex, first, second] = Array.isArray(value) ? (value as unknown[]) : [];
  switch (typeof kindIndex === 'number' ? KINDS[kindIndex] : undefined) {
    case 'memory':
      return isAddress(first) && second instanceof Uint8Array && second.length > 0 ? { kind: 'memory', gpa: first, bytes: second } : undefined;
    case 'register': {
      const word = decodeWord(second);
      const isRegister = typeof first === 'number' && Number.isInteger(first) && first > 0 && first <= REGISTER_MAX;
      return isRegister && word !== undefined ? { kind: 'register', register: first, value: word } : undefined;
    }
    case 'pc': {
      const word = decodeWord(first);
      return word !== undefined && (word & 1n) === 0n ? { kind: 'pc', value: word } : undefined;
    }
    case undefined:
      return undefined;
  }
}

function isAddress(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= DRAM_BASE;
}

function decodeWord(value: unknown): bigint | undefined {
  return typeof value === 'string' && /^[0-9a-f]{1,16}$/.test(value) ? BigInt(`0x${value}`) : undefined;
}
