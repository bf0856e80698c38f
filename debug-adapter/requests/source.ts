/** source: the text of a listing that stands in for source. */
import { Arguments } from '../arguments.ts';
import { errors } from '../errors.ts';
import type { RequestHandler } from '../request.ts';

export const source: RequestHandler = (debuggee, args) => {
  const reference = new Arguments('source', args).integer('sourceReference');
  const content = debuggee.listings.text(reference, debuggee.loaded.symbols);
  if (content === undefined) throw errors.noSuchSource();
  return { body: { content, mimeType: 'text/x-riscv-assembly' } };
};
