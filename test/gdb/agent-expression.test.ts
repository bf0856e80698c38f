/** GDB's bytecode for conditions. The encodings are those of the manual; test/gdb/gdb.test.ts has GDB itself write some. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { compileCondition, type AgentMachine } from '../../emulator/gdb-server/agent-expression.ts';

const machine: AgentMachine = {
  register: (number) => (number <= 32 ? BigInt(number) * 100n : undefined),
  memory: (address, sizeBytes) => (address === 0x1000n ? Uint8Array.of(0xf0, 0xff, 1, 2, 3, 4, 5, 6).subarray(0, sizeBytes) : new Uint8Array(0)),
};

const END = 0x27;
const c8 = (value: number): number[] => [0x22, value];
const equal = (left: readonly number[], right: readonly number[]): number[] => [...left, ...right, 0x13, END];

/** Each is true. */
const rows: readonly (readonly [string, readonly number[]])[] = [
  ['add', equal([...c8(2), ...c8(3), 0x02], c8(5))],
  ['sub wraps', equal([...c8(2), ...c8(3), 0x03, 0x2a, 8], c8(255))],
  ['mul', equal([...c8(6), ...c8(7), 0x04], c8(42))],
  ['signed division', equal([...c8(0xf9), 0x16, 8, ...c8(2), 0x05, 0x2a, 8], c8(0xfd))],
  ['unsigned remainder', equal([...c8(17), ...c8(5), 0x08], c8(2))],
  ['shifts', equal([...c8(1), ...c8(5), 0x09, ...c8(2), 0x0b], c8(8))],
  ['signed shift', equal([...c8(0x80), 0x16, 8, ...c8(7), 0x0a, 0x2a, 8], c8(0xff))],
  ['and, or, xor', equal([...c8(12), ...c8(10), 0x0f, ...c8(1), 0x10, ...c8(3), 0x11], c8(10))],
  ['log_not', [...c8(0), 0x0e, END]],
  ['bit_not', equal([...c8(0xf0), 0x12, 0x2a, 8], c8(0x0f))],
  ['less_signed', [...c8(0xff), 0x16, 8, ...c8(0), 0x14, END]],
  ['less_unsigned', [...c8(1), ...c8(0xff), 0x16, 8, 0x15, END]],
  ['ref8', equal([0x23, 0x10, 0, 0x17], c8(0xf0))],
  ['ref16 is little-endian, constants are big-endian', equal([0x23, 0x10, 0, 0x18], [0x23, 0xff, 0xf0])],
  ['ref32', equal([0x23, 0x10, 0, 0x19], [0x24, 2, 1, 0xff, 0xf0])],
  ['ref64', equal([0x23, 0x10, 0, 0x1a], [0x25, 6, 5, 4, 3, 2, 1, 0xff, 0xf0])],
  ['reg', equal([0x26, 0, 2], c8(200))],
  ['dup, pop, swap', equal([...c8(1), ...c8(9), 0x2b, 0x28, 0x29, 0x29], c8(9))],
  ['pick', equal([...c8(7), ...c8(8), 0x32, 1, 0x2b, 0x29], c8(7))],
  ['rot', equal([...c8(1), ...c8(2), ...c8(3), 0x33, 0x29], c8(1))],
  ['if_goto, goto', [...c8(0), 0x20, 0, 10, ...c8(1), 0x21, 0, 12, ...c8(0), END]],
  ['division by zero is for GDB to tell', [...c8(1), ...c8(0), 0x06, END]],
  ['no memory is for GDB to tell', [...c8(0), 0x17, END]],
  ['no register is for GDB to tell', [0x26, 0xff, 0xff, END]],
  ['a circle ends', [0x21, 0, 0]],
  ['an empty stack', [0x02, END]],
  ['no end', c8(0)],
  ['cut off', [0x25, 0]],
];

describe('conditions in bytecode', () => {
  for (const [name, code] of rows) test(name, () => { assert.equal(compileCondition(Uint8Array.from(code), machine)(), true); });
  test('false', () => { assert.equal(compileCondition(Uint8Array.of(...c8(0), END), machine)(), false); });
  test('unknown bytecode is refused', () => { assert.throws(() => compileCondition(Uint8Array.of(0x01), machine), /unknown bytecode 0x1/); });

  test('random code ends, with an answer', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (code) => {
      try {
        assert.equal(typeof compileCondition(code, machine)(), 'boolean');
      } catch (error) {
        assert.match(String(error), /unknown bytecode/);
      }
    }));
  });
});
