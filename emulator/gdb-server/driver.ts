/** Who moves the session in time on behalf of a GDB client, alone or beside somebody else. */
import type { StateEdit } from '../machine/machine-types.ts';
import type { CancelSignal, Control, Session, SessionStop } from '../session/session-types.ts';
import { WakeSignal } from '../session/wake-signal.ts';
import { UserError } from '../user-error.ts';

/** Performs a motion. Has to end soon after the signal aborts. */
export type GdbMotion = (control: Control) => Promise<SessionStop>;

export interface GdbDriver {
  readonly session: Session;
  /** Somebody moves the machine: it can be neither moved nor looked at. */
  readonly moving: boolean;
  /** Performs a motion, which others see begin and end; `title` names it where it is shown. Refused with a UserError while `moving`. */
  move(title: string, motion: GdbMotion): Promise<SessionStop>;
  /** Whatever moves ends as soon as its slice does, with the reason 'paused'. */
  interrupt(): void;
  /** Waits until nothing moves; how the last motion ended, if there was one. */
  rest(): Promise<SessionStop | undefined>;
  /** Changes state. Refused with a UserError in the past, and while `moving`. */
  edit(edits: readonly StateEdit[]): void;
}

/** Nobody else moves the session. */
export class SoloDriver implements GdbDriver {
  readonly session: Session;
  #signal: (WakeSignal & CancelSignal) | undefined;
  #motion: Promise<SessionStop | undefined> = Promise.resolve(undefined);

  constructor(session: Session) {
    this.session = session;
  }

  get moving(): boolean {
    return this.#signal !== undefined;
  }

  move(_title: string, motion: GdbMotion): Promise<SessionStop> {
    this.#refuseWhileMoving();
    const signal = new WakeSignal();
    this.#signal = signal;
    const done = motion({ signal }).finally(() => { this.#signal = undefined; });
    this.#motion = done.catch(() => undefined);
    return done;
  }

  interrupt(): void {
    this.#signal?.wake();
  }

  rest(): Promise<SessionStop | undefined> {
    return this.#motion;
  }

  edit(edits: readonly StateEdit[]): void {
    this.#refuseWhileMoving();
    this.session.edit(edits);
  }

  #refuseWhileMoving(): void {
    if (this.moving) throw new UserError('The machine is running: interrupt it first.');
  }
}
