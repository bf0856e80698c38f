/** Whatever a guest does to virtio devices: nothing throws, nothing hangs, and a restored device goes on the same. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { DRAM_BASE } from '../../emulator/devices/memory-map.ts';
import { MEMORY_SIZE, REGISTERS, Rig, type Kind } from './virtio-rig.ts';

const numRuns = 400 * Number(process.env['FUZZ_ROUNDS'] ?? 1);
const NEXT = 1;
const WRITE = 2;
const INDIRECT = 4;

type Step =
  | { readonly kind: 'register'; readonly offset: number; readonly size: number; readonly value: number }
  | { readonly kind: 'read'; readonly offset: number; readonly size: number }
  | { readonly kind: 'memory'; readonly at: number; readonly size: number; readonly value: number }
  | { readonly kind: 'descriptor'; readonly queue: number; readonly index: number; readonly at: number; readonly length: number; readonly flags: number; readonly next: number }
  | { readonly kind: 'header'; readonly at: number; readonly type: number; readonly sector: number }
  | { readonly kind: 'start'; readonly features: number; readonly size: number }
  | { readonly kind: 'offer'; readonly queue: number; readonly head: number; readonly size: number }
  | { readonly kind: 'request'; readonly start: boolean; readonly type: number; readonly sector: number; readonly length: number }
  | { readonly kind: 'update' }
  | { readonly kind: 'input'; readonly bytes: Uint8Array };

const word = fc.oneof(fc.constantFrom(0, 1, 2, 3, 8, 11, 15, 64, 1024, 0x8000_0000, 0xffff_ffff), fc.integer({ min: 0, max: 0xffff_ffff }));
const place = fc.oneof(fc.integer({ min: 0x2000, max: MEMORY_SIZE - 1 }), fc.integer({ min: -20, max: MEMORY_SIZE + 20 }));
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.record({
    kind: fc.constant('register' as const), size: fc.constantFrom(4, 4, 4, 4, 1, 2), value: word,
    offset: fc.oneof(fc.constantFrom(...Object.values(REGISTERS)), fc.integer({ min: 0, max: 0x7f }).map((index) => 4 * index)),
  }),
  fc.record({ kind: fc.constant('read' as const), offset: fc.integer({ min: 0, max: 0x7e }).map((index) => 4 * index), size: fc.constantFrom(1, 2, 4) }),
  fc.record({ kind: fc.constant('memory' as const), at: fc.integer({ min: 0, max: 0x1fff }), size: fc.constantFrom(1, 2, 4), value: word }),
  {
    weight: 5,
    arbitrary: fc.record({
      kind: fc.constant('descriptor' as const), queue: fc.constantFrom(0, 0, 1), index: fc.integer({ min: 0, max: 7 }), at: place,
      length: fc.oneof(fc.constantFrom(16, 1, 512, 1024, 4096, 0, 32, 48), fc.integer({ min: 0, max: 0xffff_ffff })),
      flags: fc.constantFrom(0, NEXT, NEXT, WRITE, NEXT | WRITE, INDIRECT, INDIRECT | NEXT, 0xffff), next: fc.oneof(fc.integer({ min: 0, max: 7 }), fc.constantFrom(8, 0xffff)),
    }),
  },
  fc.record({ kind: fc.constant('header' as const), at: fc.integer({ min: 0x2000, max: MEMORY_SIZE - 16 }), type: fc.constantFrom(0, 1, 4, 8, 11, 99), sector: fc.integer({ min: 0, max: 60 }) }),
  { weight: 2, arbitrary: fc.record({ kind: fc.constant('start' as const), features: fc.constantFrom(0, 0, 1 << 28, 2 ** 29, 0xffff_ffff), size: fc.constantFrom(8, 8, 8, 1, 3, 1024, 0, 5000) }) },
  { weight: 4, arbitrary: fc.record({ kind: fc.constant('offer' as const), queue: fc.constantFrom(0, 0, 1), head: fc.integer({ min: 0, max: 9 }), size: fc.constantFrom(8, 8, 3) }) },
  {
    weight: 4,
    arbitrary: fc.record({
      kind: fc.constant('request' as const), start: fc.boolean(), type: fc.constantFrom(0, 1), sector: fc.integer({ min: 0, max: 39 }), length: fc.constantFrom(512, 1024, 5120, 7),
    }),
  },
  fc.record({ kind: fc.constant('update' as const) }),
  fc.record({ kind: fc.constant('input' as const), bytes: fc.uint8Array({ minLength: 1, maxLength: 40 }) }),
);

/** What an honest driver would do. */
function request(rig: Rig, kind: Kind, { start, type, sector, length }: Extract<Step, { kind: 'request' }>): void {
  if (start) {
    rig.memory.bytes.fill(0, 0, 0x2000);
    rig.start();
  }
  const data = type === 0 || kind === 'entropy' ? WRITE : 0;
  if (kind === 'block') {
    rig.view.setUint32(0x2000, type, true);
    rig.view.setBigUint64(0x2008, BigInt(sector), true);
    rig.describe(0, 0, 0x2000, 16, NEXT, 1);
    rig.describe(0, 1, 0x3000 + sector, length, NEXT | data, 2);
    rig.describe(0, 2, 0x2fff, 1, WRITE);
    rig.offer(0, 0);
  } else {
    const queue = kind === 'console' ? type : 0;
    rig.describe(queue, 3, 0x3000, length, data);
    rig.offer(queue, 3);
  }
}

