/** The registers of virtio transports against QEMU's, through qtest: random accesses to a disk, an entropy device and an empty slot. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { VIRTIO_BASE } from '../../emulator/devices/memory-map.ts';
import { missingTools, tools } from '../tools.ts';
import { readCommand, runInQtest, writeCommand } from './qtest.ts';
import { Rig, type Kind } from './virtio-rig.ts';

const SEQUENCES = 4 * Number(process.env['FUZZ_ROUNDS'] ?? 1);
const SEQUENCE_LENGTH = 1200;
/** In QEMU the first device is in the last slot. */
const SLOTS: readonly (readonly [slot: number, kind: Kind])[] = [[7, 'entropy'], [6, 'console'], [0, 'nothing']];
const OPTIONS = ['-global', 'virtio-mmio.force-legacy=false', '-device', 'virtio-rng-device', '-device', 'virtio-serial-device,max_ports=1'];

interface Access {
  readonly slot: number;
  readonly offset: number;
  readonly size: number;
  /** undefined = read. */
  readonly value?: number;
}

const read = fc.record({
  slot: fc.constantFrom(7, 6, 0),
  // Not the device features, which differ.
  offset: fc.constantFrom(0, 4, 8, 0xc, 0x14, 0x20, 0x30, 0x34, 0x34, 0x38, 0x44, 0x44, 0x44, 0x50, 0x60, 0x60, 0x70, 0x70, 0x70, 0x80, 0xb0, 0xb4, 0xfc, 0x10c, 0x110, 0x1fc),
  size: fc.constantFrom(4, 4, 4, 4, 1, 2),
}).filter(({ slot, offset }) => !isConsoleInterrupt(slot, offset));

/** QEMU's console without a back end interrupts by itself when it is notified. */
function isConsoleInterrupt(slot: number, offset: number): boolean {
  return slot === 6 && offset === 0x60;
}

const written = fc.record({
  slot: fc.constantFrom(7, 6, 0),
  access: fc.oneof(
    fc.tuple(fc.constant(0x70), fc.constantFrom(0, 1, 3, 11, 15, 128, 8)),
    fc.tuple(fc.constant(0x30), fc.constantFrom(0, 1, 1, 900, 1023, 1024, 0xffffffff)),
    fc.tuple(fc.constantFrom(0x14, 0x24), fc.constantFrom(0, 1, 2, 0xffffffff)),
    fc.tuple(fc.constantFrom(0, 4, 8, 0xc, 0x10, 0x34, 0x60, 0xfc, 0x64), fc.nat()),
    fc.tuple(fc.constantFrom(0x44), fc.constantFrom(0, 1, 1, 5)),
    fc.tuple(fc.constant(0x50), fc.constantFrom(0, 1, 2, 5000)),
  ),
}).map(({ slot, access: [offset, value] }): Access[] => [
  // A queue without a size or a place is made ready in QEMU, not here.
  ...(offset === 0x44 && value !== 0 ? QUEUE_PLACE.map(([at, place]) => ({ slot, offset: at, size: 4, value: place })) : []),
  { slot, offset, size: 4, value },
  // A queue that does not exist can be made ready in QEMU: it is looked at, and left again.
  ...(offset === 0x30 && value > (slot === 6 ? 1 : 0) && value < 1024 ? [{ slot, offset: 0x34, size: 4 }, { slot, offset: 0x30, size: 4, value: 0 }] : []),
]);

const QUEUE_PLACE = [[0x38, 8], [0x80, 0x8000_1000], [0x84, 0], [0x90, 0x8000_2000], [0x94, 0], [0xa0, 0x8000_3000], [0xa4, 0]] as const;

const access = fc.oneof(read.map((step): Access[] => [step]), written);

function runHere(steps: readonly Access[]): string[] {
  const rigs = new Map(SLOTS.map(([slot, kind]) => [slot, new Rig(kind)]));
  return steps.map(({ slot, offset, size, value }) => {
    const rig = rigs.get(slot);
    assert(rig !== undefined);
    if (value === undefined) return rig.read(offset, size).toString(16);
    rig.write(offset, value, size);
    rig.settle();
    return '';
  });
}

test('registers of virtio transports equal QEMU', { skip: missingTools(tools.qemu), timeout: 60_000 * SEQUENCES }, async () => {
  const sequences = fc.sample(fc.array(access, { minLength: SEQUENCE_LENGTH, maxLength: SEQUENCE_LENGTH, size: 'max' }), { numRuns: SEQUENCES, seed: 7 });
  for (const sequence of sequences) {
    const steps = sequence.flat();
    const commands = steps.map(({ slot, offset, size, value }) => {
      const gpa = VIRTIO_BASE + 0x1000 * slot + offset;
      return value === undefined ? readCommand(gpa, size) : writeCommand(gpa, size, BigInt(value));
    });
    const theirs = await runInQtest(OPTIONS, commands);
    const ours = runHere(steps);
    assert.equal(theirs.length, steps.length, 'QEMU answered every command');
    const first = ours.findIndex((answer, index) => answer !== theirs[index]);
    if (first === -1) continue;
    assert.fail(`after\n${commands.slice(Math.max(0, first - 25), first + 1).join('\n')}\nhere: "${ours[first]}", QEMU: "${theirs[first]}"`);
  }
});
