/**
 * core/softfloat against an exact reference, against JavaScript's own arithmetic, and on hand-picked rows.
 * FUZZ_ROUNDS multiplies the amount of work (1 by default).
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import fc from 'fast-check';
import type { SoftfloatRoutine } from '../../emulator/engine/core-module.ts';
import { F32, F64, FLAG, MODES, ROUTINES, describeCase, describeOutcome, routineNamed } from './softfloat/formats.ts';
import type { Format, Outcome, Routine } from './softfloat/formats.ts';
import { loadSoftfloat } from './softfloat/module.ts';
import type { Softfloat } from './softfloat/module.ts';
import { encoding, fromDouble, operandsFor, pickFromSeed, toDouble } from './softfloat/operands.ts';
import type { Pick } from './softfloat/operands.ts';
import { reference } from './softfloat/reference.ts';

const rounds = Number(process.env['FUZZ_ROUNDS'] ?? 1);
let softfloat: Softfloat;
before(() => { softfloat = loadSoftfloat(); });

/** Runs a case with fflags clear and with inexact raised, when some routines take another way. Flags accumulate. */
function check(routine: Routine, operands: readonly bigint[], rm: number, expect: Outcome): void {
  for (const flagsBefore of [0, FLAG.NX]) {
    const actual = softfloat.run(routine, operands, rm, flagsBefore);
    const flags = expect.flags | flagsBefore;
    if (actual.value === expect.value && actual.flags === flags) continue;
    const what = describeCase(routine.name, rm, operands, flagsBefore);
    assert.fail(`${what}: ${describeOutcome(actual)}, expected ${describeOutcome({ value: expect.value, flags })}`);
  }
}

describe('softfloat agrees with the exact reference', () => {
  for (const routine of ROUTINES) {
    test(routine.name, () => {
      const modes = routine.rounds ? [0, 1, 2, 3, 4] : [0];
      fc.assert(
        fc.property(fc.gen(), (generate) => {
          const pick: Pick = (count) => generate(fc.nat, { max: count - 1 });
          const operands = operandsFor(pick, routine);
          for (const rm of modes) check(routine, operands, rm, reference(routine, operands, rm));
        }),
        { numRuns: 500 * rounds },
      );
    });
  }
});

const NATIVE: Readonly<Record<string, (a: number, b: number) => number>> = {
  Add: (a, b) => a + b,
  Sub: (a, b) => a - b,
  Mul: (a, b) => a * b,
  Div: (a, b) => a / b,
  Sqrt: (a) => Math.sqrt(a),
  Min: (a, b) => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.min(a, b)),
  Max: (a, b) => (Number.isNaN(a) ? b : Number.isNaN(b) ? a : Math.max(a, b)),
  Eq: (a, b) => Number(a === b),
  Lt: (a, b) => Number(a < b),
  Le: (a, b) => Number(a <= b),
  ToF64: (a) => a,
  ToF32: (a) => a,
};

/** JavaScript's result: doubles round to nearest even, and rounding +, -, *, /, sqrt of singles twice is innocuous. */
function nativeBits(routine: Routine, operands: readonly bigint[]): bigint {
  const [a = 0, b = 0] = operands.map((operand) => toDouble(routine.format, operand));
  const value = NATIVE[routine.operation]?.(a, b) ?? NaN;
  if (routine.result === 'i32') return BigInt(value);
  const format = routine.result === 'f32' ? F32 : F64;
  return Number.isNaN(value) ? format.canonicalNaN : fromDouble(format, value);
}

describe("softfloat agrees with JavaScript's arithmetic", () => {
  const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 0x7fffffff);
  for (const routine of ROUTINES.filter(({ operation }) => operation in NATIVE)) {
    test(`${routine.name}, FUZZ_SEED=${seed}`, () => {
      const pick = pickFromSeed(seed);
      for (let n = 0; n < 15_000 * rounds; n++) {
        const operands = operandsFor(pick, routine);
        const expected = nativeBits(routine, operands);
        const { value } = softfloat.run(routine, operands, 0, n & 1);
        if (value === expected) continue;
        const what = describeCase(routine.name, 0, operands, n & 1);
        assert.fail(`${what}: 0x${value.toString(16)}, expected 0x${expected.toString(16)}`);
      }
    });
  }

  test(`conversions from integers, FUZZ_SEED=${seed}`, () => {
    const pick = pickFromSeed(seed);
    for (const routine of ROUTINES.filter(({ operation }) => operation.startsWith('From'))) {
      for (let n = 0; n < 5_000 * rounds; n++) {
        const operands = operandsFor(pick, routine);
        const bits = Number(routine.operation.slice(-2));
        const [operand = 0n] = operands;
        const signed = routine.operation[4] === 'I';
        const integer = signed ? BigInt.asIntN(bits, operand) : BigInt.asUintN(bits, operand);
        // Rounding a 64-bit integer to f64 and then to f32 may round twice; 53 bits cannot.
        if (routine.format === F32 && BigInt(Number(integer)) !== integer) continue;
        const actual = softfloat.run(routine, operands, 0, 0).value;
        assert.equal(actual, fromDouble(routine.format, Number(integer)), describeCase(routine.name, 0, operands, 0));
      }
    }
  });
});

