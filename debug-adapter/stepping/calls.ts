/** What waits on the stack while something else executes. */
import type { Activation } from './frame-addresses.ts';
import { contains } from './function-code.ts';
import type { Stepper } from './stepper.ts';

/** How a call stands, seen from where the machine stands: `running`, or waiting for what it called, which will return to `pc`. */
export type Standing = { readonly kind: 'running' | 'gone' | 'unknown' } | { readonly kind: 'waiting'; readonly pc: bigint; readonly isInterrupted: boolean };

const DEPTH_MAX = 512;

/** `outer`: the calls that wait for `activation`. Where one of them is found and `activation` is not, that one is gone. */
export function standingOf({ session: { inspect }, symbols }: Stepper, { code, cfa }: Activation, outer: readonly Activation[] = []): Standing {
  if (cfa === undefined) return { kind: 'unknown' };
  const frames = symbols.stack(inspect, DEPTH_MAX).filter(({ inlined }) => inlined === undefined);
  const index = frames.findIndex((frame) => frame.cfa === cfa && contains(code, frame.lookupPc));
  const frame = frames[index];
  if (index === 0) return { kind: 'running' };
  if (frame !== undefined) return { kind: 'waiting', pc: frame.pc, isInterrupted: frame.pc === frame.lookupPc };
  const isOuter = frames.some((each) => outer.some((one) => one.cfa === each.cfa && contains(one.code, each.lookupPc)));
  return { kind: isOuter ? 'gone' : 'unknown' };
}
