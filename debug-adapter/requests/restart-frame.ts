/** restartFrame: back in time to where the frame's function was entered. */
import { Arguments } from '../arguments.ts';
import { RequestError } from '../errors.ts';
import type { RequestHandler } from '../request.ts';
import { restartFrame as goToStart } from '../stepping/frame-start.ts';
import { Stepper } from '../stepping/stepper.ts';
import { travelling } from './step.ts';

export const restartFrame: RequestHandler = (debuggee, args) => {
  const frame = debuggee.stopped.frame(new Arguments('restartFrame', args).integer('frameId'));
  if (frame.cfa === undefined || debuggee.loaded.symbols.functionAt(frame.lookupPc) === undefined) {
    throw new RequestError(`Cannot go to the beginning of ${frame.name}: nothing says where its frame is on the stack.`, true);
  }
  return {
    afterwards: () => {
      const title = `Going back to the start of ${frame.name}`;
      debuggee.motion.start(title, (control) => goToStart(new Stepper({ ...travelling(debuggee, control), unit: 'line' }), frame), { meetsBreakpoints: false });
    },
  };
};
