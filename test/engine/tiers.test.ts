/** Translation never changes what the guest does: the same digests at the same positions, wherever a run is cut. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { HART_X } from '../../emulator/core/layout.ts';
import { createEngine, type Engine, type EngineOptions } from '../../emulator/engine/engine.ts';
import type { InputEvent } from '../../emulator/machine/input.ts';
import { Machine, NO_CONDITIONS } from '../../emulator/machine/machine.ts';
import type { MachineConfiguration, StopConditions } from '../../emulator/machine/machine-types.ts';
import { Replayer } from '../../emulator/record/replayer.ts';
import { configurationOf, FLOAT_GUESTS, INTERPRETER_GUESTS, SAMPLE_ELF } from '../bench/bench-guests.ts';
import { buildGuest } from '../bench/interpreter.ts';
import { guest, GUESTS, noAssembler } from '../machine/guests.ts';
import { randomFrom } from '../session/sessions.ts';

const KEYS: readonly InputEvent[] = [
  { at: 0, kind: 'rtc-base', ns: '1700000000000000000' },
  ...[2000, 2001, 2002, 30_000, 30_000, 77_777].map((at, index): InputEvent => ({ at, kind: 'console', bytes: Uint8Array.of(97 + index, 65) })),
];

interface Run {
  readonly engine: Engine;
  readonly machine: Machine;
  readonly door: Replayer;
}

function powerOn(configuration: MachineConfiguration, options: EngineOptions): Run {
  const engine = createEngine(options);
  const machine = new Machine(engine, configuration);
  const door = new Replayer(KEYS, 1e12);
  door.rewind(0);
  return { engine, machine, door };
}

/** Digests at `positions` of a run that does nothing else on the way. */
function digests(configuration: MachineConfiguration, translateAfter: number, positions: readonly number[]): readonly unknown[] {
  const { engine, machine, door } = powerOn(configuration, { translateAfter });
  const result = positions.map((position) => {
    machine.run(position, NO_CONDITIONS, door);
    return [machine.icount, machine.digest()];
  });
  assert.ok(translateAfter === Infinity || (engine.translation?.translations ?? 0) > 0, 'something was translated');
  return result;
}

function positionsUpTo(end: number, count: number, seed: number): readonly number[] {
  const random = randomFrom(seed);
  return [...new Array(count).keys()].map(() => 1 + random(end)).concat(end).sort((one, other) => one - other);
}

/** Every tier agrees with the interpreter at random positions. */
function agree(configuration: MachineConfiguration, end: number, seed: number): void {
  const positions = positionsUpTo(end, 12, seed);
  const expected = digests(configuration, Infinity, positions);
  for (const translateAfter of [0, 1, 7, 100]) {
    assert.deepEqual(digests(configuration, translateAfter, positions), expected, `translated after ${translateAfter}, seed ${seed}`);
  }
}

/** The same with what a user may do on the way: short slices, checkpoints and restores, breakpoints and watches that come and go. */
function agreeWhenDisturbed(configuration: MachineConfiguration, end: number, seed: number): void {
  const reference = powerOn(configuration, { translateAfter: Infinity });
  const { machine, door } = powerOn(configuration, { translateAfter: seed % 3, regionLimit: 8 + (seed % 60) });
  const random = randomFrom(seed);
  const pcs: bigint[] = [];
  let conditions: StopConditions = NO_CONDITIONS;
  while (machine.icount < end && machine.ending === undefined) {
    const until = Math.min(end, machine.icount + 1 + random(random(4) === 0 ? 20 : 8000));
    if (random(3) === 0) {
      const breakpoints = new Set(pcs.filter(() => random(4) === 0));
      const address = machine.hart.u64(HART_X + 16) + BigInt(random(64));
      conditions = { breakpoints, watches: random(3) === 0 ? [{ address, sizeBytes: 1 + random(16), kind: 'access' }] : [], caughtCauses: new Set(random(2) === 0 ? [2, 8, 13] : []) };
    }
    const state = random(10) === 0 ? machine.saveState() : undefined;
    const at = machine.icount;
    for (let stops = 0; stops < 50; stops++) {
      const { reason } = machine.run(until, conditions, door);
      if (reason === 'until' || reason === 'power-off') break;
      pcs.push(machine.hart.pc);
    }
    if (state !== undefined) {
      machine.restoreState(state);
      door.rewind(at);
      machine.releaseState(state);
    }
    if (pcs.length < 30) pcs.push(machine.hart.pc);
  }
  machine.run(end, NO_CONDITIONS, door);
  reference.machine.run(end, NO_CONDITIONS, reference.door);
  assert.deepEqual([machine.icount, machine.digest()], [reference.machine.icount, reference.machine.digest()], `seed ${seed}`);
}

const LENGTH = 150_000;
const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);

for (const name of GUESTS) {
  test(`${name}: digests, seed ${seed}`, { skip: noAssembler }, () => { agree(guest(name).configuration, LENGTH, seed); });
  for (const round of [0, 1, 2]) {
    test(`${name}: digests of a disturbed run, seed ${seed + round}`, { skip: noAssembler }, () => { agreeWhenDisturbed(guest(name).configuration, LENGTH, seed + round); });
  }
}

test(`heisenbug: digests, seed ${seed}`, () => { agree(configurationOf(SAMPLE_ELF), 2_000_000, seed); });
test(`heisenbug: digests of a disturbed run, seed ${seed}`, () => { agreeWhenDisturbed(configurationOf(SAMPLE_ELF), 500_000, seed); });

test(`guests of the bench: digests, seed ${seed}`, { skip: noAssembler }, () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'chronovisor-tiers-'));
  try {
    for (const name of [...INTERPRETER_GUESTS, ...FLOAT_GUESTS]) agree(configurationOf(buildGuest(folder, name, 1_000_000)), 300_000, seed);
  } finally {
    rmSync(folder, { recursive: true });
  }
});
