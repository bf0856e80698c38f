/**
 * Steps in the source, forward and back (docs/reverse.md has this with examples).
 *
 * A *call* is one execution of a function, told from others of it by its frame address (CFA) and `satp`. A *frame* is a call, or a call
 * that was inlined in it. A frame *visits* a place where the line table begins a statement; visits of other frames (what is called,
 * inlined, interrupts or is switched to) are not its own, and a function's prologue is none. A *stop* of a frame is a visit whose line
 * differs from that of the frame's visit before, and the first one. All steps are by stops:
 *
 * - over: to the frame's next stop. If the frame ends before, to where it has returned to, which may be in the middle of a line (for an
 *   inlined call: the first visit of a frame around it); where a longjmp has passed over it, to the first visit of one that waited for it.
 * - into: the same, but the first function with lines that the frame calls ends it, behind its prologue; or an inlined call, at its first visit.
 * - out: to where the frame has returned to.
 *
 * Each step back goes to the last place from which its twin comes to where the machine stands:
 *
 * - back over, the twin of over: the frame's stop before; in the middle of a line, where the line began; at the frame's first stop, back out.
 * - back into, the twin of leaving a function: the last stop of the function that has returned last; if none did in this line, back over.
 * - back out, the twin of into: the stop in the caller, or where the call before in the same line has returned to.
 *
 * So what a step leads to from a stop, its twin leads back from, and what a step back leads to leads forward again by its twin. In assembly
 * a line is stepped by its instructions, and code without lines is stepped by instructions.
 */
import type { SessionStop } from '../../emulator/index.ts';
import { stepBack } from './backward.ts';
import type { BackwardKind } from './backward.ts';
import { stepForward } from './forward.ts';
import type { ForwardKind, IntoTarget } from './forward.ts';
import { stepBackInstruction, stepOverInstruction } from './machine-steps.ts';
import { Stepper } from './stepper.ts';
import type { StepperParts } from './stepper.ts';

export type Granularity = 'line' | 'statement' | 'instruction';

export type Travelling = Omit<StepperParts, 'unit'>;

export function forward(parts: Travelling, kind: ForwardKind, granularity: Granularity = 'line', target?: IntoTarget): Promise<SessionStop> {
  const stepper = new Stepper({ ...parts, unit: granularity === 'statement' ? 'statement' : 'line' });
  return granularity === 'instruction' && kind !== 'out' ? stepOverInstruction(stepper, kind === 'into') : stepForward(stepper, kind, target);
}

/** Cancelled, it leaves the machine where it began. */
export async function backward(parts: Travelling, kind: BackwardKind, granularity: Granularity = 'line'): Promise<SessionStop> {
  const stepper = new Stepper({ ...parts, unit: granularity === 'statement' ? 'statement' : 'line' });
  if (granularity !== 'instruction' || (kind !== 'over' && kind !== 'into')) return stepBack(stepper, kind);
  return stepper.orBack(() => stepBackInstruction(stepper, kind === 'into'));
}
