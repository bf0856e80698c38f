/** What an exception says, decoded: what was done, where, and why it could not be. */
import { decode, disassemble, instructionTable, instructionWord } from '../emulator/index.ts';
import type { Inspection, RunStop } from '../emulator/index.ts';
import { formatAddress } from './arguments.ts';
import { describeCause, interruptName } from './exception-causes.ts';
import { shortPlace } from './listings.ts';
import { walkPageTable } from './page-walk.ts';
import type { Access } from './page-walk.ts';
import type { SymbolSet } from './symbol-set.ts';

type Trap = Extract<RunStop, { reason: 'trap' }>;
type Interrupt = Extract<RunStop, { reason: 'interrupt' }>;

const MODES = { U: 'user', S: 'supervisor', M: 'machine' } as const;
const ACCESSES: Readonly<Record<number, Access>> = { 1: 'fetch', 12: 'fetch', 5: 'load', 13: 'load', 7: 'store', 15: 'store' };
const A0 = 10;
const A7 = 17;

/** Sentences, one a line. The machine stands before the instruction that traps. */
export function explainTrap({ cause, pc, value }: Trap, inspect: Inspection, symbols: SymbolSet): string {
  return [
    `${describeCause(cause, value)}.`,
    `Instruction: ${instructionWords(inspect, pc, symbols)}, in ${MODES[inspect.privilege]} mode.`,
    reasonWords(cause, value, inspect),
  ].filter((line) => line !== '').join('\n');
}

/** The machine stands at the first instruction of the handler. */
export function explainInterrupt({ cause, pc }: Interrupt, inspect: Inspection, symbols: SymbolSet): string {
  return `${interruptName(cause)}, handled in ${MODES[inspect.privilege]} mode.\nIt came before: ${instructionWords(inspect, pc, symbols)}.`;
}

/** `ld a5,0(a4) at 0x80000100 <main+12> (main.c:7)`. */
function instructionWords(inspect: Inspection, pc: bigint, symbols: SymbolSet): string {
  const bytes = inspect.readVirtual(pc, 4);
  const raw = instructionWord(bytes);
  const text = bytes.length < 2 ? 'none that can be read' : disassemble(raw, pc, { symbol: (target) => symbols.describe(target) });
  const name = symbols.describe(pc);
  const location = symbols.location(pc);
  return `${text} at ${formatAddress(pc)}${name === undefined ? '' : ` <${name}>`}${location === undefined ? '' : ` (${shortPlace(location)})`}`;
}

function reasonWords(cause: number, value: bigint, inspect: Inspection): string {
  const access = ACCESSES[cause];
  if (access !== undefined) return accessWords(cause, value, access, inspect);
  switch (cause) {
    case 0: return 'Code begins at even addresses.';
    case 2: return illegalWords(value);
    case 4: case 6: return 'Atomic instructions need an address that is a multiple of their size.';
    case 8: case 9: case 11:
      return `Its number, a7, is ${inspect.register(A7)}; a0 to a2 are ${[0, 1, 2].map((index) => formatAddress(inspect.register(A0 + index))).join(', ')}.`;
    default: return '';
  }
}

function illegalWords(value: bigint): string {
  if (value === 0n) return 'These are zeros, not code.';
  const mnemonic = instructionTable[decode(Number(value & 0xffff_ffffn)).index]?.mnemonic;
  return mnemonic === undefined ? 'No instruction of this machine has this encoding.' : `${mnemonic} is an instruction of this machine, but not allowed here: its mode, or a field of mstatus, forbids it.`;
}

function accessWords(cause: number, address: bigint, access: Access, inspect: Inspection): string {
  const walk = walkPageTable(inspect, address, access);
  const isPageFault = cause >= 12;
  if (isPageFault) return walk?.words ?? 'Addresses are not translated any more.';
  const physical = walk === undefined ? address : walk.physical;
  if (physical === undefined) return walk?.words ?? '';
  const there = inspect.readPhysical(physical, 1).length > 0 ? 'Memory is there, so physical memory protection (PMP) forbids it.' : 'There is no memory at this physical address; a device may be, which then refuses such an access.';
  return walk === undefined ? there : `${walk.words} ${there}`;
}
