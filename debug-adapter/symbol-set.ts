/** The symbols of everything that was loaded: asks each program, and maps paths as compiled to paths here. */
import { existsSync } from 'node:fs';
import { basename, dirname, isAbsolute, join } from 'node:path';
import type { Inspection } from '../emulator/index.ts';
import { UserError } from '../emulator/user-error.ts';
import { registersOf } from './symbols/frames.ts';
import type { Frame } from './symbols/frames.ts';
import type { Program, ProgramFunction } from './symbols/program.ts';
import type { ProgramSymbol, SymbolHit } from './symbols/symbol-table.ts';
import type { Variable } from './symbols/variables.ts';

/** A DAP Source. */
export interface Source {
  readonly name: string;
  readonly path?: string;
}

export class SymbolSet {
  private readonly programs: readonly Program[];
  private readonly sourceMap: ReadonlyMap<string, string>;
  /** Folder of the image: relative paths of its sources are looked for here and above. */
  private readonly folder: string;
  private readonly found = new Map<string, string>();

  constructor(programs: readonly Program[], sourceMap: ReadonlyMap<string, string>, imagePath: string) {
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

  functionAt(address: bigint): ProgramFunction | undefined {
    return this.first((program) => program.functionAt(address));
  }

  statementAddresses(low: bigint, high: bigint): bigint[] {
    return this.programAt(low)?.statementAddresses(low, high) ?? [];
  }

  /** Undefined when no program has code from this line on. */
  breakpointAddresses(path: string, line: number): { line: number; addresses: bigint[] } | undefined {
    let best: Program | undefined;
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
    const program = this.programAt(inspect.pc);
    if (program !== undefined) return program.stack(registersOf(inspect), readMemory, limit);
    const { pc } = inspect;
    const registers = registersOf(inspect);
    return [{ pc, lookupPc: pc, name: `0x${pc.toString(16)}`, location: undefined, cfa: undefined, register: registers.register, memory: readMemory }];
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
      if (path.startsWith(from)) return join(to, path.slice(from.length));
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

  private programAt(address: bigint): Program | undefined {
    return this.programs.find((program) => program.isCode(address));
  }

  private first<T>(ask: (program: Program) => T | undefined): T | undefined {
    for (const program of this.programs) {
      const answer = ask(program);
      if (answer !== undefined) return answer;
    }
    return undefined;
  }
}
