/** The code of one function as steps see it: where statements begin, where it calls and where it is left. */
import type { Inspection } from '../../emulator/index.ts';
import type { AddressRange } from '../dwarf/lists.ts';
import type { SymbolSet } from '../symbol-set.ts';
import type { InlinedCall } from '../symbols/frames.ts';
import type { ProgramFunction } from '../symbols/program.ts';
import { instructionIn, nextAddress } from './instructions.ts';
import type { Instruction } from './instructions.ts';

/** What a step is over. */
export type StepUnit = 'line' | 'statement';

/** A place where a statement begins. */
export interface Statement {
  readonly address: bigint;
  /** The line, or the line and column: the step goes on while this stays the same. */
  readonly key: string;
  /** The inlined calls around it, outermost first, each as `name@entry/`: '' in the function itself. */
  readonly chain: string;
}

export interface FunctionCode {
  readonly name: string;
  /** Where calls arrive. */
  readonly entry: bigint;
  /** Where a step into it stops: behind the prologue. */
  readonly bodyStart: bigint;
  /** Contiguous parts; the one with the entry first. */
  readonly parts: readonly AddressRange[];
  /** Of the parts, as they were when they were read. */
  readonly bytes: readonly Uint8Array[];
  readonly statements: ReadonlyMap<bigint, Statement>;
  readonly calls: ReadonlyMap<bigint, Instruction>;
  /** Jumps that may leave the function for good: tail calls. */
  readonly exits: ReadonlyMap<bigint, Instruction>;
  readonly trapReturns: ReadonlySet<bigint>;
  /** Jumps and branches to the entry. */
  readonly entryBranches: ReadonlySet<bigint>;
  /** Where direct jumps and branches arrive. */
  readonly joins: ReadonlySet<bigint>;
  /** Assembly source: lines are instructions, and nobody keeps the rules of a compiler. */
  readonly isAssembly: boolean;
}

const FUNCTION_SIZE_MAX = 1 << 20;

/** Names a frame of a call by the inlined calls that lead to it, given from the innermost outwards; empty for the function itself. */
export function chainOf(calls: readonly Pick<InlinedCall, 'name' | 'entry'>[]): string {
  return calls.map(({ name, entry }) => `${name}@${entry.toString(16)}/`).reverse().join('');
}

export function chainAt(symbols: SymbolSet, address: bigint): string {
  return chainOf(symbols.inlinedAt(address));
}

function lazily<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined;
  return () => (made ??= { value: make() }).value;
}

function isSame(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}

function isAssembly(symbols: SymbolSet, address: bigint): boolean {
  return /\.(s|asm)$/i.test(symbols.location(address)?.path ?? '');
}

export function contains({ parts }: FunctionCode, address: bigint): boolean {
  return parts.some(({ low, high }) => address >= low && address < high);
}

/** The function's first instructions, where parameters are not in their places yet. */
export function isPrologue({ entry, bodyStart }: FunctionCode, address: bigint): boolean {
  return address >= entry && address < bodyStart;
}

/** The statement that is executed at `address` if it was come to from above, and not by a jump; undefined if that is not certain. */
export function statementAround({ parts, statements, joins }: FunctionCode, address: bigint): Statement | undefined {
  const low = parts.find((part) => address >= part.low && address < part.high)?.low ?? address;
  for (let at = address; at >= low; at -= 2n) {
    const statement = statements.get(at);
    if (statement !== undefined) return statement;
    if (joins.has(at)) return undefined;
  }
  return undefined;
}

/** Functions that were read already, for all steps of a session. */
const read = new WeakMap<SymbolSet, Map<StepUnit, FunctionCode[]>>();
const READ_MAX = 256;

/** Functions of a program, read when first asked for. */
export class FunctionCodes {
  readonly #inspect: Inspection;
  readonly #symbols: SymbolSet;
  readonly #unit: StepUnit;
  /** Those whose code was seen to be what it was when it was read: code may change. */
  readonly #known: FunctionCode[] = [];
  readonly #hasLines = new Map<bigint, boolean>();

  constructor(inspect: Inspection, symbols: SymbolSet, unit: StepUnit) {
    this.#inspect = inspect;
    this.#symbols = symbols;
    this.#unit = unit;
  }

  at(address: bigint): FunctionCode | undefined {
    const known = this.#known.find((code) => contains(code, address));
    if (known !== undefined) return known;
    const code = this.#readBefore(address) ?? this.#read(address);
    if (code !== undefined) this.#known.push(code);
    return code;
  }

