/**
 * Searching backward. Execution only goes forward, so the last hit before a position is found by replaying pieces of the
 * history, the latest first, each four times as long as the one after it, and keeping the last hit of the first piece
 * that has one. In a piece with many hits only the first ones are looked at: if the rest of the piece has a hit (it is
 * searched in the same way), that one is later anyway. The whole search costs a small multiple of one replay of what it
 * passes, even if a condition is met every few instructions.
 */
import type { Position, RunStop, StopConditions } from '../machine/machine-types.ts';
import type { Pacer } from './pacer.ts';
import { PAUSED, type Paused, type Timeline } from './timeline.ts';

/**
 * A stop condition that was met. `position`: of the instruction that the breakpoint is on, that accesses the watched range, or traps; of
 * the boundary at which the interrupt came.
 */
export interface Hit {
  readonly position: Position;
  /** It was met behind the boundary at `position`, by the instruction that the boundary leads to. */
  readonly entered: boolean;
  readonly stop: Extract<RunStop, { reason: 'breakpoint' | 'watch' | 'trap' | 'interrupt' }>;
}

export interface BackwardSearch {
  readonly conditions: StopConditions;
  readonly pacer: Pacer;
}

const FIRST_PIECE = 1024;
const PIECE_GROWTH = 4;
/** From this length on, pieces begin at checkpoints, so that getting to their beginning costs nothing. */
const LONG_PIECE = 1_000_000;
const FIRST_HIT_LIMIT = 256;

/** The last hit before where the machine stands, or undefined. Leaves the machine anywhere. */
export async function findLastBefore(timeline: Timeline, search: BackwardSearch): Promise<Hit | Paused | undefined> {
  const { machine, position } = timeline;
  if (machine.entered) {
    // In front of the boundary that it stands behind, a breakpoint may be met at the same position.
    if ((await timeline.moveTo(position, search.pacer, false)) === 'paused') return PAUSED;
    if (machine.meets(search.conditions)) {
      return { position, entered: false, stop: { reason: 'breakpoint', pc: machine.hart.pc } };
    }
  }
  return findLast(timeline, 0, position, search);
}

/** The last hit in [from, to), or undefined. Leaves the machine anywhere. */
async function findLast(timeline: Timeline, from: Position, to: Position, search: BackwardSearch, hitLimit = FIRST_HIT_LIMIT): Promise<Hit | Paused | undefined> {
  let end = to;
  let length = FIRST_PIECE;
  while (end > from) {
    const begin = Math.max(from, pieceBegin(timeline, end, length));
    const found = await searchPiece(timeline, begin, end, search, hitLimit);
    if (found !== undefined) return found;
    end = begin;
    length *= PIECE_GROWTH;
  }
  return undefined;
}

function pieceBegin(timeline: Timeline, end: Position, length: number): Position {
  const begin = Math.max(0, end - length);
  return length < LONG_PIECE ? begin : timeline.checkpoints.atOrBefore(begin).position;
}

async function searchPiece(timeline: Timeline, begin: Position, end: Position, search: BackwardSearch, hitLimit: number): Promise<Hit | Paused | undefined> {
  if ((await timeline.moveTo(begin, search.pacer, false)) === 'paused') return PAUSED;
  let last: Hit | undefined;
  let skip = false;
  for (let count = 1; ; count++) {
    const stop = await timeline.advance(end, search.conditions, search.pacer, skip);
    if (stop.reason === 'paused') return PAUSED;
    const hit = hitOf(stop, timeline);
    if (hit === undefined) return last;
    // A breakpoint at the beginning of the handler is met where the interrupt is: the hart stands there once.
    if (last?.stop.reason !== 'interrupt' || last.position !== hit.position || !hit.entered || hit.stop.reason !== 'breakpoint') last = hit;
    skip = stop.reason === 'breakpoint';
    if (search.pacer.tick(0)) {
      await search.pacer.pause(timeline.position);
      if (search.pacer.cancelled) return PAUSED;
    }
    if (count >= hitLimit && timeline.position < end) {
      return (await findLast(timeline, timeline.position, end, search, hitLimit * 2)) ?? last;
    }
  }
}

/** What a stop where the machine now stands is a hit of; undefined if no condition was met. */
export function hitOf(stop: RunStop, { machine, position }: Timeline): Hit | undefined {
  switch (stop.reason) {
    case 'breakpoint':
    case 'interrupt':
      return { position, entered: machine.entered, stop };
    case 'watch':
    case 'trap':
      return { position: position - 1, entered: true, stop };
    default:
      return undefined;
  }
}
