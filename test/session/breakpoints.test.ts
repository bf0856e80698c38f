/**
 * A breakpoint is met at a position or it is not: the stops of a live run, whatever is typed at them, are those of a walk
 * through the recording forward, and backward.
 */
import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { ElfFile } from '../../debug-adapter/symbols/elf-file.ts';
import { SymbolTable } from '../../debug-adapter/symbols/symbol-table.ts';
import { createLiveSession, type MachineConfiguration, type Session, type StopConditions } from '../../emulator/index.ts';
import { guest, noAssembler } from '../machine/guests.ts';
import { live, memoryLog, NOTHING, reopen, testHost } from './sessions.ts';

const FUZZ_RUNS = Number(process.env['FUZZ_RUNS'] ?? 25);
/** A walk that never ends is a defect. */
const STOPS_MAX = 2000;

interface Subject {
  readonly configuration: () => MachineConfiguration;
  readonly address: (name: string) => bigint;
  /** Met often enough that every run ends. */
  readonly always: readonly string[];
  readonly sometimes: readonly string[];
  /** Of these, met behind a boundary only: in an interrupt handler, after a wait. */
  readonly behind: readonly string[];
  readonly skip: string | false;
}

const sample = path.resolve(import.meta.dirname, '../../guests/heisenbug/heisenbug.elf');
const sampleBytes = new Uint8Array(readFileSync(sample));
const sampleSymbols = new SymbolTable(new ElfFile(sampleBytes, sample).symbols());

const SUBJECTS: Readonly<Record<string, Subject>> = {
  heisenbug: {
    configuration: () => ({ memorySizeBytes: 4 << 20, images: [{ name: 'heisenbug.elf', kind: 'elf', bytes: sampleBytes }] }),
    address: (name) => sampleSymbols.named(name)?.address ?? assert.fail(`no symbol ${name}`),
    always: ['letter_give_back'], sometimes: ['book', 'sort', 'trap_entry', 'on_trap', 'letter_take'], behind: ['trap_entry'], skip: false,
  },
  interrupts: {
    configuration: () => guest('interrupts').configuration,
    // After a wfi: `work` returns to the loop, whose last two instructions are `wfi` and `j`.
    address: (name) => (name === 'after wfi' ? guest('interrupts').symbol('work') - 2n : guest('interrupts').symbol(name)),
    always: ['on_timer'], sometimes: ['trap', 'on_key', 'done_key', 'work', 'after wfi'], behind: ['trap', 'after wfi'], skip: noAssembler,
  },
};

/** `@position pc` of each stop, in order. */
type Stops = string[];
const stopAt = (session: Session): string => `${session.timeline(0).position} ${session.inspect.pc.toString(16)}`;

async function walkForward(session: Session, conditions: StopConditions): Promise<Stops> {
  const stops: Stops = [];
  await session.seek(0);
  while ((await session.runForward(conditions)).reason === 'breakpoint') {
    stops.push(stopAt(session));
    assert.ok(stops.length < STOPS_MAX, 'the walk forward does not end');
  }
  return stops;
}

async function walkBackward(session: Session, conditions: StopConditions): Promise<Stops> {
  const stops: Stops = [];
  await session.seek(session.timeline(0).end);
  while ((await session.runBackward(conditions)).reason === 'breakpoint') {
    stops.unshift(stopAt(session));
    assert.ok(stops.length < STOPS_MAX, 'the walk backward does not end');
  }
  return stops;
}

/** What a person does at a stop, before he goes on. */
interface Act {
  readonly keys: string;
  /** Goes back to this part of the history, and comes from there. */
  readonly from: number | undefined;
  readonly keysBefore: boolean;
}

async function recordStops(session: Session, conditions: StopConditions, acts: readonly Act[]): Promise<Stops> {
  const stops: Stops = [];
  const type = (keys: string): void => { session.consoleInput(new TextEncoder().encode(keys)); };
  for (const { keys, keysBefore, from } of acts) {
    if (keysBefore) type(keys);
    if (from !== undefined) {
      const { end } = session.timeline(0);
      await session.seek(Math.floor(from * end));
      while (session.timeline(0).position < end && (await session.runForward(conditions, { until: end })).reason === 'breakpoint') {
        assert.ok(stops.includes(stopAt(session)), `a stop in the past that there was not: ${stopAt(session)}`);
      }
      await session.seek(end);
    }
    if (!keysBefore) type(keys);
    const stop = await session.runForward(conditions);
    if (stop.reason !== 'breakpoint') break;
    if (!stops.includes(stopAt(session))) stops.push(stopAt(session));
  }
  return stops;
}

