/** Devices that write guest memory: at a boundary that the machine stands behind, with a full frame pool, with a host that fails. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BlockImage } from '../../emulator/devices/block-image.ts';
import { createEngine } from '../../emulator/engine/engine.ts';
import type { InputEvent } from '../../emulator/machine/input.ts';
import { Machine, NO_CONDITIONS } from '../../emulator/machine/machine.ts';
import type { Drive, MachineConfiguration, StopConditions, VirtioOptions } from '../../emulator/machine/machine-types.ts';
import { Recorder } from '../../emulator/record/recorder.ts';
import { Replayer } from '../../emulator/record/replayer.ts';
import { UserError } from '../../emulator/user-error.ts';
import { randomFrom } from '../session/sessions.ts';
import { diskDevices, guest, noAssembler } from './guests.ts';

const LENGTH = 150_000;

/** The inputs of a live run: keys now and then, random bytes whenever the guest asks. */
function liveInputs(): readonly InputEvent[] {
  const machine = new Machine(createEngine(), guest('disk').configuration);
  const door = new Recorder(1_700_000_000_000_000_000n);
  const random = randomFrom(3);
  door.room = () => machine.consoleRoom;
  door.entropyWanted = () => machine.entropyWanted;
  door.entropySource = (sizeBytes) => Uint8Array.from({ length: sizeBytes }, () => random(256));
  for (let at = 5000; at <= LENGTH; at += 5000) {
    door.consoleInput(Uint8Array.of(97 + random(20), 98));
    machine.run(at, NO_CONDITIONS, door);
  }
  machine.close();
  assert.ok(door.events.filter(({ kind }) => kind === 'entropy').length > 10);
  return door.events;
}

let inputs: readonly InputEvent[] | undefined;

function powerOn(frameLimit?: number, configuration: MachineConfiguration = guest('disk').configuration): { machine: Machine; door: Replayer } {
  inputs ??= liveInputs();
  const machine = new Machine(createEngine(frameLimit === undefined ? {} : { frameLimit }), configuration);
  const door = new Replayer(inputs, 1e12);
  door.rewind(0);
  return { machine, door };
}

function plainEnd(): ReturnType<Machine['digest']> {
  const { machine, door } = powerOn();
  machine.run(LENGTH, NO_CONDITIONS, door);
  const digest = machine.digest();
  machine.close();
  return digest;
}

test('behind a boundary at which a device wrote memory, the state before it is kept', { skip: noAssembler }, () => {
  const plain = powerOn();
  const { machine, door } = powerOn();
  const handler: StopConditions = { ...NO_CONDITIONS, breakpoints: new Set([guest('disk').symbol('trap')]) };
  let framesUsed = 0;
  for (let stops = 1; stops <= 30; stops++) {
    const stop = machine.run(LENGTH, handler, door);
    assert.equal(stop.reason, 'breakpoint');
    assert.ok(machine.entered, 'an interrupt handler is met behind the boundary');
    const at = machine.icount;
    plain.machine.run(at, NO_CONDITIONS, plain.door);
    const digest = plain.machine.digest();
    assert.deepEqual(machine.digest(), digest, `stop ${stops} at ${at}`);
    const state = machine.saveState();
    if (stops % 2 === 0) {
      // Away from here, back to before the boundary, and behind it again in the other way.
      machine.run(at + 500, NO_CONDITIONS, door);
      machine.restoreState(state);
      door.rewind(at);
      assert.deepEqual(machine.digest(), digest);
      machine.enter(door);
      assert.ok(machine.entered);
      assert.equal(machine.hart.pc, guest('disk').symbol('trap'));
      assert.deepEqual(machine.digest(), digest);
    }
    machine.releaseState(state);
    if (stops === 10) framesUsed = machine.framesUsed;
  }
  assert.ok(machine.framesUsed - framesUsed < 20, `no frames are lost: ${framesUsed}, then ${machine.framesUsed}`);
  machine.run(LENGTH, NO_CONDITIONS, door);
  assert.deepEqual(machine.digest(), plainEnd());
});

test('entering a boundary that leads nowhere changes nothing', { skip: noAssembler }, () => {
  const { machine, door } = powerOn();
  const random = randomFrom(9);
  let moved = 0;
  while (machine.icount < 8000) {
    machine.run(machine.icount + 1 + random(4), NO_CONDITIONS, door);
    const before = machine.digest();
    machine.enter(door);
    if (!machine.entered) moved++;
    assert.deepEqual(machine.digest(), before, `at ${machine.icount}`);
  }
  assert.ok(moved > 300);
  machine.run(LENGTH, NO_CONDITIONS, door);
  assert.deepEqual(machine.digest(), plainEnd());
});

test('a frame pool that a device fills asks for frames and goes on', { skip: noAssembler }, () => {
  for (const frameLimit of [60, 90]) {
    const { machine, door } = powerOn(frameLimit);
    const kept = [machine.saveState()];
    let asked = 0;
    machine.onOutOfFrames = () => {
      asked++;
      const state = kept.shift();
      if (state !== undefined) machine.releaseState(state);
      return state !== undefined;
    };
    while (machine.icount < LENGTH) {
      machine.run(Math.min(LENGTH, machine.icount + 3000), NO_CONDITIONS, door);
      kept.push(machine.saveState());
    }
    assert.ok(asked > 10, `asked ${asked} times`);
    assert.deepEqual(machine.digest(), plainEnd(), `${frameLimit} frames`);
  }
});

test('a host that cannot read the image ends the run with its sentence', { skip: noAssembler }, () => {
  const [drive] = diskDevices.drives ?? [];
  assert.ok(drive !== undefined);
  const broken: BlockImage = { sizeBytes: drive.image.sizeBytes, read: () => { throw new UserError('The disk is gone: plug it in'); } };
  const devices = { ...diskDevices, drives: [{ ...drive, image: broken }] };
  const { machine, door } = powerOn(undefined, { ...guest('disk').configuration, devices });
  assert.throws(() => machine.run(LENGTH, NO_CONDITIONS, door), /The disk is gone/);
});

test('what cannot be plugged in', { skip: noAssembler }, () => {
  const [drive] = diskDevices.drives ?? [];
  assert.ok(drive !== undefined);
  const check = (devices: VirtioOptions, expect: RegExp): void => {
    assert.throws(() => new Machine(createEngine(), { ...guest('disk').configuration, devices }), (error) => error instanceof UserError && expect.test(error.message));
  };
  const drives = (...changes: readonly Partial<Drive>[]): VirtioOptions => ({ drives: changes.map((change) => ({ ...drive, ...change })) });
  check(drives({ slot: 8 }), /disk\.img cannot be in virtio slot 8, which does not exist/);
  check(drives({ slot: 3 }, { slot: 3 }), /slot 3, which is taken/);
  check(drives({ serial: 'x'.repeat(21) }), /serial number of the drive disk\.img/);
  check({ ...drives({}, {}, {}, {}, {}, {}, {}), entropy: true, console: true }, /room for 8 virtio devices/);
  check({ consoleInput: 'virtio' }, /Keys cannot go to a virtio console/);
});
