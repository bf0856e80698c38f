import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import fc from 'fast-check';
import { ALLOCATION_FAILED, ENTRY_ACCESSED, ENTRY_DIRTY, HART_RESULT, PAGE_SIZE, PRIVILEGE_S } from '../../emulator/core/layout.ts';
import { Bench, DRAM, KERNEL_RWX } from './bench.ts';

/** Pages in two leaf nodes. */
const PAGES = [0, 1, 2, 1023, 1024, 1500];

type Step =
  | { readonly kind: 'write' | 'store'; readonly page: number; readonly offset: number; readonly value: number }
  | { readonly kind: 'load'; readonly page: number }
  | { readonly kind: 'checkpoint' | 'digest' }
  | { readonly kind: 'restore' | 'release'; readonly which: number };

const steps: fc.Arbitrary<Step[]> = fc.array(fc.oneof(
  fc.record({
    kind: fc.constantFrom('write' as const, 'store' as const), page: fc.constantFrom(...PAGES),
    offset: fc.integer({ min: 0, max: 511 }).map((index) => index * 8), value: fc.integer({ min: 0, max: 255 }),
  }),
  fc.record({ kind: fc.constant('load' as const), page: fc.constantFrom(...PAGES) }),
  fc.record({ kind: fc.constantFrom('checkpoint' as const, 'digest' as const) }),
  fc.record({ kind: fc.constantFrom('restore' as const, 'release' as const), which: fc.nat(20) }),
), { maxLength: 60 });

type Image = Map<number, Uint8Array>;

function copyImage(image: Image): Image {
  return new Map([...image].map(([page, bytes]) => [page, bytes.slice()]));
}

/** The same steps on byte arrays. */
class Model {
  readonly bench = new Bench({ dramPages: 2048 });
  private image: Image = new Map();
  private dirty = new Set<number>();
  private accessed = new Set<number>();
  private readonly checkpoints: { readonly root: number; readonly image: Image }[] = [];
  private readonly digests = new Map<string, bigint>();

  apply(step: Step): void {
    const { bench } = this;
    switch (step.kind) {
      case 'write':
      case 'store': {
        const gpa = DRAM + BigInt(step.page * PAGE_SIZE + step.offset);
        if (step.kind === 'write') bench.write64(gpa, BigInt(step.value));
        else assert.equal(bench.store(gpa, 3, BigInt(step.value)), undefined);
        const bytes = this.image.get(step.page) ?? new Uint8Array(PAGE_SIZE);
        bytes.fill(0, step.offset, step.offset + 8)[step.offset] = step.value;
        this.image.set(step.page, bytes);
        this.dirty.add(step.page);
        this.accessed.add(step.page);
        break;
      }
      case 'load':
        assert.equal(bench.load(DRAM + BigInt(step.page * PAGE_SIZE), 0), BigInt(this.image.get(step.page)?.[0] ?? 0));
        if (this.image.has(step.page)) this.accessed.add(step.page);
        break;
      case 'checkpoint':
        this.checkpoints.push({ root: bench.core.treeCheckpoint(bench.vm, bench.hart), image: copyImage(this.image) });
        this.newEpoch();
        break;
      case 'digest':
        this.checkDigest();
        break;
      case 'restore': {
        const checkpoint = this.checkpoints[step.which % this.checkpoints.length];
        if (checkpoint === undefined) break;
        bench.core.treeRestore(bench.vm, bench.hart, checkpoint.root);
        this.image = copyImage(checkpoint.image);
        this.newEpoch();
        break;
      }
      case 'release': {
        const [checkpoint] = this.checkpoints.splice(step.which % Math.max(1, this.checkpoints.length), 1);
        if (checkpoint !== undefined) bench.core.treeRelease(checkpoint.root);
        break;
      }
    }
  }

  private newEpoch(): void {
    this.dirty = new Set();
    this.accessed = new Set();
  }

  /** Same contents, same digest; other contents, another one. */
  private checkDigest(): void {
    const key = PAGES.map((page) => Buffer.from(this.image.get(page) ?? new Uint8Array(PAGE_SIZE)).toString('latin1')).join('');
    this.bench.core.memoryDigest(this.bench.vm, this.bench.hart);
    const digest = this.bench.get(HART_RESULT);
    assert.equal(this.digests.get(key) ?? digest, digest);
    this.digests.set(key, digest);
    assert.equal(new Set(this.digests.values()).size, this.digests.size);
  }

