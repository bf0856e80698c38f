/** References by signature to type units that a test has made: in both versions and formats of DWARF, and damaged ones. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { DebugInfo } from '../../debug-adapter/dwarf/info.ts';
import type { Section } from '../../debug-adapter/dwarf/reader.ts';
import { sizeOfType, stripType } from '../../debug-adapter/dwarf/type-model.ts';
import type { Type } from '../../debug-adapter/dwarf/type-model.ts';
import { typeText } from '../../debug-adapter/dwarf/type-text.ts';

/** Abbreviations: code, tag, children, attributes with their forms. */
const ABBREVIATIONS = [
  [1, 0x11, 1, 0x13, 0x0b], // DW_TAG_compile_unit: DW_AT_language
  [2, 0x41, 1, 0x13, 0x0b], // DW_TAG_type_unit: DW_AT_language
  [3, 0x34, 0, 0x03, 0x08, 0x49, 0x20], // DW_TAG_variable: DW_AT_name, DW_AT_type by signature
  [4, 0x13, 0, 0x03, 0x08, 0x0b, 0x0b], // DW_TAG_structure_type: DW_AT_name, DW_AT_byte_size
  [5, 0x13, 0, 0x69, 0x20], // DW_TAG_structure_type: DW_AT_signature
  [6, 0x16, 0, 0x03, 0x08, 0x49, 0x20], // DW_TAG_typedef: DW_AT_name, DW_AT_type by signature
  [7, 0x13, 0, 0x03, 0x08, 0x3c, 0x19, 0x69, 0x20], // DW_TAG_structure_type: DW_AT_name, DW_AT_declaration, DW_AT_signature
].flatMap((each) => [...each, 0, 0]).concat(0);

const C = 0x0c;
const LENGTH_SIZE = { 4: 4, 8: 12 } as const;

interface Format { readonly version: 4 | 5; readonly offsetSize: 4 | 8 }
interface TypeUnit { readonly signature: number; readonly entries: readonly number[]; readonly typeOffset?: number }

const little = (value: number, sizeBytes: number): number[] => Array.from({ length: sizeBytes }, (_, index) => Math.floor(value / 256 ** index) % 256);
const text = (name: string): number[] => [...Buffer.from(`${name}\0`)];
const structure = (name: string, sizeBytes: number): number[] => [4, ...text(name), sizeBytes];
const standsFor = (signature: number): number[] => [5, ...little(signature, 8)];
const alias = (name: string, signature: number): number[] => [6, ...text(name), ...little(signature, 8)];
const declared = (name: string, signature: number): number[] => [7, ...text(name), ...little(signature, 8)];

/** DWARF 5, 7.5.1.1 and 7.5.1.3; DWARF 4, 7.5.1.1 and 7.5.1.2. */
function unit({ version, offsetSize }: Format, entries: readonly number[], type?: TypeUnit): number[] {
  const abbreviations = little(0, offsetSize);
  const head = [...little(version, 2), ...(version === 5 ? [type === undefined ? 1 : 2, 8, ...abbreviations] : [...abbreviations, 8])];
  const sizeBytes = LENGTH_SIZE[offsetSize] + head.length + (type === undefined ? 0 : 8 + offsetSize);
  const named = type === undefined ? [] : [...little(type.signature, 8), ...little(type.typeOffset ?? sizeBytes + 2, offsetSize)];
  const contents = [...head, ...named, type === undefined ? 1 : 2, C, ...entries, 0];
  return [...(offsetSize === 8 ? [0xff, 0xff, 0xff, 0xff] : []), ...little(contents.length, offsetSize), ...contents];
}

function open(format: Format, wanted: number, types: readonly TypeUnit[]): DebugInfo {
  const main = unit(format, [3, ...text('it'), ...little(wanted, 8)]);
  const apart = types.flatMap((type) => unit(format, type.entries, type));
  const contents: Readonly<Record<string, readonly number[]>> = {
    '.debug_abbrev': ABBREVIATIONS, '.debug_info': format.version === 5 ? [...apart, ...main] : main, '.debug_types': format.version === 5 ? [] : apart,
  };
  const section = (name: string): Section => ({ name, bytes: Uint8Array.from(contents[name] ?? []), address: 0n });
  return new DebugInfo({ section }, () => true);
}

