/**
 * Random programs in QEMU and here: registers, memory, traps, page tables and control registers must be the same.
 * A longer run: npx tsx test/oracle/fuzz.ts --minutes 10
 */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { missingTools, tools } from '../tools.ts';
import { compare, report } from './compare.ts';
import { namedCases } from './named-cases.ts';
import { CASES_PER_PROGRAM, Coverage, randomSeed, runSeed, type Kind } from './session.ts';

/** In all less than a minute on two cores. */
const PROGRAMS: Readonly<Record<Kind, number>> = { ordinary: 9, privileged: 8 };

describe('oracle: QEMU', { skip: missingTools(tools.qemu, tools.gcc) }, () => {
  test('named cases', async () => {
    const results = await compare(namedCases);
    for (const [index, named] of namedCases.entries()) {
      const lines = results[index] ?? [];
      if (lines.length > 0) assert.fail(await report(named.name, named, lines, 'npx tsx --test test/oracle/oracle.test.ts'));
    }
  });

  const coverage = new Coverage();
  for (const kind of ['ordinary', 'privileged'] as const) {
    const first = randomSeed();
    const count = PROGRAMS[kind];
    test(`${count * CASES_PER_PROGRAM} random ${kind} cases, seeds from ${first}`, async () => {
      for (let program = 0; program < count; program++) assert.equal(await runSeed(kind, first + program, coverage), undefined);
    });
  }

  test('every instruction of the table was in some case', () => { assert.deepEqual(coverage.missing, []); });
});
