/** Random arithmetic as GDB computes it; random text that never does anything but answer. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import type { Variable } from '../../debug-adapter/symbols/variables.ts';
import { UserError } from '../../emulator/user-error.ts';
import { build, missingCompiler, missingGdb } from '../dwarf/corpus.ts';
import { askGdb, CPP_FLAGS, staticFrame } from './oracle.ts';
import type { Answer } from './oracle.ts';

const INTEGERS = ['seven', 'minus_three', 'two', 'unsigned_max', 'int_min', 'million', 'long_max', 'small', 'byte_max', 'short_min', 'short_max', 'letter', 'bits.b', '(color + 0)', '(flag_ac + 0)', 'table[5]', 'matrix[1][2]', 'first.value'];
const FLOATS = ['f_third', 'f_one', 'd_pi', 'd_neg', '1.5f', '0.25', 'vector[2]'];
const TYPES = ['int', 'unsigned', 'long', 'unsigned long', 'char', 'signed char', 'short', 'unsigned short', 'u8', 'i16'];

const integer: fc.Memo<string> = fc.memo((depth) => {
  const leaf = fc.oneof(fc.constantFrom(...INTEGERS), fc.integer({ min: 0, max: 300 }).map(String), fc.constantFrom('0x80000000', '4294967295', '1l', '3u', "'a'"));
  if (depth <= 1) return leaf;
  const inner = integer();
  return fc.oneof(
    leaf,
    fc.tuple(inner, fc.constantFrom('+', '-', '*', '&', '|', '^', '==', '!=', '<', '>', '<=', '>=', '&&', '||'), inner).map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    fc.tuple(inner, fc.constantFrom('/', '%'), fc.integer({ min: 1, max: 50 })).map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    fc.tuple(inner, fc.constantFrom('<<', '>>'), fc.integer({ min: 0, max: 31 })).map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    fc.tuple(fc.constantFrom('-', '~', '!', '+'), inner).map(([operator, a]) => `${operator}(${a})`),
    fc.tuple(fc.constantFrom(...TYPES), inner).map(([type, a]) => `(${type})(${a})`),
    fc.tuple(floating(), fc.constantFrom('<', '>', '=='), inner).map(([a, operator, b]) => `(${a} ${operator} ${b})`),
  );
});

const floating: fc.Memo<string> = fc.memo((depth) => {
  const leaf = fc.constantFrom(...FLOATS);
  if (depth <= 1) return leaf;
  return fc.oneof(
    leaf,
    fc.tuple(floating(), fc.constantFrom('+', '-', '*', '/'), fc.oneof(floating(), integer())).map(([a, operator, b]) => `(${a} ${operator} ${b})`),
    fc.tuple(fc.constantFrom('float', 'double'), fc.oneof(floating(), integer())).map(([type, a]) => `(${type})(${a})`),
    floating().map((a) => `-(${a})`),
  );
});

function difference(expression: string, { value = '', type = '', error }: Answer, evaluate: () => Variable): string | undefined {
  if (error !== undefined) {
    assert.throws(evaluate, UserError, `${expression}: ${error}`);
    return undefined;
  }
  const ours = evaluate();
  const number = type === 'float' ? Math.fround : Number;
  const isSame = type === 'float' || type === 'double' ? isSameNumber(number(numberOf(ours.value)), number(numberOf(value))) : ours.value === value;
  return isSame && ours.type === type ? undefined : `${expression}: ${ours.value} (${ours.type}), GDB says ${value} (${type})`;
}

function numberOf(text: string): number {
  return Number(text.replace(/nan.*/, 'NaN').replace('inf', 'Infinity'));
}

/** GDB negates by subtracting from 0, which loses the sign of a zero. */
function isSameNumber(a: number, b: number): boolean {
  return a === b || (Number.isNaN(a) && Number.isNaN(b));
}

const PER_RUN = 250;

describe('random arithmetic', { skip: missingGdb }, () => {
  test('as GDB computes it', () => {
    const built = build(['-O0', '-gdwarf-5'], ['values.c']);
    const frame = staticFrame(built);
    const seed = Number(process.env['FUZZ_SEED'] ?? performance.timeOrigin % 1e9);
    const expressions = fc.sample(fc.oneof(integer(5), floating(4)), { numRuns: Number(process.env['FUZZ_RUNS'] ?? 3) * PER_RUN, seed });
    const answers = askGdb(built.file, expressions.map((expression) => [expression]));
    const differences = expressions.map((expression, index) => difference(expression, answers[index] ?? {}, () => built.program.evaluate(expression, frame)));
    assert.deepEqual(differences.filter((each) => each !== undefined).slice(0, 10), [], `FUZZ_SEED=${seed}`);
  });
});

const WORDS = [
  ...INTEGERS, ...FLOATS, 'list', 'first', 'bits', 'view', 'matrix', 'text', 'words', 'operations', 'anything', 'opaque_pointer', 'struct', 'node', 'int', 'unsigned', 'char', 'sizeof', 'const', '(', ')', '[', ']', '{', '}', '.', '->', '*', '&',
  '&&', '||', '+', '-', '/', '%', '<<', '>>', '<', '>', '==', '!', '~', '?', ':', '::', ',', '@', '$a0', '$pc', '$fa0', '$mstatus', '0', '1', '16', '0xffffffffffffffff', '1e400', '"s"', "'c'", ',x', ',s', ',4', '/x ', 'point', 'shapes', 'Box', 'this', 'values.c::',
  '(struct node *)', '(char)', '(u8 [4])', '340282366920938463463374607431768211455', '\u00e9', '\\', '#', '\0',
];
const LIMIT_MS = 1_000;

describe('random text', { skip: missingCompiler }, () => {
  for (const [name, flags, source] of [['C', ['-O0', '-gdwarf-5'], 'values.c'], ['C++', ['-O0', '-gdwarf-5', ...CPP_FLAGS], 'classes.cpp']] as const) {
    test(`${name}: answers or refuses`, () => {
      const built = missingCompiler === false ? build(flags, [source]) : assert.fail();
      const frame = staticFrame(built);
      const attempt = (work: () => unknown): void => {
        const start = performance.now();
        try {
          work();
        } catch (error) {
          if (!(error instanceof UserError)) throw error;
        }
        assert.ok(performance.now() - start < LIMIT_MS, 'it takes too long');
      };
      const text = fc.oneof(fc.array(fc.constantFrom(...WORDS), { maxLength: 12 }).map((words) => words.join('')), fc.array(fc.constantFrom(...WORDS), { maxLength: 12 }).map((words) => words.join(' ')), fc.string());
      fc.assert(fc.property(text, text, fc.nat(40), (expression, value, column) => {
        attempt(() => built.program.evaluate(expression, frame).children(0, 20).map((child) => child.children(0, 5)));
        attempt(() => built.program.compileCondition(expression, frame.pc)(frame.register, frame.memory, () => 5n));
        attempt(() => built.program.assignment(expression, value, frame));
        attempt(() => built.program.completions(expression, Math.min(column, expression.length), frame));
      }), { numRuns: Number(process.env['FUZZ_RUNS'] ?? 10) * 100 });
    });
  }
});
