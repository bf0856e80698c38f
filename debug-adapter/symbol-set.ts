/** The symbols of everything that was loaded: asks each program, and maps paths as compiled to paths here. */
import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { Inspection, StateEdit } from '../emulator/index.ts';
import type { AddressRange } from './dwarf/lists.ts';
import type { ReadMemory } from './dwarf/reader.ts';
import { lookupAddress } from './dwarf/unwind.ts';
import type { Completion } from './expressions/completion.ts';
import { memoryOf } from './symbols/address-space.ts';
import type { AddressSpace } from './symbols/address-space.ts';
import { unwindByFramePointer } from './symbols/frame-pointer.ts';
import { csrByName, registersOf, walkStack } from './symbols/frames.ts';
import type { Frame, InlinedCall, StackGuide } from './symbols/frames.ts';
import { HandlerFlows } from './symbols/handler-flow.ts';
import { Program } from './symbols/program.ts';
import type { ProgramFunction } from './symbols/program.ts';
import type { ProgramSymbol, SymbolHit } from './symbols/symbol-table.ts';
import type { TrapGuide } from './symbols/trap-frames.ts';
import type { Variable } from './symbols/variables.ts';

/** A DAP Source. */
export interface Source {
  readonly name: string;
  readonly path?: string;
  /** Its text comes from the adapter. */
  readonly sourceReference?: number;
}

/** One image with symbols. */
export interface ModuleInfo {
  readonly name: string;
  readonly path?: string;
  readonly ranges: readonly AddressRange[];
  /** `DWARF 5`, `symbol table only`, `no symbols`. */
  readonly symbolStatus: string;
  readonly symbolFilePath?: string;
  readonly version?: string;
  /** Its sources are known. */
  readonly isUser: boolean;
}

/** The upper half of the address space, where kernels and their modules are. */
function isKernelSpace(address: bigint): boolean {
  return address >= 1n << 63n;
}

const NO_PROGRAM = new Program({ symbols: () => [], codeRanges: () => [], section: (name) => ({ name, bytes: new Uint8Array(0), address: 0n }) }, 'no program');

/** An address in the middle of a function, where another one was inlined, is behind its prologue already. */
function behindPrologue(program: Program, address: bigint): bigint {
  const owner = program.functionAt(address);
  return owner?.low === address ? owner.prologueEnd : address;
}

export class SymbolSet {
  private readonly programs: readonly Program[];
  private readonly sourceMap: ReadonlyMap<string, string>;
  /** Folder of the image: relative paths of its sources are looked for here and above. */
  private readonly folder: string;
  private readonly found = new Map<string, string>();
  private readonly flows = new HandlerFlows();
  /** Gives back the files that the symbols come from. */
  readonly close: () => void;

  constructor(programs: readonly Program[], sourceMap: ReadonlyMap<string, string>, imagePath: string, close: () => void = () => undefined) {
    this.close = close;
    this.programs = programs;
    this.sourceMap = sourceMap;
    this.folder = dirname(imagePath);
  }

  symbolAt(address: bigint): SymbolHit | undefined {
    return this.first((program) => program.symbolAt(address));
  }

  symbol(name: string): ProgramSymbol | undefined {
    return this.first((program) => program.symbol(name));
  }

  /** `name` or `name+12`. */
  describe(address: bigint): string | undefined {
    const hit = this.symbolAt(address);
    if (hit === undefined) return undefined;
    return hit.offset === 0n ? hit.symbol.name : `${hit.symbol.name}+${hit.offset}`;
  }

  location(address: bigint): { path: string; line: number; column: number } | undefined {
    return this.firstWithCode(address, (program) => program.location(address));
  }

