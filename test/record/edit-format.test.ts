/** Edits in a recording: what is written is read, what is not valid is refused, and recordings of before there were edits open. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createLiveSession, formatPosition, readRecording, verifyRecording, type EditEvent, type InputEvent, type MachineEdit } from '../../emulator/index.ts';
import { decodeValue, encodeValue, type Encodable } from '../../emulator/record/codec.ts';
import { EDIT_BYTES_MAX } from '../../emulator/record/edit-format.ts';
import { frame, PREAMBLE_SIZE } from '../../emulator/record/frames.ts';
import { decodeEvent, encodeEvent, FRAME_EVENTS } from '../../emulator/record/log-format.ts';
import { memoryLog, NOTHING, testHost } from '../session/sessions.ts';
import { tinyGuest } from '../session/tiny-guests.ts';

const DRAM = 0x8000_0000;
const plain = { noNullPrototype: true } as const;
const word = fc.bigInt({ min: 0n, max: 2n ** 64n - 1n });
const edit: fc.Arbitrary<MachineEdit> = fc.oneof(
  fc.record({ kind: fc.constant('memory' as const), gpa: fc.integer({ min: DRAM, max: DRAM + (1 << 20) - 64 }), bytes: fc.uint8Array({ minLength: 1, maxLength: 64 }) }, plain),
  fc.record({ kind: fc.constant('register' as const), register: fc.integer({ min: 1, max: 63 }), value: word }, plain),
  fc.record({ kind: fc.constant('pc' as const), value: word.map((value) => value & ~1n) }, plain),
);

test('what is written is read', () => {
  const event: fc.Arbitrary<EditEvent> = fc.record({ at: fc.nat(), kind: fc.constant('edit' as const), isBehind: fc.boolean(), edits: fc.array(edit, { minLength: 1, maxLength: 20 }) }, plain);
  fc.assert(fc.property(event, (each) => { assert.deepEqual(decodeEvent(decodeValue(encodeValue(encodeEvent(each)))), each); }));
});

const INVALID: readonly (readonly [string, Encodable])[] = [
  ['nothing', null], ['no edits', [false, []]], ['no side of the boundary', [0, [[2, '0']]]], ['an unknown kind', [false, [[3, '0']]]],
  ['a register that is none', [false, [[1, 64, '0']]]], ['x0', [false, [[1, 0, '0']]]], ['an odd pc', [false, [[2, '1']]]], ['a value that is too long', [false, [[2, '10000000000000000']]]],
  ['an address of no memory', [false, [[0, DRAM - 1, Uint8Array.of(1)]]]], ['no bytes', [false, [[0, DRAM, new Uint8Array(0)]]]], ['a value that is a number', [false, [[1, 1, 1]]]],
  ['too many bytes', [false, [[0, DRAM, new Uint8Array(EDIT_BYTES_MAX)], [0, DRAM, new Uint8Array(1)]]]], ['one of two that is not valid', [false, [[2, '0'], [2, '3']]]],
];
for (const [what, value] of INVALID) {
  test(`${what} is no edit`, () => { assert.equal(decodeEvent(decodeValue(encodeValue([5, 5, value]))), undefined); });
}

/** A recording of a guest that computes for ever, with `events` behind what was recorded, and another version number. */
async function recording(version: number, events: readonly InputEvent[]): Promise<Uint8Array> {
  const log = memoryLog();
  const session = createLiveSession({ configuration: tinyGuest('spin'), log: log.log, timeline: { digestSpacing: 1000 } }, testHost());
  session.consoleInput(Uint8Array.of(65));
  await session.runForward(NOTHING, { until: 5000 });
  const added = frame(FRAME_EVENTS, encodeValue([6000, events.map(encodeEvent)]));
  const bytes = new Uint8Array(Buffer.concat([log.bytes(), added]));
  session.close();
  new DataView(bytes.buffer).setUint32(PREAMBLE_SIZE - 4, version, true);
  return bytes;
}

const someEdit = (gpa: number): EditEvent => ({ at: 5500, kind: 'edit', isBehind: false, edits: [{ kind: 'memory', gpa, bytes: Uint8Array.of(1, 2) }] });

test('a recording of before there were edits opens and replays', async () => {
  const bytes = await recording(2, []);
  assert.equal(readRecording(bytes, 'x.chrono').version, 2);
  assert.equal((await verifyRecording({ bytes, name: 'x.chrono' }, testHost())).end, 6000);
});

const DAMAGED: readonly (readonly [string, number, number])[] = [['in a version without edits', 2, DRAM], ['behind the end of memory', 4, DRAM + (1 << 20) - 1]];
for (const [what, version, gpa] of DAMAGED) {
  test(`an edit ${what} is refused`, async () => {
    const bytes = await recording(version, [someEdit(gpa)]);
    assert.throws(() => { readRecording(bytes, 'x.chrono'); }, new RegExp(`x.chrono is damaged: the edit at ${formatPosition(5500)}`));
  });
}
