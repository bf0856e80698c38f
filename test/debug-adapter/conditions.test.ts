/** Conditions, hit conditions and logpoints, on breakpoints of all kinds, forward and backward. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { check, launched, source, type AdapterClient, type StopBody } from './adapter-client.ts';
import { recordedGuest } from './recordings.ts';

const recording = await recordedGuest(11_000_000, [150_000, 1_000_000, 2_500_000]);
const LONG = 40_000_000;
const long = await recordedGuest(LONG);
const recorded = (): Record<string, unknown> => ({ recording });

async function setLines(client: AdapterClient, file: string, ...breakpoints: object[]): Promise<DebugProtocol.Breakpoint[]> {
  return (await client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>('setBreakpoints', { source: source(file), breakpoints })).breakpoints;
}

async function addressOf(client: AdapterClient, name: string): Promise<string> {
  return (await client.evaluate(`&${name}`)).split(' ')[0] ?? '';
}

/** Positions of all stops, walking to the end. */
async function walk(client: AdapterClient, command = 'continue', limit = 100): Promise<number[]> {
  const positions: number[] = [];
  while (positions.length < limit) {
    const stop = await client.move(command);
    if (/of the recording/.test(stop.description ?? '')) break;
    positions.push(await client.position());
  }
  return positions;
}

/** Where a breakpoint stops that has no conditions. */
async function allPasses(client: AdapterClient): Promise<number[]> {
  await setLines(client, 'sorting.c', { line: 49 });
  const passes = await walk(client);
  await client.move('chronovisor/seek', { position: 0 });
  return passes;
}

check('a condition, forward and backward', async (client) => {
  const [breakpoint] = await setLines(client, 'sorting.c', { line: 49, condition: 'desk->serial == 35' });
  assert.deepEqual([breakpoint?.verified, breakpoint?.message], [true, undefined]);
  const stop = await client.move('continue');
  assert.deepEqual([stop.reason, stop.hitBreakpointIds], ['breakpoint', [breakpoint?.id]]);
  assert.equal(await client.evaluate('desk->serial'), '35');
  const position = await client.position();
  await client.move('chronovisor/seek', { position: position + 2000 });
  assert.equal((await client.move('reverseContinue')).reason, 'breakpoint');
  assert.equal(await client.position(), position);
}, recorded);

check('a condition that names what is not there: not verified, and why; nothing stops', async (client) => {
  const [breakpoint, other] = await setLines(client, 'sorting.c', { line: 49, condition: 'nothing_of_this_name == 1' }, { line: 38, condition: 'desk +' });
  assert.equal(breakpoint?.verified, false);
  assert.match(breakpoint.message ?? '', /nothing_of_this_name/);
  assert.equal(other?.verified, false);
  assert.match(other.message ?? '', /./);
  assert.match((await client.move('continue')).description ?? '', /End of the recording/);
}, recorded);

check('a condition that cannot be evaluated where it is met: stops there, says why, both ways', async (client) => {
  const [breakpoint] = await setLines(client, 'main.c', { line: 9, condition: '*(long *)0x10 == 1' });
  assert.equal(breakpoint?.verified, true);
  const stop = await client.move('continue');
  assert.equal(stop.reason, 'breakpoint');
  assert.match(stop.text ?? '', /The condition '\*\(long \*\)0x10 == 1' cannot be evaluated: /);
  assert.deepEqual(stop.hitBreakpointIds, [breakpoint.id]);
  const changed = client.received.filter((message) => message.type === 'event' && (message as DebugProtocol.Event).event === 'breakpoint');
  assert.equal((changed[0] as DebugProtocol.BreakpointEvent | undefined)?.body.breakpoint.verified, false);
  const position = await client.position();
  await client.move('chronovisor/seek', { position: position + 100 });
  assert.match((await client.move('reverseContinue')).text ?? '', /cannot be evaluated/);
  assert.equal(await client.position(), position);
}, recorded);

const hits: readonly (readonly [string, (index: number) => boolean])[] = [
  ['3', (n) => n === 3], ['== 2', (n) => n === 2], ['>= 4', (n) => n >= 4], ['> 4', (n) => n > 4], ['<= 2', (n) => n <= 2], ['< 2', (n) => n < 2], ['% 2', (n) => n % 2 === 0], ['+2', (n) => n === 2],
];

for (const [hitCondition, isMeant] of hits) {
  check(`hit condition ${hitCondition}, counted from the beginning, forward and backward`, async (client) => {
    const passes = await allPasses(client);
    assert.ok(passes.length >= 5, `${passes.length} letters`);
    const [breakpoint] = await setLines(client, 'sorting.c', { line: 49, hitCondition });
    assert.match(breakpoint?.message ?? '', hitCondition.startsWith('+') ? /from where the breakpoint was set/ : /from the beginning of the recording/);
    const expect = passes.filter((_, index) => isMeant(index + 1));
    assert.deepEqual(await walk(client), expect);
    assert.deepEqual(await walk(client, 'reverseContinue'), expect.toReversed());
  }, recorded);
}

