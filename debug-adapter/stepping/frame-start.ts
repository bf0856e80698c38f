/** Where the call of a frame further out began. */
import type { Frame } from '../symbols/frames.ts';
import { functionStart } from './backward.ts';
import { addressSpace } from './frame-addresses.ts';
import { chainOf } from './function-code.ts';
import type { SessionStop } from '../../emulator/index.ts';
import type { Stepper } from './stepper.ts';

/** Goes back to the first stop of a frame that is on the stack. */
export async function restartFrame(stepper: Stepper, frame: Frame): Promise<SessionStop> {
  const { session: { inspect }, symbols, codes } = stepper;
  const from = stepper.moment;
  const { lookupPc, cfa, inlined } = frame;
  const code = codes.at(lookupPc);
  if (code === undefined) return stepper.stepped;
  const calls = symbols.inlinedAt(lookupPc);
  const index = inlined === undefined ? calls.length : calls.findIndex(({ name, entry }) => name === inlined.name && entry === inlined.entry);
  const chain = chainOf(calls.slice(index));
  const activation = { code, cfa, space: addressSpace(inspect) };
  return stepper.orBack(async () => {
    const start = await functionStart(stepper, { ...from, pc: frame.pc, activation, chain, key: undefined, inPrologue: false, returnTo: undefined, outer: [] });
    await stepper.standAt(start ?? from);
    return { reason: 'seek', position: stepper.position };
  });
}
