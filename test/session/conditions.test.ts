/**
 * Conditions are asked once for each time that a place is passed, with the machine as it is there: the list of questions is the same
 * interpreted, translated, cut into slices, with pauses, stop by stop; and what is accepted is found one by one backward.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import type { Met, Session, StopConditions } from '../../emulator/index.ts';
import { createEngine, type EngineOptions } from '../../emulator/engine/engine.ts';
import { Machine } from '../../emulator/machine/machine.ts';
import { readRecording } from '../../emulator/record/recording.ts';
import { withDrives } from '../../emulator/record/recorded-devices.ts';
import { Replayer } from '../../emulator/record/replayer.ts';
import { MachineInspection } from '../../emulator/session/inspection.ts';
import { openRecordingOn } from '../../emulator/session/open-session.ts';
import type { Inspection } from '../../emulator/session/session-types.ts';
import { diskDevices, guest, noAssembler, type GuestName } from '../machine/guests.ts';
import { live, memoryLog, NOTHING, randomFrom, recordHistory, testHost } from './sessions.ts';

const FUZZ_RUNS = Number(process.env['FUZZ_RUNS'] ?? 5);
const LENGTH = 20_000;
/** Where every instruction is asked for. */
const LENGTH_DENSE = 2500;
const CODE_HALFWORDS = 160;
/** Enough for the guest `churn`, but not for its checkpoints. */
const FRAMES_SHORT = 1000;
const MINSTRET = 0xb02;
const TIME = 0xc01;
const MIP = 0x344;

interface Subject {
  readonly name: GuestName;
  readonly symbols: readonly string[];
  readonly variables: readonly string[];
}

const SUBJECTS: readonly Subject[] = [
  { name: 'interrupts', symbols: ['trap', 'work', 'on_timer', 'on_key', 'done_key', 'after wfi'], variables: ['sum', 'key', 'ticks', 'ring'] },
  { name: 'churn', symbols: ['trap', 'patched', 'round', 'call_patched'], variables: ['spot', 'heap'] },
  { name: 'stale', symbols: ['supervisor', 'round', 'seen'], variables: ['log', 'page_a'] },
];

function addressOf(name: GuestName, symbol: string): bigint {
  // `work` returns to the loop, whose last two instructions are `wfi` and `j`.
  return symbol === 'after wfi' ? guest(name).symbol('work') - 2n : guest(name).symbol(symbol);
}

/** What is asked, and what is to be seen meanwhile. */
function describe(met: Met, inspect: Inspection): string {
  const { kind, position } = met;
  const what = kind === 'watch' ? `${met.access} ${met.sizeBytes} at ${met.address.toString(16)}` : met.pc.toString(16);
  const cause = kind === 'trap' || kind === 'interrupt' ? ` cause ${met.cause}` : '';
  const registers = [5, 8, 10, 30].map((index) => inspect.register(index).toString(16)).join();
  assert.equal(inspect.csr(MINSTRET), BigInt(position), 'no guest here writes its counters');
  const memory = Buffer.from(inspect.readVirtual(inspect.register(2), 16)).toString('hex');
  return `@${position} ${kind} ${what}${cause}: pc ${inspect.pc.toString(16)} x ${registers} f ${inspect.floatRegister(1)} time ${inspect.csr(TIME)} mip ${inspect.csr(MIP)} sp ${memory} ${inspect.privilege}`;
}

interface Scenario {
  readonly conditions: StopConditions;
  readonly accepts: (met: Met) => boolean;
}

