import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { CallFrameTable } from '../../debug-adapter/dwarf/call-frame.ts';
import type { FrameRules, RegisterRule } from '../../debug-adapter/dwarf/call-frame.ts';
import type { Section } from '../../debug-adapter/dwarf/reader.ts';
import { ElfFile } from '../../debug-adapter/symbols/elf-file.ts';
import { build, missingBinutils, run, VARIANTS } from './corpus.ts';

const NAMES = ['zero', 'ra', 'sp', 'gp', 'tp', 't0', 't1', 't2', 's0', 's1', 'a0', 'a1', 'a2', 'a3', 'a4', 'a5', 'a6', 'a7', 's2', 's3', 's4', 's5', 's6', 's7', 's8', 's9', 's10', 's11', 't3', 't4', 't5', 't6'];
const FLOATS = ['ft0', 'ft1', 'ft2', 'ft3', 'ft4', 'ft5', 'ft6', 'ft7', 'fs0', 'fs1', 'fa0', 'fa1', 'fa2', 'fa3', 'fa4', 'fa5', 'fa6', 'fa7', 'fs2', 'fs3', 'fs4', 'fs5', 'fs6', 'fs7', 'fs8', 'fs9', 'fs10', 'fs11', 'ft8', 'ft9', 'ft10', 'ft11'];

/** Rules by register name, as readelf writes them; `u` for none. */
interface Row { low: bigint; high: bigint; cfa: string; rules: Map<string, string> }

/** Rows of `readelf --debug-dump=frames-interp`. */
function interpretedRows(file: string): Row[] {
  const rows: Row[] = [];
  let high = 0n;
  let inherited: string | undefined;
  let columns: string[] | undefined;
  let pending: Row | undefined;
  const close = (end: bigint): void => {
    if (pending !== undefined) rows.push({ ...pending, high: end });
    pending = undefined;
  };
  for (const line of run('riscv64-unknown-elf-readelf', ['--debug-dump=frames-interp', '-W', file]).split('\n')) {
    const description = / FDE .*pc=([0-9a-f]+)\.\.([0-9a-f]+)/.exec(line);
    if (description !== null) {
      close(high);
      high = BigInt(`0x${description[2] ?? 0}`);
      // A function without own instructions has its common entry's row.
      pending = { low: BigInt(`0x${description[1] ?? 0}`), high, cfa: inherited ?? '', rules: new Map() };
      columns = undefined;
    } else if (/ CIE /.test(line)) {
      close(high);
      high = 0n;
    } else if (/^\s+LOC/.test(line)) columns = line.trim().split(/\s+/).slice(2);
    else if (/^[0-9a-f]{16} /.test(line) && columns !== undefined) {
      const [location = '0', cfa = '', ...rules] = line.trim().split(/\s+/);
      const low = BigInt(`0x${location}`);
      if (high === 0n) {
        inherited = cfa;
        continue;
      }
      if (pending !== undefined && pending.low !== low) close(low);
      pending = { low, high, cfa, rules: new Map(columns.map((name, index) => [name, rules[index] ?? ''])) };
    }
  }
  close(high);
  return rows;
}

function ruleText(rule: RegisterRule | undefined): string {
  switch (rule?.kind) {
    case undefined:
    case 'undefined': return 'u';
    case 'same': return 's';
    case 'offset': return `c${rule.offset < 0n ? '' : '+'}${rule.offset}`;
    case 'value-offset': return `v${rule.offset < 0n ? '' : '+'}${rule.offset}`;
    case 'register': return NAMES[rule.number] ?? `r${rule.number}`;
    case 'expression': return 'exp';
    case 'value-expression': return 'vexp';
  }
}

function cfaText({ cfa }: FrameRules): string {
  if (cfa?.kind !== 'register') return 'exp';
  return `${NAMES[cfa.number] ?? ''}${cfa.offset < 0n ? '' : '+'}${cfa.offset}`;
}

const UNWIND_VARIANTS = [
  ...VARIANTS,
  { name: '-O2 .eh_frame', flags: ['-O2', '-fasynchronous-unwind-tables', '-g0'] },
  { name: '-O0 .eh_frame', flags: ['-O0', '-fasynchronous-unwind-tables', '-g0'] },
  { name: '-Os, save and restore routines', flags: ['-Os', '-gdwarf-5', '-msave-restore'] },
];

describe('call frame rules', { skip: missingBinutils }, () => {
  for (const { name, flags } of UNWIND_VARIANTS) {
    test(`${name}: every address has readelf's rules`, () => {
      const { file, bytes } = build(flags);
      const table = new CallFrameTable(new ElfFile(bytes, file), () => true);
      const rows = interpretedRows(file);
      assert.ok(rows.length > 40, `readelf gave only ${rows.length} rows`);
      for (const { low, high, cfa, rules } of rows) {
        for (let address = low; address < high; address += 2n) {
          const actual = table.rulesAt(address);
          const at = `0x${address.toString(16)}`;
          assert.ok(actual !== undefined, at);
          assert.equal(cfaText(actual), cfa, at);
          for (const [register, rule] of rules) {
            const number = NAMES.includes(register) ? NAMES.indexOf(register) : 32 + FLOATS.indexOf(register);
            assert.equal(ruleText(actual.registers.get(number)), rule, `${register} at ${at}`);
          }
          const saved = [...actual.registers].filter(([, rule]) => rule.kind === 'offset').length;
          assert.equal(saved, [...rules.values()].filter((rule) => rule.startsWith('c')).length, `saved registers at ${at}`);
        }
      }
    });
  }
});

