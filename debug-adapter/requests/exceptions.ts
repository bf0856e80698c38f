/** setExceptionBreakpoints, exceptionInfo. */
import { Arguments } from '../arguments.ts';
import type { ExceptionChoice } from '../breakpoints/breakpoints.ts';
import { RequestError } from '../errors.ts';
import { causeName, describeCause, interruptName } from '../exception-causes.ts';
import type { Debuggee } from '../debuggee.ts';
import { panicMessage } from '../guest-panic.ts';
import { shortPlace } from '../listings.ts';
import type { RequestHandler, RequestResult } from '../request.ts';
import { explainInterrupt, explainTrap } from '../trap-words.ts';
import { stateOf } from './breakpoint-fields.ts';

export const setExceptionBreakpoints: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('setExceptionBreakpoints', args);
  const filters = fields.strings('filters').map((filter): ExceptionChoice => ({ filter }));
  const withOptions = fields.objects('filterOptions').map((each): ExceptionChoice => {
    const condition = each.optionalString('condition')?.trim() ?? '';
    return { filter: each.string('filterId'), ...(condition === '' ? {} : { condition }) };
  });
  const made = debuggee.breakpoints.setExceptions([...filters, ...withOptions]);
  debuggee.motion.breakpointsChanged();
  const breakpoints = made.map((breakpoint) => (breakpoint === undefined ? { verified: false, message: 'There is no such filter.' } : stateOf(breakpoint, {})));
  return { body: { breakpoints } };
};

export const exceptionInfo: RequestHandler = (debuggee) => {
  const stop = debuggee.motion.lastStop;
  const { session, symbols } = debuggee.resting;
  if (stop !== undefined && debuggee.breakpoints.isPanic(stop)) {
    return answer(debuggee, 'Kernel panic', panicMessage(session.inspect, symbols), undefined);
  }
  if (stop?.reason === 'interrupt') {
    const { cause } = stop.interrupt;
    return answer(debuggee, interruptName(cause), interruptName(cause), explainInterrupt(stop.interrupt, session.inspect, symbols));
  }
  if (stop?.reason !== 'trap') throw new RequestError('The machine is not stopped at an exception.');
  const { cause, value } = stop.trap;
  return answer(debuggee, causeName(cause), describeCause(cause, value), explainTrap(stop.trap, session.inspect, symbols));
};

function answer(debuggee: Debuggee, exceptionId: string, description: string, message: string | undefined): RequestResult {
  const details = { ...(message === undefined ? {} : { message }), typeName: exceptionId, stackTrace: stackText(debuggee) };
  return { body: { exceptionId, description, breakMode: 'always', details } };
}

/** The calls that led there, one a line. */
function stackText(debuggee: Debuggee): string {
  const lines = debuggee.stopped.stack.map(({ name, location }) => `at ${name}${location === undefined ? '' : ` (${shortPlace(location)})`}`);
  return lines.join('\n');
}
