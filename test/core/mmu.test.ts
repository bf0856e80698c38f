import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { ACCESS_READ, HART_MSTATUS, HART_PRIVILEGE, HART_RESULT, HART_SATP, PRIVILEGE_M, PRIVILEGE_S, PRIVILEGE_U } from '../../emulator/core/layout.ts';
import { Bench, DRAM, KERNEL_RWX, PTE, type Trap } from './bench.ts';

const { V, R, W, X, U, A, D } = PTE;
const SUM = 1n << 18n;
const MXR = 1n << 19n;
const MPRV = 1n << 17n;
const VA = 0x12_3456_7000n;
const DATA = DRAM + 0x10_0000n;
const FETCH_PAGE = 12n;
const LOAD_PAGE = 13n;
const STORE_PAGE = 15n;

interface Row {
  readonly name: string;
  readonly flags: bigint;
  readonly privilege?: number;
  readonly status?: bigint;
  /** Causes; undefined = allowed. */
  readonly load?: bigint;
  readonly store?: bigint;
  readonly fetch?: bigint;
}

const all = { load: LOAD_PAGE, store: STORE_PAGE, fetch: FETCH_PAGE };
const rows: readonly Row[] = [
  { name: 'rwx', flags: KERNEL_RWX },
  { name: 'not valid', flags: R | W | X | A | D, ...all },
  { name: 'read only', flags: V | R | A | D, store: STORE_PAGE, fetch: FETCH_PAGE },
  { name: 'execute only', flags: V | X | A, load: LOAD_PAGE, store: STORE_PAGE },
  { name: 'execute only with MXR', flags: V | X | A, status: MXR, store: STORE_PAGE },
  { name: 'write without read is reserved', flags: V | W | A | D, ...all },
  { name: 'write and execute without read is reserved', flags: V | W | X | A | D, ...all },
  { name: 'U page in S-mode', flags: KERNEL_RWX | U, ...all },
  { name: 'U page in S-mode with SUM: data only', flags: KERNEL_RWX | U, status: SUM, fetch: FETCH_PAGE },
  { name: 'U page in U-mode', flags: KERNEL_RWX | U, privilege: PRIVILEGE_U },
  { name: 'kernel page in U-mode', flags: KERNEL_RWX, privilege: PRIVILEGE_U, ...all },
  { name: 'kernel page in U-mode with SUM', flags: KERNEL_RWX, privilege: PRIVILEGE_U, status: SUM, ...all },
  { name: 'A and D are set by hardware', flags: V | R | W | X },
  { name: 'reserved bit 54', flags: KERNEL_RWX | (1n << 54n), ...all },
  { name: 'reserved bit 63 (N)', flags: KERNEL_RWX | (1n << 63n), ...all },
  { name: 'software bits are ignored', flags: KERNEL_RWX | (3n << 8n) },
  { name: 'non-leaf in the last level', flags: V, ...all },
];

function prepare(row: Row): Bench {
  const bench = new Bench();
  bench.map(VA, DATA, 0n);
  bench.enterSv39(row.privilege ?? PRIVILEGE_S);
  bench.map(VA, DATA, row.flags);
  bench.set(HART_MSTATUS, bench.get(HART_MSTATUS) | (row.status ?? 0n));
  bench.core.hartRefresh(bench.hart);
  bench.write64(DATA, 0x1122_3344_5566_7788n);
  return bench;
}

function trapOf(cause: bigint | undefined): Trap | undefined {
  return cause === undefined ? undefined : { cause, value: VA };
}

describe('Sv39 permissions', () => {
  for (const row of rows) {
    test(row.name, () => {
      assert.deepEqual(prepare(row).load(VA, 3), trapOf(row.load) ?? 0x1122_3344_5566_7788n);
      assert.deepEqual(prepare(row).store(VA, 3, 1n), trapOf(row.store));
      const fetched = prepare(row).fetch(VA);
      if (row.fetch === undefined) assert.equal(typeof fetched, 'number');
      else assert.deepEqual(fetched, trapOf(row.fetch));
    });
  }
});

