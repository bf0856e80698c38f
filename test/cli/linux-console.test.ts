/** Linux on a real terminal: a shell as one expects it, a recording of it that replays, and a processor that rests when Linux does. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import { missingLinuxGuest } from '../tools.ts';
import { Bundles } from './bundles.ts';
import { noTerminal, Terminal } from './terminal.ts';

const bundles = new Bundles('cli.mjs');
const file = path.join(bundles.folder, 'linux.chrono');
let terminal: Terminal | undefined;
after(async () => {
  await terminal?.kill();
  bundles.remove();
});

const A = '\u0001';
const CONTROL_C = '\u0003';
const CONTROL_D = '\u0004';
const CONTROL_Z = '\u001a';
const UP = '\u001b[A';
const LEFT = '\u001b[D';
/** The shell asks for the cursor's place behind its prompt. */
const PROMPT = '~# \u001b[6n';
const BOOT_MS = 150_000;
const PASTE_BYTES = 100 * 1024;
const IDLE_PERCENT_MAX = 2;
/** The kernel tests its ciphers while the shell is there already, and the host's compilers work on what was hot last. */
const SETTLE_MS = 120_000;
const MS_PER_TICK = 10;

/** Processor time of a process, all threads, in ms (proc(5)). */
function cpuMs(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) * MS_PER_TICK;
}

async function percentOf(pid: number, ms: number): Promise<number> {
  const begin = { cpuMs: cpuMs(pid), nowMs: Date.now() };
  await delay(ms);
  return 100 * (cpuMs(pid) - begin.cpuMs) / (Date.now() - begin.nowMs);
}

/** Types a command; what it prints until the next prompt. */
async function command(on: Terminal, line: string, limitMs?: number): Promise<string> {
  on.type(`${line}\r`);
  return on.shows(PROMPT, limitMs);
}

/** Types a command that does not end, then a control key that ends or stops it. */
async function interrupted(on: Terminal, line: string, key: string): Promise<string> {
  on.type(`echo be""gins; ${line}\r`);
  await on.shows('begins\r');
  await delay(500);
  on.type(key);
  return on.shows(PROMPT);
}

const skip = noTerminal === false ? missingLinuxGuest() : noTerminal;

