/** Custom request `chronovisor/console`: what the user typed into the terminal. */
import { Arguments } from '../arguments.ts';
import { errors } from '../errors.ts';
import type { ConsoleInputBody } from '../protocol.ts';
import type { RequestHandler } from '../request.ts';

const INPUT_MAX_BYTES = 64 * 1024;

export const consoleInput: RequestHandler = (debuggee, args) => {
  const bytes = Buffer.from(new Arguments('chronovisor/console', args).string('base64'), 'base64');
  if (bytes.length > INPUT_MAX_BYTES) throw errors.badArgument('chronovisor/console', 'base64', `at most ${INPUT_MAX_BYTES} bytes`);
  const body: ConsoleInputBody = { accepted: debuggee.loaded.session.consoleInput(bytes) };
  return { body };
};
