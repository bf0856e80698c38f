/**
 * One machine's history: moves the machine to any position in it and beyond its end, keeps checkpoints, and checks the
 * digests that it passes.
 */
import { assert } from '../assert.ts';
import { PAGE_SIZE } from '../core/layout.ts';
import type { DigestMark } from '../machine/digest.ts';
import { NO_CONDITIONS, type Machine } from '../machine/machine.ts';
import type { Position, RunStop, StopConditions } from '../machine/machine-types.ts';
import { lowerBound, type TimelineDoor } from '../record/input-log.ts';
import { Checkpoints } from './checkpoints.ts';
import { divergence } from './divergence.ts';
import type { Pacer } from './pacer.ts';

export interface TimelineOptions {
  /**
   * Instructions between checkpoints where the machine runs for the first time, or again after they were thinned; more in a
   * guest that writes much (see CHECKPOINT_PAGES_PER_SLICE). Infinity: none but the first.
   */
  readonly checkpointSpacing: number;
  /** And as many as are executed in so many slices of the pacer, at least: fast guests need fewer for the same time to wait. */
  readonly checkpointSlices: number;
  readonly checkpointCountMax: number;
  /** Frames, and disk blocks of the same size, that checkpoints may use, over as many as the guest has pages, before they are thinned. */
  readonly framesMax: number;
  /** Instructions between the digests of a run that is recorded; more in a guest that writes much (see DIGEST_PAGE_INSTRUCTIONS). */
  readonly digestSpacing: number;
}

export const DEFAULT_TIMELINE_OPTIONS: TimelineOptions = {
  checkpointSpacing: 1_000_000,
  checkpointSlices: 2,
  checkpointCountMax: 192,
  framesMax: 128 * 1024,
  digestSpacing: 50_000_000,
};

/** A seek leaves checkpoints this far before its target, so that going back from there costs nothing. */
const APPROACH = [16_777_216, 4_194_304, 1_048_576, 262_144, 65_536, 16_384, 4096] as const;
/**
 * A page that is written after a checkpoint is copied, which takes 1 us, or more than 10 if the host has to find memory for it: in a
 * slice of the pacer (2 ms) so many may be copied, and as many as in CREDIT at once. In a guest that writes more,
 * checkpoints wait, but not longer than so many times the spacing: that is what a first step backward may have to replay.
 */
const CHECKPOINT_PAGES_PER_SLICE = 24;
const CHECKPOINT_PAGE_CREDIT = 2048;
const CHECKPOINT_DELAY_MAX = 128;
/** Digests wait, too: a page that was written is hashed anew, which takes as long as some 400 instructions. */
const DIGEST_PAGE_INSTRUCTIONS = 20_000;
const DIGEST_DELAY_MAX = 4;
/** A checkpoint is worth its cost if it saves this many instructions. */
const CHECKPOINT_GAP_MIN = 2048;

export interface Paused {
  readonly reason: 'paused';
}
export const PAUSED: Paused = { reason: 'paused' };

export class Timeline {
  readonly machine: Machine;
  readonly door: TimelineDoor;
  readonly checkpoints: Checkpoints;
  /** Called for each new digest while the history grows. */
  onDigest: ((mark: DigestMark) => void) | undefined;
  /** Called after every move of the machine. */
  onMove: (() => void) | undefined;

  readonly #options: TimelineOptions;
  readonly #digests: DigestMark[];
  /** Where the user stands or goes: checkpoints are dense around here. */
  #focus: Position = 0;
  /** The checkpoint after the one at `from` waits until `due`. */
  #checkpointDelay: { readonly from: Position; readonly due: Position } = { from: 0, due: 0 };
  /** Of late. */
  #sliceInstructions = 0;
  /** Pages that checkpoints may copy beyond those of CHECKPOINT_PAGES_PER_SLICE. */
  #pageCredit = CHECKPOINT_PAGE_CREDIT;
  /** Of the machine's disk blocks, how many were made before the last checkpoint. */
  #diskBlocksSeen = 0;
  /** The digest that is due before waits until here. */
  #digestDelay: Position = 0;

