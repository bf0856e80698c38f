/** What a step has to work with, and the few ways in which it moves the machine. */
import { NO_CONDITIONS } from '../../emulator/index.ts';
import type { Control, Met, Position, Session, SessionStop, StopConditions } from '../../emulator/index.ts';
import type { SymbolSet } from '../symbol-set.ts';
import { FrameAddresses } from './frame-addresses.ts';
import type { StepUnit } from './function-code.ts';
import { FunctionCodes } from './function-code.ts';

export interface StepperParts {
  readonly session: Session;
  readonly symbols: SymbolSet;
  /** The user's breakpoints, for a motion forward or backward. */
  readonly conditions: (direction: 'forward' | 'backward') => StopConditions;
  readonly control: Control;
  /** What a step is over: a source line, or a statement of it. */
  readonly unit: StepUnit;
}

/** Addresses that a step wants to know about, and whether it has come to what it wants there. Asked in the order of time. */
export interface Aim {
  readonly addresses: ReadonlySet<bigint>;
  readonly isReached: (pc: bigint, position: Position) => boolean;
}

/** How a run to an aim ended. */
export interface Arrival {
  readonly stop: SessionStop;
  /** The aim was reached. */
  readonly isReached: boolean;
  /** A breakpoint of the user's was hit, maybe there too. */
  readonly isUsers: boolean;
}

/** A state, by its position and its pc: behind the boundary at a position the machine may stand in an interrupt's handler. */
export interface Moment {
  readonly position: Position;
  readonly pc: bigint;
}

/** The motion was cancelled on the way. */
class Cancelled extends Error {
  override readonly name = 'Cancelled';
}

/** One set of conditions for the user's breakpoints and a step's own: each is asked about its own places only, and the user's at all of theirs. */
export function withAim(user: StopConditions, aim: Aim, tell: (met: Met, isReached: boolean, isUsers: boolean) => void): StopConditions {
  const accept = (met: Met): boolean => {
    const isReached = met.kind === 'breakpoint' && aim.addresses.has(met.pc) && aim.isReached(met.pc, met.position);
    const isUsers = (met.kind !== 'breakpoint' || user.breakpoints.has(met.pc)) && (user.accept === undefined || user.accept(met));
    if (isReached || isUsers) tell(met, isReached, isUsers);
    return isReached || isUsers;
  };
  return { ...user, breakpoints: new Set([...user.breakpoints, ...aim.addresses]), accept };
}

function isEmpty({ breakpoints, watches, caughtCauses, caughtInterrupts }: StopConditions): boolean {
  return breakpoints.size === 0 && watches.length === 0 && caughtCauses.size === 0 && (caughtInterrupts?.size ?? 0) === 0;
}

export class Stepper {
  readonly session: Session;
  readonly symbols: SymbolSet;
  readonly control: Control;
  readonly codes: FunctionCodes;
  readonly addresses: FrameAddresses;
  /** Those that the step began with, whatever is edited meanwhile. */
  readonly #forward: StopConditions;
  readonly #backward: () => StopConditions;

  constructor({ session, symbols, conditions, control, unit }: StepperParts) {
    this.session = session;
    this.symbols = symbols;
    this.control = control;
    this.#forward = conditions('forward');
    this.#backward = () => conditions('backward');
    this.codes = new FunctionCodes(session.inspect, symbols, unit);
    this.addresses = new FrameAddresses(session.inspect, symbols);
  }

  get position(): Position {
    return this.session.timeline(0).position;
  }

  get pc(): bigint {
    return this.session.inspect.pc;
  }

  get moment(): Moment {
    return { position: this.position, pc: this.pc };
  }

  /** A stop of the step's own where the machine stands. */
  get stepped(): SessionStop {
    return { reason: 'step', position: this.position };
  }

