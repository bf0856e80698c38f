import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  HART_CATCH_MASK, HART_CAUGHT_CAUSE, HART_ICOUNT_END, HART_MCAUSE, HART_MEDELEG, HART_MEPC, HART_MIDELEG, HART_MIE, HART_MIP,
  HART_MSTATUS, HART_MTVAL, HART_MTVEC, HART_PC, HART_PRIVILEGE, HART_REASON, HART_REMAINING, HART_RESERVATION, HART_SCAUSE,
  HART_SEPC, HART_STATUS, HART_STVAL, HART_STVEC, HART_WAITING, PRIVILEGE_M, PRIVILEGE_S, PRIVILEGE_U, REASON_BUDGET, REASON_EVENT,
  REASON_TRAP, REASON_WATCH, STATUS_CONTINUE, STATUS_REFETCH,
} from '../../emulator/core/layout.ts';
import { Bench, DRAM } from './bench.ts';

const XL = 0xa_0000_0000n;
const SIE = 1n << 1n;
const MIE = 1n << 3n;
const SPIE = 1n << 5n;
const MPIE = 1n << 7n;
const SPP = 1n << 8n;
const MPP_S = 1n << 11n;
const MPP_M = 3n << 11n;
const MPRV = 1n << 17n;
const TVM = 1n << 20n;
const TW = 1n << 21n;
const TSR = 1n << 22n;
const PC = DRAM + 0x40n;
const MVEC = DRAM + 0x1000n;
const SVEC = DRAM + 0x2000n;
const INTERRUPT = 1n << 63n;

function prepare(privilege: number, status: bigint, fields: readonly (readonly [number, bigint])[] = []): Bench {
  const bench = new Bench();
  bench.openPmp();
  bench.set(HART_MTVEC, MVEC);
  bench.set(HART_STVEC, SVEC);
  bench.set(HART_MSTATUS, XL | status);
  for (const [offset, value] of fields) bench.set(offset, value);
  bench.setPrivilege(privilege);
  bench.begin(PC);
  return bench;
}

describe('exceptions are delegated', () => {
  const check = (privilege: number, medeleg: bigint, target: number, cause: bigint): void => {
    test(`ecall from ${privilege}, medeleg ${medeleg.toString(16)} -> ${target}`, () => {
      const bench = prepare(privilege, MIE | SIE, [[HART_MEDELEG, medeleg]]);
      bench.call('ecall');
      assert.equal(bench.get32(HART_PRIVILEGE), target);
      assert.equal(bench.get32(HART_STATUS), STATUS_REFETCH);
      assert.equal(bench.get(HART_PC), target === PRIVILEGE_M ? MVEC : SVEC);
      assert.equal(bench.get(target === PRIVILEGE_M ? HART_MCAUSE : HART_SCAUSE), cause);
      assert.equal(bench.get(target === PRIVILEGE_M ? HART_MEPC : HART_SEPC), PC);
      const status = target === PRIVILEGE_M
        ? SIE | MPIE | (BigInt(privilege) << 11n)
        : MIE | SPIE | (privilege === PRIVILEGE_S ? SPP : 0n);
      assert.equal(bench.get(HART_MSTATUS), XL | status);
      assert.equal(bench.get(HART_RESERVATION), (1n << 64n) - 1n);
    });
  };
  check(PRIVILEGE_U, 0n, PRIVILEGE_M, 8n);
  check(PRIVILEGE_S, 0n, PRIVILEGE_M, 9n);
  check(PRIVILEGE_M, 0n, PRIVILEGE_M, 11n);
  check(PRIVILEGE_U, 0x100n, PRIVILEGE_S, 8n);
  check(PRIVILEGE_S, 0x200n, PRIVILEGE_S, 9n);
  check(PRIVILEGE_U, 0x200n, PRIVILEGE_M, 8n);
  check(PRIVILEGE_M, 0xffffn, PRIVILEGE_M, 11n);

  test('trap values', () => {
    const bench = prepare(PRIVILEGE_M, 0n);
    bench.call('illegal', -1);
    assert.deepEqual([bench.get(HART_MCAUSE), bench.get(HART_MTVAL)], [2n, 0xffff_ffffn]);
    bench.begin(PC);
    bench.call('ebreak');
    assert.deepEqual([bench.get(HART_MCAUSE), bench.get(HART_MTVAL)], [3n, 0n]);
  });

  test('exceptions are never vectored', () => {
    const bench = prepare(PRIVILEGE_M, 0n, [[HART_MTVEC, MVEC | 1n]]);
    bench.call('ebreak');
    assert.equal(bench.get(HART_PC), MVEC);
  });
});

describe('caught exceptions', () => {
  test('leave after trap entry', () => {
    const bench = prepare(PRIVILEGE_M, 0n, [[HART_CATCH_MASK, 1n << 3n]]);
    bench.call('ebreak');
    assert.equal(bench.get32(HART_REASON), REASON_TRAP);
    assert.equal(bench.get(HART_CAUGHT_CAUSE), 3n);
    assert.equal(bench.get(HART_PC), MVEC);
    assert.equal(bench.get32(HART_REMAINING), 0);
    assert.equal(bench.get(HART_ICOUNT_END), 1001n, 'it counts');
  });

  test('others do not', () => {
    const bench = prepare(PRIVILEGE_M, 0n, [[HART_CATCH_MASK, 1n << 3n]]);
    bench.call('ecall');
    assert.equal(bench.get32(HART_REASON), REASON_BUDGET);
  });
});

