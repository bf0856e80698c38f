/** Custom requests `chronovisor/timeline` and `chronovisor/seek`. */
import { formatPosition } from '../../emulator/index.ts';
import { Arguments } from '../arguments.ts';
import { RequestError } from '../errors.ts';
import type { RequestHandler } from '../request.ts';

export const timeline: RequestHandler = (debuggee) => ({ body: debuggee.timeline() });

/** While the machine runs, the run ends here and the stop is there. */
export const seek: RequestHandler = (debuggee, args) => {
  const { session } = debuggee.loaded;
  const position = new Arguments('chronovisor/seek', args).integer('position');
  const { end } = session.timeline(0);
  if (position > end) throw new RequestError(`Cannot go to ${formatPosition(position)}: the recording reaches ${formatPosition(end)}.`, true);
  return { afterwards: () => { debuggee.motion.redirect(`Going to ${formatPosition(position)}`, (control) => session.seek(position, control)); } };
};
