/** Code in a page that PMP lets be executed in part. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { REASON_BREAKPOINT } from '../../emulator/core/layout.ts';
import { missingTools, tools } from '../tools.ts';
import { assemble } from './assemble.ts';
import { DRAM, Guest } from './guest.ts';

/** M-mode executes all of the code, so that it is decoded. Then U-mode does, which may execute the first 2 KiB of the page. */
const program = (code: string): string => `
  la t0, handler; csrw mtvec, t0
  la t0, page; srli t0, t0, 2; addi t1, t0, 255; csrw pmpaddr0, t1
  addi t1, t0, 511; csrw pmpaddr1, t1; li t0, 0x1b1f; csrw pmpcfg0, t0
  la t0, begin; jr t0
.balign 4
handler:
  csrr s0, mcause; csrr s1, mepc; csrr s2, mtval; bnez s3, .; li s3, 1; li a0, 0
  la t0, begin; csrw mepc, t0; li t0, 0x1800; csrc mstatus, t0; mret
.balign 4096
page:
.option norvc
${code}
  ecall
`;

const PAGE = DRAM + 0x1000n;
const REGISTERS = [8, 9, 18, 10];
const INSTRUCTIONS = 80;

/** Where the fetch traps, as an offset in the page; the part of the instruction that may not be fetched; how often a0 was incremented. */
function check(name: string, code: string, epc: bigint, tval: bigint, increments: bigint): void {
  test(name, { skip: missingTools(tools.gcc) }, () => {
    const image = assemble(program(code));
    for (const slice of [INSTRUCTIONS, 1, 3]) {
      const guest = new Guest(image);
      guest.run(INSTRUCTIONS, slice);
      assert.deepEqual(REGISTERS.map((index) => guest.x(index)), [1n, PAGE + epc, PAGE + tval, increments], `slices of ${slice}`);
      assert.equal(guest.icount, INSTRUCTIONS);
    }
  });
}

const INCREMENT = 'addi a0, a0, 1';
check('straight on', `.zero 2036\nbegin: ${INCREMENT}; ${INCREMENT}; ${INCREMENT}; ${INCREMENT}`, 2048n, 2048n, 3n);
check('an instruction half of which is allowed', `.zero 2042\nbegin: ${INCREMENT}; ${INCREMENT}`, 2046n, 2048n, 1n);
check('a branch within the page', `begin: ${INCREMENT}; beq x0, x0, 1f; .zero 2048; 1: ${INCREMENT}`, 2056n, 2056n, 1n);

test('a breakpoint in a page that may be executed in part stops once each time', { skip: missingTools(tools.gcc) }, () => {
  const guest = new Guest(assemble(program(`begin: ${INCREMENT}; ${INCREMENT}`)));
  guest.engine.setBreakpoints(new Set([PAGE, PAGE + 4n]));
  const stops: bigint[] = [];
  for (let stop = 0; stop < 4; stop++) {
    assert.equal(guest.run(INSTRUCTIONS, 1_000_000, stop > 0), REASON_BREAKPOINT);
    stops.push(guest.pc);
  }
  // In M-mode, and again in U-mode.
  assert.deepEqual(stops, [PAGE, PAGE + 4n, PAGE, PAGE + 4n]);
});
