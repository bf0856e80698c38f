/** The guests that are compared with GDB: programs of the corpus, each with several compilers, optimisations and versions of DWARF. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CORPUS, run } from '../dwarf/corpus.ts';
import { findTool, missingTools, tools } from '../tools.ts';

const FOLDER = path.join(import.meta.dirname, 'guests');
const HEISENBUG = path.resolve(import.meta.dirname, '../../guests/heisenbug/heisenbug.elf');
const TARGET = ['-march=rv64gc', '-mabi=lp64d', '-mcmodel=medany', '-ffreestanding'];
const LINK = ['-nostdlib', '-static', '-Wl,--build-id=none', '-Wl,--no-warn-rwx-segments', '-T', path.join(FOLDER, 'link.ld')];
const CPLUSPLUS = ['-std=c++20', '-fno-exceptions', '-fno-rtti', '-fno-threadsafe-statics'];

type Compiler = 'gcc' | 'clang';

/** A program and how it is compiled. */
export interface Guest {
  /** `features.c gcc -O2 -gdwarf-5`: finds it again. */
  readonly name: string;
  readonly compiler: Compiler | undefined;
  readonly flags: readonly string[];
  /** Of the program that runs in user mode; none: a finished file. */
  readonly sources: readonly string[];
}

const PROGRAMS: Readonly<Record<string, readonly string[]>> = {
  'features.c': [path.join(FOLDER, 'features.c')],
  'features.cpp': [path.join(FOLDER, 'features.cpp')],
  'corpus': ['structures.c', 'calls.c', 'main.c'].map((name) => path.join(CORPUS, name)),
  'inlines.c': [path.join(CORPUS, 'frames/inlines.c')],
  'entry.c': [path.join(CORPUS, 'frames/entry.c')],
};

const LEVELS = ['-O0', '-O1', '-O2', '-Os'];

/** With each level in both versions of DWARF. */
function guestsOf(program: string, compiler: Compiler, levels: readonly string[], more: readonly string[] = []): Guest[] {
  return levels.flatMap((level) => [4, 5].map((version): Guest => {
    const flags = [level, `-gdwarf-${version}`, ...more];
    return { name: [program, compiler, ...flags].join(' '), compiler, flags, sources: PROGRAMS[program] ?? [] };
  }));
}

/** Programs whose types are in type units; Clang makes them of C++ only. */
const WITH_TYPE_UNITS: readonly (readonly [program: string, compiler: Compiler])[] = [['features.c', 'gcc'], ['features.cpp', 'gcc'], ['features.cpp', 'clang']];

export const ALL_GUESTS: readonly Guest[] = [
  { name: 'heisenbug', compiler: undefined, flags: [], sources: [] },
  ...Object.keys(PROGRAMS).flatMap((program) => (['gcc', 'clang'] as const).flatMap((compiler) => guestsOf(program, compiler, LEVELS))),
  ...WITH_TYPE_UNITS.flatMap(([program, compiler]) => guestsOf(program, compiler, ['-O0', '-O2'], ['-fdebug-types-section'])),
];

/** Why a guest cannot be compared here, or false. */
export function guestLacksTools({ compiler }: Guest): string | false {
  return missingTools(tools.gdb, ...(compiler === undefined ? [] : compiler === 'gcc' ? [tools.gcc] : [tools.gcc, tools.clang]));
}

let folder: string | undefined;

function temporaryFolder(): string {
  if (folder === undefined) {
    const made = mkdtempSync(path.join(tmpdir(), 'chronovisor-gdb-oracle-'));
    folder = made;
    process.on('exit', () => { rmSync(made, { recursive: true, force: true }); });
  }
  return folder;
}

/** Where the guest's file is; compiled first. */
export function buildGuest(guest: Guest): string {
  if (guest.compiler === undefined) return HEISENBUG;
  const file = path.join(temporaryFolder(), `${guest.name.replaceAll(/[^\w.]+/g, '_')}.elf`);
  const gcc = findTool(tools.gcc) ?? '';
  const sources = [path.join(FOLDER, 'start.S'), path.join(FOLDER, 'kernel.c'), ...guest.sources];
  // Assembly is GCC's in any case: the programs are the same there.
  const objects = sources.map((source, index) => {
    const object = `${file}.${index}.o`;
    const [command, target] = guest.compiler === 'clang' && !source.endsWith('.S')
      ? [findTool(tools.clang) ?? '', ['--target=riscv64-unknown-elf', '-mno-relax', '-fno-pic']] : [gcc, []];
    run(command, [...target, ...TARGET, ...guest.flags, ...(source.endsWith('.cpp') ? CPLUSPLUS : ['-fno-builtin']), '-c', source, '-o', object]);
    return object;
  });
  run(gcc, [...TARGET, ...LINK, ...objects, '-lgcc', '-o', file]);
  return file;
}

export function bytesOfGuest(file: string): Uint8Array {
  return new Uint8Array(readFileSync(file));
}