describe('Sv39 accessed and dirty', () => {
  for (const [access, flags] of [['load', A], ['store', A | D], ['fetch', A]] as const) {
    test(access, () => {
      const bench = prepare({ name: '', flags: V | R | W | X });
      if (access === 'load') bench.load(VA, 0);
      else if (access === 'store') bench.store(VA, 0, 1n);
      else bench.fetch(VA);
      assert.equal(bench.read64(bench.pteAddress(VA)) & 0xffn, V | R | W | X | flags);
    });
  }

  test('a load before the first store does not hide that D must be set', () => {
    const bench = prepare({ name: '', flags: V | R | W });
    bench.load(VA, 3);
    bench.store(VA, 3, 1n);
    assert.equal(bench.read64(bench.pteAddress(VA)) & 0xffn, V | R | W | A | D);
  });

  test('a refused store leaves D alone', () => {
    const bench = prepare({ name: '', flags: V | R });
    bench.store(VA, 3, 1n);
    assert.equal(bench.read64(bench.pteAddress(VA)) & 0xffn, V | R);
  });
});

describe('Sv39 shape', () => {
  const check = (name: string, va: bigint, set: (bench: Bench) => void, expected: bigint | Trap): void => {
    test(name, () => {
      const bench = new Bench();
      bench.enterSv39(PRIVILEGE_S);
      set(bench);
      assert.deepEqual(bench.load(va, 3), expected);
    });
  };
  const value = 99n;
  check('2 MiB superpage', VA + 0x8n, (bench) => {
    bench.map(VA, DRAM, KERNEL_RWX, 1);
    bench.write64(DRAM + (VA & 0x1f_ffffn) + 8n, value);
  }, value);
  check('1 GiB superpage', 0x4012_3458n, (bench) => {
    bench.map(0x4000_0000n, DRAM, KERNEL_RWX, 2);
    bench.write64(DRAM + 0x12_3458n, value);
  }, value);
  check('misaligned 2 MiB superpage', VA, (bench) => { bench.map(VA, DRAM + 0x1000n, KERNEL_RWX, 1); }, { cause: LOAD_PAGE, value: VA });
  check('misaligned 1 GiB superpage', VA, (bench) => { bench.map(VA, DRAM + 0x20_0000n, KERNEL_RWX, 2); }, { cause: LOAD_PAGE, value: VA });
  check('non-leaf with A', VA, (bench) => { bench.map(VA, DRAM, V | A, 1); }, { cause: LOAD_PAGE, value: VA });
  check('non-leaf with U', VA, (bench) => { bench.map(VA, DRAM, V | U, 1); }, { cause: LOAD_PAGE, value: VA });
  check('upper half', 0xffff_ffc0_0000_0000n, (bench) => {
    bench.map(0xffff_ffc0_0000_0000n, DATA, KERNEL_RWX);
    bench.write64(DATA, value);
  }, value);
  check('not canonical: bit 39 set', 0x80_0000_0000n, (bench) => { bench.map(0n, DATA, KERNEL_RWX); }, { cause: LOAD_PAGE, value: 0x80_0000_0000n });
  check('not canonical: bit 38 not extended', 0x40_0000_0000n, (bench) => { bench.map(0x40_0000_0000n, DATA, KERNEL_RWX); },
    { cause: LOAD_PAGE, value: 0x40_0000_0000n });
  check('table outside DRAM is an access fault', VA, (bench) => { bench.map(VA, 0x1000_0000n, V, 1); }, { cause: 5n, value: VA });
  check('page outside everything is an access fault', VA, (bench) => { bench.map(VA, 0x1_8000_0000n, KERNEL_RWX); }, { cause: 5n, value: VA });
});

