/** next, stepIn, stepOut, stepBack, by line or by instruction. */
import { Arguments } from '../arguments.ts';
import type { Debuggee } from '../debuggee.ts';
import type { RequestHandler } from '../request.ts';
import { stepBack as stepBackByLine, stepForward, stepInstruction, stepOut as stepOutOfFunction } from '../stepping.ts';
import type { Stepper } from '../stepping.ts';
import type { SessionStop } from '../../emulator/index.ts';

type Step = (stepper: Stepper, byInstruction: boolean) => Promise<SessionStop>;

function stepRequest(name: string, title: string, step: Step): RequestHandler {
  return (debuggee: Debuggee, args: unknown) => {
    const { session, symbols } = debuggee.resting;
    const byInstruction = new Arguments(name, args).optionalString('granularity') === 'instruction';
    const conditions = (): ReturnType<typeof debuggee.breakpoints.conditions> => debuggee.breakpoints.conditions();
    return {
      afterwards: () => {
        debuggee.motion.start(title, (control) => step({ session, symbols, conditions, control }, byInstruction), { followsBreakpoints: false });
      },
    };
  };
}

export const next = stepRequest('next', 'Stepping over', (stepper, byInstruction) => (byInstruction ? stepInstruction(stepper, false) : stepForward(stepper, false)));
export const stepIn = stepRequest('stepIn', 'Stepping in', (stepper, byInstruction) => (byInstruction ? stepInstruction(stepper, true) : stepForward(stepper, true)));
export const stepOut = stepRequest('stepOut', 'Stepping out', (stepper) => stepOutOfFunction(stepper));
export const stepBack = stepRequest('stepBack', 'Stepping back', (stepper, byInstruction) => (byInstruction ? stepper.session.stepBackward(stepper.control) : stepBackByLine(stepper)));
