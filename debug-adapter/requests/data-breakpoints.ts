/** dataBreakpointInfo, setDataBreakpoints. A data id is `address:size`. */
import type { Watch } from '../../emulator/index.ts';
import { Arguments, formatAddress, parseAddress } from '../arguments.ts';
import { errors } from '../errors.ts';
import type { RequestHandler } from '../request.ts';
import { optionsOf, setGroup } from './breakpoint-fields.ts';

const SIZE_MAX_BYTES = 4096;
const COUNT_MAX = 32;
const accessTypes = ['write', 'read', 'readWrite'];

export const dataBreakpointInfo: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('dataBreakpointInfo', args);
  const name = fields.string('name');
  const reference = fields.optionalInteger('variablesReference');
  const size = fields.optionalInteger('bytes', 1, SIZE_MAX_BYTES);
  const view = debuggee.stopped;
  // A variable may live elsewhere in the next run: only what was asked for by address is kept for it.
  const isAddress = fields.optionalBoolean('asAddress') === true;
  const place = isAddress
    ? { address: parseAddress(name), sizeBytes: size ?? 8 }
    : reference !== undefined && reference > 0
      ? view.placeOfVariable(reference, name)
      : view.placeOfExpression(name, fields.optionalInteger('frameId'));
  if (place === undefined) return { body: { dataId: null, description: `'${name}' is not in memory, so no data breakpoint can watch it.` } };
  const sizeBytes = Math.min(size ?? place.sizeBytes, SIZE_MAX_BYTES);
  const dataId = `${formatAddress(place.address)}:${sizeBytes}`;
  return { body: { dataId, description: `${name} (${sizeBytes} bytes at ${formatAddress(place.address)})`, accessTypes, canPersist: isAddress } };
};

function parse(fields: Arguments): Watch {
  const dataId = fields.string('dataId');
  const [address, size] = dataId.split(':');
  const sizeBytes = Number(size);
  if (address === undefined || !Number.isInteger(sizeBytes) || sizeBytes < 1 || sizeBytes > SIZE_MAX_BYTES) {
    throw errors.badArgument('setDataBreakpoints', 'dataId', 'one that dataBreakpointInfo returned');
  }
  const access = fields.optionalString('accessType') ?? 'write';
  return { address: parseAddress(address), sizeBytes, kind: access === 'read' ? 'read' : access === 'readWrite' ? 'access' : 'write' };
}

export const setDataBreakpoints: RequestHandler = (debuggee, args) => {
  const wanted = new Arguments('setDataBreakpoints', args).objects('breakpoints');
  return setGroup(debuggee, 'data', wanted.map((fields, index) => {
    const place = { kind: 'data', watch: parse(fields) } as const;
    const options = optionsOf(fields);
    return index < COUNT_MAX ? { wanted: { place, options }, details: {} } : { details: {}, problem: `At most ${COUNT_MAX} data breakpoints at a time.` };
  }));
};
