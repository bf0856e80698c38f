/**
 * Motions as GDB asks for them. GDB takes RISC-V watchpoints to be met before the access: it removes them, steps over the
 * access and compares the values. So a hit is told one instruction early in the direction of travel: forward, before the
 * access; backward, behind it.
 */
import { NO_CONDITIONS } from '../machine/machine.ts';
import type { StopConditions } from '../machine/machine-types.ts';
import type { Control, Session, SessionStop } from '../session/session-types.ts';
import { isAt, placeOf, returnsFromInterrupt, wasInterrupted, type Place } from './interrupts.ts';
import type { Points } from './points.ts';
import { exitsOf } from './range-exits.ts';

export interface Traveller {
  readonly session: Session;
  readonly points: Points;
  /** A step that is interrupted goes on to where the handler returns. */
  readonly stepsOverInterrupts: boolean;
}

export async function continueForward({ session, points }: Traveller, control: Control): Promise<SessionStop> {
  return beforeAccess(session, await session.runForward(points.conditions(), control));
}

export async function continueBackward({ session, points }: Traveller, control: Control): Promise<SessionStop> {
  return behindAccess(session, await session.runBackward(points.conditions(), control));
}

/** One instruction of the program; breakpoints do not count, watchpoints do. */
export async function stepForward(traveller: Traveller, control: Control): Promise<SessionStop> {
  const { session, points } = traveller;
  for (;;) {
    const before = placeOf(session.inspect);
    const until = positionOf(session) + 1;
    const stop = await session.runForward({ ...points.conditions(), breakpoints: new Set() }, { ...control, until });
    if (stop.reason !== 'seek') return beforeAccess(session, stop);
    if (!traveller.stepsOverInterrupts || !wasInterrupted(before, session.inspect)) return stepped(session);
    const returned = await runToReturn(traveller, before, control);
    if (returned !== undefined) return beforeAccess(session, returned);
  }
}

/** Steps while pc is in [start, end): by instructions where control may leave the range, at full speed in between. */
export async function stepRange(traveller: Traveller, start: bigint, end: bigint, control: Control): Promise<SessionStop> {
  const { session, points } = traveller;
  let exits: ReadonlySet<bigint> | undefined;
  for (;;) {
    const stop = await stepForward(traveller, control);
    if (stop.reason !== 'step' || isOutside(session, start, end)) return stop;
    if (points.accepts(session.inspect.pc)) return { reason: 'breakpoint', position: stop.position };
    if (control.signal?.aborted === true) return { reason: 'paused', position: stop.position };
    // Handlers of interrupts are passed through at full speed, too.
    exits ??= traveller.stepsOverInterrupts ? exitsOf(session.inspect, start, end) : undefined;
    if (exits === undefined || exits.has(session.inspect.pc)) continue;
    const run = await session.runForward(withBreakpoints(points, exits), control);
    if (run.reason !== 'breakpoint') return beforeAccess(session, run);
    if (isOutside(session, start, end)) return stepped(session);
    if (points.accepts(session.inspect.pc)) return run;
  }
}

function isOutside({ inspect }: Session, start: bigint, end: bigint): boolean {
  return inspect.pc < start || inspect.pc >= end;
}

/** The inverse of stepForward. */
export async function stepBackward(traveller: Traveller, control: Control): Promise<SessionStop> {
  const { session, points } = traveller;
  for (;;) {
    const place = placeOf(session.inspect);
    const hit = points.watches.length === 0 ? undefined : await lastAccess(traveller, control);
    if (hit !== undefined) return hit;
    const stop = await session.stepBackward(control);
    if (stop.reason !== 'step' || !traveller.stepsOverInterrupts || !returnsFromInterrupt(session.inspect, place.pc)) return stop;
    const interrupted = await searchInterrupted(traveller, place, control);
    if (interrupted !== undefined) return behindAccess(session, interrupted);
  }
}

/** Runs through a handler, back to the interrupted place (undefined), or to what stops it before. */
async function runToReturn({ session, points }: Traveller, place: Place, control: Control): Promise<SessionStop | undefined> {
  for (;;) {
    const stop = await session.runForward(withBreakpoints(points, new Set([place.pc])), control);
    if (stop.reason !== 'breakpoint') return stop;
    if (isAt(session.inspect, place)) return undefined;
    if (points.accepts(session.inspect.pc)) return stop;
  }
}

/** Searches backward through a handler for the place that it interrupted (undefined), or to what stops it before. */
async function searchInterrupted({ session, points }: Traveller, place: Place, control: Control): Promise<SessionStop | undefined> {
  for (;;) {
    const stop = await session.runBackward(withBreakpoints(points, new Set([place.pc])), control);
    if (stop.reason !== 'breakpoint') return stop;
    if (isAt(session.inspect, place)) return undefined;
    if (points.accepts(session.inspect.pc)) return stop;
  }
}

/** What GDB has inserted, and breakpoints of ours, which have no conditions. */
function withBreakpoints(points: Points, ours: ReadonlySet<bigint>): StopConditions {
  const conditions = points.conditions();
  return {
    ...conditions, breakpoints: new Set([...conditions.breakpoints, ...ours]),
    ...(conditions.accept === undefined ? {} : { accept: (met) => (met.kind === 'breakpoint' && ours.has(met.pc)) || (conditions.accept?.(met) ?? true) }),
  };
}

/** The watchpoint that the instruction before the present position has hit; the session then stands where it stood. */
async function lastAccess({ session, points }: Traveller, control: Control): Promise<SessionStop | undefined> {
  const until = positionOf(session);
  const back = await session.stepBackward(control);
  if (back.reason !== 'step') return back;
  const stop = await session.runForward({ ...NO_CONDITIONS, watches: points.watches }, { until });
  return stop.reason === 'watch' ? stop : undefined;
}

async function beforeAccess(session: Session, stop: SessionStop): Promise<SessionStop> {
  if (stop.reason !== 'watch') return stop;
  await session.seek(stop.position - 1);
  return { ...stop, position: stop.position - 1 };
}

async function behindAccess(session: Session, stop: SessionStop): Promise<SessionStop> {
  if (stop.reason !== 'watch') return stop;
  await session.seek(stop.position + 1);
  return { ...stop, position: stop.position + 1 };
}

function stepped(session: Session): SessionStop {
  return { reason: 'step', position: positionOf(session) };
}

function positionOf(session: Session): number {
  return session.timeline(0).position;
}
