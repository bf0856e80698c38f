/** What requests answer about a stopped machine, and how they move it. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { DEFAULT_MEMORY_SIZE_BYTES, NO_CONDITIONS, createLiveSession } from '../../emulator/index.ts';
import { createLogFile, nodeHost } from '../../emulator/host/node-host.ts';
import { check, crashed, guestFile, source, type AdapterClient } from './adapter-client.ts';

const RECORDED = 3_000_000;
const folder = mkdtempSync(path.join(tmpdir(), 'chronovisor-requests-'));
after(() => { rmSync(folder, { recursive: true, force: true }); });
const recording = path.join(folder, 'short.chrono');
const bytes = new Uint8Array(readFileSync(guestFile));
const recorder = createLiveSession({
  configuration: { memorySizeBytes: DEFAULT_MEMORY_SIZE_BYTES, images: [{ name: 'heisenbug.elf', kind: 'elf', bytes }] }, log: createLogFile(recording),
}, nodeHost);
await recorder.runForward(NO_CONDITIONS, { until: RECORDED });
recorder.close();
const recorded = (): Record<string, unknown> => ({ recording });

/** To the line in `book`, with a letter on the desk. */
async function toBook(client: AdapterClient): Promise<void> {
  await client.breakpoints('sorting.c', 38);
  assert.equal((await client.move('continue')).reason, 'breakpoint');
}

check('line breakpoints: exact, moved to the next code, beyond the end, unknown file', async (client) => {
  const [exact, moved, beyond] = await client.breakpoints('sorting.c', 38, 34, 9999);
  assert.deepEqual([exact?.verified, exact?.line], [true, 38]);
  assert.deepEqual([moved?.verified, moved?.line], [true, 35]);
  assert.equal(beyond?.verified, false);
  assert.match(beyond.message ?? '', /No code of the guest/);
  const { breakpoints } = await client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>('setBreakpoints', { source: source('nothing.c'), breakpoints: [{ line: 1 }] });
  assert.equal(breakpoints[0]?.verified, false);
  const stop = await client.move('continue');
  assert.deepEqual(stop.hitBreakpointIds, [moved?.id]);
  // Line 35 opens the function: the stop is after its prologue.
  assert.equal(await client.place(), 'book sorting.c:36');
  assert.deepEqual((await client.move('continue')).hitBreakpointIds, [exact?.id]);
});

check('instruction breakpoints, with an offset', async (client) => {
  const address = (await client.evaluate('&deliver_batch')).split(' ')[0] ?? '';
  const { breakpoints } = await client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>('setInstructionBreakpoints', {
    breakpoints: [{ instructionReference: address }, { instructionReference: address, offset: -2 }],
  });
  assert.deepEqual(breakpoints.map(({ verified }) => verified), [true, true]);
  const stop = await client.move('continue');
  assert.deepEqual([stop.reason, stop.hitBreakpointIds], ['instruction breakpoint', [breakpoints[0]?.id]]);
  assert.equal(BigInt(await client.evaluate('$pc')), BigInt(address));
});

check('scopes and variables', async (client) => {
  await toBook(client);
  const locals = await client.variables('Locals');
  assert.deepEqual(locals.map(({ name }) => name).sort(), ['destination', 'round', 'total']);
  assert.equal(locals.find(({ name }) => name === 'total')?.value, '0');
  assert.ok((await client.variables('Locals', 2)).some(({ name }) => name === 'next'));
  const globals = await client.variables('Globals of this file');
  const desk = globals.find(({ name }) => name === 'desk');
  assert.ok(desk !== undefined && desk.variablesReference > 0);
  const [letter] = await client.children(desk.variablesReference);
  const fields = letter?.name === 'stamped_at' ? await client.children(desk.variablesReference) : await client.children(letter?.variablesReference ?? 0);
  assert.deepEqual(fields.map(({ name }) => name), ['stamped_at', 'behind', 'sender', 'serial', 'text']);
  const text = fields.find(({ name }) => name === 'text');
  assert.equal(text?.indexedVariables, 36);
  assert.deepEqual((await client.children(text.variablesReference, { start: 34, count: 2 })).map(({ name }) => name), ['[34]', '[35]']);
  const registers = await client.variables('Registers');
  assert.deepEqual(registers.slice(0, 4).map(({ name }) => name), ['pc', 'mode', 'zero', 'ra']);
  assert.equal(registers.find(({ name }) => name === 'mode')?.value, 'machine');
  assert.equal((await client.variables('Floating-Point Registers')).length, 32);
  assert.ok((await client.variables('CSRs')).some(({ name }) => name === 'mcause'));
  await client.move('stepIn', { granularity: 'instruction' });
  assert.match(await client.refusal('variables', { variablesReference: desk.variablesReference }), /earlier stop/);
});