/** A .debug_frame of one CIE (code alignment 1, data alignment -8, ra, cfa = sp + 0) and one FDE [0x1000, 0x1100). */
function frameSection(instructions: readonly number[]): Section {
  const common = [3, 0, 1, 0x78, 1, 0x0c, 2, 0];
  const entry = [0, 0, 0, 0, 0, 0x10, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, ...instructions];
  const commonEntry = [0xff, 0xff, 0xff, 0xff, ...common];
  return { name: '.debug_frame', address: 0n, bytes: Uint8Array.from([commonEntry.length, 0, 0, 0, ...commonEntry, entry.length, 0, 0, 0, ...entry]) };
}

function rulesOf(instructions: readonly number[], pc: bigint): string | undefined {
  const section = frameSection(instructions);
  const table = new CallFrameTable({ section: (name) => (name === section.name ? section : { name, bytes: new Uint8Array(0), address: 0n }) }, () => true);
  const rules = table.rulesAt(pc);
  if (rules === undefined) return undefined;
  const registers = [...rules.registers].sort(([a], [b]) => a - b).map(([number, rule]) => `${NAMES[number] ?? number}=${ruleText(rule)}`);
  return [cfaText(rules), ...registers].join(' ');
}

describe('call frame instructions', () => {
  const rows: [what: string, instructions: number[], pc: bigint, expect: string | undefined][] = [
    ['none', [], 0x1000n, 'sp+0'],
    ['outside', [], 0x1100n, undefined],
    ['def_cfa', [0x0c, 8, 16], 0x1000n, 's0+16'],
    ['def_cfa_sf', [0x12, 8, 0x7e], 0x1000n, 's0+16'],
    ['def_cfa_register', [0x0e, 32, 0x0d, 8], 0x1000n, 's0+32'],
    ['def_cfa_offset_sf', [0x13, 0x7c], 0x1000n, 'sp+32'],
    ['def_cfa_expression', [0x0f, 2, 0x72, 0], 0x1000n, 'exp'],
    ['offset', [0x81, 1], 0x1000n, 'sp+0 ra=c-8'],
    ['offset_extended', [0x05, 9, 2], 0x1000n, 'sp+0 s1=c-16'],
    ['offset_extended_sf', [0x11, 9, 0x7f], 0x1000n, 'sp+0 s1=c+8'],
    ['val_offset', [0x14, 9, 1], 0x1000n, 'sp+0 s1=v-8'],
    ['val_offset_sf', [0x15, 9, 0x7f], 0x1000n, 'sp+0 s1=v+8'],
    ['register', [0x09, 1, 5], 0x1000n, 'sp+0 ra=t0'],
    ['same_value', [0x08, 8], 0x1000n, 'sp+0 s0=s'],
    ['undefined', [0x07, 1], 0x1000n, 'sp+0 ra=u'],
    ['expression', [0x10, 1, 1, 0x30], 0x1000n, 'sp+0 ra=exp'],
    ['val_expression', [0x16, 1, 1, 0x30], 0x1000n, 'sp+0 ra=vexp'],
    ['restore', [0x81, 1, 0xc1], 0x1000n, 'sp+0'],
    ['restore_extended', [0x81, 1, 0x06, 1], 0x1000n, 'sp+0'],
    ['remember and restore state', [0x81, 1, 0x0a, 0x0e, 16, 0x88, 2, 0x0b], 0x1000n, 'sp+0 ra=c-8'],
    ['advance_loc, before', [0x44, 0x0e, 16], 0x1003n, 'sp+0'],
    ['advance_loc, at', [0x44, 0x0e, 16], 0x1004n, 'sp+16'],
    ['advance_loc1', [0x02, 0x80, 0x0e, 16], 0x1080n, 'sp+16'],
    ['advance_loc2', [0x03, 0x80, 0, 0x0e, 16], 0x107fn, 'sp+0'],
    ['advance_loc4', [0x04, 0x80, 0, 0, 0, 0x0e, 16], 0x1080n, 'sp+16'],
    ['set_loc', [0x01, 0x10, 0x10, 0, 0, 0, 0, 0, 0, 0x0e, 16], 0x1010n, 'sp+16'],
    ['GNU_args_size', [0x2e, 8], 0x1000n, 'sp+0'],
    ['restore without remember is damage', [0x0b], 0x1000n, undefined],
    ['unknown is damage', [0x3f], 0x1000n, undefined],
    ['cut short is damage', [0x81], 0x1000n, undefined],
  ];
  for (const [what, instructions, pc, expect] of rows) test(what, () => { assert.equal(rulesOf(instructions, pc), expect); });
});
