/** Every motion in the source, through the adapter, on the stepping corpus: where it stops, what stops it, and what is refused. */
import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { test } from 'node:test';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { missingTools, tools } from '../tools.ts';
import { launched } from './adapter-client.ts';
import type { AdapterClient } from './adapter-client.ts';
import { buildGuest } from './stepping-guest.ts';
import type { GuestOptions } from './stepping-guest.ts';

const FILE = path.join(import.meta.dirname, 'stepping-corpus', 'main.c');
const SOURCE = readFileSync(FILE, 'utf8').split('\n');
const TIMER: GuestOptions = { flags: ['-O0'], tick: 7 };
const OPTIMISED: GuestOptions = { flags: ['-O2'], tick: 6 };
const LONG: GuestOptions = { flags: ['-O0'], tick: 0, busy: 20_000_000 };

/** Number of the first line with that text. */
function lineOf(text: string): number {
  const index = SOURCE.findIndex((line) => line.trim() === text);
  assert.ok(index >= 0, `no line is '${text}'`);
  return index + 1;
}

function check(name: string, guest: GuestOptions, drive: (client: AdapterClient) => Promise<void>): void {
  test(name, { skip: missingTools(tools.gcc) }, async () => {
    const client = await launched({ program: buildGuest(guest) });
    try {
      await drive(client);
    } finally {
      await client.end();
    }
  });
}

async function breakAt(client: AdapterClient, ...texts: string[]): Promise<void> {
  await client.request('setBreakpoints', { source: { path: FILE }, breakpoints: texts.map((text) => ({ line: lineOf(text) })) });
}

async function runTo(client: AdapterClient, text: string): Promise<number> {
  await breakAt(client, text);
  assert.equal((await client.move('continue')).reason, 'breakpoint');
  await breakAt(client);
  return client.position();
}

/** The text of the line where the machine stands. */
async function text(client: AdapterClient): Promise<string> {
  const [frame] = await client.stack();
  return SOURCE[(frame?.line ?? 0) - 1]?.trim() ?? '';
}

type Expected = readonly [command: string, text: string];

/** Moves one after the other, each of which ends at a line. */
async function moves(client: AdapterClient, ...expected: readonly Expected[]): Promise<void> {
  for (const [command, line] of expected) {
    const { reason, description } = await client.move(command);
    assert.equal(`${reason} at ${await text(client)}`, `step at ${line}`, `${command}: ${description ?? ''}`);
  }
}

const INTO = 'chronovisor/stepBackInto';
const OUT = 'chronovisor/stepBackOut';

check('recursion counts as other calls', TIMER, async (client) => {
  const begin = await runTo(client, 'int left = fibonacci(n - 1);');
  await moves(client, ['next', 'int right = fibonacci(n - 2);'], ['next', 'return left + right;'], ['stepBack', 'int right = fibonacci(n - 2);'], ['stepBack', 'int left = fibonacci(n - 1);']);
  assert.equal(await client.position(), begin);
  await moves(client, ['stepIn', 'if (n < 2)'], [OUT, 'int left = fibonacci(n - 1);'], ['next', 'int right = fibonacci(n - 2);']);
  await moves(client, [INTO, '}'], [OUT, 'int left = fibonacci(n - 1);']);
});

check('out of a function and back into its last line', TIMER, async (client) => {
  await runTo(client, 'int a = leaf(x);');
  await moves(client, ['stepIn', 'int y = x + 1;'], ['stepOut', 'int a = leaf(x);'], [INTO, '}']);
  assert.match(await client.place(), /^leaf /);
  await moves(client, ['next', 'int a = leaf(x);'], ['next', 'int b = leaf(a);'], ['stepBack', 'int a = leaf(x);'], [OUT, 'sink = twice(round);']);
});

check('a longjmp ends a step where it lands, and the step back goes to the call', TIMER, async (client) => {
  const call = await runTo(client, 'jump_out(depth);');
  await moves(client, ['next', 'sink = value;'], ['stepBack', 'jump_out(depth);']);
  assert.equal(await client.position(), call);
  await moves(client, ['stepIn', 'int here = leaf(depth);'], ['stepOut', 'sink = value;']);
});

