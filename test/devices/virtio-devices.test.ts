/** Virtio devices as their drivers see them; what QEMU does is compared elsewhere (virtio-qemu, virtio-registers). */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { IMAGE_SECTORS, REGISTERS, Rig, type Kind } from './virtio-rig.ts';

const NEXT = 1;
const WRITE = 2;
const HEADER = 0x2000;
const DATA = 0x3000;
const STATUS_AT = 0x2f00;
const DRIVER_OK = 15;
const NEEDS_RESET = 64;
const EVENT_IDX = 2 ** 29;

function started(kind: Kind, features = 0): Rig {
  const rig = new Rig(kind);
  rig.start(features);
  rig.log.length = 0;
  return rig;
}

/** One disk request with `length` bytes of data; returns the status byte, or what the device says if it broke. */
function transfer(rig: Rig, type: number, sector: number, length: number): number | string {
  rig.view.setUint32(HEADER, type, true);
  rig.view.setBigUint64(HEADER + 8, BigInt(sector), true);
  rig.memory.bytes[STATUS_AT] = 0xee;
  rig.describe(0, 0, HEADER, 16, NEXT, 1);
  rig.describe(0, 1, DATA, length, NEXT | (type === 1 ? 0 : WRITE), 2);
  rig.describe(0, 2, STATUS_AT, 1, WRITE);
  rig.offer(0, 0);
  return (rig.read(REGISTERS.status) & NEEDS_RESET) !== 0 ? 'broken' : rig.view.getUint8(STATUS_AT);
}

const data = (rig: Rig, length: number): number[] => [...rig.memory.bytes.subarray(DATA, DATA + length)];
const image = (at: number): number => (at < IMAGE_SECTORS * 512 - 100 ? (at * 11 + (at >> 9)) & 0xff : 0);

test('disk: transfers', () => {
  const check = (type: number, sector: number, length: number, expect: number | string): void => {
    assert.equal(transfer(started('block'), type, sector, length), expect, `type ${type}, sector ${sector}, ${length} bytes`);
  };
  check(0, 0, 512, 0);
  check(0, IMAGE_SECTORS - 1, 512, 0);
  check(0, IMAGE_SECTORS - 1, 1024, 1);
  check(0, IMAGE_SECTORS, 512, 1);
  check(0, 2 ** 52, 512, 1);
  check(0, 0, 511, 1);
  check(1, 3, 4096, 0);
  check(1, IMAGE_SECTORS - 1, 1024, 1);
  check(8, 0, 20, 0);
  check(11, 0, 512, 2);
  check(99, 0, 512, 2);
  check(0, 0, 0, 'broken');
  check(0, 0, 1 << 20, 'broken');
});

test('disk: what is written is read, the image shines through around it', () => {
  const rig = started('block');
  rig.memory.bytes.fill(0xaa, DATA, DATA + 1024);
  assert.equal(transfer(rig, 1, 7, 1024), 0);
  rig.memory.bytes.fill(0, DATA);
  assert.equal(transfer(rig, 0, 0, 24 * 512), 0);
  assert.deepEqual(data(rig, 24 * 512), Array.from({ length: 24 * 512 }, (_, at) => (at >= 7 * 512 && at < 9 * 512 ? 0xaa : image(at))));
  assert.equal(transfer(rig, 0, IMAGE_SECTORS - 2, 1024), 0);
  assert.deepEqual(data(rig, 1024), Array.from({ length: 1024 }, (_, at) => image((IMAGE_SECTORS - 2) * 512 + at)));
});

test('disk: it keeps what was written when its driver resets it, and forgets it at power-on', () => {
  const rig = started('block');
  rig.memory.bytes.fill(0x55, DATA, DATA + 512);
  transfer(rig, 1, 0, 512);
  const firstByte = (): number | undefined => {
    rig.memory.bytes.fill(0, 0, 0x2000);
    rig.start();
    transfer(rig, 0, 0, 512);
    return data(rig, 1)[0];
  };
  assert.equal(firstByte(), 0x55);
  rig.transport.reset();
  assert.equal(firstByte(), 0);
});

