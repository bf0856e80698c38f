/** restart: of a recording, from its beginning. Whoever wants a fresh machine starts another session. */
import { Arguments } from '../arguments.ts';
import { RequestError } from '../errors.ts';
import type { RequestHandler } from '../request.ts';

export const restart: RequestHandler = (debuggee, args) => {
  new Arguments('restart', args).optionalObject('arguments');
  const { session } = debuggee.requireLoaded();
  if (!debuggee.isRecording) throw new RequestError('Only a recording starts again from its beginning: end this session and launch again for another machine.', true);
  return {
    afterwards: () => {
      debuggee.motion.redirect('Going to the beginning', async (control) => {
        const stop = await session.seek(0, control);
        if (stop.reason === 'paused') return stop;
        return debuggee.stopOnEntry ? { reason: 'beginning', position: 0 } : debuggee.breakpoints.runForward(control);
      });
    },
  };
};
