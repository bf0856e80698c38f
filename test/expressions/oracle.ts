/** Programs whose static data expressions are evaluated on, by us and by GDB. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { ElfFile } from '../../debug-adapter/symbols/elf-file.ts';
import type { Frame } from '../../debug-adapter/symbols/frames.ts';
import { build, CORPUS, gdb, run } from '../dwarf/corpus.ts';
import type { Built } from '../dwarf/corpus.ts';
import { findTool, tools } from '../tools.ts';

export interface Answer {
  readonly value?: string;
  readonly type?: string;
  readonly size?: number;
  readonly error?: string;
}

export const CPP_FLAGS = ['-std=c++20', '-fno-exceptions', '-fno-rtti'];
const CLANG_FLAGS = ['--target=riscv64-unknown-elf', '-march=rv64gc', '-mabi=lp64d', '-mcmodel=medany', '-ffreestanding', '-c'];

function temporaryFile(name: string): string {
  const folder = mkdtempSync(path.join(tmpdir(), 'chronovisor-expressions-'));
  process.on('exit', () => { rmSync(folder, { recursive: true, force: true }); });
  return path.join(folder, name);
}

/** A file of the corpus compiled by Clang and linked by GCC. */
export function buildWithClang(source: string, flags: readonly string[]): Built {
  const object = temporaryFile('clang.o');
  run(findTool(tools.clang) ?? '', [...CLANG_FLAGS, ...flags, path.join(CORPUS, source), '-o', object]);
  return build([], [path.relative(CORPUS, object)]);
}

const DATA = ['.text', '.rodata', '.srodata', '.data', '.sdata', '.bss', '.sbss', '.data.rel.ro'];

/** A frame of `function` whose memory is the file's own data. */
export function staticFrame({ program, bytes }: Pick<Built, 'program' | 'bytes'>, name = 'main', extra: Partial<Frame> = {}): Frame {
  const file = new ElfFile(bytes, 'corpus.elf');
  const sections = DATA.map((each) => file.section(each)).filter((section) => section.bytes.length > 0);
  const end = program.symbol('_end')?.address ?? 0n;
  const memory = (address: bigint, sizeBytes: number): Uint8Array => {
    const section = sections.find((each) => address >= each.address && address < each.address + BigInt(each.bytes.length));
    if (section === undefined) return new Uint8Array(address >= 0x8000_0000n && address < end ? Math.min(sizeBytes, Number(end - address)) : 0);
    const offset = Number(address - section.address);
    return section.bytes.subarray(offset, offset + sizeBytes);
  };
  const [frame] = program.stack({ pc: program.symbol(name)?.address ?? 0n, register: (number) => BigInt(number) }, memory);
  assert.ok(frame !== undefined);
  return { ...frame, ...extra };
}

/** What GDB answers; `form` is a letter of its formats. */
export function askGdb(file: string, questions: readonly (readonly [expression: string, form?: string])[], setup: readonly string[] = []): Answer[] {
  const request = temporaryFile('questions');
  writeFileSync(request, questions.map(([expression, form]) => JSON.stringify([expression, form ?? ''])).join('\n'));
  const text = gdb(file, [...setup, `source ${path.join(CORPUS, 'ask-gdb.py')}`, `python ask(${JSON.stringify(request)})`]);
  const answers = text.split('\n').filter((line) => line.startsWith('@')).map((line) => JSON.parse(line.slice(1)) as Answer);
  assert.equal(answers.length, questions.length);
  return answers;
}

/** Whether two values are written the same, but for the number of digits and for what GDB adds. */
export function sameText(ours: string, gdbs: string): boolean {
  return ours === gdbs || [false, true].some((isSingle) => normalized(ours, isSingle) === normalized(gdbs, isSingle));
}

function normalized(text: string, isSingle: boolean): string {
  return text
    .replace(/@0x[0-9a-f]+(: )?/g, '')
    .replace(/nan\(0x[0-9a-f]+\)/g, 'nan')
    .replace(/(?:\\000)+"/g, '"')
    .replace('<No data fields>', '')
    .replace('<.compound', '<compound')
    // The type before a pointer, the function's parameters behind a name.
    .replace(/\((?:[^()"']|\([^()]*\))*\) (?=0x)/g, '')
    .replace(/\{[^{}"]*\} (?=0x)/g, '')
    .replace(/<([^<>]*?)\([^()]*\)( const)?((?:\+\d+)?)>/g, '<$1$3>')
    .replace(/(^|[^\w.])(-?\d+\.\d*(?:e[-+]?\d+)?|-?\d+e[-+]?\d+)(?![\w.])/g, (_, before: string, number: string) => before + String(isSingle ? Math.fround(Number(number)) : Number(number)));
}

