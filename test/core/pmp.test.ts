import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { PRIVILEGE_M, PRIVILEGE_S, PRIVILEGE_U } from '../../emulator/core/layout.ts';
import { Bench, DRAM, KERNEL_RWX } from './bench.ts';

const PMPCFG0 = 0x3a0;
const PMPADDR0 = 0x3b0;
const R = 1;
const W = 2;
const X = 4;
const TOR = 0x08;
const NA4 = 0x10;
const NAPOT = 0x18;
const L = 0x80;
const BASE = DRAM + 0x1_0000n;
const ALL = (1n << 54n) - 1n;

/** pmpaddr of a naturally aligned power of two. */
function napot(base: bigint, size: bigint): bigint {
  return (base >> 2n) | ((size >> 3n) - 1n);
}

interface Entry { readonly cfg: number; readonly addr: bigint }

function configure(bench: Bench, entries: readonly Entry[]): void {
  entries.forEach(({ addr }, index) => { bench.csrWrite(PMPADDR0 + index, addr); });
  bench.csrWrite(PMPCFG0, entries.reduce((value, { cfg }, index) => value | (BigInt(cfg) << BigInt(8 * index)), 0n));
}

/** Which of r, w, x an access of 4 bytes at `address` gets. */
function check(name: string, privilege: number, entries: readonly Entry[], address: bigint, expected: string, log2 = 2): void {
  test(name, () => {
    const bench = new Bench();
    configure(bench, entries);
    bench.setPrivilege(privilege);
    let allowed = '';
    const load = bench.load(address, log2);
    if (typeof load === 'bigint') allowed += 'r';
    else assert.deepEqual(load, { cause: 5n, value: address });
    const store = bench.store(address, log2, 1n);
    if (store === undefined) allowed += 'w';
    else assert.deepEqual(store, { cause: 7n, value: address });
    const fetched = bench.fetch(address);
    if (typeof fetched === 'number') allowed += 'x';
    else assert.deepEqual(fetched, { cause: 1n, value: address });
    assert.equal(allowed, expected);
  });
}

const everything: Entry = { cfg: NAPOT | R | W | X, addr: ALL };