function scenarioOf({ name, symbols, variables }: Subject): fc.Arbitrary<Scenario> {
  const start = guest(name).symbol('_start');
  const kind = fc.constantFrom('read', 'write', 'access');
  return fc.record({
    places: fc.subarray([...symbols]), offsets: fc.oneof(fc.array(fc.nat(CODE_HALFWORDS), { maxLength: 12 }), fc.constant(Array.from({ length: CODE_HALFWORDS }, (_, index) => index))),
    watches: fc.array(fc.record({ variable: fc.constantFrom(...variables), offset: fc.nat(40), sizeBytes: fc.constantFrom(1, 4, 8, 64), kind }), { maxLength: 3 }),
    causes: fc.constantFrom<readonly number[]>([], [2], [2, 3, 8, 9, 12, 13, 15]), interrupts: fc.constantFrom<readonly number[]>([], [7], [11], [3, 7, 9, 11]),
    modulus: fc.constantFrom(1, 3, 50, 1000), salt: fc.nat(1000),
  }).map(({ places, offsets, watches, causes, interrupts, modulus, salt }) => ({
    conditions: {
      breakpoints: new Set([...places.map((place) => addressOf(name, place)), ...offsets.map((offset) => start + BigInt(2 * offset))]),
      watches: watches.map((watch) => ({ address: guest(name).symbol(watch.variable) + BigInt(watch.offset), sizeBytes: watch.sizeBytes, kind: watch.kind })),
      caughtCauses: new Set(causes), caughtInterrupts: new Set(interrupts),
    },
    accepts: (met) => (Math.imul(met.position + salt, 0x9e3779b1) >>> 12) % modulus === met.kind.length % modulus,
  }));
}

/** Conditions that note every question. */
function noting(conditions: StopConditions, inspect: Inspection, accepts: (met: Met) => boolean): { conditions: StopConditions; asked: string[]; accepted: { met: Met; pc: bigint }[] } {
  const asked: string[] = [];
  const accepted: { met: Met; pc: bigint }[] = [];
  const accept = (met: Met): boolean => {
    asked.push(describe(met, inspect));
    if (accepts(met)) accepted.push({ met, pc: inspect.pc });
    return accepts(met);
  };
  return { conditions: { ...conditions, accept }, asked, accepted };
}

function open(bytes: Uint8Array, options: EngineOptions, checkpointSpacing: number): Session {
  return openRecordingOn(createEngine(options), { bytes, name: 'test.chrono', drives: diskDevices.drives ?? [], timeline: { checkpointSpacing } }, testHost());
}

/** All questions of one replay without a stop. */
async function passed(session: Session, { conditions, accepts }: Scenario, end: number): Promise<ReturnType<typeof noting>> {
  const notes = noting(conditions, session.inspect, accepts);
  assert.equal(await session.passThrough(0, end, notes.conditions), 'done');
  return notes;
}

/** The same by the machine alone, in slices. */
function sliced(bytes: Uint8Array, { conditions, accepts }: Scenario, end: number, sliceMax: number, options: EngineOptions): string[] {
  const recording = readRecording(bytes, 'test.chrono');
  const machine = new Machine(createEngine(options), withDrives(recording.configuration, diskDevices.drives ?? [], 'test.chrono'));
  const door = new Replayer(recording.events, recording.end);
  door.rewind(0);
  const notes = noting(conditions, new MachineInspection(machine), accepts);
  const random = randomFrom(sliceMax);
  let skip = false;
  while (machine.icount < end) {
    const stop = machine.run(Math.min(end, machine.icount + 1 + random(sliceMax)), notes.conditions, door, skip);
    skip = stop.reason === 'breakpoint';
  }
  machine.close();
  return notes.asked;
}

/** Forward, stop by stop, with places to pause, ends of motions, looks backward, and digests in between. */
async function walked(session: Session, { conditions, accepts }: Scenario, end: number, random: (below: number) => number): Promise<ReturnType<typeof noting>> {
  const notes = noting(conditions, session.inspect, accepts);
  await session.seek(0);
  // What is met at the start does not count.
  if (notes.asked.length === 0) await session.passThrough(0, 0, notes.conditions);
  while (session.timeline(0).position < end) {
    const { position } = session.timeline(0);
    const controller = new AbortController();
    if (random(3) === 0) setImmediate(() => { controller.abort(); });
    const until = random(2) === 0 ? end : Math.min(end, position + 1 + random(3000));
    await session.runForward(notes.conditions, { until, signal: controller.signal });
    if (random(4) === 0) session.digest();
    if (random(50) === 0) await session.passThrough(0, Math.min(position, 5000), { ...conditions, accept: () => true });
  }
  return notes;
}

