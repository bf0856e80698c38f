/** Custom requests `chronovisor/console`, what the user typed into the terminal, and `chronovisor/terminalSize`. */
import { Arguments } from '../arguments.ts';
import { errors } from '../errors.ts';
import type { ConsoleInputBody, TimelineBody } from '../protocol.ts';
import type { RequestHandler } from '../request.ts';

const INPUT_MAX_BYTES = 64 * 1024;
const SIZE_MAX = 0xffff;

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

export const terminalSize: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('chronovisor/terminalSize', args);
  debuggee.loaded.session.terminalSize({ columns: fields.integer('columns', 1, SIZE_MAX), rows: fields.integer('rows', 1, SIZE_MAX) });
  return undefined;
};
