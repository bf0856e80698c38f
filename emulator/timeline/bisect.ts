/**
 * Looks closer at a replay that diverged. The recording has digests at intervals only, so what happened inside of an
 * interval is known by comparing two replays that do the same in different ways: one in long slices, the other with its
 * caches emptied every few instructions. If they part, the emulator is not deterministic, and the first instruction after
 * which they differ is found by halving. If they agree, the recording is of something else (another build, a changed
 * file), and the interval is all that can be said.
 */
import { differingParts, type DigestMark } from '../machine/digest.ts';
import { NO_CONDITIONS, type Machine } from '../machine/machine.ts';
import type { MachineState } from '../machine/machine-state.ts';
import type { Position } from '../machine/machine-types.ts';
import type { TimelineDoor } from '../record/input-log.ts';
import { formatPosition } from '../record/log-format.ts';
import { DivergenceError, type DivergenceReport } from './divergence.ts';
import type { Pacer } from './pacer.ts';

/** A machine at power-on, with the door of the same recording. */
export interface Replay {
  readonly machine: Machine;
  readonly door: TimelineDoor;
}

const LONG_SLICE = 1_000_000;
/** Odd, and not a divisor of anything a guest does regularly. */
const SHORT_SLICE = 4_999;

/** One of the two replays, with a way back to the start of the interval. */
class Contender {
  readonly #replay: Replay;
  readonly #slice: number;
  readonly #restoring: boolean;
  #start: MachineState | undefined;

  constructor(replay: Replay, slice: number, restoring: boolean) {
    this.#replay = replay;
    this.#slice = slice;
    this.#restoring = restoring;
  }

  get machine(): Machine {
    return this.#replay.machine;
  }

  async begin(position: Position, pacer: Pacer): Promise<boolean> {
    const arrived = await this.#run(position, LONG_SLICE, false, pacer);
    this.#start = this.machine.saveState();
    return arrived;
  }

  async goTo(position: Position, pacer: Pacer): Promise<boolean> {
    if (this.#start !== undefined && this.machine.icount > position) {
      this.machine.restoreState(this.#start);
      this.#replay.door.rewind(this.#start.position);
    }
    return this.#run(position, this.#slice, this.#restoring, pacer);
  }

  async #run(position: Position, slice: number, restoring: boolean, pacer: Pacer): Promise<boolean> {
    const { machine } = this;
    const { door } = this.#replay;
    while (machine.icount < position) {
      const at = machine.icount;
      const stop = machine.run(Math.min(position, at + slice), NO_CONDITIONS, door);
      if (stop.reason !== 'until') return false;
      if (restoring) {
        // Saving and restoring empties everything that is derived.
        const state = machine.saveState();
        machine.restoreState(state);
        machine.releaseState(state);
        door.rewind(machine.icount);
      }
      if (pacer.tick(machine.icount - at)) {
        await pacer.pause(machine.icount);
        if (pacer.cancelled) return false;
      }
    }
    return true;
  }
}

/**
 * The first position after `equal` at which two runs differ, if they differ at `different`, found by halving. `isEqualAt`: undefined
 * if it cannot be said; so is the result then.
 */
export async function firstDifference(equal: Position, different: Position, isEqualAt: (position: Position) => Promise<boolean | undefined>): Promise<Position | undefined> {
  while (different - equal > 1) {
    const middle = Math.floor((equal + different) / 2);
    const isEqual = await isEqualAt(middle);
    if (isEqual === undefined) return undefined;
    if (isEqual) equal = middle;
    else different = middle;
  }
  return different;
}

/** `marks`: all digests of the recording. `makeReplay`: a new, independent replay of it. */
export async function bisectDivergence(report: DivergenceReport, marks: readonly DigestMark[], makeReplay: () => Replay, pacer: Pacer): Promise<DivergenceError> {
  const long = new Contender(makeReplay(), LONG_SLICE, false);
  const short = new Contender(makeReplay(), SHORT_SLICE, true);
  try {
    const detail = await compare(long, short, report, marks, pacer);
    return new DivergenceError({ ...report, detail });
  } finally {
    long.machine.close();
    short.machine.close();
  }
}

async function compare(long: Contender, short: Contender, report: DivergenceReport, marks: readonly DigestMark[], pacer: Pacer): Promise<string> {
  const tooSoon = 'a second replay did not even come that far';
  for (const contender of [long, short]) {
    if (!(await contender.begin(report.from, pacer)) || !(await contender.goTo(report.to, pacer))) return tooSoon;
  }
  const recorded = marks.find((mark) => mark.at === report.to)?.digest;
  if (long.machine.digest().all === short.machine.digest().all) {
    return long.machine.digest().all === recorded?.all
      ? 'two more replays of the interval agree with the recording, so this replay went wrong by itself: please report it with the recording'
      : 'two independent replays agree with each other, so the recording is of another build of Chronovisor or was changed: record again';
  }
  const different = await firstDifference(report.from, report.to, async (position) => {
    if (!(await long.goTo(position, pacer)) || !(await short.goTo(position, pacer))) return undefined;
    return long.machine.digest().all === short.machine.digest().all;
  });
  if (different === undefined) return tooSoon;
  const equal = different - 1;
  await long.goTo(equal, pacer);
  const pc = long.machine.hart.pc;
  await long.goTo(different, pacer);
  await short.goTo(different, pacer);
  const parts = differingParts(long.machine.digest(), short.machine.digest()).join(', ');
  return `two replays of it part at the instruction at ${formatPosition(equal)}, pc 0x${pc.toString(16)}, in ${parts}: please report this with the recording`;
}
