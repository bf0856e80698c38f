/** Backtraces at every instruction of programs, as GDB sees them on QEMU: callers, inlined calls, lines, saved registers. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { describe, test } from 'node:test';
import { ElfFile } from '../../debug-adapter/symbols/elf-file.ts';
import { instructionLength } from '../../emulator/index.ts';
import type { Program } from '../../debug-adapter/symbols/program.ts';
import type { Frame } from '../../debug-adapter/symbols/frames.ts';
import { findTool, tools } from '../tools.ts';
import { build, gdb, missingQemu } from './corpus.ts';
import type { Built } from './corpus.ts';

interface GdbFrame {
  readonly pc: string;
  readonly name: string | null;
  readonly inline: boolean;
  /** GDB's reconstruction of a frame that a tail call replaced. */
  readonly tail: boolean;
  readonly line: number;
  readonly file: string | null;
  readonly sp: string;
  /** s0..s11. */
  readonly saved: readonly (string | null)[];
  /** Integer parameters of the two innermost frames; null: GDB does not know the value. */
  readonly arguments: Readonly<Record<string, string | null>>;
}

/** What gdb-frames.py prints for a stop. */
interface Stop {
  readonly pc: string;
  readonly registers: readonly string[];
  readonly memory: string;
  readonly frames: readonly GdbFrame[];
}

const BASE = 0x8000_0000n;
const SAVED = [8, 9, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27];

/** One stop at the first visit of each instruction, or of one in `stride`. */
function stops(built: Built, stride: number): Stop[] {
  const { program } = built;
  const text = new ElfFile(built.bytes, built.file).section('.text');
  const chosen: bigint[] = [];
  for (let at = 0; at < text.bytes.length; at += instructionLength(text.bytes[at] ?? 0)) {
    const address = text.address + BigInt(at);
    if (program.functionAt(address) !== undefined) chosen.push(address);
  }
  const end = program.symbol('_end')?.address ?? assert.fail();
  const qemu = `${findTool(tools.qemu) ?? ''} -M virt -bios none -nographic -monitor none -serial null -S -gdb stdio -kernel ${built.file}`;
  const answer = gdb(built.file, [
    `target remote | ${qemu}`, `source ${path.join(import.meta.dirname, 'gdb-frames.py')}`, `python run([${chosen.filter((_, index) => index % stride === 0).join(', ')}], ${BASE}, ${end})`,
  ]);
  return answer.split('\n').filter((line) => line.startsWith('@')).map((line) => JSON.parse(line.slice(1)) as Stop);
}

function framesOf({ program }: Built, stop: Stop): Frame[] {
  const memory = Buffer.from(stop.memory, 'hex');
  return program.stack({ pc: BigInt(stop.pc), register: (number) => BigInt(stop.registers[number] ?? 0) }, (address, sizeBytes) => {
    const offset = Number(address - BASE);
    return offset >= 0 && offset < memory.length ? memory.subarray(offset, offset + sizeBytes) : new Uint8Array(0);
  });
}

function hex(value: bigint | undefined): string | null {
  return value === undefined ? null : `0x${value.toString(16)}`;
}

/** GDB shows no inlined call that is just about to be entered. */
function withoutEntered(frames: readonly Frame[], expected: readonly GdbFrame[]): readonly Frame[] {
  const extra = frames.length - expected.length;
  const entering = frames.slice(0, Math.max(extra, 0));
  return entering.every(({ inlined, pc }) => inlined?.entry === pc || inlined?.ranges.some(({ low }) => low === pc)) ? frames.slice(entering.length) : frames;
}

interface Tally { frames: number; inlined: number; parameters: number; missing: number }

/** Pointers are written in hexadecimal by us alone. */
function numberOf(text: string): string {
  return /^(0x[0-9a-f]+|-?\d+)$/.test(text) ? String(BigInt(text)) : text;
}

/** What GDB knows of the parameters, we know, too, and nothing that it does not. */
function compareParameters(program: Program, frame: Frame, expected: GdbFrame, isCertain: boolean, tally: Tally, at: string): void {
  const parameters = new Map(program.parameters(frame).map(({ name, value }) => [name, value]));
  for (const [name, value] of Object.entries(expected.arguments)) {
    // A variable of an inner block may hide it.
    const actual = parameters.get(name)?.split(' ')[0];
    if (actual === undefined) continue;
    if (!isCertain && actual.startsWith('<')) tally.missing++;
    else if (value === null) assert.equal(actual, '<optimized', `${name} of ${at}`);
    else assert.equal(numberOf(actual), numberOf(value), `${name} of ${at}`);
    tally.parameters++;
  }
}

