/** The guest's console on a real terminal: whose keys are whose, and that the terminal is given back as it was, however it ends. */
import assert from 'node:assert/strict';
import { readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { TINY_ADDRESS, tinyCode, type TinyGuest } from '../session/tiny-guests.ts';
import { Bundles, ended } from './bundles.ts';
import { noTerminal, Terminal } from './terminal.ts';

const bundles = new Bundles('cli.mjs');
after(() => { bundles.remove(); });

const A = '\u0001';
const TIMEOUT_MS = 60_000;
const INTERRUPTED = 130;
const SIGHUP = 1;
/** A guest that prints for ever must not fill the host's memory. */
const GROWTH_MIB_MAX = 40;

/** A guest on a terminal that is gone at the end, whatever happens; `ready` when the terminal is the guest's. */
function check(name: string, guest: TinyGuest, drive: (terminal: Terminal) => Promise<void>, options: readonly string[] = []): void {
  test(name, { skip: noTerminal, timeout: TIMEOUT_MS }, async () => {
    const image = path.join(bundles.folder, guest);
    writeFileSync(image, tinyCode(guest));
    const terminal = new Terminal([process.execPath, path.join(bundles.folder, 'cli.mjs'), 'run', image, '--load-address', TINY_ADDRESS, ...options], { rows: 50, columns: 132 });
    try {
      // The help shows that keys are taken.
      await ready(terminal);
      await drive(terminal);
    } finally {
      await terminal.kill();
    }
  });
}

async function ready(terminal: Terminal): Promise<void> {
  for (;;) {
    terminal.type(`${A}h`);
    if (await terminal.shows('Ctrl-A x   end the session', 1000).then(() => true, () => false)) return;
  }
}

const residentMib = (pid: number): number => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]) / 1024;

check('control keys, arrows and UTF-8 are the guest\'s; Ctrl-A x ends it', 'echo', async (terminal) => {
  const keys = 'a\u0003\u001a\u0004\u001c\u0013\u0011\u001b[A\u007f\r grüße ☃ ';
  terminal.type(keys);
  await terminal.shows(Buffer.from(keys).toString('latin1'));
  terminal.type(`${A}${A}end`);
  await terminal.shows(`${A}end`);
  terminal.type(`${A}x`);
  assert.deepEqual(await terminal.end(), { code: 0, signal: null, restored: true });
});

check('Ctrl-A i tells where the machine is, Ctrl-A s types the size of the terminal', 'echo', async (terminal) => {
  terminal.type(`${A}i`);
  await terminal.shows('Chronovisor: @');
  assert.match(await terminal.shows(', not recorded'), /^[\d,]+, \d+ MIPS$/);
  terminal.type(`${A}s`);
  await terminal.shows(' stty rows 50 cols 132\r');
  terminal.type(`${A}x`);
  assert.equal((await terminal.end()).restored, true);
});

check('--stats: one line at the end', 'wait', async (terminal) => {
  terminal.type(`${A}i`);
  await terminal.shows('Chronovisor: @');
  await terminal.shows(', not recorded');
  terminal.type(`${A}x`);
  assert.equal((await terminal.end()).restored, true);
  assert.match(terminal.output, /\n@[\d,]+ instructions in [\d.]+ s, of which the guest waited [\d.]+ s: \d+ MIPS\r\n$/);
}, ['--stats']);

for (const signal of ['SIGTERM', 'SIGINT', 'SIGQUIT'] as const) {
  check(`${signal} ends it, and the terminal is given back`, 'echo', async (terminal) => {
    process.kill(await terminal.pid(), signal);
    assert.deepEqual(await terminal.end(), { code: INTERRUPTED, signal: null, restored: true });
  });
}

check('SIGHUP ends it as it ends others', 'echo', async (terminal) => {
  process.kill(await terminal.pid(), 'SIGHUP');
  assert.deepEqual(await terminal.end(), { code: null, signal: SIGHUP, restored: true });
});

check('the terminal goes away', 'print', async (terminal) => {
  terminal.hangUp();
  assert.deepEqual(await terminal.end(), { code: null, signal: SIGHUP, restored: false });
});

check('a terminal that is held: the guest waits, memory does not grow, and signals are heard', 'print', async (terminal) => {
  const pid = await terminal.pid();
  terminal.hold(true);
  await delay(1500);
  const begin = residentMib(pid);
  await delay(1500);
  const growth = residentMib(pid) - begin;
  assert.ok(growth < GROWTH_MIB_MAX, `${growth} MiB more in 1.5 s`);
  process.kill(pid, 'SIGTERM');
  const { code } = await terminal.end();
  assert.equal(code, INTERRUPTED);
});

check('a terminal that is held for a while goes on where it was', 'print', async (terminal) => {
  terminal.hold(true);
  await delay(500);
  terminal.hold(false);
  await terminal.shows('U'.repeat(10_000));
  terminal.type(`${A}x`);
  assert.deepEqual(await terminal.end(), { code: 0, signal: null, restored: true });
});

test('a replay asks the terminal nothing: nobody is there for the answers', { skip: noTerminal, timeout: TIMEOUT_MS }, async () => {
  const [image, recording] = [path.join(bundles.folder, 'echo'), path.join(bundles.folder, 'asks.chrono')];
  writeFileSync(image, tinyCode('echo'));
  const recorder = bundles.start('cli.mjs', 'record', image, '--load-address', TINY_ADDRESS, '-o', recording, '--until', '3000000');
  recorder.stdin.end('before\u001b[6nafter');
  assert.equal((await ended(recorder)).stdout, 'before\u001b[6nafter');
  const terminal = new Terminal([process.execPath, path.join(bundles.folder, 'cli.mjs'), 'replay', recording]);
  assert.equal((await terminal.end()).code, 0);
  assert.ok(terminal.output.includes('beforeafter') && !terminal.output.includes('\u001b[6n'), terminal.output);
  assert.equal((await bundles.run('replay', recording)).stdout, 'before\u001b[6nafter', 'what is no terminal gets all of it');
});