describe('returns', () => {
  const check = (
    name: string, routine: 'mret' | 'sret', privilege: number, status: bigint,
    expected: { privilege: number; status: bigint } | 'illegal',
  ): void => {
    test(name, () => {
      const bench = prepare(privilege, status, [[HART_MEPC, DRAM + 0x80n], [HART_SEPC, DRAM + 0x90n]]);
      bench.call(routine);
      assert.equal(bench.get32(HART_STATUS), STATUS_REFETCH);
      if (expected === 'illegal') {
        assert.equal(bench.get(HART_PC), MVEC);
        assert.equal(bench.get(HART_MCAUSE), 2n);
        return;
      }
      assert.equal(bench.get(HART_PC), routine === 'mret' ? DRAM + 0x80n : DRAM + 0x90n);
      assert.equal(bench.get32(HART_PRIVILEGE), expected.privilege);
      assert.equal(bench.get(HART_MSTATUS), XL | expected.status);
    });
  };
  check('mret to U', 'mret', PRIVILEGE_M, MPIE, { privilege: PRIVILEGE_U, status: MIE | MPIE });
  check('mret to S with interrupts off', 'mret', PRIVILEGE_M, MPP_S | MIE, { privilege: PRIVILEGE_S, status: MPIE });
  check('mret to S clears MPRV', 'mret', PRIVILEGE_M, MPP_S | MPRV, { privilege: PRIVILEGE_S, status: MPIE });
  check('mret to M keeps MPRV', 'mret', PRIVILEGE_M, MPP_M | MPRV, { privilege: PRIVILEGE_M, status: MPIE | MPRV });
  check('mret in S', 'mret', PRIVILEGE_S, 0n, 'illegal');
  check('sret to U', 'sret', PRIVILEGE_S, SPIE, { privilege: PRIVILEGE_U, status: SIE | SPIE });
  check('sret to S', 'sret', PRIVILEGE_S, SPP | SIE, { privilege: PRIVILEGE_S, status: SPIE });
  check('sret in M clears MPRV', 'sret', PRIVILEGE_M, SPP | MPRV, { privilege: PRIVILEGE_S, status: SPIE });
  check('sret with TSR', 'sret', PRIVILEGE_S, TSR, 'illegal');
  check('sret with TSR in M', 'sret', PRIVILEGE_M, TSR, { privilege: PRIVILEGE_U, status: SPIE | TSR });
  check('sret in U', 'sret', PRIVILEGE_U, 0n, 'illegal');

  test('mret to U without any PMP entry is illegal, as in QEMU', () => {
    const bench = new Bench();
    bench.call('mret');
    assert.equal(bench.get(HART_MCAUSE), 2n);
  });

  test('a return that lets an interrupt in leaves the run', () => {
    const bench = prepare(PRIVILEGE_M, MPIE | MPP_M, [[HART_MIE, 0x80n], [HART_MIP, 0x80n], [HART_MEPC, DRAM]]);
    bench.call('mret');
    assert.equal(bench.get32(HART_REASON), REASON_EVENT);
    assert.equal(bench.get(HART_PC), DRAM);
  });
});

describe('wfi, sfence.vma', () => {
  const check = (routine: 'wfi' | 'sfenceVma', privilege: number, status: bigint, legal: boolean): void => {
    test(`${routine} in ${privilege} with mstatus ${status.toString(16)} is ${legal ? 'legal' : 'illegal'}`, () => {
      const bench = prepare(privilege, status);
      bench.writePhysical(PC, Uint8Array.of(0x73, 0x00, 0x50, 0x10));
      if (routine === 'wfi') bench.call('wfi');
      else bench.call('sfenceVma', 0n, 0n, 3);
      if (!legal) {
        assert.equal(bench.get(HART_MTVAL), 0x1050_0073n);
        assert.equal(bench.get(HART_MCAUSE), 2n);
      } else if (routine === 'wfi') {
        assert.equal(bench.get32(HART_STATUS), STATUS_CONTINUE);
        assert.equal(bench.get32(HART_WAITING), 1);
        assert.equal(bench.get32(HART_REASON), REASON_EVENT);
      } else {
        assert.equal(bench.get(HART_PC), PC + 4n);
      }
    });
  };
  check('wfi', PRIVILEGE_M, TW, true);
  check('wfi', PRIVILEGE_S, 0n, true);
  check('wfi', PRIVILEGE_S, TW, false);
  check('wfi', PRIVILEGE_U, 0n, false);
  check('sfenceVma', PRIVILEGE_M, TVM, true);
  check('sfenceVma', PRIVILEGE_S, 0n, true);
  check('sfenceVma', PRIVILEGE_S, TVM, false);
  check('sfenceVma', PRIVILEGE_U, 0n, false);
});

