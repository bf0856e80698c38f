/** Runs of the machine itself: slices, boundaries, stops, a frame pool that is short. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from '../../emulator/engine/engine.ts';
import type { InputEvent } from '../../emulator/machine/input.ts';
import { Machine, NO_CONDITIONS } from '../../emulator/machine/machine.ts';
import { Replayer } from '../../emulator/record/replayer.ts';
import { randomFrom } from '../session/sessions.ts';
import { guest, GUESTS, noAssembler, type GuestName } from './guests.ts';

const KEYS: readonly InputEvent[] = [
  { at: 0, kind: 'rtc-base', ns: '1700000000000000000' },
  ...[2000, 2001, 2002, 30_000, 30_000, 77_777].map((at, index): InputEvent => ({ at, kind: 'console', bytes: Uint8Array.of(97 + index, 65) })),
];

function powerOn(name: GuestName, frameLimit?: number): { machine: Machine; door: Replayer; printed: () => string } {
  const machine = new Machine(createEngine(frameLimit === undefined ? {} : { frameLimit }), guest(name).configuration);
  const door = new Replayer(KEYS, 1e12);
  door.rewind(0);
  let text = '';
  machine.onConsole = (byte) => { text += String.fromCharCode(byte); };
  return { machine, door, printed: () => text };
}

const LENGTH = 150_000;

for (const name of GUESTS) {
  test(`${name}: slices do not matter`, { skip: noAssembler }, () => {
    const whole = powerOn(name);
    whole.machine.run(LENGTH, NO_CONDITIONS, whole.door);
    for (const [what, slice] of [['long', 40_000], ['short', 2000], ['tiny', 30]] as const) {
      const random = randomFrom(slice);
      const cut = powerOn(name);
      while (cut.machine.icount < whole.machine.icount) {
        cut.machine.run(Math.min(whole.machine.icount, cut.machine.icount + 1 + random(slice)), NO_CONDITIONS, cut.door);
        if (random(50) === 0) cut.machine.releaseState(cut.machine.saveState());
      }
      assert.deepEqual(cut.machine.digest(), whole.machine.digest(), `${what} slices`);
      assert.equal(cut.printed(), whole.printed());
    }
  });

  test(`${name}: breakpoints do not change what the guest does`, { skip: noAssembler }, () => {
    const plain = powerOn(name);
    plain.machine.run(LENGTH, NO_CONDITIONS, plain.door);
    const stopped = powerOn(name);
    const random = randomFrom(1);
    const breakpoints = new Set([guest(name).symbol('_start')]);
    for (let index = 0; index < 40; index++) breakpoints.add(guest(name).symbol('_start') + BigInt(2 * random(120)));
    const conditions = { breakpoints, watches: [], caughtCauses: new Set([2]) };
    let stops = 0;
    for (;;) {
      const stop = stopped.machine.run(plain.machine.icount, conditions, stopped.door);
      if (stop.reason === 'until' || stop.reason === 'power-off') break;
      if (stop.reason === 'breakpoint') assert.equal(stopped.machine.hart.pc, stop.pc);
      stops++;
    }
    assert.ok(stops > 100, `${stops} stops`);
    assert.deepEqual(stopped.machine.digest(), plain.machine.digest());
    assert.equal(stopped.printed(), plain.printed());
  });
}

test('restoring a state restores everything', { skip: noAssembler }, () => {
  const { machine, door } = powerOn('interrupts');
  machine.run(25_000, NO_CONDITIONS, door);
  const state = machine.saveState();
  const before = machine.digest();
  machine.run(90_000, NO_CONDITIONS, door);
  const after = machine.digest();
  for (let round = 0; round < 3; round++) {
    machine.restoreState(state);
    door.rewind(25_000);
    assert.deepEqual(machine.digest(), before);
    machine.run(90_000, NO_CONDITIONS, door);
    assert.deepEqual(machine.digest(), after);
  }
});

test('a hart that waits for nothing that the door knows leaves as idle, and nothing changed', { skip: noAssembler }, () => {
  const { machine } = powerOn('interrupts');
  const door = new Replayer(KEYS, 1e12);
  const waiting = { nextPoint: () => door.nextPoint(), take: (at: number) => door.take(at), idle: () => undefined };
  const first = machine.run(1e6, NO_CONDITIONS, waiting);
  assert.ok(first.reason === 'idle' && first.untilTimerNs > 0 && first.untilTimerNs <= 3000, JSON.stringify(first));
  const digest = machine.digest();
  assert.deepEqual(machine.run(1e6, NO_CONDITIONS, waiting), first);
  assert.deepEqual(machine.digest(), digest);
  const { icount } = machine;
  const { idle } = { idle: (_at: number, untilTimerNs: number) => untilTimerNs };
  assert.deepEqual(machine.run(icount + 10, NO_CONDITIONS, { ...waiting, idle }), { reason: 'until' });
});

test('a full frame pool asks for frames, goes on, and does not change what the guest does', { skip: noAssembler }, () => {
  const plain = powerOn('churn');
  plain.machine.run(LENGTH, NO_CONDITIONS, plain.door);
  const short = powerOn('churn', 2400);
  const states = [short.machine.saveState()];
  let asked = 0;
  short.machine.onOutOfFrames = () => {
    asked++;
    const state = states.shift();
    if (state !== undefined) short.machine.releaseState(state);
    return state !== undefined;
  };
  while (short.machine.icount < plain.machine.icount) {
    short.machine.run(short.machine.icount + 10_000, NO_CONDITIONS, short.door);
    if (short.machine.icount < plain.machine.icount) states.push(short.machine.saveState());
  }
  short.machine.run(plain.machine.icount, NO_CONDITIONS, short.door);
  assert.ok(asked > 0, 'the pool was never full');
  assert.deepEqual(short.machine.digest(), plain.machine.digest());
});

test('a guest that needs more than the pool has ends with one clear sentence', { skip: noAssembler }, () => {
  const { machine, door } = powerOn('churn', 500);
  assert.throws(() => machine.run(LENGTH, NO_CONDITIONS, door), /frame pool is full.*give the guest less memory/);
});
