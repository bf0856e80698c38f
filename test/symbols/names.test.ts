/** Names of C++ and Rust functions: as GDB shows them, and found by what people write. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isNameOf } from '../../debug-adapter/dwarf/function-names.ts';
import { build, gdb, missingCompiler, missingGdb } from '../dwarf/corpus.ts';

const CPP = ['start.S', 'frames/names.cpp'];
const FLAGS = ['-fno-exceptions', '-fno-rtti'];

/** GDB takes names from the linker's, with `const` behind; the source and we have it before. */
function normal(name: string): string {
  return name.replace(/([\w:]+) const(?=[*&])/g, 'const $1').replace(/ /g, '');
}

describe('functions of C++', { skip: missingGdb }, () => {
  for (const flags of [['-O0', '-gdwarf-5'], ['-O1', '-gdwarf-5'], ['-O1', '-gdwarf-4']]) {
    test(`every name is GDB's, ${flags.join(' ')}`, () => {
      const { program, file } = build([...FLAGS, ...flags], CPP);
      const functions = program.symbols.filter(({ kind, address }) => kind === 'function' && program.location(address) !== undefined);
      assert.ok(functions.length >= 15);
      const names = gdb(file, functions.map(({ address }) => `python print(gdb.block_for_pc(${address}).function)`)).trim().split('\n');
      for (const [index, { address }] of functions.entries()) assert.equal(normal(program.describe(address).name), normal(names[index] ?? ''));
    });
  }
});

describe('functions by name', { skip: missingCompiler }, () => {
  const { program } = missingCompiler === false ? build([...FLAGS, '-O0', '-gdwarf-5'], CPP) : { program: undefined };
  const counter = 'outer::inner::Counter';
  const rows: [asked: string, expect: string[]][] = [
    ['add', [`${counter}::add(int)`, `${counter}::add(outer::inner::point)`]], ['Counter::add(int)', [`${counter}::add(int)`]],
    ['Counter::add( int )', [`${counter}::add(int)`]], [`::${counter}::get`, [`${counter}::get() const`]], ['dd', []], ['er::add', []],
    ['largest', ['outer::largest<char>(char, char)', 'outer::largest<int>(int, int)']], ['largest<int>', ['outer::largest<int>(int, int)']],
    ['Holder::first', ['outer::Holder<int, 3>::first()']], ['outer::Holder<int,3>::first', ['outer::Holder<int, 3>::first()']],
    ['operator==', [`${counter}::operator==(const outer::inner::Counter&) const`]], ['hidden', ['outer::(anonymous namespace)::hidden(int)']],
    ['Nested::method', [`${counter}::Nested::method(unsigned long, const outer::inner::point*)`]], ['plain', ['plain']], ['main', ['main']],
    ['_ZN5outer5inner7Counter3addEi', ['_ZN5outer5inner7Counter3addEi']],
  ];
  for (const [asked, expect] of rows) {
    test(asked, () => { assert.deepEqual(program?.functions(asked).map(({ name }) => name).sort(), expect); });
  }
});

describe('Rust', { skip: missingCompiler }, () => {
  test('by crate and module, without hashes', () => {
    const { program } = build([], ['rust.s']);
    const names = program.symbols.filter(({ kind, address }) => kind === 'function' && program.location(address) !== undefined).map(({ address }) => program.describe(address).name);
    assert.ok(names.length > 3);
    for (const name of names) assert.doesNotMatch(name, /h[0-9a-f]{16}|^_/);
  });
});

const matches: [fullName: string, asked: string, expect: boolean][] = [
  ['a::b(int)', 'b', true], ['a::b(int)', 'a::b', true], ['a::b(int)', 'a::b(int)', true], ['a::b(int)', 'b(char)', false], ['a::ab(int)', 'b', false],
  ['f<a::b>(int)', 'b', false], ['f<a::b>(int)', 'f', true], ['f<a::b>(int)', 'f<a::b>', true], ['a::operator()(int) const', 'operator()', true],
  ['a::operator<(a)', 'operator<', true], ['crate::module::run', 'module::run', true], ['crate::{impl#0}::run', 'run', true], ['a', '', false],
  ['f<long>(unsigned long)', 'f<long int>(long unsigned int)', true], ['f<long>(long)', 'f<int>', false],
];
test('what a name means', () => {
  for (const [fullName, asked, expect] of matches) assert.equal(isNameOf(fullName, asked), expect, `${fullName}, ${asked}`);
});
