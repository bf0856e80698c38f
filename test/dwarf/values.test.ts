import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import path from 'node:path';
import type { Frame } from '../../debug-adapter/symbols/frames.ts';
import type { Program } from '../../debug-adapter/symbols/program.ts';
import type { Variable } from '../../debug-adapter/symbols/variables.ts';
import { findTool, tools } from '../tools.ts';
import { build, gdb, missingQemu, VARIANTS } from './corpus.ts';
import type { Built } from './corpus.ts';

type Leaf = readonly ['pointer' | 'float' | 'name' | 'integer' | 'error', string] | null;

interface GdbFrame {
  readonly pc: string;
  readonly name: string | null;
  readonly inline: boolean;
  readonly line: number;
  readonly sp: string;
  readonly variables: Readonly<Record<string, Leaf>>;
  readonly types: Readonly<Record<string, string>>;
}

/** What gdb-dump.py prints for a stop. */
interface Stop {
  readonly pc: string;
  readonly registers: readonly string[];
  readonly floats: readonly string[];
  readonly memory: string;
  readonly frames: readonly GdbFrame[];
  readonly globals: Readonly<Record<string, Leaf>>;
  readonly globalTypes: Readonly<Record<string, string>>;
}

const BASE = 0x80000000n;
const GLOBALS = [
  'nodes', 'mixed', 'matrix', 'ratio', 'tiny', 'greeting', 'big', 'minus', 'flags', 'number', 'unknown', 'names', 'operations', 'nothing', 'half', 'rows', 'depth_reached', 'result',
];

/** Runs the program on QEMU under GDB and stops, in time order, at functions' bodies and at some statements. */
function stops(built: Built, globals: readonly string[] = GLOBALS, every = 5): Stop[] {
  const { program } = built;
  const chosen = new Set<bigint>();
  const functions = program.symbols.filter(({ kind, address }) => kind === 'function' && program.location(address) !== undefined);
  for (const symbol of functions) {
    const found = program.functionAt(symbol.address);
    if (found === undefined || found.name === 'memcpy' || found.name.startsWith('__')) continue;
    const statements = program.statementAddresses(found.prologueEnd, found.high);
    for (const index of [0, 2, 5, statements.length - 1]) chosen.add(statements[index] ?? found.prologueEnd);
    // In prologues and epilogues, too, stacks unwind.
    chosen.add(found.low).add(found.low + 2n).add(found.high - 2n);
  }
  const end = program.symbol('_end')?.address ?? BASE;
  const qemu = `${findTool(tools.qemu) ?? ''} -M virt -bios none -nographic -monitor none -serial null -S -gdb stdio -kernel ${built.file}`;
  const text = gdb(built.file, [
    `target remote | ${qemu}`, `source ${path.join(import.meta.dirname, 'gdb-dump.py')}`,
    `python run([${[...chosen].join(', ')}], ${JSON.stringify(globals)}, ${BASE}, ${end - BASE}, 3, ${every})`,
  ]);
  return text.split('\n').filter((line) => line.startsWith('@')).map((line) => JSON.parse(line.slice(1)) as Stop);
}

function framesOf(program: Program, stop: Stop): Frame[] {
  const memory = Buffer.from(stop.memory, 'hex');
  const register = (number: number): bigint | undefined => {
    const text = number < 32 ? stop.registers[number] : stop.floats[number - 32];
    return text === undefined ? undefined : BigInt(text);
  };
  return program.stack({ pc: BigInt(stop.pc), register }, (address, sizeBytes) => {
    const offset = Number(address - BASE);
    return offset >= 0 && offset < memory.length ? memory.subarray(offset, offset + sizeBytes) : new Uint8Array(0);
  });
}

/** Our text in GDB's terms. */
function leafText(kind: string, value: string): string {
  const [first = ''] = value.split(' ');
  return kind === 'float' ? String(Number(first)) : kind === 'name' ? value : first;
}

interface Tally { same: number; missing: number }

function compareLeaf(at: string, leaf: Leaf, actual: Variable, tally: Tally, isOptimized: boolean): void {
  if (leaf === null) {
    assert.equal(actual.value, '<optimized out>', at);
    tally.same++;
    return;
  }
  const [kind, text] = leaf;
  if (kind === 'error') return;
  // GDB also follows values from the caller (DW_OP_entry_value) and takes overwritten registers for good.
  if (isOptimized && actual.value.startsWith('<')) {
    tally.missing++;
    return;
  }
  // Both write as few digits as name the value, but not the same number of them.
  const round = actual.type.includes('float') ? Math.fround : Number;
  if (kind === 'float') assert.equal(round(Number(leafText(kind, actual.value))), round(Number(text)), at);
  else assert.equal(leafText(kind, actual.value), text, at);
  tally.same++;
}

