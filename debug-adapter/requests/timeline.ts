/** Custom requests `chronovisor/timeline` and `chronovisor/seek`. */
import { formatPosition } from '../../emulator/index.ts';
import { Arguments } from '../arguments.ts';
import { RequestError, errors } from '../errors.ts';
import type { RequestHandler } from '../request.ts';

export const timeline: RequestHandler = (debuggee) => ({ body: debuggee.timeline() });

export const seek: RequestHandler = (debuggee, args) => {
  const { session } = debuggee.loaded;
  const position = new Arguments('chronovisor/seek', args).integer('position');
  if (debuggee.motion.running) throw errors.running();
  const { end } = session.timeline(0);
  if (position > end) throw new RequestError(`Cannot go to ${formatPosition(position)}: the recording reaches ${formatPosition(end)}.`, true);
  return { afterwards: () => { debuggee.motion.start(`Going to ${formatPosition(position)}`, (control) => session.seek(position, control)); } };
};
