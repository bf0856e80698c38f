/** Rules over the repository itself: what no compiler checks. */
import assert from 'node:assert/strict';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';

const repository = path.resolve(import.meta.dirname, '../..');
const NOT_OURS = new Set(['node_modules', 'dist', '.git', 'test-output', '.vscode-test', 'generated']);
const SOURCE_FOLDERS = ['debug-adapter', 'emulator', 'extension', 'guests', 'scripts', 'syntaxes', 'test'];

function filesUnder(folder: string): string[] {
  return readdirSync(path.join(repository, folder), { withFileTypes: true }).flatMap(entry => {
    const file = path.posix.join(folder, entry.name);
    if (entry.isDirectory()) return NOT_OURS.has(entry.name) ? [] : filesUnder(file);
    return [file];
  });
}

const read = (file: string): string => readFileSync(path.join(repository, file), 'utf8');
const all = filesUnder('');
const sources = all.filter(file => SOURCE_FOLDERS.some(folder => file.startsWith(`${folder}/`)));
const text = all.filter(file => /\.(ts|js|mjs|json|md|c|h|S|ld|css|yml|yaml|sh|txt)$|(^|\/)(Makefile|run|LICENSE)$/.test(file) && file !== 'package-lock.json');

/** No file matches; the message names each place. */
function checkNowhere(files: readonly string[], pattern: RegExp, why: string): void {
  const places = files.flatMap(file => read(file).split('\n').flatMap((line, index) => pattern.test(line) ? [`${file}:${String(index + 1)}: ${line.trim()}`] : []));
  assert.deepEqual(places, [], why);
}

/** Spelled in pieces: this file must pass its own rules. */
const spelled = (...pieces: string[]): string => pieces.join('');

test('file names are kebab-case', () => {
  const conventional = /^(README\.md|LICENSE|Makefile|\.vscode|[a-z0-9]+(-[a-z0-9]+)*(\.[a-z0-9]+(-[a-z0-9]+)*|\.tmLanguage|\.S)*)$/;
  const odd = sources.filter(file => !file.split('/').every(part => conventional.test(part)));
  assert.deepEqual(odd, [], 'rename to kebab-case');
});

test('sources contain no unfinished marks', () => {
  checkNowhere(text, new RegExp(`\\b(${spelled('TO', 'DO')}|${spelled('FIX', 'ME')}|${spelled('X', 'XX')})\\b`), 'do it now, or write an issue');
});

test('no rule of the linter or the compiler is switched off in a file', () => {
  const marks = [spelled('eslint', '-disable'), spelled('@ts-', 'ignore'), spelled('@ts-', 'expect-error'), spelled('@ts-', 'nocheck'), spelled('depcruise', '-ignore')];
  checkNowhere(sources.filter(file => file.endsWith('.ts')), new RegExp(marks.join('|')), 'fix the cause, or change the rule for everyone');
});

test('no paths of somebody\'s machine', () => {
  checkNowhere(text, new RegExp(`${spelled('/ho', 'me/')}[a-z]|${spelled('/Use', 'rs/')}[A-Za-z]|${spelled('/ro', 'ot/')}|${spelled('/wo', 'rk/')}|${spelled('C:\\\\', 'Users')}`),
    'paths are relative to the repository');
});

test('the emulator reads neither clock nor chance', () => {
  const deterministic = all.filter(file => file.startsWith('emulator/') && file.endsWith('.ts') && !/^emulator\/(host|cli)\//.test(file));
  assert.ok(deterministic.length > 0);
  checkNowhere(deterministic, /\bDate\.now\b|\bMath\.random\b|\bperformance\.now\b|\bnew Date\b|\bgetRandomValues\b|\bhrtime\b/,
    'time and chance enter as recorded events (machine/input.ts)');
});

test('every relative link in the documents leads somewhere', () => {
  const broken = all.filter(file => file.endsWith('.md')).flatMap(file => [...read(file).matchAll(/\]\(([^)\s#]+)[^)]*\)/g)].flatMap(([, target]) => {
    if (target === undefined || /^[a-z]+:/.test(target)) return [];
    return existsSync(path.join(repository, path.dirname(file), target)) ? [] : [`${file}: ${target}`];
  }));
  assert.deepEqual(broken, []);
});

const architecture = 'ARCHITECTURE.md';
test('ARCHITECTURE.md names every source folder', { skip: all.includes(architecture) ? false : `${architecture} is not written yet` }, () => {
  const folders = new Set<string>();
  for (const file of sources.filter(name => name.endsWith('.ts'))) {
    const [top, second] = file.split('/');
    if (top === undefined) continue;
    folders.add(`${top}/`);
    if (second !== undefined && top !== 'test' && top !== 'scripts' && !second.includes('.')) folders.add(`${second}/`);
  }
  const document = read(architecture);
  assert.deepEqual([...folders].filter(folder => !document.includes(folder)), [], `not mentioned in ${architecture}`);
});

const manifest = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

for (const document of ['README.md', 'CONTRIBUTING.md']) {
  test(`the commands in ${document} exist`, { skip: all.includes(document) ? false : `${document} is not written yet` }, () => {
    const commands = [...read(document).matchAll(/npm (?:run ([\w:-]+)|(test|start)\b)/g)].map(([, script, short]) => script ?? short ?? '');
    assert.ok(commands.length > 0, 'the document names no command');
    assert.deepEqual(commands.filter(command => !(command in manifest.scripts)), []);
  });
}

test('the scripts in package.json run files that exist', () => {
  const missing = Object.values(manifest.scripts).flatMap(script => [...script.matchAll(/tsx (\S+\.ts)/g)].map(([, file]) => file ?? '')).filter(file => !all.includes(file));
  assert.deepEqual(missing, []);
});
