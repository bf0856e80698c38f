/** `chronovisor gdb` as people start it, with GDB in batch mode. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { promisify } from 'node:util';
import { Bundles, sampleFile, type Child } from '../cli/bundles.ts';
import { findTool, missingTools, tools } from '../tools.ts';

const bundles = new Bundles('cli.mjs');
after(() => { bundles.remove(); });
const skip = missingTools(tools.gdb);

interface Server {
  readonly child: Child;
  readonly port: number;
  /** Standard error so far. */
  readonly said: () => string;
}

async function start(...args: readonly string[]): Promise<Server> {
  const child = bundles.start('cli.mjs', 'gdb', ...args);
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => { said += chunk.toString(); });
  while (!said.includes('Ctrl-C ends')) await once(child.stderr, 'data');
  return { child, port: Number(/127\.0\.0\.1:(\d+)/.exec(said)?.[1]), said: () => said };
}

async function end({ child }: Server): Promise<number | null> {
  const closed = once(child, 'close');
  child.kill('SIGINT');
  return (await closed as [number | null])[0];
}

/** GDB's output for a script; what comes from the target is on its standard error. */
async function batch(port: number, ...commands: readonly string[]): Promise<string> {
  const all = ['set pagination off', 'set confirm off', `target remote 127.0.0.1:${port}`, ...commands];
  const { stdout, stderr } = await promisify(execFile)(findTool(tools.gdb) ?? '', ['-nx', '-q', '-batch', sampleFile, ...all.flatMap((command) => ['-ex', command])], { timeout: 60_000 });
  return stdout + stderr;
}

describe('chronovisor gdb', { skip }, () => {
  test('a guest, recorded; then the recording', async () => {
    const file = path.join(bundles.folder, 'gdb.chrono');
    const live = await start(sampleFile, '-o', file);
    assert.match(live.said(), /^GDB can connect: gdb-multiarch \S+heisenbug\.elf -ex 'target remote 127\.0\.0\.1:\d+'\nThe machine stands at @0\. Ctrl-C ends\.\n$/);
    const printed = once(live.child.stdout, 'data');
    assert.match(await batch(live.port, 'monitor type x', 'break deliver_batch if batch == 2', 'continue', 'reverse-stepi', 'info symbol $pc'), /deliver_batch \(batch=batch@entry=2\)[^]*main \+ /);
    assert.match(String((await printed as [Buffer])[0]), /The post office is open/);
    assert.equal(await end(live), 0);

    const replay = await start(file, '--at', '1,000');
    assert.match(replay.said(), /stands at @1,000\./);
    const text = await batch(replay.port, 'monitor position', 'continue', 'monitor position', 'detach');
    assert.match(text, /No more reverse-execution history/);
    assert.match(await batch(replay.port, 'monitor position'), /^@([\d,]+) of @\1$/m, 'it stays where it was left');
    assert.equal(await end(replay), 0);
  });

  test('a guest that runs until GDB comes', async () => {
    const server = await start(sampleFile, '--no-wait');
    while (!/32, \d+ letters free/.test(String((await once(server.child.stdout, 'data') as [Buffer])[0])));
    assert.match(await batch(server.port, 'monitor position', 'info symbol $pc'), /^@[\d,]+, live$/m);
    assert.equal(await end(server), 0);
  });

  test('standard input is the console', async () => {
    const server = await start(sampleFile);
    // The guest throws away what came before it set its UART up.
    const keys = setInterval(() => { server.child.stdin.write('a'); }, 100);
    try {
      assert.match(await batch(server.port, 'tbreak on_key', 'continue', 'bt'), /on_key[^]*on_trap/);
    } finally {
      clearInterval(keys);
    }
    assert.equal(await end(server), 0);
  });

  test('definitions for GDB', async () => {
    const { stdout } = await bundles.run('gdb', '--commands');
    const script = path.join(bundles.folder, 'chronovisor.gdb');
    writeFileSync(script, stdout);
    const server = await start(sampleFile);
    assert.match(await batch(server.port, 'break main', 'continue', `source ${script}`, 'seek start', 'position'), /#0 +_start \(\)[^]*\n@0 of @6/);
    assert.equal(await end(server), 0);
  });

  const refusals: readonly (readonly [readonly string[], RegExp])[] = [
    [['--port', '70000', sampleFile], /--port: 70000 is not a port/],
    [['nothing.chrono'], /Cannot read the recording nothing\.chrono/],
    [['x.chrono', '-o', 'y.chrono'], /--output goes with what boots/],
    [['--host', '192.0.2.1', sampleFile], /192\.0\.2\.1 is not an address of this computer/],
    [[], /There is nothing to boot/],
  ];
  for (const [args, expected] of refusals) {
    test(`refused: ${args.map((arg) => path.basename(arg)).join(' ')}`, async () => {
      const { code, stderr } = await bundles.run('gdb', ...args);
      assert.equal(code, 2, stderr);
      assert.match(stderr, expected);
    });
  }
});
