/** setVariable, setExpression: what a person changes goes into the recording, and so replays. */
import { floatRegisterNumber, integerRegisterNumber } from '../../emulator/index.ts';
import type { StateEdit } from '../../emulator/index.ts';
import { UserError } from '../../emulator/user-error.ts';
import { Arguments } from '../arguments.ts';
import type { Debuggee } from '../debuggee.ts';
import { applyEdits, tellEdited } from '../edits.ts';
import { RequestError } from '../errors.ts';
import type { RequestHandler } from '../request.ts';
import { itemBody } from './variables.ts';

const FLOAT_BASE = 32;

export const setVariable: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('setVariable', args);
  const reference = fields.integer('variablesReference', 1);
  const name = fields.string('name');
  const value = fields.string('value');
  const isHex = fields.optionalObject('format')?.optionalBoolean('hex') ?? false;
  const view = debuggee.stopped;
  const { evaluateName, isReadOnly } = view.child(reference, name);
  if (evaluateName === undefined || evaluateName === '' || isReadOnly === true) throw new RequestError(`'${name}' cannot be given a value.`);
  const frameId = view.frameIdOf(reference);
  assign(debuggee, evaluateName, value, frameId);
  return { body: itemBody(view.evaluate(evaluateName, frameId), view, isHex), afterwards: () => { tellEdited(debuggee); } };
};

export const setExpression: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('setExpression', args);
  const expression = fields.string('expression');
  const value = fields.string('value');
  const frameId = fields.optionalInteger('frameId');
  const isHex = fields.optionalObject('format')?.optionalBoolean('hex') ?? false;
  const view = debuggee.stopped;
  assign(debuggee, expression, value, frameId);
  return { body: itemBody(view.evaluate(expression, frameId), view, isHex), afterwards: () => { tellEdited(debuggee); } };
};

/** Gives an lvalue a value, while the machine is live. */
export function assign(debuggee: Debuggee, target: string, value: string, frameId: number | undefined): void {
  const view = debuggee.stopped;
  applyEdits(debuggee, (view.isInnermost(frameId) ? registerEdit(target, value) : undefined) ?? assignment(() => view.symbols.assignment(target, value, view.frame(frameId))));
}

/** Registers of the innermost frame can be set without any symbols. */
function registerEdit(target: string, value: string): readonly StateEdit[] | undefined {
  const name = /^\s*\$([a-z]\w*)\s*$/.exec(target)?.[1];
  if (name === undefined || !/^\s*-?(0x[0-9a-f]{1,16}|\d{1,20})\s*$/i.test(value)) return undefined;
  const text = value.trim();
  const bits = BigInt.asUintN(64, text.startsWith('-') ? -BigInt(text.slice(1)) : BigInt(text));
  if (name === 'pc') return [{ kind: 'pc', value: bits }];
  const integer = integerRegisterNumber(name);
  if (integer === 0) throw new RequestError('x0 is always 0.');
  if (integer !== undefined) return [{ kind: 'register', register: integer, value: bits }];
  // A number in a floating-point register has to be converted, as its type says.
  const float = text.startsWith('0x') ? floatRegisterNumber(name) : undefined;
  return float === undefined ? undefined : [{ kind: 'register', register: FLOAT_BASE + float, value: bits }];
}

function assignment(make: () => readonly StateEdit[]): readonly StateEdit[] {
  try {
    return make();
  } catch (error) {
    if (error instanceof UserError) throw new RequestError(error.message);
    throw error;
  }
}
