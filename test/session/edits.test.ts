/** A person's edits are events: seen at once, in the recording, and the same whenever that moment is replayed, by either tier. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import * as fc from 'fast-check';
import { createLiveSession, recordingInfo, verifyRecording, type MachineConfiguration, type Session, type StateEdit, type StopConditions } from '../../emulator/index.ts';
import { createEngine } from '../../emulator/engine/engine.ts';
import { openRecordingOn } from '../../emulator/session/open-session.ts';
import { guest, noAssembler } from '../machine/guests.ts';
import { live, memoryLog, NOTHING, randomFrom, reopen, testHost } from './sessions.ts';
import { tinyGuest } from './tiny-guests.ts';

const FUZZ_RUNS = Number(process.env['FUZZ_RUNS'] ?? 12);
const DRAM = 0x8000_0000n;
const A0 = 10;

const bytesOf = (...words: readonly number[]): Uint8Array => new Uint8Array(Uint32Array.from(words).buffer);
const memory = (address: bigint, ...words: readonly number[]): StateEdit => ({ kind: 'memory', address, bytes: bytesOf(...words) });
const register = (number: number, value: bigint): StateEdit => ({ kind: 'register', register: number, value });
const pc = (value: bigint): StateEdit => ({ kind: 'pc', value });

/** addi a0, a0, 1; j -4 */
const COUNT = [0x00150513, 0xffdff06f];
/** addi a0, a0, 2 */
const BY_TWO = 0x00250513;

function counter(): MachineConfiguration {
  return { memorySizeBytes: 1 << 20, images: [{ name: 'count', kind: 'raw', bytes: bytesOf(...COUNT, ...COUNT), address: Number(DRAM) }] };
}

/** Everything that can be seen of a state. */
function seen(session: Session): string {
  const { inspect } = session;
  const registers = Array.from({ length: 64 }, (_, index) => (index < 32 ? inspect.register(index) : inspect.floatRegister(index - 32)).toString(16)).join();
  return `${inspect.pc.toString(16)} ${registers} ${Buffer.from(inspect.readPhysical(DRAM, 4096)).toString('hex')}`;
}

async function replaysAlike(bytes: Uint8Array, digests: ReadonlyMap<number, string>): Promise<void> {
  for (const translateAfter of [0, Infinity]) {
    for (const checkpointSpacing of [500, Infinity]) {
      const session = openRecordingOn(createEngine({ translateAfter }), { bytes, name: 'test.chrono', timeline: { checkpointSpacing } }, testHost());
      for (const order of [[...digests.keys()], [...digests.keys()].reverse()]) {
        for (const position of order) {
          if (position > session.timeline(0).end) continue;
          await session.seek(position);
          assert.equal(session.digest(), digests.get(position), `@${position}, translated after ${translateAfter}`);
        }
      }
      session.close();
    }
  }
  await verifyRecording({ bytes, name: 'test.chrono' }, testHost());
}

test('registers, memory, code and pc: seen at once, in force from the next instruction on, and replayed', async () => {
  const log = memoryLog();
  const session = createLiveSession({ configuration: counter(), log: log.log }, testHost());
  const digests = new Map<number, string>();
  const note = (): void => { digests.set(session.timeline(0).position, session.digest()); };
  const go = async (count: number): Promise<void> => {
    await session.runForward(NOTHING, { until: session.timeline(0).position + count });
    note();
  };
  note();
  session.edit([register(A0, 100n)]);
  assert.equal(session.inspect.register(A0), 100n);
  await go(20);
  assert.equal(session.inspect.register(A0), 110n);
  session.edit([register(A0, 1n), register(32 + 5, 0x4000_0000_0000_0000n)]);
  session.edit([memory(DRAM, BY_TWO)]);
  assert.equal(session.inspect.register(A0), 1n);
  assert.equal(session.inspect.floatRegister(5), 0x4000_0000_0000_0000n);
  assert.deepEqual(session.inspect.readVirtual(DRAM, 4), bytesOf(BY_TWO));
  await go(10_000);
  assert.equal(session.inspect.register(A0), 10_001n, 'the loop runs the edited instruction');
  session.edit([pc(DRAM + 8n), register(A0, 0n), memory(DRAM + 0x800n, 0x12345678)]);
  assert.equal(session.inspect.pc, DRAM + 8n);
  await go(3);
  assert.deepEqual([session.inspect.register(A0), session.inspect.pc], [2n, DRAM + 12n]);
  await go(1000);
  session.close();
  const bytes = log.bytes();
  await replaysAlike(bytes, digests);
  const { version, events } = recordingInfo({ bytes, name: 'test.chrono' });
  assert.equal(version, 4);
  assert.deepEqual(events.map(({ summary }) => summary).slice(1), [
    'edit: a0 = 0x64', 'edit: a0 = 0x1, ft5 = 0x4000000000000000', 'edit: memory at 0x80000000 = 13 05 25 00',
    'edit: pc = 0x80000008, a0 = 0x0, memory at 0x80000800 = 78 56 34 12',
  ]);
});