  check(): void {
    const { core, vm } = this.bench;
    for (const page of PAGES) {
      assert.deepEqual(this.bench.page(page), this.image.get(page) ?? new Uint8Array(PAGE_SIZE), `page ${page}`);
      const bits = (this.accessed.has(page) ? ENTRY_ACCESSED : 0) | (this.dirty.has(page) ? ENTRY_DIRTY : 0);
      assert.equal(core.pageBits(vm, page), bits, `bits of page ${page}`);
      assert.equal(core.pageFrame(vm, page) !== 0, this.image.has(page));
    }
    assert.equal(core.dirtyPageCount(vm), this.dirty.size);
    for (const { root, image } of this.checkpoints) assert.equal(core.copiedPageCount(vm, root), [...this.dirty].filter((page) => image.has(page)).length);
  }

  releaseAll(): void {
    for (const { root } of this.checkpoints) this.bench.core.treeRelease(root);
    this.bench.core.vmRelease(this.bench.vm);
  }
}

describe('nested page table', () => {
  test('behaves like byte arrays under writes, checkpoints, restores and releases, and never leaks a frame', () => {
    fc.assert(fc.property(steps, (sequence) => {
      const model = new Model();
      for (const step of sequence) {
        model.apply(step);
        model.check();
      }
      model.releaseAll();
      assert.equal(model.bench.framesUsed, 1, 'only the zero frame is left');
    }), { numRuns: 40 });
  });

  test('a checkpoint shares everything; a write then copies a page and its two nodes', () => {
    const bench = new Bench();
    bench.write64(DRAM, 1n);
    bench.write64(DRAM + 0x1000n, 1n);
    const used = bench.framesUsed;
    const root = bench.core.treeCheckpoint(bench.vm, bench.hart);
    assert.equal(bench.framesUsed, used);
    bench.write64(DRAM, 2n);
    assert.equal(bench.framesUsed, used + 3);
    bench.core.treeRelease(root);
    assert.equal(bench.framesUsed, used);
    assert.equal(bench.read64(DRAM), 2n);
  });

  test('reading an untouched page costs no frame', () => {
    const bench = new Bench();
    const used = bench.framesUsed;
    assert.equal(bench.load(DRAM + 0x12_3450n, 3), 0n);
    assert.equal(bench.framesUsed, used);
  });

  for (const touched of [false, true]) {
    test(`two mappings of one page stay one, ${touched ? 'after a checkpoint' : 'first untouched'}`, () => {
      const bench = new Bench();
      const [first, second] = [0x5000n, 0x9000n];
      bench.enterSv39(PRIVILEGE_S);
      for (const va of [first, second]) bench.map(va, DRAM, KERNEL_RWX);
      if (touched) {
        bench.write64(DRAM, 3n);
        bench.core.treeCheckpoint(bench.vm, bench.hart);
      }
      for (const va of [first, second]) assert.equal(bench.load(va, 3), touched ? 3n : 0n);
      assert.notEqual(bench.fastAddress(second, 3, false), undefined);
      assert.equal(bench.store(first, 3, 7n), undefined);
      assert.equal(bench.load(second, 3), 7n);
      bench.write64(DRAM, 8n);
      assert.equal(bench.load(second, 3), 8n);
    });
  }

  test('a write of the host is seen after the zero frame was read', () => {
    const bench = new Bench();
    assert.equal(bench.load(DRAM, 3), 0n);
    bench.write64(DRAM, 7n);
    assert.equal(bench.load(DRAM, 3), 7n);
  });

  test('outside DRAM', () => {
    const bench = new Bench({ dramPages: 16 });
    const bytes = 16 * PAGE_SIZE;
    assert.equal(bench.core.guestWrite(bench.vm, Number(DRAM) + bytes - 4, 0x8000, 8), 0);
    assert.equal(bench.core.guestWrite(bench.vm, Number(DRAM) - 8, 0x8000, 8), 0);
    assert.equal(bench.core.guestWrite(bench.vm, Number(DRAM) + bytes - 8, 0x8000, 8), 1);
  });

  test('the pool has a limit, and frames come back', () => {
    const bench = new Bench({ frameLimit: 4 }); // zero frame, root
    const first = bench.core.frameAllocate();
    const second = bench.core.frameAllocate();
    assert.notEqual(first, ALLOCATION_FAILED);
    assert.notEqual(second, ALLOCATION_FAILED);
    assert.equal(bench.core.frameAllocate(), ALLOCATION_FAILED);
    bench.core.frameRetain(first);
    bench.core.frameRelease(first);
    assert.equal(bench.core.frameAllocate(), ALLOCATION_FAILED);
    bench.core.frameRelease(first);
    assert.equal(bench.core.frameAllocate(), first);
  });
});
