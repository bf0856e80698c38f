/** Searching what one call of a function has executed, backward. */
import type { Position } from '../../emulator/index.ts';
import { standingOf } from './calls.ts';
import type { Activation } from './frame-addresses.ts';
import type { Aim, Moment, Stepper } from './stepper.ts';

const FIRST_PIECE = 2048;
const PIECE_GROWTH = 4;
/** From this length on it is worth to look whether the call waits for a long one. */
const LONG_PIECE = 131_072;

/**
 * The last moment before `before` at which `activation` is at one of the aim's addresses, and the aim is reached. The aim is asked in the
 * order of time inside of a piece of history, the pieces are asked the latest first. A long call that `activation` waits for is passed
 * with one breakpoint, on the call. The machine is left anywhere.
 */
export async function findLast(stepper: Stepper, activation: Activation, aim: Aim, before: Position): Promise<Moment | undefined> {
  let length = FIRST_PIECE;
  for (let to = before; to > 0;) {
    const from = Math.max(0, to - length);
    let last: Moment | undefined;
    await stepper.replay(from, to, aim.addresses, (pc, position) => {
      if (stepper.addresses.isIn(activation) && aim.isReached(pc, position)) last = { pc, position };
    });
    if (last !== undefined) return last;
    to = from;
    length *= PIECE_GROWTH;
    if (length <= LONG_PIECE || to === 0) continue;
    const waits = await waitedSince(stepper, activation, to);
    if (waits === undefined) continue;
    to = waits;
    length = FIRST_PIECE;
  }
  return undefined;
}

/** If `activation` waits at `position` for what it called or what interrupted it: since just behind when. */
async function waitedSince(stepper: Stepper, activation: Activation, position: Position): Promise<Position | undefined> {
  await stepper.seek(position);
  const standing = standingOf(stepper, activation);
  if (standing.kind !== 'waiting') return undefined;
  const { pc } = standing;
  const { calls } = activation.code;
  const places = standing.isInterrupted ? [pc] : [pc - 4n, pc - 2n].filter((address) => calls.has(address));
  const found = await stepper.session.findBackward(new Set(places), () => stepper.addresses.isIn(activation), stepper.control);
  stepper.throwIfCancelled();
  return found === undefined ? undefined : found + 1;
}
