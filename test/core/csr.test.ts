import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import {
  HART_DATA_BANK, HART_EXTERNAL_SEIP, HART_ICOUNT, HART_IDLE_NS, HART_MCOUNTEREN, HART_MIDELEG, HART_MIP, HART_MSTATUS, HART_PC,
  HART_REASON, HART_REMAINING, HART_SCOUNTEREN, HART_STATUS, HART_X, HART_X_SINK, PRIVILEGE_M, PRIVILEGE_S, PRIVILEGE_U,
  REASON_EVENT, STATUS_REFETCH,
} from '../../emulator/core/layout.ts';
import { Bench, DRAM } from './bench.ts';

const ONES = (1n << 64n) - 1n;
const ILLEGAL = 2n;
const SD = 1n << 63n;

interface WarlRow {
  readonly name: string;
  readonly number: number;
  readonly reset: bigint;
  /** After writing all ones, then after writing zero. */
  readonly ones: bigint;
  readonly zero: bigint;
}

// Compared with qemu-system-riscv64 7.2 -cpu rv64,h=false,sstc=false. Where it shows bits of extensions that are not there
// (H, V, Sscofpmf, Svpbmt) or keeps more than the manual allows, the manual decides.
const rows: readonly WarlRow[] = [
  { name: 'mstatus', number: 0x300, reset: 0xa_0000_0000n, ones: SD | 0xa_007e_79aan, zero: 0xa_0000_0000n },
  { name: 'misa', number: 0x301, reset: 0x8000_0000_0014_112dn, ones: 0x8000_0000_0014_112dn, zero: 0x8000_0000_0014_112dn },
  { name: 'medeleg', number: 0x302, reset: 0n, ones: 0xb3ffn, zero: 0n },
  { name: 'mideleg', number: 0x303, reset: 0n, ones: 0x222n, zero: 0n },
  { name: 'mie', number: 0x304, reset: 0n, ones: 0xaaan, zero: 0n },
  { name: 'mtvec', number: 0x305, reset: DRAM + 0x1000n, ones: DRAM + 0x1000n, zero: 0n },
  { name: 'mcounteren', number: 0x306, reset: 0n, ones: 0xffff_ffffn, zero: 0n },
  { name: 'menvcfg', number: 0x30a, reset: 0n, ones: 0xf1n, zero: 0n },
  { name: 'mcountinhibit', number: 0x320, reset: 0n, ones: 5n, zero: 0n },
  { name: 'mhpmevent3', number: 0x323, reset: 0n, ones: 0n, zero: 0n },
  { name: 'mhpmevent31', number: 0x33f, reset: 0n, ones: 0n, zero: 0n },
  { name: 'mscratch', number: 0x340, reset: 0n, ones: ONES, zero: 0n },
  { name: 'mepc', number: 0x341, reset: 0n, ones: ONES - 1n, zero: 0n },
  { name: 'mcause', number: 0x342, reset: 0n, ones: ONES, zero: 0n },
  { name: 'mtval', number: 0x343, reset: 0n, ones: ONES, zero: 0n },
  { name: 'mip', number: 0x344, reset: 0n, ones: 0x222n, zero: 0n },
  { name: 'mhpmcounter3', number: 0xb03, reset: 0n, ones: 0n, zero: 0n },
  { name: 'mhpmcounter31', number: 0xb1f, reset: 0n, ones: 0n, zero: 0n },
  { name: 'sstatus', number: 0x100, reset: 0x2_0000_0000n, ones: SD | 0x2_000c_6122n, zero: 0x2_0000_0000n },
  { name: 'sie, nothing delegated', number: 0x104, reset: 0n, ones: 0n, zero: 0n },
  { name: 'stvec: mode 3 is ignored', number: 0x105, reset: 0n, ones: 0n, zero: 0n },
  { name: 'scounteren', number: 0x106, reset: 0n, ones: 0xffff_ffffn, zero: 0n },
  { name: 'senvcfg', number: 0x10a, reset: 0n, ones: 0xf1n, zero: 0n },
  { name: 'sscratch', number: 0x140, reset: 0n, ones: ONES, zero: 0n },
  { name: 'sepc', number: 0x141, reset: 0n, ones: ONES - 1n, zero: 0n },
  { name: 'scause', number: 0x142, reset: 0n, ones: ONES, zero: 0n },
  { name: 'stval', number: 0x143, reset: 0n, ones: ONES, zero: 0n },
  { name: 'sip, nothing delegated', number: 0x144, reset: 0n, ones: 0n, zero: 0n },
  { name: 'satp: mode 15 is ignored', number: 0x180, reset: 0n, ones: 0n, zero: 0n },
  { name: 'tselect', number: 0x7a0, reset: 0n, ones: 0n, zero: 0n },
  { name: 'tdata1', number: 0x7a1, reset: 0n, ones: 0n, zero: 0n },
];