/** Of the questions, without those about the state at `at`. */
const without = (asked: readonly string[], at: number): string[] => asked.filter((question) => !question.startsWith(`@${at} breakpoint`));

for (const subject of SUBJECTS) {
  test(`${subject.name}: asked once, wherever runs are cut; found one by one backward`, { skip: noAssembler }, async () => {
    const history = await recordHistory(subject.name, randomFrom(77), {});
    await fc.assert(fc.asyncProperty(scenarioOf(subject), fc.nat(1e6), async (scenario, seed) => {
      const random = randomFrom(seed);
      const end = Math.min(history.end, scenario.conditions.breakpoints.size >= CODE_HALFWORDS ? LENGTH_DENSE : LENGTH);
      const session = open(history.bytes, { translateAfter: Infinity }, 7000);
      const reference = await passed(session, scenario, end);
      const translated = open(history.bytes, { translateAfter: 0 }, Infinity);
      assert.deepEqual((await passed(translated, scenario, end)).asked, reference.asked, 'translated');
      for (const [sliceMax, options] of [[1, { translateAfter: Infinity }], [40, { translateAfter: 0 }], [20_000, { translateAfter: 2 }]] as const) {
        assert.deepEqual(sliced(history.bytes, scenario, end, sliceMax, options), reference.asked, `slices of up to ${sliceMax}`);
      }
      assert.equal(session.timeline(0).position, 0, 'passThrough comes back');
      await checkPart(session, scenario, reference.asked, random(end), end);
      const forward = await walked(translated, scenario, end, random);
      // The first state is not met by a walk that begins there, the last one is.
      assert.deepEqual(without(without(forward.asked, end), 0), without(reference.asked, 0), 'stop by stop');
      await session.seek(end);
      const digest = session.digest();
      assert.equal(digest, history.digests.get(end) ?? digest);
      await checkBackward(session, scenario, reference.accepted);
      await session.seek(end);
      assert.equal(session.digest(), digest, 'nothing was changed by looking');
      await translated.seek(end);
      assert.equal(translated.digest(), digest);
      session.close();
      translated.close();
    }), { numRuns: FUZZ_RUNS });
  });
}

/** A part of the history, from anywhere: what its instructions meet, and the boundaries before them. */
async function checkPart(session: Session, { conditions, accepts }: Scenario, asked: readonly string[], from: number, end: number): Promise<void> {
  const to = from + Math.floor((end - from) / 3);
  await session.seek(Math.floor(end / 2));
  const digest = session.digest();
  const notes = noting(conditions, session.inspect, accepts);
  assert.equal(await session.passThrough(from, to, notes.conditions), 'done');
  const isWithin = (question: string): boolean => {
    const [, position = '', kind = ''] = /^@(\d+) (\w+)/.exec(question) ?? [];
    const instruction = kind === 'watch' || kind === 'trap' ? Number(position) - 1 : Number(position);
    return instruction >= from && instruction < to;
  };
  assert.deepEqual(notes.asked, asked.filter(isWithin), `from ${from} to ${to}`);
  await session.passThrough(0, end, conditions, { signal: AbortSignal.abort() });
  assert.deepEqual([session.timeline(0).position, session.digest()], [Math.floor(end / 2), digest], 'stands where it stood');
}

/** Where a motion backward stands for a hit: at the instruction that accesses or traps. */
const standing = ({ kind, position }: Met): number => (kind === 'watch' || kind === 'trap' ? position - 1 : position);

