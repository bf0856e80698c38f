import { UserError } from '../../emulator/user-error.ts';
import { CallFrameTable } from '../dwarf/call-frame.ts';
import { DebugInfo } from '../dwarf/info.ts';
import type { FunctionInfo } from '../dwarf/info.ts';
import { LineIndex } from '../dwarf/line-index.ts';
import type { SourceLocation, SourceMatch } from '../dwarf/line-index.ts';
import type { AddressRange } from '../dwarf/lists.ts';
import { attempt } from '../dwarf/reader.ts';
import type { ReadMemory, Section, Sections } from '../dwarf/reader.ts';
import { hasLocationLists } from '../dwarf/units.ts';
import { lookupAddress, unwind } from '../dwarf/unwind.ts';
import type { UnwindFrame, Unwound } from '../dwarf/unwind.ts';
import { ElfFile } from './elf-file.ts';
import type { ElfSymbol, Inflate } from './elf-file.ts';
import { unwindByFramePointer, unwindThroughTrap } from './frame-pointer.ts';
import { walkStack } from './frames.ts';
import type { Frame, Registers, StackGuide } from './frames.ts';
import { SymbolTable } from './symbol-table.ts';
import type { ProgramSymbol, SymbolHit } from './symbol-table.ts';
import { Variables } from './variables.ts';
import type { Variable } from './variables.ts';

export interface ProgramFunction {
  readonly name: string;
  /** The contiguous part [low, high) that includes the address asked for. */
  readonly low: bigint;
  readonly high: bigint;
  /** Where a function breakpoint stops: after the prologue, when parameters are in their places. */
  readonly prologueEnd: bigint;
}

const MAX_FRAMES = 512;
/** -fpatchable-function-entry: functions begin with that many bytes of nops that debug information leaves out. */
const PATCHABLE_MAX = 16n;
/** Where Linux enters for every trap: what is below on the stack was interrupted. */
const TRAP_ENTRIES: ReadonlySet<string> = new Set(['handle_exception', 'ret_from_exception']);

/** What a program's symbols and debug information are read from. */
export interface SymbolFile extends Sections {
  symbols(): ElfSymbol[];
  /** Ranges of executable sections. */
  codeRanges(): AddressRange[];
}

/** What the debugger asks about code, wherever it runs. */
export interface CodeSymbols extends StackGuide {
  symbolAt(address: bigint): SymbolHit | undefined;
  symbol(name: string): ProgramSymbol | undefined;
  functions(name: string): readonly ProgramSymbol[];
  location(address: bigint): SourceLocation | undefined;
  functionAt(address: bigint): ProgramFunction | undefined;
  statementAddresses(low: bigint, high: bigint): bigint[];
  sourceMatch(path: string): Pick<SourceMatch, 'exact' | 'components'>;
  breakpointAddresses(path: string, line: number): { line: number; addresses: bigint[] };
  variables(frame: Frame, scope: 'locals' | 'globals'): Variable[];
  evaluate(path: string, frame: Frame): Variable;
}

/** A program with its symbols and, when it has them, DWARF 4 or 5: everything that the debugger asks about code and data. */
export class Program implements CodeSymbols {
  readonly name: string;
  readonly #symbols: SymbolTable;
  readonly #codeRanges: readonly AddressRange[];
  readonly #lines: LineIndex;
  readonly #info: DebugInfo;
  readonly #frames: CallFrameTable;
  readonly #variables: Variables;

  /** `name` is for messages. `inflate` is needed for compressed sections only. Throws a UserError when `source` are bytes of no RISC-V ELF64 file. */
  constructor(source: Uint8Array | SymbolFile, name: string, inflate?: Inflate) {
    const file = source instanceof Uint8Array ? new ElfFile(source, name, inflate) : source;
    this.name = name;
    this.#symbols = new SymbolTable(attempt(() => file.symbols(), []));
    this.#codeRanges = file.codeRanges();
    const isCode = (address: bigint): boolean => this.isCode(address);
    const sections = new TolerantSections(file);
    this.#info = new DebugInfo(sections, isCode);
    this.#lines = new LineIndex(sections, this.#info.units, isCode);
    this.#frames = new CallFrameTable(sections, isCode);
    this.#variables = new Variables(this.#info, this.#symbols, isCode);
  }