const expressions: readonly (readonly [string, RegExp])[] = [
  ['desk->serial', /^39$/], ['desk->sender', /"Barbara"/], ['$a0', /^0x[0-9a-f]{16}$/], ['$x10', /^0x[0-9a-f]{16}$/], ['$mstatus', /^0x[0-9a-f]{16}$/],
  ['$pc', /^0x0000000080/], ['$fa0', /\(0x/], ['senders[1]', /"Grace"/], ['desk->text[35]', /^\d+/], ['&desk', /^0x8000/], ['keys_pressed', /^0$/],
];
const mistakes = ['nothing_of_this_name', 'desk->nothing', '$nothing', 'desk +', '', '((', '*1', 'x'.repeat(5000), 'desk{0}', 'senders[99999999999999999999]'];

check('expressions', async (client) => {
  await toBook(client);
  for (const [expression, value] of expressions) assert.match(await client.evaluate(expression, 1), value, expression);
  for (const expression of mistakes) {
    const response = await client.send('evaluate', { expression, frameId: 1 });
    assert.doesNotMatch(response.message ?? '', /Internal error/);
    if (expression !== '*1') assert.equal(response.success, false, `${expression} is ${JSON.stringify(response.body)}`);
  }
  assert.match(await client.refusal('evaluate', { expression: 'desk', frameId: 99 }), /stack frame/);
});

check('memory: as much as can be read', async (client) => {
  interface Memory { readonly address: string; readonly data: string; readonly unreadableBytes?: number }
  const read = (memoryReference: string, count: number, offset = 0): Promise<Memory> => client.request<Memory>('readMemory', { memoryReference, count, offset });
  const sizes = ({ data, unreadableBytes }: Memory): [number, number] => [Buffer.from(data, 'base64').length, unreadableBytes ?? 0];
  const code = Buffer.from((await read('0x80000000', 64)).data, 'base64');
  assert.ok(Buffer.from(bytes).includes(code));
  assert.deepEqual(sizes(await read('0x88000000', 32, -16)), [16, 16]);
  assert.deepEqual(sizes(await read('0x0', 8)), [0, 8]);
  assert.deepEqual(sizes(await read('0x10000000', 8)), [0, 8]);
  assert.deepEqual(sizes(await read('0xffffffffffffffff', 8)), [0, 8]);
  assert.deepEqual(sizes(await read('0x80000000', 0)), [0, 0]);
});

check('disassembly around pc: exact counts, pc at its index', async (client) => {
  await toBook(client);
  const pc = BigInt(await client.evaluate('$pc'));
  const list = async (memoryReference: string, instructionOffset: number, instructionCount: number): Promise<DebugProtocol.DisassembledInstruction[]> =>
    (await client.request<{ instructions: DebugProtocol.DisassembledInstruction[] }>('disassemble', { memoryReference, instructionOffset, instructionCount })).instructions;
  for (const [offset, count] of [[-50, 100], [-1, 2], [-200, 201], [-7, 3], [0, 10], [3, 5], [0, 0]] as const) {
    const instructions = await list(`0x${pc.toString(16)}`, offset, count);
    assert.equal(instructions.length, count);
    if (-offset < count && offset <= 0) assert.equal(BigInt(instructions[-offset]?.address ?? 0), pc, `${offset}, ${count}`);
    const addresses = instructions.map(({ address }) => BigInt(address));
    assert.ok(addresses.every((address, index) => index === 0 || address > (addresses[index - 1] ?? 0n)), 'addresses ascend');
  }
  const atPc = (await list(`0x${pc.toString(16)}`, 0, 1))[0];
  assert.deepEqual([atPc?.line, atPc?.location?.name], [38, 'sorting.c']);
  const outside = await list('0x10', -20, 40);
  assert.equal(outside.length, 40);
  assert.ok(outside.every(({ presentationHint }) => presentationHint === 'invalid'));
});

check('pages, page, threads', async (client) => {
  await toBook(client);
  const all = await client.request<{ total: number; base: string; states: string }>('chronovisor/pages', { first: 0, count: 65_536 });
  assert.deepEqual([all.total, all.base, all.states.length], [DEFAULT_MEMORY_SIZE_BYTES / 4096, '0x80000000', all.total]);
  assert.match(all.states, /^[.0psZPS]+$/);
  assert.equal((await client.request<{ states: string }>('chronovisor/pages', { first: all.total - 1, count: 10 })).states.length, 1);
  const page = await client.request<{ address: string; base64: string }>('chronovisor/page', { page: 1 });
  assert.deepEqual([page.address, Buffer.from(page.base64, 'base64').length], ['0x80001000', 4096]);
  assert.match(await client.refusal('chronovisor/page', { page: all.total }), /below/);
  const { threads } = await client.request<{ threads: { id: number; name: string }[] }>('threads');
  assert.deepEqual(threads.map(({ id }) => id), [1]);
  assert.match(threads[0]?.name ?? '', /^hart 0/);
});

check('going to a position and back, with the same sight', async (client) => {
  await toBook(client);
  const here = await client.timeline();
  const sight = async (): Promise<object[]> => (await client.stack()).map((frame) => ({ ...frame, id: 0 }));
  const stack = await sight();
  assert.equal((await client.move('chronovisor/seek', { position: 1000 })).reason, 'goto');
  assert.deepEqual([await client.position(), (await client.timeline()).live], [1000, false]);
  await client.move('chronovisor/seek', { position: here.position });
  assert.deepEqual(await sight(), stack);
  assert.match(await client.refusal('chronovisor/seek', { position: here.end + 1 }), /the recording reaches @/);
});

check('live, back to the past, and live on', async (client) => {
  await toBook(client);
  const first = await client.timeline();
  assert.deepEqual([first.live, first.running, first.finished], [true, false, false]);
  assert.equal((await client.move('reverseContinue')).reason, 'entry');
  assert.match((await client.request<{ refusal: string }>('chronovisor/console', { base64: 'eA==' })).refusal, /past/);
  assert.equal((await client.move('continue')).reason, 'breakpoint');
  assert.equal(await client.position(), first.position);
  await client.move('continue');
  const later = await client.timeline();
  assert.ok(later.end > first.end && later.position === later.end);
  assert.match(client.console(), /The post office is open/);
});

check('a finished recording: beginning, end, no keys', async (client) => {
  assert.deepEqual([await client.position(), (await client.timeline()).finished], [0, true]);
  assert.match((await client.move('continue')).description ?? '', /End of the recording/);
  assert.equal(await client.position(), RECORDED);
  assert.match((await client.request<{ refusal: string }>('chronovisor/console', { base64: 'eA==' })).refusal, /finished/);
  assert.match((await client.move('next')).description ?? '', /End of the recording/);
  assert.match((await client.move('reverseContinue')).description ?? '', /Beginning of the recording/);
}, recorded);

check('pause while running; what needs a standing machine is refused meanwhile', async (client) => {
  await client.request('continue', { threadId: 1 });
  await delay(30);
  assert.equal((await client.timeline()).running, true);
  assert.match(await client.refusal('stackTrace', { threadId: 1 }), /running/);
  assert.equal((await client.move('pause')).reason, 'pause');
  assert.equal((await client.timeline()).running, false);
  await client.request('pause', { threadId: 1 });
});

check('a breakpoint set while running stops the run', async (client) => {
  await client.request('continue', { threadId: 1 });
  await delay(30);
  await client.breakpoints('sorting.c', 48);
  assert.equal((await client.event<{ reason: string }>('stopped')).reason, 'breakpoint');
  assert.equal(await client.place(), 'deliver_batch sorting.c:48');
});

check('no exception, no exception info; keys wait at a crash', async (client) => {
  assert.match(await client.refusal('exceptionInfo', { threadId: 1 }), /not stopped at an exception/);
  await crashed(client);
  assert.match((await client.request<{ refusal: string }>('chronovisor/console', { base64: 'eA==' })).refusal, /exception: continue/);
  const stop = await client.move('continue');
  assert.match(stop.description ?? '', /Powered off, exit code 1/);
  assert.match(client.console(), /on fire: exception 5/);
});

check('lines from 0, as some clients count', async (client) => {
  await client.request('initialize', { adapterID: 'chronovisor', linesStartAt1: false, columnsStartAt1: false });
  const [breakpoint] = await client.breakpoints('sorting.c', 37);
  assert.equal(breakpoint?.line, 37);
  await client.move('continue');
  assert.equal(await client.place(), 'book sorting.c:37');
});
