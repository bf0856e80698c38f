/** Where the machine stands, as a step sees it. */
import { addressSpace } from './frame-addresses.ts';
import type { Activation } from './frame-addresses.ts';
import { chainAt, isPrologue } from './function-code.ts';
import type { Moment, Stepper } from './stepper.ts';

/** A call that waits for another one. */
export interface Waiting extends Activation {
  /** Where it goes on when that returns. */
  readonly pc: bigint;
}

export interface Place extends Moment {
  readonly activation: Activation;
  /** The inlined calls around pc: see Statement. */
  readonly chain: string;
  /** Of the source at pc; undefined where there is none. */
  readonly key: string | undefined;
  /** The function has not begun its first statement. */
  readonly inPrologue: boolean;
  /** Where the function returns to. */
  readonly returnTo: { readonly pc: bigint; readonly cfa: bigint | undefined } | undefined;
  /** Calls that wait for this one, the innermost first. */
  readonly outer: readonly Waiting[];
}

const OUTER_MAX = 40;

/** Undefined outside of all functions that are known. */
export function placeHere(stepper: Stepper): Place | undefined {
  const { session: { inspect }, symbols, codes, position, pc } = stepper;
  const code = codes.at(pc);
  if (code === undefined) return undefined;
  const [frame, caller, ...others] = symbols.stack(inspect, OUTER_MAX).filter(({ inlined }) => inlined === undefined);
  const space = addressSpace(inspect);
  const waiting = caller === undefined ? [] : [caller, ...others];
  const outer = waiting.flatMap(({ pc: returnsTo, lookupPc, cfa }): Waiting[] => {
    const calling = codes.at(lookupPc);
    return calling === undefined || cfa === undefined ? [] : [{ code: calling, cfa, space, pc: returnsTo }];
  });
  return {
    position, pc, activation: { code, cfa: frame?.cfa, space }, chain: chainAt(symbols, pc), key: codes.keyAt(pc), inPrologue: isPrologue(code, pc),
    returnTo: caller && { pc: caller.pc, cfa: caller.cfa }, outer,
  };
}

/** Deeper in calls that were inlined than `chain`, or there. */
export function isWithin(chain: string, outer: string): boolean {
  return chain.startsWith(outer);
}