  /** True inside an executable section. */
  isCode(address: bigint): boolean {
    return this.#codeRanges.some(({ low, high }) => address >= low && address < high);
  }

  get hasDebugInformation(): boolean {
    return this.#info.units.length > 0;
  }

  symbolAt(address: bigint): SymbolHit | undefined {
    return this.#symbols.at(address);
  }

  symbol(name: string): ProgramSymbol | undefined {
    return this.#symbols.named(name);
  }

  /** Every function of the name: in C, each file may have its own. */
  functions(name: string): ProgramSymbol[] {
    return this.#symbols.symbols.filter((symbol) => symbol.name === name && symbol.kind !== 'object' && this.isCode(symbol.address));
  }

  /** All symbols by address (for name completion and symbol lists). */
  get symbols(): readonly ProgramSymbol[] {
    return this.#symbols.symbols;
  }

  location(address: bigint): SourceLocation | undefined {
    return attempt(() => this.#lines.location(address) ?? this.#lines.location(this.#behindNops(address)), undefined);
  }

  /** From the nops at the beginning of a function that can be patched (for tracing) to its first instruction with debug information. */
  #behindNops(address: bigint): bigint {
    const hit = this.isCode(address) ? this.#symbols.at(address) : undefined;
    if (hit?.symbol.kind !== 'function' || hit.offset >= PATCHABLE_MAX) return address;
    for (let at = address + 2n; at <= hit.symbol.address + PATCHABLE_MAX; at += 2n) {
      if (this.#info.functionAt(at)?.ranges.some(({ low }) => low === at) === true) return at;
    }
    return address;
  }

  /** Every source file named by the line tables. */
  sourceFiles(): string[] {
    return this.#lines.sourceFiles();
  }

  /** Which files of the program a path means. With several programs, take the one with `exact`, else most `components`. */
  sourceMatch(path: string): SourceMatch {
    return this.#lines.match(path);
  }

  /**
   * Where to stop for a line: the line that has code (the one asked for or the next that has), and the first address of each of its contiguous runs;
   * empty when the file has no code from that line on. The line that opens a function stops after its prologue.
   */
  breakpointAddresses(path: string, line: number): { line: number; addresses: bigint[] } {
    const found = attempt(() => this.#lines.lineAddresses(path, line), { line, addresses: [] });
    const addresses = found.addresses.map((address) => {
      const info = attempt(() => this.#info.functionAt(address), undefined);
      return info?.ranges.some(({ low }) => low === address) === true ? this.#prologueEnd(info, address) : address;
    });
    return { line: found.line, addresses: [...new Set(addresses)].sort((a, b) => (a < b ? -1 : 1)) };
  }

  /** The contiguous code of the line at `address`: a step over the line ends when pc leaves it. */
  lineRange(address: bigint): AddressRange | undefined {
    return attempt(() => this.#lines.lineRange(address), undefined);
  }

  /** Addresses in [low, high) where a statement begins: where stepping by lines may stop. */
  statementAddresses(low: bigint, high: bigint): bigint[] {
    return attempt(() => this.#lines.statementAddresses(this.#lines.row(low) === undefined ? this.#behindNops(low) : low, high), []);
  }

  functionAt(address: bigint): ProgramFunction | undefined {
    const described = attempt(() => this.#info.functionAt(address) === undefined ? this.#behindNops(address) : address, address);
    const info = attempt(() => this.#info.functionAt(described), undefined);
    const range = info?.ranges.find(({ low, high }) => described >= low && described < high);
    if (info !== undefined && range !== undefined) {
      const isFirst = range === info.ranges[0];
      const prologueEnd = isFirst ? this.#prologueEnd(info, range.low) : range.low;
      return { name: info.name, low: isFirst ? this.#entryOf(range.low) : range.low, high: range.high, prologueEnd };
    }
    const hit = this.isCode(address) ? this.#symbols.at(address) : undefined;
    if (hit === undefined || hit.symbol.kind === 'object') return undefined;
    const { name, address: low, sizeBytes } = hit.symbol;
    const high = sizeBytes > 0 ? low + BigInt(sizeBytes) : this.#symbols.next(address) ?? address + 1n;
    // Assembly has no prologue to skip.
    return { name, low, high, prologueEnd: low };
  }

  /** Where calls of the function whose description begins at `low` arrive: there, or at nops before it. */
  #entryOf(low: bigint): bigint {
    const hit = this.#symbols.at(low);
    return hit?.symbol.kind === 'function' && hit.offset <= PATCHABLE_MAX && this.#info.functionAt(hit.symbol.address) === undefined ? hit.symbol.address : low;
  }

  /** Optimised code describes variables by location lists, which hold from the first instruction on: nothing to skip (as GDB decides). */
  #prologueEnd({ die, ranges }: FunctionInfo, low: bigint): bigint {
    const high = ranges.find((range) => range.low === low)?.high ?? low;
    return hasLocationLists(die.unit) ? low : attempt(() => this.#lines.prologueEnd(low, high), low);
  }

  /** Calls from the innermost outwards. Registers come from `registersOf`. */
  stack(registers: Registers, readMemory: ReadMemory, limit = MAX_FRAMES): Frame[] {
    return walkStack(this, registers, readMemory, Math.min(limit, MAX_FRAMES));
  }

  /** By call frame information; code without any goes by its frame pointer, if it keeps one. */
  unwind(frame: UnwindFrame, memory: ReadMemory): Unwound {
    const lookupPc = lookupAddress(frame);
    const symbol = this.isCode(lookupPc) ? this.#symbols.at(lookupPc)?.symbol : undefined;
    if (symbol !== undefined && TRAP_ENTRIES.has(symbol.name) && !frame.isExact) return unwindThroughTrap(frame, memory);
    if (this.#frames.rulesAt(lookupPc)?.cfa !== undefined) return unwind(this.#frames, frame, memory);
    return unwindByFramePointer(frame, memory, symbol?.address);
  }

  describe(lookupPc: bigint): { name: string; location: SourceLocation | undefined } {
    return { name: this.#nameAt(lookupPc), location: this.location(lookupPc) };
  }

  #nameAt(address: bigint): string {
    const info = attempt(() => this.#info.functionAt(address), undefined);
    return info?.name ?? (this.isCode(address) ? this.#symbols.at(address)?.symbol.name : undefined) ?? `0x${address.toString(16)}`;
  }

  /** Variables in scope at the frame's pc, or the globals of its compile unit. */
  variables(frame: Frame, scope: 'locals' | 'globals'): Variable[] {
    return attempt(() => (scope === 'locals' ? this.#variables.locals(frame) : this.#variables.globals(frame)), []);
  }

  /** The value of `a.b[3]->c`, `*p`, `&x`, `$a0` in a frame; a UserError says what is wrong. */
  evaluate(path: string, frame: Frame): Variable {
    return this.#variables.evaluate(path, frame);
  }
}

/** Sections that cannot be decompressed count as absent; what they hold is then unknown, the rest works. */
class TolerantSections implements Sections {
  readonly #file: Sections;

  constructor(file: Sections) {
    this.#file = file;
  }

  part(name: string, offset: number, sizeBytes: number): Section | undefined {
    return this.#file.part?.(name, offset, sizeBytes);
  }

  sizeBytes(name: string): number | undefined {
    return this.#file.sizeBytes?.(name);
  }

  section(name: string): Section {
    try {
      return this.#file.section(name);
    } catch (error) {
      if (error instanceof UserError) return { name, bytes: new Uint8Array(0), address: 0n };
      throw error;
    }
  }
}
