/** setExceptionBreakpoints, exceptionInfo. */
import { Arguments } from '../arguments.ts';
import { RequestError } from '../errors.ts';
import { causeName, describeCause } from '../exception-causes.ts';
import type { Debuggee } from '../debuggee.ts';
import { panicMessage } from '../guest-panic.ts';
import { shortPlace } from '../listings.ts';
import type { RequestHandler } from '../request.ts';

export const setExceptionBreakpoints: RequestHandler = (debuggee, args) => {
  debuggee.breakpoints.setExceptionFilters(new Arguments('setExceptionBreakpoints', args).strings('filters'));
  debuggee.motion.breakpointsChanged();
  return undefined;
};

export const exceptionInfo: RequestHandler = (debuggee) => {
  const stop = debuggee.motion.lastStop;
  const { session, symbols } = debuggee.loaded;
  if (stop?.reason === 'breakpoint' && debuggee.breakpoints.isPanic(session.inspect.pc)) {
    return { body: { exceptionId: 'Kernel panic', description: panicMessage(session.inspect, symbols), breakMode: 'always', details: { stackTrace: stackText(debuggee) } } };
  }
  if (stop?.reason !== 'trap') throw new RequestError('The machine is not stopped at an exception.');
  const { cause, value } = stop.trap;
  return { body: { exceptionId: causeName(cause), description: describeCause(cause, value), breakMode: 'always' } };
};

/** The calls that led to a panic, one a line. */
function stackText(debuggee: Debuggee): string {
  const lines = debuggee.stopped.stack.map(({ name, location }) => `at ${name}${location === undefined ? '' : ` (${shortPlace(location)})`}`);
  return lines.join('\n');
}
