/** evaluate: registers (`$a0`, `$mstatus`) and C expressions for watch, hover, clipboard and the debug console, where `x = 5` assigns. */
import { Arguments } from '../arguments.ts';
import { splitAssignment } from '../assignment-text.ts';
import { tellEdited } from '../edits.ts';
import { errors } from '../errors.ts';
import { fullText, inHexadecimal } from '../item.ts';
import type { RequestHandler } from '../request.ts';
import { assign } from './set-variable.ts';
import { itemBody } from './variables.ts';

const EXPRESSION_MAX_LENGTH = 1000;

export const evaluate: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('evaluate', args);
  const expression = fields.string('expression');
  const frameId = fields.optionalInteger('frameId');
  const context = fields.optionalString('context');
  const isHex = fields.optionalObject('format')?.optionalBoolean('hex') ?? false;
  if (expression.length > EXPRESSION_MAX_LENGTH) throw errors.cannotEvaluate(`${expression.slice(0, 40)}...`, `it is longer than ${EXPRESSION_MAX_LENGTH} characters`);
  const view = debuggee.stopped;
  const assigned = context === 'repl' ? splitAssignment(expression) : undefined;
  if (assigned !== undefined) assign(debuggee, assigned.target, assigned.value, frameId);
  const item = view.evaluate(assigned?.target ?? expression, frameId);
  if (context === 'clipboard') return { body: { result: item.children === undefined && isHex ? inHexadecimal(item) : fullText(item), variablesReference: 0 } };
  const { value, ...rest } = itemBody(item, view, isHex);
  return { body: { result: value, ...rest }, ...(assigned === undefined ? {} : { afterwards: () => { tellEdited(debuggee); } }) };
};
