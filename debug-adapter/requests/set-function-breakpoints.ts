/** setFunctionBreakpoints: by the name of a function, or by an address. */
import { Arguments, formatAddress, parseAddress } from '../arguments.ts';
import type { Debuggee } from '../debuggee.ts';
import type { RequestHandler } from '../request.ts';
import type { SymbolSet } from '../symbol-set.ts';
import { optionsOf, setGroup, spacesOf } from './breakpoint-fields.ts';
import type { Asked } from './breakpoint-fields.ts';

const COUNT_MAX = 1000;

function addressesOf(name: string, symbols: SymbolSet): bigint[] {
  return /^(0x[0-9a-f]{1,16}|\*\s*0x[0-9a-f]{1,16})$/i.test(name) ? [parseAddress(name.replace(/^\*\s*/, ''))] : symbols.functionAddresses(name);
}

export const setFunctionBreakpoints: RequestHandler = (debuggee, args) => {
  const wanted = new Arguments('setFunctionBreakpoints', args).objects('breakpoints');
  const { symbols } = debuggee.loaded;
  return setGroup(debuggee, 'functions', wanted.map((each, index) => atFunction(debuggee, symbols, each, index)));
};

function atFunction(debuggee: Debuggee, symbols: SymbolSet, fields: Arguments, index: number): Asked {
  const name = fields.string('name').trim();
  const options = optionsOf(fields);
  if (index >= COUNT_MAX) return { details: {}, problem: `At most ${COUNT_MAX} function breakpoints at a time.` };
  const addresses = addressesOf(name, symbols);
  const [first] = addresses;
  if (first === undefined) return { details: {}, problem: `The guest has no function '${name}'.` };
  const location = symbols.location(first);
  const source = location && symbols.source(location.path);
  const lineShift = debuggee.client.linesStartAt1 ? 0 : 1;
  return {
    wanted: { place: { kind: 'function', addresses, ...spacesOf(symbols, addresses) }, options },
    details: { instructionReference: formatAddress(first), ...(location === undefined || source?.path === undefined ? {} : { source, line: location.line - lineShift }) },
  };
}
