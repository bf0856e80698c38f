/** Linux with a damaged initial RAM disk: its functions by name from the first moment on, and its panic as an exception with its stack. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { exceptionFilters } from '../../debug-adapter/exception-causes.ts';
import { GUEST_FILES, guestFolder } from '../../emulator/host/known-guests.ts';
import { missingLinuxGuest } from '../tools.ts';
import { AdapterClient } from './adapter-client.ts';

/** A boot takes 1.0 G instructions, and the machine may have other things to do. */
const TIMEOUT_MS = 120_000;
const STEPS = 5;

async function names(client: AdapterClient): Promise<string[]> {
  return (await client.stack()).map(({ name }) => name);
}

async function breakAt(client: AdapterClient, ...functions: string[]): Promise<void> {
  const { breakpoints } = await client.request<{ breakpoints: { verified: boolean }[] }>('setFunctionBreakpoints', { breakpoints: functions.map((name) => ({ name })) });
  assert.ok(breakpoints.every(({ verified }) => verified), functions.join(' '));
}

/** Flips a bit here and there: no archive is recognised in it. */
function damaged(file: string): Uint8Array {
  return new Uint8Array(readFileSync(file)).map((byte, index) => (index % 97 === 0 ? byte ^ 0x55 : byte));
}

async function drive(client: AdapterClient, initrd: string): Promise<void> {
  await client.request('initialize', { adapterID: 'chronovisor' });
  await client.request('launch', { guest: 'linux', initrd, stopOnEntry: true, __terminal: true });
  await client.request('setExceptionBreakpoints', { filters: exceptionFilters.filter((each) => each.default).map(({ filter }) => filter) });
  await client.request('configurationDone');
  await client.event('stopped');

  // Before the kernel turns on address translation, it runs where it was loaded.
  await breakAt(client, 'setup_vm', 'start_kernel');
  assert.equal((await client.move('continue')).reason, 'function breakpoint');
  const [early] = await client.stack();
  assert.deepEqual([early?.name, early?.instructionPointerReference?.length], ['setup_vm', '0x80000000'.length]);
  assert.equal((await client.move('continue')).reason, 'function breakpoint');
  const startKernel = await client.position();
  assert.ok(startKernel > 5_000_000 && startKernel < 20_000_000, `start_kernel at ${String(startKernel)}`);
  const stack = await client.stack();
  assert.deepEqual([stack.map(({ name }) => name), stack[0]?.instructionPointerReference?.startsWith('0xffffffff8')], [['start_kernel', '_start_kernel'], true]);

  const panic = await client.move('continue');
  assert.deepEqual([panic.reason, panic.text], ['exception', 'VFS: Unable to mount root fs on unknown-block(0,0)']);
  assert.match(panic.description ?? '', /^LIVE @[\d,]+ · Paused on kernel panic$/);
  const calls = await names(client);
  assert.deepEqual([calls[0], calls.slice(-3)], ['panic', ['kernel_init_freeable', 'kernel_init', 'ret_from_fork']]);
  assert.ok(calls.includes('mount_root'), calls.join(' < '));
  assert.doesNotMatch(client.console(), /not syncing/, 'the panic is told before the kernel prints it');
  const panicked = await client.position();

  // Back past everything: the same places, to the instruction.
  assert.equal((await client.move('reverseContinue')).reason, 'function breakpoint');
  assert.equal(await client.position(), startKernel);
  for (let step = 1; step <= STEPS; step++) await client.move('chronovisor/stepBackInto', { granularity: 'instruction' });
  assert.equal(await client.position(), startKernel - STEPS);
  for (let step = 1; step <= STEPS; step++) await client.move('stepIn', { granularity: 'instruction' });
  assert.deepEqual([await client.position(), (await names(client))[0]], [startKernel, 'start_kernel']);
  await breakAt(client);
  assert.equal((await client.move('continue')).reason, 'exception');
  assert.equal(await client.position(), panicked);
}

test('from start_kernel to the panic and back', { skip: missingLinuxGuest() }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'adapter-linux-'));
  const client = new AdapterClient(TIMEOUT_MS);
  try {
    const initrd = path.join(folder, 'damaged.cpio');
    writeFileSync(initrd, damaged(path.join(guestFolder('linux'), GUEST_FILES.initrd)));
    await drive(client, initrd);
  } finally {
    await client.end();
    rmSync(folder, { recursive: true });
  }
});
