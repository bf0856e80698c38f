/** The state after n instructions is the same, however a run is cut into slices, and whatever is translated. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { missingTools, tools } from '../tools.ts';
import { assemble } from './assemble.ts';
import { Guest } from './guest.ts';

/** Loops, calls, crossing instructions, self-modification, traps, floating point, atomics, misalignment, CSR reads of the count. */
const program = `
  la t0, handler; csrw mtvec, t0; li t0, 0x6000; csrs mstatus, t0
  la s0, buffer; li s1, 0; la sp, buffer + 4096
again:
  addi s1, s1, 1
  csrr a0, minstret; add s2, s2, a0; csrr a1, mcycle; xor s2, s2, a1
  call function
  fcvt.d.l f0, s1; fdiv.d f1, f0, f1; fsd f1, 16(s0); flw f2, 18(s0); fadd.s f3, f3, f2
  .word 0xffffffff
  sd s2, 61(s0); ld a2, 59(s0); li t1, 4090; add t1, t1, s0; sd s2, 0(t1); lw a3, 3(t1); add s2, s2, a3
  amoadd.d a4, s1, (s0); ecall
  la t0, patched; lw t1, 0(t0); li t2, 0x00100000; add t1, t1, t2; sw t1, 0(t0)
patched:
  .option push; .option norvc
  addi s3, s3, 1
  .option pop
  la t0, crossing; jalr t0; mul s4, s4, s2; div s5, s2, s1
  ld a5, 0(zero)
  j again
function:
  addi sp, sp, -16; sd ra, 8(sp); andi t0, s1, 3; beqz t0, 1f; addi s4, s4, 5
1: ld ra, 8(sp); addi sp, sp, 16; ret
.balign 4
handler:
  csrr t5, mepc; lhu t4, 0(t5); andi t4, t4, 3; addi t4, t4, -3; addi t5, t5, 2; bnez t4, 1f; addi t5, t5, 2
1: csrw mepc, t5; csrr t4, mcause; add s6, s6, t4; mret
.balign 4096
.zero 4094
crossing:
  .option push; .option norvc
  addi s7, s7, 3
  .option pop
  ret
.balign 4096
buffer: .zero 8192
`;

const LENGTH = 5000;

test('any split into slices, any point', { skip: missingTools(tools.gcc) }, () => {
  const image = assemble(program);
  const digestAt = (slices: readonly number[], translateAfter: number, breakpoints: ReadonlySet<bigint> = new Set()): string => {
    const guest = new Guest(image, { frameLimit: 2048, translateAfter });
    guest.engine.setBreakpoints(breakpoints);
    for (const slice of slices) guest.run(slice);
    return `${guest.icount} ${guest.pc.toString(16)} ${guest.digest()}`;
  };
  assert.equal(digestAt([LENGTH], Infinity), digestAt([LENGTH], Infinity), 'runs are reproducible');
  assert.notEqual(digestAt([LENGTH], Infinity), digestAt([LENGTH - 1], Infinity));
  fc.assert(fc.property(fc.integer({ min: 1, max: LENGTH }), fc.array(fc.integer({ min: 1, max: 300 }), { maxLength: 60 }), (total, cuts) => {
    const slices: number[] = [];
    let left = total;
    for (const cut of cuts) {
      if (cut >= left) break;
      slices.push(cut);
      left -= cut;
    }
    const expected = digestAt([total], Infinity);
    for (const translateAfter of [Infinity, 0, 5]) assert.equal(digestAt([...slices, left], translateAfter), expected);
    // Breakpoints at the same page offsets elsewhere.
    const elsewhere = new Set(Array.from({ length: 40 }, (_, index) => 0x9000_0000n + BigInt((cuts[index % Math.max(1, cuts.length)] ?? 0) * 2 + index * 2)));
    for (const translateAfter of [Infinity, 0]) assert.equal(digestAt([...slices, left], translateAfter, elsewhere), expected);
  }), { numRuns: 25 });
});

test('one instruction at a time', { skip: missingTools(tools.gcc) }, () => {
  const image = assemble(program);
  const whole = new Guest(image, { frameLimit: 2048, translateAfter: Infinity });
  whole.run(1500);
  for (const translateAfter of [Infinity, 0]) {
    const stepped = new Guest(image, { frameLimit: 2048, translateAfter });
    stepped.run(1500, 1);
    assert.equal(stepped.digest(), whole.digest());
  }
});
