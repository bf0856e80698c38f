/** What a user types and pastes, and the size of his terminal: nothing is lost, nothing floods the guest, all is recorded. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLiveSession, readRecording, recordingInfo, verifyRecording, type InputEvent, type MachineConfiguration } from '../../emulator/index.ts';
import { memoryLog, NOTHING, testHost } from './sessions.ts';
import { tinyGuest } from './tiny-guests.ts';

const PASTE_BYTES = 100 * 1024;
const EVENT_BYTES_MAX = 1024;
/** See CONSOLE_BURST_SIZE. */
const BURST_BYTES = 4096;
const BURST_INSTRUCTIONS = 4_000_000;

const consoleEvents = (events: readonly InputEvent[]): Extract<InputEvent, { kind: 'console' }>[] => events.flatMap((event) => (event.kind === 'console' ? [event] : []));

test('a paste of 100 KiB arrives whole and in order, in bounded pieces, and replays', async () => {
  const log = memoryLog();
  const session = createLiveSession({ configuration: tinyGuest('echo'), log: log.log }, testHost());
  const paste = Uint8Array.from({ length: PASTE_BYTES }, (_, at) => 32 + ((at * 7 + (at >> 8)) % 90));
  await session.runForward(NOTHING, { until: 1000 });
  for (let at = 0; at < paste.length; at += 30_000) assert.equal(session.consoleInput(paste.subarray(at, at + 30_000)), true);
  assert.equal(session.consoleInputWaiting, PASTE_BYTES);
  await session.runForward(NOTHING, { until: 1000 + Math.ceil(PASTE_BYTES / BURST_BYTES) * BURST_INSTRUCTIONS });
  assert.deepEqual(Buffer.from(session.consoleText()), Buffer.from(paste));
  assert.equal(session.consoleInputWaiting, 0);
  session.close();
  const events = consoleEvents(readRecording(log.bytes(), 'x.chrono').events);
  assert.deepEqual(Buffer.concat(events.map(({ bytes }) => bytes)), Buffer.from(paste));
  assert.ok(events.every(({ bytes }) => bytes.length <= EVENT_BYTES_MAX));
  for (const { at } of events) {
    const burst = events.filter((event) => event.at >= at && event.at < at + BURST_INSTRUCTIONS).reduce((sum, { bytes }) => sum + bytes.length, 0);
    assert.ok(burst <= BURST_BYTES, `${burst} bytes from @${at} on`);
  }
  await verifyRecording({ bytes: log.bytes(), name: 'x.chrono' }, testHost());
});

test('what is typed is there at once', async () => {
  const session = createLiveSession({ configuration: tinyGuest('echo') }, testHost());
  for (let key = 0; key < 50; key++) {
    session.consoleInput(Uint8Array.of(65 + key));
    await session.runForward(NOTHING, { until: session.timeline().position + 20 });
    assert.equal(session.consoleText().length, key + 1);
  }
  session.close();
});

test('a guest that waits and never reads: the paste waits too, the host sleeps, and pause works', async () => {
  let sleeps = 0;
  const controller = new AbortController();
  const host = { ...testHost(), sleep: () => { if (++sleeps === 3) controller.abort(); return Promise.resolve(); } };
  const session = createLiveSession({ configuration: tinyGuest('wait') }, host);
  session.consoleInput(new Uint8Array(PASTE_BYTES));
  const stop = await session.runForward(NOTHING, { signal: controller.signal });
  assert.equal(stop.reason, 'paused');
  assert.ok(sleeps === 3 && session.consoleInputWaiting > 0 && session.consoleInputWaiting < PASTE_BYTES, `${sleeps} sleeps, ${session.consoleInputWaiting} bytes wait`);
  session.close();
});

// ---- the size of the terminal ----------------------------------------------------------------------------------------

const withConsole: MachineConfiguration = tinyGuest('spin', { devices: { console: true, consoleInput: 'virtio', terminalSize: { columns: 80, rows: 24 } } });

test('a size is recorded where the guest is told, and replayed there', async () => {
  const log = memoryLog();
  const session = createLiveSession({ configuration: withConsole, log: log.log }, testHost());
  await session.runForward(NOTHING, { until: 5000 });
  const before = session.digest();
  session.terminalSize({ columns: 100, rows: 30 });
  session.terminalSize({ columns: 132, rows: 50 });
  assert.equal(session.digest(), before, 'nothing changes where the machine stands');
  await session.runForward(NOTHING, { until: 9000 });
  session.terminalSize({ columns: 132, rows: 50 });
  await session.runForward(NOTHING, { until: 10_000 });
  const after = session.digest();
  await session.seek(5000);
  assert.equal(session.digest(), before);
  await session.seek(10_000);
  assert.equal(session.digest(), after);
  session.close();
  const bytes = log.bytes();
  const recording = readRecording(bytes, 'x.chrono');
  assert.deepEqual(recording.events.filter(({ kind }) => kind === 'terminal-size'), [
    { at: 5000, kind: 'terminal-size', columns: 132, rows: 50 }, { at: 9000, kind: 'terminal-size', columns: 132, rows: 50 },
  ]);
  assert.deepEqual(recording.configuration.devices?.terminalSize, { columns: 80, rows: 24 });
  assert.equal(recordingInfo({ bytes, name: 'x' }).version, 4);
  assert.equal(recordingInfo({ bytes, name: 'x' }).events.at(-1)?.summary, 'terminal of 132 columns and 50 rows');
  await verifyRecording({ bytes, name: 'x.chrono' }, testHost());
});

test('a guest that cannot be told is not, and nothing of it is recorded', async () => {
  for (const devices of [undefined, { console: true }]) {
    const log = memoryLog();
    const session = createLiveSession({ configuration: tinyGuest('spin', devices === undefined ? {} : { devices }), log: log.log }, testHost());
    await session.runForward(NOTHING, { until: 1000 });
    session.terminalSize({ columns: 100, rows: 30 });
    await session.runForward(NOTHING, { until: 2000 });
    session.close();
    const { events } = readRecording(log.bytes(), 'x.chrono');
    assert.deepEqual(events.map(({ kind }) => kind), ['rtc-base']);
  }
});

test('a size ends the wait of a guest', async () => {
  const host = { ...testHost(), sleep: () => { session.terminalSize({ columns: 90, rows: 20 }); return Promise.resolve(); } };
  const session = createLiveSession({ configuration: { ...withConsole, images: tinyGuest('wait').images } }, host);
  const stop = await session.runForward(NOTHING, { until: 10 });
  assert.deepEqual(stop, { reason: 'seek', position: 10 });
  assert.ok(session.timeline().events.filter(({ kind }) => kind === 'terminal-size').length >= 4);
  session.close();
});
