/** The symbols of what was launched: of ELF files, and of a kernel that brings no file but its own table. */
import { basename, resolve } from 'node:path';
import { inflateSync } from 'node:zlib';
import type { GuestImage, Inspection } from '../emulator/index.ts';
import { DRAM_BASE, PAGE_SIZE } from '../emulator/index.ts';
import { UserError } from '../emulator/user-error.ts';
import { errors } from './errors.ts';
import { openSymbolFile } from './file-source.ts';
import type { FileSource } from './file-source.ts';
import { addressSpaceOf } from './symbols/address-space.ts';
import { ElfFile } from './symbols/elf-file.ts';
import { kernelSymbolFile } from './symbols/kernel-symbols.ts';
import type { SymbolFile } from './symbols/loaded-sections.ts';
import { Program } from './symbols/program.ts';
import type { Placement } from './symbols/program.ts';

/** Where a riscv64 kernel may be: at a multiple of this (arch/riscv/mm/init.c maps it with 2 MiB pages). */
const KERNEL_ALIGNMENT = 2 * 1024 * 1024;
const IMAGE_HEADER_SIZE = 64;

/** Symbols of one file. */
export interface SymbolEntry {
  readonly path: string;
  /** Where its first loadable segment was put; absent: where it is linked. */
  readonly address?: bigint;
  /** The address space that it belongs to; absent: all. */
  readonly space?: { readonly wanted: bigint; readonly text: string };
}

interface LoadedSymbols {
  readonly programs: readonly Program[];
  /** Sentences for the user. */
  readonly notices: readonly string[];
  /** Closes files. */
  readonly close: () => void;
}

const NUMBER = /^\s*(0x[0-9a-f]{1,16}|\d{1,20})\s*$/i;

/** The launch attribute `symbols`: paths, and objects with `path`, `address` and `addressSpace`. */
export function symbolEntries(value: unknown): SymbolEntry[] {
  if (value === undefined || value === null) return [];
  const refuse = (): never => {
    throw errors.badArgument('launch', 'symbols', 'an array of file names, or of objects with a path and, where it was loaded elsewhere than linked, an address or an addressSpace such as "0x80200000"');
  };
  if (!Array.isArray(value)) return refuse();
  const number = (text: unknown): bigint => (typeof text === 'string' && NUMBER.test(text) ? BigInt.asUintN(64, BigInt(text.trim())) : refuse());
  return value.map((entry: unknown): SymbolEntry => {
    if (typeof entry === 'string') return { path: entry };
    if (typeof entry !== 'object' || entry === null) return refuse();
    const { path, address, addressSpace, ...rest } = entry as Readonly<Record<string, unknown>>;
    if (typeof path !== 'string' || Object.keys(rest).length > 0 || (addressSpace !== undefined && typeof addressSpace !== 'string')) return refuse();
    return {
      path, ...(address === undefined ? {} : { address: number(address) }),
      ...(addressSpace === undefined ? {} : { space: { wanted: number(addressSpace), text: addressSpace } }),
    };
  });
}

/**
 * `files`: ELF files that the user names; without any, the images say what they can. `known`: files that are taken for the
 * kernel if it is theirs. The machine stands at position 0.
 */
export function loadSymbols(files: readonly (string | SymbolEntry)[], known: readonly string[], images: readonly GuestImage[], inspect: Inspection): LoadedSymbols {
  const opened: FileSource[] = [];
  const close = (): void => { for (const file of opened) file.close(); };
  try {
    const entries = files.map((file) => (typeof file === 'string' ? { path: file } : file));
    return { ...programsOf(entries, known, images, inspect, opened), close };
  } catch (error) {
    close();
    throw error;
  }
}

interface Opened {
  readonly name: string;
  readonly path: string;
  readonly elf: ElfFile;
}

type Open = (path: string) => Opened;

const inflate = (bytes: Uint8Array): Uint8Array => inflateSync(bytes);

