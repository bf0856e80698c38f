/** The guest's console and the machine's pace, as a client sees them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { StatusBody } from '../../debug-adapter/protocol.ts';
import { TINY_ADDRESS, tinyCode, type TinyGuest } from '../session/tiny-guests.ts';
import { check, type AdapterClient } from './adapter-client.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'adapter-console-'));
after(() => { rmSync(folder, { recursive: true }); });

/** In one event, and on its way at most: see console-output.ts. */
const PIECE_BYTES_MAX = 32 * 1024;
const BYTES_A_SECOND_MAX = 1.7e6;

const guest = (name: TinyGuest, more: Record<string, unknown> = {}) => (): Record<string, unknown> => {
  const program = path.join(folder, name);
  writeFileSync(program, tinyCode(name));
  return { program, loadAddress: TINY_ADDRESS, __terminal: true, ...more };
};

const events = <Body>(client: AdapterClient, name: string): Body[] =>
  client.received.filter((message): message is DebugProtocol.Event => message.type === 'event' && (message as DebugProtocol.Event).event === name).map(({ body }) => body as Body);

async function run(client: AdapterClient, ms: number): Promise<void> {
  await client.request('continue', { threadId: 1 });
  await delay(ms);
}

check('a busy guest: its status comes a few times a second, and says how fast it is', async (client) => {
  await run(client, 1600);
  await client.move('pause');
  const told = events<StatusBody>(client, 'chronovisor/status');
  assert.ok(told.length >= 2 && told.length <= 8, `${told.length} events`);
  const last = told.at(-1);
  assert.ok(last !== undefined && last.running && last.live && !last.idle && last.mips > 0.1 && last.position === last.end, JSON.stringify(last));
  assert.equal((await client.timeline()).running, false);
  await delay(600);
  assert.equal(events(client, 'chronovisor/status').length, told.length, 'a machine that stands tells nothing');
}, guest('spin'));

check('a guest that waits is idle, and says so once', async (client) => {
  await run(client, 2000);
  const told = events<StatusBody>(client, 'chronovisor/status');
  assert.equal(told.at(-1)?.idle, true);
  assert.ok(told.filter(({ idle }) => idle).length === 1 && told.length <= 3, `${told.length} events`);
  await client.move('pause');
  await run(client, 1000);
  assert.equal(events<StatusBody>(client, 'chronovisor/status').at(-1)?.idle, true);
  assert.ok(events(client, 'chronovisor/status').length > told.length);
  await client.move('pause');
}, guest('wait'));

check('a guest that prints without end: bounded pieces at a bounded pace, in order, all of it before the stop', async (client) => {
  await run(client, 1500);
  const pieces = events<{ base64: string; position: number }>(client, 'chronovisor/console').map(({ base64 }) => Buffer.from(base64, 'base64'));
  assert.ok(pieces.every(({ length }) => length <= PIECE_BYTES_MAX));
  assert.ok(pieces.reduce((sum, { length }) => sum + length, 0) <= 2 * BYTES_A_SECOND_MAX);
  await client.move('pause');
  const { position } = await client.timeline();
  const printed = client.console();
  assert.match(printed, /^U+$/);
  // Three instructions for each character, behind the first two.
  assert.ok(Math.abs(printed.length - (position - 2) / 2) <= 1, `${printed.length} characters at @${position}`);
}, guest('print'));

check('what is typed is echoed; too much in one request is refused', async (client) => {
  await run(client, 50);
  await client.type('grüße\u0003\u001b[A');
  await delay(300);
  assert.equal(client.console(), 'grüße\u0003\u001b[A');
  assert.match(await client.refusal('chronovisor/console', { base64: Buffer.alloc(65 * 1024).toString('base64') }), /at most 65536 bytes/);
  await client.move('pause');
}, guest('echo'));

check('the size of the terminal: recorded if the guest can be told', async (client) => {
  await client.request('chronovisor/terminalSize', { columns: 132, rows: 50 });
  await run(client, 100);
  await client.move('pause');
  const { events: recorded } = await client.timeline();
  assert.ok(recorded.some(({ kind, summary }) => kind === 'terminal-size' && summary === 'terminal of 132 columns and 50 rows'));
  assert.match(await client.refusal('chronovisor/terminalSize', { columns: 0, rows: 50 }), /'columns' to be an integer from 1 to 65535/);
  assert.match(await client.refusal('chronovisor/terminalSize', { columns: 80 }), /needs 'rows'/);
}, guest('spin', { console: 'virtio' }));

check('the size of the terminal: nothing happens if it cannot', async (client) => {
  await client.request('chronovisor/terminalSize', { columns: 132, rows: 50 });
  await run(client, 100);
  await client.move('pause');
  assert.deepEqual((await client.timeline()).events.map(({ kind }) => kind), ['rtc-base']);
}, guest('spin'));
