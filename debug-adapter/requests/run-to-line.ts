/** Custom request `chronovisor/runToLine`: run, or run back, to the cursor. Breakpoints stop on the way. */
import type { SessionStop } from '../../emulator/index.ts';
import { Arguments } from '../arguments.ts';
import { RequestError } from '../errors.ts';
import type { RequestHandler } from '../request.ts';
import { Stepper } from '../stepping/stepper.ts';
import type { SymbolSet } from '../symbol-set.ts';
import { travelling } from './step.ts';

/** Where the code of a line begins; of those, what begins at a column if one is given. */
export function addressesOfLine(symbols: SymbolSet, path: string, line: number, column?: number): bigint[] {
  const found = symbols.breakpointAddresses(path, line);
  if (found === undefined) throw new RequestError(`No code of the guest comes from line ${line} of ${path} or the lines after it.`, true);
  if (found.line !== line) throw new RequestError(`No code of the guest comes from line ${line}: the next line with code is ${found.line}.`, true);
  const columnOf = (address: bigint): number => symbols.location(address)?.column ?? 0;
  const at = column === undefined ? undefined : Math.max(...found.addresses.map(columnOf).filter((each) => each <= column));
  const exact = found.addresses.filter((address) => columnOf(address) === at);
  return exact.length > 0 ? exact : found.addresses;
}

async function run(stepper: Stepper, addresses: readonly bigint[], isBackward: boolean): Promise<SessionStop> {
  const aim = { addresses: new Set(addresses), isReached: () => true };
  if (!isBackward) {
    const { stop, isReached, isUsers } = await stepper.runTo(aim);
    return isReached && !isUsers ? stepper.stepped : stop;
  }
  const from = stepper.moment;
  const { stop, isUsers } = await stepper.runBackTo(aim);
  if (stop.reason === 'paused') await stepper.standAt(from);
  return stop.reason === 'breakpoint' && !isUsers ? stepper.stepped : stop;
}

export const runToLine: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('chronovisor/runToLine', args);
  const path = fields.string('path');
  const line = fields.integer('line') + (debuggee.client.linesStartAt1 ? 0 : 1);
  const column = fields.optionalInteger('column');
  const direction = fields.string('direction');
  if (direction !== 'forward' && direction !== 'backward') throw new RequestError("'chronovisor/runToLine' needs 'direction' to be forward or backward.");
  const { symbols } = debuggee.resting;
  const addresses = addressesOfLine(symbols, path, line, column === undefined ? undefined : column + (debuggee.client.columnsStartAt1 ? 0 : 1));
  const isBackward = direction === 'backward';
  const title = `Running ${isBackward ? 'back ' : ''}to line ${line}`;
  return {
    afterwards: () => {
      debuggee.motion.start(title, (control) => run(new Stepper({ ...travelling(debuggee, control), unit: 'line' }), addresses, isBackward), { followsBreakpoints: false });
    },
  };
};
