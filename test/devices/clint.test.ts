import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Clint } from '../../emulator/devices/clint.ts';
import { Bench, play } from './device-script.ts';

const REGISTERS = {
  msip: { offset: 0, size: 4 }, msip1: { offset: 4, size: 4 }, msip2: { offset: 8, size: 4 }, msip8: { offset: 0, size: 8 },
  cmp: { offset: 0x4000, size: 8 }, cmplow: { offset: 0x4000, size: 4 }, cmphigh: { offset: 0x4004, size: 4 },
  cmp1: { offset: 0x4008, size: 8 }, cmp2: { offset: 0x4010, size: 8 },
  time: { offset: 0xbff8, size: 8 }, timelow: { offset: 0xbff8, size: 4 }, timehigh: { offset: 0xbffc, size: 4 },
};

function check(script: string, expect: string): void {
  const bench = new Bench();
  const device = new Clint({
    clock: bench.clock,
    harts: [0, 1].map((hart) => ({ softwareInterrupt: bench.line(`msip${hart}`), timerInterrupt: bench.line(`mtip${hart}`, true) })),
    timerChanged: bench.note('changed'),
  });
  const action = (word: string): boolean => {
    if (word !== 'deadline') return false;
    bench.log.push(`deadline:${device.nextDeadlineNs()}`);
    return true;
  };
  assert.equal(play({ bench, device, registers: REGISTERS, action }, script), expect, script);
}

test('software interrupts', () => {
  check('msip msip=3 msip msip1 msip=2 msip', 'msip:0 msip0 msip:1 msip1:0 -msip0 msip:0');
  check('msip1=1 msip1 msip2=1 msip2 msip8 msip8=1', 'msip1 msip1:1 msip2:0 msip8:fault msip8:fault');
});

test('mtime', () => {
  check('time +99 time +1 time +1000000 time timelow timehigh', 'time:0 time:0 time:1 time:2711 timelow:2711 timehigh:0');
  check('+1000 time=100000000 time +200 time timehigh', 'changed time:100000000 time:100000002 timehigh:1');
  check('time=112345678 timelow=1 time timehigh=2 time', 'changed changed time:100000001 changed time:200000001');
});

test('mtimecmp', () => {
  check('cmp deadline', 'cmp:0 deadline:Infinity');
  check('cmp=5 deadline +499 +1 deadline', '-mtip0 changed deadline:500 mtip0 deadline:Infinity');
  check('cmp=5 +500 cmp=ffffffffffffffff deadline', '-mtip0 changed mtip0 -mtip0 changed deadline:Infinity');
  check('+1000 cmp=a cmp=b +100', 'changed -mtip0 changed mtip0');
  check('cmphigh=1 cmplow=2 cmp cmplow cmphigh deadline', '-mtip0 changed changed cmp:100000002 cmplow:2 cmphigh:1 deadline:429496729800');
  check('cmp1=5 cmp=7 deadline +700 cmp1 cmp2=9 cmp2', '-mtip1 changed -mtip0 changed deadline:500 mtip1 mtip0 cmp1:5 cmp2:0');
});

test('a write to mtime moves the deadline', () => {
  check('cmp=64 time=5a deadline +999 +1', '-mtip0 changed changed deadline:1000 mtip0');
  check('cmp=64 time=64 time=0 deadline', '-mtip0 changed mtip0 changed -mtip0 changed deadline:10000');
  check('+12345 cmp=fffffffffffffff0 time=ffffffffffffffef deadline +54 +1', '-mtip0 changed changed deadline:12400 mtip0');
});