describe('CSR reset values and WARL fields', () => {
  for (const { name, number, reset, ones, zero } of rows) {
    test(name, () => {
      const bench = new Bench();
      assert.equal(bench.csr(number), reset);
      assert.equal(bench.csrWrite(number, ONES), undefined);
      assert.equal(bench.csr(number), ones);
      assert.equal(bench.csrWrite(number, 0n), undefined);
      assert.equal(bench.csr(number), zero);
    });
  }

  const check = (name: string, number: number, values: readonly (readonly [written: bigint, read: bigint])[]): void => {
    test(name, () => {
      const bench = new Bench();
      for (const [written, read] of values) {
        bench.csrWrite(number, written);
        assert.equal(bench.csr(number), read);
      }
    });
  };
  const SV39 = 8n << 60n;
  check('satp knows bare and Sv39', 0x180, [[SV39 | 5n, SV39 | 5n], [(9n << 60n) | 6n, SV39 | 5n], [SV39 | (0xffffn << 44n), SV39 | (0xffffn << 44n)], [7n, 7n]]);
  check('mtvec modes', 0x305, [[0x8000_0001n, 0x8000_0001n], [0x9000_0002n, 0x8000_0001n], [0x9000_0000n, 0x9000_0000n]]);
  check('MPP 2 is ignored', 0x300, [[1n << 11n, 0xa_0000_0800n], [2n << 11n, 0xa_0000_0800n], [3n << 11n, 0xa_0000_1800n]]);
  check('FS 3 sets SD', 0x300, [[2n << 13n, 0xa_0000_4000n], [3n << 13n, SD | 0xa_0000_6000n]]);
});

