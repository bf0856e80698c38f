/** next, stepIn, stepOut, stepBack, and what DAP has no request for: stepping back into and out. By line, statement or instruction. */
import { Arguments } from '../arguments.ts';
import type { Debuggee } from '../debuggee.ts';
import { RequestError } from '../errors.ts';
import type { RequestHandler } from '../request.ts';
import { backward, forward } from '../stepping/stepping.ts';
import type { Granularity, Travelling } from '../stepping/stepping.ts';
import { targetById } from './step-in-targets.ts';
import type { Control, SessionStop } from '../../emulator/index.ts';

type Step = (parts: Travelling, granularity: Granularity) => Promise<SessionStop>;

const GRANULARITIES: readonly Granularity[] = ['line', 'statement', 'instruction'];

/** What a motion of the debuggee's works with. */
export function travelling(debuggee: Debuggee, control: Control): Travelling {
  const { session, symbols } = debuggee.loaded;
  return { session, symbols, control, conditions: (direction) => debuggee.breakpoints.conditions({ logs: direction === 'forward' }) };
}

function granularityOf(request: string, args: unknown): Granularity {
  const given = new Arguments(request, args).optionalString('granularity') ?? 'line';
  const granularity = GRANULARITIES.find((each) => each === given);
  if (granularity === undefined) throw new RequestError(`'${request}' needs 'granularity' to be line, statement or instruction.`);
  return granularity;
}

function stepRequest(name: string, title: string, step: Step): RequestHandler {
  return (debuggee, args) => {
    debuggee.requireResting();
    const granularity = granularityOf(name, args);
    return {
      afterwards: () => {
        debuggee.motion.start(title, (control) => step(travelling(debuggee, control), granularity), { followsBreakpoints: false });
      },
    };
  };
}

export const next = stepRequest('next', 'Stepping over', (parts, granularity) => forward(parts, 'over', granularity));
export const stepOut = stepRequest('stepOut', 'Stepping out', (parts, granularity) => forward(parts, 'out', granularity));
export const stepBack = stepRequest('stepBack', 'Stepping back', (parts, granularity) => backward(parts, 'over', granularity));
export const stepBackInto = stepRequest('chronovisor/stepBackInto', 'Stepping back into', (parts, granularity) => backward(parts, 'into', granularity));
export const stepBackOut = stepRequest('chronovisor/stepBackOut', 'Stepping back out', (parts, granularity) => backward(parts, 'out', granularity));
export const toFunctionStart = stepRequest('chronovisor/toFunctionStart', 'Going back to the start of the function', (parts) => backward(parts, 'function-start'));

export const stepIn: RequestHandler = (debuggee, args) => {
  const targetId = new Arguments('stepIn', args).optionalInteger('targetId');
  const target = targetId === undefined ? undefined : targetById(debuggee, targetId);
  return stepRequest('stepIn', 'Stepping in', (parts, granularity) => forward(parts, 'into', granularity, target))(debuggee, args);
};
