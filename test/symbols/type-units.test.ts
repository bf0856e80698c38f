/** Types in type units: all that is known of a program is known of it compiled with -fdebug-types-section, too. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { inflateSync } from 'node:zlib';
import { UnitTable } from '../../debug-adapter/dwarf/unit-table.ts';
import { ElfFile } from '../../debug-adapter/symbols/elf-file.ts';
import type { Frame } from '../../debug-adapter/symbols/frames.ts';
import type { Program } from '../../debug-adapter/symbols/program.ts';
import type { Variable } from '../../debug-adapter/symbols/variables.ts';
import { build, missingCompiler, type Built } from '../dwarf/corpus.ts';
import { buildWithClang, CPP_FLAGS, staticFrame } from '../expressions/oracle.ts';
import { missingTools, tools } from '../tools.ts';

const APART = '-fdebug-types-section';
const VERSIONS = ['-gdwarf-4', '-gdwarf-5'];

type Row = readonly [function_: string, expression: string, type: string, value?: string];

interface Subject {
  readonly name: string;
  readonly make: (flags: readonly string[]) => Built;
  readonly levels: readonly string[];
  readonly skip: string | false;
  /** What expressions have, in the units of these functions. */
  readonly rows?: readonly Row[];
}

const missingClang = missingCompiler === false ? missingTools(tools.clang) : missingCompiler;
const gcc = (...names: readonly string[]) => (flags: readonly string[]): Built => build([...flags, ...names.some((name) => name.endsWith('.cpp')) ? CPP_FLAGS : []], names);
const clang = (name: string) => (flags: readonly string[]): Built => buildWithClang(name, [...flags, ...CPP_FLAGS]);

const LOOK = '_Z4lookPN5outer6UnseenE';
const VALUES: readonly Row[] = [
  ['main', 'sizeof(struct node)', 'unsigned long', '32'], ['main', '((struct node *)list)->next->at.y', 'int', '4'], ['main', 'GREEN', 'enum color', 'GREEN'], ['main', '(enum flag)5', 'enum flag', '(FLAG_A | FLAG_C)'],
  ['main', '(u8)257', 'u8', "1 '\\001'"], ['main', '(struct opaque *)0', 'struct opaque *', '0x0'], ['main', '((union view *)&view)->bytes[3]', 'u8', "64 '@'"], ['main', 'sizeof(union view)', 'unsigned long', '4'],
];
const SHELL: readonly Row[] = [
  ['main', 'sizeof(outer::Shell)', 'unsigned long', '40'], ['main', '(outer::Shell::Core *)0', 'outer::Shell::Core *', '0x0'], ['main', '(outer::Shell::Kernel *)0', 'outer::Shell::Kernel *', '0x0'],
  ['main', 'sizeof(outer::Shell::Core::Deep)', 'unsigned long', '4'], ['main', 'outer::Shell::ON', 'outer::Shell::Mode', 'outer::Shell::ON'], ['main', 'outer::Level::High', 'outer::Level', 'outer::Level::High'],
  ['main', 'outer::Shell::level', 'outer::Level', 'outer::Level::High'], ['main', 'sizeof(outer::Cell<short>)', 'unsigned long', '4'], ['main', 'part', 'outer::Cell<short>::Part', '{item = 9}'],
  ['main', 'sizeof(Private)', 'unsigned long', '24'], ['main', 'sizeof(outer::Shell::Late)', 'unsigned long', '24'], ['main', 'method', 'int (outer::Shell::Core::*)(const outer::Shell::Core * const, int)'],
];
const UNSEEN: readonly Row[] = [
  ['main', 'unseen->late.kernel.deep.level', 'outer::Level', 'outer::Level::High'], ['main', 'unseen->inside', 'enum {...}', 'outer::Unseen::INSIDE'], ['main', '*unseen', 'outer::Unseen'],
  ['main', 'sizeof(outer::Unseen)', 'unsigned long', '32'], [LOOK, 'sizeof(outer::Cell<outer::Level>)', 'unsigned long', '4'],
];
const SAME: readonly Row[] = [
  ['main', 'sizeof(struct same)', 'unsigned long', '4'], ['other', 'sizeof(struct same)', 'unsigned long', '16'], ['main', '*(struct same *)&here', 'struct same', '{only = 11}'],
  ['other', 'far_away->same', 'struct same', '{first = 1, second = 2}'], ['main', 'far_away->state', 'enum state', 'DONE'], ['main', '(enum state)9', 'enum state', 'BUSY'], ['other', '(enum state)101', 'enum state', 'DONE'],
  ['main', 'BUSY', 'enum state', 'BUSY'], ['other', 'READY', 'enum state', 'READY'], ['main', '(big)3', 'big', '3'], ['main', 'job.of->only', 'int', '11'],
];

