/** The user's journey: type into the guest until it crashes, and find who broke it by going back. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { check, crashed, launched, type AdapterClient } from './adapter-client.ts';

const goldenFile = path.join(import.meta.dirname, 'journey.golden.txt');
const KEYS_MAX = 500;
const KEY_INTERVAL_MS = 7;
/** Rounds of the loop in letters.c, two lines each, until the letter before the bad one shows. */
const STEPS_BACK_MAX = 10;

const names = (stack: readonly DebugProtocol.StackFrame[]): string[] => stack.map(({ name }) => name);

async function letter(client: AdapterClient): Promise<string> {
  const rows = await client.variables('Locals');
  return rows.find(({ name }) => name === 'letter')?.value.split(' ')[0] ?? '?';
}

/** From the crash to the culprit. Leaves the machine at the culprit. */
async function findCulprit(client: AdapterClient, how: 'address' | 'expression'): Promise<void> {
  const { description } = await client.request<{ description: string }>('exceptionInfo', { threadId: 1 });
  const bad = /^Load access fault at (0x[0-9a-f]+)$/.exec(description)?.[1];
  assert.ok(bad !== undefined, description);
  assert.deepEqual(names(await client.stack()), ['letters_count_free', 'deliver_batch', 'main', '_start']);
  assert.equal(await letter(client), bad);
  let good = bad;
  for (let steps = 0; good === bad && steps < STEPS_BACK_MAX; steps++) {
    assert.equal((await client.move('stepBack')).reason, 'step');
    good = await letter(client);
  }
  assert.notEqual(good, bad);
  const question = how === 'address' ? { name: good, asAddress: true, bytes: 8 } : { name: 'letter->next', frameId: 1 };
  const info = await client.request<{ dataId: string }>('dataBreakpointInfo', question);
  assert.equal(info.dataId, `${good}:8`);
  const { breakpoints } = await client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>('setDataBreakpoints', { breakpoints: [{ dataId: info.dataId, accessType: 'write' }] });
  const stop = await client.move('reverseContinue');
  assert.equal(stop.reason, 'data breakpoint');
  assert.deepEqual(stop.hitBreakpointIds, breakpoints.map(({ id }) => id));
  assert.equal(stop.text, `Write of 8 bytes at ${good}`);
  const stack = await client.stack();
  assert.equal(`${stack[0]?.source?.name ?? '?'}:${stack[0]?.line ?? 0}`, 'interrupts.c:21');
  assert.deepEqual(names(stack).slice(0, 4), ['on_key', 'on_external', 'on_trap', 'trap_entry']);
  assert.deepEqual(names(stack).slice(-3), ['deliver_batch', 'main', '_start']);
}

check('typing while the guest runs, with pauses in between, until it crashes; then back to the culprit', async (client) => {
  await client.request('setExceptionBreakpoints', { filters: ['access-fault'] });
  await client.request('continue', { threadId: 1 });
  const stopped = client.event<{ reason: string }>('stopped');
  let crash: { reason: string } | undefined;
  void stopped.then((stop) => { crash = stop; });
  for (let keys = 0; crash === undefined && keys < KEYS_MAX; keys++) {
    await client.type('k');
    await delay(KEY_INTERVAL_MS);
  }
  assert.equal(crash?.reason, 'exception');
  const { position, end, live } = await client.timeline();
  assert.deepEqual([end - position, live], [1, true]);
  await findCulprit(client, 'expression');
  await client.request('setDataBreakpoints', { breakpoints: [] });
  assert.equal((await client.move('continue')).reason, 'exception');
  assert.deepEqual([await client.position(), (await client.timeline()).end], [position, end]);
});

/** Fields that may change from build to build without harm. */
function normalise(key: string, value: unknown): unknown {
  if (key === 'seq' || key === 'request_seq') return undefined;
  if (key === 'path') return path.basename(String(value));
  if (key === 'id' || key === 'hitBreakpointIds') return '#';
  return typeof value === 'string' ? value.replace(/@[\d,]+/, '@position') : value;
}

function transcript(client: AdapterClient): string {
  const told = client.received.filter((message) => message.type === 'response' || !(message as DebugProtocol.Event).event.startsWith('chronovisor/'));
  return told.map((message) => `${JSON.stringify(message, normalise)}\n`).join('');
}

test('the journey, word for word', async () => {
  const client = await launched({ __terminal: true });
  const stop = await crashed(client);
  assert.equal(stop.reason, 'exception');
  await findCulprit(client, 'address');
  assert.deepEqual(names(await client.stack()), ['on_key', 'on_external', 'on_trap', 'trap_entry', '‹interrupt: machine external›', 'book', 'deliver_batch', 'main', '_start']);
  await client.end();
  const actual = transcript(client);
  if (process.env['UPDATE_GOLDEN'] !== undefined) writeFileSync(goldenFile, actual);
  assert.ok(existsSync(goldenFile), `${goldenFile} is missing: write it with UPDATE_GOLDEN=1, and read it`);
  assert.deepEqual(actual.split('\n'), readFileSync(goldenFile, 'utf8').split('\n'));
});
