/** modules, loadedSources: what the guest was made of. */
import { Arguments, formatAddress } from '../arguments.ts';
import type { RequestHandler } from '../request.ts';
import type { SymbolSet } from '../symbol-set.ts';

export const modules: RequestHandler = (debuggee, args) => {
  const fields = new Arguments('modules', args);
  const start = fields.optionalInteger('startModule') ?? 0;
  const count = fields.optionalInteger('moduleCount') ?? 0;
  const all = moduleBodies(debuggee.loaded.symbols);
  return { body: { modules: all.slice(start, count === 0 ? undefined : start + count), totalModules: all.length } };
};

export function moduleBodies(symbols: SymbolSet): object[] {
  return symbols.modules().map(({ name, path, ranges, symbolStatus, symbolFilePath, isUser }, index) => ({
    id: index + 1, name, ...(path === undefined ? {} : { path }), isUserCode: isUser, symbolStatus,
    ...(symbolFilePath === undefined ? {} : { symbolFilePath }),
    ...(ranges.length === 0 ? {} : { addressRange: ranges.map(({ low, high }) => `${formatAddress(low)}-${formatAddress(high)}`).join(', ') }),
  }));
}

export const loadedSources: RequestHandler = (debuggee) => {
  const { symbols } = debuggee.loaded;
  const found = new Map(symbols.sourceFiles().map((path) => {
    const source = symbols.source(path);
    return [source.path ?? path, source] as const;
  }));
  return { body: { sources: [...found].sort(([a], [b]) => (a < b ? -1 : 1)).map(([path, source]) => (source.path === undefined ? { ...source, path, presentationHint: 'deemphasize' } : source)) } };
};