/** The type of the one variable. */
function typeIn(info: DebugInfo): Type {
  assert.equal(info.units.length, 1);
  const [variable] = info.units.flatMap((each) => info.globals(each));
  assert.equal(variable?.name, 'it');
  return info.types.typeOf(variable.typeDie);
}

const MISSING = '<a type whose type unit is missing or damaged>';
const CIRCLE = '<a type that refers to itself>';

const ROWS: readonly (readonly [what: string, wanted: number, types: readonly TypeUnit[], expect: string, size?: number])[] = [
  ['a structure', 7, [{ signature: 7, entries: structure('seven', 70) }], 'struct seven', 70],
  ['one of several', 8, [{ signature: 7, entries: structure('seven', 70) }, { signature: 8, entries: structure('eight', 80) }], 'struct eight', 80],
  ['a signature of 64 bits', 2 ** 52 + 2, [{ signature: 2 ** 52, entries: structure('near', 1) }, { signature: 2 ** 52 + 2, entries: structure('far', 2) }], 'struct far', 2],
  ['by way of another unit', 7, [{ signature: 7, entries: alias('seven_t', 8) }, { signature: 8, entries: structure('eight', 80) }], 'seven_t', 80],
  ['an entry that stands for another unit', 7, [{ signature: 7, entries: standsFor(8) }, { signature: 8, entries: structure('eight', 80) }], 'struct eight', 80],
  ['of units with the same signature the first', 7, [{ signature: 7, entries: structure('first', 1) }, { signature: 7, entries: structure('second', 2) }], 'struct first', 1],
  ['an unknown signature', 9, [{ signature: 7, entries: structure('seven', 70) }], MISSING],
  ['no type units', 9, [], MISSING],
  ['a type before its unit\'s entries', 7, [{ signature: 7, entries: structure('seven', 70), typeOffset: 4 }], MISSING],
  ['a type behind its unit', 7, [{ signature: 7, entries: structure('seven', 70), typeOffset: 4000 }, { signature: 8, entries: structure('eight', 80) }], MISSING],
  ['a type that stands for a missing one', 7, [{ signature: 7, entries: standsFor(9) }], MISSING],
  ['a declaration whose unit is missing', 7, [{ signature: 7, entries: declared('seven', 9) }], 'struct seven'],
  ['a type that stands for itself', 7, [{ signature: 7, entries: standsFor(7) }], CIRCLE],
  ['types that stand for each other', 7, [{ signature: 7, entries: standsFor(8) }, { signature: 8, entries: standsFor(7) }], CIRCLE],
  ['names of each other', 7, [{ signature: 7, entries: alias('seven_t', 8) }, { signature: 8, entries: alias('eight_t', 7) }], 'seven_t'],
];

for (const version of [4, 5] as const) {
  for (const offsetSize of [4, 8] as const) {
    describe(`DWARF ${version} with offsets of ${offsetSize} bytes`, () => {
      for (const [what, wanted, types, expect, size] of ROWS) {
        test(what, () => {
          const type = typeIn(open({ version, offsetSize }, wanted, types));
          assert.deepEqual([typeText(type), sizeOfType(type)], [expect, size]);
        });
      }

      test('in the middle of an entry', () => {
        for (let typeOffset = 0; typeOffset < 80; typeOffset++) {
          const type = typeIn(open({ version, offsetSize }, 7, [{ signature: 7, entries: [...alias('seven_t', 8), ...declared('eight', 8), 0], typeOffset }]));
          assert.ok(typeText(type) !== '' && stripType(type).kind !== 'base');
        }
      });
    });
  }
}

test('damage is told with its place in the section', () => {
  const info = open({ version: 4, offsetSize: 4 }, 7, [{ signature: 7, entries: [99] }]);
  const [{ type } = assert.fail()] = info.typeUnits;
  assert.equal(typeText(typeIn(info)), '<damaged debug information>');
  // Behind the header of 23 bytes and the unit's own entry; the cursor is behind the number.
  assert.throws(() => info.dieAt(type?.offset ?? 0), /an entry with the undeclared abbreviation 99 at offset 0x1a of \.debug_types/);
});
