/** continue, reverseContinue, pause. */
import type { RequestHandler } from '../request.ts';

export const continueForward: RequestHandler = (debuggee) => {
  debuggee.requireResting();
  return {
    body: { allThreadsContinued: true },
    afterwards: () => {
      debuggee.motion.start('Continuing', (control) => debuggee.breakpoints.runForward(control));
    },
  };
};

export const reverseContinue: RequestHandler = (debuggee) => {
  debuggee.requireResting();
  return {
    afterwards: () => {
      debuggee.motion.start('Searching backward', (control) => debuggee.breakpoints.runBackward(control));
    },
  };
};

export const pause: RequestHandler = (debuggee) => {
  debuggee.requireLoaded();
  return { afterwards: () => { debuggee.motion.pause(); } };
};
