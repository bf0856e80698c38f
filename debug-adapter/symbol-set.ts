/** The symbols of everything that was loaded: asks each program, and maps paths as compiled to paths here. */
import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { Inspection } from '../emulator/index.ts';
import { UserError } from '../emulator/user-error.ts';
import { lookupAddress } from './dwarf/unwind.ts';
import { unwindByFramePointer } from './symbols/frame-pointer.ts';
import { registersOf, walkStack } from './symbols/frames.ts';
import type { Frame, StackGuide } from './symbols/frames.ts';
import type { CodeSymbols, ProgramFunction } from './symbols/program.ts';
import type { ProgramSymbol, SymbolHit } from './symbols/symbol-table.ts';
import type { Variable } from './symbols/variables.ts';

/** A DAP Source. */
export interface Source {
  readonly name: string;
  readonly path?: string;
  /** Its text comes from the adapter. */
  readonly sourceReference?: number;
}

/** The upper half of the address space, where kernels and their modules are. */
function isKernelSpace(address: bigint): boolean {
  return address >= 1n << 63n;
}

export class SymbolSet {
  private readonly programs: readonly CodeSymbols[];
  private readonly sourceMap: ReadonlyMap<string, string>;
  /** Folder of the image: relative paths of its sources are looked for here and above. */
  private readonly folder: string;
  private readonly found = new Map<string, string>();
  /** Gives back the files that the symbols come from. */
  readonly close: () => void;

  constructor(programs: readonly CodeSymbols[], sourceMap: ReadonlyMap<string, string>, imagePath: string, close: () => void = () => undefined) {
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
    return this.first((program) => program.location(address));
  }

  /** Where a breakpoint on every function of the name stops: behind the prologue, or (`atEntry`) where calls arrive. */
  functionAddresses(name: string, atEntry = false): bigint[] {
    const entries = this.programs.flatMap((program) => program.functions(name)).map(({ address }) => address);
    return [...new Set(entries.map((address) => (atEntry ? address : this.functionAt(address)?.prologueEnd ?? address)))];
  }

  functionAt(address: bigint): ProgramFunction | undefined {
    return this.first((program) => program.functionAt(address));
  }

  statementAddresses(low: bigint, high: bigint): bigint[] {
    return this.programAt(low)?.statementAddresses(low, high) ?? [];
  }

  /** Undefined when no program has code from this line on. */
  breakpointAddresses(path: string, line: number): { line: number; addresses: bigint[] } | undefined {
    let best: CodeSymbols | undefined;
    let score = 0;
    for (const program of this.programs) {
      const { exact, components } = program.sourceMatch(path);
      const points = exact ? Infinity : components;
      if (points > score) [best, score] = [program, points];
    }
    const found = best?.breakpointAddresses(path, line);
    return found === undefined || found.addresses.length === 0 ? undefined : found;
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
      describe: (lookupPc) => this.programAt(lookupPc)?.describe(lookupPc) ?? { name: `0x${lookupPc.toString(16)}`, location: undefined },
    };
    return walkStack(guide, registersOf(inspect), readMemory, limit);
  }

  variables(frame: Frame, scope: 'locals' | 'globals'): Variable[] {
    return this.programAt(frame.lookupPc)?.variables(frame, scope) ?? [];
  }

  evaluate(expression: string, frame: Frame): Variable {
    const program = this.programAt(frame.lookupPc) ?? this.programs[0];
    if (program === undefined) throw new UserError('no symbols are loaded');
    return program.evaluate(expression, frame);
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

  private programAt(address: bigint): CodeSymbols | undefined {
    return this.programs.find((program) => program.isCode(address));
  }

  private first<T>(ask: (program: CodeSymbols) => T | undefined): T | undefined {
    for (const program of this.programs) {
      const answer = ask(program);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }
}
