/** Values as text: in hexadecimal, and in full for the clipboard. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fullText, inHexadecimal, type Item } from '../../debug-adapter/item.ts';

const hexadecimal: readonly (readonly [string, number | undefined, string])[] = [
  ['39', 4, '0x27'], ['-1', 4, '0xffffffff'], ['-1', 1, '0xff'], ['-1', undefined, '0xffffffffffffffff'], ["65 'A'", 1, "0x41 'A'"], ["10 '\\n'", 1, "0xa '\\n'"], ['18446744073709551615', 8, '0xffffffffffffffff'],
  ['-170141183460469231731687303715884105728', 16, '0x80000000000000000000000000000000'],
  ['0x80003a30 <stock+512>', 8, '0x80003a30 <stock+512>'], ['1.5', 8, '1.5'], ['true', 1, 'true'], ['RED', 4, 'RED'], ['<optimized out>', 4, '<optimized out>'], ['{...}', 16, '{...}'],
];

for (const [value, sizeBytes, expect] of hexadecimal) {
  test(`${value} of ${sizeBytes ?? '?'} bytes in hexadecimal`, () => {
    assert.equal(inHexadecimal({ name: 'x', value, ...(sizeBytes === undefined ? {} : { sizeBytes }) }), expect);
  });
}

const leaf = (name: string, value: string, type = 'int'): Item => ({ name, value, type });
const node = (name: string, type: string, children: readonly Item[], isIndexed = false): Item => ({
  name, value: '{...}', type, childCount: children.length, isIndexed, children: { list: (start, count) => children.slice(start, count === undefined ? undefined : start + count), isIndexed },
});

const texts: readonly (readonly [string, Item, string])[] = [
  ['a number', leaf('x', '5'), '5'],
  ['an array of numbers', node('a', 'int [3]', [leaf('[0]', '1'), leaf('[1]', '2'), leaf('[2]', '3')], true), '{1, 2, 3}'],
  ['a structure', node('s', 'struct s', [leaf('a', '1'), node('b', 'int [2]', [leaf('[0]', '7'), leaf('[1]', '8')], true), node('c', 'struct c', [leaf('d', '2')])]), '{\n  a = 1\n  b = {7, 8}\n  c =\n    d = 2\n}'],
  ['a pointer is not followed', node('p', 'struct s *', [leaf('a', '1')]), '{...}'],
  ['nor is one inside', node('s', 'struct s', [node('next', 'struct s *', [leaf('a', '1')])]), '{\n  next = {...}\n}'],
  ['an array of structures', node('a', 'struct s [1]', [node('[0]', 'struct s', [leaf('a', '1')])], true), '{\n  [0] =\n    a = 1\n}'],
];

for (const [what, item, expect] of texts) test(`in full: ${what}`, () => { assert.equal(fullText(item), expect); });

test('in full: what is too long is cut', () => {
  const many = node('a', 'struct s', Array.from({ length: 9000 }, (_, index) => leaf(`member_number_${index}`, String(index))));
  const text = fullText(many);
  assert.ok(text.length < 100_000);
  assert.match(text, /\n {2}\.\.\.\n\}$/);
});
