/** Expressions as people write them: registers, C, names of registers as listings show them. */
import type { Inspection } from '../emulator/index.ts';
import { UserError } from '../emulator/user-error.ts';
import { RequestError } from './errors.ts';
import { itemOf } from './item.ts';
import type { Item } from './item.ts';
import { registerValue } from './registers.ts';
import type { Frame } from './symbols/frames.ts';
import type { SymbolSet } from './symbol-set.ts';

/** Throws a RequestError that says what is wrong with the expression. */
export function evaluateIn(expression: string, frame: Frame, inspect: Inspection, symbols: SymbolSet): Item {
  const register = registerValue(expression, inspect, frame);
  if (register !== undefined) return register;
  try {
    return itemOf(symbols.evaluate(expression, frame));
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    // What the pointer meets in a listing.
    const bare = registerValue(`$${expression.trim()}`, inspect, frame);
    if (bare !== undefined) return bare;
    throw new RequestError(error.message);
  }
}
