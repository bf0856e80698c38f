/** Custom request `chronovisor/console`: what the user typed into the terminal. */
import { Arguments } from '../arguments.ts';
import { errors } from '../errors.ts';
import type { ConsoleInputBody, TimelineBody } from '../protocol.ts';
import type { RequestHandler } from '../request.ts';

const INPUT_MAX_BYTES = 64 * 1024;

function refusal({ live, finished }: TimelineBody): string {
  if (finished) return 'The recording is finished: it takes no keys any more.';
  return live ? 'The machine is stopped at an exception: continue to type on.' : 'This is the past, which takes no keys: continue to the live end first.';
}

export const consoleInput: RequestHandler = (debuggee, args) => {
  const bytes = Buffer.from(new Arguments('chronovisor/console', args).string('base64'), 'base64');
  if (bytes.length > INPUT_MAX_BYTES) throw errors.badArgument('chronovisor/console', 'base64', `at most ${INPUT_MAX_BYTES} bytes`);
  const accepted = debuggee.loaded.session.consoleInput(bytes);
  const body: ConsoleInputBody = accepted ? { accepted } : { accepted, refusal: refusal(debuggee.timeline()) };
  return { body };
};
