/** What stands in for source where there is none: the disassembly of a function, one instruction a line. */
import { decode, disassemble, instructionLength, instructionTable, instructionWord } from '../emulator/index.ts';
import type { Inspection } from '../emulator/index.ts';
import { formatAddress } from './arguments.ts';
import type { ProgramFunction } from './symbols/program.ts';
import type { Source, SymbolSet } from './symbol-set.ts';

const SIZE_MAX_BYTES = 128 * 1024;
const REFERENCES_MAX = 10_000;
/** The first line is a title. */
const TITLE_LINES = 1;
const INSTRUCTION_COLUMNS = 48;
const PATH_COMPONENTS = 3;
/** What is shown of code without a name, in bytes. */
const NAMELESS_SIZE = 512n;

/** A function with its code: code that changes (it is patched, or its memory is used for something else) is another listing. */
interface Listing {
  readonly owner: ProgramFunction;
  readonly bytes: Uint8Array;
  readonly starts: readonly bigint[];
}

function namelessAt(low: bigint): ProgramFunction {
  return { name: formatAddress(low), low, high: low + NAMELESS_SIZE, prologueEnd: low };
}

/** What auipc has made, for the next instruction to complete. */
interface UpperPart {
  readonly register: number;
  readonly value: bigint;
}

/** The end of a path, which tells files apart well enough, and the line. */
export function shortPlace({ path, line }: { readonly path: string; readonly line: number }): string {
  return `${path.split('/').slice(-PATH_COMPONENTS).join('/')}:${line}`;
}

export class Listings {
  private readonly all: Listing[] = [];
  private readonly nameless: bigint[] = [];
  /** References of the listings of a function, by its first address. */
  private readonly byLow = new Map<bigint, number[]>();

  /** Where `address` is in the listing of its function; undefined where no function is known or its code cannot be read. */
  placeOf(address: bigint, symbols: SymbolSet, inspect: Inspection): { source: Source; line: number } | undefined {
    const owner = symbols.functionAt(address);
    const reference = owner !== undefined ? this.referenceOf(owner, inspect) : address === inspect.pc ? this.referenceFrom(address, inspect) : undefined;
    const listing = reference === undefined ? undefined : this.all[reference - 1];
    if (reference === undefined || listing === undefined) return undefined;
    const after = listing.starts.findIndex((start) => start > address);
    const index = (after < 0 ? listing.starts.length : after) - 1;
    return index < 0 ? undefined : { source: { name: `${listing.owner.name}.s`, sourceReference: reference }, line: index + 1 + TITLE_LINES };
  }

  /** The address of a line, or of the next that has one. */
  addressOf(reference: number, line: number): { address: bigint; line: number } | undefined {
    const index = Math.max(line - 1 - TITLE_LINES, 0);
    const address = this.all[reference - 1]?.starts[index];
    return address === undefined ? undefined : { address, line: index + 1 + TITLE_LINES };
  }

  /** Lines of a listing that are instructions, from `first` to `last`. */
  linesBetween(reference: number, first: number, last: number): number[] {
    const count = this.all[reference - 1]?.starts.length ?? 0;
    const from = Math.max(first, 1 + TITLE_LINES);
    return Array.from({ length: Math.max(Math.min(last, count + TITLE_LINES) - from + 1, 0) }, (_, index) => from + index);
  }

  /** The text of a listing; undefined for a reference that was not given out. */
  text(reference: number, symbols: SymbolSet): string | undefined {
    const listing = this.all[reference - 1];
    if (listing === undefined) return undefined;
    let lastPlace = '';
    let upper: UpperPart | undefined;
    const lines = listing.starts.map((address) => {
      const at = Number(address - listing.owner.low);
      const bytes = listing.bytes.subarray(at, at + 4);
      const raw = instructionWord(bytes);
      const decoded = decode(raw);
      const text = bytes.length < decoded.length ? '(cut off)' : disassemble(raw, address, { symbol: (target) => symbols.describe(target) });
      const isUpper = instructionTable[decoded.index]?.mnemonic === 'auipc';
      const target = upper !== undefined && !isUpper && decoded.rs1 === upper.register ? symbols.describe(BigInt.asUintN(64, upper.value + BigInt(decoded.imm))) : undefined;
      upper = isUpper ? { register: decoded.rd, value: address + BigInt(decoded.imm) } : undefined;
      const location = symbols.location(address);
      const place = location === undefined ? '' : shortPlace(location);
      const words = [target === undefined ? '' : `<${target}>`, place === lastPlace ? '' : place].filter((word) => word !== '');
      const comment = words.length === 0 ? '' : `# ${words.join('  ')}`;
      lastPlace = place;
      const instruction = `${formatAddress(address)}:  ${text}`;
      return comment === '' ? instruction : `${instruction.padEnd(INSTRUCTION_COLUMNS)}  ${comment}`;
    });
    return [`# ${listing.owner.name}, disassembled: no source is here`, ...lines, ''].join('\n');
  }

  /** Code that no symbol names, from where the machine stands: it goes on in the listing that it began with, while that is right. */
  private referenceFrom(pc: bigint, inspect: Inspection): number | undefined {
    for (const low of this.nameless) {
      const reference = pc >= low && pc < low + NAMELESS_SIZE ? this.referenceOf(namelessAt(low), inspect) : undefined;
      if (reference !== undefined && this.all[reference - 1]?.starts.includes(pc) === true) return reference;
    }
    if (this.nameless.length >= REFERENCES_MAX) return undefined;
    this.nameless.push(pc);
    return this.referenceOf(namelessAt(pc), inspect);
  }

  private referenceOf(owner: ProgramFunction, inspect: Inspection): number | undefined {
    const size = owner.high - owner.low;
    if (size <= 0n) return undefined;
    const bytes = inspect.readVirtual(owner.low, size > SIZE_MAX_BYTES ? SIZE_MAX_BYTES : Number(size));
    const references = this.byLow.get(owner.low) ?? [];
    const known = references.find((reference) => Buffer.compare(this.all[reference - 1]?.bytes ?? bytes, bytes) === 0);
    if (known !== undefined) return known;
    if (bytes.length < 2 || this.all.length >= REFERENCES_MAX) return undefined;
    const starts: bigint[] = [];
    for (let at = 0; at + 2 <= bytes.length; at += instructionLength((bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8))) starts.push(owner.low + BigInt(at));
    const reference = this.all.push({ owner, bytes, starts });
    this.byLow.set(owner.low, [...references, reference]);
    return reference;
  }
}
