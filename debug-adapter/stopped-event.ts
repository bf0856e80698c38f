/** How a stop is told to the client: the body of the `stopped` event, and a line for the debug console where words help. */
import { formatPosition } from '../emulator/index.ts';
import type { SessionStop } from '../emulator/index.ts';
import { formatAddress } from './arguments.ts';
import type { Debuggee } from './debuggee.ts';
import { describeCause } from './exception-causes.ts';
import { panicMessage } from './guest-panic.ts';

export interface StoppedBody {
  readonly reason: string;
  readonly description?: string;
  readonly text?: string;
  readonly threadId: 1;
  readonly allThreadsStopped: true;
  readonly hitBreakpointIds?: readonly number[];
}

export function stoppedEvent(stop: SessionStop, debuggee: Debuggee): { event: StoppedBody; notice?: string } {
  const base = { threadId: 1, allThreadsStopped: true } as const;
  const at = formatPosition(stop.position);
  switch (stop.reason) {
    case 'breakpoint': {
      const { symbols, session } = debuggee.loaded;
      if (debuggee.breakpoints.isPanic(session.inspect.pc)) {
        const text = panicMessage(session.inspect, symbols);
        return { event: { ...base, reason: 'exception', description: 'Paused on kernel panic', text }, notice: `Kernel panic: ${text}, ${at}` };
      }
      return { event: { ...base, ...debuggee.breakpoints.describeHit(session.inspect.pc) } };
    }
    case 'watch': {
      const { hit } = stop;
      const what = `${hit.kind === 'write' ? 'Write' : 'Read'} of ${hit.sizeBytes} bytes at ${formatAddress(hit.address)}`;
      const ids = debuggee.breakpoints.watchIdsAt(hit.address, hit.sizeBytes);
      return { event: { ...base, reason: 'data breakpoint', description: 'Paused on data breakpoint', text: what, hitBreakpointIds: ids }, notice: `${what}, ${at}` };
    }
    case 'trap': {
      const text = describeCause(stop.trap.cause, stop.trap.value);
      return { event: { ...base, reason: 'exception', description: 'Paused on exception', text }, notice: `Exception: ${text}, ${at}` };
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
