/** Entry of the suite inside the extension host, for the headless VS Code and for @vscode/test-electron alike. */
import { appendFileSync, readdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { format } from 'node:util';
import Mocha from 'mocha';
import type { HostResult, HostTest } from './host-result.ts';

const TEST_TIMEOUT_MS = 60_000;

function outcomeOf(test: Mocha.Test): HostTest['outcome'] {
  if (test.isPending()) return 'skipped';
  return test.isPassed() ? 'passed' : 'failed';
}

/** Runs every bundled *.test.cjs beside this module. */
export async function run(): Promise<void> {
  const { TEST_REPORT_FILE: reportFile, TEST_RESULT_FILE: resultFile, TEST_GREP: grep } = process.env;
  if (reportFile !== undefined) {
    // VS Code mangles what is printed on its way out: keep the report in a file.
    Mocha.reporters.Base.consoleLog = (...values: unknown[]): void => {
      appendFileSync(reportFile, `${format(...values)}\n`);
    };
  }
  const mocha = new Mocha({ ui: 'bdd', timeout: TEST_TIMEOUT_MS, color: false, reporter: 'spec', ...(grep === undefined ? {} : { grep }) });
  for (const file of readdirSync(import.meta.dirname).sort()) if (file.endsWith('.test.cjs')) mocha.addFile(path.join(import.meta.dirname, file));
  const tests: HostTest[] = [];
  await new Promise<void>(resolve => {
    const runner = mocha.run(() => {
      resolve();
    });
    runner.on('test end', test => {
      tests.push({ name: test.fullTitle(), outcome: outcomeOf(test), durationMs: test.duration ?? 0, ...(test.err ? { error: test.err.stack ?? test.err.message } : {}) });
    });
    // A hook that fails ends no test.
    runner.on('fail', (failed: Mocha.Runnable, error: Error) => {
      if (!(failed instanceof Mocha.Test)) tests.push({ name: failed.fullTitle(), outcome: 'failed', durationMs: 0, error: error.stack ?? error.message });
    });
  });
  if (resultFile !== undefined) writeFileSync(resultFile, JSON.stringify({ tests } satisfies HostResult));
  const failed = tests.filter(test => test.outcome === 'failed').length;
  if (failed > 0) throw new Error(`${String(failed)} of ${String(tests.length)} tests failed`);
  if (!tests.some(test => test.outcome === 'passed')) throw new Error('no test ran');
}
