/** The adapter as a process: over standard input and output, and over TCP. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import path from 'node:path';
import { test } from 'node:test';
import type { Readable, Writable } from 'node:stream';
import { guestFile } from './adapter-client.ts';

const repository = path.resolve(import.meta.dirname, '../..');
const TIMEOUT_MS = 15_000;

type Message = Readonly<Record<string, unknown>>;

/** Frames messages as DAP does. */
class Wire {
  private readonly output: Writable;
  private text = Buffer.alloc(0);
  private readonly messages: Message[] = [];
  private wake: () => void = () => undefined;
  private seq = 0;

  constructor(input: Readable, output: Writable) {
    this.output = output;
    input.on('data', (chunk: Buffer) => { this.receive(chunk); });
  }

  async request(command: string, args: object = {}): Promise<Message> {
    const seq = ++this.seq;
    const body = JSON.stringify({ seq, type: 'request', command, arguments: args });
    this.output.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    for (;;) {
      const found = this.messages.find((message) => message['type'] === 'response' && message['request_seq'] === seq);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => { this.wake = resolve; });
    }
  }

  private receive(chunk: Buffer): void {
    this.text = Buffer.concat([this.text, chunk]);
    for (;;) {
      const header = /^Content-Length: (\d+)\r\n\r\n/.exec(this.text.toString('latin1'));
      if (header === null || this.text.length < header[0].length + Number(header[1])) break;
      const end = header[0].length + Number(header[1]);
      this.messages.push(JSON.parse(this.text.toString('utf8', header[0].length, end)) as Message);
      this.text = this.text.subarray(end);
    }
    this.wake();
  }
}

function start(...args: string[]): ChildProcess & { stdin: Writable; stdout: Readable; stderr: Readable } {
  return spawn(process.execPath, ['--import', 'tsx', 'debug-adapter/main.ts', ...args], { cwd: repository, stdio: ['pipe', 'pipe', 'pipe'] });
}

async function ended(child: ChildProcess): Promise<number | null> {
  if (child.exitCode === null && child.signalCode === null) await once(child, 'exit');
  return child.exitCode;
}

/** A test with a child process that is gone at its end, whatever happens. */
function check(name: string, args: readonly string[], drive: (child: ReturnType<typeof start>) => Promise<void>): void {
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

async function portOf(child: ReturnType<typeof start>): Promise<number> {
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
