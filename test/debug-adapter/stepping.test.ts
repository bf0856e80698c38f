/** Stepping by line, forward and back: what was passed forward is passed backward in the same order. */
import assert from 'node:assert/strict';
import { performance } from 'node:perf_hooks';
import { setTimeout as delay } from 'node:timers/promises';
import { check, type AdapterClient } from './adapter-client.ts';

interface Stand {
  readonly place: string;
  readonly position: number;
}

async function stand(client: AdapterClient): Promise<Stand> {
  return { place: await client.place(), position: await client.position() };
}

async function runTo(client: AdapterClient, file: string, line: number): Promise<Stand> {
  await client.breakpoints(file, line);
  assert.equal((await client.move('continue')).reason, 'breakpoint');
  await client.breakpoints(file);
  return stand(client);
}

async function stepsOf(client: AdapterClient, command: string, count: number): Promise<Stand[]> {
  const stands: Stand[] = [];
  for (let step = 0; step < count; step++) {
    assert.equal((await client.move(command)).reason, 'step');
    stands.push(await stand(client));
  }
  return stands;
}

const thereAndBack: readonly (readonly [string, string, number, number])[] = [
  ['deliver_batch', 'sorting.c', 46, 17],
  ['write_batch', 'sorting.c', 15, 25],
  ['letters_count_free', 'letters.c', 29, 12],
  ['print', 'console.c', 21, 10],
];

for (const [what, file, line, count] of thereAndBack) {
  check(`${count} lines in ${what} and back`, async (client) => {
    const begin = await runTo(client, file, line);
    const forward = [begin, ...await stepsOf(client, 'next', count)];
    const back = await stepsOf(client, 'stepBack', count);
    assert.deepEqual(back.map(({ place }) => place), forward.slice(0, -1).reverse().map(({ place }) => place));
    const again = await stepsOf(client, 'next', count);
    assert.deepEqual(again.map(({ place }) => place), forward.slice(1).map(({ place }) => place));
  });
}

check('into a function, and out of it', async (client) => {
  await runTo(client, 'sorting.c', 47);
  assert.equal((await client.move('stepIn')).reason, 'step');
  assert.match(await client.place(), /^sort sorting\.c:/);
  await client.move('stepOut');
  assert.equal(await client.place(), 'deliver_batch sorting.c:47');
});

check('from the first line of a function back to its caller', async (client) => {
  const call = await runTo(client, 'sorting.c', 47);
  await client.move('stepIn');
  assert.match(await client.place(), /^sort /);
  await client.move('stepBack');
  assert.deepEqual(await stand(client), call);
});

check('from the middle of a line to its beginning', async (client) => {
  const begin = await runTo(client, 'sorting.c', 49);
  await client.move('next', { granularity: 'instruction' });
  assert.equal(await client.place(), begin.place);
  await client.move('stepBack');
  assert.deepEqual(await stand(client), begin);
});

check('one instruction, and one back', async (client) => {
  const begin = await runTo(client, 'sorting.c', 38);
  await client.move('stepIn', { granularity: 'instruction' });
  assert.equal(await client.position(), begin.position + 1);
  await client.move('stepBack', { granularity: 'instruction' });
  assert.deepEqual(await stand(client), begin);
});

check('a breakpoint in a call ends the step back over it, too', async (client) => {
  const call = await runTo(client, 'sorting.c', 47);
  const [after] = await stepsOf(client, 'next', 1);
  assert.equal(after?.place, 'deliver_batch sorting.c:48');
  await client.breakpoints('sorting.c', 30);
  assert.equal((await client.move('stepBack')).reason, 'breakpoint');
  assert.equal(await client.place(), 'sort sorting.c:30');
  await client.breakpoints('sorting.c');
  await client.move('chronovisor/stepBackOut');
  assert.deepEqual(await stand(client), call);
});

check('a breakpoint in a call ends the step over it', async (client) => {
  await runTo(client, 'sorting.c', 47);
  await client.breakpoints('sorting.c', 30);
  assert.equal((await client.move('next')).reason, 'breakpoint');
  assert.equal(await client.place(), 'sort sorting.c:30');
});

check('back from the first instruction', async (client) => {
  assert.equal((await client.move('stepBack')).description, 'Beginning of the recording');
  assert.equal((await client.move('reverseContinue')).description, 'Beginning of the recording');
  assert.equal(await client.position(), 0);
});

check('a long history does not slow a step back', async (client) => {
  await client.request('continue', { threadId: 1 });
  await delay(1500);
  await client.move('pause');
  const call = await runTo(client, 'sorting.c', 47);
  await stepsOf(client, 'next', 2);
  const startMs = performance.now();
  const back = await stepsOf(client, 'stepBack', 2);
  const tookMs = performance.now() - startMs;
  assert.deepEqual(back[1], call);
  assert.ok(tookMs < 2 * 2000, `two steps back took ${Math.round(tookMs)} ms at @${call.position}`);
});
