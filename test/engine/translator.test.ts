/** What is translated, and when translations are given up. That they change nothing is tested in tiers.test.ts. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DRAM_BASE, HART_BASE, PAGE_SHIFT, REASON_BREAKPOINT } from '../../emulator/core/layout.ts';
import { missingTools, tools } from '../tools.ts';
import { assemble } from './assemble.ts';
import { DRAM, Guest, type GuestOptions } from './guest.ts';

const skip = missingTools(tools.gcc);
const END = '\n  li t6, 0x100000\n  li t5, 0x5555\n  sw t5, 0(t6)\n1: j 1b\n';
const LIMIT = 10_000_000;

function counters(guest: Guest): { readonly regions: number; readonly bytes: number; readonly translations: number; readonly drops: number; readonly adoptions: number } {
  const { translation } = guest.engine;
  assert.ok(translation !== undefined, 'the engine translates');
  return translation;
}

function finish(source: string, options: GuestOptions = {}): Guest {
  const guest = new Guest(assemble(source + END), options);
  // Requests are gathered until a slice ends.
  guest.run(LIMIT, 200);
  assert.ok(guest.finished, `the program ends, pc ${guest.pc.toString(16)}`);
  return guest;
}

test('code that is not hot is not translated', { skip }, () => {
  const guest = finish('li a0, 0; li t0, 50\n2: add a0, a0, t0; addi t0, t0, -1; bnez t0, 2b', { translateAfter: 100 });
  assert.deepEqual({ ...counters(guest) }, { regions: 0, bytes: 0, translations: 0, drops: 0, adoptions: 0, storedBytes: 0 });
});

test('a loop is translated once, and gives the same result', { skip }, () => {
  const guest = finish('li a0, 0; li t0, 5000\n2: add a0, a0, t0; addi t0, t0, -1; bnez t0, 2b', { translateAfter: 100 });
  assert.equal(guest.x(10), 5000n * 5001n / 2n);
  assert.equal(counters(guest).regions, 1);
  assert.equal(counters(guest).translations, 1);
  assert.ok(counters(guest).bytes > 0);
});

test('never', { skip }, () => {
  assert.equal(finish('li t0, 5000\n2: addi t0, t0, -1; bnez t0, 2b', { translateAfter: Infinity }).engine.translation, undefined);
});

const storing = (address: string): string => `
  .option norvc; li a0, 0; li t0, 3000; la t1, ${address}; lw t2, 0(t1)
2: addi a0, a0, 1; addi t0, t0, -1; andi t3, t0, 1023; bnez t3, 3f; sw t2, 0(t1)
3: bnez t0, 2b
   j 4f
data: .word 0
4:`;

test('a store into translated code drops it, a store beside it does not', { skip }, () => {
  const beside = finish(storing('data'), { translateAfter: 10 });
  assert.equal(beside.x(10), 3000n);
  assert.equal(counters(beside).drops, 0);
  const into = finish(storing('2f'), { translateAfter: 10 });
  assert.equal(into.x(10), 3000n);
  // The program stores three times; what the last one drops is found out when something is translated next.
  assert.ok(counters(into).drops >= 2, `${counters(into).drops} drops`);
  assert.ok(counters(into).translations + counters(into).adoptions >= 3, `${counters(into).translations} translations, ${counters(into).adoptions} adoptions`);
});

test('what a host writes over is dropped, and what is freed', { skip }, () => {
  const program = '.option norvc; li a0, 0\n2: addi a0, a0, 1; j 2b';
  const guest = new Guest(assemble(program), { translateAfter: 10 });
  guest.run(10_000);
  assert.equal(counters(guest).regions, 1);
  guest.write(DRAM + 4n, Uint8Array.of(0x13, 0x05, 0x25, 0x00)); // addi a0, a0, 2
  const before = guest.x(10);
  guest.run(10_000);
  assert.equal(guest.x(10) - before, 10_000n);
  assert.equal(counters(guest).drops, 1);
  guest.engine.core.vmRelease(guest.vm);
  assert.equal(guest.engine.core.vmInitialize(guest.vm, 4096), 1);
  guest.engine.core.hartReset(HART_BASE, guest.vm, 0);
  guest.write(DRAM, assemble(program.replace('a0, 1', 'a0, 3')));
  guest.pc = DRAM;
  guest.run(10_001);
  assert.equal(guest.x(10), 15_000n);
  assert.equal(counters(guest).drops, 2);
});

test('a frame keeps its code when a checkpoint is taken and restored, and a copy gets its own', { skip }, () => {
  const guest = new Guest(assemble('.option norvc; li a0, 0\n2: addi a0, a0, 1; j 2b'), { translateAfter: 10 });
  const { core } = guest.engine;
  guest.run(1000);
  const root = core.treeCheckpoint(guest.vm, guest.hart);
  guest.run(1000);
  assert.equal(counters(guest).translations, 1);
  guest.write(DRAM + 4n, Uint8Array.of(0x13, 0x05, 0x25, 0x00));
  const before = guest.x(10);
  guest.run(1000);
  assert.equal(guest.x(10) - before, 1000n);
  assert.equal(counters(guest).translations, 2);
  core.treeRestore(guest.vm, guest.hart, root);
  guest.run(1000);
  assert.equal(guest.x(10) - before, 1500n);
  assert.equal(counters(guest).translations, 2);
  assert.notEqual(core.pageFrame(guest.vm, (DRAM_BASE - DRAM_BASE) >>> PAGE_SHIFT), 0);
});

/** Loops in many functions, run in turn. */
const many = (count: number, rounds: number): string => `
  li s0, ${rounds}; li a0, 0
again:
  ${[...new Array(count).keys()].map((index) => `call f${index}`).join('\n  ')}
  addi s0, s0, -1; bnez s0, again; j 9f
  ${[...new Array(count).keys()].map((index) => `f${index}: li t0, 20\n2: addi a0, a0, ${index % 7}; addi t0, t0, -1; bnez t0, 2b; ret`).join('\n  ')}
9:`;

