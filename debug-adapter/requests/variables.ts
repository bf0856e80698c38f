/** scopes, variables. */
import { Arguments, formatAddress } from '../arguments.ts';
import type { RequestHandler } from '../request.ts';
import type { Item, StopView } from '../stop-view.ts';

export const scopes: RequestHandler = (debuggee, args) => {
  const frameId = new Arguments('scopes', args).integer('frameId');
  return { body: { scopes: debuggee.stopped.scopes(frameId) } };
};

export const variables: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('variables', args);
  const reference = fields.integer('variablesReference', 1);
  const view = debuggee.stopped;
  const items = view.container(reference).list(fields.optionalInteger('start') ?? 0, fields.optionalInteger('count'));
  return { body: { variables: items.map((item) => ({ name: item.name, ...itemBody(item, view) })) } };
};

/** What a variable and the result of an evaluation have in common. */
export function itemBody(item: Item, view: StopView): object {
  const { value, type, evaluateName, address, children, childCount, isIndexed } = item;
  return {
    value,
    variablesReference: children === undefined ? 0 : view.reference(children),
    ...(type === undefined ? {} : { type }),
    ...(evaluateName === undefined ? {} : { evaluateName }),
    ...(address === undefined ? {} : { memoryReference: formatAddress(address) }),
    ...(children !== undefined && childCount !== undefined ? { [isIndexed === true ? 'indexedVariables' : 'namedVariables']: childCount } : {}),
  };
}
