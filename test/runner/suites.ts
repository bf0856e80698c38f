/** What `npm test` runs, in order. */
import { existsSync, readdirSync } from 'node:fs';
import path from 'node:path';
import { missingTools, tools } from '../tools.ts';

export interface Suite {
  readonly name: string;
  readonly title: string;
  /** Test files, relative to the repository. */
  readonly files: readonly string[];
  /** Files at a time. */
  readonly concurrency: number;
  readonly limitMsPerFile: number;
  /** Why it cannot run here, or false. May install something. */
  unavailable(): string | false;
}

/** A check that is no test: it counts as one failure when it fails. */
export interface Check {
  readonly name: string;
  readonly title: string;
  /** npm script. */
  readonly script: string;
  readonly limitMs: number;
}

export const checks: readonly Check[] = [
  { name: 'build', title: 'bundles of everything', script: 'build', limitMs: 180_000 },
  { name: 'typecheck', title: 'tsc -b', script: 'typecheck', limitMs: 300_000 },
  { name: 'lint', title: 'eslint, dependency-cruiser, knip', script: 'lint', limitMs: 300_000 },
];

/** Folders of test/ that hold suites of their own, or no tests. */
const APART = ['e2e', 'oracle', 'vscode', 'bench'];

function testFiles(repository: string, folder: string, skip: readonly string[] = []): string[] {
  if (!existsSync(path.join(repository, folder))) return [];
  return readdirSync(path.join(repository, folder), { withFileTypes: true }).flatMap(entry => {
    const file = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return skip.includes(entry.name) ? [] : testFiles(repository, file);
    return entry.name.endsWith('.test.ts') ? [file] : [];
  }).sort();
}

export function suites(repository: string, vscodeUnavailable: () => string | false): Suite[] {
  return [
    {
      name: 'unit', title: 'everything without another program', files: testFiles(repository, 'test', APART), concurrency: 2, limitMsPerFile: 180_000,
      unavailable: () => false,
    },
    {
      name: 'oracle', title: 'compared with QEMU', files: testFiles(repository, 'test/oracle'), concurrency: 2, limitMsPerFile: 300_000,
      unavailable: () => missingTools(tools.qemu, tools.gcc),
    },
    {
      name: 'e2e', title: 'the packaged extension in a real VS Code, driven from outside', files: testFiles(repository, 'test/e2e', ['suite']),
      concurrency: 1, limitMsPerFile: 300_000, unavailable: vscodeUnavailable,
    },
  ];
}
