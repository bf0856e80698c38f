/** Where a breakpoint on a function stops: also where it was inlined, and in copies that the compiler made of it, as GDB finds them. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, test } from 'node:test';
import { SymbolSet } from '../../debug-adapter/symbol-set.ts';
import { build, gdb, missingCompiler, missingGdb, open, run } from '../dwarf/corpus.ts';
import { findTool, tools } from '../tools.ts';

const C = ['start.S', 'frames/inlines.c', 'frames/copies.c'];
const CPP = ['start.S', 'frames/copies.cpp'];
const C_NAMES = ['inner', 'middle', 'outer', 'work', 'nests', 'descend', 'even', 'odd', 'unlikely', 'parts', 'clone', 'square', 'main'];
const CPP_NAMES = ['twice', 'Box::get', 'outer::Box::get', 'get', 'Box::set', 'outer::pick', 'pick<long>', 'outer::pick<long int>(long int, long int)', 'pick', 'Box::set(int)', 'Box::set(long)', 'main'];

const variants: [flags: readonly string[], sources: readonly string[], names: readonly string[]][] = [
  [['-O0', '-gdwarf-5'], C, C_NAMES], [['-O1', '-gdwarf-5'], C, C_NAMES], [['-O2', '-gdwarf-4'], C, C_NAMES], [['-O2', '-gdwarf-5'], C, C_NAMES], [['-O3', '-gdwarf-5'], C, C_NAMES],
  [['-O2', '-gdwarf-5', '-flto'], C, C_NAMES], [['-O0', '-gdwarf-5', '-fno-exceptions'], CPP, CPP_NAMES], [['-O2', '-gdwarf-5', '-fno-exceptions'], CPP, CPP_NAMES],
  [['-O2', '-gdwarf-4', '-fno-exceptions'], CPP, CPP_NAMES],
];

/** Addresses by name of function. */
function locationsInGdb(file: string, names: readonly string[]): string[][] {
  const text = gdb(file, names.flatMap((name) => [`echo @\\n`, `break ${name}`, 'info breakpoints', 'delete breakpoints']));
  return text.split('@\n').slice(1).map((part) => [...new Set([...part.matchAll(/ y +(0x[0-9a-f]{16}) /g)].map(([, address = '']) => hex(BigInt(address))))].sort());
}

function hex(address: bigint): string {
  return address.toString(16);
}

describe('breakpoints on functions are where GDB sets them', { skip: missingGdb }, () => {
  for (const [flags, sources, names] of variants) {
    test(`${flags.join(' ')} ${sources.at(-1) ?? ''}`, () => {
      const { file, program } = build(flags, sources);
      const symbols = new SymbolSet([program], new Map(), file);
      const expected = locationsInGdb(file, names);
      assert.deepEqual(names.map((name) => [name, symbols.functionAddresses(name).map(hex).sort()]), names.map((name, index) => [name, expected[index]]));
      if (!flags.includes('-O0')) assert.ok(names.some((name, index) => (expected[index]?.length ?? 0) > program.functions(name).length), 'nothing was inlined');
    });
  }
});

/** A function of the unit itself, and one that every unit has inlined and none has by itself. */
const UNIT = `
volatile int sink;
static inline __attribute__((always_inline)) int everywhere(int value) { sink = value; return value + 1; }
int here(int value) { sink = value; return value * 2; }
int user(int value) { return everywhere(value) + here(value); }
`;

test('programs of very many units: only units that have a function of the name are read', { skip: missingCompiler }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'chronovisor-units-'));
  try {
    const compiler = findTool(tools.gcc) ?? '';
    const compile = (name: string, text: string): string => {
      writeFileSync(path.join(folder, `${name}.c`), text);
      run(compiler, ['-O2', '-g', '-ffreestanding', '-c', path.join(folder, `${name}.c`), '-o', path.join(folder, `${name}.o`)]);
      return path.join(folder, `${name}.o`);
    };
    const first = compile('first', UNIT);
    const other = compile('other', UNIT.replace('volatile', 'extern volatile').replaceAll('int here', 'static inline int here').replace('int user', 'static __attribute__((used)) int user'));
    for (const [count, everywhere, here] of [[3, 4, 5], [600, 0, 2]] as const) {
      const file = path.join(folder, 'units.elf');
      run(compiler, ['-nostdlib', '-static', '-Wl,-e,user', first, ...Array.from({ length: count }, () => other), '-o', file]);
      const program = open(new Uint8Array(readFileSync(file)));
      const symbols = new SymbolSet([program], new Map(), file);
      assert.deepEqual([symbols.functionAddresses('everywhere').length, symbols.functionAddresses('here').length], [everywhere, here], `${count} units`);
    }
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
