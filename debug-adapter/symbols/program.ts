import { CallFrameTable } from '../dwarf/call-frame.ts';
import { DebugInfo } from '../dwarf/info.ts';
import type { FunctionInfo, InlinedInfo } from '../dwarf/info.ts';
import { LineIndex } from '../dwarf/line-index.ts';
import type { SourceLocation, SourceMatch } from '../dwarf/line-index.ts';
import type { AddressRange } from '../dwarf/lists.ts';
import { attempt } from '../dwarf/reader.ts';
import type { ReadMemory } from '../dwarf/reader.ts';
import type { StorageEdit } from '../dwarf/storage.ts';
import { hasLocationLists } from '../dwarf/units.ts';
import { cfaReader, lookupAddress, unwind } from '../dwarf/unwind.ts';
import type { UnwindFrame, Unwound } from '../dwarf/unwind.ts';
import type { Completion } from '../expressions/completion.ts';
import type { AddressSpace } from './address-space.ts';
import { FunctionCopies } from './copies.ts';
import { EntryValues } from './entry-values.ts';
import { ElfFile } from './elf-file.ts';
import type { Inflate } from './elf-file.ts';
import { unwindByFramePointer, unwindThroughTrap } from './frame-pointer.ts';
import { walkStack } from './frames.ts';
import type { CodePlace, Frame, InlinedCall, Registers, StackGuide } from './frames.ts';
import { FunctionNames } from './function-index.ts';
import { LoadedSections } from './loaded-sections.ts';
import type { SymbolFile } from './loaded-sections.ts';
import { splitNotice } from './split-units.ts';
import { SymbolTable } from './symbol-table.ts';
import type { ProgramSymbol, SymbolHit } from './symbol-table.ts';
import { Variables } from './variables.ts';
import type { Condition, Variable } from './variables.ts';

export type { SymbolFile } from './loaded-sections.ts';

export interface ProgramFunction {
  readonly name: string;
  /** The contiguous part [low, high) that includes the address asked for. */
  readonly low: bigint;
  readonly high: bigint;
  /** Where a function breakpoint stops: after the prologue, when parameters are in their places. */
  readonly prologueEnd: bigint;
}

/** Where and when a program is in memory, other than always as it is linked. */
export interface Placement {
  /** How much further up it was loaded than it is linked, modulo 2^64. */
  readonly bias?: bigint;
  /** It counts only in this address space. */
  readonly space?: AddressSpace;
  /** The same program, from the same file, at its other place; that one is meant where a name is asked for. */
  readonly copyOf?: Program;
  /** Its file. */
  readonly path?: string;
}

const MAX_FRAMES = 512;
const KNOWN_MAX = 4_096;
/** -fpatchable-function-entry: functions begin with that many bytes of nops that debug information leaves out. */
const PATCHABLE_MAX = 16n;
/** Where Linux enters for every trap: what is below on the stack was interrupted. */
const TRAP_ENTRIES: ReadonlySet<string> = new Set(['handle_exception', 'ret_from_exception']);

/** A program with its symbols and, when it has them, DWARF 4 or 5: everything that the debugger asks about code and data. All of it is read when it is first asked for. */
export class Program implements StackGuide {
  readonly name: string;
  readonly placement: Placement;
  readonly #sections: LoadedSections;
  readonly #symbols: SymbolTable;
  readonly #codeRanges: readonly AddressRange[];
  /** What was asked lately: a stop has the calls of the one before. */
  readonly #places = new Map<bigint, CodePlace>();
  readonly #extents = new Map<bigint, AddressRange>();
  #parts: Parts | undefined;

  /** `name` is for messages. `inflate` is needed for compressed sections only. Throws a UserError when `source` are bytes of no RISC-V ELF64 file. */
  constructor(source: Uint8Array | SymbolFile, name: string, inflate?: Inflate, placement: Placement = {}) {
    const file = source instanceof Uint8Array ? new ElfFile(source, name, inflate) : source;
    const { bias = 0n, copyOf } = placement;
    this.name = name;
    this.placement = placement;
    this.#symbols = new SymbolTable(copyOf === undefined ? attempt(() => file.symbols(), []) : copyOf.#symbols, bias);
    this.#sections = new LoadedSections(file, bias);
    this.#codeRanges = this.#sections.codeRanges();
  }

