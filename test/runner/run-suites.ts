/** Runs suites and checks, and prints failures in full. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import type { HostResult } from '../e2e/suite/host-result.ts';
import { runProcess, runTestFile, type FileResult } from './run-file.ts';
import type { Check, Suite } from './suites.ts';
import type { TestOutcome } from './test-outcome.ts';

export interface Tally {
  readonly name: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  readonly durationMs: number;
  /** Shown in the table. */
  readonly note: string;
}

const seconds = (ms: number): string => `${(ms / 1000).toFixed(1)} s`;

function count(tests: readonly TestOutcome[], outcome: TestOutcome['outcome']): number {
  return tests.filter(test => test.outcome === outcome).length;
}

function printFile(file: string, result: FileResult): void {
  const failed = count(result.tests, 'failed');
  const skipped = count(result.tests, 'skipped');
  const parts = [`${String(count(result.tests, 'passed'))} passed`, ...(failed > 0 ? [`${String(failed)} FAILED`] : []), ...(skipped > 0 ? [`${String(skipped)} skipped`] : [])];
  console.log(`  ${file}: ${parts.join(', ')} (${seconds(result.durationMs)})`);
  for (const test of result.tests) {
    if (test.outcome === 'skipped') console.log(`    skipped: ${test.name}: ${test.reason ?? ''}`);
    if (test.outcome === 'failed') console.log(`\n    FAILED: ${test.name}\n${(test.error ?? '').replaceAll(/^/gm, '      ')}\n`);
  }
  if (failed > 0 && result.output.trim() !== '') console.log(`    Output of ${file}:\n${result.output.trimEnd().replaceAll(/^/gm, '      | ')}\n`);
}

function tally(name: string, tests: readonly TestOutcome[], durationMs: number, note = ''): Tally {
  return { name, passed: count(tests, 'passed'), failed: count(tests, 'failed'), skipped: count(tests, 'skipped'), durationMs, note };
}

export async function runSuite(repository: string, suite: Suite): Promise<Tally> {
  const start = performance.now();
  console.log(`\n${suite.name}: ${suite.title}`);
  if (suite.files.length === 0) return { name: suite.name, passed: 0, failed: 1, skipped: 0, durationMs: 0, note: 'failed: it has no test files' };
  const unavailable = suite.unavailable();
  if (unavailable !== false) {
    console.log(`  skipped: ${unavailable}`);
    return { name: suite.name, passed: 0, failed: 0, skipped: suite.files.length, durationMs: 0, note: `skipped ${String(suite.files.length)} files: ${unavailable}` };
  }
  const queue = [...suite.files];
  const tests: TestOutcome[] = [];
  const worker = async (): Promise<void> => {
    for (let file = queue.shift(); file !== undefined; file = queue.shift()) {
      const result = await runTestFile(repository, file, suite.limitMsPerFile);
      printFile(file, result);
      tests.push(...result.tests);
    }
  };
  await Promise.all(Array.from({ length: suite.concurrency }, worker));
  return tally(suite.name, tests, performance.now() - start);
}

/** Runs an npm script; its output is shown when it fails. */
export async function runCheck(repository: string, check: Check): Promise<Tally> {
  const npm = process.platform === 'win32' ? 'npm.cmd' : 'npm';
  const result = await runProcess(npm, ['run', '--silent', check.script], repository, check.limitMs);
  const ok = result.code === 0 && !result.timedOut;
  console.log(`\n${check.name}: ${check.title}: ${ok ? 'ok' : 'FAILED'} (${seconds(result.durationMs)})`);
  if (!ok) console.log(result.timedOut ? `  stopped after ${seconds(check.limitMs)}` : '', `\n${result.output.trimEnd()}`);
  return { name: check.name, passed: 0, failed: ok ? 0 : 1, skipped: 0, durationMs: result.durationMs, note: ok ? 'ok' : 'failed' };
}

const HOST_LIMIT_MS = 300_000;

/** The mocha suite inside VS Code's extension host. */
export async function runHostSuite(repository: string, unavailable: string | false): Promise<Tally> {
  const name = 'vscode';
  console.log(`\n${name}: the packaged extension in a real VS Code, from inside its extension host`);
  if (unavailable !== false) {
    console.log(`  skipped: ${unavailable}`);
    return { name, passed: 0, failed: 0, skipped: 1, durationMs: 0, note: `skipped: ${unavailable}` };
  }
  const folder = mkdtempSync(path.join(os.tmpdir(), 'chronovisor-test-'));
  try {
    const resultFile = path.join(folder, 'result.json');
    const run = await runProcess(process.execPath, ['--import', 'tsx', path.join(repository, 'test/vscode/run-host.ts'), '--result', resultFile], repository, HOST_LIMIT_MS);
    const tests: TestOutcome[] = [...readHostTests(resultFile)];
    if (tests.length === 0 || (run.code !== 0 && count(tests, 'failed') === 0)) {
      tests.push({ name: 'test/vscode/run-host.ts', outcome: 'failed', durationMs: run.durationMs, error: run.timedOut ? 'did not finish' : `ended with exit code ${String(run.code)}` });
    }
    printFile('test/e2e/suite', { tests, output: run.output, durationMs: run.durationMs });
    return tally(name, tests, run.durationMs);
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readHostTests(file: string): HostResult['tests'] {
  try {
    return (JSON.parse(readFileSync(file, 'utf8')) as HostResult).tests;
  } catch {
    return [];
  }
}

export function printTable(rows: readonly Tally[]): void {
  const cells = [['suite', 'passed', 'failed', 'skipped', 'time', ''], ...rows.map(row => [
    row.name, String(row.passed), String(row.failed), String(row.skipped), seconds(row.durationMs), row.note,
  ])];
  const widths = [0, 1, 2, 3, 4].map(column => Math.max(...cells.map(row => (row[column] ?? '').length)));
  console.log('');
  for (const row of cells) {
    console.log(row.map((text, column) => (column === 0 || column === 5 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0))).join('  ').trimEnd());
  }
}
