/** A replay that is not what was recorded is never silent. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { DivergenceError, readRecording, verifyRecording, type InputEvent } from '../../emulator/index.ts';
import { LogWriter } from '../../emulator/record/log-writer.ts';
import { noAssembler } from '../machine/guests.ts';
import { live, memoryLog, NOTHING, reopen, testHost } from './sessions.ts';

/** The keys are pressed here. */
const KEYS_AT = 50_001;

type Change = (event: InputEvent, digestAfter: number) => InputEvent | undefined;

interface Forgery {
  readonly bytes: Uint8Array;
  /** Positions of the digests before and after the keys. */
  readonly interval: readonly [number, number];
  readonly digestCount: number;
}

/** A recording of the interrupts guest with many digests, rewritten with other events. */
async function forged(change: Change, ending?: number): Promise<Forgery> {
  const log = memoryLog();
  const session = live('interrupts', { log: log.log, timeline: { digestSpacing: 20_000 } });
  await session.runForward(NOTHING, { until: KEYS_AT });
  session.consoleInput(new TextEncoder().encode('hello'));
  await session.runForward(NOTHING, { until: 110_000 });
  session.close();
  const recording = readRecording(log.bytes(), 'true.chrono');
  const marks = recording.digests.map((mark) => mark.at);
  const after = marks.find((at) => at > KEYS_AT) ?? recording.end;
  const forgery = memoryLog();
  const writer = new LogWriter(forgery.log, recording.configuration);
  let next = 0;
  for (const mark of recording.digests) {
    for (let event = recording.events[next]; event !== undefined && event.at < mark.at; event = recording.events[++next]) {
      const changed = change(event, after);
      if (changed !== undefined) writer.event(changed);
    }
    writer.digest(mark.at, mark.digest);
  }
  writer.end(recording.end, ending ?? null);
  return { bytes: forgery.bytes(), interval: [marks.findLast((at) => at < KEYS_AT) ?? 0, after], digestCount: marks.length };
}

const FORGERIES: readonly (readonly [string, Change])[] = [
  ['another byte', (event) => (event.kind === 'console' ? { ...event, bytes: new TextEncoder().encode('hellp') } : event)],
  ['a later key', (event, digestAfter) => (event.kind === 'console' ? { ...event, at: digestAfter } : event)],
  ['a lost key', (event) => (event.kind === 'console' ? undefined : event)],
];

for (const [what, change] of FORGERIES) {
  test(`${what}: the first interval that differs is named`, { skip: noAssembler }, async () => {
    const { bytes, interval } = await forged(change);
    await assert.rejects(verifyRecording({ bytes, name: 'forged.chrono' }, testHost()), (error) => {
      assert.ok(error instanceof DivergenceError);
      assert.deepEqual([error.report.from, error.report.to], interval);
      assert.match(error.message, /differs from the recording between @.* and @.*: .*(registers|devices|memory).*two independent replays agree with each other/);
      return true;
    });
    const session = reopen(bytes);
    await session.seek(interval[1] - 1);
    await assert.rejects(session.runForward(NOTHING), DivergenceError);
    await session.seek(100);
    session.close();
  });
}

test('a true copy verifies', { skip: noAssembler }, async () => {
  const { bytes, digestCount } = await forged((event) => event);
  const verified = await verifyRecording({ bytes, name: 'copy.chrono' }, testHost());
  assert.deepEqual([verified.end, verified.digestsChecked, verified.cut], [110_000, digestCount, undefined]);
});

test('another end is noticed', { skip: noAssembler }, async () => {
  const { bytes } = await forged((event) => event, 5);
  await assert.rejects(verifyRecording({ bytes, name: 'end.chrono' }, testHost()), /ends otherwise than the recording.*goes on.*powers off with exit code 5/);
});
