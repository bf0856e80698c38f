/**
 * The property that everything rests on: at a position there is one state, whatever the schedule of checkpoints, the
 * seeks, the slices; live, in the past, and in a recording.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyRecording, type Session } from '../../emulator/index.ts';
import { diskDevices, GUESTS, noAssembler } from '../machine/guests.ts';
import { memoryLog, live, NOTHING, randomFrom, recordHistory, reopen, testHost, type History } from './sessions.ts';

const SPACINGS = [Infinity, 100_000, 20_011, 2500];

async function checkSeeks(session: Session, history: Pick<History, 'digests'>, random: (below: number) => number, count: number, say: string): Promise<void> {
  const positions = [...history.digests.keys()];
  for (let seek = 0; seek < count; seek++) {
    const position = positions[random(positions.length)] ?? 0;
    // Come from near by, in different ways.
    const way = random(4);
    const from = Math.min(session.timeline().end, position + random(3000));
    if (way === 1) await session.seek(from);
    if (way === 2) await session.seek(Math.max(0, position - random(3000)));
    if (way === 2) await session.runForward(NOTHING, { until: position });
    else await session.seek(position);
    assert.equal(session.digest(), history.digests.get(position), `${say}: seek ${seek} to ${position}`);
  }
}

for (const name of GUESTS) {
  for (const seed of [1, 2]) {
    test(`${name}, seed ${seed}: one state at each position`, { skip: noAssembler }, async () => {
      const random = randomFrom(seed * 7919);
      const history = await recordHistory(name, random, { checkpointSpacing: SPACINGS[random(4)] ?? 2500, digestSpacing: 30_000 });
      assert.ok(history.end > 10_000, `the guest ran: ${history.end}`);
      for (const checkpointSpacing of SPACINGS) {
        const session = reopen(history.bytes, { checkpointSpacing, checkpointCountMax: 3 + random(40) });
        assert.equal(session.timeline().end, history.end);
        await checkSeeks(session, history, random, 200, `seed ${seed}, spacing ${checkpointSpacing}`);
        await session.seek(history.end);
        assert.equal(Buffer.from(session.consoleText()).toString('latin1'), history.console);
        session.close();
      }
      const verified = await verifyRecording({ bytes: history.bytes, name: 'test.chrono', drives: diskDevices.drives ?? [] }, testHost());
      assert.equal(verified.end, history.end);
      assert.ok(verified.digestsChecked >= 1);
    });
  }

  test(`${name}: going back does not change what comes`, { skip: noAssembler }, async () => {
    const straight = live(name);
    await straight.runForward(NOTHING, { until: 200_000 });
    const wandering = live(name, { timeline: { checkpointSpacing: 9973 } });
    const random = randomFrom(5);
    while (wandering.timeline().end < 200_000) {
      await wandering.seek(random(wandering.timeline().end + 1));
      const { position, end } = wandering.timeline();
      if (random(2) === 0) for (let step = 0; step < 5; step++) await wandering.stepBackward();
      const reached = await wandering.runForward(NOTHING, { until: Math.min(200_000, Math.max(position, end - 100) + random(30_000)) });
      if (reached.reason === 'power-off') break;
    }
    await wandering.seek(straight.timeline().end);
    assert.equal(wandering.digest(), straight.digest());
    assert.deepEqual(wandering.consoleText(), straight.consoleText());
    straight.close();
    wandering.close();
  });
}

test('a recording that is stopped at any frame replays up to there', { skip: noAssembler }, async () => {
  const log = memoryLog();
  const session = live('interrupts', { log: log.log, timeline: { digestSpacing: 10_000 } });
  const digests = new Map<number, string>();
  for (let stop = 1; stop <= 10; stop++) {
    session.consoleInput(Uint8Array.of(96 + stop));
    await session.runForward(NOTHING, { until: stop * 7000 });
    digests.set(stop * 7000, session.digest());
  }
  const killed = log.bytes();
  session.close();
  const reopened = reopen(killed);
  const { end } = reopened.timeline();
  assert.ok(end >= 60_000 && end <= 70_000, `reaches ${end}`);
  for (const [position, digest] of digests) {
    if (position > end) continue;
    await reopened.seek(position);
    assert.equal(reopened.digest(), digest);
  }
  reopened.close();
});
