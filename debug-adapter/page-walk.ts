/** Why an address does not translate, in words: goes down the page table as the hart does (privileged ISA 20211203, sections 4.3.2, 4.4 and 4.5). */
import { csrNumber } from '../emulator/index.ts';
import type { Inspection } from '../emulator/index.ts';
import { formatAddress } from './arguments.ts';

export type Access = 'fetch' | 'load' | 'store';

const MODES: Readonly<Record<number, { readonly name: string; readonly levels: number }>> = { 8: { name: 'Sv39', levels: 3 }, 9: { name: 'Sv48', levels: 4 }, 10: { name: 'Sv57', levels: 5 } };
const PTE_BYTES = 8;
const V = 1n;
const R = 2n;
const W = 4n;
const X = 8n;
const U = 16n;
const MSTATUS_MPRV = 1n << 17n;
const MSTATUS_SUM = 1n << 18n;
const MSTATUS_MXR = 1n << 19n;

export interface Walk {
  /** One sentence. */
  readonly words: string;
  /** Where the address leads, when it is mapped. */
  readonly physical?: bigint;
}

/** Undefined: addresses are not translated. */
export function walkPageTable(inspect: Inspection, address: bigint, access: Access): Walk | undefined {
  const status = read(inspect, 'mstatus');
  const privilege = effectivePrivilege(inspect, status, access);
  const satp = read(inspect, 'satp');
  const mode = MODES[Number(satp >> 60n)];
  if (privilege === 'M' || mode === undefined) return undefined;
  const { name, levels } = mode;
  const width = 12 + 9 * levels;
  if (BigInt.asUintN(64, BigInt.asIntN(width, address)) !== address) return { words: `${name} has no such address: bits 63 to ${width} are not all the same as bit ${width - 1}.` };
  let table = (satp & ((1n << 44n) - 1n)) << 12n;
  for (let level = levels - 1; level >= 0; level--) {
    const shift = BigInt(12 + 9 * level);
    const entryAddress = table + ((address >> shift) & 0x1ffn) * BigInt(PTE_BYTES);
    const where = `the level ${level} entry of the ${name} page table, at physical ${formatAddress(entryAddress)},`;
    const entry = entryAt(inspect, entryAddress);
    if (entry === undefined) return { words: `${capital(where)} is not in memory.` };
    if ((entry & V) === 0n) return { words: `${capital(where)} is not valid: ${formatAddress(entry)}.` };
    if ((entry & W) !== 0n && (entry & R) === 0n) return { words: `${capital(where)} is reserved, writable but not readable: ${formatAddress(entry)}.` };
    const frame = ((entry >> 10n) & ((1n << 44n) - 1n)) << 12n;
    if ((entry & (R | X)) === 0n) {
      table = frame;
      continue;
    }
    const offset = address & ((1n << shift) - 1n);
    if ((frame & ((1n << shift) - 1n)) !== 0n) return { words: `${capital(where)} maps a large page that is not aligned: ${formatAddress(entry)}.` };
    const refusal = refusalOf(entry, access, privilege, status);
    const physical = frame | offset;
    const mapped = `${where} maps it to physical ${formatAddress(physical)} (${permissions(entry)})`;
    return { words: refusal === undefined ? `${capital(mapped)}.` : `${capital(mapped)}: ${refusal}.`, physical };
  }
  return { words: `The last level of the ${name} page table points to another one.` };
}

function effectivePrivilege(inspect: Inspection, status: bigint, access: Access): 'U' | 'S' | 'M' {
  if (inspect.privilege !== 'M' || access === 'fetch' || (status & MSTATUS_MPRV) === 0n) return inspect.privilege;
  const previous = (status >> 11n) & 3n;
  return previous === 0n ? 'U' : previous === 1n ? 'S' : 'M';
}

function refusalOf(entry: bigint, access: Access, privilege: 'U' | 'S', status: bigint): string | undefined {
  if (privilege === 'U' && (entry & U) === 0n) return 'it is not for user mode';
  if (privilege === 'S' && (entry & U) !== 0n) {
    if (access === 'fetch') return 'supervisor mode never executes pages of user mode';
    if ((status & MSTATUS_SUM) === 0n) return 'it is for user mode, and SUM in sstatus is off';
  }
  if (access === 'fetch') return (entry & X) === 0n ? 'it is not executable' : undefined;
  if (access === 'store') return (entry & W) === 0n ? 'it is not writable' : undefined;
  return (entry & R) !== 0n || ((entry & X) !== 0n && (status & MSTATUS_MXR) !== 0n) ? undefined : 'it is not readable';
}

function permissions(entry: bigint): string {
  return [[R, 'r'], [W, 'w'], [X, 'x'], [U, 'u']].map(([bit, letter]) => ((entry & BigInt(bit ?? 0)) === 0n ? '-' : letter)).join('');
}

function entryAt(inspect: Inspection, address: bigint): bigint | undefined {
  const bytes = inspect.readPhysical(address, PTE_BYTES);
  return bytes.length < PTE_BYTES ? undefined : Buffer.from(bytes).readBigUInt64LE();
}

function read(inspect: Inspection, name: string): bigint {
  const number = csrNumber(name);
  return (number === undefined ? undefined : inspect.csr(number)) ?? 0n;
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