const SUBJECTS: readonly Subject[] = [
  { name: 'C', make: gcc('start.S', 'main.c', 'structures.c', 'calls.c'), levels: ['-O0', '-O2'], skip: missingCompiler },
  { name: 'static data of C', make: gcc('values.c'), levels: ['-O0'], skip: missingCompiler, rows: VALUES },
  { name: 'C++', make: gcc('start.S', 'frames/names.cpp'), levels: ['-O0', '-O2'], skip: missingCompiler },
  { name: 'static data of C++', make: gcc('classes.cpp'), levels: ['-O0', '-O2'], skip: missingCompiler },
  { name: 'types in types', make: gcc('start.S', 'units/shell.cpp', 'units/unseen.cpp'), levels: ['-O0', '-O2'], skip: missingCompiler, rows: [...SHELL, ...UNSEEN] },
  { name: 'types in types, 64-bit DWARF', make: (flags) => gcc('start.S', 'units/shell.cpp', 'units/unseen.cpp')([...flags, '-gdwarf64']), levels: ['-O0'], skip: missingCompiler, rows: [...SHELL, ...UNSEEN] },
  { name: 'types in types, compressed', make: (flags) => gcc('start.S', 'units/shell.cpp', 'units/unseen.cpp')([...flags, '-gz=zlib']), levels: ['-O0'], skip: missingCompiler, rows: [...SHELL, ...UNSEEN] },
  { name: 'the same name in two files', make: gcc('start.S', 'units/same.c', 'units/other-same.c'), levels: ['-O0', '-O2'], skip: missingCompiler, rows: SAME },
  { name: 'C++, Clang', make: clang('classes.cpp'), levels: ['-O0'], skip: missingClang },
  { name: 'types in types, Clang', make: clang('units/shell.cpp'), levels: ['-O2'], skip: missingClang, rows: SHELL },
];

const elf = (bytes: Uint8Array): ElfFile => new ElfFile(bytes, 'corpus.elf', (compressed) => inflateSync(compressed));

function shown(variable: Variable, depth = 4): unknown {
  const { name, type, value, sizeBytes, evaluateName, childCount } = variable;
  return [name, type, value, sizeBytes, evaluateName, childCount, depth === 0 ? [] : variable.children(0, 6).map((child) => shown(child, depth - 1))];
}

const memory = (address: bigint, sizeBytes: number): Uint8Array => Uint8Array.from({ length: Math.min(sizeBytes, 4096) }, (_, index) => Number((address + BigInt(index)) & 0x3fn));

/** All that a program says of each of its functions, at some places in it. */
function described(program: Program): unknown {
  const functions = program.symbols.filter(({ kind, address }) => kind === 'function' && program.location(address) !== undefined);
  assert.ok(functions.length > 0);
  return functions.flatMap(({ address, sizeBytes }) => [0n, BigInt(sizeBytes >> 2) * 2n, BigInt(sizeBytes) - 2n].flatMap((offset) => {
    const frames = program.stack({ pc: address + offset, register: (number) => 0x8000_0000n + BigInt(number) * 0x40n }, memory, 4);
    return frames.map((frame) => [frame.name, program.functions(frame.name), program.functionCopies(frame.name), program.variables(frame, 'locals').map((variable) => shown(variable))]);
  }));
}

/** Names that can be offered. */
function offered(program: Program, frame: Frame): unknown {
  return ['', 'struct ', 'sizeof(', 'sizeof(enum ', 'sizeof(union '].map((text) => program.completions(text, text.length, frame).map(({ label, type, detail }) => [label, type, detail]).sort());
}

for (const { name, make, levels, skip, rows = [] } of SUBJECTS) {
  describe(name, { skip }, () => {
    for (const flags of levels.flatMap((level) => VERSIONS.map((version) => [level, version]))) {
      test(flags.join(' '), () => {
        const plain = make(flags);
        const apart = make([...flags, APART]);
        assert.deepEqual([plain, apart].map(({ bytes }) => new UnitTable(elf(bytes)).typeUnits.length > 0), [false, true]);
        assert.deepEqual(described(apart.program), described(plain.program));
        const [frame, other] = [staticFrame(plain), staticFrame(apart)];
        assert.deepEqual(apart.program.variables(other, 'globals').map((variable) => shown(variable)), plain.program.variables(frame, 'globals').map((variable) => shown(variable)));
        assert.deepEqual(offered(apart.program, other), offered(plain.program, frame));
        for (const built of [plain, apart]) {
          for (const [within, expression, type, value] of rows) {
            const found = built.program.evaluate(expression, staticFrame(built, within));
            assert.deepEqual([found.type, value === undefined ? undefined : found.value], [type, value], expression);
          }
        }
      });
    }
  });
}

describe('groups that a linker has not put together', { skip: missingCompiler }, () => {
  for (const version of VERSIONS) {
    test(version, () => {
      const section = version === '-gdwarf-4' ? '.debug_types' : '.debug_info';
      const [plain, packed] = ['-gz=none', '-gz=zlib'].map((way) => elf(build([version, APART, way, '-r', ...CPP_FLAGS], ['units/shell.cpp']).bytes).section(section).bytes);
      assert.ok(plain !== undefined && packed !== undefined);
      // Each has its length at its beginning.
      const view = new DataView(plain.buffer, plain.byteOffset, plain.length);
      let count = 0;
      let end = 0;
      for (; end < plain.length; count++) end += 4 + view.getUint32(end, true);
      assert.equal(end, plain.length);
      assert.ok(count > 5);
      assert.deepEqual(packed, plain);
    });
  }
});
