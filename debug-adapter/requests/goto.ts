/** gotoTargets and goto: in the past, to the moments before and after at which a line is executed. */
import { NO_CONDITIONS, formatPosition } from '../../emulator/index.ts';
import type { Session } from '../../emulator/index.ts';
import { Arguments } from '../arguments.ts';
import type { Debuggee } from '../debuggee.ts';
import { RequestError } from '../errors.ts';
import type { RequestHandler } from '../request.ts';
import { Stepper } from '../stepping/stepper.ts';
import { addressesOfLine } from './run-to-line.ts';
import { travelling } from './step.ts';

/** The client waits for the answer: what is not found by then is not offered. */
const SEARCH_MS = 1000;

function requirePast(debuggee: Debuggee): Session {
  const { session } = debuggee.resting;
  if (session.timeline(0).live) {
    throw new RequestError('A live machine cannot be made to go on elsewhere, as the recording would no longer be what has happened: step back first, then jump to a moment at which that line is executed.', true);
  }
  return session;
}

async function nearest(debuggee: Debuggee, session: Session, addresses: ReadonlySet<bigint>): Promise<{ before: number | undefined; after: number | undefined }> {
  const stepper = new Stepper({ ...travelling(debuggee, {}), unit: 'line' });
  const from = stepper.moment;
  const { end } = session.timeline(0);
  const before = await session.findBackward(addresses, () => true, { signal: AbortSignal.timeout(SEARCH_MS) });
  await stepper.standAt(from);
  if (from.position >= end) return { before, after: undefined };
  const stop = await session.runForward({ ...NO_CONDITIONS, breakpoints: addresses }, { until: end, signal: AbortSignal.timeout(SEARCH_MS) });
  await stepper.standAt(from);
  return { before, after: stop.reason === 'breakpoint' ? stop.position : undefined };
}

export const gotoTargets: RequestHandler = async (debuggee, args) => {
  const fields = new Arguments('gotoTargets', args);
  const path = fields.object('source').string('path');
  const shift = debuggee.client.linesStartAt1 ? 0 : 1;
  const line = fields.integer('line') + shift;
  const session = requirePast(debuggee);
  const addresses = addressesOfLine(debuggee.loaded.symbols, path, line);
  const { before, after } = await nearest(debuggee, session, new Set(addresses));
  const target = (position: number | undefined, side: string): object[] =>
    (position === undefined ? [] : [{ id: position, label: `line ${line}, ${formatPosition(position)} (${side})`, line: line - shift }]);
  return { body: { targets: [...target(before, 'before'), ...target(after, 'after')] } };
};

export const goTo: RequestHandler = (debuggee, args) => {
  const position = new Arguments('goto', args).integer('targetId');
  const session = requirePast(debuggee);
  const { end } = session.timeline(0);
  if (position > end) throw new RequestError(`Cannot go to ${formatPosition(position)}: the recording reaches ${formatPosition(end)}.`, true);
  return { afterwards: () => { debuggee.motion.start(`Going to ${formatPosition(position)}`, (control) => session.seek(position, control), { meetsBreakpoints: false }); } };
};
