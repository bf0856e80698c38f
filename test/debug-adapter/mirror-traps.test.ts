/** Breakpoints on instructions that trap, on their handler and on where it returns to: what stops at one position going forward stops there going back. */
import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import * as fc from 'fast-check';
import { NO_CONDITIONS, createLiveSession } from '../../emulator/index.ts';
import { createLogFile, nodeHost } from '../../emulator/host/node-host.ts';
import { guest, noAssembler } from '../machine/guests.ts';
import { launched, type AdapterClient } from './adapter-client.ts';
import { checkMirrored } from './mirrored-walk.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 25);
/** Some eighty illegal instructions. */
const LENGTH = 450_000;
const HITS_MAX = 30;
const ILLEGAL = 0xffff_ffff;
const CODE_BYTES = 128;

/** The guest `churn` executes an illegal instruction every 256 rounds, and goes on behind it. */
async function recordedChurn(): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'chronovisor-churn-'));
  after(() => { rmSync(folder, { recursive: true, force: true }); });
  const file = path.join(folder, 'churn.chrono');
  const session = createLiveSession({ configuration: guest('churn').configuration, log: createLogFile(file) }, nodeHost);
  await session.runForward(NO_CONDITIONS, { until: LENGTH });
  session.close();
  return file;
}

const options = fc.record({
  condition: fc.constantFrom('$s0 & 256', '$mcause == 2', '$mcause != 2', '$pc % 4 == 0', '$t0 != 0', '1'), hitCondition: fc.constantFrom('>= 3', '% 2', '== 5', '< 7'),
}, { requiredKeys: [] });
const choices = fc.record({
  places: fc.uniqueArray(fc.tuple(fc.constantFrom('illegal', 'behind', 'trap', 'before'), options), { maxLength: 3, selector: ([place]) => place }),
  watches: fc.array(fc.tuple(fc.constantFrom('write', 'readWrite'), options), { maxLength: 1 }),
  filter: fc.option(fc.constantFrom('', '$s0 & 512', '$mcause == 2'), { nil: undefined }),
});
type Choice = typeof choices extends fc.Arbitrary<infer Value> ? Value : never;

async function set(client: AdapterClient, { places, watches, filter }: Choice, illegal: bigint): Promise<ReadonlySet<number>> {
  const addresses: Readonly<Record<string, bigint>> = { illegal, behind: illegal + 4n, trap: guest('churn').symbol('trap'), before: illegal - 2n };
  await client.request('setInstructionBreakpoints', { breakpoints: places.map(([place, each]) => ({ instructionReference: `0x${addresses[place]?.toString(16) ?? ''}`, ...each })) });
  const breakpoints = watches.map(([accessType, each]) => ({ dataId: `0x${guest('churn').symbol('spot').toString(16)}:8`, accessType, ...each }));
  const data = await client.request<{ breakpoints: { id: number; verified: boolean }[] }>('setDataBreakpoints', { breakpoints });
  assert.ok(data.breakpoints.every(({ verified }) => verified));
  await client.request('setExceptionBreakpoints', { filters: [], filterOptions: filter === undefined ? [] : [{ filterId: 'illegal-instruction', ...(filter === '' ? {} : { condition: filter }) }] });
  return new Set(data.breakpoints.map(({ id }) => id));
}

async function illegalAddress(client: AdapterClient): Promise<bigint> {
  const start = guest('churn').symbol('round');
  const { data } = await client.request<{ data: string }>('readMemory', { memoryReference: `0x${start.toString(16)}`, count: CODE_BYTES });
  const bytes = Buffer.from(data, 'base64');
  const offset = Array.from({ length: CODE_BYTES / 2 - 1 }, (_, index) => 2 * index).find((at) => bytes.readUInt32LE(at) === ILLEGAL);
  return start + BigInt(offset ?? assert.fail('the guest has an illegal instruction'));
}

const everything: Choice = { places: [['illegal', {}], ['behind', {}], ['trap', {}]], watches: [['write', {}]], filter: '' };
const onTheTrap: Choice = { places: [['illegal', {}]], watches: [], filter: '' };

test(`${RUNS} random sets of breakpoints around traps: backward is forward in reverse`, { skip: noAssembler }, async () => {
  const recording = await recordedChurn();
  await fc.assert(fc.asyncProperty(choices, async (choice) => {
    const client = await launched({ recording });
    try {
      await client.move('stepIn', { granularity: 'instruction' });
      const watches = await set(client, choice, await illegalAddress(client));
      const hits = await checkMirrored(client, watches, { length: LENGTH, hitsMax: HITS_MAX });
      if (choice === onTheTrap) assert.equal(hits, HITS_MAX, 'a breakpoint on the instruction and its trap are two stops');
    } finally {
      await client.end();
    }
  }), { numRuns: RUNS, examples: [[everything], [onTheTrap]] });
});