test('the code cache stays within its bounds', { skip }, () => {
  const source = many(60, 40);
  const expected = finish(source, { translateAfter: Infinity });
  for (const options of [{ regionLimit: 12 }, { regionBytesLimit: 30_000 }]) {
    const guest = new Guest(assemble(source + END), { translateAfter: 5, ...options });
    while (!guest.finished) {
      guest.run(1000);
      const { regions, bytes, translations, drops, adoptions } = counters(guest);
      assert.ok(regions <= (options.regionLimit ?? Infinity), `${regions} regions`);
      assert.ok(bytes <= (options.regionBytesLimit ?? Infinity), `${bytes} bytes`);
      assert.equal(regions, translations + adoptions - drops);
    }
    assert.ok(counters(guest).drops > 0);
    assert.deepEqual([guest.icount, guest.x(10), guest.digest()], [expected.icount, expected.x(10), expected.digest()]);
  }
});

test('a breakpoint inside a region stops each time; the region comes back when the breakpoint is gone', { skip }, () => {
  const guest = new Guest(assemble('.option norvc; li a0, 0\n2: addi a0, a0, 1; nop; addi a1, a1, 1; j 2b'), { translateAfter: 10 });
  guest.run(10_000);
  const { translations } = counters(guest);
  const at = DRAM + 12n;
  for (let round = 0; round < 3; round++) {
    guest.engine.setBreakpoints(new Set([at]));
    for (let stop = 0; stop < 100; stop++) {
      const before = guest.x(10);
      assert.equal(guest.run(1000, 1000, true), REASON_BREAKPOINT);
      assert.deepEqual([guest.pc, guest.x(10), guest.x(11)], [at, stop === 0 ? guest.x(10) : before + 1n, guest.x(10) - 1n]);
    }
    guest.engine.setBreakpoints(new Set());
    guest.run(1000);
  }
  // The whole loop, and once more in pieces around the breakpoint.
  assert.ok(counters(guest).translations <= translations + 2, `${counters(guest).translations} translations`);
});
