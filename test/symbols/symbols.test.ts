import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import path from 'node:path';
import { UserError } from '../../emulator/user-error.ts';
import { ElfFile } from '../../debug-adapter/symbols/elf-file.ts';
import { Program } from '../../debug-adapter/symbols/program.ts';
import type { Frame } from '../../debug-adapter/symbols/frames.ts';
import { commonSuffix, joinPath, normalizePath } from '../../debug-adapter/symbols/source-paths.ts';
import { SymbolTable } from '../../debug-adapter/symbols/symbol-table.ts';
import { build, CORPUS, gdb, missingCompiler, missingGdb, open, textRange } from '../dwarf/corpus.ts';

describe('symbol table', () => {
  const symbol = (name: string, address: bigint, sizeBytes: number, type = 2, binding = 1, sectionIndex = 1) => ({ name, address, sizeBytes, type, binding, sectionIndex });
  const table = new SymbolTable([
    symbol('start', 0x1000n, 0, 0), symbol('$x', 0x1000n, 0, 0, 0), symbol('main', 0x1100n, 0x40), symbol('.L5', 0x1110n, 0, 0, 0),
    symbol('inner', 0x1120n, 0, 0, 0), symbol('_alias', 0x1200n, 8), symbol('alias', 0x1200n, 8), symbol('table', 0x2000n, 16, 1),
    symbol('undefined', 0n, 0, 0, 1, 0), symbol('absolute', 0x1104n, 0, 0, 1, 0xfff1), symbol('file.c', 0x1100n, 0, 4), symbol('alias', 0x3000n, 8, 2, 0),
  ]);
  const rows: [address: bigint, expect: string | undefined][] = [
    [0xfffn, undefined], [0x1000n, 'start+0'], [0x10ffn, 'start+255'], [0x1100n, 'main+0'], [0x1124n, 'main+36'], [0x113fn, 'main+63'],
    [0x1150n, 'inner+48'], [0x1204n, 'alias+4'], [0x200fn, 'table+15'], [0x2010n, undefined],
  ];
  for (const [address, expect] of rows) {
    test(`0x${address.toString(16)}`, () => {
      const hit = table.at(address);
      assert.equal(hit === undefined ? undefined : `${hit.symbol.name}+${hit.offset}`, expect);
    });
  }
  test('by name: the global one wins', () => {
    assert.equal(table.named('alias')?.address, 0x1200n);
    assert.equal(table.named('$x'), undefined);
    assert.equal(table.named('absolute'), undefined);
  });
});

describe('symbols as GDB sees them', { skip: missingGdb }, () => {
  test('info symbol', () => {
    const built = build(['-O2', '-gdwarf-5']);
    const { low, high } = textRange(built.program);
    const addresses: bigint[] = [];
    for (let address = low; address < high; address += 2n) addresses.push(address);
    const lines = gdb(built.file, addresses.map((address) => `info symbol ${address}`)).trim().split('\n');
    assert.equal(lines.length, addresses.length);
    for (const [index, address] of addresses.entries()) {
      const expected = /^(\S+)(?: \+ (\d+))? in section/.exec(lines[index] ?? '');
      // GDB also names the gaps that align data.
      const hit = built.program.symbolAt(address);
      if (hit?.symbol.kind !== 'function') continue;
      assert.deepEqual([hit.symbol.name, hit.offset], [expected?.[1], BigInt(expected?.[2] ?? 0)], `0x${address.toString(16)}`);
    }
  });
});

describe('paths of sources', () => {
  const rows: [input: string, expect: string][] = [
    ['/a/./b/../c.c', '/a/c.c'], ['a//b\\c.c', 'a/b/c.c'], ['../x/../y.c', '../y.c'], ['/../a.c', '/a.c'], ['C:\\w\\..\\a.c', 'C:/a.c'],
  ];
  for (const [input, expect] of rows) test(input, () => { assert.equal(normalizePath(input), expect); });
  test('join', () => {
    assert.equal(joinPath('/w/src', '../a.c'), '/w/a.c');
    assert.equal(joinPath('/w', '/abs/a.c'), '/abs/a.c');
    assert.equal(commonSuffix('/x/src/a.c', '/y/src/a.c'), 2);
  });
});

