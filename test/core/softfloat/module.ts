/** Compiles core/softfloat on its own and calls its routines with bits in, bits and flags out. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { HART_FFLAGS } from '../../../emulator/core/layout.ts';
import type { Outcome, Routine } from './formats.ts';

const root = fileURLToPath(new URL('../../..', import.meta.url));

type WasmFunction = (...args: (number | bigint)[]) => number | bigint;

export interface Softfloat {
  /** Runs a routine with the given fflags before; flags in the outcome are the ones after. */
  run(routine: Routine, operands: readonly bigint[], rm: number, flagsBefore: number): Outcome;
  /** The exported functions themselves. */
  readonly functions: Readonly<Record<string, WasmFunction>>;
}

export function compileSoftfloat(): Buffer {
  const directory = mkdtempSync(join(tmpdir(), 'softfloat-'));
  try {
    const output = join(directory, 'softfloat.wasm');
    const compiler = join(root, 'node_modules/assemblyscript/bin/asc.js');
    const options = ['-O3', '--runtime', 'stub', '--noAssert', '--initialMemory', '1', '--outFile', output];
    execFileSync(process.execPath, [compiler, 'emulator/core/softfloat/index.ts', ...options], { cwd: root });
    return readFileSync(output);
  } finally {
    rmSync(directory, { recursive: true });
  }
}

export function loadSoftfloat(): Softfloat {
  const instance = new WebAssembly.Instance(new WebAssembly.Module(new Uint8Array(compileSoftfloat())), {});
  const { memory, ...functions } = instance.exports as unknown as Record<string, WasmFunction> & {
    memory: WebAssembly.Memory;
  };
  const hart = 4096;
  const view = new DataView(memory.buffer);
  function run(routine: Routine, operands: readonly bigint[], rm: number, flagsBefore: number): Outcome {
    const f = functions[routine.name];
    if (f === undefined) throw new Error(`core/softfloat does not export ${routine.name}`);
    const args: (number | bigint)[] = operands.map((operand, index) =>
      routine.operands[index] === 'f32' ? Number(BigInt.asIntN(32, operand)) : operand,
    );
    if (routine.takesHart) args.unshift(hart);
    if (routine.rounds) args.push(rm);
    view.setInt32(hart + HART_FFLAGS, flagsBefore, true);
    const result = f(...args);
    const width = routine.result === 'f32' || routine.result === 'i32' ? 32 : 64;
    return { value: BigInt.asUintN(width, BigInt(result)), flags: view.getInt32(hart + HART_FFLAGS, true) };
  }
  return { run, functions };
}
