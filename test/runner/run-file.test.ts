/** The runner must never take a file that broke off for one that passed. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { runTestFile } from './run-file.ts';

const repository = path.resolve(import.meta.dirname, '../..');
const folder = mkdtempSync(path.join(os.tmpdir(), 'chronovisor-runner-'));
after(() => {
  rmSync(folder, { recursive: true });
});

const LIMIT_MS = 20_000;

/** Runs a file with this body; expects these counts, and this text in the errors. */
async function check(body: string, expected: { passed: number; failed: number; skipped: number }, error?: RegExp, limitMs = LIMIT_MS): Promise<void> {
  const file = path.join(folder, 'sample.test.mts');
  writeFileSync(file, `import { test, describe, it } from 'node:test';\nimport assert from 'node:assert/strict';\n${body}\n`);
  const { tests } = await runTestFile(repository, file, limitMs);
  const count = (outcome: string): number => tests.filter(one => one.outcome === outcome).length;
  assert.deepEqual({ passed: count('passed'), failed: count('failed'), skipped: count('skipped') }, expected, JSON.stringify(tests));
  if (error !== undefined) assert.match(tests.map(one => `${one.name}: ${one.error ?? one.reason ?? ''}`).join('\n'), error);
}

const rows: readonly { name: string; body: string; counts: [number, number, number]; error?: RegExp; limitMs?: number }[] = [
  { name: 'passing tests and suites', body: "test('a', () => {}); describe('s', () => { it('b', () => {}); });", counts: [2, 0, 0] },
  { name: 'a skip keeps its reason', body: "test('a', { skip: 'no tool' }, () => {}); test('b', () => {});", counts: [1, 0, 1], error: /a: no tool/ },
  { name: 'a failure keeps its path and its error', body: "describe('s', () => { it('b', () => { assert.equal(1, 2, 'not two'); }); });", counts: [0, 1, 0], error: /s > b: .*not two/ },
  { name: 'a failed subtest counts once', body: "test('a', async t => { await t.test('b', () => { throw new Error('boom'); }); });", counts: [0, 1, 0], error: /a > b: Error: boom/ },
  { name: 'an error outside of tests', body: "test('a', () => {}); throw new Error('outside');", counts: [0, 1, 0], error: /ended with exit code/ },
  { name: 'an exit in the middle', body: "test('a', () => {}); test('b', () => { process.exit(0); });", counts: [0, 1, 0], error: /contains no test, or ended/ },
  { name: 'no test at all', body: '', counts: [0, 1, 0], error: /contains no test/ },
  { name: 'a promise that nobody resolves', body: "test('a', () => new Promise(() => {}));", counts: [0, 1, 0], error: /still pending/ },
  { name: 'a hang', body: "test('a', () => {}); test('b', () => new Promise(() => setInterval(() => {}, 1000)));", counts: [1, 1, 0], error: /did not finish within/, limitMs: 4000 },
];

for (const { name, body, counts: [passed, failed, skipped], error, limitMs } of rows) {
  test(name, () => check(body, { passed, failed, skipped }, error, limitMs));
}
