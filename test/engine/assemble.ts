/** Assembles small programs with the cross tools. */
import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { findTool, tools } from '../tools.ts';

export const ADDRESS = '0x80000000';

/** Machine code of `source` (GNU as), linked to run at DRAM's beginning. */
export function assemble(source: string): Uint8Array {
  const folder = mkdtempSync(path.join(tmpdir(), 'chronovisor-as-'));
  try {
    const assembly = path.join(folder, 'guest.S');
    writeFileSync(assembly, `.option norelax\n.text\n.globl _start\n_start:\n${source}\n`);
    return build(folder, [assembly], []);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** Compiles and links with the cross compiler, into a flat image that begins at DRAM's beginning. */
export function build(folder: string, sources: readonly string[], options: readonly string[]): Uint8Array {
  const gcc = findTool(tools.gcc) ?? 'riscv64-unknown-elf-gcc';
  const elf = path.join(folder, 'guest.elf');
  const binary = path.join(folder, 'guest.bin');
  execFileSync(gcc, [
    '-march=rv64gc', '-mabi=lp64d', '-mcmodel=medany', '-nostdlib', '-Wl,--no-warnings', `-Wl,-Ttext=${ADDRESS}`, ...options, '-o', elf, ...sources,
  ], { stdio: ['ignore', 'ignore', 'inherit'] });
  execFileSync(gcc.replace(/gcc$/, 'objcopy'), ['-O', 'binary', elf, binary]);
  return readFileSync(binary);
}