function compareStop(built: Built, stop: Stop, tally: Tally): void {
  const { program } = built;
  const end = stop.frames.findIndex(({ pc }) => !program.isCode(BigInt(pc)));
  const expected = stop.frames.slice(0, end < 0 ? undefined : end).filter(({ tail }) => !tail);
  const all = framesOf(built, stop);
  const frames = withoutEntered(all, expected);
  // GDB takes registers of callers for good that the callee may have overwritten, and makes up what tail calls left no trace of.
  const hasTailCalls = stop.frames.some(({ tail }) => tail);
  const isEntering = frames.length < all.length;
  assert.deepEqual(
    frames.map(({ name, pc, inlined, register }) => `${name} ${hex(pc)} ${hex(register(2))}${inlined === undefined ? '' : ' inlined'}`),
    expected.map(({ name, pc, inline, sp }) => `${name} ${pc} ${sp}${inline ? ' inlined' : ''}`), `stack at ${stop.pc}`,
  );
  for (const [index, frame] of frames.entries()) {
    const other = expected[index] ?? assert.fail();
    const at = `frame ${index} at ${stop.pc}, ${frame.name}`;
    // Of a call that is about to be entered GDB shows the line where it begins.
    if (index > 0 || !isEntering) assert.deepEqual([frame.location?.line ?? 0, frame.location?.path ?? null], [other.line, other.line === 0 ? null : other.file], at);
    for (const [position, number] of SAVED.entries()) {
      const value = other.saved[position] ?? null;
      if (value !== null) assert.equal(hex(frame.register(number)), value, `s${position} of ${at}`);
    }
    if (frame.inlined === undefined) compareParameters(program, frame, other, index === 0 && !hasTailCalls, tally, at);
    tally.frames++;
    if (frame.inlined !== undefined) tally.inlined++;
  }
}

const INLINES = ['start.S', 'frames/inlines.c'];
const programs: readonly { readonly name: string; readonly flags: readonly string[]; readonly sources?: readonly string[]; readonly inlined: number; readonly stride?: number }[] = [
  { name: 'inlined calls, -O2', flags: ['-O2', '-gdwarf-5'], sources: INLINES, inlined: 50 },
  { name: 'inlined calls, -Og, DWARF 4', flags: ['-Og', '-gdwarf-4'], sources: INLINES, inlined: 50 },
  { name: 'inlined calls, -O0', flags: ['-O0', '-gdwarf-5'], sources: INLINES, inlined: 50 },
  { name: 'inlined calls, -Os, frame pointers', flags: ['-Os', '-gdwarf-5', '-fno-omit-frame-pointer'], sources: INLINES, inlined: 50 },
  { name: 'values at entry, -O2', flags: ['-O2', '-gdwarf-5'], sources: ['start.S', 'frames/entry.c'], inlined: 0 },
  { name: 'values at entry, -O1, DWARF 4', flags: ['-O1', '-gdwarf-4'], sources: ['start.S', 'frames/entry.c'], inlined: 0 },
  { name: 'corpus, -O0', flags: ['-O0', '-gdwarf-5'], inlined: 0, stride: 5 },
  { name: 'corpus, -O2', flags: ['-O2', '-gdwarf-5'], inlined: 1, stride: 2 },
];

describe('stacks at every instruction', { skip: missingQemu }, () => {
  for (const { name, flags, sources, inlined, stride = 1 } of programs) {
    test(name, () => {
      const built = build(flags, sources);
      const all = stops(built, stride);
      assert.ok(all.length > 100, `only ${all.length} stops`);
      const tally: Tally = { frames: 0, inlined: 0, parameters: 0, missing: 0 };
      for (const stop of all) compareStop(built, stop, tally);
      assert.ok(tally.missing <= tally.parameters / 10, `${tally.missing} of ${tally.parameters} parameters are missing`);
      assert.ok(tally.inlined >= inlined, `${tally.inlined} inlined calls in ${tally.frames} frames`);
    });
  }
});
