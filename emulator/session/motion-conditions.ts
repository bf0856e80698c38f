/** The stop conditions of one motion. */
import type { Met, Position, StopConditions } from '../machine/machine-types.ts';

/** Where the user stands when a motion begins. */
export interface StartPlace {
  /** As he sees it. */
  readonly pc: bigint;
  /** An edit has put it there. */
  readonly isEdited: boolean;
  /** He stands there because the instruction traps, and was told so. */
  readonly isTold: boolean;
}

/** The caller may change his set while the request runs. */
export function copyOf(conditions: StopConditions): StopConditions {
  return {
    ...conditions, breakpoints: new Set(conditions.breakpoints), watches: [...conditions.watches], caughtCauses: new Set(conditions.caughtCauses),
    ...(conditions.caughtInterrupts === undefined ? {} : { caughtInterrupts: new Set(conditions.caughtInterrupts) }),
  };
}

/**
 * The instruction at which the user stands traps, if that is why he stands there. It may have a breakpoint; where an edit of pc has
 * brought him there, the boundary ahead leads to that breakpoint.
 */
export function exceptHere(conditions: StopConditions, position: Position, { pc, isEdited, isTold }: StartPlace): StopConditions {
  const { accept } = conditions;
  if (!isTold && !isEdited) return conditions;
  const isHere = (met: Met): boolean =>
    (isTold && met.kind === 'trap' && met.position === position + 1 && met.pc === pc) || (isEdited && met.kind === 'breakpoint' && met.position === position && met.pc === pc);
  return { ...conditions, accept: (met) => !isHere(met) && (accept === undefined || accept(met)) };
}
