/** readMemory: guest memory as the guest sees it (virtual addresses; devices are never read). */
import { Arguments, formatAddress } from '../arguments.ts';
import type { RequestHandler } from '../request.ts';

const READ_MAX_BYTES = 1024 * 1024;

export const readMemory: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('readMemory', args);
  const offset = BigInt(fields.optionalInteger('offset', Number.MIN_SAFE_INTEGER) ?? 0);
  const address = BigInt.asUintN(64, fields.address('memoryReference') + offset);
  const count = Math.min(fields.integer('count'), READ_MAX_BYTES);
  const { session } = debuggee.stopped;
  const bytes = session.inspect.readVirtual(address, count);
  return {
    body: {
      address: formatAddress(address),
      data: Buffer.from(bytes).toString('base64'),
      ...(bytes.length < count ? { unreadableBytes: count - bytes.length } : {}),
    },
  };
};
