/** Custom requests `chronovisor/consoleLines` and `chronovisor/findConsoleLines`: what was printed, and when. Answered while the machine runs, too. */
import { Arguments } from '../arguments.ts';
import type { ConsoleLinesBody, FoundConsoleLinesBody } from '../protocol.ts';
import type { RequestHandler } from '../request.ts';

const LINES_MAX = 1000;

export const consoleLines: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('chronovisor/consoleLines', args);
  const count = fields.optionalInteger('count', 0, LINES_MAX) ?? LINES_MAX;
  const index = debuggee.consoleIndex;
  const { total } = index;
  const first = Math.min(total, fields.optionalInteger('first') ?? Math.max(0, total - count));
  const lines = Array.from({ length: Math.min(count, total - first) }, (_, at) => index.line(first + at));
  const body: ConsoleLinesBody = { total, present: debuggee.presentLine(), lines };
  return { body };
};

export const findConsoleLines: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('chronovisor/findConsoleLines', args);
  const text = fields.string('text');
  const count = fields.optionalInteger('count', 1, LINES_MAX) ?? LINES_MAX;
  const index = debuggee.consoleIndex;
  // One more than asked for tells whether there are more.
  const found = fields.optionalBoolean('whole') === true ? index.equalTo(text.trimEnd(), count + 1) : index.containing(text, count + 1);
  const body: FoundConsoleLinesBody = { more: found.length > count, present: debuggee.presentLine(), lines: found.slice(-count).map((at) => index.line(at)) };
  return { body };
};