test('disk: a read-only disk refuses writes and says so', () => {
  const rig = new Rig('block', true);
  rig.start();
  assert.equal(transfer(rig, 1, 0, 512), 1);
  assert.equal(rig.read(REGISTERS.deviceFeatures) & (1 << 5), 1 << 5);
  assert.equal(new Rig('block').read(REGISTERS.deviceFeatures) & (1 << 5), 0);
});

test('interrupts', () => {
  const check = (features: number, prepare: (rig: Rig) => void, expect: string): void => {
    const rig = started('block', features);
    prepare(rig);
    transfer(rig, 0, 0, 512);
    transfer(rig, 0, 0, 512);
    rig.write(REGISTERS.interruptAck, 1);
    transfer(rig, 0, 0, 512);
    assert.equal(rig.log.join(', '), expect);
  };
  check(0, () => undefined, 'interrupt, no interrupt, interrupt');
  check(0, (rig) => { rig.view.setUint16(0x400, 1, true); }, '');
  // used_event: after request 0, 2 and 1.
  check(EVENT_IDX, (rig) => { rig.view.setUint16(0x400 + 4 + 16, 0, true); }, 'interrupt, no interrupt');
  check(EVENT_IDX, (rig) => { rig.view.setUint16(0x400 + 4 + 16, 2, true); }, 'interrupt, no interrupt, interrupt');
  check(EVENT_IDX, (rig) => { rig.view.setUint16(0x400 + 4 + 16, 1, true); }, 'interrupt, no interrupt');
});

test('a broken queue stays quiet until the driver resets the device', () => {
  const rig = started('block');
  rig.offer(0, 9);
  assert.equal(rig.read(REGISTERS.status), DRIVER_OK | NEEDS_RESET);
  assert.equal(rig.read(REGISTERS.interruptStatus), 3);
  assert.equal(rig.read(REGISTERS.generation), 1);
  transfer(rig, 0, 0, 512);
  assert.equal(rig.usedIndex(0), 0);
  rig.memory.bytes.fill(0, 0, 0x2000);
  rig.start();
  assert.equal(rig.read(REGISTERS.status), DRIVER_OK);
  assert.equal(transfer(rig, 0, 0, 512), 0);
});

test('features', () => {
  const check = (low: number, high: number, expect: number): void => {
    const rig = new Rig('block');
    rig.write(REGISTERS.status, 3);
    rig.write(REGISTERS.driverFeatures, low);
    rig.write(REGISTERS.driverFeaturesSel, 1);
    rig.write(REGISTERS.driverFeatures, high);
    rig.write(REGISTERS.status, 11);
    assert.equal(rig.read(REGISTERS.status), expect);
  };
  check(0, 1, 11);
  // A driver of the time before version 1 on these registers (xv6).
  check(0, 0, 11);
  check(EVENT_IDX + 2 ** 28 + 2 ** 9, 1, 11);
  check(2 ** 13, 1, 3);
  check(0, 2, 3);
});

test('requests from before DRIVER_OK are looked at then', () => {
  const rig = new Rig('block');
  rig.write(REGISTERS.status, 11);
  rig.setQueue(0, 8);
  transfer(rig, 0, 0, 512);
  assert.equal(rig.usedIndex(0), 0);
  rig.write(REGISTERS.status, DRIVER_OK);
  rig.settle();
  assert.equal(rig.usedIndex(0), 1);
});

test('entropy: asks, waits, takes what comes', () => {
  const check = (wanted: number, given: number, expect: { asks: number; length: number; after: number }): void => {
    const rig = started('entropy');
    rig.describe(0, 0, DATA, wanted, WRITE);
    rig.offer(0, 0);
    assert.equal(rig.entropy.wantedBytes, expect.asks);
    assert.equal(rig.usedIndex(0), 0);
    rig.entropy.provide(Uint8Array.from({ length: given }, (_, index) => index + 1));
    rig.settle();
    assert.equal(rig.usedIndex(0), 1);
    assert.equal(rig.usedLength(0, 0), expect.length);
    assert.deepEqual(data(rig, expect.length + 1), [...Array.from({ length: expect.length }, (_, index) => (index + 1) & 0xff), 0]);
    assert.equal(rig.entropy.wantedBytes, expect.after);
  };
  check(64, 64, { asks: 64, length: 64, after: 0 });
  check(64, 10, { asks: 64, length: 10, after: 0 });
  check(4, 10, { asks: 4, length: 4, after: 0 });
});

