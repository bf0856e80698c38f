/** Custom requests `chronovisor/previousEvent` and `chronovisor/nextEvent`: to the moments at which something came from outside. */
import { formatPosition } from '../../emulator/index.ts';
import { RequestError } from '../errors.ts';
import type { RequestHandler } from '../request.ts';

function eventRequest(direction: 'previous' | 'next'): RequestHandler {
  return (debuggee) => {
    const { session } = debuggee.resting;
    const { position, events } = session.timeline(Number.MAX_SAFE_INTEGER);
    const event = direction === 'previous' ? events.findLast((each) => each.position < position) : events.find((each) => each.position > position);
    if (event === undefined) {
      throw new RequestError(direction === 'previous'
        ? `No event is recorded before ${formatPosition(position)}: nothing came from outside until then.`
        : `No event is recorded after ${formatPosition(position)}: continue, and what comes from outside will be one.`, true);
    }
    const title = `Going to ${event.summary} at ${formatPosition(event.position)}`;
    return { afterwards: () => { debuggee.motion.start(title, (control) => session.seek(event.position, control), { meetsBreakpoints: false }); } };
  };
}

export const previousEvent = eventRequest('previous');
export const nextEvent = eventRequest('next');