function compareFrame(program: Program, frame: Frame, expected: GdbFrame, tally: Tally, isOptimized: boolean): void {
  const at = `${expected.name ?? ''} at ${expected.pc}, line ${expected.line}`;
  const locals = new Map(program.variables(frame, 'locals').map((variable) => [variable.name, variable]));
  for (const [name, type] of Object.entries(expected.types)) {
    // GDB resolves the size of a variable-length array.
    assert.equal(locals.get(name)?.type.replace('[]', ''), type.replace(/\[\d+\]/, locals.get(name)?.type.includes('[]') === true ? '' : '$&'), `type of ${name} in ${at}`);
  }
  for (const [name, leaf] of Object.entries(expected.variables)) compareLeaf(`${name} in ${at}`, leaf, program.evaluate(name, frame), tally, isOptimized);
}

function compareStop(program: Program, stop: Stop, tally: Tally, isOptimized: boolean): void {
  const all = framesOf(program, stop);
  // Between the instructions of a prologue that calls a save routine, GCC's rules are wrong, and GDB shows a caller outside the program.
  const end = stop.frames.findIndex(({ pc }) => !program.isCode(BigInt(pc)));
  const expected = stop.frames.slice(0, end < 0 ? undefined : end);
  // An inlined call that is about to begin is mostly not shown by GDB.
  const begins = all.findIndex(({ inlined, pc }) => inlined?.entry !== pc);
  const begun = Math.max(0, Math.min(begins, all.length - expected.length));
  const frames = all.slice(begun);
  assert.deepEqual(
    frames.map(({ pc, name, register }) => [`0x${pc.toString(16)}`, name.replace(/\(.*\)( const)?$/, ''), `0x${(register(2) ?? 0n).toString(16)}`]),
    expected.map(({ pc, name, sp }) => [pc, name?.replace(/\(.*\)( const)?$/, ''), sp]), `stack at ${stop.pc}`,
  );
  for (const [index, frame] of frames.entries()) {
    const other = expected[index];
    assert.ok(other !== undefined);
    assert.equal(frame.inlined !== undefined, other.inline, `frame ${index} at ${stop.pc}`);
    if (begun === 0 || index > 0) assert.equal(frame.location?.line ?? 0, other.line, `line of ${other.pc}`);
    const next = frames[index + 1];
    if (next !== undefined && frame.cfa !== undefined && frame.inlined === undefined) assert.equal(frame.cfa, next.register(2));
    compareFrame(program, frame, other, tally, isOptimized);
  }
  const [frame] = frames;
  assert.ok(frame !== undefined);
  for (const [name, type] of Object.entries(stop.globalTypes)) assert.equal(program.evaluate(name, frame).type, type, name);
  for (const [name, leaf] of Object.entries(stop.globals)) compareLeaf(name, leaf, program.evaluate(name, frame), tally, false);
}

describe('stacks, variables and types as GDB sees them on QEMU', { skip: missingQemu }, () => {
  for (const { name, flags } of [...VARIANTS.slice(1), { name: '-Os, save and restore routines', flags: ['-Os', '-gdwarf-5', '-msave-restore'] }]) {
    test(name, () => {
      const built = build(flags);
      const all = stops(built);
      assert.ok(all.length >= 15, `only ${all.length} stops`);
      const tally: Tally = { same: 0, missing: 0 };
      for (const stop of all) compareStop(built.program, stop, tally, !flags.includes('-O0'));
      assert.ok(tally.same > 500);
      assert.ok(tally.missing < tally.same / 20, `${tally.missing} values that GDB has are missing, ${tally.same} agree`);
    });
  }

  for (const flags of [['-O0', '-gdwarf-5'], ['-O2', '-gdwarf-4']]) {
    test(`C++ ${flags.join(' ')}`, () => {
      const built = build([...flags, '-std=c++20', '-fno-exceptions', '-fno-rtti'], ['start.S', 'classes.cpp']);
      const all = stops(built, ['point', 'circle', 'box', 'pair', 'tally', 'holder', 'kind', 'shapes::variable'], 1);
      assert.ok(all.length >= 5, `only ${all.length} stops`);
      const tally: Tally = { same: 0, missing: 0 };
      for (const stop of all) compareStop(built.program, stop, tally, !flags.includes('-O0'));
      assert.ok(tally.same > 50);
    });
  }
});
