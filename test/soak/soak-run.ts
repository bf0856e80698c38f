/** One soak: Linux is booted, lived with, and its recording verified; then what was used must be free again. */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';
import { POOL_USED } from '../../emulator/core/layout.ts';
import { createEngine, type Engine } from '../../emulator/engine/engine.ts';
import { bootConfiguration } from '../../emulator/host/boot-files.ts';
import { createLogFile } from '../../emulator/host/node-host.ts';
import { NO_CONDITIONS, PAGE_SIZE, verifyRecording, type MachineConfiguration, type Session, type TimelineOptions } from '../../emulator/index.ts';
import { createLiveSessionOn } from '../../emulator/session/open-session.ts';
import { fixedConfiguration } from '../lockstep/course.ts';
import { testHost } from '../session/sessions.ts';
import type { Random } from './console-input.ts';
import { checkGrowth, checkSample, collectGarbage, countInstances, describeSample, instancesAlive, takeSample, type Limits, type Sample } from './leaks.ts';
import { Wanderer } from './wanderer.ts';

export interface SoakOptions {
  readonly random: Random;
  /** Where the recording goes. */
  readonly file: string;
  /** Deeds at most, and the time for all of it: verifying takes a part of it. */
  readonly deeds: number;
  readonly timeMs: number;
  readonly say: (line: string) => void;
  /** Told before each deed, and at the end. */
  readonly onDeed: (count: number) => void;
}

export interface SoakResult {
  readonly deeds: number;
  readonly hasPoweredOff: boolean;
}

/** Linux is at its prompt after 1.0 G. */
const BOOT_INSTRUCTIONS = 1_050_000_000;
const DEEDS_BETWEEN_SAMPLES = 5;
/** Tight, so that checkpoints and regions are given up all the time. */
const TIMELINE: Partial<TimelineOptions> = { checkpointSpacing: 10_000_000, checkpointCountMax: 40, framesMax: 12 * 1024 };
const REGIONS_MAX = 1000;
const REGION_BYTES_MAX = 24 * 2 ** 20;
/** Nodes of page tables beyond guest pages and checkpoints. */
const FRAMES_SLACK = 4096;
/** Verifying runs what ran live once more, with nothing beside. */
const VERIFY_RATIO = 1.5;

function poolUsed(engine: Engine): number {
  return engine.linear.u32[POOL_USED >>> 2] ?? 0;
}

/** Lives until the time is up, or the deeds are done, or the guest has ended. */
async function live(session: Session, engine: Engine, limits: Limits, options: SoakOptions): Promise<SoakResult> {
  const { random, deeds, timeMs, say, onDeed } = options;
  const begin = performance.now();
  await session.runForward(NO_CONDITIONS, { until: BOOT_INSTRUCTIONS });
  const bootMs = performance.now() - begin;
  const wanderer = new Wanderer(session, random);
  const samples: Sample[] = [];
  const sample = async (): Promise<void> => {
    const taken = await takeSample(session, engine);
    say(describeSample(taken));
    checkSample(taken, limits);
    samples.push(taken);
  };
  let done = 0;
  for (; done < deeds; done++) {
    const verifyMs = VERIFY_RATIO * bootMs * (session.timeline(0).end / BOOT_INSTRUCTIONS);
    if (performance.now() - begin + verifyMs >= timeMs) break;
    onDeed(done);
    if (done % DEEDS_BETWEEN_SAMPLES === 0) await sample();
    if (!(await wanderer.act())) break;
  }
  await sample();
  checkGrowth(samples);
  say(`${done} deeds: ${Object.entries(wanderer.counts).map(([what, count]) => `${count} ${what}`).join(', ')}`);
  return { deeds: done, hasPoweredOff: session.timeline(0).finished };
}

/** The engine is not held by anybody when this has returned. */
async function soakEngine(configuration: MachineConfiguration, options: SoakOptions): Promise<SoakResult & { readonly memory: WeakRef<object> }> {
  const engine = createEngine({ regionLimit: REGIONS_MAX, regionBytesLimit: REGION_BYTES_MAX });
  const constantFrames = poolUsed(engine);
  const session = createLiveSessionOn(engine, { configuration, idle: 'skip', log: createLogFile(options.file), timeline: TIMELINE }, testHost());
  const limits = { frames: (TIMELINE.framesMax ?? 0) + configuration.memorySizeBytes / PAGE_SIZE + FRAMES_SLACK, regions: REGIONS_MAX, regionBytes: REGION_BYTES_MAX };
  try {
    const result = await live(session, engine, limits, options);
    session.close();
    assert.equal(poolUsed(engine), constantFrames, 'all frames are free when the session is closed');
    return { ...result, memory: new WeakRef(engine.memory) };
  } finally {
    session.close();
  }
}

export async function soak(options: SoakOptions): Promise<SoakResult> {
  countInstances();
  await collectGarbage();
  const before = instancesAlive();
  const result = await soakEngine(fixedConfiguration(bootConfiguration({ guest: 'linux' }, String)), options);
  await collectGarbage();
  assert.equal(result.memory.deref(), undefined, 'linear memory is free when nobody holds the session');
  assert.ok(instancesAlive() <= before, `${instancesAlive()} instances are alive after the session, ${before} were before`);
  const begin = performance.now();
  const { end, digestsChecked, eventCount } = await verifyRecording({ bytes: new Uint8Array(readFileSync(options.file)), name: options.file }, testHost());
  options.say(`verified up to @${end.toLocaleString('en-US')}: ${digestsChecked} digests, ${eventCount} inputs, ${((performance.now() - begin) / 1000).toFixed(1)} s`);
  return result;
}