describe('CSR instructions', () => {
  const MSCRATCH = 0x340;
  const check = (name: string, operation: number, flags: number, operand: bigint, rd: bigint, after: bigint): void => {
    test(name, () => {
      const bench = new Bench();
      bench.csrWrite(MSCRATCH, 0b1100n);
      bench.begin();
      bench.call('csr', MSCRATCH, operation, operand, HART_X + 8, flags);
      assert.equal(bench.x(1), rd);
      assert.equal(bench.csr(MSCRATCH), after);
      assert.equal(bench.get32(HART_STATUS), 0);
    });
  };
  check('csrrw', 1, 3, 0b1010n, 0b1100n, 0b1010n);
  check('csrrs', 2, 3, 0b1010n, 0b1100n, 0b1110n);
  check('csrrc', 3, 3, 0b1010n, 0b1100n, 0b0100n);
  check('csrrs with x0', 2, 2, 0n, 0b1100n, 0b1100n);

  const illegal = (name: string, privilege: number, number: number, flags: number, prepare?: (bench: Bench) => void, expected = true): void => {
    test(`${name}: ${expected ? 'illegal' : 'legal'}`, () => {
      const bench = new Bench();
      const raw = 0x3000_2073 | (number << 20);
      bench.write64(DRAM, BigInt(raw >>> 0));
      bench.openPmp();
      prepare?.(bench);
      bench.setPrivilege(privilege);
      const outcome = bench.attempt('csr', number, 2, 0n, HART_X_SINK, flags);
      if (expected) assert.deepEqual(outcome, { cause: ILLEGAL, value: BigInt(raw >>> 0) });
      else assert.deepEqual(outcome, { result: undefined });
    });
  };
  const status = (bits: bigint) => (bench: Bench): void => { bench.set(HART_MSTATUS, bench.get(HART_MSTATUS) | bits); };
  illegal('mstatus in S', PRIVILEGE_S, 0x300, 2);
  illegal('sstatus in U', PRIVILEGE_U, 0x100, 2);
  illegal('sstatus in S', PRIVILEGE_S, 0x100, 2, undefined, false);
  illegal('no such CSR', PRIVILEGE_M, 0x5c0, 2);
  illegal('hypervisor CSR', PRIVILEGE_M, 0x600, 2);
  illegal('write of mhartid', PRIVILEGE_M, 0xf14, 3);
  illegal('read of mhartid', PRIVILEGE_M, 0xf14, 2, undefined, false);
  illegal('satp with TVM', PRIVILEGE_S, 0x180, 2, status(1n << 20n));
  illegal('satp without TVM', PRIVILEGE_S, 0x180, 2, undefined, false);
  illegal('satp with TVM in M', PRIVILEGE_M, 0x180, 2, status(1n << 20n), false);
  illegal('fcsr with FS off', PRIVILEGE_M, 0x003, 2);
  illegal('fcsr with FS on', PRIVILEGE_M, 0x003, 2, status(1n << 13n), false);
  const enable = (m: bigint, s: bigint) => (bench: Bench): void => {
    bench.set(HART_MCOUNTEREN, m);
    bench.set(HART_SCOUNTEREN, s);
  };
  illegal('cycle in S, not enabled', PRIVILEGE_S, 0xc00, 2, enable(6n, 7n));
  illegal('cycle in S, enabled', PRIVILEGE_S, 0xc00, 2, enable(1n, 0n), false);
  illegal('time in U, only by M', PRIVILEGE_U, 0xc01, 2, enable(2n, 0n));
  illegal('time in U, only by S', PRIVILEGE_U, 0xc01, 2, enable(0n, 2n));
  illegal('time in U, enabled', PRIVILEGE_U, 0xc01, 2, enable(2n, 2n), false);
  illegal('hpmcounter3 in M', PRIVILEGE_M, 0xc03, 2, undefined, false);
  illegal('write of cycle', PRIVILEGE_M, 0xc00, 3);
});

describe('floating-point CSRs', () => {
  test('fcsr is fflags and frm; a write makes FS dirty', () => {
    const bench = new Bench();
    bench.set(HART_MSTATUS, bench.get(HART_MSTATUS) | (1n << 13n));
    bench.csrWrite(0x003, ONES);
    assert.equal(bench.csr(0x003), 0xffn);
    assert.equal(bench.csr(0x001), 0x1fn);
    assert.equal(bench.csr(0x002), 7n);
    assert.equal((bench.get(HART_MSTATUS) >> 13n) & 3n, 3n);
    bench.csrWrite(0x002, 1n);
    bench.csrWrite(0x001, 2n);
    assert.equal(bench.csr(0x003), 0x22n);
  });
});