check('a longjmp over many calls ends steps in all of them', LONG, async (client) => {
  await runTo(client, 'jump_out(depth - 1);');
  await moves(client, ['next', 'sink = value;'], ['stepBack', 'jump_out(depth);']);
});

/** Names of the innermost frame at steps in the function `inlined`, from its beginning to its end. */
async function framesIn(client: AdapterClient, command: string): Promise<string[]> {
  const call = await runTo(client, 'sink = inlined(round * 7);');
  await client.move('stepIn');
  const names: string[] = [];
  for (let frames = await client.stack(); frames.some(({ name }) => name === 'inlined'); frames = await client.stack()) {
    names.push(frames[0]?.name.replace(/ \[.*/, '') ?? '');
    await client.move(command);
  }
  await client.move('chronovisor/seek', { position: call - 1 });
  return names;
}

check('inlined calls are stepped over or into', OPTIMISED, async (client) => {
  const over = await framesIn(client, 'next');
  assert.ok(over.lastIndexOf('scale') < over.indexOf('inlined'), `stepping over: ${over.join(', ')}`);
  assert.ok(!over.slice(over.indexOf('inlined')).includes('clamp'), `stepping over: ${over.join(', ')}`);
  const into = await framesIn(client, 'stepIn');
  for (const name of ['scale', 'clamp', 'leaf']) assert.ok(into.includes(name), `stepping into: ${into.join(', ')}`);
});

check('a breakpoint on a function stops in its inlined copies, both ways', OPTIMISED, async (client) => {
  const { breakpoints } = await client.request<DebugProtocol.SetFunctionBreakpointsResponse['body']>('setFunctionBreakpoints', { breakpoints: [{ name: 'clamp' }] });
  assert.equal(breakpoints[0]?.verified, true);
  const stops: { position: number; pc: string | undefined }[] = [];
  for (let count = 0; count < 8; count++) {
    assert.equal((await client.move('continue')).reason, 'function breakpoint');
    const stack = await client.stack();
    assert.equal(stack[0]?.name, 'clamp [inlined]');
    stops.push({ position: await client.position(), pc: stack[0].instructionPointerReference });
  }
  assert.ok(new Set(stops.map(({ pc }) => pc)).size >= 3, 'it is inlined three times');
  for (const { position } of stops.slice(0, -1).reverse()) {
    await client.move('reverseContinue');
    assert.equal(await client.position(), position);
  }
});

check('a function without lines is passed', TIMER, async (client) => {
  await runTo(client, 'sink = plain_busy(BUSY);');
  await client.move('stepIn');
  assert.match(await client.place(), /^main /);
});

check('tail calls return to the caller of the first', OPTIMISED, async (client) => {
  await runTo(client, 'sink = tail_begin(round);');
  await moves(client, ['stepIn', 'sink = x + 2;']);
  await client.move('stepOut');
  assert.match(await client.place(), /^main /);
});

check('switches of contexts are passed', TIMER, async (client) => {
  const begin = await runTo(client, 'yield(self);');
  await moves(client, ['next', 'sum += twice(i);'], ['stepBack', 'yield(self);']);
  assert.equal(await client.position(), begin);
});

check('all of a line with many calls, and the targets in it', TIMER, async (client) => {
  const begin = await runTo(client, 'int a = leaf(leaf(x) + leaf(x + 1)); sink = a; a = leaf(a);');
  const { targets } = await client.request<DebugProtocol.StepInTargetsResponse['body']>('stepInTargets', { frameId: 1 });
  assert.deepEqual(targets.map(({ label }) => label), ['leaf', 'leaf', 'leaf', 'leaf']);
  await client.move('stepIn', { targetId: targets[2]?.id });
  assert.match(await client.place(), /^leaf /);
  await client.move('stepOut');
  await moves(client, ['next', 'return twice(a) + leaf(plain_double(a));'], ['stepBack', 'int a = leaf(leaf(x) + leaf(x + 1)); sink = a; a = leaf(a);']);
  assert.equal(await client.position(), begin);
  await client.move('next', { granularity: 'statement' });
  assert.match(await client.place(), /^nested_calls /);
  assert.ok((await client.stack())[0]?.line === lineOf('int a = leaf(leaf(x) + leaf(x + 1)); sink = a; a = leaf(a);'));
  await client.move('stepBack', { granularity: 'statement' });
  assert.equal(await client.position(), begin);
  assert.match(await client.refusal('stepIn', { threadId: 1, targetId: 99 }), /another stop/);
});

check('by instruction over a call and back', TIMER, async (client) => {
  await runTo(client, 'int a = leaf(x);');
  const positions = [await client.position()];
  for (let count = 0; count < 5; count++) {
    await client.move('next', { granularity: 'instruction' });
    assert.match(await client.place(), /^twice /);
    positions.push(await client.position());
  }
  for (const position of positions.slice(0, -1).reverse()) {
    await client.move('stepBack', { granularity: 'instruction' });
    assert.equal(await client.position(), position);
  }
});

check('to the start of the function, and of the function of a frame', TIMER, async (client) => {
  await runTo(client, 'int b = leaf(a);');
  await moves(client, ['stepIn', 'int y = x + 1;'], ['next', 'sink = y;'], ['chronovisor/toFunctionStart', 'int y = x + 1;']);
  assert.equal((await client.move('restartFrame', { frameId: 2 })).reason, 'goto');
  assert.equal(await text(client), 'int a = leaf(x);');
  assert.match(await client.refusal('restartFrame', { frameId: 77 }), /earlier stop/);
});

check('run to the cursor and back', TIMER, async (client) => {
  const to = (line: string | number, direction: string): object => ({ path: FILE, line: typeof line === 'number' ? line : lineOf(line), direction });
  const begin = await runTo(client, 'sink = is_even(3 + round);');
  assert.equal((await client.move('chronovisor/runToLine', to('sink = threads(round);', 'forward'))).reason, 'step');
  assert.equal(await text(client), 'sink = threads(round);');
  await client.move('chronovisor/runToLine', to('sink = is_even(3 + round);', 'backward'));
  assert.equal(await client.position(), begin);
  await breakAt(client, 'return is_odd(n - 1);');
  assert.equal((await client.move('chronovisor/runToLine', to('sink = threads(round);', 'forward'))).reason, 'breakpoint');
  await client.move('chronovisor/seek', { position: begin });
  await breakAt(client, 'int left = fibonacci(n - 1);');
  assert.equal((await client.move('chronovisor/runToLine', to('sink = twice(round);', 'backward'))).reason, 'breakpoint');
  assert.match(await client.refusal('chronovisor/runToLine', to(3, 'forward')), /line 3.*the next line with code is/);
  assert.match(await client.refusal('chronovisor/runToLine', { path: FILE, line: 1, direction: 'up' }), /direction/);
});

check('jumping to a line goes to the moments at which it is executed', TIMER, async (client) => {
  const target = { source: { path: FILE }, line: lineOf('sink = is_even(3 + round);') };
  const first = await runTo(client, 'sink = is_even(3 + round);');
  assert.match(await client.refusal('gotoTargets', target), /live machine/);
  await runTo(client, 'sink = tail_begin(round);');
  await client.move('chronovisor/seek', { position: first - 1 });
  const { targets: [after] } = await client.request<DebugProtocol.GotoTargetsResponse['body']>('gotoTargets', target);
  assert.match(after?.label ?? '', /^line \d+, @[\d,]+ \(after\)$/);
  assert.equal(await client.position(), first - 1);
  assert.equal((await client.move('goto', { targetId: after?.id })).reason, 'goto');
  assert.equal(await client.position(), first);
});

check('a guest that powers off in a step, and steps at the ends of time', TIMER, async (client) => {
  await runTo(client, 'sink = twice(round);');
  await client.move('stepOut');
  assert.match(await client.place(), /^_start /);
  const { description } = await client.move('stepOut');
  assert.match(description ?? '', /^Powered off/);
  assert.match((await client.move('next')).description ?? '', /^Powered off/);
  await client.move('stepBack');
  await client.move('chronovisor/seek', { position: 0 });
  for (const command of ['stepBack', INTO, OUT, 'chronovisor/toFunctionStart']) assert.match((await client.move(command)).description ?? '', /Beginning/, command);
});

check('events: none are recorded, or those that are', TIMER, async (client) => {
  assert.match(await client.refusal('chronovisor/previousEvent', { threadId: 1 }), /No event is recorded before/);
  await runTo(client, 'sink = is_even(3 + round);');
  assert.match(await client.refusal('chronovisor/nextEvent', { threadId: 1 }), /No event is recorded after/);
  await client.type('x');
  const typed = await client.position();
  await runTo(client, 'sink = threads(round);');
  assert.equal((await client.move('chronovisor/previousEvent')).reason, 'goto');
  assert.equal(await client.position(), typed);
});

check('a step back over a long call can be cancelled, and leaves the machine where it was', LONG, async (client) => {
  await runTo(client, 'sink = plain_busy(BUSY);');
  await moves(client, ['next', 'for (int round = 0; round < 3; round++) {']);
  const end = await client.position();
  await client.request('stepBack', { threadId: 1 });
  await delay(20);
  await client.request('pause', { threadId: 1 });
  const { reason } = await client.event<{ reason: string }>('stopped');
  if (reason === 'pause') assert.equal(await client.position(), end);
  await client.move('chronovisor/seek', { position: end });
  await moves(client, ['stepBack', 'sink = plain_busy(BUSY);'], ['next', 'for (int round = 0; round < 3; round++) {']);
  assert.equal(await client.position(), end);
});

check('from an interrupt handler back to what it has interrupted', TIMER, async (client) => {
  await runTo(client, 'sink = is_even(3 + round);');
  await client.request('setFunctionBreakpoints', { breakpoints: [{ name: 'trap_entry' }] });
  await client.move('continue');
  assert.match(await client.place(), /^trap_entry /);
  await client.request('setFunctionBreakpoints', { breakpoints: [] });
  const position = await client.position();
  for (let count = 0; count < 3; count++) await client.move('next');
  for (let count = 0; count < 3; count++) await client.move('stepBack');
  assert.match(await client.place(), /^trap_entry /);
  assert.equal(await client.position(), position);
  // Its first instruction and what it has interrupted are at one position.
  await client.move('stepBack');
  assert.equal(await client.position(), position);
  assert.doesNotMatch(await client.place(), /^(trap_entry|on_timer) /);
});

check('breakpoints are asked once for each time that a step passes them, and only they', TIMER, async (client) => {
  await runTo(client, 'sink = twice(round);');
  const begin = await client.position();
  const condition = async (text: string | undefined): Promise<void> => {
    await client.request('setFunctionBreakpoints', { breakpoints: text === undefined ? [] : [{ name: 'leaf', condition: text }] });
  };
  await condition('x < 0');
  await moves(client, ['next', 'sink = fibonacci(4 + round);'], ['stepBack', 'sink = twice(round);']);
  assert.equal(await client.position(), begin);
  await condition('x == 0');
  assert.equal((await client.move('next')).reason, 'function breakpoint');
  const first = await client.position();
  await moves(client, ['stepOut', 'int a = leaf(x);'], ['stepOut', 'sink = twice(round);'], ['next', 'sink = fibonacci(4 + round);']);
  assert.equal((await client.move('stepBack')).reason, 'function breakpoint');
  assert.equal(await client.position(), first);
});

test('a recording ends in the middle of a step', { skip: missingTools(tools.gcc) }, async () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'chronovisor-stepping-'));
  try {
    const recording = path.join(folder, 'cut.chrono');
    const live = await launched({ program: buildGuest(TIMER), recordTo: recording });
    const end = await runTo(live, 'int right = fibonacci(n - 2);');
    await live.end();
    const client = await launched({ recording });
    await client.move('chronovisor/seek', { position: end });
    await moves(client, ['stepBack', 'int left = fibonacci(n - 1);'], ['next', 'int right = fibonacci(n - 2);']);
    for (const command of ['next', 'stepIn', 'stepOut']) {
      assert.equal((await client.move(command)).description, 'End of the recording', command);
      assert.equal(await client.position(), end);
    }
    await moves(client, ['stepBack', 'int left = fibonacci(n - 1);']);
    await client.end();
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
});
