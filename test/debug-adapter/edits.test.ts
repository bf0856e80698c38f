/** Changing variables, registers and memory: live it works and replays, in the past it is refused. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { check, launched, type AdapterClient } from './adapter-client.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'chronovisor-edits-'));
after(() => { rmSync(folder, { recursive: true, force: true }); });

/** To a line with a letter on the desk. */
async function toLetter(client: AdapterClient): Promise<void> {
  await client.breakpoints('sorting.c', 49);
  await client.move('continue');
}

async function reference(client: AdapterClient, name: string): Promise<number> {
  const { scopes } = await client.request<DebugProtocol.ScopesResponse['body']>('scopes', { frameId: 1 });
  return scopes.find((scope) => scope.name === name)?.variablesReference ?? assert.fail(name);
}

const events = (client: AdapterClient, name: string): unknown[] =>
  client.received.filter((message) => message.type === 'event' && (message as DebugProtocol.Event).event === name).map((message) => (message as DebugProtocol.Event).body as unknown);

check('what was set is there, and the ids that the client has go on', async (client) => {
  await toLetter(client);
  const globals = await reference(client, 'Globals of this file');
  const registers = await reference(client, 'Registers');
  const desk = (await client.children(globals)).find(({ name }) => name === 'desk');
  assert.ok(desk !== undefined);
  assert.equal((await client.request<{ value: string }>('setVariable', { variablesReference: desk.variablesReference, name: 'serial', value: '77' })).value, '77');
  assert.equal((await client.children(desk.variablesReference)).find(({ name }) => name === 'serial')?.value, '77');
  assert.equal((await client.request<{ value: string }>('setVariable', { variablesReference: desk.variablesReference, name: 'serial', value: 'desk->serial * 2', format: { hex: true } })).value, '0x9a');
  const text = (await client.children(desk.variablesReference)).find(({ name }) => name === 'text');
  await client.request('setVariable', { variablesReference: text?.variablesReference, name: '[35]', value: "'x'" });
  assert.match(await client.evaluate('desk->text[35]'), /120 'x'/);
  await client.request('setVariable', { variablesReference: registers, name: 's10', value: '-1' });
  assert.equal(await client.evaluate('$s10'), '0xffffffffffffffff');
  await client.request('setExpression', { expression: '$fa3', value: '0x3ff8000000000000', frameId: 1 });
  assert.match(await client.evaluate('$fa3'), /^1\.5 /);
  await client.request('setExpression', { expression: 'next', value: '0', frameId: 1 });
  assert.equal(await client.evaluate('next'), '0x0');
});

const refusals: readonly (readonly [string, string, RegExp])[] = [
  ['desk->serial + 1', '5', /constant or computed/], ['$zero', '1', /always 0|cannot be/], ['$mstatus', '0', /./], ['5', '6', /./], ['desk->serial', 'nothing', /nothing/], ['desk->serial', '', /./], ['&desk', '0', /./], ['sort', '1', /./],
];

check('what cannot be set: a sentence, and nothing changes', async (client) => {
  await toLetter(client);
  const position = await client.position();
  for (const [expression, value, sentence] of refusals) assert.match(await client.refusal('setExpression', { expression, value, frameId: 1 }), sentence, `${expression} = ${value}`);
  assert.match(await client.refusal('setVariable', { variablesReference: await reference(client, 'CSRs'), name: 'mstatus', value: '0' }), /cannot be given a value/);
  assert.match(await client.refusal('setVariable', { variablesReference: await reference(client, 'Registers'), name: 'mode', value: 'user' }), /cannot be given a value/);
  assert.match(await client.refusal('setVariable', { variablesReference: await reference(client, 'Registers'), name: 'nothing', value: '1' }), /earlier stop/);
  assert.deepEqual(await client.position(), position);
  assert.deepEqual((await client.timeline()).events.map(({ kind }) => kind), ['rtc-base']);
});

check('in the past: refused, and why', async (client) => {
  await toLetter(client);
  await client.move('stepBack', { granularity: 'instruction' });
  for (const [command, args] of [
    ['setExpression', { expression: 'desk->serial', value: '1', frameId: 1 }], ['writeMemory', { memoryReference: '0x80003000', data: 'AA==' }], ['evaluate', { expression: 'desk->serial = 1', context: 'repl', frameId: 1 }],
    ['setVariable', { variablesReference: await reference(client, 'Registers'), name: 'a0', value: '1' }],
  ] as const) assert.match(await client.refusal(command, args), /past/, command);
});

test('an edit replays: the recording has it at its place', async () => {
  const file = path.join(folder, 'edited.chrono');
  const client = await launched({ recordTo: file });
  await toLetter(client);
  const position = await client.position();
  await client.request('setExpression', { expression: 'desk->serial', value: '4321', frameId: 1 });
  await client.move('continue');
  await client.end();
  const again = await launched({ recording: file });
  await again.move('chronovisor/seek', { position: position + 1 });
  assert.equal(await again.evaluate('desk->serial'), '4321');
  assert.ok((await again.timeline()).events.some((event) => event.position === position));
  assert.match(await again.refusal('setExpression', { expression: 'desk->serial', value: '1', frameId: 1 }), /./);
  await again.end();
});

check('memory that was shown is told to have changed: after edits, and after each jump', async () => {
  const client = await launched({}, { supportsMemoryEvent: true, supportsInvalidatedEvent: true });
  await client.request('readMemory', { memoryReference: '0x80003a30', count: 16 });
  await client.request('readMemory', { memoryReference: '0x80003a30', count: 16, offset: 64 });
  await toLetter(client);
  assert.deepEqual(events(client, 'memory'), [{ memoryReference: '0x80003a30', offset: 0, count: 80 }]);
  assert.equal(events(client, 'invalidated').length, 0);
  await client.request('writeMemory', { memoryReference: '0x80003a30', data: 'AQIDBAUGBwg=' });
  assert.equal(events(client, 'memory').length, 2);
  assert.deepEqual(events(client, 'invalidated'), [{ areas: ['variables'] }]);
  assert.equal((await client.request<{ data: string }>('readMemory', { memoryReference: '0x80003a30', count: 8 })).data, 'AQIDBAUGBwg=');
  await client.move('reverseContinue');
  assert.deepEqual([events(client, 'memory').length, events(client, 'invalidated').length], [3, 2]);
  await client.end();
});

check('writing where there is no memory: all, nothing, or a part if that is allowed', async (client) => {
  const write = (args: object): Promise<{ bytesWritten: number }> => client.request('writeMemory', { memoryReference: '0x87fffffe', data: 'AQIDBA==', ...args });
  assert.match(await client.refusal('writeMemory', { memoryReference: '0x87fffffe', data: 'AQIDBA==' }), /no memory at 0x88000000: nothing was written/);
  assert.equal((await write({ allowPartial: true })).bytesWritten, 2);
  assert.equal((await write({ offset: -2 })).bytesWritten, 4);
  assert.equal((await write({ data: '' })).bytesWritten, 0);
});
