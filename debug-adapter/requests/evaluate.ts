/** evaluate: registers (`$a0`, `$mstatus`) and C paths (`letter->next`, `*p`, `table[3].name`) for watch, hover and the debug console. */
import { Arguments } from '../arguments.ts';
import { errors } from '../errors.ts';
import type { RequestHandler } from '../request.ts';
import { itemBody } from './variables.ts';

const EXPRESSION_MAX_LENGTH = 1000;

export const evaluate: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('evaluate', args);
  const expression = fields.string('expression');
  if (expression.length > EXPRESSION_MAX_LENGTH) throw errors.cannotEvaluate(`${expression.slice(0, 40)}...`, `it is longer than ${EXPRESSION_MAX_LENGTH} characters`);
  const view = debuggee.stopped;
  const item = view.evaluate(expression, fields.optionalInteger('frameId'));
  const { value, ...rest } = itemBody(item, view) as { value: string };
  return { body: { result: value, ...rest } };
};