check('hits are counted behind a jump, too, and set in the middle', async (client) => {
  const passes = await allPasses(client);
  const middle = (passes[2] ?? 0) + 1;
  await client.move('chronovisor/seek', { position: middle });
  await setLines(client, 'sorting.c', { line: 49, hitCondition: '5' });
  await client.move('continue');
  assert.equal(await client.position(), passes[4]);
  await setLines(client, 'sorting.c', { line: 49, hitCondition: '2' });
  assert.equal((await client.move('reverseContinue')).reason, 'breakpoint');
  assert.equal(await client.position(), passes[1]);
  await client.move('chronovisor/seek', { position: middle });
  await setLines(client, 'sorting.c', { line: 49, hitCondition: '+1' });
  await client.move('continue');
  assert.equal(await client.position(), passes[3]);
  assert.match((await client.move('reverseContinue')).description ?? '', /Beginning of the recording/);
}, recorded);

check('a hit condition counts only where the condition is true', async (client) => {
  await setLines(client, 'sorting.c', { line: 49, condition: 'desk->serial % 10 == 3' });
  const passes = await walk(client, 'continue', 4);
  await client.move('chronovisor/seek', { position: 0 });
  await setLines(client, 'sorting.c', { line: 49, condition: 'desk->serial % 10 == 3', hitCondition: '3' });
  await client.move('continue');
  assert.equal(await client.position(), passes[2]);
}, recorded);

for (const bad of ['ten', '0', '99999999']) {
  check(`hit condition ${bad}: not verified`, async (client) => {
    const [breakpoint] = await setLines(client, 'sorting.c', { line: 49, hitCondition: bad });
    assert.equal(breakpoint?.verified, false);
    assert.match(breakpoint.message ?? '', new RegExp(`'${bad}'`));
  }, recorded);
}

check('live: hits are counted as they come', async (client) => {
  await setLines(client, 'sorting.c', { line: 49, hitCondition: '% 2' });
  const live = [await client.move('continue').then(() => client.position()), await client.move('continue').then(() => client.position())];
  await setLines(client, 'sorting.c', { line: 49 });
  assert.equal((await client.move('reverseContinue')).reason, 'breakpoint');
  await setLines(client, 'sorting.c', { line: 49, hitCondition: '% 2' });
  assert.equal((await client.move('reverseContinue')).reason, 'breakpoint');
  assert.equal(await client.position(), live[0]);
  await client.move('continue');
  assert.equal(await client.position(), live[1]);
});

const outputs = (client: AdapterClient): string[] => client.outputs('console').filter((text) => /^(letter|hash) /.test(text));

check('a logpoint prints and does not stop; again in a replay, but not in a search backward', async (client) => {
  const [breakpoint] = await setLines(client, 'sorting.c', { line: 49, logMessage: 'letter {desk->serial}: \\{{$a0}\\}, {no_such_thing}', condition: 'desk->serial >= 38 && desk->serial < 40' });
  assert.equal(breakpoint?.verified, true);
  assert.match((await client.move('continue')).description ?? '', /End of the recording/);
  const lines = outputs(client);
  assert.equal(lines.length, 2);
  assert.match(lines[0] ?? '', /^letter 39: \{0x[0-9a-f]+\}, <.*no_such_thing.*>\n$/);
  assert.match((await client.move('reverseContinue')).description ?? '', /Beginning of the recording/);
  assert.equal(outputs(client).length, 2);
  await client.move('continue');
  assert.equal(outputs(client).length, 4);
}, recorded);

check('a logpoint with braces that nothing closes is not verified', async (client) => {
  const [breakpoint] = await setLines(client, 'sorting.c', { line: 49, logMessage: 'letter {desk' });
  assert.equal(breakpoint?.verified, false);
  assert.match(breakpoint.message ?? '', /nothing closes/);
}, recorded);

check('a flood of log lines is cut, and pause is served meanwhile', async (client) => {
  await setLines(client, 'sorting.c', { line: 31, logMessage: 'hash {hash}' });
  await client.request('continue', { threadId: 1 });
  await client.event('output');
  const asked = performance.now();
  const stop = await client.move('pause');
  assert.equal(stop.reason, 'pause');
  assert.ok(performance.now() - asked < 1500, `paused after ${Math.round(performance.now() - asked)} ms`);
  assert.ok(outputs(client).length <= 3000, `${outputs(client).length} lines`);
});