describe('MPRV', () => {
  const check = (name: string, status: bigint, expected: bigint | Trap): void => {
    test(name, () => {
      const bench = new Bench();
      bench.enterSv39(PRIVILEGE_M);
      bench.map(VA, DATA, KERNEL_RWX | U);
      bench.write64(DATA, 42n);
      bench.set(HART_MSTATUS, status);
      bench.core.hartRefresh(bench.hart);
      assert.deepEqual(bench.load(VA, 3), expected);
    });
  };
  const MPP_S = 1n << 11n;
  const MPP_M = 3n << 11n;
  check('off: bare', 0n, { cause: 5n, value: VA });
  check('MPP U: translated as U', MPRV, 42n);
  check('MPP S: translated as S, U page refused', MPRV | MPP_S, { cause: LOAD_PAGE, value: VA });
  check('MPP S with SUM', MPRV | MPP_S | SUM, 42n);
  check('MPP M: bare', MPRV | MPP_M, { cause: 5n, value: VA });
});

describe('misaligned accesses', () => {
  const second = VA + 0x1000n;
  const prepared = (flagsSecond: bigint): Bench => {
    const bench = new Bench();
    bench.enterSv39(PRIVILEGE_S);
    bench.map(VA, DATA, KERNEL_RWX);
    bench.map(second, DATA + 0x5000n, flagsSecond);
    return bench;
  };

  test('across pages that are apart in memory', () => {
    const bench = prepared(KERNEL_RWX);
    assert.equal(bench.store(VA + 0xffdn, 3, 0x8877_6655_4433_2211n), undefined);
    assert.equal(bench.read64(DATA + 0xff8n), 0x3322_1100_0000_0000n);
    assert.equal(bench.read64(DATA + 0x5000n), 0x88_7766_5544n);
    assert.equal(bench.load(VA + 0xffdn, 3), 0x8877_6655_4433_2211n);
    assert.equal(bench.load(VA + 0xfffn, 1), 0x4433n);
  });

  test('the fault of the second page names its first byte, and nothing was written', () => {
    const bench = prepared(0n);
    assert.deepEqual(bench.store(VA + 0xffdn, 3, -1n), { cause: STORE_PAGE, value: second });
    assert.equal(bench.read64(DATA + 0xff8n), 0n);
    assert.deepEqual(bench.load(VA + 0xffdn, 2), { cause: LOAD_PAGE, value: second });
  });

  test('within a page', () => {
    const bench = prepared(0n);
    bench.store(VA + 1n, 2, 0xaabb_ccddn);
    assert.equal(bench.read64(DATA), 0xaa_bbcc_dd00n);
  });
});

describe('debugTranslate', () => {
  test('finds what the guest would, whatever the permissions, and changes nothing', () => {
    const bench = new Bench();
    bench.enterSv39(PRIVILEGE_S);
    bench.map(VA, DATA, V | X);
    assert.equal(bench.core.debugTranslate(bench.hart, Number((VA + 5n) & 0xffff_ffffn), Number(VA >> 32n), ACCESS_READ), 1);
    assert.equal(bench.get(HART_RESULT), DATA + 5n);
    assert.equal(bench.read64(bench.pteAddress(VA)) & 0xffn, V | X);
    assert.equal(bench.core.debugTranslate(bench.hart, 0x1000, 0, ACCESS_READ), 0);
    bench.set32(HART_PRIVILEGE, PRIVILEGE_M);
    assert.equal(bench.core.debugTranslate(bench.hart, 0x1000, 0, ACCESS_READ), 1);
    assert.equal(bench.get(HART_RESULT), 0x1000n);
  });

  test('satp off: bare', () => {
    const bench = new Bench();
    bench.enterSv39(PRIVILEGE_S);
    bench.set(HART_SATP, 0n);
    assert.equal(bench.core.debugTranslate(bench.hart, 0x1000, 0, ACCESS_READ), 1);
  });
});
