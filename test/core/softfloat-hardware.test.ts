/**
 * core/softfloat against this computer's floating-point unit: results and flags in the four rounding modes that an x86
 * processor has. x86 detects tininess after rounding, as RISC-V does (Intel SDM volume 1, 4.9.1.5).
 * FUZZ_ROUNDS multiplies the number of operands.
 */
import assert from 'node:assert/strict';
import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { after, before, describe, test } from 'node:test';
import { F32, F64, FLAG, ROUTINES, describeCase, describeOutcome, infinity, signBit } from './softfloat/formats.ts';
import type { Outcome, Routine } from './softfloat/formats.ts';
import { loadSoftfloat } from './softfloat/module.ts';
import type { Softfloat } from './softfloat/module.ts';
import { operandsFor, pickFromSeed } from './softfloat/operands.ts';

const OPERATIONS = /^(Add|Sub|Mul|Div|Sqrt|MulAdd|Eq|Lt|Le|ToI32|ToI64|FromI32|FromU32|FromI64|ToF32|ToF64)$/;
const casesPerRoutine = 2_000 * Number(process.env['FUZZ_ROUNDS'] ?? 1);
const seed = Number(process.env['FUZZ_SEED'] ?? Date.now() % 0x7fffffff);
const source = fileURLToPath(new URL('softfloat/hardware.c', import.meta.url));

function reasonToSkip(): string | false {
  if (process.arch !== 'x64') return `the oracle is an x86-64 processor, this one is ${process.arch}`;
  return spawnSync('gcc', ['--version']).status === 0 ? false : 'gcc is not installed';
}

/** What the hardware returns where it does as RISC-V does; undefined where it differs by design. */
function comparable(routine: Routine, operands: readonly bigint[], { value, flags }: Outcome): Outcome | undefined {
  if (routine.operation.startsWith('ToI')) {
    // Out of range, x86 returns a value of its own ("integer indefinite"); the flag is the same.
    return (flags & FLAG.NV) !== 0 ? undefined : { value, flags };
  }
  if (routine.result !== 'f32' && routine.result !== 'f64') return { value, flags };
  const format = routine.result === 'f32' ? F32 : F64;
  const isNaN = (bits: bigint): boolean => (bits & (signBit(format) - 1n)) > infinity(format);
  if (!isNaN(value)) return { value, flags };
  // x86 lets a quiet NaN to add hide that infinity times zero is invalid.
  if (routine.operation === 'MulAdd' && isNaN(operands[2] ?? 0n)) return undefined;
  return { value: format.canonicalNaN, flags };
}

const skip = reasonToSkip();

describe('softfloat agrees with the hardware', { skip }, () => {
  let directory: string;
  let softfloat: Softfloat;

  before(() => {
    directory = mkdtempSync(join(tmpdir(), 'softfloat-hardware-'));
    const options = ['-O1', '-frounding-math', '-ffp-contract=off'];
    execFileSync('gcc', [...options, '-o', join(directory, 'hardware'), source, '-lm']);
    softfloat = loadSoftfloat();
  });
  after(() => { rmSync(directory, { recursive: true }); });

  /** Result and flags of each case in each of the four modes, or undefined if the processor lacks the operation. */
  function runHardware(routine: Routine, cases: readonly (readonly bigint[])[]): BigUint64Array | undefined {
    const input = new BigUint64Array(3 * cases.length);
    cases.forEach((operands, index) => {
      operands.forEach((operand, position) => { input[3 * index + position] = BigInt.asUintN(64, operand); });
    });
    const { status, stdout } = spawnSync(join(directory, 'hardware'), [routine.name], {
      input: new Uint8Array(input.buffer), maxBuffer: 2 ** 30,
    });
    if (status === 2) return undefined;
    assert.equal(status, 0, `the oracle failed on ${routine.name}`);
    return new BigUint64Array(new Uint8Array(stdout).buffer);
  }

  for (const routine of ROUTINES.filter(({ operation }) => OPERATIONS.test(operation))) {
    test(`${routine.name}, FUZZ_SEED=${seed}`, (context) => {
      const pick = pickFromSeed(seed);
      const cases = Array.from({ length: casesPerRoutine }, () => operandsFor(pick, routine));
      const results = runHardware(routine, cases);
      if (results === undefined) {
        context.skip('this processor has no fused multiply-add');
        return;
      }
      assert.equal(results.length, 4 * 2 * cases.length);
      let compared = 0;
      for (let rm = 0; rm < 4; rm++) {
        cases.forEach((operands, index) => {
          const at = 2 * (rm * cases.length + index);
          const raw = { value: results[at] ?? 0n, flags: Number(results[at + 1]) };
          const expected = comparable(routine, operands, raw);
          if (expected === undefined) return;
          compared += 1;
          const actual = softfloat.run(routine, operands, rm, 0);
          if (actual.value === expected.value && actual.flags === expected.flags) return;
          const what = describeCase(routine.name, rm, operands, 0);
          assert.fail(`${what}: ${describeOutcome(actual)}, the hardware gives ${describeOutcome(expected)}`);
        });
      }
      assert.ok(compared > cases.length, `only ${compared} results could be compared`);
    });
  }
});