  #readBefore(address: bigint): FunctionCode | undefined {
    const code = read.get(this.#symbols)?.get(this.#unit)?.find((each) => contains(each, address));
    return code?.bytes.every((before, index) => isSame(before, this.#bytesOf(code.parts[index]))) === true ? code : undefined;
  }

  #keep(code: FunctionCode): FunctionCode {
    const byUnit = read.get(this.#symbols) ?? new Map<StepUnit, FunctionCode[]>();
    const others = (byUnit.get(this.#unit) ?? []).filter(({ entry }) => entry !== code.entry).slice(-READ_MAX);
    byUnit.set(this.#unit, [...others, code]);
    read.set(this.#symbols, byUnit);
    return code;
  }

  #bytesOf(part: AddressRange | undefined): Uint8Array {
    return part === undefined ? new Uint8Array(0) : this.#inspect.readVirtual(part.low, Math.min(Number(part.high - part.low), FUNCTION_SIZE_MAX));
  }

  /** A step enters the function that begins there. */
  hasLines(entry: bigint): boolean {
    let has = this.#hasLines.get(entry);
    if (has === undefined) {
      const owner = this.#symbols.functionAt(entry);
      has = owner !== undefined && this.#symbols.location(owner.prologueEnd) !== undefined;
      this.#hasLines.set(entry, has);
    }
    return has;
  }

  /** The line, or the statement, that an address belongs to. */
  keyAt(address: bigint): string | undefined {
    const location = this.#symbols.location(address);
    if (location === undefined) return undefined;
    const line = `${location.path}:${location.line}`;
    return this.#unit === 'line' ? line : `${line}:${location.column}`;
  }

  /** Where statements begin, without what a step through them has to know. */
  statementAddresses({ parts }: FunctionCode): bigint[] {
    return parts.flatMap(({ low, high }) => this.#symbols.statementAddresses(low, high));
  }

  #read(address: bigint): FunctionCode | undefined {
    const found = this.#symbols.functionAt(address);
    if (found === undefined) return undefined;
    const { name } = found;
    const parts = this.#parts(found);
    const [{ low: entry, prologueEnd: bodyStart }] = parts;
    const bytes = parts.map((part) => this.#bytesOf(part));
    const statements = lazily(() => this.#statements(parts, bodyStart));
    const jumps = lazily(() => this.#jumps(entry, parts));
    return this.#keep({
      name, entry, bodyStart, parts, bytes, isAssembly: isAssembly(this.#symbols, entry),
      get statements() { return statements(); },
      get calls() { return jumps().calls; },
      get exits() { return jumps().exits; },
      get trapReturns() { return jumps().trapReturns; },
      get entryBranches() { return jumps().entryBranches; },
      get joins() { return jumps().joins; },
    });
  }

  /** Code that is hardly ever executed is put elsewhere, as `name.cold`. */
  #parts(found: ProgramFunction): [ProgramFunction, ...ProgramFunction[]] {
    const { name, low } = found;
    const isCold = this.#symbols.symbolAt(low)?.symbol.name === `${name}.cold`;
    const symbol = this.#symbols.symbol(isCold ? name : `${name}.cold`);
    const other = symbol && this.#symbols.functionAt(symbol.address);
    if (other?.name !== name || other.low === low) return [found];
    // Static functions of several files may have the same name.
    const [hot, cold] = isCold ? [other, found] : [found, other];
    const isOne = this.#instructions(hot).some(({ flow, target }) => flow !== 'call' && target !== undefined && target >= cold.low && target < cold.high);
    return isOne ? [hot, cold] : [found];
  }

  #statements(parts: readonly AddressRange[], bodyStart: bigint): Map<bigint, Statement> {
    const addresses = new Set([...parts.flatMap(({ low, high }) => this.#symbols.statementAddresses(low, high)), bodyStart]);
    const statements = new Map<bigint, Statement>();
    for (const address of addresses) {
      const key = this.keyAt(address);
      if (key !== undefined) statements.set(address, { address, key, chain: chainAt(this.#symbols, address) });
    }
    return statements;
  }

  #jumps(entry: bigint, parts: readonly AddressRange[]): Pick<FunctionCode, 'calls' | 'exits' | 'trapReturns' | 'entryBranches' | 'joins'> {
    const calls = new Map<bigint, Instruction>();
    const exits = new Map<bigint, Instruction>();
    const trapReturns = new Set<bigint>();
    const entryBranches = new Set<bigint>();
    const joins = new Set<bigint>();
    const isInside = (target: bigint): boolean => parts.some(({ low, high }) => target >= low && target < high);
    for (const instruction of parts.flatMap((part) => this.#instructions(part))) {
      const { address, flow, target } = instruction;
      if (flow === 'call') calls.set(address, instruction);
      else if (flow === 'trap-return') trapReturns.add(address);
      else if (flow === 'indirect') exits.set(address, instruction);
      if (flow !== 'jump' && flow !== 'branch') continue;
      if (target === undefined || !isInside(target)) exits.set(address, instruction);
      else joins.add(target);
      if (target === entry) entryBranches.add(address);
    }
    return { calls, exits, trapReturns, entryBranches, joins };
  }

  #instructions({ low, high }: AddressRange): Instruction[] {
    const bytes = this.#bytesOf({ low, high });
    const instructions: Instruction[] = [];
    for (let at = low; at < high;) {
      const instruction = instructionIn(bytes, Number(at - low), at);
      if (instruction === undefined) break;
      instructions.push(instruction);
      at = nextAddress(instruction);
    }
    return instructions;
  }
}
