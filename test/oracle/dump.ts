/** What harness.S sends after each case: read, compared, put into words. */
import { disassemble } from '../../emulator/isa/disassembler.ts';
import { floatRegisterNames, integerRegisterNames } from '../../emulator/isa/registers.ts';
import { entryOf, SCRATCH, SCRATCH_PAGES, WINDOW_PAGES } from './memory-plan.ts';
import { scratchBytes } from './program.ts';

const MAGIC = 0x45534143n;
const LOG_VALUE = 0x200n;
const TIMER_INTERRUPT = (1n << 63n) | 7n;
const END = 0xffff_ffff_ffff_ffffn;

const TOO_LONG = 'too long';
const reasons = ['end', 'a jump to where nothing can be fetched', 'too many traps', 'S-mode gave up', TOO_LONG];
const csrs = [
  'fcsr', 'mstatus', 'medeleg', 'mideleg', 'mie', 'mip', 'stvec', 'sscratch', 'sepc', 'scause', 'stval', 'satp', 'mcounteren', 'scounteren', 'senvcfg', 'pmpcfg0',
];

/** What one case left behind: names and values, in an order that puts causes before their effects. */
export interface Dump {
  readonly index: number;
  readonly values: ReadonlyMap<string, string>;
  /** Names of the page-table entries that an atomic found wanting. */
  readonly atomicEntries: ReadonlySet<string>;
}

const MEMORY = 'memory ';
const memoryName = (index: bigint): string => `${MEMORY}${hex(SCRATCH + 8n * index)}`;
/** Where the entry for an address may be if the entry of its superpage has a page of the scratch area for a table. */
const inScratchTables = (va: bigint): string[] => [...new Array(SCRATCH_PAGES).keys()].map((page) => memoryName(BigInt(page) * 512n + ((va >> 12n) & 511n)));
const entryName = (index: number): string => `page-table entry ${index}`;
const hex = (value: bigint): string => `0x${value.toString(16).padStart(16, '0')}`;

class Reader {
  readonly #view: DataView;
  at = 0;