const act = fc.record({
  keys: fc.constantFrom('', '', 'k', 'ab', 'abc'), keysBefore: fc.boolean(), from: fc.option(fc.double({ min: 0, max: 1, noNaN: true }), { nil: undefined, freq: 4 }),
});

for (const [name, { configuration, address, always, sometimes, behind, skip }] of Object.entries(SUBJECTS)) {
  test(`${name}: one set of stops, live, forward and backward`, { skip }, async () => {
    const scenario = fc.record({
      places: fc.subarray([...sometimes]), acts: fc.array(act, { minLength: 5, maxLength: 40 }), checkpointSpacing: fc.constantFrom(3000, 40_000, Infinity), runsOn: fc.boolean(),
    });
    await fc.assert(fc.asyncProperty(scenario, async ({ places, acts, checkpointSpacing, runsOn }) => {
      const conditions = { ...NOTHING, breakpoints: new Set([...always, ...places].map(address)) };
      const log = memoryLog();
      const session = createLiveSession({ configuration: configuration(), idle: 'skip', log: log.log, timeline: { checkpointSpacing } }, testHost());
      const stops = await recordStops(session, conditions, acts);
      const { end } = session.timeline(0);
      // The recording ends before the boundary at its end: a stop behind that one is in it only if the machine goes on.
      if (runsOn || behind.map(address).includes(session.inspect.pc)) await session.runForward(NOTHING, { until: end + 1 });
      const back = await walkBackward(session, conditions);
      session.close();
      const reopened = reopen(log.bytes(), { checkpointSpacing });
      const forward = await walkForward(reopened, conditions);
      assert.deepEqual(forward.slice(0, stops.length), stops, 'forward in the recording, and live');
      assert.ok(forward.slice(stops.length).every((stop) => Number.parseInt(stop, 10) >= end), 'stops that there were not live');
      const earlier = forward.filter((stop) => Number.parseInt(stop, 10) < reopened.timeline(0).end);
      assert.deepEqual(await walkBackward(reopened, conditions), earlier, 'backward in the recording');
      assert.deepEqual(back, earlier, 'backward in the live session');
      reopened.close();
    }), { numRuns: FUZZ_RUNS });
  });
}

test('keys at a breakpoint: the breakpoint stays where it was', { skip: noAssembler }, async () => {
  const conditions = { ...NOTHING, breakpoints: new Set([guest('interrupts').symbol('work')]) };
  const session = live('interrupts');
  const stop = await session.runForward(conditions);
  session.consoleInput(Uint8Array.of(97));
  // The interrupt comes first, and its handler returns to the breakpoint.
  const again = await session.runForward(conditions);
  assert.deepEqual([stop.reason, again.reason], ['breakpoint', 'breakpoint']);
  assert.ok(again.position > stop.position + 20, `${stop.position}, ${again.position}`);
  await session.runForward(NOTHING, { until: again.position + 5 });
  assert.deepEqual(await session.runBackward(conditions), again);
  assert.deepEqual(await session.runBackward(conditions), stop);
  await session.seek(0);
  assert.deepEqual(await session.runForward(conditions), stop);
  assert.deepEqual(await session.runForward(conditions), again);
  session.close();
});

test('more data breakpoints than the machine watches: refused, and nothing of them stays', { skip: noAssembler }, async () => {
  const watch = { address: guest('interrupts').symbol('sum'), sizeBytes: 8, kind: 'write' as const };
  const session = live('interrupts');
  await session.runForward(NOTHING, { until: 50_000 });
  await session.seek(0);
  const tooMany = { ...NOTHING, breakpoints: new Set([guest('interrupts').symbol('work')]), watches: Array.from({ length: 100 }, () => watch) };
  await assert.rejects(session.runForward(tooMany), /100 data breakpoints are set, the machine watches at most \d+ at once: remove some/);
  assert.deepEqual(await session.seek(40_000), { reason: 'seek', position: 40_000 });
  session.close();
});
