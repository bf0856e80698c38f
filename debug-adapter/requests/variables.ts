/** scopes, variables. */
import { Arguments, formatAddress } from '../arguments.ts';
import { inHexadecimal } from '../item.ts';
import type { Item } from '../item.ts';
import type { RequestHandler } from '../request.ts';
import type { StopView } from '../stop-view.ts';

/** In one answer. */
const CHILDREN_MAX = 10_000;

export const scopes: RequestHandler = (debuggee, args) => {
  const frameId = new Arguments('scopes', args).integer('frameId');
  return { body: { scopes: debuggee.stopped.scopes(frameId) } };
};

export const variables: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('variables', args);
  const reference = fields.integer('variablesReference', 1);
  const filter = fields.optionalString('filter');
  const start = fields.optionalInteger('start') ?? 0;
  const count = fields.optionalInteger('count') ?? 0;
  const isHex = fields.optionalObject('format')?.optionalBoolean('hex') ?? false;
  const view = debuggee.stopped;
  const container = view.container(reference);
  // All children are of one kind.
  const isOther = filter !== undefined && filter !== (container.isIndexed === true ? 'indexed' : 'named');
  const items = isOther ? [] : container.list(start, Math.min(count === 0 ? CHILDREN_MAX : count, CHILDREN_MAX));
  return { body: { variables: items.map((item) => ({ name: item.name, ...itemBody(item, view, isHex, view.frameIdOf(reference)) })) } };
};

export interface ItemBody {
  readonly value: string;
  readonly variablesReference: number;
}

/** What a variable and the result of an evaluation have in common. */
export function itemBody(item: Item, view: StopView, isHex: boolean, frameId?: number): ItemBody {
  const { value, type, evaluateName, address, children, childCount, isIndexed, isReadOnly } = item;
  return {
    value: isHex ? inHexadecimal(item) : value,
    variablesReference: children === undefined ? 0 : view.reference(children, frameId),
    ...(type === undefined ? {} : { type }),
    ...(evaluateName === undefined || evaluateName === '' ? {} : { evaluateName }),
    ...(address === undefined ? {} : { memoryReference: formatAddress(address) }),
    ...(children !== undefined && childCount !== undefined ? { [isIndexed === true ? 'indexedVariables' : 'namedVariables']: childCount } : {}),
    ...(isReadOnly === true ? { presentationHint: { attributes: ['readOnly'] } } : {}),
  };
}
