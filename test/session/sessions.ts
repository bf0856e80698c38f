/** Sessions on test guests: a host whose sleep takes no time, recordings in memory. */
import { performance } from 'node:perf_hooks';
import { createLiveSession, openRecording, type Host, type LiveOptions, type Session, type StopConditions, type TimelineOptions } from '../../emulator/index.ts';
import { diskDevices, guest, type GuestName } from '../machine/guests.ts';

export const NOTHING: StopConditions = { breakpoints: new Set(), watches: [], caughtCauses: new Set() };

/** Real time for slices; a sleep only moves the clock. */
export function testHost(): Host & { sleptMs: number } {
  let random = 1;
  const host = {
    sleptMs: 0,
    yield: () => new Promise<void>((resolve) => { setImmediate(resolve); }),
    sleep: async (ms: number) => {
      host.sleptMs += ms;
      await new Promise<void>((resolve) => { setImmediate(resolve); });
    },
    monotonicMs: () => performance.now() + host.sleptMs,
    wallClockNs: () => 1_700_000_000_123_456_789n,
    entropy: (sizeBytes: number) => Uint8Array.from({ length: sizeBytes }, () => (random = Math.imul(random, 0x2c1b3c6d) + 12345) >>> 24),
  };
  return host;
}

export interface MemoryLog {
  readonly log: { append(bytes: Uint8Array): void; close(): void };
  /** What was written so far. */
  bytes(): Uint8Array;
}

export function memoryLog(): MemoryLog {
  const chunks: Uint8Array[] = [];
  return {
    log: { append: (bytes) => { chunks.push(bytes.slice()); }, close: () => undefined },
    bytes: () => new Uint8Array(Buffer.concat(chunks)),
  };
}

export function live(name: GuestName, options: Partial<LiveOptions> = {}): Session {
  return createLiveSession({ configuration: guest(name).configuration, idle: 'skip', ...options }, testHost());
}

export function reopen(bytes: Uint8Array, timeline: Partial<TimelineOptions> = {}): Session {
  return openRecording({ bytes, name: 'test.chrono', timeline, drives: diskDevices.drives ?? [] }, testHost());
}

export interface History {
  readonly bytes: Uint8Array;
  readonly end: number;
  /** Digests at some positions, taken while the machine ran live. */
  readonly digests: ReadonlyMap<number, string>;
  readonly console: string;
}

/** Runs a guest live for a while, with random pauses, steps and keys, and records it. */
export async function recordHistory(name: GuestName, random: (below: number) => number, timeline: Partial<TimelineOptions> = {}): Promise<History> {
  const log = memoryLog();
  const session = live(name, { log: log.log, timeline });
  const digests = new Map<number, string>();
  for (let stop = 0; stop < 40; stop++) {
    digests.set(session.timeline().position, session.digest());
    const length = random(3) === 0 ? 1 + random(5) : 1 + random(20_000);
    if ((name === 'interrupts' || name === 'disk') && random(2) === 0) session.consoleInput(Uint8Array.from({ length: 1 + random(20) }, () => 97 + random(16)));
    const reached = await session.runForward(NOTHING, { until: session.timeline().position + length });
    if (reached.reason === 'power-off') break;
  }
  const { end } = session.timeline();
  digests.set(end, session.digest());
  const console = Buffer.from(session.consoleText()).toString('latin1');
  session.close();
  return { bytes: log.bytes(), end, digests, console };
}

/** A reproducible source of randomness (mulberry32). */
export function randomFrom(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), 1 | state);
    word = (word + Math.imul(word ^ (word >>> 7), 61 | word)) ^ word;
    return Math.floor((((word ^ (word >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

/** Instructions that a detour of `visit` is away, at most. */
const NEAR = 2_000_000;

/** Comes to a position in one of four ways: by a seek, with a detour behind or before it, or with a step there and back. */
export async function visit(session: Session, position: number, way: number, random: (below: number) => number): Promise<void> {
  const { end } = session.timeline(0);
  if (way === 1) await session.seek(Math.min(end, position + random(NEAR)));
  if (way === 2) await session.seek(Math.max(0, position - random(NEAR)));
  if (way === 2) await session.runForward(NOTHING, { until: position });
  else await session.seek(position);
  if (way !== 3 || position === end) return;
  await session.stepForward();
  await session.stepBackward();
}
