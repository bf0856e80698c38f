/** Registers as scopes and as expressions: integer, floating-point, control and status. */
import { csrName, csrNumber, floatRegisterNames, floatRegisterNumber, integerRegisterNames, integerRegisterNumber } from '../emulator/index.ts';
import type { Inspection } from '../emulator/index.ts';
import type { Item } from './item.ts';
import type { Frame } from './symbols/frames.ts';

const FLOAT_BASE = 32;
/** CSRs worth a row of their own: what an engineer looks at first, by mode. */
const SHOWN_CSRS = ['mstatus', 'mtvec', 'mepc', 'mcause', 'mtval', 'mie', 'mip', 'mscratch', 'medeleg', 'mideleg', 'stvec', 'sepc', 'scause', 'stval',
  'sscratch', 'sie', 'sip', 'satp', 'mcounteren', 'scounteren', 'fcsr', 'cycle', 'time', 'instret', 'mhartid', 'misa'];

function hex(value: bigint): string {
  return `0x${value.toString(16).padStart(16, '0')}`;
}

/** In a caller's frame, registers that no unwind information recovers are not known. */
function rowOf(name: string, value: bigint | undefined): Item {
  return value === undefined ? { name, value: '<not saved>', isReadOnly: true } : { name, value: hex(value), evaluateName: `$${name}`, type: 'unsigned long' };
}

function integerRow(index: number, frame: Frame): Item {
  return rowOf(integerRegisterNames[index] ?? `x${index}`, index === 0 ? 0n : frame.register(index));
}

function floatRow(index: number, frame: Frame): Item {
  const name = floatRegisterNames[index] ?? `f${index}`;
  const bits = frame.register(FLOAT_BASE + index);
  if (bits === undefined) return rowOf(name, bits);
  const view = new DataView(new ArrayBuffer(8));
  view.setBigUint64(0, bits);
  const isSingle = bits >> 32n === 0xffff_ffffn;
  const value = isSingle ? `${view.getFloat32(4)}f` : `${view.getFloat64(0)}`;
  return { name, value: `${value} (${hex(bits)})`, evaluateName: `$${name}`, type: isSingle ? 'float' : 'double' };
}

function csrRow(name: string, inspect: Inspection): Item | undefined {
  const number = csrNumber(name);
  const value = number === undefined ? undefined : inspect.csr(number);
  return value === undefined ? undefined : { ...rowOf(name, value), isReadOnly: true };
}

export const registerGroups: readonly { readonly name: string; readonly items: (inspect: Inspection, frame: Frame) => Item[] }[] = [
  {
    name: 'Registers',
    items: (inspect, frame) => [
      rowOf('pc', frame.pc),
      { name: 'mode', value: { U: 'user', S: 'supervisor', M: 'machine' }[inspect.privilege], isReadOnly: true },
      ...integerRegisterNames.map((_, index) => integerRow(index, frame)),
    ],
  },
  { name: 'Floating-Point Registers', items: (_, frame) => floatRegisterNames.map((_name, index) => floatRow(index, frame)) },
  { name: 'CSRs', items: (inspect) => SHOWN_CSRS.map((name) => csrRow(name, inspect)).filter((row) => row !== undefined) },
];

/** `$a0`, `$x10`, `$pc`, `$mstatus`; undefined if the expression is no register. */
export function registerValue(expression: string, inspect: Inspection, frame: Frame): Item | undefined {
  const name = /^\s*\$([a-z]\w*)\s*$/.exec(expression)?.[1];
  if (name === undefined) return undefined;
  if (name === 'pc') return rowOf('pc', frame.pc);
  const integer = integerRegisterNumber(name);
  if (integer !== undefined) return integerRow(integer, frame);
  const float = floatRegisterNumber(name);
  if (float !== undefined) return floatRow(float, frame);
  const number = csrNumber(name);
  return number === undefined ? undefined : csrRow(csrName(number) ?? name, inspect);
}
