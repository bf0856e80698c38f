/** What a program is read from, as it is in memory: the one place where addresses of a file become addresses of the machine. */
import { UserError } from '../../emulator/user-error.ts';
import type { AddressRange } from '../dwarf/lists.ts';
import type { Section, Sections } from '../dwarf/reader.ts';
import type { ElfSymbol } from './elf-file.ts';

/** What a program's symbols and debug information are read from. */
export interface SymbolFile extends Sections {
  symbols(): ElfSymbol[];
  /** Ranges of executable sections. */
  codeRanges(): AddressRange[];
  /** Why debug information cannot be decompressed, if it cannot. */
  compressionProblem?(): string | undefined;
  has?(name: string): boolean;
}

/** Sections that cannot be decompressed count as absent; what they hold is then unknown, the rest works. */
export class LoadedSections implements Sections {
  readonly bias: bigint;
  readonly #file: SymbolFile;

  constructor(file: SymbolFile, bias: bigint) {
    this.#file = file;
    this.bias = bias;
  }

  #here(section: Section): Section {
    return this.bias === 0n ? section : { ...section, address: BigInt.asUintN(64, section.address + this.bias) };
  }

  has(name: string): boolean {
    return this.#file.has?.(name) ?? false;
  }

  compressionProblem(): string | undefined {
    return this.#file.compressionProblem?.();
  }

  codeRanges(): AddressRange[] {
    return this.#file.codeRanges().map(({ low, high }) => {
      const begin = BigInt.asUintN(64, low + this.bias);
      return { low: begin, high: begin + high - low };
    });
  }

  part(name: string, offset: number, sizeBytes: number): Section | undefined {
    const part = this.#file.part?.(name, offset, sizeBytes);
    return part && this.#here(part);
  }

  sizeBytes(name: string): number | undefined {
    return this.#file.sizeBytes?.(name);
  }

  section(name: string): Section {
    try {
      return this.#here(this.#file.section(name));
    } catch (error) {
      if (error instanceof UserError) return { name, bytes: new Uint8Array(0), address: 0n };
      throw error;
    }
  }
}
