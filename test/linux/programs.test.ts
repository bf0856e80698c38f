/** Programs in Linux print what they print in QEMU; and what the translator recorded, the interpreter replays. */
import assert from 'node:assert/strict';
import { rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, describe, it } from 'node:test';
import { createEngine } from '../../emulator/engine/engine.ts';
import { createLiveSession } from '../../emulator/index.ts';
import { verifyRecording } from '../../emulator/session/verify.ts';
import { memoryLog, testHost } from '../session/sessions.ts';
import { configurationHere, labInitrd, noComparison, shellHere, shellInQemu, temporaryFolder } from './lab.ts';
import type { QemuShell, Shell } from './shell.ts';

/** The program's topics, guest/program.c, and scripts. */
const COMMANDS = [...['signals', 'floats', 'memory', 'forks', 'code', 'threads'].map((topic) => `/t/program ${topic}`), 'sh /t/shell.sh'];

/** What each command prints. */
async function runAll(shell: Shell): Promise<Map<string, string>> {
  await shell.waitForPrompt();
  const printed = await shell.runAll(COMMANDS);
  return new Map(COMMANDS.map((command, index) => [command, printed[index] ?? '']));
}

describe('programs in Linux', { skip: noComparison }, () => {
  const folder = temporaryFolder();
  const log = memoryLog();
  let qemu: QemuShell | undefined;
  let here = new Map<string, string>(), there = new Map<string, string>();
  after(() => {
    qemu?.close();
    rmSync(folder, { recursive: true });
  });

  before(async () => {
    const initrd = path.join(folder, 'initrd');
    writeFileSync(initrd, labInitrd(true));
    const session = createLiveSession({ configuration: configurationHere({ initrd }), idle: 'skip', log: log.log, timeline: { checkpointSpacing: Infinity } }, testHost());
    const shell = shellHere(session);
    qemu = shellInQemu({ initrd });
    [here, there] = await Promise.all([runAll(shell), runAll(qemu)]);
    await shell.powerOff('poweroff');
    session.close();
  });

  for (const command of COMMANDS) {
    it(`${command} prints what it prints in QEMU`, () => {
      const expected = there.get(command) ?? '';
      assert.doesNotMatch(expected, /FAILED/);
      assert(expected.split('\n').length > 5, expected);
      if (command.includes('program')) assert.match(expected, /\nend\n$/);
      assert.equal(here.get(command), expected);
    });
  }

  it('the interpreter replays it exactly', async () => {
    const { digestsChecked } = await verifyRecording({ bytes: log.bytes(), name: 'programs.chrono' }, testHost(), () => createEngine({ translateAfter: Infinity }));
    assert(digestsChecked >= 10, `${digestsChecked} digests`);
  });
});
