import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createEngine } from '../../emulator/engine/engine.ts';
import { Machine, NO_CONDITIONS } from '../../emulator/machine/machine.ts';
import { Replayer } from '../../emulator/record/replayer.ts';
import { guest, noAssembler } from './guests.ts';

const POWER_OFF_BY = 100;
const S0 = 8;
const S1 = 9;

test('rdtime follows what the guest wrote to mtime', { skip: noAssembler }, () => {
  const machine = new Machine(createEngine(), guest('clock').configuration);
  const stop = machine.run(POWER_OFF_BY, NO_CONDITIONS, new Replayer([], POWER_OFF_BY));
  assert.deepEqual(stop, { reason: 'power-off', exitCode: 0 });
  assert.equal(machine.hart.register(S0), 1n << 40n);
  assert.equal(machine.hart.register(S1), 1n << 40n);
  machine.close();
});
