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
import { ElfFile } from './elf-file.ts';
import type { Inflate } from './elf-file.ts';
import { walkStack } from './frames.ts';
import type { Frame, Registers } from './frames.ts';
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

/** An ELF program with its symbols and, when it has them, DWARF 4 or 5: everything that the debugger asks about code and data. */
export class Program {
  readonly name: string;
  readonly #symbols: SymbolTable;
  readonly #codeRanges: readonly AddressRange[];
  readonly #lines: LineIndex;
  readonly #info: DebugInfo;
  readonly #frames: CallFrameTable;
  readonly #variables: Variables;

  /** `name` is for messages. `inflate` is needed for compressed sections only. Throws a UserError when `bytes` is no RISC-V ELF64 file. */
  constructor(bytes: Uint8Array, name: string, inflate?: Inflate) {
    const file = new ElfFile(bytes, name, inflate);
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

  /** All symbols by address (for name completion and symbol lists). */
  get symbols(): readonly ProgramSymbol[] {
    return this.#symbols.symbols;
  }

  location(address: bigint): SourceLocation | undefined {
    return attempt(() => this.#lines.location(address), undefined);
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
    return attempt(() => this.#lines.statementAddresses(low, high), []);
  }

  functionAt(address: bigint): ProgramFunction | undefined {
    const info = attempt(() => this.#info.functionAt(address), undefined);
    const range = info?.ranges.find(({ low, high }) => address >= low && address < high);
    if (info !== undefined && range !== undefined) {
      const prologueEnd = range === info.ranges[0] ? this.#prologueEnd(info, range.low) : range.low;
      return { name: info.name, low: range.low, high: range.high, prologueEnd };
    }
    const hit = this.isCode(address) ? this.#symbols.at(address) : undefined;
    if (hit === undefined || hit.symbol.kind === 'object') return undefined;
    const { name, address: low, sizeBytes } = hit.symbol;
    const high = sizeBytes > 0 ? low + BigInt(sizeBytes) : this.#symbols.next(address) ?? address + 1n;
    // Assembly has no prologue to skip.
    return { name, low, high, prologueEnd: low };
  }

  /** Optimised code describes variables by location lists, which hold from the first instruction on: nothing to skip (as GDB decides). */
  #prologueEnd({ die, ranges }: FunctionInfo, low: bigint): bigint {
    const high = ranges.find((range) => range.low === low)?.high ?? low;
    return hasLocationLists(die.unit) ? low : attempt(() => this.#lines.prologueEnd(low, high), low);
  }

  /** Calls from the innermost outwards. Registers come from `registersOf`. */
  stack(registers: Registers, readMemory: ReadMemory, limit = MAX_FRAMES): Frame[] {
    return walkStack(this.#frames, registers, readMemory, Math.min(limit, MAX_FRAMES), (address) => this.isCode(address), (lookupPc) => ({
      name: this.#nameAt(lookupPc), location: this.location(lookupPc),
    }));
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
  readonly #file: ElfFile;

  constructor(file: ElfFile) {
    this.#file = file;
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
