/** Random sequences of requests: some are right, many are nearly, some are garbage. Each must be answered once, whatever comes before it. */
import assert from 'node:assert/strict';
import { setTimeout as delay } from 'node:timers/promises';
import * as fc from 'fast-check';
import { requestTable } from '../../debug-adapter/request-table.ts';
import { launched, source } from './adapter-client.ts';
import { requestSamples } from './request-samples.ts';

const LENGTH_MAX = 25;
/** The machine runs in slices of 10 ms, and requests are served between them: by a faster clock they are shorter. */
const CLOCK_SPEED = 20;
const POLLS_MAX = 500;
const POLL_MS = 5;

interface Step {
  readonly command: string;
  readonly args: unknown;
  /** Its response is waited for before the next one is sent. */
  readonly waits: boolean;
}

const number = fc.oneof(fc.integer({ min: -3, max: 50 }), fc.constantFrom(1, 1000, 200_000, 1e9, 2 ** 53));
const condition = fc.constantFrom('1', 'desk', '$a0 > 5', 'serial % 3 == 0', 'no_such_thing', '*(long *)0', '((', '');
const hitCondition = fc.constantFrom('3', '>= 2', '% 5', '+1', '0', 'x');
const options = { condition, hitCondition, logMessage: fc.constantFrom('at {desk}', '{', '{no_such_thing} {$a0,x}') };
const breakpoint = fc.oneof(
  fc.record({ line: fc.integer({ min: 0, max: 60 }), column: number, ...options }, { requiredKeys: ['line'] }),
  fc.record({ name: fc.constantFrom('sort', 'book', 'nothing', '*0x80000000'), ...options }, { requiredKeys: ['name'] }),
  fc.record({ instructionReference: fc.constantFrom('0x80000000', '0x80000100', 'x'), offset: number, ...options }, { requiredKeys: ['instructionReference'] }),
  fc.record({ dataId: fc.constantFrom('0x80003a70:8', '0x80003000:4096', '0x0:1', 'x:1'), accessType: fc.constantFrom('read', 'write', 'readWrite'), ...options }, { requiredKeys: ['dataId'] }),
  fc.constant({}),
);
const filter = fc.constantFrom('access-fault', 'illegal-instruction', 'guest-panic', 'timer-interrupt', 'external-interrupt', 'nothing');
const expression = fc.constantFrom('desk', 'desk->serial', '$a0', '$pc', 'nothing', '&desk', 'desk->text', '*', '*desk', 'desk->text[3]', '(long)desk + 1', '*desk@4', 'serial,x', '$mstatus', 'x = 5', '$a0 = 7', 'serial = 3');

/** Plausible values of all fields together: each request takes those that it knows. */
const fields = fc.record({
  threadId: fc.constantFrom(1, 1, 1, 2), frameId: fc.integer({ min: 0, max: 9 }), variablesReference: fc.integer({ min: 0, max: 40 }), count: number, position: number, page: number, sourceReference: fc.integer({ min: -1, max: 3 }),
  first: number, start: number, filter: fc.constantFrom('named', 'indexed', 'other'), format: fc.constantFrom({ hex: true }, { hex: false }, {}),
  instructionCount: fc.integer({ min: 0, max: 60 }), instructionOffset: fc.integer({ min: -60, max: 60 }), offset: number, targetId: fc.integer({ min: 0, max: 5 }), startModule: number, moduleCount: number,
  granularity: fc.constantFrom('instruction', 'line', 'statement'), direction: fc.constantFrom('forward', 'backward', 'up'), path: fc.constantFrom(source('sorting.c').path, '/nowhere'),
  memoryReference: fc.constantFrom('0x80000000', '0x80003000', '0x0', '0xffffffffffffffff', '0x87fffffe', '0x10000000', 'x'), data: fc.constantFrom('', 'AA==', 'AAAAAAAAAAA=', '%'), allowPartial: fc.boolean(),
  expression, name: fc.constantFrom('desk', 'desk->serial', 'batch', '0x80003000', 'a0', 'pc', '[0]'), value: fc.constantFrom('1', '0x80000000', 'desk', 'nothing', ''), asAddress: fc.boolean(), bytes: number,
  context: fc.constantFrom('repl', 'hover', 'watch', 'clipboard', 'variables'), text: fc.constantFrom('des', 'desk->', '$m', '', 'a.b.c', '\n'), column: number, line: number, endLine: number,
  source: fc.constantFrom(source('sorting.c'), source('letters.c'), source('none.c'), { name: 'x.s', sourceReference: 1 }),
  filters: fc.array(filter, { maxLength: 3 }), filterOptions: fc.array(fc.record({ filterId: filter, condition }, { requiredKeys: ['filterId'] }), { maxLength: 2 }), base64: fc.constantFrom('eA==', '', '%%%'),
  breakpoints: fc.array(breakpoint, { maxLength: 3 }), requestId: fc.integer({ min: 1, max: 40 }), rows: number, columns: number,
}, { requiredKeys: [] });

const commands = Object.keys(requestTable).filter((name) => !['disconnect', 'terminate'].includes(name));
const plausible = fc.record({ command: fc.constantFrom(...commands), args: fields, waits: fc.boolean() });
const right = fc.record({ command: fc.constantFrom(...commands.filter((name) => requestSamples[name] !== undefined)), waits: fc.boolean() }).map((step) => ({ ...step, args: requestSamples[step.command]?.valid }));
const garbage = fc.record({ command: fc.oneof(fc.constantFrom(...commands), fc.string()), args: fc.oneof(fc.anything(), fc.dictionary(fc.constantFrom('threadId', 'frameId', 'source', 'breakpoints', 'expression', 'line'), fc.anything())), waits: fc.boolean() })
  .map(({ args, ...step }) => ({ ...step, args: asSent(args) }));
/** Most requests are refused while the machine runs: without many a pause nothing else would be tried. */
const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 5, arbitrary: plausible }, { weight: 3, arbitrary: right }, { weight: 1, arbitrary: garbage }, { weight: 2, arbitrary: fc.constant({ command: 'pause', args: { threadId: 1 }, waits: true }) },
);

/** As it comes out of a message: without what JSON cannot say. */
function asSent(value: unknown): unknown {
  try {
    const text = JSON.stringify(value) as string | undefined;
    return text === undefined ? undefined : JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}

export const requestSequences = fc.tuple(fc.array(step, { maxLength: LENGTH_MAX }), fc.constantFrom('disconnect', 'terminate', 'pause'));

/** A replacement of `performance.now`. */
export function fastClock(): () => number {
  const now = performance.now.bind(performance);
  return () => now() * CLOCK_SPEED;
}

/** Sends them all; throws if one is not answered exactly once, or anything fails inside. */
export async function playSequence([steps, last]: readonly [readonly Step[], string]): Promise<void> {
  const client = await launched({ memory: '4M' });
  try {
    for (const { command, args, waits } of steps) {
      if (waits) await client.send(command, args);
      else client.post(command, args);
    }
    await client.send(last, { threadId: 1 });
    if (last === 'pause') {
      for (let polls = 0; (await client.timeline()).running; polls++) {
        assert.ok(polls < POLLS_MAX, 'does not pause');
        await delay(POLL_MS);
      }
    }
  } finally {
    await client.end();
  }
  for (const message of client.received) assert.doesNotMatch(JSON.stringify(message), /Internal error|Stopped by an error/);
}
