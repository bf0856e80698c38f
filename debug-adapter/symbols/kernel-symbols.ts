/** A Linux kernel that came without a file of symbols, seen through those that it carries itself. */
import type { AddressRange } from '../dwarf/lists.ts';
import type { Section } from '../dwarf/reader.ts';
import type { ElfSymbol } from './elf-file.ts';
import { readKallsyms } from './kallsyms.ts';
import type { KernelSymbol } from './kallsyms.ts';
import type { SymbolFile } from './program.ts';

const STT_NOTYPE = 0;
const STT_OBJECT = 1;
const STT_FUNC = 2;
const SHN_ABSOLUTE = 0xfff1;
const DEFINED = 1;
/** Code and data alternate section by section, not symbol by symbol. */
const CODE_RANGES_MAX = 64;

/** The linker's marks for where sections begin and end: the function at the same address is meant. */
const MARK = /^_+\w*(_start|_end|_begin|text)$/;

/** Undefined when the image carries no symbols, or in a way that is not known. */
export function kernelSymbolFile(image: Uint8Array): SymbolFile | undefined {
  const symbols = readKallsyms(image);
  if (symbols === undefined) return undefined;
  const ranges = codeRanges(symbols);
  if (ranges.length === 0 || ranges.length > CODE_RANGES_MAX) return undefined;
  return {
    symbols: () => symbols.map(toElfSymbol),
    codeRanges: () => ranges,
    section: (name: string): Section => ({ name, bytes: new Uint8Array(0), address: 0n }),
  };
}

function isCode({ type }: KernelSymbol): boolean {
  return /[tTwW]/.test(type);
}

/** Runs of symbols of code, each up to the first of something else behind it. */
function codeRanges(symbols: readonly KernelSymbol[]): AddressRange[] {
  const ranges: { low: bigint; high: bigint }[] = [];
  let low: bigint | undefined;
  for (const [index, symbol] of symbols.entries()) {
    if (symbol.type === 'A' || symbol.type === 'a') continue;
    // Marks of the linker for the end of something stand at the beginning of the next.
    const isMark = symbols[index + 1]?.address === symbol.address;
    if (isCode(symbol)) low ??= symbol.address;
    else if (low !== undefined && !isMark) {
      if (symbol.address > low) ranges.push({ low, high: symbol.address });
      low = undefined;
    }
  }
  return ranges;
}

function toElfSymbol(symbol: KernelSymbol): ElfSymbol {
  const { name, address, type } = symbol;
  const isAbsolute = type === 'A' || type === 'a';
  return {
    name, address, sizeBytes: 0, type: MARK.test(name) ? STT_NOTYPE : isCode(symbol) ? STT_FUNC : STT_OBJECT,
    binding: type === type.toUpperCase() ? 1 : 0, sectionIndex: isAbsolute ? SHN_ABSOLUTE : DEFINED,
  };
}
