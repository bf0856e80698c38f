/** What a terminal would answer is taken out of a replayed output, and nothing else. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QueryFilter } from '../../emulator/cli/terminal-queries.ts';
import { isTerminalReport } from '../../extension/terminal-reports.ts';

function shown(chunks: readonly string[]): string {
  const filter = new QueryFilter();
  return chunks.map((chunk) => Buffer.from(filter.pass(Buffer.from(chunk, 'latin1'))).toString('latin1')).join('');
}

const E = '\u001b';
const queries = [
  `${E}[6n`, `${E}[5n`, `${E}[?6n`, `${E}[c`, `${E}[0c`, `${E}[>c`, `${E}[=c`, `${E}[>0q`, `${E}[?2026$p`, `${E}[18t`, `${E}[14;2t`, `${E}[?u`, `${E}Z`,
  `${E}P$qm${E}\\`, `${E}P+q544e${E}\\`, `${E}]11;?\u0007`, `${E}]4;1;?${E}\\`, '\u0005',
];
for (const query of queries) {
  test(`asks: ${JSON.stringify(query)}`, () => {
    assert.equal(shown([`a${query}b`]), 'ab');
    for (let at = 1; at < query.length; at++) assert.equal(shown([`a${query.slice(0, at)}`, `${query.slice(at)}b`]), 'ab');
  });
}

const harmless = [
  'plain \r\n\t\u0007', `${E}[0m`, `${E}[31;1mred${E}[m`, `${E}[2J${E}[H`, `${E}[?25l`, `${E}[?1049h`, `${E}]0;title\u0007`, `${E}]8;;http://x${E}\\link`, `${E}(B`, `${E}7${E}8`,
  `${E}[8;24;80t`, `${E}[22;0t`, `${E}[10;20r`, `${E}c`, 'grüße ☃', `${E}P1$r0m${E}\\`, `${E}[4n`.replace('4n', '4m'),
];
for (const text of harmless) {
  test(`is shown: ${JSON.stringify(text)}`, () => {
    const bytes = Buffer.from(text).toString('latin1');
    assert.equal(shown([bytes]), bytes);
    assert.equal(shown([...bytes]), bytes);
  });
}

test('a sequence without an end is shown at last', () => {
  const text = `${E}]0;${'x'.repeat(1000)}`;
  assert.equal(shown([`${text}\u0007`]), `${text}\u0007`);
});

const reports = [`${E}[24;80R`, `${E}[0n`, `${E}[?1;2c`, `${E}[>0;276;0c`, `${E}[I`, `${E}[O`, `${E}[?2026;2$y`, `${E}[8;24;80t`, `${E}]11;rgb:ffff/ffff/ffff${E}\\`, `${E}P1$r0m${E}\\`, `${E}[1;1R${E}[1;1R`];
const keys = ['a', '\r', '\u0003', `${E}[A`, `${E}OP`, `${E}[1;5C`, `${E}[3~`, E, '6n', `${E}[24;80Rx`, ''];
for (const data of reports) test(`a report: ${JSON.stringify(data)}`, () => { assert.equal(isTerminalReport(data), true); });
for (const data of keys) test(`keys: ${JSON.stringify(data)}`, () => { assert.equal(isTerminalReport(data), false); });