test('the state at the position is the one before the edit; coming back to where the edit is the last thing shows it', async () => {
  const session = createLiveSession({ configuration: counter() }, testHost());
  await session.runForward(NOTHING, { until: 1001 });
  const digest = session.digest();
  const plain = seen(session);
  session.edit([register(A0, 7n), memory(DRAM + 4n, COUNT[0] ?? 0), pc(DRAM)]);
  session.edit([register(A0, 8n)]);
  const edited = seen(session);
  assert.notEqual(edited, plain);
  assert.equal(session.digest(), digest);
  assert.equal(session.timeline().live, true);
  for (const way of [() => session.seek(500), () => session.stepBackward(), () => session.runBackward(NOTHING), () => session.seek(1001)]) {
    await way();
    await session.seek(1001);
    assert.equal(seen(session), edited);
    assert.equal(session.digest(), digest);
  }
  await session.stepBackward();
  await session.stepForward();
  assert.equal(seen(session), edited, 'a step back and one forward');
  assert.equal(await session.passThrough(0, 1001, NOTHING), 'done');
  assert.equal(await session.findBackward(new Set([DRAM]), () => false), undefined);
  assert.equal(seen(session), edited, 'after looking back');
  await assert.rejects(session.seek(5000), /outside/);
  assert.equal(seen(session), edited);
  await session.stepForward();
  assert.deepEqual([session.inspect.register(A0), session.inspect.pc], [9n, DRAM + 4n]);
  await session.stepBackward();
  assert.equal(seen(session), plain, 'now it is the past');
  await session.stepForward();
  assert.equal(session.inspect.register(A0), 9n);
  session.close();
});

interface Refused {
  readonly what: string;
  readonly edits: readonly StateEdit[];
  readonly says: RegExp;
}
const REFUSED: readonly Refused[] = [
  { what: 'x0', edits: [register(0, 1n)], says: /x0 is always zero/ },
  { what: 'no register', edits: [register(64, 1n)], says: /no register with the number 64/ },
  { what: 'an odd pc', edits: [pc(DRAM + 1n)], says: /odd address/ },
  { what: 'a device', edits: [memory(0x1000_0000n, 1)], says: /device/ },
  { what: 'behind memory', edits: [register(1, 1n), memory(DRAM + (1n << 20n) - 2n, 1)], says: /end of memory/ },
  { what: 'too much', edits: [{ kind: 'memory', address: DRAM, bytes: new Uint8Array(65_537) }], says: /65536/ },
];

test('what cannot be edited is refused with a sentence, and changes nothing', async () => {
  const log = memoryLog();
  const session = createLiveSession({ configuration: counter(), log: log.log }, testHost());
  await session.runForward(NOTHING, { until: 1000 });
  const before = seen(session);
  for (const { what, edits, says } of REFUSED) assert.throws(() => { session.edit(edits); }, says, what);
  assert.equal(seen(session), before);
  session.edit([{ kind: 'memory', address: DRAM + 0x100n, bytes: new Uint8Array(65_536).fill(7) }]);
  await session.stepForward();
  await session.stepBackward();
  assert.throws(() => { session.edit([register(1, 1n)]); }, /This is the past.*live end \(@1,001\)/);
  await session.seek(1001);
  const controller = new AbortController();
  const running = session.runForward(NOTHING, { signal: controller.signal });
  assert.throws(() => { session.edit([register(1, 1n)]); }, /pause it/);
  controller.abort();
  await running;
  session.close();
  const reopened = reopen(log.bytes());
  await reopened.seek(reopened.timeline(0).end);
  assert.throws(() => { reopened.edit([register(1, 1n)]); }, /A recording never changes/);
  reopened.close();
});

test('an edit ends a wait, like any event; the wait that it comes into is seen as it was', async () => {
  const log = memoryLog();
  const controller = new AbortController();
  const host = { ...testHost(), sleep: () => { controller.abort(); return Promise.resolve(); } };
  const session = createLiveSession({ configuration: tinyGuest('wait'), log: log.log }, host);
  const digests = new Map<number, string>();
  assert.equal((await session.runForward(NOTHING, { signal: controller.signal })).reason, 'paused');
  const { position } = session.timeline(0);
  digests.set(position, session.digest());
  session.edit([register(A0, 5n)]);
  // After the wait: j -4, and again wfi.
  const stop = await session.runForward({ ...NOTHING, breakpoints: new Set([DRAM]) });
  assert.deepEqual([stop.reason, stop.position], ['breakpoint', position + 1]);
  digests.set(position + 1, session.digest());
  await session.stepForward();
  digests.set(position + 2, session.digest());
  session.close();
  await replaysAlike(log.bytes(), digests);
});