interface Row {
  readonly name: SoftfloatRoutine;
  readonly operands: readonly bigint[];
  readonly rm?: (typeof MODES)[number];
  readonly value: bigint;
  readonly flags?: number;
}

const ONE = 0x3ff0000000000000n;
const TWO = 0x4000000000000000n;
const MINUS_ONE = 0xbff0000000000000n;
const INFINITY = 0x7ff0000000000000n;
const QUIET = 0x7ff8000000000123n;
const SIGNALING = 0x7ff0000000000001n;
const NAN = 0x7ff8000000000000n;
const MINUS_ZERO = 0x8000000000000000n;
const SMALLEST_NORMAL = 0x0010000000000000n;

const ROWS: readonly Row[] = [
  { name: 'f64Add', operands: [ONE, QUIET], value: NAN },
  { name: 'f64Add', operands: [SIGNALING, ONE], value: NAN, flags: FLAG.NV },
  { name: 'f64Add', operands: [INFINITY, INFINITY | MINUS_ZERO], value: NAN, flags: FLAG.NV },
  { name: 'f64Add', operands: [ONE, MINUS_ONE], value: 0n },
  { name: 'f64Add', operands: [ONE, MINUS_ONE], rm: 'RDN', value: MINUS_ZERO },
  { name: 'f64Sub', operands: [MINUS_ZERO, 0n], value: MINUS_ZERO },
  { name: 'f64Mul', operands: [INFINITY, 0n], value: NAN, flags: FLAG.NV },
  { name: 'f64Div', operands: [MINUS_ONE, 0n], value: INFINITY | MINUS_ZERO, flags: FLAG.DZ },
  { name: 'f64Div', operands: [0n, 0n], value: NAN, flags: FLAG.NV },
  { name: 'f64Sqrt', operands: [MINUS_ZERO], value: MINUS_ZERO },
  { name: 'f64Sqrt', operands: [MINUS_ONE], value: NAN, flags: FLAG.NV },
  // Infinity times zero is invalid even with a quiet NaN to add.
  { name: 'f64MulAdd', operands: [INFINITY, 0n, QUIET], value: NAN, flags: FLAG.NV },
  { name: 'f64MulAdd', operands: [ONE, ONE, QUIET], value: NAN },
  { name: 'f32MulAdd', operands: [0x7f800000n, 0n, 0x7fc00001n], value: 0x7fc00000n, flags: FLAG.NV },
  // 2^24 + 2 + (1 - 2^-46) is just below a tie but becomes one in double precision: rounding twice would go wrong.
  { name: 'f32MulAdd', operands: [0x3f800001n, 0x3f7ffffen, 0x4b800001n], value: 0x4b800001n, flags: FLAG.NX },
  // Tininess after rounding, as if the exponent were unbounded: (1 - 2^-53) * 2^-1022 would be exact, hence tiny,
  // although it ends as the smallest normal number; 2^-1022 - 2^-1137 would round to 2^-1022, hence is not tiny.
  { name: 'f64Mul', operands: [SMALLEST_NORMAL, ONE - 1n], value: SMALLEST_NORMAL, flags: FLAG.NX | FLAG.UF },
  { name: 'f64MulAdd', operands: [1n, 0xbc00000000000000n, SMALLEST_NORMAL], value: SMALLEST_NORMAL, flags: FLAG.NX },
  // An exact subnormal raises nothing.
  { name: 'f64Mul', operands: [SMALLEST_NORMAL, 0x3fe0000000000000n], value: SMALLEST_NORMAL >> 1n },
  { name: 'f64Mul', operands: [INFINITY - 1n, TWO], value: INFINITY, flags: FLAG.OF | FLAG.NX },
  { name: 'f64Mul', operands: [INFINITY - 1n, TWO], rm: 'RTZ', value: INFINITY - 1n, flags: FLAG.OF | FLAG.NX },
  { name: 'f64Min', operands: [0n, MINUS_ZERO], value: MINUS_ZERO },
  { name: 'f64Max', operands: [MINUS_ZERO, 0n], value: 0n },
  { name: 'f64Min', operands: [SIGNALING, ONE], value: ONE, flags: FLAG.NV },
  { name: 'f64Max', operands: [QUIET, ONE], value: ONE },
  { name: 'f64Min', operands: [QUIET, QUIET], value: NAN },
  { name: 'f64Eq', operands: [QUIET, ONE], value: 0n },
  { name: 'f64Eq', operands: [SIGNALING, ONE], value: 0n, flags: FLAG.NV },
  { name: 'f64Lt', operands: [QUIET, ONE], value: 0n, flags: FLAG.NV },
  { name: 'f64Le', operands: [0n, MINUS_ZERO], value: 1n },
  { name: 'f64Class', operands: [INFINITY | MINUS_ZERO], value: 1n << 0n },
  { name: 'f64Class', operands: [MINUS_ONE], value: 1n << 1n },
  { name: 'f64Class', operands: [MINUS_ZERO | 1n], value: 1n << 2n },
  { name: 'f64Class', operands: [MINUS_ZERO], value: 1n << 3n },
  { name: 'f32Class', operands: [0n], value: 1n << 4n },
  { name: 'f32Class', operands: [1n], value: 1n << 5n },
  { name: 'f32Class', operands: [0x3f800000n], value: 1n << 6n },
  { name: 'f32Class', operands: [0x7f800000n], value: 1n << 7n },
  { name: 'f32Class', operands: [0x7f800001n], value: 1n << 8n },
  { name: 'f32Class', operands: [0x7fc00000n], value: 1n << 9n },
  // RISC-V unprivileged ISA 20191213, table 11.4.
  { name: 'f64ToI32', operands: [INFINITY | MINUS_ZERO], value: 0xffffffff80000000n, flags: FLAG.NV },
  { name: 'f64ToI32', operands: [QUIET | MINUS_ZERO], value: 0x7fffffffn, flags: FLAG.NV },
  { name: 'f64ToU32', operands: [MINUS_ONE], value: 0n, flags: FLAG.NV },
  { name: 'f64ToU32', operands: [QUIET], value: 0xffffffffffffffffn, flags: FLAG.NV },
  { name: 'f64ToU32', operands: [0x41efffffffe00000n], value: 0xffffffffffffffffn },
  { name: 'f64ToU32', operands: [0xbfe0000000000000n], rm: 'RTZ', value: 0n, flags: FLAG.NX },
  { name: 'f64ToU32', operands: [0xbfe0000000000000n], rm: 'RMM', value: 0n, flags: FLAG.NV },
  { name: 'f64ToI64', operands: [INFINITY], value: 0x7fffffffffffffffn, flags: FLAG.NV },
  { name: 'f64ToI64', operands: [0xc3e0000000000000n], value: 0x8000000000000000n },
  { name: 'f64ToU64', operands: [INFINITY], value: 0xffffffffffffffffn, flags: FLAG.NV },
  { name: 'f32FromU32', operands: [-1n], value: 0x4f800000n, flags: FLAG.NX },
  { name: 'f32FromI32', operands: [0x1_0000_0001n], value: 0x3f800000n },
  { name: 'f32ToF64', operands: [0x7f800001n], value: NAN, flags: FLAG.NV },
  { name: 'f64ToF32', operands: [QUIET], value: 0x7fc00000n },
];

test('the module exports the routines and nothing else', () => {
  assert.deepEqual(Object.keys(softfloat.functions).sort(), ROUTINES.map(({ name }) => name as string).sort());
});

test('hand-picked rows', () => {
  for (const { name, operands, rm = 'RNE', value, flags = 0 } of ROWS) {
    check(routineNamed(name), operands, MODES.indexOf(rm), { value, flags });
  }
});

test('a sum of any two encodings is commutative, flags included', () => {
  const property = (name: SoftfloatRoutine, format: Format): void => {
    fc.assert(
      fc.property(fc.gen(), fc.nat(4), (generate, rm) => {
        const pick: Pick = (count) => generate(fc.nat, { max: count - 1 });
        const [a, b] = [encoding(pick, format), encoding(pick, format)];
        const sum = (x: bigint, y: bigint): Outcome => softfloat.run(routineNamed(name), [x, y], rm, 0);
        assert.deepEqual(sum(a, b), sum(b, a));
      }),
      { numRuns: 500 * rounds },
    );
  };
  property('f32Add', F32);
  property('f64Add', F64);
});
