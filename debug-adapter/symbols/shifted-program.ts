/** A program that also runs elsewhere than where it is linked: a kernel, before it turns on address translation. */
import type { UnwindFrame, Unwound } from '../dwarf/unwind.ts';
import type { SourceLocation } from '../dwarf/line-index.ts';
import type { ReadMemory } from '../dwarf/reader.ts';
import type { Frame } from './frames.ts';
import type { CodeSymbols, Program, ProgramFunction } from './program.ts';
import type { ProgramSymbol, SymbolHit } from './symbol-table.ts';
import type { Variable } from './variables.ts';

export class ShiftedProgram implements CodeSymbols {
  readonly #program: Program;
  /** From an address where it runs to the one where it is linked. */
  readonly #shift: bigint;

  constructor(program: Program, shift: bigint) {
    this.#program = program;
    this.#shift = shift;
  }

  #linked(address: bigint): bigint {
    return BigInt.asUintN(64, address + this.#shift);
  }

  #here(address: bigint): bigint {
    return BigInt.asUintN(64, address - this.#shift);
  }

  isCode(address: bigint): boolean {
    return this.#program.isCode(this.#linked(address));
  }

  symbolAt(address: bigint): SymbolHit | undefined {
    // Addresses that mean data or nothing are everywhere: only code is known by its other address.
    const hit = this.isCode(address) ? this.#program.symbolAt(this.#linked(address)) : undefined;
    return hit && { ...hit, symbol: { ...hit.symbol, address: this.#here(hit.symbol.address) } };
  }

  symbol(): undefined {
    return undefined;
  }

  functions(name: string): ProgramSymbol[] {
    return this.#program.functions(name).map((symbol) => ({ ...symbol, address: this.#here(symbol.address) }));
  }

  location(address: bigint): SourceLocation | undefined {
    return this.#program.location(this.#linked(address));
  }

  functionAt(address: bigint): ProgramFunction | undefined {
    const found = this.#program.functionAt(this.#linked(address));
    return found && { name: found.name, low: this.#here(found.low), high: this.#here(found.high), prologueEnd: this.#here(found.prologueEnd) };
  }

  statementAddresses(low: bigint, high: bigint): bigint[] {
    return this.#program.statementAddresses(this.#linked(low), this.#linked(high)).map((address) => this.#here(address));
  }

  /** Lines are asked for where the program is linked. */
  sourceMatch(): { exact: false; components: 0 } {
    return { exact: false, components: 0 };
  }

  breakpointAddresses(_path: string, line: number): { line: number; addresses: bigint[] } {
    return { line, addresses: [] };
  }

  unwind(frame: UnwindFrame, memory: ReadMemory): Unwound {
    const { cfa, caller } = this.#program.unwind({ ...frame, pc: this.#linked(frame.pc) }, (address, sizeBytes) =>
      memory(this.#program.isCode(address) ? this.#here(address) : address, sizeBytes));
    return { cfa, caller };
  }

  describe(lookupPc: bigint): { name: string; location: SourceLocation | undefined } {
    return this.#program.describe(this.#linked(lookupPc));
  }

  variables(frame: Frame, scope: 'locals' | 'globals'): Variable[] {
    return this.#program.variables({ ...frame, lookupPc: this.#linked(frame.lookupPc) }, scope);
  }

  evaluate(path: string, frame: Frame): Variable {
    return this.#program.evaluate(path, { ...frame, lookupPc: this.#linked(frame.lookupPc) });
  }
}
