/** Going back from far inside of a run: how long a person waits. */
import { readFileSync } from 'node:fs';
import { createLiveSession, NO_CONDITIONS, type Session, type SessionStop, type StopConditions } from '../../emulator/index.ts';
import { nodeHost } from '../../emulator/host/node-host.ts';
import { Program } from '../../debug-adapter/symbols/program.ts';
import { configurationOf } from './bench-guests.ts';
import { percentile } from './report.ts';

export interface StepBackTask {
  readonly elf: string;
  /** Where the run stops and the way back begins, in instructions. */
  readonly position: number;
  /** Steps back from there, one after the other. */
  readonly steps: number;
  /** Seeks to places before, with some steps back from each. */
  readonly seeks: number;
  /** Symbols to go back to: code, and data that is written. */
  readonly breakpoints: readonly string[];
  readonly watches: readonly string[];
}

export interface Landing {
  readonly what: string;
  readonly ms: number;
  readonly distance: number;
  readonly found: boolean;
}

export interface StepBackFigures {
  readonly position: number;
  /** The first step back, before anything was replayed. */
  readonly firstMs: number;
  readonly count: number;
  readonly medianMs: number;
  readonly p95Ms: number;
  readonly maxMs: number;
  /** Of the seeks themselves. */
  readonly seekMedianMs: number;
  readonly seekMaxMs: number;
  readonly landings: readonly Landing[];
}

const STEPS_AFTER_SEEK = 10;
/** Seeks go this far back at most: half a second of the guest's life. */
const SEEK_DISTANCE_MAX = 200_000_000;

async function timed<Result>(work: () => Promise<Result>): Promise<{ result: Result; ms: number }> {
  const begin = performance.now();
  const result = await work();
  return { result, ms: performance.now() - begin };
}

export async function measureStepBack(task: StepBackTask): Promise<StepBackFigures> {
  const session = createLiveSession({ configuration: configurationOf(task.elf), idle: 'skip' }, nodeHost);
  await session.runForward(NO_CONDITIONS, { until: task.position });
  const { position } = session.timeline(0);
  const times: number[] = [];
  for (let step = 0; step < task.steps; step++) times.push(await stepBack(session));
  const [firstMs = Number.NaN] = times;
  const seekTimes: number[] = [];
  let random = 1;
  for (let seek = 0; seek < task.seeks; seek++) {
    random = (random * 48_271) % 0x7fff_ffff;
    const target = position - 1 - (random % Math.min(SEEK_DISTANCE_MAX, position - STEPS_AFTER_SEEK - 1));
    seekTimes.push((await timed(() => session.seek(target))).ms);
    for (let step = 0; step < STEPS_AFTER_SEEK; step++) times.push(await stepBack(session));
  }
  const landings = await measureLandings(session, task, position);
  session.close();
  return {
    position, firstMs, count: times.length, medianMs: percentile(times, 0.5), p95Ms: percentile(times, 0.95), maxMs: Math.max(...times),
    seekMedianMs: percentile(seekTimes, 0.5), seekMaxMs: Math.max(...seekTimes), landings,
  };
}

async function stepBack(session: Session): Promise<number> {
  const before = session.timeline(0).position;
  const { ms } = await timed(() => session.stepBackward());
  const after = session.timeline(0).position;
  if (after !== before - 1) throw new Error(`a step back from ${before} came to ${after}`);
  return ms;
}

/** Reverse continue from `position`, to each of the conditions alone. */
async function measureLandings(session: Session, task: StepBackTask, position: number): Promise<Landing[]> {
  const program = new Program(new Uint8Array(readFileSync(task.elf)), task.elf);
  const symbol = (name: string): { address: bigint; sizeBytes: number } => {
    const found = program.symbol(name);
    if (found === undefined) throw new Error(`${task.elf} has no symbol ${name}`);
    return found;
  };
  const conditions: { what: string; stop: StopConditions }[] = [
    ...task.breakpoints.map((name) => ({ what: `breakpoint ${name}`, stop: { ...NO_CONDITIONS, breakpoints: new Set([symbol(name).address]) } })),
    ...task.watches.map((name) => {
      const { address, sizeBytes } = symbol(name);
      return { what: `write of ${name}`, stop: { ...NO_CONDITIONS, watches: [{ address, sizeBytes: sizeBytes === 0 ? 8 : sizeBytes, kind: 'write' as const }] } };
    }),
  ];
  const landings: Landing[] = [];
  for (const { what, stop } of conditions) {
    await session.seek(position);
    const { result, ms } = await timed<SessionStop>(() => session.runBackward(stop));
    landings.push({ what, ms, distance: position - result.position, found: result.reason === 'breakpoint' || result.reason === 'watch' });
  }
  return landings;
}
