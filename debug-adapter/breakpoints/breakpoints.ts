/** All breakpoints of a session. They belong to the timeline: forward and backward motions honour the same set. */
import { NO_CONDITIONS } from '../../emulator/index.ts';
import type { Control, Met, Position, SessionStop, StopConditions, Watch } from '../../emulator/index.ts';
import type { Loaded } from '../debuggee.ts';
import { PANIC_FILTER, exceptionFilters } from '../exception-causes.ts';
import { Breakpoint, placeInTime } from './breakpoint.ts';
import type { BreakpointOptions, Guest, Place } from './breakpoint.ts';
import { HitSearch } from './hit-search.ts';
import { LogFlow } from './log-message.ts';
import { logLine } from './log-line.ts';
import { Verdicts, merged } from './verdicts.ts';
import type { Verdict } from './verdicts.ts';

export interface Wanted {
  readonly place: Place;
  readonly options: BreakpointOptions;
}

export interface ExceptionChoice {
  readonly filter: string;
  readonly condition?: string;
}

/** What breakpoints need of the session, from the launch on. */
export interface BreakpointHost extends Loaded, Guest {
  readonly emit: (event: string, body: object) => void;
  readonly firstLine: () => 0 | 1;
  readonly firstColumn: () => 0 | 1;
}

/** How stops are told; where breakpoints of several kinds are hit, as the first of them. */
const STOP_KINDS = [
  { kind: 'line', reason: 'breakpoint', description: 'Paused on breakpoint' },
  { kind: 'function', reason: 'function breakpoint', description: 'Paused on function breakpoint' },
  { kind: 'instruction', reason: 'instruction breakpoint', description: 'Paused on instruction breakpoint' },
  { kind: 'data', reason: 'data breakpoint', description: 'Paused on data breakpoint' },
  { kind: 'exception', reason: 'exception', description: 'Paused on exception' },
] as const satisfies readonly { kind: Place['kind']; reason: string; description: string }[];

export class Breakpoints {
  private lastId = 0;
  private readonly groups = new Map<string, readonly Breakpoint[]>();
  private choices: readonly ExceptionChoice[] = [];
  private host: BreakpointHost | undefined;
  private logs: LogFlow | undefined;
  private readonly verdicts = new Verdicts();
  /** First instructions of functions that are called when all is lost. */
  private panicAddresses: readonly bigint[] = [];
  /** Run without debugging: nothing stops. */
  disabled = false;
  /** Firmware and kernels find out by trapping what the machine has: the filters that are on by default do not stop them. */
  expectsProbes = false;

  attach(host: BreakpointHost, panicAddresses: readonly bigint[]): void {
    this.host = host;
    this.logs = new LogFlow(host.emit);
    this.panicAddresses = panicAddresses;
    this.setExceptions(this.choices);
  }

  nextId(): number {
    return ++this.lastId;
  }

  /**
   * The breakpoints of a file, or of a kind, take the place of those before. One that was there already is the same as
   * before, with what it has counted.
   */
  set(group: string, wanted: readonly Wanted[]): Breakpoint[] {
    const known = [...(this.groups.get(group) ?? [])];
    const breakpoints = wanted.map((each) => {
      const at = known.findIndex((breakpoint) => keyOf(breakpoint) === keyOf(each));
      const [found] = at < 0 ? [] : known.splice(at, 1);
      return found ?? this.make(each);
    });
    if (breakpoints.length === 0) this.groups.delete(group);
    else this.groups.set(group, breakpoints);
    return [...breakpoints];
  }

  /** Unknown filters give undefined. */
  setExceptions(choices: readonly ExceptionChoice[]): (Breakpoint | undefined)[] {
    this.choices = choices;
    const chosen = choices.map(({ filter }) => exceptionFilters.find((each) => each.filter === filter));
    const wanted = chosen.flatMap((filter, index) => {
      const condition = choices[index]?.condition;
      if (filter === undefined) return [];
      const addresses = filter.filter === PANIC_FILTER ? this.panicAddresses : [];
      return [{ place: { kind: 'exception' as const, ...filter, addresses }, options: condition === undefined ? {} : { condition } }];
    });
    const made = this.set('exceptions', wanted);
    return chosen.map((filter) => (filter === undefined ? undefined : made.shift()));
  }

  /**
   * What stops the machine. `accept` answers for these breakpoints alone: for a place that is none of them it says no.
   * `logs`: logpoints print, as they do wherever execution goes forward.
   */
  conditions({ logs = true } = {}): StopConditions {
    const active = this.active();
    if (active.length === 0) return NO_CONDITIONS;
    const conditions = conditionsOf(active);
    const { host } = this;
    if (host === undefined) return conditions;
    const search = new HitSearch(active);
    return { ...conditions, accept: (met) => this.accept(met, search, host, logs) };
  }

