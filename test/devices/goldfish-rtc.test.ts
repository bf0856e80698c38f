import assert from 'node:assert/strict';
import { test } from 'node:test';
import { GoldfishRtc } from '../../emulator/devices/goldfish-rtc.ts';
import { Bench, play } from './device-script.ts';

const REGISTERS = {
  low: { offset: 0, size: 4 }, high: { offset: 4, size: 4 }, time: { offset: 0, size: 8 },
  alow: { offset: 8, size: 4 }, ahigh: { offset: 0xc, size: 4 }, alarm: { offset: 8, size: 8 },
  enable: { offset: 0x10, size: 4 }, clear: { offset: 0x14, size: 4 }, status: { offset: 0x18, size: 4 }, ack: { offset: 0x1c, size: 4 },
};
const BASE_NS = 0x15e5_9a35_b98a_0000n;

function check(script: string, expect: string): void {
  const bench = new Bench();
  const device = new GoldfishRtc({ clock: bench.clock, interrupt: bench.line('irq'), timerChanged: bench.note('changed') });
  device.setBase(BASE_NS);
  assert.equal(play({ bench, device, registers: REGISTERS }, script), expect, script);
}

test('time', () => {
  check('high low high +4294967296 high low high', 'high:0 low:b98a0000 high:15e59a35 high:15e59a35 low:b98a0000 high:15e59a36');
  check('time +5 time', 'time:15e59a35b98a0000 time:15e59a35b98a0005');
  check('low=5 low high high=7 high low high', 'low:5 high:15e59a35 high:15e59a35 low:5 high:7');
});

test('alarm', () => {
  check('enable=3 enable ahigh=15e59a35 alow=b98a0064 status +99 status +1 status', 'enable:1 changed status:1 status:1 irq status:0');
  check('ahigh=15e59a35 alow=b98a0064 +100 enable=1 ack=0 status', 'changed irq -irq status:0');
  check('enable=1 ahigh=15e59a35 alow=b98a0064 clear=0 status +100', 'changed status:0');
  check('enable=1 alow=1 status ack=1', 'irq status:0 -irq');
  check('alarm=1600000012345678 alow ahigh alarm status', 'alow:12345678 ahigh:16000000 alarm:1600000012345678 status:0');
  check('clear ack', 'clear:0 ack:0');
});
