/** Lives with a session: types, runs, goes into the past and back, sets breakpoints and clears them; compares whatever it sees twice. */
import assert from 'node:assert/strict';
import { NO_CONDITIONS, type Position, type Session, type SessionStop } from '../../emulator/index.ts';
import { randomInput, type Random } from './console-input.ts';

const RUN_INSTRUCTIONS_MAX = 30_000_000;
const NEAR_INSTRUCTIONS = 40_000_000;
const DIGESTS_KEPT = 100;
const PCS_KEPT = 12;
const STEPS_MAX = 8;
const STOPS_MAX = 15;

export class Wanderer {
  readonly #session: Session;
  readonly #random: Random;
  /** What was seen, by position. */
  readonly #digests = new Map<Position, string>();
  #pcs: bigint[] = [];
  readonly counts: Record<string, number> = {};

  constructor(session: Session, random: Random) {
    this.#session = session;
    this.#random = random;
  }

  get #end(): Position {
    return this.#session.timeline(0).end;
  }

  /** One random deed; the session is live afterwards. False: the guest has ended. */
  async act(): Promise<boolean> {
    const kind = this.#random(10);
    if (kind < 4) await this.#type();
    else if (kind < 5) await this.#count('run', () => this.#runOn(RUN_INSTRUCTIONS_MAX));
    else if (kind < 6) await this.#count('breakpoints', () => this.#stopAtBreakpoints());
    else if (kind < 7) await this.#count('steps', () => this.#stepAbout());
    else await this.#count('past', () => this.#visitPast());
    return !this.#session.timeline(0).finished;
  }

  async #count(what: string, work: () => Promise<void>): Promise<void> {
    this.counts[what] = (this.counts[what] ?? 0) + 1;
    await work();
  }

  #see(): void {
    const { position } = this.#session.timeline(0);
    const digest = this.#session.digest();
    assert.equal(digest, this.#digests.get(position) ?? digest, `the state at ${position} is not what it was before`);
    if (this.#digests.size >= DIGESTS_KEPT) this.#digests.delete([...this.#digests.keys()][this.#random(DIGESTS_KEPT)] ?? 0);
    this.#digests.set(position, digest);
    this.#pcs = [...this.#pcs, this.#session.inspect.pc].slice(-PCS_KEPT);
  }

  async #runOn(length: number): Promise<void> {
    await this.#session.runForward(NO_CONDITIONS, { until: this.#session.timeline(0).position + 1 + this.#random(length) });
    this.#see();
  }

  #type(): Promise<void> {
    const { kind, bytes } = randomInput(this.#random);
    return this.#count(kind, async () => {
      assert.ok(this.#session.consoleInput(bytes), 'a live session takes input');
      await this.#runOn(RUN_INSTRUCTIONS_MAX);
    });
  }

  async #stopAtBreakpoints(): Promise<void> {
    const until = this.#session.timeline(0).position + this.#random(RUN_INSTRUCTIONS_MAX);
    const breakpoints = new Set(this.#pcs.filter(() => this.#random(2) === 0));
    for (let stops = 0; stops < STOPS_MAX; stops++) {
      const stop = await this.#session.runForward({ ...NO_CONDITIONS, breakpoints }, { until });
      this.#see();
      if (stop.reason !== 'breakpoint') return;
      assert.ok(breakpoints.has(this.#session.inspect.pc), 'it stops where a breakpoint is');
    }
  }

  /** Some steps back, and as many forward. */
  async #stepAbout(): Promise<void> {
    this.#see();
    const { position } = this.#session.timeline(0);
    const steps = 1 + this.#random(STEPS_MAX);
    for (let step = 0; step < steps; step++) await this.#session.stepBackward();
    this.#see();
    for (let step = 0; step < steps; step++) await this.#session.stepForward();
    assert.equal(this.#session.timeline(0).position, position);
    this.#see();
  }

  async #visitPast(): Promise<void> {
    this.#see();
    const end = this.#end;
    for (let visits = 1 + this.#random(3); visits > 0; visits--) {
      await this.#session.seek(this.#somewhere(end));
      this.#see();
      if (this.#random(3) === 0) await this.#thereAndBack(end);
    }
    assert.equal(this.#end, end, 'what is past does not grow');
    await this.#session.seek(end);
    this.#see();
  }

  #somewhere(end: Position): Position {
    const known = [...this.#digests.keys()];
    const kind = this.#random(4);
    if (kind === 0) return known[this.#random(known.length)] ?? 0;
    return kind === 1 ? this.#random(end + 1) : Math.max(0, end - this.#random(NEAR_INSTRUCTIONS));
  }

  /** Forward in the past, and back to where it began by a breakpoint there. */
  async #thereAndBack(end: Position): Promise<void> {
    const { position } = this.#session.timeline(0);
    const { pc } = this.#session.inspect;
    const until = Math.min(end, position + 1 + this.#random(3_000_000));
    await this.#session.runForward(NO_CONDITIONS, { until });
    this.#see();
    if (this.#session.timeline(0).position <= position) return;
    const stop: SessionStop = await this.#session.runBackward({ ...NO_CONDITIONS, breakpoints: new Set([pc]) });
    // Where the guest waits at its position, the breakpoint is met before it does.
    if (stop.reason === 'breakpoint') assert.equal(this.#session.inspect.pc, pc);
    this.#see();
  }
}
