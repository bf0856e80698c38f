import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Emitter } from '../../emulator/isa/emitter.ts';
import type { InstructionRow } from '../../emulator/isa/instruction.ts';
import { rowsOf } from '../../emulator/isa/row.ts';
import { assertTable, instructionTable } from '../../emulator/isa/table.ts';

const row = rowsOf('test');
const nothing = (): void => undefined;

function made(mnemonic: string, bits: string, except: readonly string[] = []): InstructionRow {
  return row(mnemonic, bits, 'none', nothing, { except });
}

describe('the table refuses', () => {
  const refused: readonly { readonly why: string; readonly rows: () => readonly InstructionRow[]; readonly message: RegExp }[] = [
    {
      why: 'the same encoding twice',
      rows: () => [made('one', '000 00000000000 01'), made('two', '000 00000000000 01')],
      message: /one and two have encodings in common/,
    },
    {
      why: 'an encoding inside another',
      rows: () => [made('wide', '000 ........... 01'), made('narrow', '000 ....1...... 01')],
      message: /wide and narrow/,
    },
    {
      why: 'two that cross',
      rows: () => [made('left', '0000000 ..... ..... ... ..... 0110011'), made('right', '....... ..... ..... 000 ..... 0110011')],
      message: /left and right/,
    },
    {
      why: 'an exception that is too small',
      rows: () => [made('wide', '000 ........... 01', ['000 ....11..... 01']), made('narrow', '000 ....1...... 01')],
      message: /wide and narrow/,
    },
    { why: 'a mnemonic twice', rows: () => [made('one', '000 00000000000 01'), made('one', '001 00000000000 01')], message: /mnemonic/ },
    { why: 'a length that the low bits deny', rows: () => [made('one', '000 ........... 11')], message: /length 2/ },
    { why: 'a pattern of 15 bits', rows: () => [made('one', '000 .......... 01')], message: /16 or 32 bits/ },
  ];
  for (const { why, rows, message } of refused) {
    test(why, () => {
      assert.throws(() => { assertTable(rows()); }, message);
    });
  }
});

test('the table accepts an exception that covers the other row', () => {
  assertTable([made('wide', '000 ........... 01', ['000 ....1...... 01']), made('narrow', '000 ....1...... 01')]);
});

/** What a row asked of its emitter, in order: names with their arguments, functions called and left out. */
function record(semantics: (e: Emitter) => void): string[] {
  const calls: string[] = [];
  const code: unknown = new Proxy({}, { get: () => () => code });
  const emitter = new Proxy({}, {
    get: (_target, name: string) => {
      if (name === 'code') return code;
      return (...args: readonly unknown[]) => {
        calls.push([name, ...args.filter((arg) => typeof arg !== 'function')].join(' '));
        for (const arg of args) if (typeof arg === 'function') Reflect.apply(arg, undefined, []);
        return 0;
      };
    },
  });
  semantics(emitter as Emitter);
  return calls;
}

describe('every row', () => {
  for (const { mnemonic, extension, semantics, rdFile, rs1File, rs2File, expandsTo } of instructionTable) {
    test(mnemonic, () => {
      const calls = record(semantics);
      const asked = (name: string): boolean => calls.some((call) => call.split(' ')[0] === name);

      // A floating-point register is reached as one, and only after FS was tested.
      const first = calls.findIndex((call) => /^(frs|frd|loadFloat|storeFloat|roundingMode)/.test(call));
      const touchesFloat = first >= 0 || extension === 'F' || extension === 'D';
      if (touchesFloat) assert.match(calls.slice(0, first === -1 ? undefined : first).join(), /float /);
      assert.equal(asked('frd') || asked('frdSingle') || asked('loadFloat'), rdFile === 'f');
      if (asked('frs1') || asked('frs1Single')) assert.equal(rs1File, 'f');
      if (asked('rs1')) assert.equal(rs1File, 'x');
      if (asked('frs2') || asked('frs2Single') || asked('storeFloat')) assert.equal(rs2File, 'f');
      // FS becomes dirty exactly where a floating-point register is written, after everything that may trap.
      assert.equal(calls.includes('float true'), rdFile === 'f');
      if (rdFile === 'f') {
        const dirty = calls.indexOf('float true');
        assert.ok(calls.indexOf('rounding') < dirty && calls.findIndex((call) => call.startsWith('loadFloat')) < dirty);
      }

      if (expandsTo !== undefined) {
        assert.equal(semantics, instructionTable.find((full) => full.mnemonic === expandsTo)?.semantics);
      }
    });
  }
});
