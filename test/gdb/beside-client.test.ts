/** GDB and a DAP client drive one machine: each sees what the other one does, and only one moves it at a time. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { AdapterClient, guestFile, launched, type StopBody } from '../debug-adapter/adapter-client.ts';
import { missingTools, tools } from '../tools.ts';
import { Gdb } from './gdb-process.ts';

const skip = missingTools(tools.gdb);

/** The port that the debug console names. */
function portOf(client: AdapterClient): number {
  const line = client.outputs('console').find((text) => text.startsWith('GDB can connect')) ?? '';
  const port = /^GDB can connect to this machine: gdb-multiarch -ex 'target remote 127\.0\.0\.1:(\d+)'\n$/.exec(line)?.[1];
  assert.ok(port !== undefined, line);
  return Number(port);
}

const isContinued = (message: DebugProtocol.ProtocolMessage): boolean => message.type === 'event' && (message as DebugProtocol.Event).event === 'continued';

test('both drive the same machine', { skip }, async () => {
  const client = await launched({ gdb: true });
  const gdb = await Gdb.on({ host: '127.0.0.1', port: portOf(client) }, guestFile);
  try {
    await gdb.do('break deliver_batch if batch == 2');
    await gdb.do('continue');
    assert.ok(client.received.some(isContinued), 'the client is told that it runs');
    assert.match((await client.event<StopBody>('stopped')).reason, /breakpoint$/);
    assert.match(await client.place(), /^deliver_batch sorting\.c:/);

    // GDB shows what it saw last; the next stop, or a flush, shows it the present.
    await client.move('stepBack');
    const position = await client.position();
    await gdb.do('maintenance flush register-cache');
    assert.match(await gdb.do('monitor position'), new RegExp(`^@${position.toLocaleString('en')} of `));
    const [frame] = await client.stack();
    assert.equal(await gdb.value('$pc'), BigInt(frame?.instructionPointerReference ?? '0'));
    assert.match(await gdb.do('bt 1'), new RegExp(`^#0 +(0x[0-9a-f]+ in )?${frame?.name ?? ''} \\(.* at .*:${frame?.line ?? 0}\n`));

    await gdb.do('monitor seek 1000');
    assert.equal((await client.event<StopBody>('stopped')).reason, 'goto');
    assert.equal(await client.position(), 1000);
  } finally {
    await gdb.quit();
    await client.end();
  }
});

test('the client runs: GDB joins it with continue, and interrupts both', { skip }, async () => {
  const client = await launched({ gdb: true });
  const gdb = await Gdb.on({ host: '127.0.0.1', port: portOf(client) }, guestFile);
  try {
    await client.request('continue', { threadId: 1 });
    assert.match((await gdb.command('monitor position')).text, /The machine is running: somebody else moves it/);
    setTimeout(() => { gdb.interrupt(); }, 300);
    assert.match(await gdb.do('continue'), /SIGINT/);
    assert.equal((await client.event<StopBody>('stopped')).reason, 'pause');
  } finally {
    await gdb.quit();
    await client.end();
  }
});

test('GDB runs: the client cannot step, but pause, and GDB is told', { skip }, async () => {
  const client = await launched({ gdb: true });
  const gdb = await Gdb.on({ host: '127.0.0.1', port: portOf(client) }, guestFile);
  try {
    const stopped = gdb.do('continue');
    await client.event('continued');
    assert.match(await client.refusal('stepBack', { threadId: 1 }), /running/);
    await client.request('pause', { threadId: 1 });
    assert.match(await stopped, /SIGINT/);
    assert.equal((await client.event<StopBody>('stopped')).reason, 'pause');
    const { position } = await client.timeline();
    assert.match(await gdb.do('monitor position'), new RegExp(`^@${position.toLocaleString('en')}, live`));
  } finally {
    await gdb.quit();
    await client.end();
  }
});

test('the session ends while GDB runs it', { skip }, async () => {
  const client = await launched({ gdb: true });
  const gdb = await Gdb.on({ host: '127.0.0.1', port: portOf(client) }, guestFile);
  void gdb.command('continue');
  await client.event('continued');
  await client.end();
  await gdb.quit();
});

test('attributes that are refused', async () => {
  const holder = await launched({ gdb: true });
  const rows: readonly (readonly [unknown, RegExp])[] = [
    ['1234', /needs 'gdb' to be true or the number of a port/], [-1, /needs 'gdb' to be an integer from 0 to 65535/], [1.5, /needs 'gdb' to be an integer/],
    [portOf(holder), /Port \d+ is in use: choose another one/],
  ];
  for (const [gdb, expected] of rows) {
    const client = new AdapterClient();
    await client.request('initialize', { adapterID: 'chronovisor' });
    assert.match(await client.refusal('launch', { program: guestFile, gdb }), expected);
    await client.request('launch', { program: guestFile, gdb: false });
    await client.end();
  }
  await holder.end();
});
