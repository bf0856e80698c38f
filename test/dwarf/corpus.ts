/** Builds the C corpus with the cross compiler, and asks binutils and GDB about it. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { inflateSync } from 'node:zlib';
import { Program } from '../../debug-adapter/symbols/program.ts';
import { findTool, missingTools, tools } from '../tools.ts';

export const CORPUS = path.join(import.meta.dirname, 'corpus');
export const OBJDUMP = { name: 'RISC-V binutils', commands: ['riscv64-unknown-elf-objdump'], debian: ['binutils-riscv64-unknown-elf'] };

export const missingCompiler = missingTools(tools.gcc);
export const missingBinutils = missingTools(tools.gcc, OBJDUMP);
export const missingGdb = missingTools(tools.gcc, tools.gdb);
export const missingQemu = missingTools(tools.gcc, tools.gdb, tools.qemu);

export interface Variant {
  readonly name: string;
  readonly flags: readonly string[];
}

export const VARIANTS: readonly Variant[] = ['-O0', '-O2'].flatMap((level) => [4, 5].map((version) => (
  { name: `${level} DWARF ${version}`, flags: [level, `-gdwarf-${version}`] })));

const BASE_FLAGS = ['-march=rv64gc', '-mabi=lp64d', '-mcmodel=medany', '-ffreestanding', '-fno-builtin', '-nostdlib', '-static', '-Wl,--build-id=none'];
const SOURCES = ['start.S', 'main.c', 'structures.c', 'calls.c'];

export interface Built {
  readonly file: string;
  readonly bytes: Uint8Array;
  readonly program: Program;
}

let directory: string | undefined;
const built = new Map<string, Built>();

function temporaryDirectory(): string {
  if (directory === undefined) {
    const made = mkdtempSync(path.join(tmpdir(), 'chronovisor-dwarf-'));
    directory = made;
    process.on('exit', () => { rmSync(made, { recursive: true, force: true }); });
  }
  return directory;
}

/** The corpus linked with `flags`, or other files of its folder; built once per process. */
export function build(flags: readonly string[], names: readonly string[] = SOURCES): Built {
  const key = [...flags, ...names].join(' ');
  let result = built.get(key);
  if (result === undefined) {
    const file = path.join(temporaryDirectory(), `${built.size}.elf`);
    const sources = names.map((name) => path.join(CORPUS, name));
    run(findTool(tools.gcc) ?? '', [...BASE_FLAGS, ...flags, '-T', path.join(CORPUS, 'link.ld'), ...sources, '-lgcc', '-o', file]);
    result = { file, ...load(file) };
    built.set(key, result);
  }
  return result;
}

function load(file: string): { bytes: Uint8Array; program: Program } {
  const bytes = new Uint8Array(readFileSync(file));
  return { bytes, program: open(bytes) };
}

export function open(bytes: Uint8Array, name = 'corpus.elf'): Program {
  return new Program(bytes, name, (compressed) => new Uint8Array(inflateSync(compressed)));
}

export function run(command: string, parameters: readonly string[]): string {
  return execFileSync(command, parameters, { encoding: 'utf8', maxBuffer: 1 << 28, stdio: ['ignore', 'pipe', 'pipe'], timeout: 30_000 });
}

export function gdb(file: string, commands: readonly string[]): string {
  const parameters = ['-nx', '-batch', '-ex', 'set pagination off', '-ex', 'set width 0', '-ex', 'set confirm off'];
  return run(findTool(tools.gdb) ?? '', [...parameters, ...commands.flatMap((command) => ['-ex', command]), file]);
}

/** The executable section's range. */
export function textRange(program: Program): { low: bigint; high: bigint } {
  const addresses = program.symbols.filter(({ address }) => program.isCode(address)).map(({ address }) => address);
  const low = addresses.reduce((least, address) => (address < least ? address : least));
  let high = low;
  while (program.isCode(high)) high += 2n;
  return { low, high };
}
