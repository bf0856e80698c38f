/** The speed that is shown. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SpeedMeter } from '../../emulator/session/speed-meter.ts';

class Clock {
  nowMs = 1000;
  readonly meter = new SpeedMeter(() => this.nowMs);

  work(ms: number, instructions: number): void {
    for (let left = ms; left > 0; left -= 10) {
      this.nowMs += 10;
      this.meter.executed((instructions * 10) / ms);
    }
  }

  sleep(ms: number): void {
    this.meter.fallAsleep();
    this.nowMs += ms;
    this.meter.wakeUp();
  }

  read(): string {
    const { mips, idle } = this.meter.read();
    return idle ? 'idle' : mips.toFixed(0);
  }
}

test('instructions over the time that the guest did not wait', () => {
  const clock = new Clock();
  clock.work(300, 60_000_000);
  assert.equal(clock.read(), '200');
  // Half of the time it waits.
  for (let round = 0; round < 60; round++) {
    clock.work(10, 3_000_000);
    clock.sleep(10);
  }
  assert.equal(clock.read(), '300');
  clock.work(1000, 100_000_000);
  assert.equal(clock.read(), '100');
  assert.equal(clock.meter.read().waitedMs, 600);
});

test('idle, also while the wait goes on, and not any more when it has ended', () => {
  const clock = new Clock();
  clock.work(300, 60_000_000);
  clock.meter.fallAsleep();
  clock.nowMs += 100;
  assert.equal(clock.read(), '200');
  clock.nowMs += 400;
  assert.equal(clock.read(), 'idle');
  clock.nowMs += 60_000;
  assert.equal(clock.read(), 'idle');
  clock.meter.wakeUp();
  clock.work(300, 60_000_000);
  assert.equal(clock.read(), '200');
  // A timer tick now and then is still idle.
  for (let round = 0; round < 300; round++) {
    clock.sleep(99);
    clock.work(10, 10_000);
  }
  assert.equal(clock.read(), 'idle');
});

test('a rest between two motions is no wait', () => {
  const clock = new Clock();
  clock.work(300, 60_000_000);
  clock.nowMs += 100_000;
  clock.meter.start();
  clock.work(300, 30_000_000);
  assert.equal(clock.read(), '100');
});