  /** Forward to the aim or a breakpoint of the user's; `until`: at most to there. */
  async runTo(aim: Aim, { until, user = this.#forward }: { until?: Position; user?: StopConditions } = {}): Promise<Arrival> {
    let isReached = false;
    let isUsers = false;
    const conditions = withAim(user, aim, (_met, reached, users) => { [isReached, isUsers] = [reached, users]; });
    const stop = await this.session.runForward(conditions, until === undefined ? this.control : { ...this.control, until });
    if (stop.reason === 'breakpoint') return { stop, isReached, isUsers };
    // Where a run is cut, nobody was asked, and the next one does not ask where it begins.
    if (stop.reason === 'seek' && conditions.breakpoints.has(this.pc) && conditions.accept?.({ kind: 'breakpoint', ...this.moment }) === true) {
      return { stop: { reason: 'breakpoint', position: stop.position }, isReached, isUsers };
    }
    return { stop, isReached: false, isUsers: stop.reason === 'watch' || stop.reason === 'trap' || stop.reason === 'interrupt' };
  }

  /** Back to the last moment at which the aim is reached or a breakpoint of the user's is hit, or to the beginning. */
  async runBackTo(aim: Aim, user = this.#backward()): Promise<Arrival> {
    // A search asks more often than it stops.
    const answers = new Map<Position, { readonly isReached: boolean; readonly isUsers: boolean }>();
    const conditions = withAim(user, aim, (met, isReached, isUsers) => { answers.set(met.position, { isReached, isUsers }); });
    const stop = await this.session.runBackward(conditions, this.control);
    return { stop, isReached: false, isUsers: stop.reason !== 'breakpoint', ...answers.get(stop.position) };
  }

  throwIfCancelled(): void {
    if (this.control.signal?.aborted === true) throw new Cancelled();
  }

  /** What `motion` comes to; cancelled, the machine stands where it began. */
  async orBack(motion: () => Promise<SessionStop>): Promise<SessionStop> {
    const from = this.moment;
    try {
      return await motion();
    } catch (error) {
      if (!(error instanceof Cancelled)) throw error;
      await this.standAt(from);
      return { reason: 'paused', position: from.position };
    }
  }

  /** Replays [from, to), and stands where it stood. */
  async replay(from: Position, to: Position, addresses: ReadonlySet<bigint>, visit: (pc: bigint, position: Position) => void): Promise<void> {
    if (from >= to || addresses.size === 0) return;
    const accept = (met: Met): boolean => {
      if (met.kind === 'breakpoint') visit(met.pc, met.position);
      return false;
    };
    if ((await this.session.passThrough(from, to, { ...NO_CONDITIONS, breakpoints: addresses, accept }, this.control)) === 'cancelled') throw new Cancelled();
  }

  async seek(position: Position): Promise<void> {
    const stop = await this.session.seek(position, this.control);
    if (stop.reason === 'paused') throw new Cancelled();
  }

  /** Goes to a moment in the past, also when it was cancelled. */
  async standAt({ position, pc }: Moment): Promise<void> {
    await this.session.seek(position);
    if (this.pc !== pc) await this.session.runForward({ ...NO_CONDITIONS, breakpoints: new Set([pc]) }, { until: position + 1 });
  }

  /**
   * From where the machine stands back to `target`, or to the last breakpoint of the user's that was hit after it.
   * `target` is the moment of an instruction.
   */
  async goBack(from: Moment, target: Moment): Promise<SessionStop> {
    const user = this.#backward();
    if (isEmpty(user) || target.position >= from.position) {
      await this.standAt(target);
      return this.stepped;
    }
    await this.standAt(from);
    const { stop, isUsers } = await this.runBackTo({ addresses: new Set([target.pc]), isReached: (_pc, position) => position === target.position }, user);
    if (stop.reason === 'paused') throw new Cancelled();
    if (stop.position > target.position || (stop.reason !== 'breakpoint' && stop.reason !== 'beginning')) return stop;
    if (stop.position < target.position) await this.standAt(target);
    return isUsers && stop.position === target.position ? stop : this.stepped;
  }
}
