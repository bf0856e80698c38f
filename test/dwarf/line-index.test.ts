import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import path from 'node:path';
import { build, CORPUS, gdb, missingBinutils, missingCompiler, missingGdb, OBJDUMP, run, textRange, VARIANTS } from './corpus.ts';
import type { Built } from './corpus.ts';

interface DecodedRow { address: bigint; file: string; line: number; isStatement: boolean; isEnd: boolean }

/** Rows of `objdump --dwarf=decodedline`, in the order of the line programs. */
function decodedLines(file: string): DecodedRow[] {
  const text = run(OBJDUMP.commands[0] ?? '', ['--dwarf=decodedline', file]);
  const rows: DecodedRow[] = [];
  for (const line of text.split('\n')) {
    const match = /^(\S+)\s+(\d+|-)\s+(0x[0-9a-f]+|0)(?:\[\d+\])?(.*)$/.exec(line);
    if (match === null) continue;
    const [, name = '', number = '', address = '0', rest = ''] = match;
    rows.push({ address: BigInt(address), file: path.basename(name), line: number === '-' ? 0 : Number(number), isStatement: /\bx\b/.test(rest), isEnd: number === '-' || /END/.test(rest) });
  }
  return rows;
}

/** Address to line by the rule that the line index promises: of the rows at the last address not above, the last statement, else the last. */
function expectedLines(rows: readonly DecodedRow[]): Map<bigint, { file: string; line: number }> {
  const expected = new Map<bigint, { file: string; line: number }>();
  let sequence: DecodedRow[] = [];
  for (const row of rows) {
    sequence.push(row);
    if (!row.isEnd) continue;
    for (const [index, current] of sequence.entries()) {
      const next = sequence[index + 1];
      if (next === undefined || next.address === current.address) continue;
      const same = sequence.filter((candidate) => candidate.address === current.address);
      const shown = same.findLast(({ isStatement }) => isStatement) ?? current;
      for (let address = current.address; address < next.address; address += 2n) expected.set(address, { file: shown.file, line: shown.line });
    }
    sequence = [];
  }
  return expected;
}

function describeLocation({ program }: Built, address: bigint): { file: string; line: number } | undefined {
  const location = program.location(address);
  return location === undefined ? undefined : { file: path.basename(location.path), line: location.line };
}

describe('line table', { skip: missingBinutils }, () => {
  for (const { name, flags } of [...VARIANTS, { name: '-O2 DWARF 5, compressed', flags: ['-O2', '-gdwarf-5', '-gz=zlib'] }]) {
    test(`${name}: every address has objdump's line`, () => {
      const built = build(flags);
      const expected = expectedLines(decodedLines(built.file));
      assert.ok(expected.size > 400, `objdump named only ${expected.size} addresses`);
      for (const [address, line] of expected) assert.deepEqual(describeLocation(built, address), line, `0x${address.toString(16)}`);
    });
  }
});

/** `info line *A` for every address of the text, in one GDB. */
function gdbLines(built: Built): Map<bigint, { low: bigint; high: bigint; line: number; file: string } | undefined> {
  const { low, high } = textRange(built.program);
  const addresses: bigint[] = [];
  for (let address = low; address < high; address += 2n) addresses.push(address);
  const text = gdb(built.file, addresses.flatMap((address) => [`echo @${address}\\n`, `info line *${address}`]));
  const found = new Map<bigint, { low: bigint; high: bigint; line: number; file: string } | undefined>();
  for (const part of text.split('@').slice(1)) {
    const address = BigInt(/^\d+/.exec(part)?.[0] ?? '0');
    const match = /Line (\d+) of "([^"]+)"[^]*?starts at address (0x[0-9a-f]+)[^]*?and ends at (0x[0-9a-f]+)/.exec(part);
    found.set(address, match === null ? undefined : { line: Number(match[1]), file: path.basename(match[2] ?? ''), low: BigInt(match[3] ?? 0), high: BigInt(match[4] ?? 0) });
  }
  return found;
}

