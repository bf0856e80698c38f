/** continue, reverseContinue, pause. */
import type { RequestHandler } from '../request.ts';

export const continueForward: RequestHandler = (debuggee) => {
  const { session } = debuggee.resting;
  return {
    body: { allThreadsContinued: true },
    afterwards: () => {
      debuggee.motion.start('Continuing', (control) => session.runForward(debuggee.breakpoints.conditions(), control));
    },
  };
};

export const reverseContinue: RequestHandler = (debuggee) => {
  const { session } = debuggee.resting;
  return {
    afterwards: () => {
      debuggee.motion.start('Searching backward', (control) => session.runBackward(debuggee.breakpoints.conditions(), control));
    },
  };
};

export const pause: RequestHandler = (debuggee) => {
  debuggee.requireLoaded();
  return { afterwards: () => { debuggee.motion.pause(); } };
};
