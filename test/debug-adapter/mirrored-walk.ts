/** Walks from stop to stop, forward and back: the stops must be the same. */
import assert from 'node:assert/strict';
import type { AdapterClient } from './adapter-client.ts';

/** A breakpoint that was hit, by its id, and the position of the instruction that it was hit at. */
interface Hit {
  readonly position: number;
  readonly id: number;
}

async function walk(client: AdapterClient, command: 'continue' | 'reverseContinue', watches: ReadonlySet<number>, hitsMax: number): Promise<Hit[]> {
  const hits: Hit[] = [];
  while (hits.length < hitsMax) {
    const stop = await client.move(command);
    if (/of the recording/.test(stop.description ?? '')) break;
    // One stop may be at several.
    assert.ok((stop.hitBreakpointIds ?? []).length > 0, JSON.stringify(stop));
    const position = await client.position();
    // Forward, it stands behind an access.
    for (const id of stop.hitBreakpointIds ?? []) hits.push({ id, position: watches.has(id) && command === 'continue' ? position - 1 : position });
  }
  return hits.sort((one, other) => one.position - other.position || one.id - other.id);
}

/** In a recording of `length` instructions, with breakpoints set, those of data having the ids `watches`. Gives the number of hits forward, about `hitsMax` at most. */
export async function checkMirrored(client: AdapterClient, watches: ReadonlySet<number>, { length, hitsMax }: { readonly length: number; readonly hitsMax: number }): Promise<number> {
  await client.move('chronovisor/seek', { position: 0 });
  const forward = await walk(client, 'continue', watches, hitsMax);
  // Where the walk was given up there may be more.
  const end = forward.length < hitsMax ? length : forward.at(-1)?.position ?? 0;
  await client.move('chronovisor/seek', { position: end });
  assert.deepEqual(await walk(client, 'reverseContinue', watches, hitsMax + 1), forward.filter(({ position }) => position < end));
  return forward.length;
}
