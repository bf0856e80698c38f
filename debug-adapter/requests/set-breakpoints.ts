/** setBreakpoints: by source line. */
import { Arguments } from '../arguments.ts';
import type { AddressBreakpoint } from '../breakpoints.ts';
import type { RequestHandler } from '../request.ts';

export const setBreakpoints: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('setBreakpoints', args);
  const path = fields.object('source').string('path');
  const wanted = fields.objects('breakpoints');
  const { symbols } = debuggee.loaded;
  const shift = debuggee.client.linesStartAt1 ? 0 : 1;
  const set: AddressBreakpoint[] = [];
  const breakpoints = wanted.map((each) => {
    const asked = each.integer('line') + shift;
    const id = debuggee.breakpoints.nextId();
    const found = symbols.breakpointAddresses(path, asked);
    if (found === undefined) return { id, verified: false, line: asked - shift, message: `No code of the guest comes from this line or the ones after it in ${path}.` };
    set.push({ id, addresses: found.addresses });
    return { id, verified: true, line: found.line - shift };
  });
  debuggee.breakpoints.setSource(path, set);
  debuggee.motion.breakpointsChanged();
  return { body: { breakpoints } };
};
