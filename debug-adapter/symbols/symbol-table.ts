import type { ElfSymbol } from './elf-file.ts';

export type SymbolKind = 'function' | 'object' | 'unknown';

export interface ProgramSymbol {
  readonly name: string;
  readonly address: bigint;
  /** 0 when the file does not say. */
  readonly sizeBytes: number;
  readonly kind: SymbolKind;
  readonly isGlobal: boolean;
}

export interface SymbolHit {
  readonly symbol: ProgramSymbol;
  /** Bytes from the symbol's address. */
  readonly offset: bigint;
}

const KINDS: readonly (SymbolKind | undefined)[] = ['unknown', 'object', 'function'];
const STT_GNU_IFUNC = 10;
const SHN_ABSOLUTE = 0xfff1;
/** A symbol without size reaches no further than this (assembly code). */
const MAX_UNSIZED_REACH = 1n << 20n;

/** Symbols by address and by name. Mapping symbols ($x, $d), local labels (.L) and symbols of files and sections are left out. */
export class SymbolTable {
  readonly #linked: LinkedTable;
  /** How much further up the program was loaded than it is linked. */
  readonly #bias: bigint;
  #symbols: readonly ProgramSymbol[] | undefined;

  /** `symbols`: of a file, or of another copy of the program, with which they are shared. */
  constructor(symbols: readonly ElfSymbol[] | SymbolTable, bias = 0n) {
    this.#linked = symbols instanceof SymbolTable ? symbols.#linked : new LinkedTable(symbols);
    this.#bias = bias;
  }

  #here(symbol: ProgramSymbol): ProgramSymbol {
    return this.#bias === 0n ? symbol : { ...symbol, address: BigInt.asUintN(64, symbol.address + this.#bias) };
  }

  #asLinked(address: bigint): bigint {
    return BigInt.asUintN(64, address - this.#bias);
  }

  get symbols(): readonly ProgramSymbol[] {
    this.#symbols ??= this.#linked.symbols.map((symbol) => this.#here(symbol));
    return this.#symbols;
  }

  /** Global before local; undefined if there is none of the name. */
  named(name: string): ProgramSymbol | undefined {
    const symbol = this.#linked.byName.get(name);
    return symbol && this.#here(symbol);
  }

  /** Every symbol of the name. */
  allNamed(name: string): ProgramSymbol[] {
    return this.#linked.byName.has(name) ? this.#linked.symbols.filter((symbol) => symbol.name === name).map((symbol) => this.#here(symbol)) : [];
  }

  /** Names of C++ or Rust are among them. */
  get hasMangled(): boolean {
    return this.#linked.hasMangled;
  }

  /** Address of the first symbol after `address`. */
  next(address: bigint): bigint | undefined {
    const found = this.#linked.next(this.#asLinked(address));
    return found === undefined ? undefined : BigInt.asUintN(64, found + this.#bias);
  }

  /** The symbol whose bytes include `address`, else the nearest symbol without size before it. */
  at(address: bigint): SymbolHit | undefined {
    const hit = this.#linked.at(this.#asLinked(address));
    return hit && { ...hit, symbol: this.#here(hit.symbol) };
  }
}

/** At the addresses of the file. */
class LinkedTable {
  readonly symbols: readonly ProgramSymbol[];
  readonly byName = new Map<string, ProgramSymbol>();
  readonly hasMangled: boolean;
  /** Of symbols at one address the last is the best one to show. */
  readonly #addresses: BigUint64Array;
  /** Largest end address among symbols up to each index: bounds the search for one that encloses. */
  readonly #reach: BigUint64Array;

  constructor(symbols: readonly ElfSymbol[]) {
    const kept = symbols.map(toProgramSymbol).filter((symbol) => symbol !== undefined);
    kept.sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : rank(a) - rank(b)));
    this.symbols = kept;
    this.hasMangled = kept.some(({ name }) => name.startsWith('_Z') || name.startsWith('_R'));
    this.#addresses = BigUint64Array.from(kept, ({ address }) => address);
    this.#reach = new BigUint64Array(kept.length);
    let reach = 0n;
    for (const [index, symbol] of kept.entries()) {
      const end = symbol.address + BigInt(symbol.sizeBytes);
      if (end > reach) reach = end;
      this.#reach[index] = reach;
      const known = this.byName.get(symbol.name);
      if (known === undefined || rank(symbol) > rank(known)) this.byName.set(symbol.name, symbol);
    }
  }

  next(address: bigint): bigint | undefined {
    return this.#addresses[this.#after(address)];
  }

  /** Index of the first symbol after `address`. */
  #after(address: bigint): number {
    let low = 0;
    let high = this.#addresses.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#addresses[middle] ?? 0n) <= address) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  at(address: bigint): SymbolHit | undefined {
    let unsized: ProgramSymbol | undefined;
    for (let index = this.#after(address) - 1; index >= 0; index--) {
      const symbol = this.symbols[index];
      if (symbol === undefined) break;
      if (address < symbol.address + BigInt(symbol.sizeBytes)) return { symbol, offset: address - symbol.address };
      if (symbol.sizeBytes === 0 && address - symbol.address <= MAX_UNSIZED_REACH) unsized ??= symbol;
      // Past the end of a sized symbol: what lies before it and has no size ended where it began.
      if ((this.#reach[index] ?? 0n) <= address) break;
    }
    return unsized === undefined ? undefined : { symbol: unsized, offset: address - unsized.address };
  }
}

/** Prefer global to local, typed to untyped, sized to unsized, and names without leading underscores. */
function rank(symbol: ProgramSymbol): number {
  return (symbol.kind === 'unknown' ? 0 : 8) + (symbol.isGlobal ? 4 : 0) + (symbol.sizeBytes > 0 ? 2 : 0) + (symbol.name.startsWith('_') ? 0 : 1);
}

function toProgramSymbol(symbol: ElfSymbol): ProgramSymbol | undefined {
  const kind = symbol.type === STT_GNU_IFUNC ? 'function' : KINDS[symbol.type];
  if (kind === undefined || symbol.sectionIndex === 0 || symbol.sectionIndex === SHN_ABSOLUTE) return undefined;
  if (symbol.name === '' || symbol.name.startsWith('$') || symbol.name.startsWith('.L')) return undefined;
  const sizeBytes = Number.isSafeInteger(symbol.sizeBytes) ? symbol.sizeBytes : 0;
  return { name: symbol.name, address: symbol.address, sizeBytes, kind, isGlobal: symbol.binding !== 0 };
}