/** A frame of `main` whose memory is the file's own data. */
function staticFrame(program: Program, bytes: Uint8Array): Frame {
  const file = new ElfFile(bytes, 'corpus.elf');
  const sections = ['.text', '.rodata', '.data'].map((name) => file.section(name));
  const memory = (address: bigint, sizeBytes: number): Uint8Array => {
    const section = sections.find((candidate) => address >= candidate.address && address < candidate.address + BigInt(candidate.bytes.length));
    if (section === undefined) return new Uint8Array(0);
    const offset = Number(address - section.address);
    return section.bytes.subarray(offset, offset + sizeBytes);
  };
  const main = program.symbol('structures')?.address ?? 0n;
  const [frame] = program.stack({ pc: main, register: (number) => BigInt(number) }, memory);
  assert.ok(frame !== undefined);
  return frame;
}

describe('evaluation', { skip: missingCompiler }, () => {
  const { program, bytes } = missingCompiler === false ? build(['-O0', '-gdwarf-5']) : { program: undefined, bytes: new Uint8Array(0) };
  const rows: [expression: string, type: string, value: RegExp | string][] = [
    ['mixed.low', 'unsigned int', '5'], ['mixed.middle', 'int', '-3'], ['mixed.high', 'unsigned int', '1000'], ['mixed.color', 'enum color', 'GREEN'],
    ['mixed.on', '_Bool', 'true'], ['mixed.left', 'int', '7'], ['mixed.corners[1].y', 'int', '4'], ['mixed.raw[3]', 'byte', "255 '\\377'"],
    ['mixed.corners', 'struct point [2]', '{{x = 1, y = 2}, {x = 3, y = 4}}'], ['mixed.act', 'operation', /^0x[0-9a-f]+ <add>$/],
    ['matrix[1]', 'int [3]', '{4, 5, 6}'], ['matrix[1][2]', 'int', '6'], ['*matrix[1]', 'int', '4'], ['rows', 'int (*)[3]', /^0x[0-9a-f]+ <matrix>$/], ['rows[1][1]', 'int', '5'], ['(*rows)[2]', 'int', '3'],
    ['ratio', 'double', '0.1'], ['tiny', 'float', '1.5e-10'], ['greeting', 'char [16]', '"hello\\n\\"you\\""'], ['greeting[4]', 'char', "111 'o'"],
    ['big', 'const volatile unsigned long long', '18364758544493064720'], ['minus', 'signed char', "-5 '\\373'"], ['flags', 'enum flag', '(FLAG_A | FLAG_C)'],
    ['number.f', 'float', '1'], ['names[1]', 'const char * const', /^0x[0-9a-f]+ "one"$/], ['*names[0]', 'const char', "122 'z'"], ['names[2]', 'const char * const', '0x0'],
    ['nothing', 'void *', /^0x[0-9a-f]+ <matrix\+16>$/], ['half', 'unsigned short', '65535'], ['operations[0]', 'operation', /<add>$/], ['add', 'int (int, char)', /^0x[0-9a-f]+ <add>$/],
    ['&matrix[1]', 'int (*)[3]', /^0x[0-9a-f]+ <matrix\+12>$/], ['*&ratio', 'double', '0.1'], ['&mixed.corners', 'struct point (*)[2]', /<mixed\+\d+>$/],
    ['unknown', 'struct opaque *', /^<cannot read memory at 0x/], ['leaf', 'int (int, int)', /<leaf>$/], ['_start', '<unknown> ()', /<_start>$/], ['$sp', 'unsigned long', '0x2'], ['$x10', 'unsigned long', '0xa'],
    ['result', 'volatile int', /^<cannot read memory at 0x/],
  ];
  for (const [expression, type, value] of rows) {
    test(expression, () => {
      assert.ok(program !== undefined);
      const actual = program.evaluate(expression, staticFrame(program, bytes));
      assert.equal(actual.type, type);
      if (typeof value === 'string') assert.equal(actual.value, value);
      else assert.match(actual.value, value);
    });
  }
  for (const expression of ['absent', 'mixed.absent', 'ratio.x', '*ratio', '*nothing', '&mixed.low', '&$sp', 'matrix[ratio]', '$nope']) {
    test(`${expression} is refused`, () => {
      assert.ok(program !== undefined);
      assert.throws(() => program.evaluate(expression, staticFrame(program, bytes)), UserError);
    });
  }

  test('children can be evaluated by their names', () => {
    assert.ok(program !== undefined);
    const frame = staticFrame(program, bytes);
    for (const root of ['mixed', 'matrix', 'names', 'rows', 'number']) {
      const variable = program.evaluate(root, frame);
      assert.ok(variable.childCount > 0);
      for (const child of variable.children()) {
        for (const leaf of [child, ...child.children()].filter(({ evaluateName }) => evaluateName !== '')) assert.equal(program.evaluate(leaf.evaluateName, frame).value, leaf.value, leaf.evaluateName);
      }
    }
  });

  test('address and size for a data breakpoint', () => {
    assert.ok(program !== undefined);
    const variable = program.evaluate('mixed.corners[1].y', staticFrame(program, bytes));
    assert.equal(variable.sizeBytes, 4);
    assert.ok((program.symbol('mixed')?.address ?? 0n) < (variable.address ?? 0n));
  });

  test('elements of an array by range', () => {
    assert.ok(program !== undefined);
    const greeting = program.evaluate('greeting', staticFrame(program, bytes));
    assert.deepEqual([greeting.childCount, greeting.isIndexed], [16, true]);
    assert.deepEqual(greeting.children(3, 2).map(({ name, value }) => [name, value]), [['[3]', "108 'l'"], ['[4]', "111 'o'"]]);
  });
});

