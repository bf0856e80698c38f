import { UserError } from '../../emulator/user-error.ts';

/** What is wrong with an expression, or with a value in it; becomes one sentence that also names the expression. */
export class Problem extends UserError {}

const SHOWN_MAX = 200;

/** Runs `work`; a problem becomes a sentence. `verb`: what cannot be done with the text. */
export function explain<T>(text: string, verb: string, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (!(error instanceof Problem)) throw error;
    const shown = text.length > SHOWN_MAX ? `${text.slice(0, SHOWN_MAX)}...` : text;
    throw new UserError(`Cannot ${verb} «${shown}»: ${error.message}.`);
  }
}