  constructor(bytes: Uint8Array) {
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return Math.floor((this.#view.byteLength - this.at) / 8);
  }

  next(): bigint {
    if (this.left === 0) return 0n;
    this.at += 8;
    return this.#view.getBigUint64(this.at - 8, true);
  }

  count(): number {
    return Math.min(Number(this.next()), this.left);
  }
}

/** What the harness logs for an instruction that can be executed but not read. */
const UNREADABLE = 3;
const ATOMIC_OPCODE = 0x2f;
const LOAD_RESERVED = 2;

/**
 * Excluded: with one hart QEMU 7.2 executes an atomic as a load and a store, and what the load raises are a load's exceptions
 * (its RISCV_UW2_ALWAYS_STORE_AMO came with 8.1). The manual has those of a store for all that writes (unprivileged ISA, 8.4).
 */
function causeOf(cause: bigint, instruction: number): bigint {
  return isWritingAtomic(instruction) && [4n, 5n, 13n].includes(cause) ? cause + 2n : cause;
}

/** Excluded: which of the two it is where a page that an atomic may not write holds an address that nothing answers. QEMU's load meets the address first. */
function causeText(cause: bigint, instruction: number): string {
  if (cause >> 63n) return `interrupt ${cause & 0xffn}`;
  // It may have been an atomic.
  if (instruction === UNREADABLE && [4n, 6n].includes(cause)) return '4 or 6';
  if (instruction === UNREADABLE && [5n, 7n, 13n, 15n].includes(cause)) return '5, 7, 13 or 15';
  return isWritingAtomic(instruction) && [7n, 15n].includes(cause) ? '7 or 15' : String(cause);
}

function isWritingAtomic(instruction: number): boolean {
  return (instruction & 0x7f) === ATOMIC_OPCODE && instruction >>> 27 !== LOAD_RESERVED;
}

/** Log entries: traps and values that snippets logged. */
function readLog(reader: Reader, name: string, isQemu: boolean, values: Map<string, string>, atomicEntries: Set<string>): void {
  const end = reader.at + 8 + 8 * reader.count();
  for (let number = 0; reader.at < end; number++) {
    const source = reader.next();
    if (source === LOG_VALUE) {
      values.set(`${name} ${number}`, `value ${hex(reader.next())}`);
      continue;
    }
    const [loggedCause, epc, tval, status, instruction] = [reader.next(), reader.next(), reader.next(), reader.next(), reader.next()];
    const cause = isQemu ? causeOf(loggedCause, Number(instruction)) : loggedCause;
    const entry = isWritingAtomic(Number(instruction)) ? entryOf(tval) : undefined;
    if (entry !== undefined) atomicEntries.add(entryName(entry));
    if (entry === WINDOW_PAGES) for (const name of inScratchTables(tval)) atomicEntries.add(name);
    const from = `${source & 0x100n ? 'in a snippet, ' : ''}${(source & 0xffn) === 63n ? '' : `vector ${source & 0xffn}, `}`;
    values.set(`${name} ${number}`, `${from}cause ${causeText(cause, Number(instruction))}, epc ${placeText(cause, epc)}, tval ${hex(tval)}, status ${hex(status)}${instruction === 0n ? '' : `, ${disassemble(Number(instruction), epc, { aliases: false })}`}`);
  }
}

/** Excluded: where the timer interrupts. QEMU does not count all instructions that trap, so its time differs after the first trap. */
const placeText = (cause: bigint, epc: bigint): string => (cause === TIMER_INTERRUPT ? 'not compared' : hex(epc));

function readDump(reader: Reader, isQemu: boolean): Omit<Dump, 'index'> {
  const values = new Map<string, string>();
  const reason = Number(reader.next());
  values.set('ended by', reasons[reason] ?? String(reason));
  const instret = reader.next();
  const registers = (names: readonly string[]): void => { for (const name of names) values.set(name, hex(reader.next())); };
  const late = new Map<string, string>([['instructions', instret === END ? 'not compared' : String(instret)]]);
  registers(integerRegisterNames.slice(1));
  registers(floatRegisterNames);
  registers(csrs);
  const logs = new Map<string, string>();
  const atomicEntries = new Set<string>();
  readLog(reader, 'trap', isQemu, logs, atomicEntries);
  readLog(reader, 'S-mode trap', isQemu, logs, atomicEntries);
  const entries = reader.count();
  for (let index = 0; index < entries; index++) late.set(entryName(index), hex(reader.next()));
  for (let index = reader.next(); index !== END && reader.left > 0; index = reader.next()) late.set(memoryName(index), hex(reader.next()));
  return { values: new Map([...logs, ...values, ...late]), atomicEntries };
}

/** The dumps in a console's output. One that is cut off has the values that arrived. */
export function readDumps(bytes: Uint8Array, from: string): Dump[] {
  const reader = new Reader(bytes);
  const dumps: Dump[] = [];
  while (reader.left > 0) {
    if (reader.next() !== MAGIC) break;
    const index = Number(reader.next());
    dumps.push({ index, ...readDump(reader, from === 'QEMU') });
  }
  return dumps;
}

const UNCHANGED = 'nothing';

/** Excluded: A and D of what an atomic found wanting. In QEMU its load has set A, or its store has not set D. */
const withoutAccessedDirty = (entry: string): string => hex(BigInt(entry) & ~0xc0n);

/** What the doubleword of the scratch area was when the case began. */
function originalOf(name: string): string {
  const { buffer, byteOffset } = scratchBytes();
  return hex(new DataView(buffer, byteOffset).getBigUint64(Number(BigInt(name.slice(MEMORY.length)) - SCRATCH), true));
}

function isEqualButAccessedDirty(name: string, ours: string, theirs: string): boolean {
  const [one, other] = [ours, theirs].map((value) => withoutAccessedDirty(value === UNCHANGED ? originalOf(name) : value));
  return one === other;
}

const DIFFERENCES_MAX = 12;

/** How two dumps of one case differ, in lines; empty if they do not. */
export function differences(here: Dump | undefined, qemu: Dump | undefined): string[] {
  if (here === undefined || qemu === undefined) {
    return here === qemu ? [] : [`${here === undefined ? 'here' : 'QEMU'} the case did not end`];
  }
  // A case that loops until its timers end it: QEMU does not count all instructions that trap, so they come elsewhere.
  if ([here, qemu].every(({ values }) => values.get('ended by') === TOO_LONG)) return [];
  const names = [...new Set([...qemu.values.keys(), ...here.values.keys()])];
  const lines = names.flatMap((name) => {
    const [ours, theirs] = [here.values.get(name) ?? UNCHANGED, qemu.values.get(name) ?? UNCHANGED];
    const isEqual = qemu.atomicEntries.has(name) ? ours === theirs || isEqualButAccessedDirty(name, ours, theirs) : ours === theirs;
    return isEqual ? [] : [`${name}: here ${ours}, QEMU ${theirs}`];
  });
  return lines.length <= DIFFERENCES_MAX ? lines : [...lines.slice(0, DIFFERENCES_MAX), `and ${lines.length - DIFFERENCES_MAX} more`];
}
