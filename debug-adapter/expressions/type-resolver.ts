import { POINTER_BYTES } from '../dwarf/type-model.ts';
import type { Type } from '../dwarf/type-model.ts';
import { BUILT_IN } from './arithmetic.ts';
import type { Names } from './code.ts';
import { Problem } from './problem.ts';
import type { TypeSyntax } from './syntax.ts';

/** The type that a type name means. Throws a Problem for an unknown one. */
export function resolveType({ base, qualifiers, modifiers }: TypeSyntax, names: Names): Type {
  let type = qualified(baseType(base, names), qualifiers);
  for (const modifier of modifiers) {
    const target = type;
    switch (modifier.kind) {
      case 'pointer':
        type = qualified({ kind: 'pointer', symbol: modifier.symbol, sizeBytes: POINTER_BYTES, target: () => target }, modifier.qualifiers);
        break;
      case 'array':
        type = { kind: 'array', element: () => target, dimensions: [{ count: modifier.count, dynamic: undefined }] };
        break;
      case 'function': {
        const parameters = modifier.parameters.map((parameter) => resolveType(parameter, names));
        type = { kind: 'function', result: () => target, parameters: () => parameters, isVariadic: false, isPrototyped: true };
      }
    }
  }
  return type;
}

function baseType({ keyword, name }: TypeSyntax['base'], names: Names): Type {
  const found = names.type(keyword, name) ?? (keyword === undefined ? BUILT_IN.get(name) : undefined);
  if (found === undefined) throw new Problem(`there is no type «${keyword === undefined ? '' : `${keyword} `}${name}» here`);
  return found;
}

function qualified(type: Type, qualifiers: readonly string[]): Type {
  return [...new Set(qualifiers)].reduce((target: Type, name) => ({ kind: 'qualifier', name, target: () => target }), type);
}
