import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Plic } from '../../emulator/devices/plic.ts';
import { Bench, play } from './device-script.ts';

const priorities = Object.fromEntries([0, 1, 2, 10, 11, 31, 32, 95, 96, 97].map((source) => [`prio${source}`, { offset: 4 * source, size: 4 }]));
const REGISTERS = {
  ...priorities,
  pend0: { offset: 0x1000, size: 4 }, pend1: { offset: 0x1004, size: 4 }, pend2: { offset: 0x1008, size: 4 }, pend3: { offset: 0x100c, size: 4 },
  en0: { offset: 0x2000, size: 4 }, en1: { offset: 0x2004, size: 4 }, en2: { offset: 0x2008, size: 4 }, en3: { offset: 0x200c, size: 4 },
  sen0: { offset: 0x2080, size: 4 }, sen2: { offset: 0x2088, size: 4 }, xen0: { offset: 0x2100, size: 4 },
  thr: { offset: 0x200000, size: 4 }, claim: { offset: 0x200004, size: 4 }, other: { offset: 0x200008, size: 4 },
  sthr: { offset: 0x201000, size: 4 }, sclaim: { offset: 0x201004, size: 4 }, xclaim: { offset: 0x202004, size: 4 },
};

/** `^10` drives source 10 high, `_10` low. */
function check(script: string, expect: string): void {
  const bench = new Bench();
  const device = new Plic([bench.line('meip'), bench.line('seip')]);
  const action = (word: string): boolean => {
    const drive = /^([_^])([0-9]+)$/.exec(word);
    if (drive === null) return false;
    device.sourceLine(Number(drive[2]))(drive[1] === '^');
    return true;
  };
  assert.equal(play({ bench, device, registers: REGISTERS, action }, script), expect, script);
}

test('registers', () => {
  check('prio10=ffffffff prio10 prio0=5 prio0 prio96=3 prio96 prio97=3 prio97', 'prio10:7 prio0:0 prio96:3 prio97:0');
  check('en0=ffffffff en0 en2=80000001 en2 en3=1 en3 sen0=400 sen0 xen0=1 xen0', 'en0:ffffffff en2:80000001 en3:0 sen0:400 xen0:0');
  check('thr=f thr sthr=3 sthr pend0=ffffffff pend0 other=1 other xclaim=1 xclaim', 'thr:7 sthr:3 pend0:0 other:0 xclaim:0');
});

test('claim and complete', () => {
  check('prio10=1 en0=400 ^10 pend0 claim pend0 claim claim=a claim', 'meip pend0:400 claim:a -meip pend0:0 claim:0 claim:0');
  check('prio10=1 sen0=400 ^10 sclaim ^10 pend0 sclaim sclaim=a sclaim', 'seip sclaim:a -seip pend0:400 sclaim:0 seip sclaim:a -seip');
  check('prio10=1 en0=400 sen0=400 ^10 sclaim claim', 'meip seip sclaim:a -meip -seip claim:0');
  check('prio95=1 en2=80000000 ^95 pend2 claim', 'meip pend2:80000000 claim:5f -meip');
});

test('a request stays when the line falls', () => {
  check('prio10=1 en0=400 ^10 _10 pend0 claim', 'meip pend0:400 claim:a -meip');
});

test('completion does not look at the line', () => {
  check('prio10=1 en0=400 ^10 claim claim=a pend0 claim', 'meip claim:a -meip pend0:0 claim:0');
});

test('priorities and thresholds', () => {
  check('en0=c00 prio10=1 prio11=2 ^10 ^11 claim claim', 'meip claim:b claim:a -meip');
  check('en0=80000400 en1=1 prio10=3 prio31=3 prio32=3 ^32 ^31 ^10 claim claim claim', 'meip claim:a claim:1f claim:20 -meip');
  check('en0=400 prio10=0 ^10 prio10=1 prio10=0 claim', 'meip -meip claim:0');
  check('en0=400 prio10=3 thr=3 ^10 claim thr=2 claim', 'claim:0 meip claim:a -meip');
  check('prio10=1 ^10 en0=400 en0=0 claim', 'meip -meip claim:0');
});
