/** Firmware and kernel from launch attributes: the machine boots, powers off, and can be gone through backward. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { test } from 'node:test';
import { exceptionFilters, PANIC_FILTER } from '../../debug-adapter/exception-causes.ts';
import { findTool, missingTools, tools } from '../tools.ts';
import { AdapterClient } from './adapter-client.ts';

/** Prints `K` through the SBI's legacy console, then shuts down: li a7, 1; li a0, 'K'; ecall; li a7, 8; ecall. */
const KERNEL = Uint32Array.of(0x0010_0893, 0x04b0_0513, 0x0000_0073, 0x0080_0893, 0x0000_0073);

test('OpenSBI and a kernel', { skip: missingTools(tools.opensbi) }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'adapter-boot-'));
  try {
    const kernel = path.join(folder, 'kernel');
    const disk = path.join(folder, 'disk.img');
    writeFileSync(kernel, KERNEL);
    writeFileSync(disk, new Uint8Array(4096));
    const client = new AdapterClient();
    await client.request('initialize', { adapterID: 'chronovisor' });
    await client.request('launch', {
      bios: findTool(tools.opensbi), kernel, append: 'hello', memory: '64', drives: [`file=${disk},format=raw`], stopOnEntry: true, __terminal: true,
    });
    // What a client sends that nobody changed: OpenSBI probes CSRs that are not there, which is no reason to stop.
    const defaults = exceptionFilters.filter((each) => each.default).map(({ filter }) => filter);
    await client.request('setExceptionBreakpoints', { filters: defaults });
    // Without panics they are still what nobody changed.
    await client.request('setExceptionBreakpoints', { filters: defaults.filter((filter) => filter !== PANIC_FILTER) });
    await client.request('configurationDone');
    await client.event('stopped');
    assert.equal(await client.position(), 0);
    await client.move('continue');
    assert.match(client.console(), /OpenSBI v[^]*Next Address\s+: 0x0000000080200000[^]*K$/);
    const end = await client.position();
    await client.move('stepBack', { granularity: 'instruction' });
    assert.equal(await client.position(), end - 1);
    await client.request('setExceptionBreakpoints', { filters: ['illegal-instruction'] });
    assert.equal((await client.move('reverseContinue')).reason, 'exception');
    await client.end();
  } finally {
    rmSync(folder, { recursive: true });
  }
});