describe('PMP', () => {
  check('no entries, M', PRIVILEGE_M, [], BASE, 'rwx');
  check('no entries, S', PRIVILEGE_S, [], BASE, '');
  check('no entries, U', PRIVILEGE_U, [], BASE, '');
  check('all of memory, U', PRIVILEGE_U, [everything], BASE, 'rwx');
  check('all ones in 64 bits is all of memory', PRIVILEGE_S, [{ ...everything, addr: (1n << 64n) - 1n }], BASE, 'rwx');
  check('read only', PRIVILEGE_S, [{ cfg: NAPOT | R, addr: ALL }], BASE, 'r');
  check('M ignores an unlocked entry', PRIVILEGE_M, [{ cfg: NAPOT, addr: ALL }], BASE, 'rwx');
  check('M obeys a locked entry', PRIVILEGE_M, [{ cfg: L | NAPOT | R, addr: napot(BASE, 0x1000n) }], BASE, 'r');
  check('M outside a locked entry', PRIVILEGE_M, [{ cfg: L | NAPOT | R, addr: napot(BASE, 0x1000n) }], BASE + 0x1000n, 'rwx');
  check('S where no entry matches', PRIVILEGE_S, [{ cfg: NAPOT | R | W | X, addr: napot(BASE, 0x1000n) }], BASE + 0x1000n, '');
  check('the first entry that matches decides', PRIVILEGE_S, [{ cfg: NAPOT | X, addr: napot(BASE, 0x1000n) }, everything], BASE, 'x');
  check('TOR from 0', PRIVILEGE_S, [{ cfg: TOR | R, addr: (BASE + 0x1000n) >> 2n }], BASE + 0xffcn, 'r');
  check('TOR: its top is outside', PRIVILEGE_S, [{ cfg: TOR | R, addr: BASE >> 2n }], BASE, '');
  check('TOR between two addresses', PRIVILEGE_S, [{ cfg: 0, addr: BASE >> 2n }, { cfg: TOR | R | W, addr: (BASE + 0x10n) >> 2n }], BASE + 0xcn, 'rw');
  check('TOR: below its bottom', PRIVILEGE_S, [{ cfg: 0, addr: BASE >> 2n }, { cfg: TOR | R | W, addr: (BASE + 0x10n) >> 2n }], BASE - 4n, '');
  check('TOR that is empty', PRIVILEGE_S, [{ cfg: 0, addr: (BASE + 0x1000n) >> 2n }, { cfg: TOR | R, addr: BASE >> 2n }, everything], BASE, 'rwx');
  check('NA4', PRIVILEGE_S, [{ cfg: NA4 | R, addr: (BASE + 4n) >> 2n }], BASE + 4n, 'r');
  check('beside NA4', PRIVILEGE_S, [{ cfg: NA4 | R, addr: (BASE + 4n) >> 2n }], BASE + 8n, '');
  check('8 bytes of which NA4 matches 4 are refused, whatever follows', PRIVILEGE_S, [{ cfg: NA4 | R | W | X, addr: BASE >> 2n }, everything], BASE, 'x', 3);
  check('NAPOT of 8 bytes', PRIVILEGE_S, [{ cfg: NAPOT | R, addr: napot(BASE, 8n) }], BASE + 4n, 'r');

  test('a small region never lets its page into the fast TLB', () => {
    const bench = new Bench();
    configure(bench, [{ cfg: NA4, addr: BASE >> 2n }, everything]);
    bench.setPrivilege(PRIVILEGE_S);
    assert.equal(bench.load(BASE + 8n, 2), 0n);
    assert.deepEqual(bench.load(BASE, 2), { cause: 5n, value: BASE });
    assert.equal(bench.store(BASE + 8n, 2, 1n), undefined);
    assert.deepEqual(bench.store(BASE, 2, 1n), { cause: 7n, value: BASE });
  });

  test('a new configuration takes effect at once', () => {
    const bench = new Bench();
    configure(bench, [everything]);
    bench.setPrivilege(PRIVILEGE_S);
    assert.equal(bench.load(BASE, 2), 0n);
    bench.setPrivilege(PRIVILEGE_M);
    configure(bench, [{ cfg: NAPOT | X, addr: ALL }]);
    bench.setPrivilege(PRIVILEGE_S);
    assert.deepEqual(bench.load(BASE, 2), { cause: 5n, value: BASE });
  });

  test('page tables are read as S-mode', () => {
    const bench = new Bench();
    const va = 0x5000n;
    bench.enterSv39(PRIVILEGE_S);
    bench.map(va, BASE, KERNEL_RWX);
    bench.setPrivilege(PRIVILEGE_M);
    configure(bench, [{ cfg: NAPOT, addr: napot(bench.pteAddress(va), 0x1000n) }, everything]);
    bench.setPrivilege(PRIVILEGE_S);
    assert.deepEqual(bench.load(va, 2), { cause: 5n, value: va });
  });
});

describe('PMP CSRs', () => {
  const bench = (): Bench => new Bench();

  test('a locked entry keeps configuration and address', () => {
    const b = bench();
    configure(b, [{ cfg: L | NA4, addr: 5n }]);
    configure(b, [{ cfg: NAPOT | R, addr: 6n }]);
    assert.equal(b.csr(PMPCFG0), BigInt(L | NA4));
    assert.equal(b.csr(PMPADDR0), 5n);
  });

  test('a locked TOR entry keeps the address below it', () => {
    const b = bench();
    configure(b, [{ cfg: 0, addr: 5n }, { cfg: L | TOR, addr: 9n }]);
    b.csrWrite(PMPADDR0, 6n);
    assert.equal(b.csr(PMPADDR0), 5n);
  });

  for (const [number, exists] of [[0x3a0, true], [0x3a1, false], [0x3a2, true], [0x3a3, false], [0x3a4, false], [0x3b0, true], [0x3bf, true], [0x3c0, false]] as const) {
    test(`CSR ${number.toString(16)} ${exists ? 'exists' : 'does not exist'}`, () => {
      assert.equal(bench().csr(number) !== undefined, exists);
    });
  }
});
