/** From cases to a bootable ELF: harness.S, the cases' code and records. */
import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import fc from 'fast-check';
import { findTool, tools } from '../tools.ts';
import { aliasOf, pageTableEntries, satpOf, type Case } from './cases.ts';
import { SCRATCH_SIZE_BYTES } from './memory-plan.ts';
import { scratchDoubleword } from './operands.ts';

/** A folder that goes when the process ends. */
export const workFolder = mkdtempSync(path.join(tmpdir(), 'chronovisor-oracle-'));
process.on('exit', () => { rmSync(workFolder, { recursive: true, force: true }); });

/** The contents of the scratch area are the same in all programs. */
const SCRATCH_SEED = 1;
let scratchContents: BigUint64Array<ArrayBuffer> | undefined;

export function scratchBytes(): Uint8Array {
  scratchContents ??= new BigUint64Array(fc.sample(scratchDoubleword, { seed: SCRATCH_SEED, numRuns: SCRATCH_SIZE_BYTES / 8 }));
  return new Uint8Array(scratchContents.buffer);
}

const quad = (...values: readonly (bigint | string)[]): string => `\t.quad ${values.map((value) => (typeof value === 'string' ? value : `0x${value.toString(16)}`)).join(', ')}`;
const flag = (value: boolean): bigint => (value ? 1n : 0n);

/** The code of a case. It ends again and again where its ecall is delegated, until S-mode gives up. Each step has a label, so that any can be left out. */
export function caseCode({ steps }: Case, name: string): string {
  const label = (at: number): string => (at >= steps.length ? `${name}_end` : `${name}_${at}`);
  const code = steps.map(({ text }, index) => [
    `${label(index)}:`,
    `\t${text.replace(/\{next:(\d+)\}/g, (_match, ahead: string) => label(index + Number(ahead))).replaceAll('{snippet}', `${name}_snippet_${index}`)}`,
  ].join('\n'));
  const snippets = steps.flatMap(({ snippet }, index) => (snippet === undefined ? [] : [`${name}_snippet_${index}:\n\t${snippet}\n\tret`]));
  return ['\t.section .code, "ax"', '\t.align 2', `${name}:`, ...code, `${name}_end:`, '\tecall', `\tj ${name}_end`, '\t.section .snippets, "ax"', ...snippets].join('\n');
}

/** What harness.S calls R_*. */
function caseRecord(test: Case, name: string, index: number): string {
  const { setting } = test;
  const entries = pageTableEntries(setting);
  return [
    '\t.section .records, "a"', '\t.align 3', `${name}_record:`,
    quad(BigInt(index), name, `${name}_end`, BigInt(setting.mode), aliasOf(setting), setting.mstatus, satpOf(setting), setting.fcsr),
    quad(setting.medeleg, setting.mideleg, setting.mie, setting.mip, flag(setting.isMachineVectored), flag(setting.isSupervisorVectored)),
    quad(setting.mcounteren, setting.scounteren, setting.pmpcfg, ...setting.pmpaddr, BigInt(entries.length)),
    quad(...setting.integers), quad(...setting.floats),
    ...entries.map((entry) => quad(...entry)),
  ].join('\n');
}

/** Assembly text of a whole program. */
export function programText(cases: readonly Case[]): string {
  const names = cases.map((_case, index) => `c${index}`);
  return [
    `#include "${path.join(import.meta.dirname, 'harness.S')}"`,
    '\t.option norvc', '\t.option norelax',
    ...cases.map((test, index) => `${caseCode(test, names[index] ?? '')}\n${caseRecord(test, names[index] ?? '', index)}`),
    '\t.section .records, "a"', '\t.align 3', 'cases:', ...names.map((name) => quad(`${name}_record`)), quad(0n), '',
  ].join('\n');
}

let programs = 0;

const execute = promisify(execFile);

/** Builds the ELF file; returns its path. */
export async function buildProgram(cases: readonly Case[]): Promise<string> {
  const folder = path.join(workFolder, `program-${programs++}`);
  mkdirSync(folder);
  const source = path.join(folder, 'program.S');
  const elf = path.join(folder, 'program.elf');
  writeFileSync(source, programText(cases));
  writeFileSync(path.join(folder, 'scratch.bin'), scratchBytes());
  await execute(findTool(tools.gcc) ?? '', [
    '-march=rv64gc', '-mabi=lp64d', '-nostdlib', '-static', '-Wl,--no-relax', '-Wl,--no-warn-rwx-segments', `-Wa,-I${folder}`,
    '-T', path.join(import.meta.dirname, 'guest.ld'), '-o', elf, source,
  ], { maxBuffer: 1 << 26 });
  return elf;
}

export function removeProgram(elf: string): void {
  rmSync(path.dirname(elf), { recursive: true, force: true });
}

export const readProgram = (elf: string): Uint8Array => new Uint8Array(readFileSync(elf));
