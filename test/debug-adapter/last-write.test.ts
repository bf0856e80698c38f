/** "Who wrote this?": back to the last instruction that wrote a place, whatever breakpoints there are, or a sentence that says why not. */
import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { check, crashed, type AdapterClient, type StopBody } from './adapter-client.ts';

const REQUEST = 'chronovisor/lastWrite';
/** `book(destination)`, when the letter was given back. */
const SORTED_LINE = 49;

async function toSortedLetter(client: AdapterClient): Promise<void> {
  await client.breakpoints('sorting.c', SORTED_LINE);
  for (let letters = 0; letters < 3; letters++) await client.move('continue');
}

function lastOutput(client: AdapterClient): string {
  const outputs = client.received.filter((message) => message.type === 'event' && (message as DebugProtocol.Event).event === 'output');
  return ((outputs.at(-1) as DebugProtocol.OutputEvent | undefined)?.body.output ?? '').trim();
}

async function row(client: AdapterClient, scope: string, name: string, frameId = 1): Promise<{ variablesReference: number; name: string }> {
  const { scopes } = await client.request<DebugProtocol.ScopesResponse['body']>('scopes', { frameId });
  return { variablesReference: scopes.find((each) => each.name === scope)?.variablesReference ?? assert.fail(scope), name };
}

/** In the sample's first batch, at the third letter: what is asked, and the line that wrote it. */
const writers: readonly (readonly [string, (client: AdapterClient) => object | Promise<object>, string, RegExp])[] = [
  ['a variable', () => ({ expression: 'desk' }), 'deliver_batch sorting.c:45', /^Last write of desk$/],
  ['a row of a scope', (client) => row(client, 'Globals of this file', 'serial'), 'write_batch sorting.c:18', /^Last write of serial$/],
  ['an element of an array', () => ({ expression: 'delivered[0]' }), 'book sorting.c:40', /^Last write of delivered\[0\]$/],
  ['an element whose index is computed', () => ({ expression: 'desk->text[serial / 20]' }), 'write_batch sorting.c:19', /text\[serial \/ 20\]$/],
  ['a member behind a pointer', () => ({ expression: 'desk->serial', frameId: 1 }), 'write_batch sorting.c:18', /^Last write of desk->serial$/],
  ['a whole structure', () => ({ expression: '*desk' }), 'letter_give_back letters.c:22', /^Last write of \*desk$/],
  ['a variable of another file', () => ({ expression: 'ticks' }), 'interrupts_init interrupts.c:57', /^Last write of ticks$/],
  ['an address', () => ({ address: '0x80001000', sizeBytes: 8 }), 'deliver_batch sorting.c:45', /^Last write of 8 bytes at 0x80001000$/],
  ['a byte of the memory view', () => ({ address: '0x80001000', isPhysical: true }), 'deliver_batch sorting.c:45', /^Last write of the byte at 0x80001000$/],
  ['a register of a device', () => ({ address: '0x10000000' }), 'put console.c:17', /^Last write of the byte at 0x10000000$/],
];

for (const [what, ask, line, description] of writers) {
  check(`last write of ${what}: stands before it, where reverse continue to a data breakpoint stands`, async (client) => {
    await toSortedLetter(client);
    const args = await ask(client);
    const from = await client.position();
    const stop = await client.move(REQUEST, args);
    assert.match(stop.description ?? '', description);
    assert.deepEqual([stop.reason, stop.hitBreakpointIds], ['data breakpoint', undefined]);
    assert.match(stop.text ?? '', /^Write of \d+ bytes? at 0x/);
    assert.match(lastOutput(client), /^Last write of .*: \d+ bytes? at 0x[0-9a-f]+, @[\d,]+\.$/);
    assert.equal(await client.place(), line);
    const found = await client.position();
    assert.ok(found < from);
    await client.move('chronovisor/seek', { position: from });
    await client.breakpoints('sorting.c');
    const address = /at (0x[0-9a-f]+)$/.exec(stop.text ?? '')?.[1] ?? '';
    await client.request('setDataBreakpoints', { breakpoints: [{ dataId: `${address}:1`, accessType: 'write' }] });
    await client.move('reverseContinue');
    assert.equal(await client.position(), found);
  });
}

check('asked again, it goes on to the write before', async (client) => {
  await toSortedLetter(client);
  const values: string[] = [];
  for (let count = 0; count < 4; count++) {
    await client.move(REQUEST, { expression: 'serial' });
    values.push(await client.evaluate('serial'));
  }
  assert.deepEqual(values, ['39', '38', '37', '36']);
});

check('the user\'s breakpoints, of every kind, neither stop it nor are counted or printed', async (client) => {
  await toSortedLetter(client);
  const from = await client.position();
  await client.move(REQUEST, { expression: 'ticks' });
  const found = await client.position();
  await client.move('chronovisor/seek', { position: from });
  const lines = [{ line: 19 }, { line: 30, condition: '1 / 0' }, { line: 39, hitCondition: '% 2' }, { line: 46, logMessage: 'a letter' }];
  await client.request('setBreakpoints', { source: { path: (await client.stack())[0]?.source?.path ?? '' }, breakpoints: lines });
  await client.request('setDataBreakpoints', { breakpoints: [{ dataId: '0x80001000:8', accessType: 'readWrite' }] });
  await client.request('setExceptionBreakpoints', { filters: ['timer-interrupt', 'ecall'] });
  const printed = client.received.length;
  const stop = await client.move(REQUEST, { expression: 'ticks' });
  assert.equal(stop.description, 'Last write of ticks');
  assert.equal(await client.position(), found);
  assert.doesNotMatch(JSON.stringify(client.received.slice(printed)), /a letter|1 \/ 0/);
});

