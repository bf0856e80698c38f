/** A GDB beside the client: both drive the same machine, and each sees what the other one does. */
import type { GdbDriver, GdbMotion, Session, SessionStop, StateEdit } from '../emulator/index.ts';
import { listenForGdb } from '../emulator/host/gdb-listener.ts';
import { UserError } from '../emulator/user-error.ts';
import type { Arguments } from './arguments.ts';
import type { Debuggee } from './debuggee.ts';
import { errors } from './errors.ts';

const PORT_MAX = 65_535;

/** GDB's motions are motions of the debuggee: the client is told that it runs, then where it stopped. */
class AdapterGdbDriver implements GdbDriver {
  readonly session: Session;
  private readonly debuggee: Debuggee;

  constructor(session: Session, debuggee: Debuggee) {
    this.session = session;
    this.debuggee = debuggee;
  }

  get moving(): boolean {
    return this.debuggee.motion.running;
  }

  async move(title: string, motion: GdbMotion): Promise<SessionStop> {
    const { debuggee } = this;
    this.refuseWhileMoving();
    debuggee.emit('continued', { threadId: 1, allThreadsContinued: true });
    let failure: unknown;
    const travel: GdbMotion = (control) => motion(control).catch((error: unknown) => {
      failure = error;
      throw error;
    });
    debuggee.motion.start(title, travel, { followsBreakpoints: false, meetsBreakpoints: false });
    // The client may have turned it into another motion, whose stop it then is.
    const stop = await debuggee.motion.rest();
    if (stop !== undefined) return stop;
    throw failure instanceof Error ? failure : new UserError('The motion has failed: the debug console of VS Code says why.');
  }

  interrupt(): void {
    this.debuggee.motion.pause();
  }

  rest(): Promise<SessionStop | undefined> {
    return this.debuggee.motion.rest();
  }

  edit(edits: readonly StateEdit[]): void {
    this.refuseWhileMoving();
    this.session.edit(edits);
    this.debuggee.forgetView();
    if (this.debuggee.client.invalidated) this.debuggee.emit('invalidated', { areas: ['all'] });
  }

  private refuseWhileMoving(): void {
    if (this.moving) throw new UserError('The machine is running: VS Code moves it. Interrupt it first.');
  }
}

/** Launch attribute `gdb`: a port, or true for any free one; undefined: no GDB server. */
export function gdbPort(fields: Arguments, args: unknown): number | undefined {
  const value = (args as { gdb?: unknown }).gdb;
  if (value === undefined || value === null || value === false) return undefined;
  if (value === true) return 0;
  if (typeof value !== 'number') throw errors.badArgument('launch', 'gdb', 'true or the number of a port');
  return fields.integer('gdb', 0, PORT_MAX);
}

/** Listens until the session is closed. */
export async function serveGdbBeside(debuggee: Debuggee, session: Session, port: number): Promise<void> {
  const endpoint = await listenForGdb(new AdapterGdbDriver(session, debuggee), {
    port, onNotice: (sentence) => { debuggee.emit('output', { category: 'important', output: `${sentence}\n` }); },
  });
  session.onClosed(() => { void endpoint.close(); });
  debuggee.emit('output', { category: 'console', output: `GDB can connect to this machine: ${endpoint.command}\n` });
}
