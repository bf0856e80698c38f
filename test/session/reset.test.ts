/** A guest that asks for a reset is not said to have powered off: live, in a recording, in the command line's and the adapter's words. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { createLiveSession, recordingInfo, verifyRecording } from '../../emulator/index.ts';
import { Bundles } from '../cli/bundles.ts';
import { AdapterClient } from '../debug-adapter/adapter-client.ts';
import { RESET_ADDRESS, RESET_AT, resetImage } from './reset-guest.ts';
import { memoryLog, NOTHING, reopen, testHost } from './sessions.ts';

const bundles = new Bundles('cli.mjs');
after(() => { bundles.remove(); });
const guestFile = path.join(bundles.folder, 'reset.bin');
writeFileSync(guestFile, resetImage.bytes);
const address = `0x${RESET_ADDRESS.toString(16)}`;

test('live and in the recording', async () => {
  const log = memoryLog();
  const session = createLiveSession({ configuration: { memorySizeBytes: 1 << 20, images: [resetImage] }, log: log.log }, testHost());
  const stop = { reason: 'reset', position: RESET_AT };
  assert.deepEqual(await session.runForward(NOTHING), stop);
  assert.equal(session.timeline().finished, true);
  await session.stepBackward();
  assert.deepEqual(await session.stepForward(), { reason: 'step', position: RESET_AT });
  assert.deepEqual(await session.stepForward(), stop);
  session.close();
  const reopened = reopen(log.bytes());
  assert.deepEqual(await reopened.runForward(NOTHING), stop);
  reopened.close();
  assert.equal(recordingInfo({ bytes: log.bytes(), name: 'reset.chrono' }).ending, 'the guest asked for a reset');
  assert.equal((await verifyRecording({ bytes: log.bytes(), name: 'reset.chrono' }, testHost())).ending, 'reset');
});

test('the command line', async () => {
  const file = path.join(bundles.folder, 'reset.chrono');
  const said = 'The guest asked for a reset at @5, which Chronovisor does not do: it stops there.';
  const recorded = await bundles.run('record', guestFile, '--load-address', address, '-o', file);
  assert.deepEqual([recorded.code, recorded.stdout], [3, '']);
  assert.ok(recorded.stderr.includes(said), recorded.stderr);
  const replayed = await bundles.run('replay', file);
  assert.equal(replayed.code, 3);
  assert.match(replayed.stderr, /^The guest asked for a reset: stopped at @5, digest [0-9a-f]{16}\n$/);
  assert.match((await bundles.run('info', file)).stdout, /^ended +the guest asked for a reset$/m);
});

test('the debug adapter', async () => {
  const client = new AdapterClient();
  await client.request('initialize', { adapterID: 'chronovisor' });
  await client.request('launch', { program: guestFile, loadAddress: address });
  await client.request('configurationDone');
  const stop = await client.event<{ reason: string; description: string }>('stopped');
  assert.deepEqual([stop.reason, stop.description], ['pause', 'Stopped: the guest asked for a reset']);
  assert.deepEqual(client.outputs('console'), ['The guest asked for a reset, which Chronovisor does not do: the machine stops here, @5. You can still step back.\n']);
  await client.end();
});

test('the debug adapter, run without debugging', async () => {
  const client = new AdapterClient();
  await client.request('launch', { program: guestFile, loadAddress: address, noDebug: true });
  await client.request('configurationDone');
  assert.deepEqual(await client.event('exited'), { exitCode: 3 });
  assert.ok(client.received.some((message) => message.type === 'event' && (message as DebugProtocol.Event).event === 'terminated'));
  await client.end();
});
