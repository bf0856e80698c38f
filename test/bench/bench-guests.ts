/** The guests of the bench: the six of the interpreter's, made to run without an end, and the sample guest. */
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { DEFAULT_MEMORY_SIZE_BYTES, type MachineConfiguration } from '../../emulator/index.ts';
import { missingTools, tools } from '../tools.ts';
import { buildGuest } from './interpreter.ts';

export const INTERPRETER_GUESTS = ['alu', 'sort', 'sw', 'calls', 'mem', 'walk'] as const;
export const FLOAT_GUESTS = ['nbody', 'matrix', 'fft', 'mandelbrot'] as const;
export const SAMPLE = 'heisenbug';
export const SAMPLE_ELF = path.join(import.meta.dirname, '../../guests/heisenbug/heisenbug.elf');

/** N for more than 10^11 instructions; N = pages for touch. */
const ENDLESS: Readonly<Record<string, number>> = {
  alu: 10_000_000_000, sort: 1_000_000, sw: 1_000_000_000, calls: 2_000_000_000, mem: 100_000, walk: 2_000_000, touch: 25_600, empty: 0, hot: 2_000_000_000, stack: 2_000_000_000,
};

/** Built guests of one run of the bench, in a folder of its own. */
export class GuestFolder {
  readonly path = mkdtempSync(path.join(tmpdir(), 'chronovisor-bench-'));
  /** Why only the sample guest is there; false if all are. */
  readonly missing = missingTools(tools.gcc);

  elf(name: string): string {
    if (name === SAMPLE) return SAMPLE_ELF;
    const file = path.join(this.path, `${name}.elf`);
    return existsSync(file) ? file : buildGuest(this.path, name, ENDLESS[name] ?? 0);
  }

  /** Those of `names` that can be built here, or else the sample guest. */
  available(names: readonly string[]): readonly string[] {
    return this.missing === false ? names : [SAMPLE];
  }

  notes(): readonly string[] {
    return this.missing === false ? [] : [`only the sample guest: ${this.missing}`];
  }

  remove(): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}

export function configurationOf(elf: string, memorySizeBytes = DEFAULT_MEMORY_SIZE_BYTES): MachineConfiguration {
  return { memorySizeBytes, images: [{ name: path.basename(elf), kind: 'elf', bytes: new Uint8Array(readFileSync(elf)) }] };
}