function perform(rig: Rig, kind: Kind, action: Step): void {
  switch (action.kind) {
    case 'register':
      rig.write(action.offset, action.value % 2 ** (8 * action.size), action.size);
      break;
    case 'read':
      rig.log.push(`${action.offset.toString(16)} ${rig.read(action.offset, action.size)}`);
      break;
    case 'memory':
      for (let index = 0; index < action.size; index++) rig.memory.bytes[action.at + index] = Math.floor(action.value / 256 ** index);
      break;
    case 'descriptor': {
      const { queue, index, at, length, flags, next } = action;
      rig.describe(queue, index, at, length, flags, next);
      break;
    }
    case 'header':
      rig.view.setUint32(action.at, action.type, true);
      rig.view.setBigUint64(action.at + 8, BigInt(action.sector), true);
      break;
    case 'start':
      rig.start(action.features, action.size);
      break;
    case 'offer':
      rig.offer(action.queue, action.head, action.size);
      break;
    case 'request':
      request(rig, kind, action);
      break;
    case 'update':
      rig.transport.update();
      break;
    case 'input':
      rig.entropy.provide(action.bytes);
      rig.console.receive(action.bytes);
      rig.settle();
      break;
  }
}

const history = fc.array(step, { maxLength: 80 });

for (const kind of ['block', 'entropy', 'console'] as const satisfies readonly Kind[]) {
  test(`${kind}: nothing throws, nothing hangs, a restored device goes on the same`, () => {
    let served = 0;
    fc.assert(fc.property(history, history, history, fc.boolean(), (before, after, elsewhere, readOnly) => {
      const original = new Rig(kind, readOnly);
      const restored = new Rig(kind, readOnly);
      for (const action of before) perform(original, kind, action);
      for (const action of elsewhere) perform(restored, kind, action);
      restored.log.length = 0;
      original.log.length = 0;
      restored.restoreFrom(original);
      assert.deepEqual(restored.log, [], 'load drives no wire');
      assert.equal(JSON.stringify(restored.save()), JSON.stringify(original.save()));
      for (const action of after) {
        perform(original, kind, action);
        perform(restored, kind, action);
      }
      assert.deepEqual(restored.log, original.log);
      assert.equal(JSON.stringify(restored.save()), JSON.stringify(original.save()));
      assert.deepEqual(restored.memory.bytes, original.memory.bytes);
      served += original.usedIndex(0);
    }), { numRuns });
    assert.ok(served > 0, 'some requests were served');
  });
}

test('reset is the state at power-on', () => {
  fc.assert(fc.property(history, (before) => {
    for (const kind of ['block', 'entropy', 'console', 'nothing'] as const) {
      const rig = new Rig(kind);
      for (const action of before) perform(rig, kind, action);
      rig.transport.reset();
      assert.equal(JSON.stringify(rig.save()), JSON.stringify(new Rig(kind).save()));
    }
  }), { numRuns: 50 });
});

test('much work is done in pieces', () => {
  const rig = new Rig('block');
  rig.start(0, 1024);
  // One request of a thousand segments that all name the same 16 KiB, again and again.
  const table = 0x9000;
  const put = (index: number, at: number, length: number, flags: number): void => {
    rig.view.setBigUint64(table + 16 * index, BigInt(DRAM_BASE + at), true);
    rig.view.setUint32(table + 16 * index + 8, length, true);
    rig.view.setUint16(table + 16 * index + 12, flags, true);
    rig.view.setUint16(table + 16 * index + 14, index + 1, true);
  };
  put(0, 0x8000, 16, NEXT);
  for (let index = 1; index <= 1000; index++) put(index, 0x2000, 0x4000, WRITE | (index < 1000 ? NEXT : 0));
  rig.view.setBigUint64(0, BigInt(DRAM_BASE + table), true);
  rig.view.setUint32(8, 16 * 1001, true);
  rig.view.setUint16(12, INDIRECT, true);
  for (let index = 0; index < 4; index++) rig.view.setUint16(0x404 + 2 * index, 0, true);
  rig.view.setUint16(0x402, 4, true);
  rig.write(REGISTERS.queueNotify, 0);
  const used = (): number => rig.usedIndex(0);
  const seen: number[] = [];
  while (rig.transport.nextDeadlineNs() !== Infinity && seen.length < 10) {
    rig.transport.update();
    seen.push(used());
  }
  assert.deepEqual(seen, [1, 2, 3, 4, 4]);
});
