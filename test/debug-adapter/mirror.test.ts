/** Going back stops at what going forward stops at, in reverse order: whatever the breakpoints are, and whatever their conditions. */
import { test } from 'node:test';
import * as fc from 'fast-check';
import { launched, source, type AdapterClient } from './adapter-client.ts';
import { checkMirrored } from './mirrored-walk.ts';
import { recordedGuest } from './recordings.ts';

const RUNS = Number(process.env['FUZZ_RUNS'] ?? 25);
const LENGTH = 6_000_000;
const HITS_MAX = 25;
const recording = await recordedGuest(LENGTH, [150_000, 1_000_000, 2_500_000]);

const hitConditions = fc.tuple(fc.constantFrom('', '== ', '>= ', '> ', '<= ', '< ', '% ', '+'), fc.integer({ min: 2, max: 30 })).map(([operator, count]) => `${operator}${count}`);
const options = fc.record({ condition: fc.constantFrom('serial > 3', 'desk != 0 && desk->serial % 3 == 1', '($a0 & 0xff) < 0x40', '$sp & 16', 'desk->sender[0] == 71', '$a0 > 0x100', 'ticks >= 2', 'serial % 3 != 0', 'keys_pressed == 1', 'ticks == 2', '1'), hitCondition: hitConditions }, { requiredKeys: [] });
const lines = fc.tuple(fc.constantFrom('sorting.c:38', 'sorting.c:39', 'sorting.c:48', 'sorting.c:49', 'sorting.c:50', 'sorting.c:53', 'letters.c:18', 'letters.c:23', 'interrupts.c:19', 'interrupts.c:26', 'interrupts.c:31', 'main.c:9'), options);
const functions = fc.tuple(fc.constantFrom('sort', 'book', 'letter_take', 'on_timer', 'on_key', 'trap_entry', 'deliver_batch'), options);
const data = fc.tuple(fc.constantFrom('desk', 'ticks', 'keys_pressed', 'serial', 'free_letters'), fc.constantFrom('read', 'write', 'readWrite'), options);
const filters = fc.uniqueArray(fc.tuple(fc.constantFrom('timer-interrupt', 'external-interrupt', 'access-fault'), fc.constantFrom(undefined, 'ticks == 1', 'keys_pressed == 1')), { maxLength: 2, selector: ([filter]) => filter });

interface Choice {
  readonly lines: readonly (readonly [string, object])[];
  readonly functions: readonly (readonly [string, object])[];
  readonly data: readonly (readonly [string, string, object])[];
  readonly filters: readonly (readonly [string, string | undefined])[];
}
const choices: fc.Arbitrary<Choice> = fc.record({ lines: fc.array(lines, { maxLength: 3 }), functions: fc.array(functions, { maxLength: 2 }), data: fc.array(data, { maxLength: 2 }), filters });

/** On the instruction that accesses what is watched, and on the one behind it. */
const sameInstruction: Choice = { lines: [['letters.c:23', {}]], functions: [], data: [['free_letters', 'readWrite', {}]], filters: [] };
/** At the first instruction of the handler that an interrupt enters. */
const handlerEntry: Choice = { lines: [], functions: [['trap_entry', {}]], data: [], filters: [['timer-interrupt', undefined], ['external-interrupt', undefined]] };

/** Ids of the data breakpoints. */
async function set(client: AdapterClient, choice: Choice): Promise<ReadonlySet<number>> {
  const files = new Set(choice.lines.map(([place]) => place.split(':')[0] ?? ''));
  for (const file of files) {
    const breakpoints = choice.lines.filter(([place]) => place.startsWith(`${file}:`)).map(([place, each]) => ({ line: Number(place.split(':')[1]), ...each }));
    await client.request('setBreakpoints', { source: source(file), breakpoints });
  }
  await client.request('setFunctionBreakpoints', { breakpoints: choice.functions.map(([name, each]) => ({ name, ...each })) });
  const breakpoints: object[] = [];
  for (const [name, accessType, each] of choice.data) {
    breakpoints.push({ dataId: await placeOf(client, name), accessType, ...each });
  }
  const data = await client.request<{ breakpoints: { id: number }[] }>('setDataBreakpoints', { breakpoints });
  await client.request('setExceptionBreakpoints', { filters: [], filterOptions: choice.filters.map(([filterId, condition]) => ({ filterId, ...(condition === undefined ? {} : { condition }) })) });
  return new Set(data.breakpoints.map(({ id }) => id));
}

async function placeOf(client: AdapterClient, name: string): Promise<string> {
  const address = (await client.evaluate(`&${name}`)).split(' ')[0] ?? '';
  return `${address}:${name === 'serial' ? 4 : 8}`;
}

test(`${RUNS} random sets of breakpoints: backward is forward in reverse`, async () => {
  await fc.assert(fc.asyncProperty(choices, async (choice) => {
    const client = await launched({ recording });
    try {
      await client.move('stepIn', { granularity: 'instruction' });
      await client.breakpoints('main.c', 9);
      await client.move('continue');
      await client.breakpoints('main.c');
      const watches = await set(client, choice);
      await checkMirrored(client, watches, { length: LENGTH, hitsMax: HITS_MAX });
    } finally {
      await client.end();
    }
  }), { numRuns: RUNS, examples: [[sameInstruction], [handlerEntry]] });
});
