/** A breakpoint in a program that lives in one address space is none where other programs run at the same addresses. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Inspection } from '../../emulator/index.ts';
import { Breakpoint, type Guest } from '../../debug-adapter/breakpoints/breakpoint.ts';
import { addressSpaceOf } from '../../debug-adapter/symbols/address-space.ts';
import type { SymbolSet } from '../../debug-adapter/symbol-set.ts';

const SATP = 0x180;
const ASID = 5n;
const PC = 0x1_0000n;
const guestWith = (satp: bigint): Guest => {
  const inspect: Partial<Inspection> = { csr: (number) => (number === SATP ? satp : undefined), pc: PC };
  return { inspect: inspect as Inspection, symbols: {} as SymbolSet };
};
const satpOf = (asid: bigint): bigint => (8n << 60n) | (asid << 44n) | 0x80000n;

const cases: readonly (readonly [string, bigint, boolean])[] = [
  ['its own', satpOf(ASID), true], ['another one', satpOf(6n), false], ['without translation', 0n, false],
];

for (const [what, satp, expect] of cases) {
  test(`address space: ${what}`, () => {
    const guest = guestWith(satp);
    const space = addressSpaceOf(ASID, '5', guest.inspect);
    const breakpoint = new Breakpoint(1, { kind: 'line', addresses: [PC], spaces: new Map([[PC, space]]) }, { hitCondition: '1' }, 0);
    assert.equal(breakpoint.isHit({ kind: 'breakpoint', position: 100, pc: PC }, guest), expect);
    // What was elsewhere did not count.
    assert.equal(breakpoint.isHit({ kind: 'breakpoint', position: 200, pc: PC }, guestWith(satp)), false);
  });
}
