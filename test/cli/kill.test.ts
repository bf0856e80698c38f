/** A recorder that is killed at any moment, or cannot write any more, leaves a recording that opens up to there. */
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { existsSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { readRecording } from '../../emulator/index.ts';
import { AdapterClient } from '../debug-adapter/adapter-client.ts';
import { Bundles, ended, sampleFile } from './bundles.ts';

const bundles = new Bundles('cli.mjs');
after(() => { bundles.remove(); });

const KILLS = 4;
/** From the moment when the recording has instructions in it. */
const KILL_AFTER_MS_MAX = 300;
/** Exit code of the sample guest when its bug strikes, which it may before it is killed. */
const CRASHED = 1;
const KEY_INTERVAL_MS = 3;
const POLL_MS = 5;
const TIMEOUT_MS = 30_000;

function endOf(file: string): number {
  try {
    return readRecording(new Uint8Array(readFileSync(file)), file).end;
  } catch {
    return 0;
  }
}

/** Records the sample guest to `file`, typing all the while, and kills the process: at its first bytes, or `afterMs` later. */
async function recordAndKill(file: string, afterMs: number | 'at once'): Promise<void> {
  const child = bundles.start('cli.mjs', 'record', sampleFile, '-o', file);
  const exit = once(child, 'exit') as Promise<[number | null, string | null]>;
  child.stdout.resume();
  child.stdin.on('error', () => undefined);
  const typing = setInterval(() => child.stdin.write('k'), KEY_INTERVAL_MS);
  try {
    while (!existsSync(file) || (afterMs !== 'at once' && endOf(file) === 0)) await delay(POLL_MS);
    if (afterMs !== 'at once') await delay(afterMs);
  } finally {
    clearInterval(typing);
    child.kill('SIGKILL');
  }
  const [code, signal] = await exit;
  assert.ok(signal === 'SIGKILL' || code === CRASHED, `exit code ${code}, ${signal}`);
}

async function debugged(file: string, end: number): Promise<void> {
  const client = new AdapterClient();
  await client.request('initialize', { adapterID: 'chronovisor' });
  await client.request('launch', { recording: file, stopOnEntry: true });
  assert.match(client.outputs('important').join(''), /opened up to @/);
  await client.request('configurationDone');
  await client.event('stopped');
  assert.equal((await client.timeline()).end, end);
  await client.move('chronovisor/seek', { position: end });
  if (end > 0) assert.equal((await client.move('stepBack', { granularity: 'instruction' })).reason, 'step');
  assert.match((await client.move('continue')).description ?? '', /^(End of the recording|Powered off, exit code 1)$/);
  await client.end();
}

/** verify, replay and debug all work, up to where the recording ends, and say that it was cut. */
async function usable(file: string): Promise<number> {
  const { end, ending } = readRecording(new Uint8Array(readFileSync(file)), path.basename(file));
  const position = `@${end.toLocaleString('en-US')}`;
  const verified = await bundles.run('verify', file);
  assert.deepEqual([verified.code, verified.stdout], [0, verified.stdout.match(/.*: replays exactly: \d+ digests? checked up to @[\d,]+\n/)?.[0]], verified.stderr);
  assert.ok(verified.stdout.endsWith(`up to ${position}\n`), verified.stdout);
  if (ending !== undefined) return end;
  assert.match(verified.stderr, /^\S+ ends (after a cut|without its last frame \(the recorder was stopped\)) at byte \d+: opened up to @[\d,]+\n$/);
  const replayed = await bundles.run('replay', '--quiet', file);
  assert.ok(replayed.code === 0 || replayed.code === CRASHED, replayed.stderr);
  assert.ok(replayed.stderr.includes(`Stopped at ${position}, `), replayed.stderr);
  await debugged(file, end);
  return end;
}

test(`killed ${KILLS} times while it records`, { timeout: TIMEOUT_MS }, async () => {
  let longest = 0;
  for (let kill = 0; kill < KILLS; kill++) {
    const afterMs = kill === 0 ? 'at once' : Math.random() * KILL_AFTER_MS_MAX;
    const file = path.join(bundles.folder, `kill-${kill}.chrono`);
    await recordAndKill(file, afterMs);
    longest = Math.max(longest, await usable(file).catch((error: unknown) => {
      // Killed before its images were complete: nothing can be replayed, and that is said.
      if (kill === 0 && error instanceof Error && /is empty|inside its header|before its guest images are complete/.test(error.message)) return 0;
      throw new Error(`killed ${afterMs} ms after its first instructions were written`, { cause: error });
    }));
  }
  assert.ok(longest > 0, 'no recording had any instructions in it');
});

test('cut at any byte, as by a crash of the host', { timeout: TIMEOUT_MS }, async () => {
  const file = path.join(bundles.folder, 'whole.chrono');
  await recordAndKill(file, KILL_AFTER_MS_MAX);
  const whole = readFileSync(file);
  const cut = path.join(bundles.folder, 'cut.chrono');
  writeFileSync(cut, whole.subarray(0, whole.length - 1 - Math.floor(Math.random() * 30)));
  await usable(cut);
});

test('a disk that is full is one clear sentence', { skip: existsSync('/dev/full') ? false : 'there is no /dev/full here' }, async () => {
  const { code, stdout, stderr } = await bundles.run('record', sampleFile, '-o', '/dev/full', '--force');
  assert.deepEqual([code, stdout, stderr], [2, '', 'chronovisor: Cannot write the recording /dev/full: the disk is full; make room, or record to another place\n']);
  assert.ok(existsSync('/dev/full'));
});

test('a disk that fills up while the guest runs is one clear sentence, and the recording opens up to there', { skip: process.platform === 'win32' }, async () => {
  const file = path.join(bundles.folder, 'full.chrono');
  const roomKibibytes = Math.ceil(statSync(sampleFile).size / 1024) + 1;
  const child = bundles.startLimited(roomKibibytes, 'cli.mjs', 'record', sampleFile, '-o', file);
  child.stdin.on('error', () => undefined);
  const typing = setInterval(() => child.stdin.write('k'.repeat(500)), KEY_INTERVAL_MS);
  const { code, stderr } = await ended(child).finally(() => { clearInterval(typing); });
  assert.deepEqual([code, stderr], [2, `chronovisor: Cannot write the recording ${file}: the file would be larger than is allowed; make room, or record to another place\n`]);
  assert.match(readRecording(new Uint8Array(readFileSync(file)), 'full.chrono').cut ?? '', /without its last frame/, 'a part of a frame is left');
  await usable(file);
});