describe('lines as GDB sees them', { skip: missingGdb }, () => {
  for (const { name, flags } of VARIANTS) {
    test(`${name}: info line`, () => {
      const built = build(flags);
      const lines = gdbLines(built);
      assert.ok(lines.size > 400);
      for (const [address, expected] of lines) {
        const at = `0x${address.toString(16)}`;
        const actual = describeLocation(built, address);
        assert.deepEqual(actual, expected === undefined ? undefined : { file: expected.file, line: expected.line }, at);
        if (expected === undefined) continue;
        const range = built.program.lineRange(address);
        assert.ok(range !== undefined && range.low <= expected.low && range.high >= expected.high, `${at}: the line's range includes GDB's row`);
        for (const edge of [range.low, range.high - 2n]) assert.deepEqual(describeLocation(built, edge), actual, `${at}: the range has one line`);
        assert.notDeepEqual(describeLocation(built, range.high), actual, `${at}: the range ends where the line ends`);
      }
    });

    test(`${name}: break FUNCTION stops where functionAt says`, () => {
      const built = build(flags);
      const functions = built.program.symbols.filter(({ kind, address }) => kind === 'function' && built.program.location(address) !== undefined);
      assert.ok(functions.length >= 14);
      const text = gdb(built.file, functions.map((symbol) => `break ${symbol.name}`));
      const expected = [...text.matchAll(/Breakpoint \d+ at (0x[0-9a-f]+)/g)].map((match) => match[1]);
      const actual = functions.map(({ address }) => `0x${(built.program.functionAt(address)?.prologueEnd ?? 0n).toString(16)}`);
      assert.deepEqual(functions.map(({ name: of }, index) => [of, actual[index]]), functions.map(({ name: of }, index) => [of, expected[index]]));
    });

    test(`${name}: break FILE:LINE`, () => {
      const built = build(flags);
      for (const file of ['calls.c', 'structures.c', 'main.c']) {
        const lines = Array.from({ length: 95 }, (_, index) => index + 1);
        const text = gdb(built.file, lines.flatMap((line) => [`echo @${line}\\n`, `break ${file}:${line}`, 'info breakpoints', 'delete']));
        for (const part of text.split('@').slice(1)) {
          const line = Number(/^\d+/.exec(part)?.[0]);
          const actual = built.program.breakpointAddresses(path.join(CORPUS, file), line);
          const places = [...part.matchAll(/ (0x[0-9a-f]{16}) in .*:(\d+)$/gm)].map((match) => ({ address: BigInt(match[1] ?? 0), line: Number(match[2]) }));
          // In optimised code GDB moves some stops to the next line when an inlined call begins at the address.
          const addresses = places.filter((place) => flags.includes('-O0') || place.line === actual.line).map(({ address }) => address);
          if (places.length === 0) {
            assert.deepEqual(actual.addresses, [], `${file}:${line} has no code`);
            continue;
          }
          // GDB keeps one address of each block; every run of the line is wanted here, so that a loop's line stops in each round.
          assert.ok(actual.line >= line);
          const missing = addresses.filter((address) => !actual.addresses.includes(address));
          assert.deepEqual(missing, [], `${file}:${line}: GDB stops there`);
        }
      }
    });
  }
});

describe('files and lines', { skip: missingCompiler }, () => {
  const { program } = build(['-O0', '-gdwarf-5']);
  const rows: [what: string, file: string, line: number, expectLine: number, expectCount: number][] = [
    ['exact path', path.join(CORPUS, 'calls.c'), 13, 13, 1],
    ['moved folder', '/somewhere/else/corpus/calls.c', 13, 13, 1],
    ['file name only', 'calls.c', 13, 13, 1],
    ['Windows path', 'C:\\work\\corpus\\calls.c', 13, 13, 1],
    ['a comment goes to the next line with code', 'calls.c', 1, 5, 2],
    ['a loop line has two runs', 'calls.c', 42, 42, 2],
    ['beyond the end', 'calls.c', 500, 500, 0],
    ['no such file', 'absent.c', 1, 1, 0],
    ['a header with code', 'corpus/inline.h', 2, 2, 1],
    ['assembly', 'start.S', 5, 5, 1],
  ];
  for (const [what, file, line, expectLine, expectCount] of rows) {
    test(what, () => {
      const { line: actual, addresses } = program.breakpointAddresses(file, line);
      assert.deepEqual([actual, addresses.length], [expectLine, expectCount]);
    });
  }

  test('source files', () => {
    for (const file of ['calls.c', 'inline.h', 'main.c', 'start.S', 'structures.c']) assert.ok(program.sourceFiles().includes(path.join(CORPUS, file)), file);
  });

  test('statements of a function begin lines and lie in it', () => {
    const symbol = program.symbol('factorial');
    assert.ok(symbol !== undefined);
    const found = program.functionAt(symbol.address + 4n);
    assert.ok(found?.name === 'factorial' && found.low === symbol.address);
    const lines = program.statementAddresses(found.low, found.high).map((address) => program.location(address)?.line);
    assert.deepEqual([...new Set(lines)], [17, 18, 19, 20, 21, 22]);
  });
});
