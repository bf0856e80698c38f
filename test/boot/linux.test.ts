/** Debian's kernel boots to a shell, takes commands, powers off, and its recording replays. Takes about 3 G instructions. */
import assert from 'node:assert/strict';
import { after, describe, it } from 'node:test';
import { createLiveSession, NO_CONDITIONS, openRecording, verifyRecording, type Session } from '../../emulator/index.ts';
import { bootConfiguration } from '../../emulator/host/boot-files.ts';
import { memoryLog, testHost } from '../session/sessions.ts';
import { missingLinuxGuest } from '../tools.ts';

/** A boot takes 1.0 G. */
const INSTRUCTIONS_MAX = 3_000_000_000;
/** With the question for the cursor's position that the shell's line editor sends. */
const PROMPT = ':~# \x1b[6n';

/** Types a line at each prompt; the lines of output. */
async function converse(session: Session, lines: readonly string[]): Promise<{ exitCode: number | undefined; end: number; text: string }> {
  const waiting = [...lines];
  let text = '';
  session.onConsoleOutput((bytes) => {
    text += Buffer.from(bytes).toString('latin1');
    if (!text.endsWith(PROMPT)) return;
    const line = waiting.shift();
    if (line !== undefined) session.consoleInput(Buffer.from(`${line}\n`));
  });
  const stop = await session.runForward(NO_CONDITIONS, { until: INSTRUCTIONS_MAX });
  return { exitCode: stop.reason === 'power-off' ? stop.exitCode : undefined, end: stop.position, text: text.replaceAll('\r', '') };
}

describe('Linux', { skip: missingLinuxGuest() }, () => {
  let bytes: Uint8Array = new Uint8Array(0);
  let session: Session | undefined;
  const digests = new Map<number, string>();
  after(() => { session?.close(); });

  it('boots to a shell and powers off', async () => {
    const log = memoryLog();
    const live = createLiveSession({ configuration: bootConfiguration({ guest: 'linux' }, String), idle: 'skip', log: log.log, timeline: { checkpointSpacing: Infinity } }, testHost());
    const lines = ['uname -sm', 'i=0; while [ $i -lt 20 ]; do i=$((i+1)); done; echo counted $i', 'echo 1.5 2.25 | awk \'{ print $1 * $2 }\'', 'md5sum /proc/version > /dev/null && echo read', 'poweroff'];
    const { exitCode, end, text } = await converse(live, lines);
    live.close();
    bytes = log.bytes();
    for (const expected of ['\nLinux riscv64\n', '\ncounted 20\n', '\n3.375\n', '\nread\n', 'reboot: Power down\n']) assert(text.includes(expected), `${expected.trim()} is missing in:\n${text}`);
    assert.doesNotMatch(text, /Oops|BUG:|Call Trace|panic/);
    assert.equal(exitCode, 0);
    assert(end > 900_000_000 && end < 1_300_000_000, `${end} instructions`);
  });

  it('replays exactly', async () => {
    const { digestsChecked } = await verifyRecording({ bytes, name: 'linux.chrono' }, testHost());
    assert(digestsChecked >= 5);
  });

  it('can be sought through, in any order', async () => {
    session = openRecording({ bytes, name: 'linux.chrono' }, testHost());
    const { end } = session.timeline(0);
    const positions = [end, 1, 12_400_000, 937_000_000, 500_000_001, end - 1, 500_000_000, 12_400_000, 937_000_000, 1, end];
    for (const position of positions) {
      await session.seek(position);
      const digest = session.digest();
      assert.equal(digest, digests.get(position) ?? digest, `at ${position}`);
      digests.set(position, digest);
    }
    const { pc } = session.inspect;
    await session.stepBackward();
    await session.stepForward();
    assert.equal(session.inspect.pc, pc);
  });
});
