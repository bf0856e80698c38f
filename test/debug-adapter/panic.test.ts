/** A guest without debug information that panics: told as an exception, with its message and its stack; and what is shown instead of source. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, describe, test } from 'node:test';
import { exceptionFilters, PANIC_FILTER } from '../../debug-adapter/exception-causes.ts';
import { findTool, missingTools, tools } from '../tools.ts';
import { launched, type AdapterClient } from './adapter-client.ts';

const GUEST = `
__attribute__((noinline, noipa)) void panic(const char *format, ...) {
  (void)format;
  *(volatile int *)0x100000 = 0x5555;
  for (;;);
}
__attribute__((noinline, noipa)) void mount_root(int error) {
  panic("\\001" "6cannot mount %s (%-3s|%4d): %d, %#lx, %x, %c%%, %pS, %lu %s\\n", "root", "a", 42, error, 0x123456789ul, 255, 'z', mount_root, 1234567890123ul, "\\t");
}
int main(void) {
  for (volatile int count = 0; count < 3; count++);
  mount_root(-6);
  return 0;
}
char stack[4096] __attribute__((aligned(16)));
__attribute__((naked)) void _start(void) { __asm__("la sp, stack + 4096; li s0, 0; call main; ebreak"); }
`;
const FLAGS = ['-march=rv64gc', '-mabi=lp64d', '-mcmodel=medany', '-O1', '-g0', '-fno-omit-frame-pointer', '-fno-asynchronous-unwind-tables', '-fno-optimize-sibling-calls',
  '-ffreestanding', '-nostdlib', '-static', '-Wl,-Ttext=0x80001000', '-Wl,--build-id=none'];
const MESSAGE = 'cannot mount root (a  |  42): -6, 0x123456789, ff, z%, mount_root, 1234567890123';

describe('a guest that panics', { skip: missingTools(tools.gcc) }, () => {
  let folder: string | undefined;
  after(() => { if (folder !== undefined) rmSync(folder, { recursive: true }); });

  const guest = (): string => {
    folder ??= mkdtempSync(path.join(tmpdir(), 'chronovisor-panic-'));
    const program = path.join(folder, 'panic.elf');
    writeFileSync(path.join(folder, 'panic.c'), GUEST);
    execFileSync(findTool(tools.gcc) ?? '', [...FLAGS, path.join(folder, 'panic.c'), '-o', program]);
    return program;
  };

  const check = (name: string, drive: (client: AdapterClient) => Promise<void>): void => {
    test(name, async () => {
      const client = await launched({ program: guest() });
      try {
        await drive(client);
      } finally {
        await client.end();
      }
    });
  };
  const names = async (client: AdapterClient): Promise<string[]> => (await client.stack()).map((frame) => frame.name);
  const defaults = exceptionFilters.filter((each) => each.default).map(({ filter }) => filter);

  check('stops as an exception, forward and backward', async (client) => {
    await client.request('setExceptionBreakpoints', { filters: defaults });
    const stop = await client.move('continue');
    assert.deepEqual([stop.reason, stop.description, stop.text], ['exception', 'Paused on kernel panic', MESSAGE]);
    assert.deepEqual(await names(client), ['panic', 'mount_root', 'main', '_start']);
    const info = await client.request<{ exceptionId: string; description: string; details: { stackTrace: string } }>('exceptionInfo', { threadId: 1 });
    assert.deepEqual([info.exceptionId, info.description, info.details.stackTrace], ['Kernel panic', MESSAGE, 'at panic\nat mount_root\nat main\nat _start']);
    const at = await client.position();
    assert.match((await client.move('continue')).description ?? '', /Powered off/);
    assert.match(await client.refusal('exceptionInfo', { threadId: 1 }), /not stopped at an exception/);
    assert.equal((await client.move('reverseContinue')).reason, 'exception');
    assert.equal(await client.position(), at);
    assert.ok(client.outputs('console').some((line) => line.startsWith(`Kernel panic: ${MESSAGE}`)));
  });

  check('does not stop when nobody asks for it', async (client) => {
    await client.request('setExceptionBreakpoints', { filters: defaults.filter((each) => each !== PANIC_FILTER) });
    assert.match((await client.move('continue')).description ?? '', /Powered off/);
  });

  check('its functions are shown as listings, which take breakpoints', async (client) => {
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'mount_root' }] });
    assert.equal((await client.move('continue')).reason, 'function breakpoint');
    const [frame] = await client.stack();
    const source = frame?.source ?? assert.fail('no source');
    assert.deepEqual([source.name, frame?.line], ['mount_root.s', 2]);
    const { content } = await client.request<{ content: string }>('source', { source, sourceReference: source.sourceReference });
    const lines = content.split('\n');
    assert.match(lines[1] ?? '', /^0x8000\w+: {2}addi sp,sp,-\d+$/);
    assert.deepEqual([await client.evaluate('sp'), await client.evaluate('a0')], [await client.evaluate('$sp'), await client.evaluate('$a0')]);
    assert.match(await client.refusal('evaluate', { expression: 'nothing' }), /nothing/);
    const call = lines.findIndex((line) => line.includes('jal') || line.includes('<panic>')) + 1;
    const { breakpoints } = await client.request<{ breakpoints: { verified: boolean; line: number }[] }>('setBreakpoints', { source, breakpoints: [{ line: call }, { line: 5000 }] });
    assert.deepEqual(breakpoints.map(({ verified }) => verified), [true, false]);
    assert.equal((await client.move('continue')).reason, 'breakpoint');
    assert.equal((await client.stack())[0]?.line, call);
    await client.move('stepBack');
    assert.equal((await client.stack())[0]?.line, call - 1);
    assert.match(await client.refusal('source', { sourceReference: 99 }), /another debug session/);
  });

  check('the caller is known at every instruction on the way', async (client) => {
    await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'mount_root' }] });
    await client.move('continue');
    for (let step = 0; (await names(client))[0] !== 'panic'; step++) {
      assert.ok(step < 100);
      assert.deepEqual(await names(client), ['mount_root', 'main', '_start']);
      await client.move('stepIn', { granularity: 'instruction' });
    }
    await client.move('stepOut');
    assert.match(client.outputs('console').join(''), /powered off/);
  });
});
