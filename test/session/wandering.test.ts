/** A person at work: runs, steps, breakpoints, keys, back and forth in any order. What was seen at a position stays true. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session, StopConditions } from '../../emulator/index.ts';
import { guest, noAssembler } from '../machine/guests.ts';
import { live, memoryLog, NOTHING, randomFrom, reopen } from './sessions.ts';

type Random = (below: number) => number;

function conditions(random: Random): StopConditions {
  const symbol = (name: string): bigint => guest('interrupts').symbol(name);
  const places = ['trap', 'work', 'on_timer', 'on_key', 'done_key'].filter(() => random(3) === 0);
  return {
    breakpoints: new Set(places.map(symbol)),
    watches: random(3) === 0 ? [{ address: symbol('key'), sizeBytes: 8, kind: 'access' }] : [],
    caughtCauses: new Set(),
  };
}

async function act(session: Session, random: Random): Promise<string> {
  const { position, end } = session.timeline();
  switch (random(9)) {
    case 0:
      return (await session.stepForward()).reason;
    case 1:
      return (await session.stepBackward()).reason;
    case 2:
      return (await session.seek(random(end + 1))).reason;
    case 3:
      return (await session.runBackward(conditions(random))).reason;
    case 4:
      return (await session.seek(end)).reason;
    case 5:
      session.consoleInput(Uint8Array.from({ length: 1 + random(3) }, () => 97 + random(15)));
      return 'key';
    default:
      return (await session.runForward(conditions(random), { until: position + 1 + random(6000) })).reason;
  }
}

for (const seed of [1, 2, 3, 4]) {
  test(`seed ${seed}`, { skip: noAssembler }, async () => {
    const random = randomFrom(seed);
    const log = memoryLog();
    const session = live('interrupts', { log: log.log, timeline: { digestSpacing: 10_007, checkpointSpacing: 3000 + random(20_000), checkpointCountMax: 20 } });
    const digests = new Map<number, string>();
    for (let action = 0; action < 250; action++) {
      const reason = await act(session, random);
      const { position } = session.timeline();
      const digest = session.digest();
      assert.equal(digest, digests.get(position) ?? digest, `action ${action}, ${reason} at ${position}`);
      digests.set(position, digest);
    }
    const shown = session.consoleText();
    const { position, end } = session.timeline();
    session.close();
    const reopened = reopen(log.bytes());
    assert.equal(reopened.timeline().end, end);
    for (const [at, digest] of digests) {
      await reopened.seek(at);
      assert.equal(reopened.digest(), digest, `replayed at ${at}`);
    }
    await reopened.seek(position);
    assert.deepEqual(reopened.consoleText(), shown);
    assert.equal((await reopened.runForward(NOTHING)).reason, 'end');
    reopened.close();
  });
}