const refusals: readonly (readonly [string, (client: AdapterClient) => object | Promise<object>, RegExp])[] = [
  ['a variable in a register', () => ({ expression: 'destination' }), /^'destination' lives in a register here, not in memory\. Only writes to memory can be searched\.$/],
  ['a row that is in a register', (client) => row(client, 'Locals', 'next'), /^'next' lives in a register/],
  ['a register', (client) => row(client, 'Registers', 'a0'), /^'\$a0' lives in a register/],
  ['a control and status register', () => ({ expression: '$mstatus' }), /^'\$mstatus' lives in a register/],
  ['what was optimised out', (client) => row(client, 'Locals', 'left'), /^'left' has no value here, <optimized out>/],
  ['what is computed', () => ({ expression: 'desk->serial + 1' }), /^'desk->serial \+ 1' is computed here/],
  ['no variable', () => ({ expression: 'nothing_of_this_name' }), /nothing_of_this_name/],
  ['nothing', () => ({}), /needs 'expression'/],
];

check('what is not in memory is refused, and nothing moves', async (client) => {
  await toSortedLetter(client);
  const position = await client.position();
  const stops = client.received.filter((message) => (message as DebugProtocol.Event).event === 'stopped').length;
  for (const [what, ask, sentence] of refusals) assert.match(await client.refusal(REQUEST, await ask(client)), sentence, what);
  assert.equal(await client.position(), position);
  assert.equal(client.received.filter((message) => (message as DebugProtocol.Event).event === 'stopped').length, stops);
});

check('nobody wrote it: it stays where it was, and says so', async (client) => {
  await toSortedLetter(client);
  const position = await client.position();
  for (const [expression, times] of [['senders[1]', 1], ['delivered[5]', 2]] as const) {
    for (let time = 0; time < times; time++) {
      const stop = await client.move(REQUEST, { expression });
      assert.deepEqual([stop.reason, stop.description], ['pause', `Nothing in the recording writes ${expression} before here`]);
      assert.equal(lastOutput(client), `Nothing in the recording writes ${expression} before here, @${position.toLocaleString('en-US')}.`);
      assert.equal(await client.position(), position);
      assert.equal(await client.place(), `deliver_batch sorting.c:${SORTED_LINE}`);
    }
  }
  assert.equal((await client.timeline()).live, true);
  assert.equal((await client.move('continue')).reason, 'breakpoint');
});

check('nobody wrote it, asked at a live crash: that is still the live end', async (client) => {
  await crashed(client);
  assert.equal((await client.timeline()).live, true);
  assert.equal((await client.move(REQUEST, { address: '0x80000000' })).description, 'Nothing in the recording writes the byte at 0x80000000 before here');
  assert.equal((await client.timeline()).live, true);
  await client.move('stepBack');
  assert.equal((await client.timeline()).live, false);
});

check('at the beginning there is nothing before', async (client) => {
  const stop = await client.move(REQUEST, { expression: 'desk' });
  assert.equal(stop.description, 'Nothing in the recording writes desk before here');
  assert.equal(await client.position(), 0);
});

check('behind the boundary of an interrupt it stays there, in the handler', async (client) => {
  await client.request('setExceptionBreakpoints', { filters: ['timer-interrupt'] });
  await client.move('continue');
  const [place, pc] = [await client.place(), await client.evaluate('$pc')];
  await client.move(REQUEST, { expression: 'senders[1]' });
  assert.deepEqual([await client.place(), await client.evaluate('$pc')], [place, pc]);
});

check('what no instruction wrote since is told: an edit', async (client) => {
  await toSortedLetter(client);
  await client.request('setExpression', { expression: 'desk->serial', value: '4321', frameId: 1 });
  await client.request('setExpression', { expression: 'delivered[5]', value: '7', frameId: 1 });
  assert.match((await client.move(REQUEST, { expression: 'delivered[5]' })).description ?? '', /^Nothing in the recording writes/);
  assert.match(lastOutput(client), /have changed since: by a device, by an edit/);
  assert.equal(await client.evaluate('delivered[5]'), '7');
  await client.move(REQUEST, { expression: 'desk->serial' });
  assert.match(lastOutput(client), /^Last write of desk->serial: .*\. Its bytes have changed since/);
  assert.equal(await client.place(), 'write_batch sorting.c:18');
});

check('paused, which is what cancel does: it is back where it began', async (client) => {
  await client.breakpoints('sorting.c', 38);
  await client.move('continue');
  await client.request('setBreakpoints', { source: { path: (await client.stack())[0]?.source?.path ?? '' }, breakpoints: [{ line: SORTED_LINE, hitCondition: '1500' }] });
  await client.move('continue');
  const [position, place] = [await client.position(), await client.place()];
  assert.ok(position > 200_000_000);
  const ending = client.event<StopBody>('stopped');
  client.post(REQUEST, { expression: 'senders[1]' });
  await client.request('pause', { threadId: 1 });
  const stop = await ending;
  assert.deepEqual([stop.reason, stop.description], ['pause', undefined]);
  assert.deepEqual([await client.position(), await client.place()], [position, place]);
});
