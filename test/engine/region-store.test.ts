/** Translated code by content: taken over where a page holds the same instructions, and only there. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PAGE_SIZE } from '../../emulator/core/layout.ts';
import type { Engine } from '../../emulator/engine/engine.ts';
import { RegionStore } from '../../emulator/engine/region-store.ts';
import { missingTools, tools } from '../tools.ts';
import { assemble } from './assemble.ts';
import { DRAM, Guest, type GuestOptions } from './guest.ts';

const skip = missingTools(tools.gcc);

/** Sums 1..t0 with a function in another page, so that the loop has a place to which a call returns. */
const program = (step: number): string => `
  .option norvc; li a0, 0; li t0, 4000; la s0, far
2: add a0, a0, t0; jalr s0; addi a0, a0, ${step}; addi t0, t0, -1; bnez t0, 2b
3: j 3b
  .balign ${PAGE_SIZE}
far: addi a1, a1, 1; ret`;
const EXPECTED = (step: number): bigint => 4000n * 4001n / 2n + 4000n * BigInt(step);
const INSTRUCTIONS = 40_000;

function run(source: string, options: GuestOptions = {}): Guest {
  const guest = new Guest(assemble(source), { translateAfter: 10, ...options });
  guest.run(INSTRUCTIONS, 500);
  return guest;
}

function counters({ engine }: { readonly engine: Engine }): { readonly translations: number; readonly adoptions: number; readonly regions: number } {
  const { translation } = engine;
  assert.ok(translation !== undefined);
  return translation;
}

test('another engine takes over what one has translated, and does the same', { skip }, () => {
  const regionStore = new RegionStore();
  const first = run(program(3), { regionStore });
  assert.equal(first.x(10), EXPECTED(3));
  assert.ok(counters(first).translations > 0);
  const second = run(program(3), { regionStore });
  assert.deepEqual([second.x(10), second.icount, second.digest()], [first.x(10), first.icount, first.digest()]);
  assert.equal(counters(second).translations, 0);
  assert.ok(counters(second).adoptions > 0);
});

test('code that begins alike and differs later is not taken over', { skip }, () => {
  const regionStore = new RegionStore();
  run(program(3), { regionStore });
  const other = run(program(4), { regionStore });
  assert.equal(other.x(10), EXPECTED(4));
  const alone = run(program(4), { translateAfter: Infinity });
  assert.equal(other.digest(), alone.digest());
});

test('a breakpoint keeps code from being taken over', { skip }, () => {
  const regionStore = new RegionStore();
  run(program(3), { regionStore });
  const guest = new Guest(assemble(program(3)), { translateAfter: 10, regionStore });
  // addi a0, a0, 3, which the loop's region holds.
  const at = DRAM + 0x1cn;
  guest.engine.setBreakpoints(new Set([at]));
  let stops = 0;
  for (; guest.x(5) !== 1n && stops < 5000; stops++) guest.run(INSTRUCTIONS, INSTRUCTIONS, true);
  assert.ok(stops >= 3999, `${stops} stops`);
});

test('machines in one pool share the code of equal pages', { skip }, () => {
  const first = run(program(3));
  assert.equal(first.x(10), EXPECTED(3));
  const { translations, adoptions } = { ...counters(first) };
  const second = run(program(3), { beside: first });
  assert.equal(second.x(10), EXPECTED(3));
  assert.notEqual(first.engine.core.pageFrame(first.vm, 0), second.engine.core.pageFrame(second.vm, 0));
  assert.equal(counters(second).translations, translations, 'the second machine translated nothing');
  assert.ok(counters(second).adoptions > adoptions);
});

test('the store stays within its bound', { skip }, () => {
  const regionStore = new RegionStore(4000);
  for (let step = 0; step < 12; step++) run(program(step), { regionStore });
  const size = regionStore.regions.reduce((sum, region) => sum + region.function.code.length, 0);
  assert.ok(size > 0 && size <= 4000, `${size} bytes`);
});