test('behind a boundary, in the first instruction of a handler', { skip: noAssembler }, async () => {
  const log = memoryLog();
  const session = live('interrupts', { log: log.log });
  const symbol = (name: string): bigint => guest('interrupts').symbol(name);
  const stop = await session.runForward({ ...NOTHING, caughtInterrupts: new Set([7]) });
  assert.equal(stop.reason, 'interrupt');
  assert.equal(session.inspect.pc, symbol('trap'));
  const digests = new Map([[stop.position, session.digest()]]);
  session.edit([memory(symbol('ticks'), 1000, 0), register(30, 77n)]);
  session.edit([memory(symbol('ticks'), 2000, 0)]);
  assert.deepEqual(session.inspect.readVirtual(symbol('ticks'), 8), bytesOf(2000, 0));
  assert.equal(session.digest(), digests.get(stop.position), 'the state at the position is the one before the boundary');
  await session.stepForward();
  digests.set(stop.position + 1, session.digest());
  assert.equal(session.inspect.register(30), 77n);
  await session.stepBackward();
  assert.equal(session.digest(), digests.get(stop.position));
  await session.runForward({ ...NOTHING, breakpoints: new Set([symbol('trap')]) });
  assert.deepEqual(session.inspect.readVirtual(symbol('ticks'), 8), bytesOf(2000, 0), 'crossed again');
  assert.throws(() => { session.edit([register(30, 1n)]); }, /past/);
  await session.runForward(NOTHING, { until: stop.position + 3000 });
  digests.set(stop.position + 3000, session.digest());
  const later = await session.runForward({ ...NOTHING, caughtInterrupts: new Set([7]) });
  session.edit([register(31, 3n)]);
  await session.seek(later.position);
  assert.throws(() => { session.edit([register(30, 1n)]); }, /step forward once/);
  session.close();
  await replaysAlike(log.bytes(), digests);
});

test('a breakpoint where an edit of pc leads: not met by who stands there, met by who comes that way', async () => {
  const log = memoryLog();
  const session = createLiveSession({ configuration: counter(), log: log.log }, testHost());
  await session.runForward(NOTHING, { until: 100 });
  session.edit([pc(DRAM + 8n)]);
  const conditions: StopConditions = { ...NOTHING, breakpoints: new Set([DRAM + 8n]) };
  const stop = await session.runForward(conditions);
  assert.deepEqual([stop.reason, stop.position], ['breakpoint', 102]);
  const back = await session.runBackward(conditions);
  assert.deepEqual([back.reason, back.position, session.inspect.pc], ['breakpoint', 100, DRAM + 8n]);
  await session.seek(0);
  assert.deepEqual((await session.runForward(conditions)).position, 100);
  assert.equal(session.inspect.pc, DRAM + 8n);
  assert.deepEqual((await session.runForward(conditions)).position, 102);
  session.close();
});

interface Act {
  readonly kind: 'edit' | 'run' | 'back' | 'keys' | 'interrupt' | 'end';
  readonly seed: number;
}

test('at random: what was seen at a position stays true', { skip: noAssembler }, async () => {
  const symbol = (name: string): bigint => guest('interrupts').symbol(name);
  const act: fc.Arbitrary<Act> = fc.record({ kind: fc.constantFrom('edit', 'edit', 'run', 'run', 'back', 'keys', 'interrupt', 'end'), seed: fc.nat(1e6) });
  await fc.assert(fc.asyncProperty(fc.array(act, { minLength: 20, maxLength: 80 }), fc.constantFrom(700, 5000), async (acts, checkpointSpacing) => {
    const log = memoryLog();
    const session = live('interrupts', { log: log.log, timeline: { checkpointSpacing, digestSpacing: 3000 } });
    const digests = new Map<number, string>();
    for (const { kind, seed } of acts) {
      await perform(session, kind, seed, symbol);
      const { position } = session.timeline(0);
      const digest = session.digest();
      assert.equal(digest, digests.get(position) ?? digest, `${kind} at @${position}`);
      digests.set(position, digest);
    }
    session.close();
    await replaysAlike(log.bytes(), digests);
  }), { numRuns: FUZZ_RUNS });
});

async function perform(session: Session, kind: Act['kind'], seed: number, symbol: (name: string) => bigint): Promise<void> {
  const random = randomFrom(seed);
  const { position, end } = session.timeline(0);
  switch (kind) {
    case 'edit': {
      const places: readonly StateEdit[] = [
        register(28 + random(4), BigInt(seed)), register(32 + random(32), BigInt(seed)), memory(symbol('sum') + BigInt(random(16)), seed),
        // addi t1, t1, 40 and 30: the instruction of arm_timer that says how long it is.
        memory(symbol('arm_timer') + 10n, seed), pc(symbol('work')), memory(symbol('ring') + BigInt(8 * random(500)), seed, seed),
      ];
      const edits = places.filter((_, index) => index !== 3 && random(index === 4 ? 8 : 2) === 0);
      const was = seen(session);
      try {
        session.edit(edits);
      } catch (error) {
        assert.match(String(error), /past|step forward once|ended the run/);
        assert.equal(seen(session), was);
      }
      break;
    }
    case 'run':
      await session.runForward(NOTHING, { until: position + 1 + random(2000) });
      break;
    case 'back':
      await session.seek(Math.max(0, position - random(1500)));
      break;
    case 'keys':
      session.consoleInput(Uint8Array.of(97 + random(15)));
      break;
    case 'interrupt':
      await session.runForward({ ...NOTHING, caughtInterrupts: new Set([7, 11]) }, { until: position + 5000 });
      break;
    case 'end':
      await session.seek(end);
      break;
  }
}