test('Linux on a terminal', { skip, timeout: 500_000 }, async (context) => {
  const linux = terminal = new Terminal([process.execPath, path.join(bundles.folder, 'cli.mjs'), 'record', '--guest', 'linux', '-o', file], { rows: 40, columns: 120 });
  await linux.shows(PROMPT, BOOT_MS);
  const pid = await linux.pid();

  await context.test('control keys: interrupt, stop, end of input', async () => {
    await interrupted(linux, 'sleep 1000', CONTROL_C);
    await interrupted(linux, 'cat', CONTROL_C);
    await interrupted(linux, 'while :; do :; done', CONTROL_C);
    assert.match(await interrupted(linux, 'cat', CONTROL_Z), /Stopped/);
    assert.match(await command(linux, 'jobs; kill %1'), /Stopped +cat/);
    await interrupted(linux, 'cat', CONTROL_D);
  });

  await context.test('history and editing with arrow keys', async () => {
    await command(linux, 'echo one$((1 + 1))thre');
    linux.type(UP);
    await delay(300);
    linux.type(LEFT.repeat(4));
    await delay(300);
    linux.type('X\r');
    assert.match(await linux.shows(PROMPT), /one2Xthre/);
  });

  await context.test('Ctrl-A is the guest\'s when it is typed twice, and the shell learns the size of the terminal', async () => {
    assert.match(await command(linux, `echo wrong; ${A}${A}echo right `), /right/);
    linux.type(`${A}s`);
    await linux.shows(PROMPT);
    assert.match(await command(linux, 'stty size'), /^40 120\r/m);
  });

  await context.test('100 KiB pasted into a file', async () => {
    const line = (index: number): string => `${String(index).padStart(6, '0')} ${'The quick brown fox jumps over the lazy dog. '.repeat(1)}\n`;
    const text = Array.from({ length: Math.ceil(PASTE_BYTES / line(0).length) }, (_, index) => line(index)).join('');
    linux.type('cat > /tmp/paste; echo rea""dy\r');
    await delay(500);
    linux.type(text);
    linux.type(CONTROL_D);
    await linux.shows('ready\r', 120_000);
    await linux.shows(PROMPT);
    assert.match(await command(linux, 'md5sum /tmp/paste'), new RegExp(createHash('md5').update(text).digest('hex')));
  });

  await context.test('commands pasted into the shell are all carried out', async () => {
    const count = 200;
    linux.type(Array.from({ length: count }, (_, index) => `echo ${index} >> /tmp/counted\n`).join(''));
    linux.type('echo al""l\n');
    await linux.shows('all\r', 120_000);
    await linux.shows(PROMPT);
    assert.match(await command(linux, 'wc -l < /tmp/counted; tail -n 1 /tmp/counted'), new RegExp(`^${count}\r\r?\n${count - 1}\r`, 'm'));
  });

  await context.test('an idle guest leaves the processor alone, and its second is a second', async (inner) => {
    let percent = 100;
    for (const endMs = Date.now() + SETTLE_MS; percent >= IDLE_PERCENT_MAX && Date.now() < endMs;) percent = await percentOf(pid, 5000);
    inner.diagnostic(`${percent.toFixed(1)} % of a processor`);
    assert.ok(percent < IDLE_PERCENT_MAX, `${percent} % of a processor`);
    linux.type(`${A}i`);
    await linux.shows(', idle, recorded in ');
    const begin = { cpuMs: cpuMs(pid), nowMs: Date.now() };
    await command(linux, 'sleep 2');
    const tookMs = Date.now() - begin.nowMs;
    inner.diagnostic(`sleep 2 took ${tookMs} ms, and ${cpuMs(pid) - begin.cpuMs} ms of a processor`);
    assert.ok(tookMs >= 1990 && cpuMs(pid) - begin.cpuMs < 1000, `${tookMs} ms`);
  });

  await context.test('Ctrl-A x gives the terminal back, and the recording replays exactly', async () => {
    linux.type(`${A}x`);
    assert.deepEqual(await linux.end(), { code: 0, signal: null, restored: true });
    const verified = await bundles.run('verify', file);
    assert.deepEqual([verified.code, verified.stderr], [0, '']);
    assert.match(verified.stdout, /replays exactly/);
  });
});

/** A shell on the virtio console, by hand: the guest's own init has its shell on the serial line. */
const SHELL_ON_VIRTIO = ['mount -t proc proc /proc', 'mount -t sysfs sysfs /sys', 'mount -t devtmpfs devtmpfs /dev', '--install -s'].map((line) => `/bin/busybox ${line}`)
  .concat('/sbin/modprobe virtio_mmio', 'sleep 1', "exec setsid sh -c 'exec sh -i </dev/hvc0 >/dev/hvc0 2>&1'").join('; ');

test('a virtio console tells Linux the size of the terminal, and when it changes; the recording replays', { skip, timeout: 300_000 }, async () => {
  const recording = path.join(bundles.folder, 'virtio.chrono');
  const options = ['--guest', 'linux', '--console', 'virtio', '--append', `console=ttyS0 rdinit=/bin/sh -- -c "${SHELL_ON_VIRTIO}"`, '-o', recording];
  const linux = new Terminal([process.execPath, path.join(bundles.folder, 'cli.mjs'), 'record', ...options], { rows: 40, columns: 120 });
  try {
    const prompt = '# \u001b[6n';
    await linux.shows(prompt, BOOT_MS);
    linux.type('stty size\r');
    assert.match(await linux.shows(prompt), /^40 120\r/m);
    linux.shrink();
    await delay(500);
    linux.type('stty size\r');
    assert.match(await linux.shows(prompt), /^20 60\r/m);
    linux.type(`${A}x`);
    assert.deepEqual(await linux.end(), { code: 0, signal: null, restored: true });
  } finally {
    await linux.kill();
  }
  assert.match((await bundles.run('info', '--events', recording)).stdout, /terminal of 60 columns and 20 rows/);
  assert.equal((await bundles.run('verify', recording)).code, 0);
});