describe('programs with less information', { skip: missingCompiler }, () => {
  test('without debug information: symbols, and stacks as far as call frame information goes', () => {
    const { program } = build(['-O1', '-g0']);
    const main = program.symbol('main');
    assert.ok(main !== undefined);
    assert.equal(program.hasDebugInformation, false);
    assert.equal(program.location(main.address), undefined);
    assert.deepEqual(program.functionAt(main.address + 2n), { name: 'main', low: main.address, high: main.address + BigInt(main.sizeBytes), prologueEnd: main.address });
    assert.deepEqual(program.breakpointAddresses('main.c', 8), { line: 8, addresses: [] });
    const leaf = program.symbol('leaf')?.address ?? 0n;
    const frames = program.stack({ pc: leaf, register: (number) => (number === 1 ? main.address + 4n : 0n) }, () => new Uint8Array(0));
    assert.deepEqual(frames.map(({ name }) => name), ['leaf', 'main']);
    assert.deepEqual(program.variables(frames[0] ?? assert.fail(), 'locals'), []);
  });

  test('compressed sections need an inflate function, and degrade without', () => {
    const { bytes } = build(['-O0', '-gdwarf-5', '-gz=zlib']);
    const address = open(bytes).symbol('sum')?.address ?? 0n;
    assert.equal(open(bytes).location(address)?.path, path.join(CORPUS, 'structures.c'));
    assert.equal(new Program(bytes, 'x.elf').location(address), undefined);
    assert.equal(new Program(bytes, 'x.elf').functionAt(address)?.name, 'sum');
  });

  for (const [what, bytes] of [['text', new TextEncoder().encode('hello '.repeat(20))], ['nothing', new Uint8Array(0)], ['a 32-bit file', Uint8Array.from([0x7f, 0x45, 0x4c, 0x46, 1, 1, ...Array<number>(60).fill(0)])]] as const) {
    test(`${what} is refused`, () => { assert.throws(() => new Program(bytes, 'x.elf'), UserError); });
  }
});
