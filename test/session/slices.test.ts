/** Whatever the guest does, and wherever the machine goes, the host gets its turn after about 10 ms, so that pause and all requests are answered. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { test, type TestContext } from 'node:test';
import { createLiveSession, NO_CONDITIONS, type Session, type SessionStop, type StopConditions } from '../../emulator/index.ts';
import { nodeHost } from '../../emulator/host/node-host.ts';
import { percentile } from '../bench/report.ts';
import { tinyGuest, type TinyGuest } from './tiny-guests.ts';

const SCHEDULE = `/proc/${process.pid}/task/${process.pid}/schedstat`;
const ROUNDS = 10;
const MOVE_MS = 60;
const CONDITION_MS = 0.02;
/** Processor time, which a loaded host does not stretch. Pause is answered after a slice: within 50 ms. */
const SLICE_P95_MS = 30;
/** The first slices of a guest wait for compilers too. */
const SLICE_MAX_MS = 250;

/** Processor time of the main thread, in ms. */
const cpuMs = (): number => Number.parseFloat(readFileSync(SCHEDULE, 'utf8')) / 1e6;

class Slices {
  readonly lengthsMs: number[] = [];
  #beginMs = cpuMs();
  readonly host = {
    ...nodeHost,
    yield: async (): Promise<void> => {
      this.end();
      await nodeHost.yield();
      this.begin();
    },
  };

  begin(): void {
    this.#beginMs = cpuMs();
  }

  end(): void {
    this.lengthsMs.push(cpuMs() - this.#beginMs);
  }
}

/** Moves again and again, cancelled after a while; the wall time from the cancel to the answer of each. */
async function cancelled(slices: Slices, move: (signal: AbortSignal, round: number) => Promise<SessionStop>): Promise<number[]> {
  const answersMs: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const controller = new AbortController();
    let abortedMs = Infinity;
    const timer = setTimeout(() => {
      abortedMs = performance.now();
      controller.abort();
    }, MOVE_MS);
    slices.begin();
    await move(controller.signal, round);
    slices.end();
    clearTimeout(timer);
    if (abortedMs !== Infinity) answersMs.push(performance.now() - abortedMs);
  }
  return answersMs;
}

async function check(context: TestContext, name: TinyGuest, what: string, move: (session: Session, signal: AbortSignal, round: number) => Promise<SessionStop>): Promise<void> {
  const slices = new Slices();
  const session = createLiveSession({ configuration: tinyGuest(name), timeline: { checkpointSpacing: 1e9 } }, slices.host);
  const answersMs = await cancelled(slices, (signal) => session.runForward(NO_CONDITIONS, { signal }));
  if (what !== 'live') {
    slices.lengthsMs.length = answersMs.length = 0;
    answersMs.push(...await cancelled(slices, (signal, round) => move(session, signal, round)));
  }
  session.close();
  const p95 = percentile(slices.lengthsMs, 0.95);
  const most = Math.max(...slices.lengthsMs);
  context.diagnostic(`${slices.lengthsMs.length} slices, processor time p95 ${p95.toFixed(1)} ms, longest ${most.toFixed(1)} ms; answered after ${percentile(answersMs, 0.95).toFixed(1)} ms (p95 of ${answersMs.length}, wall)`);
  assert.ok(p95 <= SLICE_P95_MS, `the 95th percentile of slices is ${p95} ms`);
  assert.ok(most <= SLICE_MAX_MS, `the longest slice is ${most} ms`);
}

const skip = existsSync(SCHEDULE) ? false : 'this host does not tell the processor time of a thread';
/** Takes as long as a condition that reads memory and variables; refused at every instruction. */
const slow: StopConditions = {
  ...NO_CONDITIONS, breakpoints: new Set([0x8000_0000n]),
  accept: () => {
    const beginMs = performance.now();
    while (performance.now() - beginMs < CONDITION_MS);
    return false;
  },
};
const never = { ...NO_CONDITIONS, breakpoints: new Set([0xdead_0000n]) };

for (const name of ['spin', 'print', 'echo'] as const) {
  test(`${name}: live`, { skip }, (context) => check(context, name, 'live', () => Promise.reject(new Error('not called'))));
  test(`${name}: replaying`, { skip }, (context) => check(context, name, 'replaying', (session, signal, round) => {
    const { end } = session.timeline(0);
    return session.seek(round % 2 === 0 ? 1000 + round : end - round, { signal });
  }));
  test(`${name}: searching backward`, { skip }, (context) => check(context, name, 'searching backward', async (session, signal) => {
    const there = await session.seek(session.timeline(0).end, { signal });
    return there.reason === 'paused' ? there : session.runBackward(never, { signal });
  }));
}

test('spin: a slow condition, asked at every instruction', { skip }, (context) => check(context, 'spin', 'conditions', (session, signal) => session.runForward(slow, { signal })));

test('spin: the same backward', { skip }, (context) => check(context, 'spin', 'conditions backward', async (session, signal) => {
  const there = await session.seek(session.timeline(0).end, { signal });
  return there.reason === 'paused' ? there : session.runBackward(slow, { signal });
}));