  /** Where a breakpoint on every function of the name stops: behind the prologue, and where it was inlined; or (`atEntry`) where calls arrive. */
  functionAddresses(name: string, atEntry = false): bigint[] {
    const found = new Set<bigint>();
    for (const program of this.programs.filter(({ placement }) => placement.copyOf === undefined)) {
      const biases = this.programs.filter(({ placement }) => placement.copyOf === program).map(({ placement }) => placement.bias ?? 0n);
      const entries = program.functions(name).map(({ address }) => address);
      const stops = atEntry ? entries : [...entries, ...program.functionCopies(name)].map((address) => behindPrologue(program, address));
      for (const stop of stops) {
        for (const bias of [0n, ...biases]) found.add(BigInt.asUintN(64, stop + bias));
      }
    }
    return [...found];
  }

  functionAt(address: bigint): ProgramFunction | undefined {
    return this.firstWithCode(address, (program) => program.functionAt(address));
  }

  /** Calls that were inlined around an address, innermost first. */
  inlinedAt(address: bigint): readonly InlinedCall[] {
    return this.programAt(address)?.inlinedAt(address) ?? [];
  }

  statementAddresses(low: bigint, high: bigint): bigint[] {
    return this.programAt(low)?.statementAddresses(low, high) ?? [];
  }

  /** Undefined when no program has code from this line on. */
  breakpointAddresses(path: string, line: number): { line: number; addresses: bigint[] } | undefined {
    const found = this.programOf(path)?.breakpointAddresses(path, line);
    return found === undefined || found.addresses.length === 0 ? undefined : found;
  }

  /** Every place in the lines [line, endLine] where a statement begins, by line and column. */
  breakpointLocations(path: string, line: number, endLine: number): { line: number; column: number; addresses: bigint[] }[] {
    return this.programOf(path)?.breakpointLocations(path, line, endLine) ?? [];
  }

  /** The program that a source file is of. */
  private programOf(path: string): Program | undefined {
    let best: Program | undefined;
    let score = 0;
    for (const program of this.programs) {
      const { exact, components } = program.sourceMatch(path);
      const points = exact ? Infinity : components;
      if (points > score) [best, score] = [program, points];
    }
    return best;
  }

  /** Where an address counts, of a breakpoint in a source file or of any: undefined in all address spaces. */
  addressSpaceOf(address: bigint, path?: string): AddressSpace | undefined {
    const program = path === undefined ? undefined : this.programOf(path);
    if (program !== undefined) return program.placement.space;
    const holders = this.programs.filter((each) => each.isCode(address));
    return holders.some(({ placement }) => placement.space === undefined) ? undefined : holders[0]?.placement.space;
  }

  /** Compiled paths of everything that line tables name. */
  sourceFiles(): string[] {
    return [...new Set(this.programs.flatMap((program) => program.sourceFiles()))];
  }

  modules(): readonly ModuleInfo[] {
    return this.programs.filter(({ placement }) => placement.copyOf === undefined).map(({ name, codeRanges, symbolStatus, hasDebugInformation, placement: { path } }) => ({
      name, ranges: codeRanges, symbolStatus, isUser: hasDebugInformation, ...(path === undefined ? {} : { path, symbolFilePath: path }),
    }));
  }

  /** Name of the program that an address is in. */
  moduleAt(address: bigint): string | undefined {
    return this.programAt(address)?.name;
  }

  /** Calls from the innermost outwards, at most `limit`. */
  stack(inspect: Inspection, limit: number): Frame[] {
    const readMemory = (address: bigint, sizeBytes: number): Uint8Array => inspect.readVirtual(address, sizeBytes);
    const guide: StackGuide = {
      unwind: (frame, memory) => {
        const program = this.programAt(lookupAddress(frame));
        if (program !== undefined) return program.unwind(frame, memory);
        return isKernelSpace(frame.pc) ? unwindByFramePointer(frame, memory, undefined) : { cfa: undefined, caller: undefined };
      },
      // Modules of a kernel have no symbols here, but frame pointers like all of it.
      isCode: (address) => this.programAt(address) !== undefined || (isKernelSpace(address) && this.programs.length > 0 && inspect.translate(address) !== undefined),
      entryValue: (calleePc, caller, memory, expression) => this.programAt(lookupAddress(caller))?.entryValue(calleePc, caller, memory, expression),
      describe: (lookupPc) => this.programAt(lookupPc)?.describe(lookupPc) ?? { name: `0x${lookupPc.toString(16)}`, location: undefined, inlined: [] },
    };
    return walkStack(guide, registersOf(inspect), readMemory, limit, this.trapGuide(inspect));
  }

