/** setExceptionBreakpoints, exceptionInfo. */
import { Arguments } from '../arguments.ts';
import { RequestError } from '../errors.ts';
import { causeName, describeCause } from '../exception-causes.ts';
import type { RequestHandler } from '../request.ts';

export const setExceptionBreakpoints: RequestHandler = (debuggee, args) => {
  debuggee.breakpoints.setExceptionFilters(new Arguments('setExceptionBreakpoints', args).strings('filters'));
  debuggee.motion.breakpointsChanged();
  return undefined;
};

export const exceptionInfo: RequestHandler = (debuggee) => {
  const stop = debuggee.motion.lastStop;
  if (stop?.reason !== 'trap') throw new RequestError('The machine is not stopped at an exception.');
  const { cause, value } = stop.trap;
  return { body: { exceptionId: causeName(cause), description: describeCause(cause, value), breakMode: 'always' } };
};
