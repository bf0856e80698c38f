/** `npm test`: everything that must pass. The last line is `N passed, N failed, N skipped`. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { missingTools, tools } from '../test/tools.ts';
import { installLinuxGuest, installTools, installVSCode } from '../test/runner/install-tools.ts';
import { printTable, runCheck, runHostSuite, runSuite, type Tally } from '../test/runner/run-suites.ts';
import { checks, suites, type Check, type Suite } from '../test/runner/suites.ts';

const repository = path.resolve(import.meta.dirname, '..');

const help = `npm test [-- OPTIONS] [FILES]
Builds, checks types and style, runs every suite, prints a table, and ends with "N passed, N failed, N skipped".
On Debian as root it first installs the programs that the tests need; elsewhere a suite whose program is missing is skipped and says so.

  --only=NAMES   only these, separated by commas: build, typecheck, lint, unit, oracle, e2e, vscode (the build always runs)
  --list         show the suites and their files
  FILES          only test files whose path contains one of these words, for example: npm test -- isa/decoder
  --help`;

const { values, positionals: words } = parseArgs({
  allowPositionals: true, options: { only: { type: 'string' }, list: { type: 'boolean' }, help: { type: 'boolean', short: 'h' } },
});

let vscodeReason: string | false | undefined;
/** Why VS Code cannot be had here, or false; installs it on the first call. */
function vscodeUnavailable(): string | false {
  vscodeReason ??= missingTools(tools.chromium) || installVSCode();
  return vscodeReason;
}

const allSuites = suites(repository, vscodeUnavailable);
const names = [...checks.map(check => check.name), ...allSuites.map(suite => suite.name), 'vscode'];

function chosenNames(): Set<string> {
  const chosen = values.only?.split(',').filter(Boolean) ?? (words.length > 0 ? allSuites.map(suite => suite.name) : names);
  const unknown = chosen.filter(name => !names.includes(name));
  if (unknown.length > 0) {
    console.error(`There is no suite ${unknown.join(', ')}. There are: ${names.join(', ')}.`);
    process.exit(2);
  }
  return new Set(chosen);
}

function check(name: string): Check {
  const found = checks.find(candidate => candidate.name === name);
  if (found === undefined) throw new Error(`no check ${name}`);
  return found;
}

function list(): void {
  for (const { name, title } of checks) console.log(`${name}: ${title}`);
  for (const { name, title, files } of allSuites) console.log([`${name}: ${title}`, ...files].join('\n  '));
  console.log('vscode: test/e2e/suite inside the extension host of a real VS Code');
}

/** A suite without files is a mistake, unless words on the command line left none. */
function wanted(suite: Suite): boolean {
  return suite.files.length > 0 || words.length === 0;
}

async function runAll(chosen: ReadonlySet<string>): Promise<Tally[]> {
  const rows: Tally[] = [];
  if (['oracle', 'e2e', 'vscode', 'unit'].some(name => chosen.has(name))) installTools();
  const built = await runCheck(repository, check('build'));
  rows.push(built);
  if (built.failed > 0) return rows;
  if (chosen.has('unit') && words.length === 0) installLinuxGuest(repository);
  rows.push(...await Promise.all(['typecheck', 'lint'].filter(name => chosen.has(name)).map(name => runCheck(repository, check(name)))));

  const run = allSuites.filter(suite => chosen.has(suite.name))
    .map(suite => words.length === 0 ? suite : { ...suite, files: suite.files.filter(file => words.some(word => file.includes(word))) });
  for (const suite of run.filter(wanted).filter(({ name }) => name !== 'e2e')) rows.push(await runSuite(repository, suite));

  const endToEnd = run.filter(wanted).find(({ name }) => name === 'e2e');
  if (!chosen.has('vscode') && endToEnd === undefined) return rows;
  const packaged = await runCheck(repository, { name: 'package', title: 'the VSIX that the next suites install', script: 'package', limitMs: 120_000 });
  rows.push(packaged);
  if (packaged.failed > 0) return rows;
  if (chosen.has('vscode')) rows.push(await runHostSuite(repository, vscodeUnavailable()));
  if (endToEnd !== undefined) rows.push(await runSuite(repository, endToEnd));
  return rows;
}

async function main(): Promise<void> {
  if (values.help === true) {
    console.log(help);
    return;
  }
  if (values.list === true) {
    list();
    return;
  }
  const chosen = chosenNames();
  const rows = await runAll(chosen);
  printTable(rows);
  const sum = (field: 'passed' | 'failed' | 'skipped'): number => rows.reduce((total, row) => total + row[field], 0);
  const ranTests = sum('passed') > 0;
  const wantedTests = allSuites.some(suite => chosen.has(suite.name)) || chosen.has('vscode');
  if (!ranTests && wantedTests) console.log('No test passed: that cannot be right.');
  if (sum('failed') > 0 || (!ranTests && wantedTests)) process.exitCode = 1;
  console.log(`${String(sum('passed'))} passed, ${String(sum('failed'))} failed, ${String(sum('skipped'))} skipped`);
}

await main();
