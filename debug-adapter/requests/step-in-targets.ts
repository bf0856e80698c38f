/** stepInTargets: the calls in the present line. */
import { Arguments } from '../arguments.ts';
import type { Debuggee } from '../debuggee.ts';
import { RequestError } from '../errors.ts';
import type { RequestHandler } from '../request.ts';
import type { IntoTarget } from '../stepping/forward.ts';
import { callTargets } from '../stepping/targets.ts';
import type { CallTarget } from '../stepping/targets.ts';

function targetsHere(debuggee: Debuggee): CallTarget[] {
  const view = debuggee.stopped;
  return callTargets(view.session.inspect, view.symbols, view.frame(undefined));
}

export const stepInTargets: RequestHandler = (debuggee, args) => {
  const frameId = new Arguments('stepInTargets', args).integer('frameId');
  debuggee.stopped.frame(frameId);
  // A step begins in the innermost frame.
  const targets = debuggee.stopped.isInnermost(frameId) ? targetsHere(debuggee) : [];
  const { line } = debuggee.stopped.frame(frameId).location ?? { line: 0 };
  const lineShift = debuggee.client.linesStartAt1 ? 0 : 1;
  const columnShift = debuggee.client.columnsStartAt1 ? 0 : 1;
  return {
    body: {
      targets: targets.map(({ label, column }, index) => ({
        id: index + 1, label, ...(column === undefined || column === 0 ? {} : { line: line - lineShift, column: column - columnShift }),
      })),
    },
  };
};

export function targetById(debuggee: Debuggee, id: number): IntoTarget {
  const target = targetsHere(debuggee)[id - 1];
  if (target === undefined) throw new RequestError('This call is of another stop: ask for the targets again.');
  return target.target;
}
