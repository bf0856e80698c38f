/** Every value that the corpus has, and a table of expressions: ours as GDB's. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Variable } from '../../debug-adapter/symbols/variables.ts';
import { build, missingGdb } from '../dwarf/corpus.ts';
import type { Built } from '../dwarf/corpus.ts';
import { missingTools, tools } from '../tools.ts';
import type { Answer } from './oracle.ts';
import { askGdb, buildWithClang, CPP_FLAGS, sameText, staticFrame } from './oracle.ts';

const missingClang = missingGdb === false ? missingTools(tools.clang) : missingGdb;
const MAX_LEAVES = 1_500;

interface Case { readonly name: string; readonly make: () => Built; readonly skip: string | false; readonly isRust?: boolean }

const CASES: readonly Case[] = [
  { name: 'C, GCC, DWARF 4', make: () => build(['-O0', '-gdwarf-4'], ['values.c']), skip: missingGdb },
  { name: 'C, GCC, DWARF 5', make: () => build(['-O2', '-gdwarf-5'], ['values.c']), skip: missingGdb },
  { name: 'C++, GCC, DWARF 4', make: () => build(['-O2', '-gdwarf-4', ...CPP_FLAGS], ['classes.cpp']), skip: missingGdb },
  { name: 'C++, GCC, DWARF 5', make: () => build(['-O0', '-gdwarf-5', ...CPP_FLAGS], ['classes.cpp']), skip: missingGdb },
  { name: 'C, Clang', make: () => buildWithClang('values.c', ['-O1', '-g']), skip: missingClang },
  { name: 'C++, Clang', make: () => buildWithClang('classes.cpp', ['-O0', '-g', ...CPP_FLAGS]), skip: missingClang },
  { name: 'Rust', make: () => build([], ['rust.s']), skip: missingGdb, isRust: true },
];

/** Globals and all that they consist of, by the expressions that name them. */
function* leaves(variables: readonly Variable[], depth = 0): Generator<Variable, void, undefined> {
  for (const variable of variables) {
    yield variable;
    if (depth < 4) yield* leaves(variable.children(0, 5), depth + 1);
  }
}

/** Spellings of GDB that differ from those of Rust itself. */
function rustText(text: string): string {
  return text.replace(/^&\[\w+\] (?=\[)/, '').replace(/(?<=\w) (?=\()/, '').replace('Rect{', 'Rect {').replace(/\\u\{0*([0-9a-f]+)\}/g, (_, code: string) => String.fromCodePoint(parseInt(code, 16))).replace('rs::twice', 'twice');
}

function check(what: string, ours: Variable, answer: Answer, failures: string[], isRust = false): void {
  const { value = '', type = '' } = answer;
  // What is shortened is not compared, nor references within structures: GDB shows where they point, ours what is there.
  const isCut = ours.value.includes('...') || value.includes('...') || value.includes('= @0x');
  // GDB does not know this type.
  if (ours.type === 'decltype(nullptr)') return;
  if (!isCut && !sameText(ours.value, isRust ? rustText(value) : value)) failures.push(`${what}: ${ours.value}, GDB says ${value} (${type})`);
  // GDB forgets what kind of pointer it is.
  if (ours.type !== type.replace('unsigned int __int128', 'unsigned __int128') && !(isRust && type.startsWith('*mut'))) failures.push(`type of ${what}: ${ours.type}, GDB says ${type}`);
}

for (const { name, make, skip, isRust } of CASES) {
  describe(`values: ${name}`, { skip }, () => {
    test('each global and its parts', () => {
      const built = make();
      const frame = staticFrame(built, isRust === true ? 'twice' : 'main');
      const found: Variable[] = [];
      for (const leaf of leaves(built.program.variables(frame, 'globals'))) if (leaf.evaluateName !== '' && found.length < MAX_LEAVES) found.push(leaf);
      assert.ok(found.length > 40);
      const failures: string[] = [];
      for (const leaf of found) {
        const again = built.program.evaluate(leaf.evaluateName, frame);
        assert.deepEqual([again.value, again.type], [leaf.value, leaf.type], leaf.evaluateName);
      }
      const asked = isRust === true ? found.filter(({ evaluateName }) => /^[\w:]+$/.test(evaluateName)) : found;
      const answers = askGdb(built.file, asked.map(({ evaluateName }) => [evaluateName]), isRust === true ? ['set language rust'] : []);
      let compared = 0;
      for (const [index, leaf] of asked.entries()) {
        const answer = answers[index];
        if (answer === undefined || answer.error !== undefined) continue;
        compared++;
        check(leaf.evaluateName, leaf, answer, failures, isRust);
      }
      assert.equal(failures.join('\n'), '');
      assert.ok(compared > asked.length / 2, `GDB knows only ${compared} of ${asked.length}`);
    });
  });
}