/** From the end, one by one for a while, then from anywhere. */
async function checkBackward(session: Session, { conditions, accepts }: Scenario, accepted: readonly { met: Met; pc: bigint }[]): Promise<void> {
  const positions = [...new Set(accepted.map(({ met }) => standing(met)))].sort((one, other) => one - other);
  const breakpoints = new Set(accepted.flatMap(({ met }) => (met.kind === 'breakpoint' ? [`${met.position} ${met.pc}`] : [])));
  const found: number[] = [];
  for (let count = 0; count < 60; count++) {
    const stop = await session.runBackward({ ...conditions, accept: accepts });
    if (stop.reason === 'beginning') break;
    if (stop.reason === 'breakpoint') assert.ok(breakpoints.has(`${stop.position} ${session.inspect.pc}`), `a breakpoint that was not accepted: ${stop.position}`);
    if (stop.reason === 'interrupt') assert.ok(accepted.some(({ met, pc }) => met.kind === 'interrupt' && met.position === stop.position && pc === session.inspect.pc));
    if (found[0] !== stop.position) found.unshift(stop.position);
  }
  assert.deepEqual(found, positions.slice(positions.length - found.length), 'backward, one by one');
  assert.ok(found.length >= Math.min(30, positions.length), `${found.length} of ${positions.length} found`);
}

test('live: what is asked while it is recorded is asked again when it is replayed', { skip: noAssembler }, async () => {
  const [subject] = SUBJECTS;
  assert.ok(subject !== undefined);
  await fc.assert(fc.asyncProperty(scenarioOf(subject), fc.nat(1e6), async (scenario, seed) => {
    const random = randomFrom(seed);
    const log = memoryLog();
    const session = live('interrupts', { log: log.log, timeline: { checkpointSpacing: 5000 } });
    const notes = noting(scenario.conditions, session.inspect, scenario.accepts);
    for (let motion = 0; motion < 25; motion++) {
      if (random(2) === 0) session.consoleInput(Uint8Array.from({ length: 1 + random(3) }, () => 97 + random(15)));
      const { position } = session.timeline(0);
      const stop = await session.runForward(notes.conditions, { until: position + 1 + random(4000) });
      if (random(5) === 0) session.digest();
      assert.notEqual(stop.reason, 'end');
    }
    const { end } = session.timeline(0);
    const inSession = await passed(session, scenario, end);
    session.close();
    const reopened = open(log.bytes(), { translateAfter: 1 }, 9000);
    const replayed = await passed(reopened, scenario, end);
    reopened.close();
    const expected = without(without(notes.asked, 0), end).filter((question) => !question.startsWith(`@${end} interrupt`));
    assert.deepEqual(without(inSession.asked, 0), expected, 'passed in the live session');
    assert.deepEqual(without(replayed.asked, 0), expected, 'passed in the recording');
  }), { numRuns: 2 * FUZZ_RUNS });
});

test('a full frame pool: an instruction that is begun again is not asked again', { skip: noAssembler }, async () => {
  const history = await recordHistory('churn', randomFrom(5), {});
  const scenario: Scenario = {
    conditions: { ...NOTHING, breakpoints: new Set(Array.from({ length: 60 }, (_, index) => guest('churn').symbol('round') + BigInt(2 * index))) }, accepts: () => false,
  };
  const end = Math.min(history.end, 30_000);
  const reference = sliced(history.bytes, scenario, end, 1, {});
  const session = open(history.bytes, { frameLimit: FRAMES_SHORT }, 2100);
  await session.seek(end);
  assert.deepEqual((await passed(session, scenario, end)).asked, reference);
  session.close();
});

test('a condition that throws: the motion fails with its error, and stands there', { skip: noAssembler }, async () => {
  const session = live('interrupts');
  const breakpoints = new Set([guest('interrupts').symbol('work')]);
  await session.runForward({ ...NOTHING, breakpoints });
  const { position } = session.timeline(0);
  await assert.rejects(session.runForward({ ...NOTHING, breakpoints, accept: () => { throw new Error('no such variable'); } }), /no such variable/);
  assert.ok(session.timeline(0).position > position && session.timeline(0).live);
  assert.equal(session.inspect.pc, guest('interrupts').symbol('work'));
  const digest = session.digest();
  await session.stepForward();
  await session.stepBackward();
  assert.equal(session.digest(), digest);
  session.close();
});