function programsOf(files: readonly SymbolEntry[], known: readonly string[], images: readonly GuestImage[], inspect: Inspection, opened: FileSource[]): Omit<LoadedSymbols, 'close'> {
  const notices: string[] = [];
  const open: Open = (given) => {
    const path = resolve(given);
    const file = openSymbolFile(path);
    opened.push(file);
    const name = basename(path);
    return { name, path, elf: new ElfFile(file, name, inflate) };
  };
  const kernel = images.find(({ role, kind }) => role === 'kernel' && kind === 'raw');
  const programs: Loaded[] = files.map((entry) => {
    const file = open(entry.path);
    refuseSplit(file);
    if (kernel !== undefined && isOfOtherKernel(file.elf, kernel.bytes)) notices.push(`${file.name} was not made together with the kernel ${kernel.name}, so lines and functions may be wrong: give the vmlinux of the very same build.`);
    return { program: new Program(file.elf, file.name, inflate, placementOf(entry, file, inspect)), file: file.elf };
  });
  if (files.length === 0) programs.push(...images.filter(({ kind }) => kind === 'elf').map(({ bytes, name }) => ({ program: new Program(bytes, name, inflate), file: undefined })));
  if (kernel !== undefined && files.length === 0) {
    const found = kernelProgram(kernel, known, open);
    if (found === undefined) notices.push(`The kernel ${kernel.name} carries no symbols that can be read, so its functions have no names: give its vmlinux as 'symbols'.`);
    else programs.push(found);
  }
  notices.push(...programs.flatMap(({ program }) => program.notices()));
  return { programs: programs.flatMap((loaded) => (kernel === undefined ? [loaded.program] : beforeTranslation(loaded, kernel, inspect))), notices };
}

interface Loaded {
  readonly program: Program;
  /** What it was read from, to read it again at another place. */
  readonly file: SymbolFile | undefined;
}

/** Files that hold nothing but what -gsplit-dwarf has split off say nothing about code. */
function refuseSplit({ name, elf }: Opened): void {
  if (elf.has('.debug_info') || !(elf.has('.debug_info.dwo') || elf.has('.debug_cu_index'))) return;
  throw new UserError(`Cannot use ${name} as 'symbols': it holds debug information that was split from its program, which is not read. Give the program, compiled without -gsplit-dwarf.`);
}

function placementOf({ address, space }: SymbolEntry, { name, path, elf }: Opened, inspect: Inspection): Placement {
  const linked = address === undefined ? undefined : elf.loadAddress();
  if (address !== undefined && linked === undefined) throw new UserError(`Cannot place ${name} at 0x${address.toString(16)}: it has no segments to load. Link it to a program, or leave the address out.`);
  return {
    path, ...(address === undefined || linked === undefined ? {} : { bias: BigInt.asUintN(64, address - linked) }),
    ...(space === undefined ? {} : { space: addressSpaceOf(space.wanted, space.text, inspect) }),
  };
}

/** With the debug information of its own build, if that is here, else with the symbols that it carries. */
function kernelProgram(kernel: GuestImage, known: readonly string[], open: Open): Loaded | undefined {
  for (const each of known) {
    const { name, path, elf } = open(each);
    if (elf.section('.notes').bytes.length > 0 && !isOfOtherKernel(elf, kernel.bytes)) return { program: new Program(elf, name, inflate, { path }), file: elf };
  }
  const own = kernelSymbolFile(kernel.bytes);
  return own === undefined ? undefined : { program: new Program(own, kernel.name), file: own };
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
function beforeTranslation({ program, file }: Loaded, kernel: GuestImage, inspect: Inspection): Program[] {
  const linked = program.symbol('_start')?.address;
  const place = linked === undefined || file === undefined ? undefined : placeOf(kernel.bytes, inspect);
  if (linked === undefined || file === undefined || place === undefined) return [program];
  return [program, new Program(file, program.name, inflate, { bias: BigInt.asUintN(64, place - linked), copyOf: program })];
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
