/** setInstructionBreakpoints. */
import { Arguments, formatAddress } from '../arguments.ts';
import type { RequestHandler } from '../request.ts';
import { optionsOf, setGroup } from './breakpoint-fields.ts';

export const setInstructionBreakpoints: RequestHandler = (debuggee, args) => {
  const wanted = new Arguments('setInstructionBreakpoints', args).objects('breakpoints');
  return setGroup(debuggee, 'instructions', wanted.map((fields) => {
    const offset = BigInt(fields.optionalInteger('offset', Number.MIN_SAFE_INTEGER) ?? 0);
    const address = BigInt.asUintN(64, fields.address('instructionReference') + offset);
    return { wanted: { place: { kind: 'instruction', addresses: [address] }, options: optionsOf(fields) }, details: { instructionReference: formatAddress(address) } };
  }));
};
