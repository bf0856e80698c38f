/** The adapter as a process: over standard input and output, and over TCP. */
import assert from 'node:assert/strict';
import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { after, test } from 'node:test';
import { Bundles, type Child } from '../cli/bundles.ts';
import { guestFile } from './adapter-client.ts';
import { Wire } from './wire.ts';

const TIMEOUT_MS = 15_000;

const bundles = new Bundles('debug-adapter.cjs');
after(() => { bundles.remove(); });

function start(...args: string[]): Child {
  return bundles.start('debug-adapter.cjs', ...args);
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

/** A test with a child process that is gone at its end, whatever happens. */
function check(name: string, args: readonly string[], drive: (child: Child) => Promise<void>): void {
  test(name, { timeout: TIMEOUT_MS }, async () => {
    const child = start(...args);
    try {
      await drive(child);
    } finally {
      child.kill('SIGKILL');
    }
  });
}

async function launchAndRun(wire: Wire): Promise<void> {
  const answer = await wire.request('initialize', { adapterID: 'chronovisor' });
  assert.equal(answer['success'], true);
  assert.equal((answer['body'] as { supportsStepBack?: boolean }).supportsStepBack, true);
  assert.equal((await wire.request('launch', { program: guestFile }))['success'], true);
  assert.equal((await wire.request('configurationDone'))['success'], true);
}

async function portOf(child: Child): Promise<number> {
  const [chunk] = await once(child.stderr, 'data') as [Buffer];
  const port = /listening on 127\.0\.0\.1:(\d+)/.exec(chunk.toString())?.[1];
  assert.ok(port !== undefined, chunk.toString());
  return Number(port);
}

async function connected(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1');
  await once(socket, 'connect');
  return socket;
}

check('standard input and output: the process ends after disconnect', [], async (child) => {
  const wire = new Wire(child.stdout, child.stdin);
  await launchAndRun(wire);
  assert.equal((await wire.request('disconnect'))['success'], true);
  assert.equal(await ended(child), 0);
});

check('standard input and output: the process ends with its input, running or not', [], async (child) => {
  await launchAndRun(new Wire(child.stdout, child.stdin));
  child.stdin.end();
  assert.equal(await ended(child), 0);
});

check('TCP: each connection is a session; the server outlives them', ['--port', '0'], async (child) => {
  const port = await portOf(child);
  const first = await connected(port);
  const second = await connected(port);
  await launchAndRun(new Wire(first, first));
  const wire = new Wire(second, second);
  await launchAndRun(wire);
  const firstClosed = once(first, 'close');
  first.end();
  await firstClosed;
  assert.equal((await wire.request('chronovisor/timeline'))['success'], true);
  const secondClosed = once(second, 'close');
  await wire.request('disconnect');
  await secondClosed;
  const third = await connected(port);
  assert.equal((await new Wire(third, third).request('initialize'))['success'], true);
  const thirdClosed = once(third, 'close');
  third.resetAndDestroy();
  await thirdClosed;
  await once(await connected(port).then((socket) => socket.end()), 'close');
});

check('a port in use is one clear sentence', ['--port', '0'], async (child) => {
  const port = await portOf(child);
  const late = start('--port', String(port));
  const [said] = await once(late.stderr, 'data') as [Buffer];
  assert.equal(said.toString(), `chronovisor: port ${port} is in use: choose another one, or 0 for any free one.\n`);
  assert.equal(await ended(late), 2);
});

for (const port of ['abc', '65536', '-1', '1.5', '']) {
  check(`--port '${port}' is one clear sentence`, ['--port', port], async (child) => {
    const [said] = await once(child.stderr, 'data') as [Buffer];
    assert.equal(said.toString(), `chronovisor: '${port}' is no port: give a number from 0 to 65535, 0 for any free one.\n`);
    assert.equal(await ended(child), 2);
  });
}
