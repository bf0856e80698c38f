/** Searching backward finds what a forward run passes. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Session, SessionStop, StopConditions } from '../../emulator/index.ts';
import { guest, noAssembler, type GuestName } from '../machine/guests.ts';
import { NOTHING, randomFrom, recordHistory, reopen } from '../session/sessions.ts';

interface Row {
  readonly guest: GuestName;
  readonly what: string;
  readonly conditions: () => StopConditions;
  readonly least: number;
}

const at = (name: GuestName, ...symbols: string[]): Set<bigint> => new Set(symbols.map((symbol) => guest(name).symbol(symbol)));
const watch = (name: GuestName, symbol: string, kind: 'read' | 'write' | 'access') => [{ address: guest(name).symbol(symbol), sizeBytes: 8, kind }];

const ROWS: readonly Row[] = [
  { guest: 'interrupts', what: 'a hot breakpoint', conditions: () => ({ ...NOTHING, breakpoints: at('interrupts', 'work') }), least: 1000 },
  { guest: 'interrupts', what: 'the first instruction of the handler', conditions: () => ({ ...NOTHING, breakpoints: at('interrupts', 'trap') }), least: 30 },
  { guest: 'interrupts', what: 'a rare write', conditions: () => ({ ...NOTHING, watches: watch('interrupts', 'key', 'write') }), least: 2 },
  { guest: 'interrupts', what: 'reads of a hot variable', conditions: () => ({ ...NOTHING, watches: watch('interrupts', 'sum', 'read') }), least: 1000 },
  { guest: 'churn', what: 'illegal instructions', conditions: () => ({ ...NOTHING, caughtCauses: new Set([2]) }), least: 3 },
  { guest: 'churn', what: 'a write and a breakpoint', conditions: () => ({ breakpoints: at('churn', 'trap'), watches: watch('churn', 'spot', 'write'), caughtCauses: new Set() }), least: 3 },
  { guest: 'churn', what: 'instructions that rewrite themselves', conditions: () => ({ ...NOTHING, breakpoints: at('churn', 'patched') }), least: 100 },
];

interface Seen {
  readonly position: number;
  readonly pc: bigint;
}

/** Position of the instruction that met the condition. */
function hitPosition(stop: SessionStop): number {
  return stop.position;
}

/** All hits of a forward run, by position of the instruction, the last of each. */
async function forwardHits(session: Session, conditions: StopConditions): Promise<Seen[]> {
  const hits = new Map<number, Seen>();
  await session.seek(0);
  for (;;) {
    const stop = await session.runForward(conditions);
    if (stop.reason === 'end' || stop.reason === 'power-off') break;
    if (stop.reason === 'watch') {
      // Forward, the session stands after the access.
      hits.set(stop.position - 1, { position: stop.position - 1, pc: -1n });
    } else {
      hits.set(stop.position, { position: hitPosition(stop), pc: session.inspect.pc });
    }
  }
  return [...hits.values()].sort((a, b) => a.position - b.position);
}

for (const row of ROWS) {
  test(`${row.guest}: ${row.what}`, { skip: noAssembler }, async () => {
    const random = randomFrom(11);
    const history = await recordHistory(row.guest, random);
    const session = reopen(history.bytes, { checkpointSpacing: 30_000 });
    const conditions = row.conditions();
    const hits = await forwardHits(session, conditions);
    assert.ok(hits.length >= row.least, `${hits.length} hits`);
    for (let trial = 0; trial < 40; trial++) {
      const from = trial === 0 ? history.end : random(history.end + 1);
      await session.seek(from);
      const expected = hits.findLast((hit) => hit.position < from);
      const stop = await session.runBackward(conditions);
      assert.equal(stop.position, expected?.position ?? 0, `from ${from}, found ${stop.reason}`);
      if (expected === undefined) assert.equal(stop.reason, 'beginning');
      else if (expected.pc !== -1n) assert.equal(session.inspect.pc, expected.pc, `pc at ${expected.position}`);
    }
    session.close();
  });
}

test('going back hit by hit passes all of them', { skip: noAssembler }, async () => {
  const history = await recordHistory('interrupts', randomFrom(3));
  const session = reopen(history.bytes);
  const conditions = { ...NOTHING, breakpoints: at('interrupts', 'trap', 'done_key') };
  const hits = await forwardHits(session, conditions);
  await session.seek(history.end);
  const found: number[] = [];
  for (;;) {
    const stop = await session.runBackward(conditions);
    if (stop.reason === 'beginning') break;
    found.unshift(stop.position);
  }
  assert.deepEqual(found, hits.map((hit) => hit.position));
  session.close();
});

test('findBackward asks at each hit and stands at the last that is accepted, or where it was', { skip: noAssembler }, async () => {
  const history = await recordHistory('interrupts', randomFrom(4));
  const session = reopen(history.bytes, { checkpointSpacing: 25_000 });
  const addresses = at('interrupts', 'work');
  const hits: { position: number; round: bigint }[] = [];
  await session.seek(0);
  for (;;) {
    const stop = await session.runForward({ ...NOTHING, breakpoints: addresses });
    if (stop.reason !== 'breakpoint') break;
    hits.push({ position: stop.position, round: session.inspect.register(8) });
  }
  for (const modulus of [1n, 7n, 1000n, 1_000_000n]) {
    await session.seek(history.end);
    const accept = (): boolean => session.inspect.register(8) % modulus === modulus - 1n;
    const expected = hits.findLast((hit) => hit.round % modulus === modulus - 1n);
    assert.equal(await session.findBackward(addresses, accept), expected?.position);
    assert.equal(session.timeline().position, expected?.position ?? history.end);
  }
  session.close();
});
