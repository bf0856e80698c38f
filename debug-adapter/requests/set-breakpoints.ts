/** setBreakpoints: by source line. */
import { Arguments, formatAddress } from '../arguments.ts';
import type { AddressBreakpoint } from '../breakpoints.ts';
import type { Debuggee } from '../debuggee.ts';
import type { RequestHandler, RequestResult } from '../request.ts';

export const setBreakpoints: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('setBreakpoints', args);
  const given = fields.object('source');
  const reference = given.optionalInteger('sourceReference') ?? 0;
  if (reference > 0) return setInListing(debuggee, fields, reference);
  const path = given.string('path');
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

/** Lines of a disassembly that stands in for source are instructions. */
function setInListing(debuggee: Debuggee, fields: Arguments, reference: number): RequestResult {
  const shift = debuggee.client.linesStartAt1 ? 0 : 1;
  const set: AddressBreakpoint[] = [];
  const breakpoints = fields.objects('breakpoints').map((each) => {
    const asked = each.integer('line') + shift;
    const id = debuggee.breakpoints.nextId();
    const found = debuggee.listings.addressOf(reference, asked);
    if (found === undefined) return { id, verified: false, line: asked - shift, message: 'No instruction of the guest is in this line.' };
    set.push({ id, addresses: [found.address] });
    return { id, verified: true, line: found.line - shift, instructionReference: formatAddress(found.address) };
  });
  debuggee.breakpoints.setSource(`listing ${reference}`, set);
  debuggee.motion.breakpointsChanged();
  return { body: { breakpoints } };
}
