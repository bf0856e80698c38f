/** At a position of Linux there is one state, whatever the tier, the schedule of checkpoints, and the seeks that led there. */
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { before, describe, it } from 'node:test';
import { createEngine, type EngineOptions } from '../../emulator/engine/engine.ts';
import { bootConfiguration } from '../../emulator/host/boot-files.ts';
import '../../emulator/host/v8-flags.ts';
import type { TimelineOptions } from '../../emulator/index.ts';
import { createLiveSessionOn, openRecordingOn } from '../../emulator/session/open-session.ts';
import { memoryLog, NOTHING, randomFrom, testHost, visit } from '../session/sessions.ts';
import { missingLinuxGuest } from '../tools.ts';

const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);
const again = `again: TEST_SEED=${seed} npx tsx --test test/boot/linux-digests.test.ts`;

/** Linux is at its prompt after 1.0 G. */
const END = 1_150_000_000;
const PROMPT = ':~# \x1b[6n';
const COMMANDS = ['ls -l /bin | md5sum\n', 'i=0; while [ $i -lt 30 ]; do i=$((i+1)); done; echo $i\n'];
const POSITIONS = 60;
const SEEKS = 12;
/** Where a machine is too slow, the schedules that are left are not tried. */
const BUDGET_MS = 40_000;

interface History {
  readonly bytes: Uint8Array;
  /** Digests at random positions, of the interpreter alone that never went back. */
  readonly digests: ReadonlyMap<number, string>;
}

async function record(random: (below: number) => number): Promise<History> {
  const log = memoryLog();
  const configuration = bootConfiguration({ guest: 'linux' }, String);
  const session = createLiveSessionOn(createEngine({ translateAfter: Infinity }), { configuration, idle: 'skip', log: log.log, timeline: { checkpointSpacing: Infinity } }, testHost());
  const commands = [...COMMANDS];
  let text = '';
  session.onConsoleOutput((bytes) => {
    text = (text + Buffer.from(bytes).toString('latin1')).slice(-PROMPT.length);
    const command = text === PROMPT ? commands.shift() : undefined;
    if (command !== undefined) session.consoleInput(Buffer.from(command));
  });
  const digests = new Map<number, string>();
  const positions = [...new Array(POSITIONS).keys()].map(() => 1 + random(END)).concat(END).sort((one, other) => one - other);
  for (const position of positions) {
    await session.runForward(NOTHING, { until: position });
    digests.set(position, session.digest());
  }
  session.close();
  assert.equal(commands.length, 0, 'commands were typed');
  return { bytes: log.bytes(), digests };
}

describe('one state at each position of Linux', { skip: missingLinuxGuest() }, () => {
  const random = randomFrom(seed);
  const begin = performance.now();
  let history: History = { bytes: new Uint8Array(), digests: new Map() };
  before(async () => { history = await record(random); });

  const schedules: readonly (readonly [string, EngineOptions, Partial<TimelineOptions>])[] = [
    ['translated as usual, checkpoints as usual', {}, {}],
    ['translated early, few regions kept, dense checkpoints', { translateAfter: 200, regionLimit: 300 }, { checkpointSpacing: 3_000_000, framesMax: 20_000 }],
    ['translated late, few checkpoints', { translateAfter: 5000 + random(20_000) }, { checkpointSpacing: 60_000_000, checkpointCountMax: 12 }],
    ['interpreted, any checkpoints', { translateAfter: Infinity }, { checkpointSpacing: 5_000_000 + random(50_000_000), checkpointCountMax: 3 + random(40) }],
  ];
  // In another order each time: the last ones may not come.
  const first = random(schedules.length);
  const inOrder = [...schedules.slice(first), ...schedules.slice(0, first)];
  for (const [what, engineOptions, timeline] of inOrder) {
    it(`${what}, seed ${seed}`, async (context) => {
      if (performance.now() - begin > BUDGET_MS) {
        context.skip('the time is up: this computer is slow, or busy');
        return;
      }
      const session = openRecordingOn(createEngine(engineOptions), { bytes: history.bytes, name: 'linux.chrono', timeline }, testHost());
      const positions = [...history.digests.keys()];
      for (let seek = 0; seek < SEEKS; seek++) {
        const position = positions[random(positions.length)] ?? END;
        const way = random(4);
        await visit(session, position, way, random);
        assert.equal(session.digest(), history.digests.get(position), `seek ${seek}, way ${way}, to ${position} with ${JSON.stringify({ ...engineOptions, ...timeline })}; ${again}`);
      }
      session.close();
    });
  }
});