  get #dwarf(): Parts {
    this.#parts ??= new Parts(this.#sections, this.#symbols, (address) => this.isCode(address));
    return this.#parts;
  }

  get #info(): DebugInfo {
    return this.#dwarf.info;
  }

  get #lines(): LineIndex {
    return this.#dwarf.lines;
  }

  /** True inside an executable section. */
  isCode(address: bigint): boolean {
    return this.#codeRanges.some(({ low, high }) => address >= low && address < high);
  }

  get codeRanges(): readonly AddressRange[] {
    return this.#codeRanges;
  }

  get hasDebugInformation(): boolean {
    return this.#info.units.length > 0;
  }

  /** `DWARF 5`, or what there is without debug information. */
  get symbolStatus(): string {
    const version = this.#info.units[0]?.version;
    return version !== undefined ? `DWARF ${version}` : this.#symbols.symbols.length > 0 ? 'symbol table only' : 'no symbols';
  }

  /** What cannot be read of the program, in sentences for the user. */
  notices(): string[] {
    return [splitNotice(this.name, this.#sections, () => this.#info.units)].filter((notice) => notice !== undefined);
  }

  symbolAt(address: bigint): SymbolHit | undefined {
    // Addresses that mean data or nothing are everywhere: only code is known by its other address.
    return this.placement.copyOf === undefined || this.isCode(address) ? this.#symbols.at(address) : undefined;
  }

  symbol(name: string): ProgramSymbol | undefined {
    return this.placement.copyOf === undefined ? this.#symbols.named(name) : undefined;
  }

  /** Every function of the name: in C, each file may have its own; in C++ and Rust, the last scopes of a name are enough. */
  functions(name: string): readonly ProgramSymbol[] {
    const symbols = this.#symbols.allNamed(name).filter((symbol) => symbol.kind !== 'object' && this.isCode(symbol.address));
    const described = this.#symbols.hasMangled ? this.#dwarf.names.find(name) : [];
    return [...symbols, ...described.filter(({ address }) => !symbols.some((symbol) => symbol.address === address))];
  }

  /** Where code of functions of the name begins elsewhere: calls that were inlined, and copies that were made for certain arguments. */
  functionCopies(name: string): bigint[] {
    const known = this.functions(name).map(({ address }) => address);
    return this.#dwarf.copies.find(name, known).filter((address) => !known.includes(address));
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
    const end = this.#endOf(hit.symbol, address);
    for (let at = address + 2n; at <= hit.symbol.address + PATCHABLE_MAX && at < end; at += 2n) {
      if (this.#info.functionAt(at)?.ranges.some(({ low }) => low === at) === true) return at;
    }
    return address;
  }

  /** Every source file named by the line tables. */
  sourceFiles(): string[] {
    return this.placement.copyOf === undefined ? this.#lines.sourceFiles() : [];
  }

  /** Which files of the program a path means. With several programs, take the one with `exact`, else most `components`. */
  sourceMatch(path: string): SourceMatch {
    return this.placement.copyOf === undefined ? this.#lines.match(path) : { paths: [], components: 0, exact: false };
  }

  /**
   * Where to stop for a line: the line that has code (the one asked for or the next that has), and the first address of each of its contiguous runs;
   * empty when the file has no code from that line on. The line that opens a function stops after its prologue.
   */
  breakpointAddresses(path: string, line: number): { line: number; addresses: bigint[] } {
    const found = attempt(() => this.#lines.lineAddresses(path, line), { line, addresses: [] });
    const addresses = found.addresses.map((address) => this.#behindPrologue(address));
    return { line: found.line, addresses: [...new Set(addresses)].sort((a, b) => (a < b ? -1 : 1)) };
  }

  /** Every place in the lines [line, endLine] where a statement begins, as `breakpointAddresses` places breakpoints. */
  breakpointLocations(path: string, line: number, endLine: number): { line: number; column: number; addresses: bigint[] }[] {
    const found = attempt(() => this.#lines.statementsIn(path, line, endLine), []);
    return found.map(({ addresses, ...place }) => ({ ...place, addresses: [...new Set(addresses.map((address) => this.#behindPrologue(address)))] }));
  }

  #behindPrologue(address: bigint): bigint {
    const info = attempt(() => this.#info.functionAt(address), undefined);
    return info?.ranges.some(({ low }) => low === address) === true ? this.#prologueEnd(info, address) : address;
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
      return { name: info.fullName, low: isFirst ? this.#entryOf(range.low) : range.low, high: range.high, prologueEnd };
    }
    const hit = this.isCode(address) ? this.#symbols.at(address) : undefined;
    if (hit === undefined || hit.symbol.kind === 'object') return undefined;
    const { name, address: low } = hit.symbol;
    // Assembly has no prologue to skip.
    return { name, low, high: this.#endOf(hit.symbol, address), prologueEnd: low };
  }

  /** Where the code of a symbol ends: by its size, else at the first symbol behind `address`. */
  #endOf({ address: low, sizeBytes }: ProgramSymbol, address = low): bigint {
    return sizeBytes > 0 ? low + BigInt(sizeBytes) : this.#symbols.next(address) ?? address + 1n;
  }

  /** The code of the function at an address. */
  extentAt(address: bigint): AddressRange | undefined {
    const known = this.#extents.get(address);
    if (known !== undefined) return known;
    const described = attempt(() => this.#info.functionAt(address)?.ranges.find(({ low, high }) => address >= low && address < high), undefined);
    const symbol = described === undefined && this.isCode(address) ? this.#symbols.at(address)?.symbol : undefined;
    const extent = described ?? (symbol === undefined || symbol.kind === 'object' ? undefined : { low: symbol.address, high: this.#endOf(symbol, address) });
    if (this.#extents.size >= KNOWN_MAX) this.#extents.clear();
    if (extent !== undefined) this.#extents.set(address, extent);
    return extent;
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
    const { frames } = this.#dwarf;
    if (frames.rulesAt(lookupPc)?.cfa !== undefined) return unwind(frames, frame, memory);
    return unwindByFramePointer(frame, memory, symbol?.address, symbol && this.#endOf(symbol));
  }

  describe(lookupPc: bigint): CodePlace {
    let place = this.#places.get(lookupPc);
    if (place === undefined) {
      const info = attempt(() => this.#info.functionAt(lookupPc), undefined);
      const name = info?.fullName ?? (this.isCode(lookupPc) ? this.#symbols.at(lookupPc)?.symbol.name : undefined) ?? `0x${lookupPc.toString(16)}`;
      place = { name, location: this.location(lookupPc), inlined: this.#inlinedIn(info, lookupPc) };
      if (this.#places.size >= KNOWN_MAX) this.#places.clear();
      this.#places.set(lookupPc, place);
    }
    return place;
  }

  entryValue(calleePc: bigint, caller: UnwindFrame, memory: ReadMemory, expression: Uint8Array): bigint | undefined {
    return this.#dwarf.entryValues.read(calleePc, caller, memory, expression, (frame) => this.unwind(frame, memory));
  }

  /** Calls that were inlined around an address, innermost first. */
  inlinedAt(address: bigint): readonly InlinedCall[] {
    return this.#inlinedIn(attempt(() => this.#info.functionAt(address), undefined), address);
  }

  #inlinedIn(info: FunctionInfo | undefined, address: bigint): readonly InlinedCall[] {
    if (info === undefined) return [];
    return this.#info.inlinedAt(info, address).map((found) => ({ ...found, call: this.#callLocation(found) }));
  }

  #callLocation({ die, call }: InlinedInfo): SourceLocation | undefined {
    const path = call && this.#lines.file(die.unit, call.file);
    return call === undefined || path === undefined ? undefined : { path, line: call.line, column: call.column };
  }

  /** Variables in scope at the frame's pc, or the globals of its compile unit. */
  variables(frame: Frame, scope: 'locals' | 'globals'): Variable[] {
    const { variables } = this.#dwarf;
    return attempt(() => (scope === 'locals' ? variables.locals(frame) : variables.globals(frame)), []);
  }

  /** The parameters of the frame's function or inlined call. */
  parameters(frame: Frame): Variable[] {
    const info = attempt(() => this.#info.functionAt(frame.lookupPc), undefined);
    if (info === undefined) return [];
    const names = this.#info.locals(info, frame.lookupPc, frame.inlined).filter(({ isParameter }) => isParameter).map(({ name }) => name);
    return this.variables(frame, 'locals').filter(({ name }) => names.includes(name));
  }

  /** The value of `a.b[3]->c`, `*p`, `&x`, `$a0` in a frame; a UserError says what is wrong. */
  evaluate(path: string, frame: Frame): Variable {
    return this.#dwarf.variables.evaluate(path, frame);
  }

  /** A condition for code at `address`: resolved once, to be asked often. */
  compileCondition(text: string, address: bigint): Condition {
    return this.#dwarf.variables.compileCondition(text, address);
  }

  /** What to write so that `target` has the value. */
  assignment(target: string, valueText: string, frame: Frame): readonly StorageEdit[] {
    return this.#dwarf.variables.assignment(target, valueText, frame);
  }

  completions(text: string, column: number, frame: Frame): readonly Completion[] {
    return this.#dwarf.variables.completions(text, column, frame);
  }
}

/** What is read of the debug information, each part when it is first needed. */
class Parts {
  readonly info: DebugInfo;
  readonly frames: CallFrameTable;
  readonly names: FunctionNames;
  readonly copies: FunctionCopies;
  readonly variables: Variables;
  readonly entryValues: EntryValues;
  readonly #sections: LoadedSections;
  readonly #isCode: (address: bigint) => boolean;
  #lines: LineIndex | undefined;

  constructor(sections: LoadedSections, symbols: SymbolTable, isCode: (address: bigint) => boolean) {
    this.#sections = sections;
    this.#isCode = isCode;
    this.info = new DebugInfo(sections, isCode);
    this.frames = new CallFrameTable(sections, isCode);
    this.names = new FunctionNames(this.info);
    this.copies = new FunctionCopies(this.info, isCode);
    this.variables = new Variables(this.info, symbols, isCode, (address) => cfaReader(this.frames, address));
    this.entryValues = new EntryValues(this.info, symbols);
  }

  get lines(): LineIndex {
    this.#lines ??= new LineIndex(this.#sections, this.info.units, this.#isCode);
    return this.#lines;
  }
}
