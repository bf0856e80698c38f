/** What programs do on the interpreter and when they are translated; single instructions are compared with QEMU in test/oracle. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { HART_CATCH_MASK, HART_MCAUSE, HART_MEPC, HART_MSTATUS, HART_MTVAL, HART_MTVEC, REASON_BREAKPOINT, REASON_BUDGET, REASON_TRAP, REASON_WATCH } from '../../emulator/core/layout.ts';
import { missingTools, tools } from '../tools.ts';
import { assemble } from './assemble.ts';
import { DRAM, Guest, type GuestOptions } from './guest.ts';

const skip = missingTools(tools.gcc);

const END = '\n  li t6, 0x100000\n  li t5, 0x5555\n  sw t5, 0(t6)\n1: j 1b\n';
const LIMIT = 100_000;

const images = new Map<string, Uint8Array>();

function assembled(source: string): Uint8Array {
  const image = images.get(source) ?? assemble(source);
  images.set(source, image);
  return image;
}

for (const [tier, translateAfter] of [['interpreter', Infinity], ['translated at once', 0], ['translated later', 2]] as const) {
  describe(tier, () => { programs((image, options = {}) => new Guest(image, { translateAfter, ...options })); });
}

function programs(makeGuest: (image: Uint8Array, options?: GuestOptions) => Guest): void {
  /** Runs `source` to its end; integer registers a0.. must then hold `expected`. */
  function check(name: string, source: string, expected: readonly (bigint | number)[], prepare?: (guest: Guest) => void): void {
    test(name, { skip }, () => {
      const guest = makeGuest(assembled(source + END));
      prepare?.(guest);
      guest.run(LIMIT);
      assert.ok(guest.finished, `the program ends, pc ${guest.pc.toString(16)}`);
      const actual = expected.map((_, index) => guest.x(10 + index));
      assert.deepEqual(actual, expected.map((value) => BigInt.asUintN(64, BigInt(value))));
    });
  }

  describe('arithmetic and control', () => {
    check('constants', 'lui a0, 0x80000; addi a1, zero, -1; auipc a2, 0; li a3, 0x123456789abcdef0', [-0x8000_0000, -1, 0x8000_0006, 0x123456789abcdef0n]);
    check('x0 stays zero', 'li t0, 7; add zero, t0, t0; mv a0, zero; lw zero, 0(sp); mv a1, zero', [0, 0], (guest) => { guest.setX(2, DRAM); });
    check('loop', 'li a0, 0; li t0, 10\n2: add a0, a0, t0; addi t0, t0, -1; bnez t0, 2b', [55]);
    check('branches not taken and taken', `
      li t0, -1; li t1, 1; li a0, 0
      blt t0, t1, 2f; ori a0, a0, 1
  2:  bltu t0, t1, 3f; ori a0, a0, 2
  3:  bge t0, t1, 4f; ori a0, a0, 4
  4:  bgeu t0, t1, 5f; ori a0, a0, 8
  5:  beq t0, t1, 6f; ori a0, a0, 16
  6:  bne t0, t1, 7f; ori a0, a0, 32
  7:`, [2 | 4 | 16]);
    check('call and return', 'li a0, 5; jal ra, 2f; addi a0, a0, 100; j 3f\n2: slli a0, a0, 1; ret\n3: nop', [110]);
    check('indirect call with the link register as base', 'la ra, 2f; jalr ra, 0(ra)\n2: la a1, 2b; sub a0, ra, a1', [0]);
    check('far jumps and branches leave the page', `
      li a0, 0; j 2f
      .zero 8192
  3:  addi a0, a0, 3; j 4f
      .zero 8192
  2:  addi a0, a0, 1; beqz zero, 5f
  5:  la t0, 3b; jr t0
      .zero 4096
  4:  addi a0, a0, 4`, [8]);
    check('division edge cases', `
      li t0, 5; li t1, 0; div a0, t0, t1; rem a1, t0, t1
      li t0, 1; slli t0, t0, 63; li t1, -1; div a2, t0, t1; rem a3, t0, t1
      mulh a4, t0, t0; mulhu a5, t1, t1`, [-1, 5, 1n << 63n, 0, 1n << 62n, -2]);
    check('straight-line code runs across a page boundary', `.balign 4096; .rept 2000; addi a0, a0, 1; .endr; .option norvc; .rept 100; addi a0, a0, 1; .endr`, [2100]);
  });

  describe('memory', () => {
    const data = '.balign 4096\nbuffer: .zero 8192\n.text\n';
    const program = (body: string): string => `la s0, buffer\n${body}\nj 9f\n${data}9:`;
    check('widths and signs', program(`
      li t0, 0xfedcba9876543210; sd t0, 8(s0)
      lb a0, 15(s0); lbu a1, 15(s0); lh a2, 14(s0); lhu a3, 14(s0); lw a4, 12(s0); lwu a5, 12(s0); ld a6, 8(s0); lb a7, 8(s0)`),
    [-2, 0xfe, -0x124, 0xfedc, -0x1234568, 0xfedcba98, 0xfedcba9876543210n, 0x10]);
    check('narrow stores', program('li t0, -1; sd t0, 0(s0); sb zero, 1(s0); sh zero, 4(s0); ld a0, 0(s0); sw zero, 0(s0); ld a1, 0(s0)'),
      [0xffff0000ffff00ffn, 0xffff000000000000n]);
    check('misaligned within a page', program('li t0, 0x1122334455667788; sd t0, 3(s0); ld a0, 3(s0); lw a1, 5(s0); lhu a2, 9(s0)'),
      [0x1122334455667788n, 0x33445566, 0x1122]);
    check('misaligned across pages', program('li t1, 4093; add s1, s0, t1; li t0, 0x1122334455667788; sd t0, 0(s1); ld a0, 0(s1); lw a1, 1(s1); lbu a2, 3(s1)'),
      [0x1122334455667788n, 0x44556677, 0x55]);
    check('a page that was never written reads as zeros', 'li t0, 0x80800000; ld a0, 0(t0); sd t0, 0(t0); ld a1, 0(t0)', [0, 0x80800000]);
    check('atomics', program('li t0, 5; sd t0, 0(s0); li t1, 3; amoadd.d a0, t1, (s0); ld a1, 0(s0); lr.d a2, (s0); sc.d a3, t1, (s0); ld a4, 0(s0); sc.d a5, t1, (s0)'),
      [5, 8, 8, 0, 3, 1]);
  });

  describe('self-modifying code', () => {
    const addi = (register: number, value: number): number => 0x13 | (register << 7) | (register << 15) | (value << 20);
    const patch = (target: string): string => `la t0, ${target}; li t1, ${addi(10, 64)}; sw t1, 0(t0)`;
    check('the next instruction', `li a0, 0; .option norvc; ${patch('2f')}\n2: addi a0, a0, 1`, [64]);
    check('an instruction that ran before, in the same page', `
      .option norvc; li a0, 0; li t2, 2
  2:  addi a0, a0, 1; addi t2, t2, -1; beqz t2, 3f; ${patch('2b')}; j 2b
  3:`, [65]);
    check('another page', `
      .option norvc; li a0, 0; jal ra, 2f; ${patch('2f')}; jal ra, 2f; j 3f
      .balign 4096
  2:  addi a0, a0, 1; ret
  3:`, [65]);
    check('the second half of an instruction', `
      .option norvc; li a0, 0; li t2, 2
  2:  addi a0, a0, 1; addi t2, t2, -1; beqz t2, 3f; la t0, 2b; li t1, ${addi(10, 64) >>> 16}; sh t1, 2(t0); j 2b
  3:`, [65]);
    const crossing = (half: string): string => `
      .option norvc; li a0, 0; jal ra, 2f; la t0, 2f; ${half}; jal ra, 2f; j 3f
      .balign 4096; .zero 4094
  2:  addi a0, a0, 1; ret
  3:`;
    check('the second half of an instruction that crosses a page', crossing(`li t1, ${addi(10, 64) >>> 16}; sh t1, 2(t0)`), [65]);
    check('the first half of an instruction that crosses a page', crossing(`lhu t1, 0(t0); xori t1, t1, 0x80; sh t1, 0(t0); li a1, 0`), [1, 2]);
    check('an instruction overwrites itself', `li a0, 0; .option norvc; la t0, 2f; li t1, ${addi(10, 7)}; li t2, 2
  2:  sw t1, 0(t0); addi t2, t2, -1; bnez t2, 2b`, [7]);
  });

  describe('traps', () => {
    const trap = (body: string): string => `la t0, 8f; csrw mtvec, t0\n${body}\n.balign 4\n8: csrr a0, mcause; csrr a1, mtval; csrr a2, mepc; la t0, 7b; sub a2, a2, t0`;
    check('illegal instruction, 4 bytes', trap('.balign 4\n7: .word 0xffffffff'), [2, 0xffffffffn, 0]);
    check('illegal instruction, 2 bytes', trap('.balign 4\n7: .half 0x8000, 0xffff'), [2, 0x8000, 0]);
    check('all zeros', trap('7: .word 0'), [2, 0, 0]);
    check('illegal instruction across pages', trap('j 7f; .balign 4096; .zero 4094\n7: .word 0xfffff07f'), [2, 0xfffff07fn, 0]);
    check('floating point while it is off', trap('7: fadd.s f0, f1, f2'), [2, 0x00208053 | 0x7000, 0]);
    check('reserved rounding mode', `li t0, 0x6000; csrs mstatus, t0; csrwi fcsr, 0\n${trap('7: .insn r 0x53, 5, 0, f0, f1, f2')}; csrr a3, mstatus; srli a3, a3, 63`, [2, 0x0020d053, 0, 1]);
    check('ecall', trap('7: ecall'), [11, 0, 0]);
    check('load access fault', trap('li t1, 0x1000; nop\n7: ld t2, 8(t1)'), [5, 0x1008, 0]);
    check('store access fault', trap('li t1, 0x1000; nop\n7: sw t2, 8(t1)'), [7, 0x1008, 0]);
    check('jump to nowhere', trap('li t1, 0x40000000; la t2, 7f\n7: jr t1').replace('sub a2, a2, t0', 'nop'), [1, 0x40000000, 0x40000000]);

    test('a trap counts as one instruction, and can be caught', { skip }, () => {
      const guest = makeGuest(assembled('nop; .word 0xffffffff; nop; nop'));
      guest.setField(HART_MTVEC, DRAM + 0x100n);
      guest.setField(HART_CATCH_MASK, 1n << 2n);
      assert.equal(guest.run(100), REASON_TRAP);
      assert.deepEqual([guest.icount, guest.pc, guest.field(HART_MEPC), guest.field(HART_MCAUSE), guest.field(HART_MTVAL)], [2, DRAM + 0x100n, DRAM + 2n, 2n, 0xffffffffn]);
    });

    test('a guest that faults for ever does not stop time', { skip }, () => {
      const guest = makeGuest(assembled('.word 0'), { address: DRAM });
      guest.setField(HART_MTVEC, 0x4000_0000n);
      assert.equal(guest.run(1000, 64), REASON_BUDGET);
      assert.equal(guest.icount, 1000);
    });

    test('floating point marks its state dirty only when it writes', { skip }, () => {
      const guest = makeGuest(assembled('fmv.x.d a0, f1; fadd.d f1, f2, f3'));
      guest.setField(HART_MSTATUS, guest.field(HART_MSTATUS) | 0x2000n);
      const fs = (): bigint => (guest.field(HART_MSTATUS) >> 13n) & 3n;
      guest.run(1);
      assert.equal(fs(), 1n);
      guest.run(1);
      assert.equal(fs(), 3n);
    });
  });

  test('a floating-point load that a watch stops has marked its state dirty', { skip }, () => {
    const guest = makeGuest(assembled('la t0, 3f; li t1, 4\n2: addi t1, t1, -1; bnez t1, 2b; fld f1, 0(t0); nop; nop; j 4f; .balign 8\n3: .dword 77\n4:' + END));
    guest.setField(HART_MSTATUS, guest.field(HART_MSTATUS) | 0x2000n);
    guest.watch(DRAM, DRAM + 0xfffn);
    assert.equal(guest.run(LIMIT, 7), REASON_WATCH);
    assert.deepEqual([guest.f(1), (guest.field(HART_MSTATUS) >> 13n) & 3n], [77n, 3n]);
  });

  describe('breakpoints', () => {
    const loop = 'li a0, 0; li t0, 5\n2: addi a0, a0, 1\n3: addi t0, t0, -1; bnez t0, 2b' + END;
    const start = DRAM + 4n;

    test('stop before the instruction, each time it comes', { skip }, () => {
      const guest = makeGuest(assembled(loop));
      guest.engine.setBreakpoints(new Set([start]));
      const seen: bigint[] = [];
      for (let i = 0; guest.run(LIMIT, 7, i > 0) === REASON_BREAKPOINT; i++) {
        assert.equal(guest.pc, start);
        assert.equal(guest.icount, 2 + 3 * i);
        seen.push(guest.x(10));
      }
      assert.deepEqual(seen, [0n, 1n, 2n, 3n, 4n]);
      assert.ok(guest.finished);
    });

    test('set after the code was decoded, and taken away again', { skip }, () => {
      const guest = makeGuest(assembled(loop));
      guest.run(6);
      guest.engine.setBreakpoints(new Set([start]));
      assert.equal(guest.run(LIMIT), REASON_BREAKPOINT);
      guest.engine.setBreakpoints(new Set());
      assert.equal(guest.run(LIMIT), REASON_BUDGET);
      assert.deepEqual([guest.finished, guest.x(10)], [true, 5n]);
    });

    test('the same offset in another page does not stop, and changes nothing', { skip }, () => {
      const plain = makeGuest(assembled(loop));
      plain.run(LIMIT);
      const guest = makeGuest(assembled(loop));
      guest.engine.setBreakpoints(new Set([start + 0x1000n, start + 2n + 0x5000n, start + 4n + 0x1000n]));
      assert.equal(guest.run(LIMIT), REASON_BUDGET);
      assert.equal(guest.icount, plain.icount);
      assert.equal(guest.digest(), plain.digest());
    });

    test('on an instruction that crosses a page, and on one that rewrites itself', { skip }, () => {
      const crossing = makeGuest(assembled(`.option norvc; j 2f; .balign 4096; .zero 4094\n2: addi a0, a0, 1${END}`));
      crossing.engine.setBreakpoints(new Set([DRAM + 0x1ffen]));
      assert.equal(crossing.run(LIMIT), REASON_BREAKPOINT);
      assert.deepEqual([crossing.icount, crossing.pc], [1, DRAM + 0x1ffen]);
      assert.equal(crossing.run(LIMIT, 100, true), REASON_BUDGET);
      assert.deepEqual([crossing.finished, crossing.x(10)], [true, 1n]);
      const rewriting = makeGuest(assembled(`.option norvc; la t0, 2f; li t1, 0x00150513; li t2, 3\n2: sw t1, 0(t0); addi t2, t2, -1; bnez t2, 2b${END}`));
      const at = DRAM + 20n;
      rewriting.engine.setBreakpoints(new Set([at]));
      const reasons: number[] = [];
      for (let i = 0; i < 4; i++) reasons.push(rewriting.run(LIMIT, 1000, i > 0));
      assert.deepEqual(reasons, [REASON_BREAKPOINT, REASON_BREAKPOINT, REASON_BREAKPOINT, REASON_BUDGET]);
      assert.equal(rewriting.x(10), 2n);
    });
  });
}