check('function breakpoints with a condition and a hit condition', async (client) => {
  const { breakpoints } = await client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>('setFunctionBreakpoints', { breakpoints: [{ name: 'book', condition: 'destination > 200', hitCondition: '2' }, { name: 'sort', hitCondition: '% 50' }] });
  const stops: StopBody[] = [];
  for (let stop = await client.move('continue'); stop.reason !== 'pause'; stop = await client.move('continue')) stops.push(stop);
  // 80 letters and a few.
  assert.deepEqual(stops.map(({ reason, hitBreakpointIds }) => [reason, ...hitBreakpointIds ?? []]).sort(), breakpoints.map(({ id }) => ['function breakpoint', id]));
}, recorded);

check('instruction breakpoints with a condition', async (client) => {
  const address = await addressOf(client, 'book');
  await client.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: address, condition: '$a0 == 0x7b || $a0 > 250' }] });
  const stop = await client.move('continue');
  assert.equal(stop.reason, 'instruction breakpoint');
  const a0 = Number(await client.evaluate('$a0'));
  assert.ok(a0 === 0x7b || a0 > 250, `${a0}`);
}, recorded);

check('a data breakpoint with a condition sees the new value; read and access', async (client) => {
  const address = await addressOf(client, 'ticks');
  const dataId = `${address}:8`;
  const { breakpoints } = await client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>('setDataBreakpoints', { breakpoints: [{ dataId, accessType: 'write', condition: 'ticks == 3' }] });
  const stop = await client.move('continue');
  assert.deepEqual([stop.reason, stop.hitBreakpointIds], ['data breakpoint', breakpoints.map(({ id }) => id)]);
  assert.equal(await client.evaluate('ticks'), '3');
  const position = await client.position();
  assert.equal((await client.move('reverseContinue')).reason, 'data breakpoint');
  assert.deepEqual([await client.position(), await client.evaluate('ticks')], [position - 1, '2']);
  assert.match((await client.move('reverseContinue')).description ?? '', /Beginning of the recording/);
  await client.request('setDataBreakpoints', { breakpoints: [{ dataId, accessType: 'write', hitCondition: '2' }] });
  await client.move('continue');
  assert.equal(await client.evaluate('ticks'), '2');
}, recorded);

check('exception filters: interrupts, with conditions', async (client) => {
  const { breakpoints } = await client.request<{ breakpoints: DebugProtocol.Breakpoint[] }>('setExceptionBreakpoints', {
    filters: ['external-interrupt', 'no-such-filter'], filterOptions: [{ filterId: 'timer-interrupt', condition: 'ticks == 2' }],
  });
  assert.deepEqual(breakpoints.map(({ verified }) => verified), [true, false, true]);
  const first = await client.move('continue');
  assert.deepEqual([first.reason, first.text, first.hitBreakpointIds], ['exception', 'Machine external interrupt', [breakpoints[0]?.id]]);
  const info = await client.request<{ exceptionId: string; details: { message: string } }>('exceptionInfo', { threadId: 1 });
  assert.equal(info.exceptionId, 'Machine external interrupt');
  assert.match(info.details.message, /handled in machine mode\.\nIt came before: .* at 0x/);
  await client.request('setExceptionBreakpoints', { filters: [], filterOptions: [{ filterId: 'timer-interrupt', condition: 'ticks == 2' }] });
  const timer = await client.move('continue');
  assert.equal(timer.text, 'Machine timer interrupt');
  assert.equal(await client.evaluate('ticks'), '2');
  const position = await client.position();
  await client.move('chronovisor/seek', { position: position + 10 });
  assert.equal((await client.move('reverseContinue')).text, 'Machine timer interrupt');
  assert.equal(await client.position(), position);
}, recorded);

test('counting hits takes its time: it shows progress, and can be cancelled', async () => {
  const client = await launched({ recording: long }, { supportsProgressReporting: true });
  await client.move('chronovisor/seek', { position: LONG });
  // In the innermost loop of all.
  await client.request('setInstructionBreakpoints', { breakpoints: [{ instructionReference: await addressOf(client, 'sort'), offset: 0x14, hitCondition: '% 100000' }] });
  await client.request('reverseContinue', { threadId: 1 });
  const { progressId, title, cancellable } = await client.event<{ progressId: string; title: string; cancellable: boolean }>('progressStart');
  assert.deepEqual([title, cancellable], ['Counting hits', true]);
  await client.request('cancel', { progressId });
  await client.event('progressEnd');
  assert.equal((await client.event<StopBody>('stopped')).reason, 'pause');
  assert.equal(await client.position(), LONG);
  await client.end();
});

check('breakpoints that are set again keep what they were: id and count', async (client) => {
  const [first] = await setLines(client, 'sorting.c', { line: 49, hitCondition: '+3' }, { line: 38 });
  await setLines(client, 'sorting.c', { line: 49, hitCondition: '+3' });
  await client.move('continue');
  assert.equal(await client.evaluate('desk->serial'), '37');
  const [again] = await setLines(client, 'sorting.c', { line: 49, hitCondition: '+3' });
  assert.equal(again?.id, first?.id);
}, recorded);
