/** Several images: programs that were loaded elsewhere than linked, in address spaces of their own, and debug information that cannot be read. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, before, describe, test } from 'node:test';
import { loadSymbols, symbolEntries } from '../../debug-adapter/load-symbols.ts';
import { SymbolSet } from '../../debug-adapter/symbol-set.ts';
import { ElfFile } from '../../debug-adapter/symbols/elf-file.ts';
import { Program } from '../../debug-adapter/symbols/program.ts';
import type { Inspection } from '../../emulator/index.ts';
import { build, CORPUS, gdb, missingCompiler, missingGdb, run } from '../dwarf/corpus.ts';
import { findTool, tools } from '../tools.ts';

const LINKED = 0x8000_0000n;
const LOADED = 0x9345_6000n;
const BIAS = LOADED - LINKED;
const VARIANTS: readonly (readonly string[])[] = [['-O0', '-gdwarf-5'], ['-O2', '-gdwarf-4'], ['-O2', '-gdwarf-5'], ['-O1', '-g0', '-fasynchronous-unwind-tables']];

describe('loaded elsewhere than linked', { skip: missingCompiler }, () => {
  for (const flags of VARIANTS) {
    test(`everything is there, ${flags.join(' ')}`, () => {
      const { program, bytes } = build(flags);
      const moved = new Program(bytes, 'moved.elf', undefined, { bias: BIAS });
      const registers = (pc: bigint) => ({ pc, register: (number: number) => (number === 1 ? LOADED + 0x40n : BigInt(number) * 8n) });
      const nothing = (): Uint8Array => new Uint8Array(0);
      const raise = (address: bigint): bigint => address + BIAS;
      for (const { name, address, kind } of program.symbols) {
        assert.equal(moved.symbol(name)?.address, program.symbol(name) && raise(program.symbol(name)?.address ?? 0n));
        if (kind !== 'function') continue;
        const here = raise(address);
        const owner = program.functionAt(address);
        assert.deepEqual(moved.functionAt(here), owner && { ...owner, low: raise(owner.low), high: raise(owner.high), prologueEnd: raise(owner.prologueEnd) });
        assert.deepEqual(moved.statementAddresses(here, here + 64n), program.statementAddresses(address, address + 64n).map(raise));
        for (const offset of [0n, 8n, 20n]) {
          assert.deepEqual(moved.location(here + offset), program.location(address + offset));
          assert.deepEqual(moved.inlinedAt(here + offset).map(({ entry }) => entry), program.inlinedAt(address + offset).map(({ entry }) => raise(entry)));
          const [mine] = moved.stack(registers(here + offset), nothing);
          const [other] = program.stack(registers(address + offset), nothing);
          assert.deepEqual([mine?.name, mine?.cfa], [other?.name, other?.cfa]);
        }
      }
      assert.deepEqual(moved.breakpointAddresses('calls.c', 30).addresses, program.breakpointAddresses('calls.c', 30).addresses.map(raise));
      const [frame] = moved.stack(registers(raise(program.symbol('main')?.address ?? 0n)), nothing);
      assert.ok(frame !== undefined);
      assert.equal(moved.evaluate('mixed', frame).address, raise(program.symbol('mixed')?.address ?? 0n));
    });
  }

  test('as GDB places it', { skip: missingGdb }, () => {
    const { file, bytes, program } = build(['-O2', '-gdwarf-5']);
    const moved = new Program(bytes, 'moved.elf', undefined, { bias: BIAS });
    const addresses = program.symbols.filter(({ kind }) => kind === 'function').map(({ address }) => address + BIAS + 4n);
    const lines = gdb('/dev/null', [`add-symbol-file ${file} -o ${BIAS}`, ...addresses.map((address) => `info line *${address}`)]).split('\n').filter((line) => line.includes('0x'));
    const checked = addresses.filter((address, index) => {
      const expected = /^Line (\d+) of/.exec(lines.slice(1)[index] ?? '')?.[1];
      if (expected !== undefined) assert.equal(moved.location(address)?.line, Number(expected));
      return expected !== undefined;
    });
    assert.ok(checked.length > 5, lines.slice(0, 4).join('\n'));
  });
});

const SATP = 0x180;

function inspection(satp: bigint): { inspect: Inspection; set: (value: bigint) => void } {
  let present = satp;
  const inspect = {
    pc: LINKED, register: () => 0n, floatRegister: () => 0n, csr: (number: number) => (number === SATP ? present : 0n), readVirtual: () => new Uint8Array(0),
    readPhysical: () => new Uint8Array(0), translate: () => undefined, pageCount: 0, privilege: 'U',
  };
  return { inspect: inspect as unknown as Inspection, set: (value) => { present = value; } };
}

describe('address spaces', { skip: missingCompiler }, () => {
  test('programs at the same addresses are told apart', () => {
    const first = build(['-O0', '-gdwarf-5']).file;
    const second = build(['-O1', '-gdwarf-5'], ['start.S', 'frames/inlines.c']).file;
    const { inspect, set } = inspection(0n);
    const entries = symbolEntries([{ path: first, addressSpace: '0x80123' }, { path: second, addressSpace: '7' }]);
    const { programs, close } = loadSymbols(entries, [], [], inspect);
    const symbols = new SymbolSet(programs, new Map(), '/');
    const seen = (): (string | undefined)[] => [symbols.symbolAt(symbols.functionAddresses('main', true)[0] ?? 0n)?.symbol.name, symbols.symbol('nests')?.name, symbols.symbol('structures')?.name];
    assert.deepEqual(seen(), [undefined, undefined, undefined]);
    set((8n << 60n) | (7n << 44n) | 0x80999n);
    assert.deepEqual([symbols.symbol('nests')?.name, symbols.symbol('structures')?.name, symbols.location(LINKED + 0x40n)?.path.endsWith('inlines.c')], ['nests', undefined, true]);
    set((8n << 60n) | 0x80123n);
    assert.deepEqual([symbols.symbol('nests')?.name, symbols.symbol('structures')?.name, symbols.location(LINKED + 0x40n)?.path.endsWith('inlines.c')], [undefined, 'structures', false]);
    // A breakpoint counts in the address space of its program.
    const [address = 0n] = symbols.breakpointAddresses('inlines.c', 30)?.addresses ?? [];
    assert.equal(symbols.addressSpaceOf(address, path.join(CORPUS, 'frames/inlines.c'))?.isPresent(), false);
    set((8n << 60n) | (7n << 44n));
    assert.equal(symbols.addressSpaceOf(address, path.join(CORPUS, 'frames/inlines.c'))?.isPresent(), true);
    close();
  });

  const satps: [wanted: string, satp: bigint, expect: boolean][] = [
    ['0x8000000000080123', 0x8000000000080123n, true], ['0x8000000000080123', 0x8000000000080124n, false], ['0x80123', 0x8000000000080123n, true],
    ['0x80123', 0x80123n, false], ['5', 0x8000500000080123n, true], ['5', 0x8000600000080123n, false],
  ];
  for (const [wanted, satp, expect] of satps) {
    test(`${wanted} while satp is 0x${satp.toString(16)}`, () => {
      const { inspect } = inspection(satp);
      const { programs, close } = loadSymbols(symbolEntries([{ path: build(['-O0', '-gdwarf-5']).file, addressSpace: wanted }]), [], [], inspect);
      assert.equal(programs[0]?.placement.space?.isPresent(), expect);
      close();
    });
  }
});

const entries: [value: unknown, expect: unknown[] | undefined][] = [
  [undefined, []], [[], []], [['a'], [{ path: 'a' }]], [[{ path: 'a', address: '0x10' }], [{ path: 'a', address: 16n }]],
  [[{ path: 'a', addressSpace: ' 12 ' }], [{ path: 'a', space: { wanted: 12n, text: ' 12 ' } }]],
  ['a', undefined], [[1], undefined], [[null], undefined], [[{}], undefined], [[{ path: 'a', address: 16 }], undefined], [[{ path: 'a', adress: '1' }], undefined],
  [[{ path: 'a', address: '-1' }], undefined],
];
for (const [value, expect] of entries) {
  test(`symbols: ${JSON.stringify(value)}`, () => {
    if (expect === undefined) assert.throws(() => symbolEntries(value), /symbols/);
    else assert.deepEqual(symbolEntries(value), expect);
  });
}

describe('what cannot be read', { skip: missingCompiler }, () => {
  let folder = '';
  before(() => { folder = mkdtempSync(path.join(tmpdir(), 'images-')); });
  after(() => { rmSync(folder, { recursive: true, force: true }); });
  const compile = (name: string, flags: readonly string[]): string => {
    const file = path.join(folder, name);
    const common = ['-march=rv64gc', '-mabi=lp64d', '-mcmodel=medany', '-ffreestanding', '-nostdlib', '-static', '-O1'];
    run(findTool(tools.gcc) ?? '', [...common, ...flags, '-T', path.join(CORPUS, 'link.ld'), path.join(CORPUS, 'start.S'), path.join(CORPUS, 'frames/inlines.c'), '-o', file]);
    return file;
  };
  const load = (file: string) => loadSymbols([file], [], [], inspection(0n).inspect);

  for (const version of [4, 5]) {
    test(`split debug information, DWARF ${version}: functions and lines, and a notice`, () => {
      const { programs, notices, close } = load(compile(`split${version}.elf`, [`-gdwarf-${version}`, '-gsplit-dwarf']));
      assert.match(notices.join('\n'), /^Of split\d\.elf only functions and lines are known: its types and variables are in other files \(.*\.dwo\), which are not read\. Compile without -gsplit-dwarf to have them\.$/);
      const [program] = programs;
      const address = program?.symbol('nests')?.address ?? 0n;
      assert.equal(program?.location(address)?.path, path.join(CORPUS, 'frames/inlines.c'));
      assert.equal(program.describe(address).name, 'nests');
      close();
    });
  }

  test('a file of split debug information alone is refused', () => {
    const file = path.join(folder, 'part.o');
    run(findTool(tools.gcc) ?? '', ['-march=rv64gc', '-mabi=lp64d', '-g', '-gsplit-dwarf', '-c', path.join(CORPUS, 'frames/inlines.c'), '-o', file]);
    assert.throws(() => load(path.join(folder, 'part.dwo')), /Cannot use part\.dwo as 'symbols': it holds debug information that was split/);
  });

  test('sections compressed by zlib, in both forms', () => {
    for (const way of ['zlib', 'zlib-gnu']) {
      const { programs, notices, close } = load(compile(`${way}.elf`, ['-gdwarf-5', `-gz=${way}`]));
      assert.deepEqual(notices, []);
      assert.equal(programs[0]?.location(programs[0].symbol('nests')?.address ?? 0n)?.path, path.join(CORPUS, 'frames/inlines.c'));
      close();
    }
  });

  test('compressed otherwise: a notice, and symbols', () => {
    const { bytes } = build(['-O0', '-gdwarf-5', '-gz=zlib']);
    const copy = bytes.slice();
    // Compression headers are 64-bit: type 1 (zlib), 4 reserved bytes, size, alignment 1.
    const file = new ElfFile(bytes, 'x');
    const at = Buffer.from(copy).indexOf(Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]), 0x1000);
    assert.ok(at > 0 && file.compressionProblem() === undefined);
    for (let offset = at; offset >= 0; offset = Buffer.from(copy).indexOf(Buffer.from([1, 0, 0, 0, 0, 0, 0, 0]), offset + 1)) {
      if (copy[offset + 24] === 0x78) copy[offset] = 2;
    }
    const target = path.join(folder, 'zstd.elf');
    writeFileSync(target, copy);
    const { programs, notices, close } = load(target);
    assert.match(notices.join('\n'), /^Cannot read zstd\.elf: section \.debug_\w+ is compressed by zstd, which cannot be read; link with -gz=zlib or -gz=none\. Until then there are no lines, types and variables of it\.$/);
    assert.equal(programs[0]?.functionAt(programs[0].symbol('sum')?.address ?? 0n)?.name, 'sum');
    close();
  });
});