  beginMotion(): void {
    this.verdicts.clear();
  }

  /** Counts hits up to where the machine stands, so that each motion knows the number of whatever it meets. False: cancelled on the way. */
  async countHits(control: Control): Promise<boolean> {
    const { host } = this;
    const counting = this.counting();
    if (host === undefined || counting.length === 0) return true;
    const { session } = host;
    const { position } = session.timeline(0);
    const behind = counting.filter(({ passes }) => passes.covered < position);
    for (const { passes } of behind) passes.discard();
    if (behind.length > 0) {
      const from = Math.min(...behind.map(({ passes }) => passes.covered));
      const search = new HitSearch(behind.map(({ breakpoint }) => breakpoint));
      const count = (met: Met): boolean => {
        for (const breakpoint of search.at(met)) breakpoint.countPass(met, host);
        return false;
      };
      const done = await session.passThrough(from, position, { ...conditionsOf(behind.map(({ breakpoint }) => breakpoint)), accept: count }, control);
      if (done === 'cancelled') {
        for (const { passes } of behind) passes.discard();
        return false;
      }
      for (const { passes } of behind) passes.cover(position);
    }
    // A motion does not meet what it begins at.
    const here: Met = { kind: 'breakpoint', position, pc: session.inspect.pc };
    for (const { breakpoint } of counting) if (breakpoint.isAt(here)) breakpoint.countPass(here, host);
    return true;
  }

  /** Forward to the next stop. */
  async runForward(control: Control): Promise<SessionStop> {
    const { session } = this.required();
    const from = session.timeline(0).position;
    const counting = this.counting().filter(({ passes }) => passes.covered >= from);
    const stop = await session.runForward(this.conditions(), control);
    for (const { passes } of counting) passes.cover(session.timeline(0).position);
    return stop;
  }

  /** Backward to the last stop before. */
  async runBackward(control: Control): Promise<SessionStop> {
    const { session } = this.required();
    const conditions = this.conditions({ logs: false });
    const last = this.lastCounted(session.timeline(0).position, session.inspect.pc);
    if (last === 'unknown') return session.runBackward(conditions, control);
    // Everything that could stop it counts, and what was counted is known: no need to search.
    const stop = await session.seek(last === undefined ? 0 : last + 1, control);
    if (stop.reason === 'paused') return stop;
    return last === undefined ? { reason: 'beginning', position: 0 } : session.runBackward(conditions, control);
  }

  /** What a stop was at; undefined if at none of these breakpoints. */
  verdict(stop: SessionStop): Verdict | undefined {
    if (this.host === undefined) return undefined;
    const { pc } = this.host.session.inspect;
    const own = metsOf(stop, pc).map((met) => this.verdicts.at(met.kind, placeInTime(met), met.kind === 'breakpoint' ? pc : undefined)).find((each) => each !== undefined);
    // Where it stands for one of them, others may be met, too, and no motion meets what it begins at.
    const others = stop.reason === 'breakpoint' ? this.verdicts.at('interrupt', stop.position, undefined) : own && this.verdicts.at('breakpoint', stop.position, pc);
    return own === undefined || others === undefined ? own ?? others : merged(own, others);
  }

  /** Reason and words of a stop at breakpoints. */
  describe({ breakpoints, problem }: Verdict): { reason: string; description: string; text?: string; hitBreakpointIds: number[] } {
    const kind = STOP_KINDS.find((each) => breakpoints.some(({ place }) => place.kind === each.kind)) ?? STOP_KINDS[0];
    const { reason, description } = kind;
    return { reason, description, ...(problem === undefined ? {} : { text: problem }), hitBreakpointIds: breakpoints.map(({ id }) => id) };
  }

  /** The stop is one at a function that is called when all is lost. */
  isPanic(stop: SessionStop | undefined): boolean {
    if (stop?.reason !== 'breakpoint' || this.host === undefined) return false;
    return this.verdict(stop)?.breakpoints.some(({ place }) => place.kind === 'exception') ?? false;
  }

  /** Says what logpoints have left unsaid: before a stop is told. */
  tellLeftOut(): void {
    this.logs?.tellLeftOut();
  }

  private accept(met: Met, search: HitSearch, host: BreakpointHost, logs: boolean): boolean {
    let hits: Breakpoint[] | undefined;
    let problem: string | undefined;
    for (const breakpoint of search.at(met)) {
      const answer = breakpoint.isHit(met, host);
      if (answer === false) continue;
      if (typeof answer === 'string') {
        problem ??= answer;
        this.tellFailure(breakpoint, answer, host);
      } else if (breakpoint.log !== undefined) {
        const { log } = breakpoint;
        if (logs) this.logs?.print(() => logLine(log, met, host));
        continue;
      }
      (hits ??= []).push(breakpoint);
    }
    if (hits === undefined) return false;
    this.verdicts.add(met, { breakpoints: hits, ...(problem === undefined ? {} : { problem }) });
    return true;
  }