  /** The machine stands at 0. `digests`: of the recording, by position. */
  constructor(machine: Machine, door: TimelineDoor, digests: readonly DigestMark[], options: TimelineOptions) {
    assert(machine.icount === 0, 'a timeline starts at power-on');
    this.machine = machine;
    this.door = door;
    this.#options = options;
    this.#digests = [...digests];
    this.checkpoints = new Checkpoints((state) => { machine.releaseState(state); });
    machine.onOutOfFrames = () => this.checkpoints.thin(machine.icount, Math.ceil(this.checkpoints.count / 2)) > 0;
    door.rewind(0);
    this.#checkpoint();
  }

  get position(): Position {
    return this.machine.icount;
  }

  /** The history reaches to here and the machine stands there: executing makes it longer. */
  get atEnd(): boolean {
    return this.position >= this.door.end;
  }

  get digestCount(): number {
    return this.#digests.length;
  }

  /** Runs forward to `until` or a stop condition. Conditions that are met at `until` itself, by the state there, are not asked. */
  async advance(until: Position, conditions: StopConditions, pacer: Pacer, skipFirst: boolean): Promise<RunStop | Paused> {
    let skip = skipFirst;
    pacer.begin();
    for (;;) {
      const at = this.position;
      this.#sliceInstructions = pacer.sliceInstructions;
      const target = Math.min(until, at + pacer.sliceInstructions, this.#nextCheckpoint(at), this.#nextDigest(at));
      const stop = this.#run(target, conditions, skip);
      skip = false;
      this.#arrive();
      // Also at the end: a search is made of many short runs.
      const isDue = pacer.tick(this.position - at);
      if (stop.reason !== 'until') return stop;
      if (isDue) await pacer.pause(this.position);
      if (this.position >= until) return stop;
      if (isDue && pacer.cancelled) return PAUSED;
    }
  }

  /**
   * Puts the machine at `position`, inside of the history. `approach`: leave checkpoints on the way that make the
   * positions just before it cheap.
   */
  async moveTo(position: Position, pacer: Pacer, approach = true): Promise<'there' | 'paused'> {
    assert(position >= 0 && position <= Math.max(this.door.end, this.position), `position ${position} is outside of the history`);
    this.#focus = position;
    const nearest = this.checkpoints.atOrBefore(position);
    if (this.position > position || this.position < nearest.position || (this.position === position && this.machine.entered)) {
      this.machine.restoreState(nearest.state);
      this.door.rewind(nearest.position);
      this.onMove?.();
    }
    if (approach) {
      for (const distance of APPROACH) {
        const waypoint = position - distance;
        if (waypoint - this.checkpoints.atOrBefore(position).position < distance || waypoint <= this.position) continue;
        if (!(await this.#runTo(waypoint, pacer))) return 'paused';
        this.#checkpoint();
      }
    }
    return (await this.#runTo(position, pacer)) ? 'there' : 'paused';
  }

  /** Forgets everything; the timeline is not used any more. */
  close(): void {
    this.checkpoints.clear();
    this.machine.close();
  }

  #run(target: Position, conditions: StopConditions, skip: boolean): RunStop {
    try {
      return this.machine.run(target, conditions, this.door, skip);
    } catch (error) {
      // A condition may throw: the history has grown all the same.
      this.door.reached(this.position, this.machine.entered);
      throw error;
    }
  }

  async #runTo(position: Position, pacer: Pacer): Promise<boolean> {
    const stop = await this.advance(position, NO_CONDITIONS, pacer, true);
    assert(stop.reason === 'paused' || this.position === position, `the way to ${position} ended at ${this.position}: ${stop.reason}`);
    return stop.reason !== 'paused';
  }

  // ---- checkpoints -------------------------------------------------------------------------------------------------

  #nextCheckpoint(at: Position): Position {
    return Math.max(at + 1, this.#checkpointDue(at));
  }

  /** When the checkpoint after the last one before `at` is due, as far as is known. */
  #checkpointDue(at: Position): Position {
    const from = this.checkpoints.atOrBefore(at).position;
    const { checkpointSpacing, checkpointSlices } = this.#options;
    return Math.max(from + checkpointSpacing, from + checkpointSlices * this.#sliceInstructions, this.#checkpointDelay.from === from ? this.#checkpointDelay.due : 0);
  }

  /** At the moment when a checkpoint is due: takes it, or lets it wait because much was written. */
  #checkpointOrDelay(): void {
    const { position: from, state } = this.checkpoints.atOrBefore(this.position);
    const length = this.position - from;
    const copied = this.machine.copiedPages(state);
    const pageInstructions = this.#sliceInstructions / CHECKPOINT_PAGES_PER_SLICE;
    const worthIt = Math.min((copied - this.#pageCredit) * pageInstructions, this.#options.checkpointSpacing * CHECKPOINT_DELAY_MAX);
    if (length < worthIt) {
      this.#checkpointDelay = { from, due: from + Math.ceil(worthIt) };
      return;
    }
    this.#pageCredit = Math.min(CHECKPOINT_PAGE_CREDIT, Math.max(0, this.#pageCredit + length / pageInstructions - copied));
    this.#checkpoint();
  }

  #checkpoint(): void {
    const { machine, checkpoints } = this;
    const position = machine.icount;
    if (machine.entered || checkpoints.has(position)) return;
    if (checkpoints.count > 0 && position - checkpoints.atOrBefore(position).position < CHECKPOINT_GAP_MIN) return;
    const { dirtyPages, diskBlocks } = machine;
    checkpoints.add({ position, state: machine.saveState(), dirtyPages, diskBlocks: diskBlocks.made - this.#diskBlocksSeen });
    this.#diskBlocksSeen = diskBlocks.made;
    const focus = Math.max(this.#focus, position);
    checkpoints.thin(focus, this.#options.checkpointCountMax);
    const framesMax = this.#options.framesMax + machine.memorySizeBytes / PAGE_SIZE;
    const used = (): number => machine.framesUsed + Math.max(0, checkpoints.diskBlocks - diskBlocks.live);
    while (used() > framesMax && checkpoints.count > 2) checkpoints.thin(focus, checkpoints.count - 1);
  }

  // ---- digests -----------------------------------------------------------------------------------------------------

  /** Position of the first digest after `at` that is to be checked, or made. */
  #nextDigest(at: Position): Position {
    const known = this.#digests[this.#digestIndex(at + 1)]?.at;
    if (known !== undefined) return known;
    if (this.onDigest === undefined) return Infinity;
    const due = this.#digestDue();
    return due > at ? due : Math.max(at + 1, this.door.end);
  }

  #digestDue(): Position {
    return Math.max(this.#lastDigest + this.#options.digestSpacing, this.#digestDelay);
  }

  get #lastDigest(): Position {
    return this.#digests.at(-1)?.at ?? 0;
  }

  /** At the moment when a digest is due: makes it, or lets it wait because much was written. */
  #digestOrDelay(): void {
    const { machine } = this;
    const pages = Math.max(machine.dirtyPages, this.checkpoints.atOrBefore(machine.icount).dirtyPages);
    const worthIt = this.#lastDigest + Math.min(pages * DIGEST_PAGE_INSTRUCTIONS, this.#options.digestSpacing * DIGEST_DELAY_MAX);
    if (machine.icount >= worthIt) this.markDigest();
    else this.#digestDelay = worthIt;
  }

  /** After a run: the history may have grown, and a checkpoint or a digest may be due. */
  #arrive(): void {
    const { machine } = this;
    const position = machine.icount;
    this.door.reached(position, machine.entered);
    if (this.atEnd) this.#focus = position;
    if (machine.entered) return;
    const mark = this.#digests[this.#digestIndex(position)];
    if (mark?.at === position) this.#check(mark);
    else if (this.onDigest !== undefined && this.atEnd && position >= this.#digestDue()) this.#digestOrDelay();
    if (position >= this.#checkpointDue(position)) this.#checkpointOrDelay();
    this.onMove?.();
  }

  /** Records the digest at the present position, the end of a history that grows. */
  markDigest(): void {
    const at = this.position;
    if (this.machine.entered || this.#digests.at(-1)?.at === at) return;
    const mark = { at, digest: this.machine.digest() };
    this.#digests.push(mark);
    this.onDigest?.(mark);
  }

  #check(mark: DigestMark): void {
    const digest = this.machine.digest();
    if (digest.all === mark.digest.all) return;
    const before = this.#digests[this.#digestIndex(mark.at) - 1]?.at ?? 0;
    throw divergence(before, mark.at, mark.digest, digest);
  }

  #digestIndex(position: Position): number {
    return lowerBound(this.#digests.length, (index) => this.#digests[index]?.at ?? 0, position);
  }
}
