/** The call stack in the pages in which VS Code asks for it: the first frame, then the next 19, then more as long as there are. */
import assert from 'node:assert/strict';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { check, type AdapterClient } from './adapter-client.ts';

type Body = DebugProtocol.StackTraceResponse['body'];

function page(client: AdapterClient, startFrame: number, levels: number): Promise<Body> {
  return client.request<Body>('stackTrace', { threadId: 1, startFrame, levels });
}

/** All frames, page by page of these sizes, the last one over and over, until one is not full (Thread.fetchCallStack of VS Code). */
async function inPages(client: AdapterClient, ...sizes: number[]): Promise<DebugProtocol.StackFrame[]> {
  const frames: DebugProtocol.StackFrame[] = [];
  for (let count = 0; ; count++) {
    const size = sizes[Math.min(count, sizes.length - 1)] ?? assert.fail();
    const { stackFrames, totalFrames } = await page(client, frames.length, size);
    frames.push(...stackFrames);
    const isEnd = stackFrames.length < size || totalFrames === frames.length;
    assert.equal(isEnd, totalFrames === frames.length, 'the end is reached and more is said to come');
    if (isEnd) return frames;
  }
}

const places: [name: string, file: string, line: number, isTrap: boolean][] = [['at the entry', 'start.S', 0, false], ['in a function', 'sorting.c', 49, false], ['in an interrupt handler', 'interrupts.c', 26, true]];

for (const [name, file, line, isTrap] of places) {
  check(`every page says how many frames there are: ${name}`, async (client) => {
    if (line > 0) {
      await client.breakpoints(file, line);
      await client.move('continue');
    }
    const all = await client.stack();
    assert.equal(all.at(-1)?.name, '_start');
    assert.equal(all.some(({ presentationHint }) => presentationHint === 'label'), isTrap);
    for (const sizes of [[1, 19], [1], [20], [all.length], [1, all.length - 1 || 1], [2, 3]]) assert.deepEqual(await inPages(client, ...sizes), all, sizes.join(' '));
    for (const [start, levels] of [[0, 1], [1, 19], [all.length - 1, 1], [all.length, 20], [all.length + 5, 20]] as const) {
      const { stackFrames, totalFrames } = await page(client, start, levels);
      assert.deepEqual([stackFrames, totalFrames], [all.slice(start, start + levels), all.length]);
    }
  });
}

/** VS Code draws the rows below the innermost frame anew only if they are unlike those of the stop before; "Load More Stack Frames" stays below them otherwise. */
check('frames of a stop are not those of the stop before', async (client) => {
  await client.breakpoints('sorting.c', 49);
  await client.move('continue');
  const before = await client.stack();
  await client.move('next');
  const after = await client.stack();
  assert.deepEqual(after.slice(1).map(({ name, line }) => [name, line]), before.slice(1).map(({ name, line }) => [name, line]));
  const ids = [...before, ...after].map(({ id }) => id);
  assert.equal(new Set(ids).size, ids.length);
  assert.ok(ids.every((id) => Number.isInteger(id) && id > 0 && id < 2 ** 31));
  await client.request('scopes', { frameId: after[1]?.id });
  for (const { id } of before) assert.match(await client.refusal('scopes', { frameId: id }), /earlier stop/);
  assert.deepEqual((await client.stack()).map(({ id }) => id), after.map(({ id }) => id), 'the same stop');
});
