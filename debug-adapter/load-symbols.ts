/** The symbols of what was launched: of ELF files, and of a kernel that brings no file but its own table. */
import { basename, resolve } from 'node:path';
import { inflateSync } from 'node:zlib';
import type { GuestImage, Inspection } from '../emulator/index.ts';
import { DRAM_BASE, PAGE_SIZE } from '../emulator/index.ts';
import { openSymbolFile } from './file-source.ts';
import type { FileSource } from './file-source.ts';
import { ElfFile } from './symbols/elf-file.ts';
import { kernelSymbolFile } from './symbols/kernel-symbols.ts';
import { Program } from './symbols/program.ts';
import type { CodeSymbols } from './symbols/program.ts';
import { ShiftedProgram } from './symbols/shifted-program.ts';

/** Where a riscv64 kernel may be: at a multiple of this (arch/riscv/mm/init.c maps it with 2 MiB pages). */
const KERNEL_ALIGNMENT = 2 * 1024 * 1024;
const IMAGE_HEADER_SIZE = 64;

interface LoadedSymbols {
  readonly programs: readonly CodeSymbols[];
  /** Sentences for the user. */
  readonly notices: readonly string[];
  /** Closes files. */
  readonly close: () => void;
}

/**
 * `files`: ELF files that the user names; without any, the images say what they can. `known`: files that are taken for the
 * kernel if it is theirs. The machine stands at position 0.
 */
export function loadSymbols(files: readonly string[], known: readonly string[], images: readonly GuestImage[], inspect: Inspection): LoadedSymbols {
  const opened: FileSource[] = [];
  const close = (): void => { for (const file of opened) file.close(); };
  try {
    return { ...programsOf(files, known, images, inspect, opened), close };
  } catch (error) {
    close();
    throw error;
  }
}

type Open = (path: string) => { readonly name: string; readonly elf: ElfFile };

const inflate = (bytes: Uint8Array): Uint8Array => inflateSync(bytes);

function programsOf(files: readonly string[], known: readonly string[], images: readonly GuestImage[], inspect: Inspection, opened: FileSource[]): Omit<LoadedSymbols, 'close'> {
  const notices: string[] = [];
  const open: Open = (path) => {
    const file = openSymbolFile(resolve(path));
    opened.push(file);
    const name = basename(path);
    return { name, elf: new ElfFile(file, name, inflate) };
  };
  const kernel = images.find(({ role, kind }) => role === 'kernel' && kind === 'raw');
  const programs = files.map((path) => {
    const { name, elf } = open(path);
    if (kernel !== undefined && isOfOtherKernel(elf, kernel.bytes)) notices.push(`${name} was not made together with the kernel ${kernel.name}, so lines and functions may be wrong: give the vmlinux of the very same build.`);
    return new Program(elf, name);
  });
  if (files.length === 0) programs.push(...images.filter(({ kind }) => kind === 'elf').map(({ bytes, name }) => new Program(bytes, name, inflate)));
  if (kernel !== undefined && files.length === 0) {
    const program = kernelProgram(kernel, known, open);
    if (program === undefined) notices.push(`The kernel ${kernel.name} carries no symbols that can be read, so its functions have no names: give its vmlinux as 'symbols'.`);
    else programs.push(program);
  }
  return { programs: kernel === undefined ? programs : programs.flatMap((program) => beforeTranslation(program, kernel, inspect)), notices };
}

/** With the debug information of its own build, if that is here, else with the symbols that it carries. */
function kernelProgram(kernel: GuestImage, known: readonly string[], open: Open): Program | undefined {
  for (const path of known) {
    const { name, elf } = open(path);
    if (elf.section('.notes').bytes.length > 0 && !isOfOtherKernel(elf, kernel.bytes)) return new Program(elf, name);
  }
  const own = kernelSymbolFile(kernel.bytes);
  return own === undefined ? undefined : new Program(own, kernel.name);
}

/** The build id and what else .notes holds are at the same place in the Image. */
function isOfOtherKernel(elf: ElfFile, image: Uint8Array): boolean {
  const notes = elf.section('.notes');
  const [text] = elf.codeRanges();
  if (notes.bytes.length === 0 || text === undefined || notes.address < text.low) return false;
  const at = Number(notes.address - text.low);
  return Buffer.compare(notes.bytes, image.subarray(at, at + notes.bytes.length)) !== 0;
}

/** A kernel runs at its physical address until it turns on address translation. */
function beforeTranslation(program: Program, kernel: GuestImage, inspect: Inspection): CodeSymbols[] {
  const linked = program.symbol('_start')?.address;
  const place = linked === undefined ? undefined : placeOf(kernel.bytes, inspect);
  return linked === undefined || place === undefined ? [program] : [program, new ShiftedProgram(program, linked - place)];
}

/** Where the loader has put the kernel. */
function placeOf(image: Uint8Array, inspect: Inspection): bigint | undefined {
  const header = image.subarray(0, IMAGE_HEADER_SIZE);
  const end = DRAM_BASE + inspect.pageCount * PAGE_SIZE;
  for (let at = DRAM_BASE; at < end; at += KERNEL_ALIGNMENT) {
    if (Buffer.compare(inspect.readPhysical(BigInt(at), IMAGE_HEADER_SIZE), header) === 0) return BigInt(at);
  }
  return undefined;
}