test('entropy: bytes for nobody are dropped', () => {
  const rig = started('entropy');
  rig.entropy.provide(Uint8Array.of(1, 2, 3));
  rig.describe(0, 0, DATA, 8, WRITE);
  rig.offer(0, 0);
  assert.equal(rig.entropy.wantedBytes, 8);
  rig.write(REGISTERS.status, 0);
  assert.equal(rig.entropy.wantedBytes, 0);
});

test('console: prints, and takes keys when there is room', () => {
  const rig = started('console');
  rig.memory.bytes.set([72, 105], DATA);
  rig.describe(1, 2, DATA, 1, NEXT, 4);
  rig.describe(1, 4, DATA + 1, 1, 0);
  rig.offer(1, 2);
  assert.deepEqual(rig.log, ['out 72', 'out 105', 'interrupt']);
  assert.equal(rig.console.receive(Uint8Array.of(1, 2, 3, 4, 5)), 5);
  rig.settle();
  rig.describe(0, 0, DATA, 3, WRITE);
  rig.offer(0, 0);
  assert.deepEqual(data(rig, 3), [1, 2, 3]);
  assert.equal(rig.usedLength(0, 0), 3);
  assert.equal(rig.console.receiveRoom, 4096 - 2);
  rig.write(REGISTERS.config + 8, 33);
  assert.equal(rig.log.at(-1), 'out 33');
});

test('console: what does not fit is for the caller to keep', () => {
  const rig = started('console');
  assert.equal(rig.console.receive(new Uint8Array(5000)), 4096);
  assert.equal(rig.console.receive(new Uint8Array(1)), 0);
});

test('console: tells the size of the terminal, and that it changed', () => {
  const SIZE = 1;
  const size = (rig: Rig): number[] => [rig.read(REGISTERS.config, 2), rig.read(REGISTERS.config + 2, 2), rig.read(REGISTERS.config + 4)];
  const rig = new Rig('console', false, { columns: 80, rows: 300 });
  assert.equal(rig.read(REGISTERS.deviceFeatures) & 7, SIZE | 4);
  assert.deepEqual(size(rig), [80, 300, 1]);
  // Without a driver nobody is interrupted.
  rig.console.resize({ columns: 81, rows: 24 });
  assert.deepEqual([...size(rig), rig.read(REGISTERS.interruptStatus), rig.read(REGISTERS.generation)], [81, 24, 1, 0, 1]);
  rig.start(SIZE);
  rig.console.resize({ columns: 81, rows: 24 });
  assert.deepEqual(rig.log, []);
  rig.console.resize({ columns: 132, rows: 50 });
  assert.deepEqual(rig.log, ['interrupt']);
  assert.deepEqual([...size(rig), rig.read(REGISTERS.interruptStatus), rig.read(REGISTERS.generation)], [132, 50, 1, 2, 2]);
  rig.write(REGISTERS.interruptAck, 2);
  assert.deepEqual(rig.log, ['interrupt', 'no interrupt']);
  const other = new Rig('console', false, { columns: 1, rows: 1 });
  other.restoreFrom(rig);
  assert.deepEqual(size(other), [132, 50, 1]);
  other.transport.reset();
  assert.deepEqual(size(other), [1, 1, 1]);
});

test('console: without a size it is as it always was', () => {
  const rig = started('console');
  rig.console.resize({ columns: 132, rows: 50 });
  assert.deepEqual([rig.read(REGISTERS.deviceFeatures) & 7, rig.read(REGISTERS.config), rig.read(REGISTERS.generation), rig.log.length], [4, 0, 0, 0]);
  assert.deepEqual(Object.keys(rig.console.save() as object), ['waiting']);
});