describe('interrupts', () => {
  interface Row {
    readonly name: string;
    readonly privilege: number;
    readonly status: bigint;
    readonly pending: bigint;
    readonly enabled?: bigint;
    readonly delegated?: bigint;
    /** Interrupt number and the mode that takes it; undefined = none. */
    readonly taken?: readonly [number: bigint, mode: number];
  }
  const rows: readonly Row[] = [
    { name: 'M with MIE', privilege: PRIVILEGE_M, status: MIE, pending: 0x80n, taken: [7n, PRIVILEGE_M] },
    { name: 'M without MIE', privilege: PRIVILEGE_M, status: SIE, pending: 0x80n },
    { name: 'not enabled in mie', privilege: PRIVILEGE_M, status: MIE, pending: 0x80n, enabled: 8n },
    { name: 'S always takes interrupts for M', privilege: PRIVILEGE_S, status: 0n, pending: 0x80n, taken: [7n, PRIVILEGE_M] },
    { name: 'S takes a delegated one with SIE', privilege: PRIVILEGE_S, status: SIE, pending: 2n, delegated: 0x222n, taken: [1n, PRIVILEGE_S] },
    { name: 'S without SIE does not', privilege: PRIVILEGE_S, status: MIE, pending: 2n, delegated: 0x222n },
    { name: 'U takes it without SIE', privilege: PRIVILEGE_U, status: 0n, pending: 2n, delegated: 0x222n, taken: [1n, PRIVILEGE_S] },
    { name: 'M never takes a delegated one', privilege: PRIVILEGE_M, status: MIE | SIE, pending: 2n, delegated: 0x222n },
    { name: 'M takes one for S that is not delegated', privilege: PRIVILEGE_M, status: MIE, pending: 2n, taken: [1n, PRIVILEGE_M] },
    { name: 'one for M comes before delegated ones', privilege: PRIVILEGE_U, status: 0n, pending: 0x282n, delegated: 0x222n, taken: [7n, PRIVILEGE_M] },
    ...[[0xaaan, 11n], [0x2aan, 3n], [0x2a2n, 7n], [0x222n, 9n], [0x22n, 1n], [0x20n, 5n]].map(([pending = 0n, number = 0n]): Row => (
      { name: `priority among ${pending.toString(16)}`, privilege: PRIVILEGE_M, status: MIE, pending, taken: [number, PRIVILEGE_M] })),
  ];
  for (const row of rows) {
    test(row.name, () => {
      const bench = prepare(row.privilege, row.status, [
        [HART_MIP, row.pending], [HART_MIE, row.enabled ?? 0xaaan], [HART_MIDELEG, row.delegated ?? 0n],
      ]);
      bench.set32(HART_WAITING, 1);
      const end = bench.get(HART_ICOUNT_END);
      assert.equal(bench.core.interruptDeliverable(bench.hart), row.taken === undefined ? 0 : 1);
      assert.equal(bench.core.interruptTake(bench.hart), row.taken === undefined ? 0 : 1);
      assert.equal(bench.get32(HART_WAITING), (row.pending & (row.enabled ?? 0xaaan)) === 0n ? 1 : 0);
      assert.equal(bench.get(HART_ICOUNT_END), end, 'interrupt entry counts nothing');
      if (row.taken === undefined) {
        assert.equal(bench.get(HART_PC), PC);
        return;
      }
      const [number, mode] = row.taken;
      assert.equal(bench.get32(HART_PRIVILEGE), mode);
      assert.equal(bench.get(mode === PRIVILEGE_M ? HART_MCAUSE : HART_SCAUSE), INTERRUPT | number);
      assert.equal(bench.get(mode === PRIVILEGE_M ? HART_MTVAL : HART_STVAL), 0n);
      assert.equal(bench.get(mode === PRIVILEGE_M ? HART_MEPC : HART_SEPC), PC);
    });
  }

  test('vectored', () => {
    const bench = prepare(PRIVILEGE_U, 0n, [[HART_MIP, 0x200n], [HART_MIE, 0x200n], [HART_MIDELEG, 0x222n], [HART_STVEC, SVEC | 1n]]);
    assert.equal(bench.core.interruptTake(bench.hart), 1);
    assert.equal(bench.get(HART_PC), SVEC + 36n);
  });

  test('a line that makes one deliverable leaves the run; another reason wins', () => {
    const bench = prepare(PRIVILEGE_M, MIE, [[HART_MIE, 0x880n]]);
    bench.core.interruptLine(bench.hart, 3, 1);
    assert.equal(bench.get32(HART_REASON), REASON_BUDGET);
    bench.core.interruptLine(bench.hart, 7, 1);
    assert.equal(bench.get32(HART_REASON), REASON_EVENT);
    assert.equal(bench.get(HART_ICOUNT_END), 1001n);
    bench.core.stopAfter(bench.hart, REASON_WATCH);
    bench.core.interruptLine(bench.hart, 11, 1);
    assert.equal(bench.get32(HART_REASON), REASON_WATCH);
    bench.core.interruptLine(bench.hart, 7, 0);
    assert.equal(bench.get(HART_MIP), 0x808n);
  });
});
