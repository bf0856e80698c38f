/** The two tiers run Linux in step; and a difference, where there is one, is found to the instruction. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { describe, it, test } from 'node:test';
import '../../emulator/host/v8-flags.ts';
import { HART_MSCRATCH, HART_REGISTERS_SIZE, HART_SAVED_SIZE } from '../../emulator/core/layout.ts';
import { createLiveSession } from '../../emulator/index.ts';
import type { Machine } from '../../emulator/machine/machine.ts';
import { configurationOf, SAMPLE_ELF } from '../bench/bench-guests.ts';
import { memoryLog, NOTHING, randomFrom, testHost } from '../session/sessions.ts';
import { missingLinuxGuest } from '../tools.ts';
import { runLockstep, type LockstepResult } from './compare.ts';
import { courseWithoutInput, linuxCourse } from './course.ts';
import { describeDifference } from './difference.ts';
import { differingFields } from './hart-fields.ts';
import type { LaneOptions } from './lane.ts';

const UNTIL = 1_500_000;
const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);

function lockstep(candidate: LaneOptions, steps: { every?: number; digestEvery?: number } = {}): Promise<LockstepResult> {
  return runLockstep(courseWithoutInput(configurationOf(SAMPLE_ELF)), { every: 10_000, digestEvery: 100_000, until: UNTIL, ...steps, candidate });
}

function assertEqual({ difference, position }: LockstepResult, until: number): void {
  assert.equal(difference, undefined, difference && describeDifference(difference));
  assert.equal(position, until);
}

for (const translateAfter of [0, 3, undefined]) {
  test(`no difference, translated after ${translateAfter ?? 'as many arrivals as usual'}`, async () => {
    const result = await lockstep(translateAfter === undefined ? {} : { translateAfter }, { every: 4999 });
    assertEqual(result, UNTIL);
    assert.deepEqual([result.comparisons, result.digests, result.translations > 0], [Math.ceil(UNTIL / 4999) + UNTIL / 100_000 - 1, UNTIL / 100_000, true]);
  });
}

describe('a planted difference', () => {
  const flipMemory = (machine: Machine): void => {
    machine.hart.bytes(machine.engine.core.pageOpenForWrite(machine.vm, 0x700), 1)[0]! ^= 0x5a;
  };
  const changes: Readonly<Record<string, { change: (machine: Machine) => void; found: (result: LockstepResult) => unknown }>> = {
    's11': { change: ({ hart }) => { hart.setRegister(27, 0x1234n); }, found: ({ difference }) => difference?.fields.map(({ name, candidate }) => `${name}=${candidate.toString(16)}`).join() === 's11=1234' },
    'mscratch': { change: ({ hart }) => { hart.setU64(HART_MSCRATCH, 77n); }, found: ({ difference }) => difference?.fields.some(({ name, candidate }) => name === 'mscratch' && candidate === 77n) },
    'memory': { change: flipMemory, found: ({ difference }) => difference?.parts.join() === 'memory' && difference.memory.length === 1 && difference.memory[0]?.address === 0x8070_0000n },
  };
  const random = randomFrom(seed);
  for (const [what, { change, found }] of Object.entries(changes)) {
    for (const at of [1, 100_000, 100_001, UNTIL, 1 + random(UNTIL)]) {
      it(`in ${what}, found at ${at} exactly, seed ${seed}`, async () => {
        const result = await lockstep({ translateAfter: 2, tampering: { at, change } });
        assert(result.difference !== undefined);
        assert.equal(result.difference.position, at - 1);
        assert.equal(result.difference.how, 'restored');
        assert.ok(found(result), describeDifference(result.difference));
        assert.equal(result.difference.trail.at(-1)?.position, at - 1);
      });
    }
  }

  it('is found from power-on where it does not come again after going back', async () => {
    const changed = new WeakSet<Machine>();
    const change = (machine: Machine): void => {
      if (!changed.has(machine)) machine.hart.setRegister(27, 0x1234n);
      changed.add(machine);
    };
    const { difference } = await lockstep({ translateAfter: 2, tampering: { at: 777_777, change } });
    assert.deepEqual([difference?.position, difference?.how], [777_776, 'from power-on']);
  });

  it('that never comes again is reported as an interval', async () => {
    let changes = 0;
    const { difference } = await lockstep({ tampering: { at: 777_777, change: ({ hart }) => { if (changes++ === 0) hart.setRegister(27, 0x1234n); } } });
    assert.deepEqual([difference?.position, difference?.to, difference?.how], [700_000, 780_000, 'not again']);
  });
});

test('every byte of a hart has a name', () => {
  const one = new Uint8Array(HART_SAVED_SIZE);
  for (const offset of [...new Array(HART_REGISTERS_SIZE).keys(), 0x1000, 0x4fff, 0x5000, 0x5fff]) {
    const other = one.slice();
    other[offset] = 1;
    assert.equal(differingFields(one, other).length, 1, `byte ${offset}`);
  }
});

describe('the command', () => {
  const run = (...args: string[]): { status: number | null; stdout: string; stderr: string } =>
    spawnSync(process.execPath, ['--import', 'tsx', path.join(import.meta.dirname, 'lockstep.ts'), ...args], { encoding: 'utf8' });

  it('exits with 0 on equal machines, with a recording', async () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'chronovisor-lockstep-'));
    try {
      const log = memoryLog();
      const session = createLiveSession({ configuration: configurationOf(SAMPLE_ELF), idle: 'skip', log: log.log }, testHost());
      for (const key of 'hello') {
        session.consoleInput(Buffer.from(key));
        await session.runForward(NOTHING, { until: session.timeline(0).position + 300_000 });
      }
      const { position } = session.timeline(0);
      session.close();
      const file = path.join(folder, 'test.chrono');
      writeFileSync(file, log.bytes());
      const { status, stdout } = run('--recording', file, '--every', '1000', '--threshold', '0');
      assert.equal(status, 0);
      assert.ok(stdout.startsWith(`Equal up to @${position.toLocaleString('en-US')} `), stdout);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('exits with 1 on a difference, and says how to see it again', () => {
    const { status, stdout } = run('--elf', SAMPLE_ELF, '--every', '10,000', '--digests', '100,000', '--until', '400,000', '--plant', '123,456');
    assert.equal(status, 1);
    assert.match(stdout, /^Different after the instruction at @123,455, pc 0x0000000080[0-9a-f]{6}: \w/);
    assert.match(stdout, /\n {2}t6 +[0-9a-f]{16} [0-9a-f]{16}\n/);
    assert.match(stdout, /\nAgain: npx tsx test\/lockstep\/lockstep.ts --elf .* --plant 123,456\n$/);
  });

  for (const args of [['--every', 'often'], ['--guest', 'minix'], []]) {
    it(`exits with 2 for ${args.join(' ') || 'nothing to run'}`, () => {
      const { status, stderr } = run(...args);
      assert.equal(status, 2, stderr);
    });
  }
});

test('Linux boots in step', { skip: missingLinuxGuest() }, async (context) => {
  const until = 1_050_000_000;
  // Translated code is cut elsewhere each time.
  const every = 5_000_000 + randomFrom(seed)(10_000_000);
  context.diagnostic(`npm run lockstep -- --guest linux --until ${until} --digests 350000000 --every ${every}`);
  assertEqual(await runLockstep(linuxCourse(), { every, digestEvery: 350_000_000, until, candidate: {} }), until);
});
