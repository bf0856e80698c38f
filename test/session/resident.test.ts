/** What a session does not keep in memory. */
import assert from 'node:assert/strict';
import { setImmediate } from 'node:timers/promises';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { createLiveSession, NO_CONDITIONS, openRecording, type GuestImage, type Session } from '../../emulator/index.ts';
import { memoryLog, testHost } from './sessions.ts';
import { tinyGuest } from './tiny-guests.ts';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

interface Opened {
  readonly session: Session;
  readonly kept: readonly WeakRef<object>[];
}

function live(): Opened {
  const configuration = tinyGuest('spin');
  return { session: createLiveSession({ configuration, log: memoryLog().log, idle: 'skip' }, testHost()), kept: bytesOf(configuration.images) };
}

function recorded(bytes: Uint8Array): Opened {
  let kept: readonly WeakRef<object>[] = [];
  const session = openRecording({ bytes, name: 'x.chrono', onImages: (images) => { kept = bytesOf(images); } }, testHost());
  return { session, kept: [...kept, new WeakRef(bytes)] };
}

function bytesOf(images: readonly GuestImage[]): readonly WeakRef<object>[] {
  return images.map(({ bytes }) => new WeakRef(bytes));
}

async function recording(): Promise<Uint8Array> {
  const log = memoryLog();
  const session = createLiveSession({ configuration: tinyGuest('spin'), log: log.log, idle: 'skip' }, testHost());
  await session.runForward(NO_CONDITIONS, { until: 10_000 });
  session.close();
  return log.bytes();
}

async function check(open: () => Opened | Promise<Opened>): Promise<void> {
  const { session, kept } = await open();
  await session.runForward(NO_CONDITIONS, { until: 5000 });
  await setImmediate();
  collect();
  assert.notEqual(kept.length, 0);
  assert.deepEqual(kept.map((reference) => reference.deref()), kept.map(() => undefined));
  assert.equal(session.timeline().position, 5000);
  session.close();
}

test('a live session keeps no copy of its images', () => check(live));
test('a session of a recording keeps neither its images nor the file', () => check(async () => recorded(await recording())));
