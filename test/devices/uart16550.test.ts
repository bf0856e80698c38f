import assert from 'node:assert/strict';
import { test } from 'node:test';
import { RECEIVE_QUEUE_SIZE, Uart16550 } from '../../emulator/devices/uart16550.ts';
import { Bench, play } from './device-script.ts';

const REGISTERS = {
  rbr: { offset: 0, size: 1 }, thr: { offset: 0, size: 1 }, dll: { offset: 0, size: 1 }, ier: { offset: 1, size: 1 }, dlm: { offset: 1, size: 1 },
  iir: { offset: 2, size: 1 }, fcr: { offset: 2, size: 1 }, lcr: { offset: 3, size: 1 }, mcr: { offset: 4, size: 1 },
  lsr: { offset: 5, size: 1 }, msr: { offset: 6, size: 1 }, scr: { offset: 7, size: 1 }, rbr8: { offset: 0, size: 8 }, thr4: { offset: 0, size: 4 },
};

function rig() {
  const bench = new Bench();
  const device = new Uart16550({
    clock: bench.clock,
    interrupt: bench.line('irq'),
    output: (byte) => { bench.log.push(`>${byte.toString(16)}`); },
    timerChanged: () => undefined,
  });
  const action = (word: string): boolean => {
    if (!/^rx:([0-9a-f]{2})+$/.test(word)) return false;
    device.receive(Buffer.from(word.slice(3), 'hex'));
    return true;
  };
  return { bench, device, registers: REGISTERS, action };
}

function check(script: string, expect: string): void {
  assert.equal(play(rig(), script), expect, script);
}

test('registers', () => {
  check('rbr ier iir lcr mcr lsr msr scr', 'rbr:0 ier:0 iir:1 lcr:0 mcr:8 lsr:60 msr:b0 scr:0');
  check('ier=ff ier scr=a5 scr lcr=1b lcr mcr=ff mcr', 'irq ier:f scr:a5 lcr:1b mcr:1f');
  check('lsr=00 lsr msr=00 msr', 'lsr:60 msr:b0');
  check('lcr=80 dll dlm dll=34 dlm=12 dll dlm lcr=03 rbr ier', 'dll:c dlm:0 dll:34 dlm:12 rbr:0 ier:0');
  check('rx:41 rbr8 thr4=12345641', 'rbr8:41 >41');
});

test('transmitter', () => {
  check('thr=41 thr=42 lsr', '>41 >42 lsr:60');
  check('ier=02 iir iir thr=41 iir iir', 'irq iir:2 -irq iir:1 >41 irq iir:2 -irq iir:1');
  // Turning the interrupt on raises it again, although IIR was read.
  check('ier=02 iir ier=00 ier=02 iir', 'irq iir:2 -irq irq iir:2 -irq');
  check('ier=02 iir ier=02 iir', 'irq iir:2 -irq iir:1');
  check('ier=02 iir fcr=04 iir', 'irq iir:2 -irq irq iir:2 -irq');
});

test('receiver without FIFO', () => {
  check('rx:41 lsr iir rbr lsr rbr', 'lsr:61 iir:1 rbr:41 lsr:60 rbr:41');
  check('ier=01 rx:4142 iir rbr lsr iir rbr lsr iir', 'irq iir:4 rbr:41 -irq irq lsr:61 iir:4 rbr:42 -irq lsr:60 iir:1');
  check('rx:414243 rbr rbr lsr rbr lsr', 'rbr:41 rbr:42 lsr:61 rbr:43 lsr:60');
});

test('receiver with FIFO', () => {
  check('fcr=01 iir rx:4142 lsr rbr rbr rbr lsr', 'iir:c1 lsr:61 rbr:41 rbr:42 rbr:0 lsr:60');
  check('fcr=41 ier=01 rx:414243 iir rx:44 iir rbr iir', 'iir:c1 irq iir:c4 rbr:41 -irq iir:c1');
  check('fcr=81 ier=01 rx:41424344454647 iir rx:48 iir', 'iir:c1 irq iir:c4');
  check('fcr=c1 ier=01 rx:4142434445464748494a4b4c4d iir rx:4e iir', 'iir:c1 irq iir:c4');
  check('fcr=01 rx:4142 fcr=03 lsr rbr', 'lsr:60 rbr:0');
  check('fcr=01 rx:4142 fcr=00 lsr iir', 'lsr:60 iir:1');
});

test('input waits behind the FIFO', () => {
  const bytes = Array.from({ length: 20 }, (_, index) => (index + 1).toString(16).padStart(2, '0')).join('');
  check(`fcr=01 rx:${bytes} ${'rbr '.repeat(20)} lsr`, `${Array.from({ length: 20 }, (_, index) => `rbr:${(index + 1).toString(16)}`).join(' ')} lsr:60`);
  check('rx:010203 fcr=01 rbr lsr', 'rbr:2 lsr:61');
  check('mcr=10 rx:01 lsr mcr=08 lsr rbr', 'lsr:60 lsr:61 rbr:1');
  const { device } = rig();
  assert.equal(device.receive(new Uint8Array(RECEIVE_QUEUE_SIZE + 100)), RECEIVE_QUEUE_SIZE);
  assert.equal(device.receive(new Uint8Array(100)), 1, 'one byte moved up into RBR');
});

test('character timeout', () => {
  // 4 characters of 10 bits at divisor 12 after LCR was written: 4 * 300606 ns.
  check('lcr=03 fcr=c1 ier=01 rx:41 +1202423 iir +1 iir rbr iir', 'iir:c1 irq iir:cc rbr:41 -irq iir:c1');
  check('lcr=03 fcr=c1 ier=01 rx:4142 +1202424 iir rbr iir +1202424 iir', 'irq iir:cc rbr:41 -irq iir:c1 irq iir:cc');
  check('lcr=03 fcr=c1 ier=01 rx:41 +1000000 rx:42 +1202423 iir +1 iir', 'iir:c1 irq iir:cc');
  check('lcr=03 fcr=c1 ier=01 rx:41 rbr +9000000 iir', 'rbr:41 iir:c1');
  check('lcr=03 fcr=c1 rx:41 +9000000 ier=01 iir', 'irq iir:cc');
  check('lcr=03 fcr=c1 ier=01 rx:41 +1202424 fcr=c3 iir', 'irq -irq iir:c1');
  check('fcr=c1 ier=01 rx:41 +4166639 iir +1 iir', 'iir:c1 irq iir:cc');
  check('lcr=80 dll=01 lcr=1f fcr=c1 ier=01 rx:41 +120239 iir +1 iir', 'iir:c1 irq iir:cc');
});

test('loopback', () => {
  check('mcr=10 thr=41 lsr rbr lsr', 'lsr:61 rbr:41 lsr:60');
  check('mcr=10 thr=41 thr=42 lsr lsr rbr', 'lsr:63 lsr:61 rbr:42');
  check('mcr=10 msr mcr=11 msr mcr=12 msr mcr=14 msr mcr=18 msr', 'msr:0 msr:20 msr:10 msr:40 msr:80');
  check(`mcr=10 fcr=01 ${'thr=41 '.repeat(16)} lsr thr=42 lsr lsr ier=04`, 'lsr:61 lsr:63 lsr:61');
  check('mcr=10 ier=05 thr=41 thr=42 iir lsr iir rbr iir', 'irq iir:6 lsr:63 iir:4 rbr:42 -irq iir:1');
});
