import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { UserError } from '../../emulator/user-error.ts';
import { ElfFile } from '../../debug-adapter/symbols/elf-file.ts';
import type { Program } from '../../debug-adapter/symbols/program.ts';
import type { Variable } from '../../debug-adapter/symbols/variables.ts';
import { build, missingCompiler, open, VARIANTS } from './corpus.ts';

const SECTIONS = [
  '.debug_info', '.debug_types', '.debug_abbrev', '.debug_line', '.debug_str', '.debug_line_str', '.debug_frame', '.debug_loc', '.debug_loclists', '.debug_ranges', '.debug_rnglists', '.debug_aranges', '.symtab', '.strtab',
];
const LIMIT_MS = 2_000;

/** Where a section's bytes are in the file. */
function place(bytes: Uint8Array, name: string): { start: number; size: number } | undefined {
  const section = new ElfFile(bytes, 'corpus.elf').section(name);
  return section.bytes.length === 0 ? undefined : { start: section.bytes.byteOffset - bytes.byteOffset, size: section.bytes.length };
}

function walk(variables: readonly Variable[], depth: number): void {
  for (const variable of variables.slice(0, 10)) if (depth > 0) walk(variable.children(0, 4), depth - 1);
}

function attempt(work: () => void): void {
  try {
    work();
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
  }
}

/** Asks a program everything; only a UserError may come out, soon. */
function askEverything(program: Program, addresses: readonly bigint[]): void {
  program.sourceFiles();
  for (const line of [1, 30, 60]) program.breakpointAddresses('calls.c', line);
  const memory = (address: bigint, sizeBytes: number): Uint8Array => Uint8Array.from({ length: Math.min(sizeBytes, 4096) }, (_, index) => Number((address + BigInt(index)) & 0xffn));
  for (const pc of addresses) {
    program.symbolAt(pc);
    program.location(pc);
    program.lineRange(pc);
    const found = program.functionAt(pc);
    if (found !== undefined) program.statementAddresses(found.low, found.high);
    program.inlinedAt(pc);
    program.breakpointLocations('calls.c', 1, 100);
    program.functions('largest');
    program.functionCopies('largest');
    const frames = program.stack({ pc, register: (number) => 0x8000_0000n + BigInt(number) * 0x40n }, memory, 20);
    for (const frame of frames.slice(0, 3)) {
      walk(program.variables(frame, 'locals'), 2);
      program.parameters(frame);
      frame.entryValue?.(Uint8Array.of(0x5a));
      walk(program.variables(frame, 'globals'), 2);
      for (const path of ['list->next->key', 'mixed.corners[1]', 'operations[0]', '&nodes[2]', '*head', 'n', 'greeting', '(outer::Shell *)0', 'unseen->late']) attempt(() => walk([program.evaluate(path, frame)], 2));
    }
  }
}

function check(bytes: Uint8Array, addresses: readonly bigint[]): void {
  const start = performance.now();
  attempt(() => { askEverything(open(bytes), addresses); });
  assert.ok(performance.now() - start < LIMIT_MS, 'it takes too long');
}

interface Subject { readonly name: string; readonly flags: readonly string[]; readonly sources?: readonly string[]; readonly functions: readonly string[]; readonly runs: number }

const CORPUS_FUNCTIONS = ['leaf', 'sum', 'variable', 'choose', 'mean'];
const CPP_FLAGS = ['-fno-exceptions', '-fno-rtti'];
const subjects: readonly Subject[] = [
  ...VARIANTS.filter(({ name }) => name !== '-O0 DWARF 4').map((variant) => ({ ...variant, functions: CORPUS_FUNCTIONS, runs: 8 })),
  { name: 'inlined calls', flags: ['-O2', '-gdwarf-5'], sources: ['start.S', 'frames/inlines.c'], functions: ['nests', 'descend', 'even'], runs: 5 },
  { name: 'call sites', flags: ['-O2', '-gdwarf-5'], sources: ['start.S', 'frames/entry.c'], functions: ['lost', 'passes', 'through', 'jumps'], runs: 5 },
  { name: 'call sites, DWARF 4', flags: ['-O2', '-gdwarf-4'], sources: ['start.S', 'frames/entry.c'], functions: ['lost', 'through'], runs: 5 },
  { name: 'C++', flags: [...CPP_FLAGS, '-O1', '-gdwarf-5'], sources: ['start.S', 'frames/names.cpp'], functions: ['main', 'plain', '_ZN5outer5inner7Counter3addEi'], runs: 5 },
  ...[4, 5].map((version) => ({
    name: `type units, DWARF ${version}`, flags: [...CPP_FLAGS, '-O0', `-gdwarf-${version}`, '-fdebug-types-section'], sources: ['start.S', 'units/shell.cpp', 'units/unseen.cpp'],
    functions: ['main', '_Z4lookPN5outer6UnseenE', '_ZNK5outer5Shell4Core5weighEi'], runs: 5,
  })),
];

describe('damaged debug information', { skip: missingCompiler }, () => {
  for (const { name, flags, sources, functions, runs } of subjects) {
    const { bytes, program } = missingCompiler === false ? build(flags, sources) : { bytes: new Uint8Array(0), program: undefined };
    const addresses = functions.flatMap((of, index) => {
      const symbol = program?.symbol(of);
      return symbol === undefined ? [] : [symbol.address + (index % 2 === 0 ? 12n : 0n)];
    });
    for (const section of SECTIONS) {
      const found = missingCompiler === false ? place(bytes, section) : undefined;
      if (found === undefined) continue;
      test(`${name}: ${section} with flipped bytes`, () => {
        const flip = fc.tuple(fc.nat(found.size - 1), fc.integer({ min: 1, max: 255 }));
        fc.assert(fc.property(fc.array(flip, { minLength: 1, maxLength: 8 }), (flips) => {
          const copy = bytes.slice();
          for (const [offset, mask] of flips) copy[found.start + offset] = (copy[found.start + offset] ?? 0) ^ mask;
          check(copy, addresses);
        }), { numRuns: Number(process.env['FUZZ_RUNS'] ?? runs) });
      });
    }

    test(`${name}: flipped headers, cut file`, () => {
      fc.assert(fc.property(fc.nat(bytes.length - 1), fc.integer({ min: 1, max: 255 }), fc.boolean(), (offset, mask, isCut) => {
        const copy = isCut ? bytes.slice(0, offset) : bytes.slice();
        const at = isCut ? copy.length - 1 : bytes.length - 1 - (offset % 2048);
        if (at >= 0) copy[at] = (copy[at] ?? 0) ^ mask;
        check(copy, addresses.slice(0, 2));
      }), { numRuns: Number(process.env['FUZZ_RUNS'] ?? 30) });
    });
  }
});
