/** setFunctionBreakpoints: by the name of a function, or by an address. */
import { Arguments, formatAddress, parseAddress } from '../arguments.ts';
import type { AddressBreakpoint } from '../breakpoints.ts';
import type { RequestHandler } from '../request.ts';
import type { SymbolSet } from '../symbol-set.ts';

const COUNT_MAX = 1000;

function addressesOf(name: string, symbols: SymbolSet): bigint[] {
  return /^(0x[0-9a-f]{1,16}|\*\s*0x[0-9a-f]{1,16})$/i.test(name) ? [parseAddress(name.replace(/^\*\s*/, ''))] : symbols.functionAddresses(name);
}

export const setFunctionBreakpoints: RequestHandler = (debuggee, args) => {
  const wanted = new Arguments('setFunctionBreakpoints', args).objects('breakpoints');
  const { symbols } = debuggee.loaded;
  const lineShift = debuggee.client.linesStartAt1 ? 0 : 1;
  const set: AddressBreakpoint[] = [];
  const breakpoints = wanted.map((each, index) => {
    const name = each.string('name').trim();
    const id = debuggee.breakpoints.nextId();
    const addresses = index < COUNT_MAX ? addressesOf(name, symbols) : [];
    const [first] = addresses;
    if (first === undefined) {
      return { id, verified: false, message: index < COUNT_MAX ? `The guest has no function '${name}'.` : `At most ${COUNT_MAX} function breakpoints at a time.` };
    }
    set.push({ id, addresses });
    const location = symbols.location(first);
    const source = location && symbols.source(location.path);
    return {
      id, verified: true, instructionReference: formatAddress(first),
      ...(location === undefined || source?.path === undefined ? {} : { source, line: location.line - lineShift }),
    };
  });
  debuggee.breakpoints.setFunctions(set);
  debuggee.motion.breakpointsChanged();
  return { body: { breakpoints } };
};
