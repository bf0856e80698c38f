/** The guest's console and the machine's pace, as a client sees them. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { DebugProtocol } from '@vscode/debugprotocol';
import type { ConsoleLinesBody, FoundConsoleLinesBody, StatusBody } from '../../debug-adapter/protocol.ts';
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

/** Where the sample guest sends a character to its UART. */
const SENDS = 'put console.c:17';

check('each line knows the moment when it was begun: just before, its first character is about to be sent', async (client) => {
  await client.breakpoints('sorting.c', 51);
  await client.move('continue');
  const { total, present, lines } = await client.request<ConsoleLinesBody>('chronovisor/consoleLines');
  assert.equal(total, lines.length);
  assert.equal(present, total - 1);
  assert.match(String(lines[0]?.text), /^The post office is open\./);
  for (const { index, position, text } of lines) {
    await client.move('chronovisor/seek', { position });
    assert.equal((await client.request<ConsoleLinesBody>('chronovisor/consoleLines', { count: 0 })).present, index);
    await client.move('stepBack', { granularity: 'instruction' });
    assert.equal((await client.request<ConsoleLinesBody>('chronovisor/consoleLines', { count: 0 })).present, index - 1);
    assert.equal(await client.place(), SENDS);
    assert.match(await client.evaluate('c'), new RegExp(`'${text.charAt(0)}'`));
  }
}, () => ({}));

check('lines are told in parts, and found by their text, while the guest runs too', async (client) => {
  await run(client, 50);
  await client.type('one\r\n\u001b[32mTwo\u001b[0m of them\r\none\r\nthree\rfour\r\none');
  await delay(300);
  const ask = (args: object): Promise<ConsoleLinesBody> => client.request('chronovisor/consoleLines', args);
  const find = async (args: object): Promise<(number | boolean)[]> => {
    const { lines, more } = await client.request<FoundConsoleLinesBody>('chronovisor/findConsoleLines', args);
    return [...lines.map(({ index }) => index), more];
  };
  assert.deepEqual((await ask({})).lines.map(({ text }) => text), ['one', 'Two of them', 'one', 'foure', 'one']);
  assert.deepEqual((await ask({ first: 1, count: 2 })).lines.map(({ index }) => index), [1, 2]);
  assert.deepEqual((await ask({ count: 2 })).lines.map(({ index }) => index), [3, 4]);
  assert.deepEqual((await ask({ first: 9 })).lines, []);
  assert.deepEqual(await find({ text: 'one', whole: true }), [0, 2, 4, false]);
  assert.deepEqual(await find({ text: 'one  ', whole: true, count: 2 }), [2, 4, true]);
  assert.deepEqual(await find({ text: 'One', whole: true }), [false]);
  assert.deepEqual(await find({ text: 'TWO O' }), [1, false]);
  assert.deepEqual(await find({ text: 'o', count: 3 }), [2, 3, 4, true]);
  // What is still being printed is found as it is now.
  await client.type('!\r\n');
  await delay(300);
  assert.deepEqual(await find({ text: 'one', whole: true }), [0, 2, false]);
  assert.deepEqual(await find({ text: 'one!', whole: true }), [4, false]);
  assert.match(await client.refusal('chronovisor/consoleLines', { count: 1001 }), /'count' to be an integer from 0 to 1000/);
  assert.match(await client.refusal('chronovisor/findConsoleLines', {}), /needs 'text'/);
  await client.move('pause');
}, guest('echo'));

check('the title of the thread, and of the call stack in a client with a terminal, says where the machine stands', async (client) => {
  const title = async (): Promise<string | undefined> => (await client.request<DebugProtocol.ThreadsResponse['body']>('threads')).threads[0]?.name;
  assert.equal(await title(), 'hart 0 · LIVE @0');
  await run(client, 1500);
  const stop = await client.move('pause');
  const { position } = await client.timeline();
  const at = `@${position.toLocaleString('en-US')}`;
  assert.equal(stop.description, `LIVE ${at} · Paused on pause`);
  assert.equal(await title(), `hart 0 · LIVE ${at}`);
  assert.ok(events(client, 'thread').length > 0, 'it is told to ask again while the guest runs');
  const { description } = await client.move('stepBack', { granularity: 'instruction' });
  const past = `PAST @${(position - 1).toLocaleString('en-US')} of ${at}`;
  assert.equal(description, `${past} · Paused on step`);
  assert.equal(await title(), `hart 0 · ${past}`);
}, guest('spin'));
