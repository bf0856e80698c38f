/** Functions by the names that people write: `method`, `Class::method`, `space::Class::method(int)`. */
import { isNameOf, withoutArguments, withoutParameters } from '../dwarf/function-names.ts';
import type { DebugInfo, FunctionInfo } from '../dwarf/info.ts';
import { attempt } from '../dwarf/reader.ts';
import { languageOf } from '../dwarf/scope-names.ts';
import type { ProgramSymbol } from './symbol-table.ts';

const FUNCTIONS_MAX = 1 << 20;

export class FunctionNames {
  readonly #info: DebugInfo;
  /** By the last part of the name. C's functions are in the symbol table. */
  #byName: Map<string, FunctionInfo[]> | undefined;

  constructor(info: DebugInfo) {
    this.#info = info;
  }

  find(name: string): ProgramSymbol[] {
    const candidates = this.#index.get(lastPart(name)) ?? [];
    return candidates.filter(({ fullName, die }) => isNameOf(fullName, name) || this.#info.linkageNameOf(die) === name).map((found) => {
      const low = found.ranges[0]?.low ?? 0n;
      return { name: found.fullName, address: low, sizeBytes: Number((found.ranges[0]?.high ?? low) - low), kind: 'function', isGlobal: true };
    });
  }

  get #index(): Map<string, FunctionInfo[]> {
    if (this.#byName === undefined) {
      const index = new Map<string, FunctionInfo[]>();
      this.#byName = index;
      let count = 0;
      for (const unit of this.#info.units) {
        if (!unit.isCompileUnit || languageOf(unit) === 'c') continue;
        for (const found of attempt(() => this.#info.functions(unit), [])) {
          if (++count > FUNCTIONS_MAX) return index;
          const key = lastPart(found.name);
          const known = index.get(key);
          if (known === undefined) index.set(key, [found]);
          else known.push(found);
        }
      }
    }
    return this.#byName;
  }
}

/** `method` of `space::Class<int>::method<char>(long)`. */
export function lastPart(name: string): string {
  return withoutArguments(withoutParameters(name)).replace(/ /g, '').split('::').at(-1) ?? '';
}
