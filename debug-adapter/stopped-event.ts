/** How a stop is told to the client: the body of the `stopped` event, and a line for the debug console where words help. */
import { formatPosition } from '../emulator/index.ts';
import type { SessionStop } from '../emulator/index.ts';
import { formatAddress } from './arguments.ts';
import type { Debuggee } from './debuggee.ts';
import { describeCause, interruptName } from './exception-causes.ts';
import { panicMessage } from './guest-panic.ts';

export interface StoppedBody {
  readonly reason: string;
  readonly description?: string;
  readonly text?: string;
  readonly threadId: 1;
  readonly allThreadsStopped: true;
  readonly hitBreakpointIds?: readonly number[];
}

export function bytesText(count: number): string {
  return count === 1 ? '1 byte' : `${count} bytes`;
}

export function stoppedEvent(stop: SessionStop, debuggee: Debuggee): { event: StoppedBody; notice?: string } {
  const base = { threadId: 1, allThreadsStopped: true } as const;
  const at = formatPosition(stop.position);
  const verdict = debuggee.breakpoints.verdict(stop);
  const hit = verdict === undefined ? {} : debuggee.breakpoints.describe(verdict);
  const problem = verdict?.problem;
  switch (stop.reason) {
    case 'breakpoint': {
      const { symbols, session } = debuggee.loaded;
      if (debuggee.breakpoints.isPanic(stop)) {
        const text = panicMessage(session.inspect, symbols);
        return { event: { ...base, ...hit, reason: 'exception', description: 'Paused on kernel panic', text }, notice: `Kernel panic: ${text}, ${at}` };
      }
      return { event: { ...base, reason: 'breakpoint', ...hit }, ...(problem === undefined ? {} : { notice: `${problem}, ${at}` }) };
    }
    case 'watch': {
      const { kind, sizeBytes, address } = stop.hit;
      const what = `${kind === 'write' ? 'Write' : 'Read'} of ${bytesText(sizeBytes)} at ${formatAddress(address)}`;
      const text = problem === undefined ? what : `${what}. ${problem}`;
      return { event: { ...base, ...hit, reason: 'data breakpoint', description: 'Paused on data breakpoint', text }, notice: `${text}, ${at}` };
    }
    case 'trap': {
      const what = describeCause(stop.trap.cause, stop.trap.value);
      const text = problem === undefined ? what : `${what}. ${problem}`;
      return { event: { ...base, ...hit, reason: 'exception', description: 'Paused on exception', text }, notice: `Exception: ${text}, ${at}` };
    }
    case 'interrupt': {
      const what = interruptName(stop.interrupt.cause);
      const text = problem === undefined ? what : `${what}. ${problem}`;
      return { event: { ...base, ...hit, reason: 'exception', description: 'Paused on interrupt', text }, notice: `${text}, ${at}` };
    }
    case 'step':
      return { event: { ...base, reason: 'step' } };
    case 'seek':
      return { event: { ...base, reason: 'goto', description: `Paused at ${at}` } };
    case 'paused':
      return { event: { ...base, reason: 'pause' } };
    case 'beginning':
      return { event: { ...base, reason: 'entry', description: 'Beginning of the recording' }, notice: 'This is the beginning: the machine has just been powered on.' };
    case 'end':
      return { event: { ...base, reason: 'pause', description: 'End of the recording' }, notice: `This is the end of the recording, ${at}.` };
    case 'power-off':
      return { event: { ...base, reason: 'pause', description: `Powered off, exit code ${stop.exitCode}` }, notice: `The guest powered off with exit code ${stop.exitCode}, ${at}. You can still step back.` };
    case 'reset':
      return { event: { ...base, reason: 'pause', description: 'Stopped: the guest asked for a reset' }, notice: `The guest asked for a reset, which Chronovisor does not do: the machine stops here, ${at}. You can still step back.` };
  }
}
