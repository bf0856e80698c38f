/** setInstructionBreakpoints. */
import { Arguments, formatAddress } from '../arguments.ts';
import type { RequestHandler } from '../request.ts';

export const setInstructionBreakpoints: RequestHandler = (debuggee, args) => {
  const wanted = new Arguments('setInstructionBreakpoints', args).objects('breakpoints');
  const set = wanted.map((fields) => {
    const offset = BigInt(fields.optionalInteger('offset', Number.MIN_SAFE_INTEGER) ?? 0);
    return { id: debuggee.breakpoints.nextId(), addresses: [BigInt.asUintN(64, fields.address('instructionReference') + offset)] };
  });
  debuggee.breakpoints.setInstructions(set);
  debuggee.motion.breakpointsChanged();
  const breakpoints = set.map(({ id, addresses }) => ({ id, verified: true, ...addresses.slice(0, 1).map((address) => ({ instructionReference: formatAddress(address) }))[0] }));
  return { body: { breakpoints } };
};
