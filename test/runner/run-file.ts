/** Runs one test file in a process of its own, and says what happened in it. */
import { spawn } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import os from 'node:os';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import type { TestOutcome } from './test-outcome.ts';

export interface FileResult {
  readonly tests: readonly TestOutcome[];
  /** All that the process printed. */
  readonly output: string;
  readonly durationMs: number;
}

export interface ProcessResult {
  readonly code: number | undefined;
  readonly timedOut: boolean;
  readonly output: string;
  readonly durationMs: number;
}

/** Runs a program to its end, or kills it with all its children after `limitMs`. */
export function runProcess(command: string, args: readonly string[], cwd: string, limitMs: number): Promise<ProcessResult> {
  return new Promise(resolve => {
    const start = performance.now();
    const detached = process.platform !== 'win32'; // a group of its own, which can be killed as one
    // NODE_TEST_CONTEXT would make node:test report to a parent that is not this one.
    const env = { ...process.env, CHRONOVISOR_TRANSLATIONS: 'off', NO_COLOR: '1', FORCE_COLOR: '0', NODE_TEST_CONTEXT: undefined };
    const child = spawn(command, args, { cwd, detached, stdio: ['ignore', 'pipe', 'pipe'], env });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.stderr.on('data', (chunk: Buffer) => chunks.push(chunk));
    const kill = (): void => {
      try {
        if (child.pid !== undefined) process.kill(detached ? -child.pid : child.pid, 'SIGKILL');
      } catch {
        // gone already
      }
    };
    process.once('exit', kill);
    let timedOut = false;
    const timer = setTimeout(() => {
      timedOut = true;
      kill();
    }, limitMs);
    const end = (code: number | undefined): void => {
      clearTimeout(timer);
      process.off('exit', kill);
      kill(); // what it left behind
      resolve({ code, timedOut, output: Buffer.concat(chunks).toString(), durationMs: performance.now() - start });
    };
    child.once('error', error => {
      chunks.push(Buffer.from(error.message));
      end(undefined);
    });
    child.once('exit', code => {
      // Its own output is complete a moment later; grandchildren that keep the pipes open are not waited for.
      const late = setTimeout(end, 500, code ?? undefined);
      child.once('close', () => {
        clearTimeout(late);
        end(code ?? undefined);
      });
    });
  });
}

/** The file itself fails when it broke off, ended badly, or contains no test. */
function fileFailure(file: string, result: ProcessResult, tests: readonly TestOutcome[], ended: boolean, limitMs: number): TestOutcome | undefined {
  const failure = (error: string): TestOutcome => ({ name: file, outcome: 'failed', durationMs: result.durationMs, error });
  if (result.timedOut) return failure(`did not finish within ${String(limitMs / 1000)} s and was stopped`);
  if (tests.some(test => test.outcome === 'failed')) return undefined;
  if (tests.length === 0 && result.code === 0) return failure('contains no test, or ended before it began one');
  return ended && result.code === 0 ? undefined : failure(`ended with exit code ${String(result.code)} before its tests did`);
}

export async function runTestFile(repository: string, file: string, limitMs: number): Promise<FileResult> {
  const folder = mkdtempSync(path.join(os.tmpdir(), 'chronovisor-test-'));
  const report = path.join(folder, 'report.jsonl');
  try {
    const reporter = pathToFileURL(path.join(import.meta.dirname, 'json-lines-reporter.ts')).href;
    const args = ['--import', 'tsx', '--test-reporter', reporter, '--test-reporter-destination', report, file];
    const result = await runProcess(process.execPath, args, repository, limitMs);
    const tests: TestOutcome[] = [];
    let ended = false;
    for (const line of readLines(report)) {
      if (line === '"end"') ended = true;
      else tests.push(JSON.parse(line) as TestOutcome);
    }
    const failure = fileFailure(file, result, tests, ended, limitMs);
    if (failure !== undefined) tests.push(failure);
    return { tests, output: result.output, durationMs: result.durationMs };
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Whole lines only: the last one may be cut when the process was killed. */
function readLines(file: string): string[] {
  try {
    return readFileSync(file, 'utf8').split('\n').slice(0, -1);
  } catch {
    return [];
  }
}
