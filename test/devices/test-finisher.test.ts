import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TestFinisher } from '../../emulator/devices/test-finisher.ts';
import { Bench, play } from './device-script.ts';

function check(script: string, expect: string): void {
  const bench = new Bench();
  const device = new TestFinisher((result) => { bench.log.push(`${result.kind} ${result.exitCode}`); });
  const registers = { word: { offset: 0, size: 4 }, half: { offset: 0, size: 2 }, next: { offset: 4, size: 4 } };
  assert.equal(play({ bench, device, registers }, script), expect, script);
  const restored = new TestFinisher(() => { assert.fail('load calls nobody'); });
  restored.load(device.save());
  assert.deepEqual(restored.result, device.result);
}

test('finisher', () => {
  check('word word=5555', 'word:0 power-off 0');
  check('word=12345555', 'power-off 0');
  check('word=3333', 'power-off 0');
  check('word=2a3333', 'power-off 42');
  check('word=ffff3333', 'power-off 65535');
  check('half=3333', 'power-off 0');
  check('word=7777', 'reset 0');
  check('word=0 word=1234 next=5555 next', 'next:0');
});
