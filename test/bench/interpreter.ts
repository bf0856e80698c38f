/**
 * Speed of the interpreter and of translated code on small bare-metal guests, beside QEMU with an instruction counter, in the same run.
 * CPU time of one thread (V8 compiles on others meanwhile); QEMU's own start is taken off.
 * Usage: tsx test/bench/interpreter.ts [--interpreter] [guest ...]
 */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import '../../emulator/host/v8-flags.ts';
import { findTool, missingTools, tools } from '../tools.ts';
import { Guest } from '../engine/guest.ts';
import { mipsOf, type Mips } from './mips.ts';
import { costOf, costToEnd, type ProcessCost } from './processes.ts';
import { qemuCommand, qemuProgram, type QemuMode } from './qemu.ts';
import { geometricMean } from './report.ts';

/** Value of N for each guest: about a second or two of work. */
const guests: Readonly<Record<string, number>> = { alu: 100_000_000, sort: 25, sw: 4_000_000, calls: 40_000_000, mem: 150, walk: 2000, nbody: 500_000, matrix: 60, fft: 400, mandelbrot: 60 };
/** Those with floating point are compiled for all of RV64GC. */
const floatGuests: ReadonlySet<string> = new Set(['nbody', 'matrix', 'fft', 'mandelbrot']);
const sources = path.join(import.meta.dirname, 'guests');
const DRAM_PAGES = 0x8000;

export interface InterpreterSpeed {
  readonly guest: string;
  readonly mips: Mips;
  /** undefined: QEMU is not installed. */
  readonly qemuMips: Mips | undefined;
}

/** Value of N for a guest that runs so much longer than its usual second or two. */
export function guestSize(guest: string, scale: number): number {
  return Math.ceil((guests[guest] ?? 0) * scale);
}

/** ELF of a guest in guests/, built in `folder`. `n` says how long it runs. */
export function buildGuest(folder: string, guest: string, n: number): string {
  const elf = path.join(folder, `${guest}.elf`);
  execFileSync(findTool(tools.gcc) ?? '', [
    '-O2', ...(floatGuests.has(guest) ? ['-march=rv64gc', '-mabi=lp64d'] : ['-march=rv64imc_zicsr', '-mabi=lp64']), '-mcmodel=medany', '-fno-math-errno', '-ffreestanding', '-nostdlib', '-fno-tree-loop-distribute-patterns',
    '-Wl,--no-warnings', '-T', path.join(sources, 'l.ld'), `-DN=${n}`, path.join(sources, 'crt.S'), path.join(sources, `${guest}.c`), '-o', elf,
  ]);
  return elf;
}

function flatten(elf: string): Uint8Array {
  execFileSync((findTool(tools.gcc) ?? '').replace(/gcc$/, 'objcopy'), ['-O', 'binary', elf, `${elf}.bin`]);
  return readFileSync(`${elf}.bin`);
}

async function measure(image: Uint8Array, isTranslated: boolean): Promise<ProcessCost & { readonly instructions: number }> {
  const guest = new Guest(image, { dramPages: DRAM_PAGES, ...(isTranslated ? {} : { translateAfter: Infinity }) });
  const cost = await costOf(() => {
    while (!guest.finished) guest.run(1_000_000);
  });
  return { ...cost, instructions: guest.icount };
}

/** Cost of one QEMU run; undefined: not installed. */
export function qemuCost(elf: string, mode: QemuMode = 'icount'): ProcessCost | undefined {
  const command = qemuCommand(mode, qemuProgram(elf, mode));
  return command === undefined ? undefined : costToEnd(command);
}

export interface SpeedOptions {
  /** As the engine usually runs; false: by the interpreter alone. */
  readonly isTranslated: boolean;
  /** How long the guests run, relative to their usual second or two. */
  readonly scale: number;
}

export async function measureInterpreter(names: readonly string[], { isTranslated, scale }: SpeedOptions, onResult: (speed: InterpreterSpeed) => void): Promise<void> {
  const folder = mkdtempSync(path.join(tmpdir(), 'chronovisor-bench-'));
  try {
    const idle = qemuCost(buildGuest(folder, 'empty', 0));
    for (const name of names) {
      const elf = buildGuest(folder, name, guestSize(name, scale));
      const cost = await measure(flatten(elf), isTranslated);
      const peer = qemuCost(elf);
      onResult({ guest: name, mips: mipsOf(cost.instructions, cost), qemuMips: peer && mipsOf(cost.instructions, peer, idle) });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function main(): Promise<void> {
  const missing = missingTools(tools.gcc);
  if (missing !== false) {
    console.log(missing);
    return;
  }
  const isTranslated = !process.argv.includes('--interpreter');
  const wanted = process.argv.slice(2).filter((argument) => argument !== '--interpreter');
  const names = wanted.length > 0 ? wanted : Object.keys(guests);
  const results: InterpreterSpeed[] = [];
  const show = (name: string, mips: number, qemuMips: number | undefined): void => {
    const qemu = qemuMips === undefined ? '' : `${qemuMips.toFixed(0).padStart(7)} ${(mips / qemuMips).toFixed(2).padStart(7)}`;
    console.log(`${name.padEnd(10)}${mips.toFixed(0).padStart(7)}${qemu}`);
  };
  console.log('guest        MIPS   QEMU   ratio');
  await measureInterpreter(names, { isTranslated, scale: 1 }, (speed) => {
    results.push(speed);
    show(speed.guest, speed.mips.cpu, speed.qemuMips?.cpu);
  });
  const qemu = results.flatMap(({ qemuMips }) => (qemuMips === undefined ? [] : [qemuMips.cpu]));
  show('geomean', geometricMean(results.map(({ mips }) => mips.cpu)), qemu.length === 0 ? undefined : geometricMean(qemu));
}

if (process.argv[1] === import.meta.filename) await main();
