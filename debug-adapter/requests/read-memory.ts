/** readMemory, writeMemory: guest memory as the guest sees it (virtual addresses; devices are never touched). */
import { Arguments, formatAddress } from '../arguments.ts';
import { applyEdits, tellEdited } from '../edits.ts';
import { RequestError, errors } from '../errors.ts';
import type { RequestHandler } from '../request.ts';

const READ_MAX_BYTES = 1024 * 1024;
const WRITE_MAX_BYTES = 64 * 1024;
const BASE64 = /^[A-Za-z0-9+/]*={0,2}$/;

export const readMemory: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('readMemory', args);
  const offset = fields.optionalInteger('offset', Number.MIN_SAFE_INTEGER) ?? 0;
  const address = BigInt.asUintN(64, fields.address('memoryReference') + BigInt(offset));
  const count = Math.min(fields.integer('count'), READ_MAX_BYTES);
  const { session } = debuggee.stopped;
  const bytes = session.inspect.readVirtual(address, count);
  if (debuggee.client.memoryEvents && count > 0) debuggee.shownMemory.note(fields.string('memoryReference'), offset, count);
  return {
    body: {
      address: formatAddress(address),
      data: Buffer.from(bytes).toString('base64'),
      ...(bytes.length < count ? { unreadableBytes: count - bytes.length } : {}),
    },
  };
};

export const writeMemory: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('writeMemory', args);
  const offset = fields.optionalInteger('offset', Number.MIN_SAFE_INTEGER) ?? 0;
  const address = BigInt.asUintN(64, fields.address('memoryReference') + BigInt(offset));
  const data = fields.string('data');
  const allowPartial = fields.optionalBoolean('allowPartial') ?? false;
  if (!BASE64.test(data)) throw errors.badArgument('writeMemory', 'data', 'base64');
  const bytes = new Uint8Array(Buffer.from(data, 'base64'));
  if (bytes.length > WRITE_MAX_BYTES) throw errors.badArgument('writeMemory', 'data', `at most ${WRITE_MAX_BYTES} bytes`);
  const { session } = debuggee.stopped;
  const there = session.inspect.readVirtual(address, bytes.length).length;
  if (there < bytes.length && !(allowPartial && there > 0)) {
    throw new RequestError(`There is no memory at ${formatAddress(BigInt.asUintN(64, address + BigInt(there)))}: nothing was written.`, true);
  }
  if (there > 0) applyEdits(debuggee, [{ kind: 'memory', address, bytes: bytes.subarray(0, there) }]);
  return { body: { offset: 0, bytesWritten: there }, afterwards: () => { tellEdited(debuggee); } };
};
