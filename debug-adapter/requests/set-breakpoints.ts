/** setBreakpoints: by source line, or by line of a disassembly; breakpointLocations: where they can be. */
import { Arguments, formatAddress } from '../arguments.ts';
import type { Debuggee } from '../debuggee.ts';
import type { RequestHandler } from '../request.ts';
import type { SymbolSet } from '../symbol-set.ts';
import { optionsOf, setGroup, spacesOf } from './breakpoint-fields.ts';
import type { Asked } from './breakpoint-fields.ts';

/** Lines of one question for locations. */
const LINES_MAX = 10_000;

interface Shifts {
  readonly line: 0 | 1;
  readonly column: 0 | 1;
}

function shiftsOf({ client }: Debuggee): Shifts {
  return { line: client.linesStartAt1 ? 0 : 1, column: client.columnsStartAt1 ? 0 : 1 };
}

export const setBreakpoints: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('setBreakpoints', args);
  const given = fields.object('source');
  const reference = given.optionalInteger('sourceReference') ?? 0;
  const path = reference > 0 ? '' : given.string('path');
  const wanted = fields.objects('breakpoints');
  const { symbols } = debuggee.loaded;
  const shifts = shiftsOf(debuggee);
  if (reference > 0) return setGroup(debuggee, `listing ${reference}`, wanted.map((each) => inListing(debuggee, reference, each, shifts)));
  return setGroup(debuggee, `source ${path}`, wanted.map((each) => inSource(symbols, path, each, shifts)));
};

function inSource(symbols: SymbolSet, path: string, fields: Arguments, shifts: Shifts): Asked {
  const line = fields.integer('line') + shifts.line;
  const column = fields.optionalInteger('column');
  const options = optionsOf(fields);
  const found = symbols.breakpointAddresses(path, line);
  if (found === undefined) return { details: { line: line - shifts.line }, problem: `No code of the guest comes from this line or the ones after it in ${path}.` };
  // In a line that has no code, a column says nothing about the next one.
  const within = column === undefined || found.line !== line ? undefined : atColumn(symbols, path, line, column + shifts.column);
  const addresses = within?.addresses ?? found.addresses;
  return {
    wanted: { place: { kind: 'line', addresses, ...spacesOf(symbols, addresses, path) }, options },
    details: { line: found.line - shifts.line, ...(within === undefined ? {} : { column: within.column - shifts.column }) },
  };
}

/** The last statement of the line that begins at or before the column; the first one, if all are behind it. */
function atColumn(symbols: SymbolSet, path: string, line: number, column: number): { column: number; addresses: bigint[] } | undefined {
  const places = symbols.breakpointLocations(path, line, line);
  return places.filter((place) => place.column <= column).at(-1) ?? places[0];
}

/** Lines of a disassembly that stands in for source are instructions. */
function inListing(debuggee: Debuggee, reference: number, fields: Arguments, shifts: Shifts): Asked {
  const line = fields.integer('line') + shifts.line;
  const options = optionsOf(fields);
  const found = debuggee.listings.addressOf(reference, line);
  if (found === undefined) return { details: { line: line - shifts.line }, problem: 'No instruction of the guest is in this line.' };
  return {
    wanted: { place: { kind: 'line', addresses: [found.address] }, options },
    details: { line: found.line - shifts.line, instructionReference: formatAddress(found.address) },
  };
}

export const breakpointLocations: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('breakpointLocations', args);
  const given = fields.object('source');
  const reference = given.optionalInteger('sourceReference') ?? 0;
  const path = reference > 0 ? '' : given.string('path');
  const shifts = shiftsOf(debuggee);
  const line = fields.integer('line') + shifts.line;
  const endLine = Math.min((fields.optionalInteger('endLine') ?? line - shifts.line) + shifts.line, line + LINES_MAX);
  const first = fields.optionalInteger('column');
  const last = fields.optionalInteger('endColumn');
  const { symbols } = debuggee.loaded;
  const places = reference > 0 ? debuggee.listings.linesBetween(reference, line, endLine).map((each) => ({ line: each, column: 1 })) : symbols.breakpointLocations(path, line, endLine);
  const isBefore = (place: { line: number; column: number }): boolean => first !== undefined && place.line === line && place.column < first + shifts.column;
  const isBehind = (place: { line: number; column: number }): boolean => last !== undefined && place.line === endLine && place.column > last + shifts.column;
  const breakpoints = places.filter((place) => !isBefore(place) && !isBehind(place))
    .map((place) => ({ line: place.line - shifts.line, ...(place.column > 0 ? { column: place.column - shifts.column } : {}) }));
  return { body: { breakpoints } };
};
