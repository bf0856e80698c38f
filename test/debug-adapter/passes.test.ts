/** Hit conditions and log messages as text, and counting passes, compared with counting them all. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { parseHitCondition } from '../../debug-adapter/breakpoints/hit-condition.ts';
import { LogFlow, parseLogMessage } from '../../debug-adapter/breakpoints/log-message.ts';
import { Passes } from '../../debug-adapter/breakpoints/passes.ts';
import { splitAssignment } from '../../debug-adapter/assignment-text.ts';

const hitConditions: readonly (readonly [string, string | RegExp])[] = [
  ['10', 'at 10'], ['== 10', 'at 10'], ['=10', 'at 10'], [' >= 10 ', 'from 10'], ['>10', 'from 11'], ['<= 10', 'upTo 10'], ['< 10', 'upTo 9'], ['% 10', 'every 10'], ['%1', 'every 1'],
  ['+10', 'at 10 from here'], ['>= 0', 'from 1'], ['> 0', 'from 1'],
  ['', /no hit condition/], ['ten', /no hit condition.*such as 10/], ['10 times', /no hit condition/], ['-1', /no hit condition/], ['0', /counted from 1/], ['< 1', /counted from 1/], ['% 0', /counted from 1/],
  ['5000000', /reach to 4,000,000/],
];

for (const [text, expect] of hitConditions) {
  test(`hit condition '${text}'`, () => {
    if (typeof expect !== 'string') {
      assert.throws(() => parseHitCondition(text), expect);
      return;
    }
    const { which, count, fromHere } = parseHitCondition(text);
    assert.equal(`${which} ${count}${fromHere ? ' from here' : ''}`, expect);
  });
}

const messages: readonly (readonly [string, string | RegExp])[] = [
  ['plain', 'plain'], ['x is {x}', 'x is [x]'], ['{a}{b}', '[a][b]'], ['{ p->next , x }!', '[p->next , x]!'], ['\\{x\\} \\\\ \\n\\t\\q', '{x} \\ \n\t\\q'], ["it's {x}", "it's [x]"],
  ["{c == '}'}", "[c == '}']"], ['{names["a}"]}', '[names["a}"]]'], ['{(struct s){1}}', '[(struct s){1}]'], ['}', '}'], ['{x', /nothing closes/], ['{ }', /empty braces/], ['', ''],
];

for (const [text, expect] of messages) {
  test(`log message '${text}'`, () => {
    if (typeof expect !== 'string') assert.throws(() => parseLogMessage(text), expect);
    else assert.equal(parseLogMessage(text).map((part) => ('text' in part ? part.text : `[${part.expression}]`)).join(''), expect);
  });
}

const assignments: readonly (readonly [string, string | undefined])[] = [
  ['x = 5', 'x <- 5'], ['x=5', 'x <- 5'], ['p->next = q', 'p->next <- q'], ['a[i = 1]', undefined], ['a[1] = b == c', 'a[1] <- b == c'], ['x == 5', undefined], ['x != 5', undefined], ['x <= 5', undefined],
  ['x >= 5', undefined], ['x += 2', 'x <- (x) + (2)'], ['x <<= 2', 'x <- (x) << (2)'], ['x >>=2', 'x <- (x) >> (2)'], ['$a0 = -1', '$a0 <- -1'], ['"a=b"', undefined], ["c = '='", "c <- '='"], ['= 5', undefined], ['x =', undefined],
];

for (const [text, expect] of assignments) {
  test(`assignment '${text}'`, () => {
    const parts = splitAssignment(text);
    assert.equal(parts && `${parts.target} <- ${parts.value}`, expect);
  });
}

const ascending = fc.uniqueArray(fc.integer({ min: 0, max: 300 }), { maxLength: 80 }).map((list) => list.sort((a, b) => a - b));

test('passes: whatever was gone through in whatever order, the number of a pass is the same', () => {
  const conditions = fc.record({ which: fc.constantFrom('at', 'from', 'upTo', 'every'), count: fc.integer({ min: 1, max: 12 }), fromHere: fc.boolean() });
  const motions = fc.array(fc.record({ to: fc.integer({ min: 0, max: 300 }), counts: fc.boolean() }), { maxLength: 12 });
  fc.assert(fc.property(ascending, conditions, fc.integer({ min: 0, max: 100 }), motions, (all, condition, here, legs) => {
    const passes = new Passes(condition, here);
    const counted = condition.fromHere ? all.filter((position) => position > here) : all;
    const isMeant = (position: number): boolean => {
      const number = counted.indexOf(position) + 1;
      if (number === 0) return false;
      if (condition.which === 'every') return number % condition.count === 0;
      return condition.which === 'at' ? number === condition.count : condition.which === 'from' ? number >= condition.count : number <= condition.count;
    };
    const go = (from: number, to: number): void => { for (const position of all) if (position >= from && position < to) passes.add(position); };
    for (const { to, counts } of legs) {
      if (passes.covered < to) {
        passes.discard();
        go(passes.covered, to);
        passes.cover(to);
      }
      // Some of a step that leaves gaps.
      if (!counts) for (const position of all) if (position > to + 20) passes.add(position);
      for (const position of all) if (position < to) assert.equal(passes.isMeant(position), isMeant(position), `${position} before ${to}`);
      const last = passes.lastMeantBefore(to);
      if (last !== 'unknown') assert.equal(last, all.filter((position) => position < to && isMeant(position)).at(-1));
    }
  }), { numRuns: 500 });
});

test('a flood of log lines is cut, and how much is told', ({ mock }) => {
  let nowMs = 5000;
  mock.method(performance, 'now', () => nowMs);
  const lines: string[] = [];
  const flow = new LogFlow((_, body) => { lines.push((body as { output: string }).output); });
  let asked = 0;
  for (let index = 0; index < 3000; index++) flow.print(() => ({ text: `line ${asked++}` }));
  assert.deepEqual([lines.length, asked], [1000, 1000]);
  nowMs += 1001;
  flow.print(() => ({ text: 'next' }));
  assert.deepEqual(lines.slice(1000), ['(2,000 lines of logpoints were left out: more than 1000 came in a second)\n', 'next\n']);
  flow.tellLeftOut();
  assert.equal(lines.length, 1002);
});
