/**
 * Speed of the interpreter and of translated code on small bare-metal guests, beside QEMU with an instruction counter, in the same run.
 * CPU time of one thread (V8 compiles on others meanwhile); QEMU's own start is taken off.
 * Usage: tsx test/bench/interpreter.ts [--interpreter] [guest ...]
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import '../../emulator/host/v8-flags.ts';
import { findTool, missingTools, tools } from '../tools.ts';
import { Guest } from '../engine/guest.ts';

/** Value of N for each guest: about a second or two of work. */
const guests: Readonly<Record<string, number>> = { alu: 100_000_000, sort: 25, sw: 4_000_000, calls: 40_000_000, mem: 150, walk: 2000, nbody: 500_000, matrix: 60, fft: 400, mandelbrot: 60 };
/** Those with floating point are compiled for all of RV64GC. */
const floatGuests: ReadonlySet<string> = new Set(['nbody', 'matrix', 'fft', 'mandelbrot']);
const sources = path.join(import.meta.dirname, 'guests');
const DRAM_PAGES = 0x8000;

export interface InterpreterSpeed {
  readonly guest: string;
  readonly instructions: number;
  readonly mips: number;
  /** undefined: QEMU is not installed. */
  readonly qemuMips: number | undefined;
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

/** CPU ms of this thread (Linux), else of the process. */
function cpuMs(): number {
  try {
    return Number(readFileSync(`/proc/self/task/${process.pid}/schedstat`, 'utf8').split(' ')[0]) / 1e6;
  } catch {
    const { user, system } = process.cpuUsage();
    return (user + system) / 1000;
  }
}

function measure(image: Uint8Array, isTranslated: boolean): { instructions: number; ms: number } {
  const guest = new Guest(image, { dramPages: DRAM_PAGES, ...(isTranslated ? {} : { translateAfter: Infinity }) });
  const begin = cpuMs();
  while (!guest.finished) guest.run(1_000_000);
  return { instructions: guest.icount, ms: cpuMs() - begin };
}

/** CPU ms of one QEMU run, in user and system mode. */
function qemuMs(qemu: string, elf: string): number {
  const before = process.resourceUsage();
  const script = 'import resource,subprocess,sys;subprocess.run(sys.argv[1:],stdout=subprocess.DEVNULL);u=resource.getrusage(resource.RUSAGE_CHILDREN);print((u.ru_utime+u.ru_stime)*1000)';
  const command = [qemu, '-M', 'virt', '-m', '128', '-bios', elf, '-display', 'none', '-monitor', 'none', '-serial', 'none', '-icount', 'shift=0,sleep=off'];
  const timed = spawnSync('python3', ['-c', script, ...command], { encoding: 'utf8' });
  const ms = Number.parseFloat(timed.stdout);
  if (Number.isFinite(ms)) return ms;
  // Without Python: wall-clock time.
  const begin = performance.now();
  spawnSync(command[0] ?? '', command.slice(1));
  return performance.now() - begin + 0 * before.userCPUTime;
}

export interface SpeedOptions {
  /** As the engine usually runs; false: by the interpreter alone. */
  readonly isTranslated: boolean;
  /** How long the guests run, relative to their usual second or two. */
  readonly scale: number;
}

export function measureInterpreter(names: readonly string[], { isTranslated, scale }: SpeedOptions, onResult: (speed: InterpreterSpeed) => void): void {
  const folder = mkdtempSync(path.join(tmpdir(), 'chronovisor-bench-'));
  try {
    const qemu = findTool(tools.qemu);
    const idleMs = qemu === undefined ? 0 : qemuMs(qemu, buildGuest(folder, 'empty', 0));
    for (const name of names) {
      const elf = buildGuest(folder, name, Math.ceil((guests[name] ?? 0) * scale));
      const { instructions, ms } = measure(flatten(elf), isTranslated);
      const mips = instructions / ms / 1000;
      const qemuMips = qemu === undefined ? undefined : instructions / (qemuMs(qemu, elf) - idleMs) / 1000;
      onResult({ guest: name, instructions, mips, qemuMips });
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

function main(): void {
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
  measureInterpreter(names, { isTranslated, scale: 1 }, (speed) => {
    results.push(speed);
    show(speed.guest, speed.mips, speed.qemuMips);
  });
  const qemu = results.flatMap(({ qemuMips }) => (qemuMips === undefined ? [] : [qemuMips]));
  show('geomean', geometricMean(results.map(({ mips }) => mips)), qemu.length === 0 ? undefined : geometricMean(qemu));
}

if (process.argv[1] === import.meta.filename) main();