  private trapGuide(inspect: Inspection): TrapGuide {
    return {
      flows: this.flows,
      extentOf: (address) => this.programAt(address)?.extentAt(address),
      memoryOf: (satp) => memoryOf(satp, (address, sizeBytes) => inspect.readPhysical(address, sizeBytes)),
    };
  }

  variables(frame: Frame, scope: 'locals' | 'globals'): Variable[] {
    return this.programAt(frame.lookupPc)?.variables(frame, scope) ?? [];
  }

  /** The parameters of the frame's function or inlined call. */
  parameters(frame: Frame): Variable[] {
    return this.programAt(frame.lookupPc)?.parameters(frame) ?? [];
  }

  /** The program that says what names mean at an address; registers and numbers mean the same without any. */
  private namesAt(address: bigint): Program {
    return this.programAt(address) ?? this.programs[0] ?? NO_PROGRAM;
  }

  evaluate(expression: string, frame: Frame): Variable {
    return this.namesAt(frame.lookupPc).evaluate(expression, frame);
  }

  /** A condition for code at `address`, resolved once: what it gives asks whether it holds where the machine stands. */
  compileCondition(text: string, address: bigint, inspect: Inspection): () => boolean {
    const condition = this.namesAt(address).compileCondition(text, address);
    const { register } = registersOf(inspect);
    const memory: ReadMemory = (at, sizeBytes) => inspect.readVirtual(at, sizeBytes);
    const csr = (name: string): bigint | undefined => csrByName(name, inspect);
    return () => condition(register, memory, csr);
  }

  /** What to write so that `target` has the value. */
  assignment(target: string, valueText: string, frame: Frame): readonly StateEdit[] {
    return this.namesAt(frame.lookupPc).assignment(target, valueText, frame);
  }

  /** What can be written at a column (from 0) of an expression. */
  completions(text: string, column: number, frame: Frame): readonly Completion[] {
    return this.namesAt(frame.lookupPc).completions(text, column, frame);
  }

  /** The source file of a compiled path, as the client finds it. */
  source(path: string): Source {
    let here = this.found.get(path);
    if (here === undefined) {
      here = this.locate(path) ?? '';
      this.found.set(path, here);
    }
    return here === '' ? { name: basename(path) } : { name: basename(path), path: here };
  }

  private locate(path: string): string | undefined {
    for (const [from, to] of this.sourceMap) {
      const mapped = path.startsWith(from) ? join(to, path.slice(from.length)) : undefined;
      if (mapped !== undefined && existsSync(mapped)) return mapped;
    }
    if (isAbsolute(path) && existsSync(path)) return path;
    // The folder that it was compiled in may have moved: try the path's last components under the image's folder and the ones above it.
    const components = path.split('/').filter((component) => component !== '' && component !== '.');
    for (let folder = this.folder; ; folder = dirname(folder)) {
      for (let from = 0; from < components.length; from++) {
        const candidate = join(folder, ...components.slice(from));
        if (existsSync(candidate)) return candidate;
      }
      if (dirname(folder) === folder) return undefined;
    }
  }

  /** Programs of the present address space, then those of all. */
  private *present(): Generator<Program, void, undefined> {
    for (const program of this.programs) if (program.placement.space?.isPresent() === true) yield program;
    for (const program of this.programs) if (program.placement.space === undefined) yield program;
  }

  private firstWithCode<T>(address: bigint, ask: (program: Program) => T | undefined): T | undefined {
    return this.first((program) => (program.isCode(address) ? ask(program) : undefined));
  }

  private programAt(address: bigint): Program | undefined {
    for (const program of this.present()) if (program.isCode(address)) return program;
    return undefined;
  }

  private first<T>(ask: (program: Program) => T | undefined): T | undefined {
    for (const program of this.present()) {
      const answer = ask(program);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }
}
