/** Wrong requests, at wrong times, with wrong arguments: each is answered once, in one sentence, and nothing breaks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import * as fc from 'fast-check';
import { requestTable } from '../../debug-adapter/request-table.ts';
import { AdapterClient, check, guestFile, launched } from './adapter-client.ts';
import { fastClock, playSequence, requestSequences } from './random-requests.ts';
import { requestSamples, type RequestSample } from './request-samples.ts';

const FUZZ_RUNS = Number(process.env['FUZZ_RUNS'] ?? 60);

/** `gdb` and what else others bring is listed there, too: a request without a sample fails this test. */
const commands = Object.keys(requestTable);

function sampleOf(command: string): RequestSample {
  return requestSamples[command] ?? assert.fail(`${command} has no row in request-samples.ts`);
}

test('before the launch', async () => {
  const client = new AdapterClient();
  for (const command of commands) {
    const { needs, valid } = sampleOf(command);
    if (needs !== 'nothing') assert.match(await client.refusal(command, valid), /send a launch request first/, command);
  }
  await client.end();
});

const launches: readonly (readonly [string, object, RegExp])[] = [
  ['an unknown attribute', { program: guestFile, progam: 'x' }, /unknown attribute 'progam'/],
  ['nothing to boot', {}, /needs either 'program'.*or 'recording'/],
  ['program and recording', { program: guestFile, recording: 'x.chrono' }, /either 'program'.*or 'recording'/],
  ['a program and a kernel', { program: guestFile, kernel: 'Image' }, /do not go together; give a kernel with 'kernel'/],
  ['a command line without a kernel', { bios: guestFile, append: 'quiet' }, /'append' is for a kernel; give one with 'kernel'/],
  ['an unknown guest', { guest: 'windows' }, /no guest 'windows'/],
  ['a missing kernel', { kernel: '/nowhere/Image', bios: guestFile }, /nowhere\/Image/],
  ['a missing drive', { program: guestFile, drives: ['/nowhere/disk'] }, /nowhere\/disk/],
  ['a missing program', { program: '/nowhere/x.elf' }, /nowhere\/x\.elf/],
  ['a missing recording', { recording: '/nowhere/x.chrono' }, /nowhere\/x\.chrono/],
  ['a program that is none', { program: import.meta.filename }, /ELF/],
  ['a recording that is none', { recording: guestFile }, /recording/i],
  ['an odd memory size', { program: guestFile, memory: 'lots' }, /memory/],
  ['an odd address', { program: guestFile, loadAddress: 'here' }, /loadAddress 'here'.*such as 0x80000000/],
  ['missing symbols', { program: guestFile, symbols: ['/nowhere/x.sym'] }, /nowhere\/x\.sym/],
  ['a folder to record to', { program: guestFile, recordTo: import.meta.dirname }, /test\/debug-adapter/],
  ...['program', 'recording', 'guest', 'kernel', 'bios', 'initrd', 'append', 'drives', 'memory', 'recordTo', 'symbols', 'stopOnEntry', 'panicFunctions', 'sourceMap', 'noDebug'].map((name): readonly [string, object, RegExp] =>
    [`${name} of a wrong type`, { program: guestFile, ...(name === 'recording' ? { program: undefined } : {}), [name]: 5 }, new RegExp(`launch configuration needs '${name}' to be`)]),
];

for (const [what, attributes, sentence] of launches) {
  test(`launch with ${what}, and then a right one`, async () => {
    const client = new AdapterClient();
    assert.match(await client.refusal('launch', attributes), sentence);
    await client.request('launch', { program: guestFile });
    await client.end();
  });
}

check('arguments that are missing or of wrong types', async (client) => {
  for (const command of commands) {
    for (const [args, name] of sampleOf(command).wrong ?? []) assert.match(await client.refusal(command, args), new RegExp(`'${command}' needs '${name}' to be`), JSON.stringify(args));
  }
  for (const args of [5, 'text', [], null]) assert.match(await client.refusal('evaluate', args), /'evaluate' needs 'expression'/);
  for (const reference of ['', 'x', '-1', '0x', '0x11112222333344445']) assert.match(await client.refusal('readMemory', { memoryReference: reference, count: 1 }), /is not an address/);
  assert.match(await client.refusal('noSuchRequest'), /'noSuchRequest' is not supported/);
  assert.match(await client.refusal('constructor'), /not supported/);
  assert.match(await client.refusal('launch', { program: guestFile }), /loaded already/);
  assert.equal((await client.move('stepIn')).reason, 'step');
});

check('ids that were never given out', async (client) => {
  for (const command of commands) {
    for (const [args, sentence] of sampleOf(command).unknown ?? []) assert.match(await client.refusal(command, args), sentence, `${command} ${JSON.stringify(args)}`);
  }
  assert.equal((await client.move('stepIn')).reason, 'step');
});

check('arguments of every wrong type, in every place', async (client) => {
  for (const command of commands) {
    if (['disconnect', 'terminate', 'launch', 'initialize'].includes(command)) continue;
    for (const wrong of [null, 7, -1, 'text', true, [], {}, [null], Number.MAX_VALUE]) {
      const args = Object.fromEntries(Object.keys(sampleOf(command).valid).map((name) => [name, wrong]));
      const response = await client.send(command, args);
      assert.doesNotMatch(response.message ?? '', /Internal error/, `${command} ${JSON.stringify(args)}`);
      // What was right after all may have set it going.
      if ((await client.timeline()).running) await client.move('pause');
    }
  }
  assert.doesNotMatch(JSON.stringify(client.received), /Internal error/);
});

check('while the machine runs', async (client) => {
  await client.request('continue', { threadId: 1 });
  for (const command of commands) {
    const { needs, valid } = sampleOf(command);
    if (needs === 'a standing machine') assert.match(await client.refusal(command, valid), /is running: pause it first/, command);
  }
  assert.equal((await client.move('pause')).reason, 'pause');
});

test('after the end', async () => {
  const client = await launched();
  await client.request('terminate');
  for (const command of commands) {
    const { needs, valid } = sampleOf(command);
    if (needs !== 'nothing') assert.match(await client.refusal(command, valid), /has ended/, command);
  }
  assert.match(await client.refusal('launch', { program: guestFile }), /has ended/);
  await client.end();
});

for (const moment of ['before the launch', 'standing', 'running']) {
  for (const command of ['terminate', 'disconnect']) {
    test(`${command} ${moment}, twice`, async () => {
      const client = moment === 'before the launch' ? new AdapterClient() : await launched();
      if (moment === 'running') await client.request('continue', { threadId: 1 });
      await client.send(command);
      const told = client.received.length;
      await client.send(command);
      await delay(30);
      assert.equal(client.received.slice(told).filter(({ type }) => type === 'event').length, 0);
      if (moment !== 'before the launch') assert.match(await client.refusal('stackTrace'), /has ended/);
      await client.end();
    });
  }
}

test(`${FUZZ_RUNS} random sequences of requests`, async ({ mock }) => {
  mock.method(performance, 'now', fastClock());
  await fc.assert(fc.asyncProperty(requestSequences, playSequence), { numRuns: FUZZ_RUNS });
});