describe('counters', () => {
  const read = (bench: Bench, number: number, before: number): bigint => {
    bench.begin(DRAM, { before });
    bench.call('csr', number, 2, 0n, HART_X + 8, 2);
    return bench.x(1);
  };
  test('read the instructions counted before', () => {
    const bench = new Bench();
    bench.set(HART_IDLE_NS, 250n);
    assert.equal(read(bench, 0xc00, 1234), 1234n);
    assert.equal(read(bench, 0xc02, 1234), 1234n);
    assert.equal(read(bench, 0xb00, 1234), 1234n);
    assert.equal(read(bench, 0xc01, 1249), 14n);
    assert.equal(read(bench, 0xc01, 1250), 15n);
    bench.set(HART_ICOUNT, 77n);
    assert.equal(bench.csr(0xc00), 77n);
  });

  test('after a write the next instruction reads what was written', () => {
    const bench = new Bench();
    bench.begin(DRAM, { before: 500 });
    bench.call('csr', 0xb02, 1, 7n, HART_X_SINK, 1);
    assert.equal(read(bench, 0xb02, 501), 7n);
    assert.equal(read(bench, 0xc02, 511), 17n);
    assert.equal(read(bench, 0xc00, 511), 511n);
  });

  test('mcountinhibit stops one of them', () => {
    const bench = new Bench();
    bench.begin(DRAM, { before: 99 });
    bench.call('csr', 0x320, 1, 1n, HART_X_SINK, 1);
    assert.equal(read(bench, 0xb00, 200), 100n);
    assert.equal(read(bench, 0xb02, 200), 200n);
    bench.begin(DRAM, { before: 299 });
    bench.call('csr', 0x320, 1, 0n, HART_X_SINK, 1);
    assert.equal(read(bench, 0xb00, 310), 110n);
  });
});

describe('interrupt CSRs', () => {
  test('sie and sip show what is delegated', () => {
    const bench = new Bench();
    bench.csrWrite(0x303, 0x22n);
    bench.csrWrite(0x304, 0xaaan);
    bench.csrWrite(0x344, 0x222n);
    assert.equal(bench.csr(0x104), 0x22n);
    assert.equal(bench.csr(0x144), 0x22n);
    bench.csrWrite(0x104, 0n);
    assert.equal(bench.csr(0x304), 0xa88n);
    bench.csrWrite(0x144, 0n);
    assert.equal(bench.csr(0x344), 0x220n, 'only SSIP can be cleared through sip');
  });

  test('SEIP is the software bit or the line; csrrs does not copy the line into the bit', () => {
    const bench = new Bench();
    bench.core.interruptLine(bench.hart, 9, 1);
    assert.equal(bench.csr(0x344), 0x200n);
    bench.begin();
    bench.call('csr', 0x344, 2, 2n, HART_X_SINK, 3);
    assert.equal(bench.get(HART_MIP), 2n);
    bench.begin();
    bench.call('csr', 0x344, 2, 0x200n, HART_X_SINK, 3);
    bench.core.interruptLine(bench.hart, 9, 0);
    assert.equal(bench.csr(0x344), 0x202n);
    assert.equal(bench.get(HART_EXTERNAL_SEIP), 0n);
  });

  for (const [name, number, value, pending] of [
    ['mie', 0x304, 0x80n, 0x80n], ['mstatus.MIE', 0x300, 8n, 0x80n], ['mip', 0x344, 2n, 0n],
  ] as const) {
    test(`a write of ${name} that makes an interrupt deliverable leaves the run`, () => {
      const bench = new Bench();
      bench.set(HART_MIP, pending);
      if (name !== 'mie') bench.csrWrite(0x304, 0x82n);
      if (name !== 'mstatus.MIE') bench.csrWrite(0x300, 8n);
      bench.begin();
      bench.call('csr', number, 2, value, HART_X_SINK, 3);
      assert.equal(bench.get32(HART_REASON), REASON_EVENT);
      assert.equal(bench.get32(HART_REMAINING), 0);
    });
  }
});

describe('effects', () => {
  test('SUM switches the data bank at once', () => {
    const bench = new Bench();
    bench.setPrivilege(PRIVILEGE_S);
    const before = bench.get32(HART_DATA_BANK);
    bench.begin();
    bench.call('csr', 0x100, 2, 1n << 18n, HART_X_SINK, 3);
    assert.notEqual(bench.get32(HART_DATA_BANK), before);
  });

  test('a satp write fetches again after the instruction', () => {
    const bench = new Bench();
    bench.begin(DRAM + 0x100n);
    bench.call('csr', 0x180, 1, 8n << 60n, HART_X_SINK, 1);
    assert.equal(bench.get32(HART_STATUS), STATUS_REFETCH);
    assert.equal(bench.get(HART_PC), DRAM + 0x104n);
    assert.equal(bench.get(HART_MIDELEG), 0n);
  });
});