  private tellFailure(breakpoint: Breakpoint, message: string, { emit }: BreakpointHost): void {
    if (breakpoint.isFailureTold) return;
    breakpoint.isFailureTold = true;
    emit('breakpoint', { reason: 'changed', breakpoint: { id: breakpoint.id, verified: false, message } });
  }

  private make({ place, options }: Wanted): Breakpoint {
    const { host } = this;
    const breakpoint = new Breakpoint(this.nextId(), place, options, host?.session.timeline(0).position ?? 0);
    if (host !== undefined && breakpoint.problem === undefined) breakpoint.checkCondition(host);
    return breakpoint;
  }

  private active(): Breakpoint[] {
    if (this.disabled) return [];
    const exceptions = this.groups.get('exceptions') ?? [];
    // Whether panics are caught says nothing about traps.
    const isDefault = exceptionFilters.every((each) => each.filter === PANIC_FILTER || this.choices.some(({ filter, condition }) => filter === each.filter && condition === undefined) === each.default);
    const isProbe = ({ place }: Breakpoint): boolean => isDefault && this.expectsProbes && place.kind === 'exception' && place.filter !== PANIC_FILTER;
    return [...this.groups.values()].flat().filter((each) => each.problem === undefined && !(isProbe(each) && exceptions.includes(each)));
  }

  private counting(): { breakpoint: Breakpoint; passes: NonNullable<Breakpoint['passes']> }[] {
    return this.active().flatMap((breakpoint) => (breakpoint.passes === undefined ? [] : [{ breakpoint, passes: breakpoint.passes }]));
  }

  /** The last hit before `position`, if counting alone tells: `runBackward` has no more to find than that. */
  private lastCounted(position: Position, pc: bigint): Position | 'unknown' | undefined {
    const stopping = this.active().filter(({ log }) => log === undefined);
    if (stopping.length === 0) return 'unknown';
    let last: Position | undefined;
    for (const { passes, hasFailed, addresses } of stopping) {
      if (passes === undefined || hasFailed) return 'unknown';
      // In a handler that was just entered: an earlier hit may be at the very same position.
      if (passes.isMeant(position) !== false && !addresses.includes(pc)) return 'unknown';
      const found = passes.lastMeantBefore(position);
      if (found === 'unknown') return found;
      if (found !== undefined && (last === undefined || found > last)) last = found;
    }
    return last;
  }

  private required(): BreakpointHost {
    if (this.host === undefined) throw new Error('breakpoints without a machine');
    return this.host;
  }
}

/** Two with the same key are the same breakpoint. */
function keyOf({ place, options }: Wanted): string {
  return JSON.stringify([place, options], (_, value: unknown) => (typeof value === 'bigint' ? `0x${value.toString(16)}` : value instanceof Map ? [...value.keys()] : value));
}

function conditionsOf(breakpoints: readonly Breakpoint[]): StopConditions {
  const places = breakpoints.map(({ place }) => place);
  const watches: Watch[] = places.flatMap((place) => (place.kind === 'data' ? [place.watch] : []));
  const exceptions = places.filter((place) => place.kind === 'exception');
  const interrupts = new Set(exceptions.flatMap((place) => place.interrupts));
  return {
    breakpoints: new Set(breakpoints.flatMap(({ addresses }) => addresses)), watches, caughtCauses: new Set(exceptions.flatMap(({ causes }) => causes)),
    ...(interrupts.size === 0 ? {} : { caughtInterrupts: interrupts }),
  };
}

/** What the machine may have met for a stop to be there. Forward, it stands behind an instruction that accessed memory; after a search backward, before it. */
function metsOf(stop: SessionStop, pc: bigint): Met[] {
  const { position } = stop;
  switch (stop.reason) {
    case 'breakpoint': return [{ kind: 'breakpoint', position, pc }];
    case 'trap': return [{ kind: 'trap', position: position + 1, cause: stop.trap.cause, pc: stop.trap.pc, value: stop.trap.value }];
    case 'interrupt': return [{ kind: 'interrupt', position, cause: stop.interrupt.cause, pc: stop.interrupt.pc }];
    case 'watch': {
      const { address, sizeBytes, kind } = stop.hit;
      return [position + 1, position].map((at) => ({ kind: 'watch', position: at, address, sizeBytes, access: kind }));
    }
    default: return [];
  }
}
