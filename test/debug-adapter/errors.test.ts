/** Wrong requests, at wrong times, with wrong arguments: each is answered once, in one sentence, and nothing breaks. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as delay } from 'node:timers/promises';
import * as fc from 'fast-check';
import { requestTable } from '../../debug-adapter/request-table.ts';
import { AdapterClient, check, guestFile, launched, source } from './adapter-client.ts';

const FUZZ_RUNS = Number(process.env['FUZZ_RUNS'] ?? 100);
const needNoMachine = new Set(['initialize', 'launch', 'disconnect', 'cancel', 'threads', 'setExceptionBreakpoints', 'exceptionInfo', 'setInstructionBreakpoints', 'setDataBreakpoints']);
const valid: Readonly<Record<string, object>> = {
  setBreakpoints: { source: source('sorting.c'), breakpoints: [{ line: 38 }] },
  dataBreakpointInfo: { name: 'desk' },
  scopes: { frameId: 1 },
  variables: { variablesReference: 1 },
  evaluate: { expression: 'desk' },
  readMemory: { memoryReference: '0x80000000', count: 16 },
  disassemble: { memoryReference: '0x80000000', instructionCount: 4 },
  'chronovisor/seek': { position: 10 },
  'chronovisor/pages': { first: 0, count: 4 },
  'chronovisor/page': { page: 0 },
  'chronovisor/console': { base64: 'eA==' }, source: { sourceReference: 1 },
};

test('before the launch', async () => {
  const client = new AdapterClient();
  for (const command of Object.keys(requestTable)) {
    if (!needNoMachine.has(command)) assert.match(await client.refusal(command, valid[command] ?? {}), /send a launch request first/, command);
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
  ...['program', 'recording', 'guest', 'kernel', 'bios', 'initrd', 'append', 'drives', 'memory', 'recordTo', 'symbols', 'stopOnEntry', 'sourceMap', 'noDebug'].map((name): readonly [string, object, RegExp] =>
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

const object = { not: 'a plain value' };
const wrong: readonly (readonly [string, Readonly<Record<string, unknown>>, string])[] = [
  ['initialize', { linesStartAt1: 'yes' }, 'linesStartAt1'], ['cancel', { progressId: 1 }, 'progressId'],
  ['setBreakpoints', {}, 'source'], ['setBreakpoints', { source: { path: 1 } }, 'path'], ['setBreakpoints', { source: source('main.c'), breakpoints: 'x' }, 'breakpoints'],
  ['setBreakpoints', { source: source('main.c'), breakpoints: [{ line: 'x' }] }, 'line'], ['setBreakpoints', { source: source('main.c'), breakpoints: [null] }, 'breakpoints'],
  ['setInstructionBreakpoints', { breakpoints: [{}] }, 'instructionReference'], ['setInstructionBreakpoints', { breakpoints: 7 }, 'breakpoints'],
  ['dataBreakpointInfo', { name: 1 }, 'name'], ['dataBreakpointInfo', { name: 'desk', bytes: 0 }, 'bytes'], ['dataBreakpointInfo', { name: 'desk', variablesReference: 'x' }, 'variablesReference'],
  ['setDataBreakpoints', { breakpoints: [{ dataId: 5 }] }, 'dataId'], ['setDataBreakpoints', { breakpoints: [{ dataId: '0x1:0' }] }, 'dataId'],
  ['setDataBreakpoints', { breakpoints: [{ dataId: '0x80000000:8', accessType: 3 }] }, 'accessType'],
  ['setExceptionBreakpoints', { filters: 'all' }, 'filters'], ['next', { granularity: 1 }, 'granularity'], ['stepIn', { granularity: 1 }, 'granularity'],
  ['stepOut', { granularity: object }, 'granularity'], ['stepBack', { granularity: [] }, 'granularity'],
  ['stackTrace', { startFrame: 'x' }, 'startFrame'], ['stackTrace', { levels: -1 }, 'levels'], ['scopes', {}, 'frameId'], ['scopes', { frameId: '1' }, 'frameId'],
  ['variables', { variablesReference: 0 }, 'variablesReference'], ['variables', { variablesReference: 1.5 }, 'variablesReference'],
  ['evaluate', { expression: 5 }, 'expression'], ['evaluate', { expression: 'desk', frameId: object }, 'frameId'],
  ['readMemory', { memoryReference: 1, count: 1 }, 'memoryReference'], ['readMemory', { memoryReference: '0x0', count: -1 }, 'count'], ['readMemory', { memoryReference: '0x0', count: 1, offset: 0.5 }, 'offset'],
  ['disassemble', { memoryReference: '0x0' }, 'instructionCount'], ['disassemble', { memoryReference: object, instructionCount: 1 }, 'memoryReference'],
  ['disassemble', { memoryReference: '0x0', instructionCount: 1e9 }, 'instructionCount'],
  ['chronovisor/seek', {}, 'position'], ['chronovisor/seek', { position: '1' }, 'position'], ['chronovisor/seek', { position: -1 }, 'position'],
  ['chronovisor/pages', { first: 'x', count: 1 }, 'first'], ['chronovisor/pages', { first: 0, count: 1e6 }, 'count'], ['chronovisor/page', { page: null }, 'page'], ['chronovisor/console', { base64: 5 }, 'base64'],
];

check('arguments of wrong types', async (client) => {
  for (const [command, args, name] of wrong) assert.match(await client.refusal(command, args), new RegExp(`'${command}' needs '${name}' to be`), JSON.stringify(args));
  for (const args of [5, 'text', [], null]) assert.match(await client.refusal('evaluate', args), /'evaluate' needs 'expression'/);
  for (const reference of ['', 'x', '-1', '0x', '0x11112222333344445']) assert.match(await client.refusal('readMemory', { memoryReference: reference, count: 1 }), /is not an address/);
  assert.match(await client.refusal('noSuchRequest'), /'noSuchRequest' is not supported/);
  assert.match(await client.refusal('constructor'), /not supported/);
  assert.match(await client.refusal('launch', { program: guestFile }), /loaded already/);
});

const needRest = ['continue', 'reverseContinue', 'next', 'stepIn', 'stepOut', 'stepBack', 'stackTrace', 'scopes', 'variables', 'evaluate', 'readMemory', 'disassemble', 'dataBreakpointInfo', 'configurationDone'];

check('while the machine runs', async (client) => {
  await client.request('continue', { threadId: 1 });
  for (const command of needRest) assert.match(await client.refusal(command, valid[command] ?? {}), /is running: pause it first/, command);
  assert.equal((await client.move('pause')).reason, 'pause');
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

/** Plausible values of all fields together: some requests are right, many are nearly. */
const number = fc.oneof(fc.integer({ min: -3, max: 50 }), fc.constantFrom(1, 1000, 200_000, 1e9, 2 ** 53));
const fields = fc.record({
  threadId: fc.constant(1), frameId: fc.integer({ min: 0, max: 9 }), variablesReference: fc.integer({ min: 0, max: 40 }), count: number, position: number, page: number, sourceReference: fc.integer({ min: -1, max: 3 }), first: number,
  instructionCount: fc.integer({ min: 0, max: 60 }), instructionOffset: fc.integer({ min: -60, max: 60 }), offset: number,
  granularity: fc.constantFrom('instruction', 'line', 'statement'),
  memoryReference: fc.constantFrom('0x80000000', '0x0', '0xffffffffffffffff', '0x87fffffe', '0x10000000', 'x'),
  expression: fc.constantFrom('desk', 'desk->serial', '$a0', '$pc', 'nothing', '&desk', 'desk->text', '*'), name: fc.constantFrom('desk', 'desk->serial', 'batch', '0x80003000'), asAddress: fc.boolean(),
  source: fc.constantFrom(source('sorting.c'), source('letters.c'), source('none.c'), { name: 'x.s', sourceReference: 1 }),
  filters: fc.constantFrom([], ['access-fault', 'illegal-instruction'], ['guest-panic']), base64: fc.constantFrom('eA==', '', '%%%'),
  breakpoints: fc.constantFrom([], [{ line: 38 }], [{ line: 20 }], [{ name: 'sort' }], [{ name: 'nothing' }], [{ instructionReference: '0x80000000' }], [{ dataId: '0x80003a70:8' }], [{}]),
}, { requiredKeys: [] });
const anyRequest = fc.record({ command: fc.constantFrom(...Object.keys(requestTable).filter((name) => !['disconnect', 'terminate'].includes(name)), 'pause', 'nonsense'), args: fields, waits: fc.boolean() });
/** Most requests are refused while the machine runs: without many a pause nothing else would be tried. */
const request = fc.oneof({ weight: 4, arbitrary: anyRequest }, { weight: 1, arbitrary: fc.constant({ command: 'pause', args: { threadId: 1 }, waits: true }) });
/** The machine runs in slices of 10 ms, and requests are served between them: by a faster clock they are shorter. */
const CLOCK_SPEED = 20;

test(`${FUZZ_RUNS} random sequences of requests`, async ({ mock }) => {
  const now = performance.now.bind(performance);
  mock.method(performance, 'now', () => now() * CLOCK_SPEED);
  const sequences = fc.tuple(fc.array(request, { maxLength: 25 }), fc.constantFrom('disconnect', 'terminate', 'pause'));
  await fc.assert(fc.asyncProperty(sequences, async ([requests, last]) => {
    const client = await launched({ memory: '4M' });
    try {
      for (const { command, args, waits } of requests) {
        if (waits) await client.send(command, args);
        else client.post(command, args);
      }
      await client.send(last, { threadId: 1 });
      if (last === 'pause') {
        for (let polls = 0; (await client.timeline()).running; polls++) {
          assert.ok(polls < 500, 'does not pause');
          await delay(5);
        }
      }
    } finally {
      await client.end();
    }
    for (const message of client.received) assert.doesNotMatch(JSON.stringify(message), /Internal error|Stopped by an error/);
  }), { numRuns: FUZZ_RUNS });
});
