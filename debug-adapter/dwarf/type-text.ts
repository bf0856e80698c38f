import { MAX_TYPE_DEPTH } from './type-model.ts';
import type { FunctionType, Language, Type } from './type-model.ts';

/** In the order in which GDB writes them. */
const QUALIFIER_NAMES = ['const', 'volatile', 'restrict', '_Atomic'] as const;

/** The type in its language's syntax, as GDB's `whatis` writes it. */
export function typeText(type: Type): string {
  return languageOfType(type) === 'rust' ? rustText(type, 0) : declare(type, '', 0);
}

/** The language of what a type is made of; C where nothing tells. */
export function languageOfType(type: Type): Language {
  let inner = type;
  for (let depth = 0; depth < MAX_TYPE_DEPTH; depth++) {
    switch (inner.kind) {
      case 'base': return inner.language ?? 'c';
      case 'structure':
      case 'enumeration': return inner.language;
      case 'pointer':
      case 'member-pointer':
      case 'typedef':
      case 'qualifier': inner = inner.target(); break;
      case 'array': inner = inner.element(); break;
      case 'function': inner = inner.result(); break;
      default: return 'c';
    }
  }
  return 'c';
}

function declare(type: Type, declarator: string, depth: number): string {
  if (depth > MAX_TYPE_DEPTH) return '...';
  const named = (name: string): string => (declarator === '' ? name : `${name} ${declarator}`);
  switch (type.kind) {
    case 'void': return named('void');
    case 'base':
    case 'typedef': return named(type.name);
    case 'structure': return named(taggedName(type.keyword, type.name, type.language));
    case 'enumeration': return named(taggedName('enum', type.name, type.language));
    case 'unsupported': return named(`<${type.what}>`);
    case 'pointer':
      if (type.name !== undefined) return named(type.name);
      return declare(type.target(), wrap(type.target(), `${type.symbol}${declarator}`), depth + 1);
    case 'member-pointer': {
      const target = type.target();
      return declare(target, wrap(target, `${declare(type.container(), '', depth + 1)}::*${declarator}`), depth + 1);
    }
    case 'array': {
      const counts = type.dimensions.map(({ count }) => (type.isVector === true ? ` __attribute__ ((vector_size(${count ?? ''})))` : `[${count ?? ''}]`)).join('');
      return declare(type.element(), type.isVector === true ? `${declarator}${counts.trimStart()}` : declarator + counts, depth + 1);
    }
    case 'function': return declare(type.result(), `${declarator}(${parameterList(type, (parameter) => declare(parameter, '', depth + 1))})`, depth + 1);
    case 'qualifier': return declareQualified(type, declarator, depth);
  }
}

function taggedName(keyword: string, name: string | undefined, language: Language): string {
  if (name === undefined) return `${keyword} {...}`;
  return language === 'c' ? `${keyword} ${name}` : name;
}

function parameterList(type: FunctionType, text: (parameter: Type) => string): string {
  const parameters = type.parameters().map(text);
  if (type.isVariadic && type.isPrototyped) parameters.push('...');
  return parameters.length === 0 && type.isPrototyped ? 'void' : parameters.join(', ');
}

function declareQualified(type: Type, declarator: string, depth: number): string {
  const { names, target } = qualifiersOf(type);
  if (target.kind === 'pointer' && target.symbol !== '*' && target.name === undefined) return declare(target, declarator, depth + 1);
  if (target.kind === 'pointer' && target.name === undefined) return declare(target, ` ${names}${declarator === '' || declarator.startsWith('[') ? '' : ' '}${declarator}`, depth + 1);
  // What qualifies an array qualifies its elements.
  if (target.kind === 'array') return declare({ ...target, element: () => qualifiedLike(type, target.element()) }, declarator, depth + 1);
  return `${names} ${declare(target, declarator, depth + 1)}`;
}

/** All qualifiers of a type, in the order of GDB, and what they qualify. */
function qualifiersOf(type: Type): { names: string; target: Type } {
  const names = new Set<string>();
  let target = type;
  for (let depth = 0; target.kind === 'qualifier' && depth < MAX_TYPE_DEPTH; depth++) {
    names.add(target.name);
    target = target.target();
  }
  if (target.kind === 'qualifier') target = { kind: 'unsupported', what: 'a type that refers to itself' };
  return { names: QUALIFIER_NAMES.filter((name) => names.has(name)).join(' '), target };
}

/** `type` with the qualifiers of `like`. */
function qualifiedLike(like: Type, type: Type): Type {
  const { names } = qualifiersOf(like);
  return names.split(' ').reduce((target: Type, name) => ({ kind: 'qualifier', name, target: () => target }), type);
}

/** Pointers to arrays and functions need parentheses; a qualifier in between does not matter. */
function wrap(target: Type, declarator: string): string {
  const bare = qualifiersOf(target).target;
  return bare.kind === 'array' || bare.kind === 'function' ? `(${declarator})` : declarator;
}

function rustText(type: Type, depth: number): string {
  if (depth > MAX_TYPE_DEPTH) return '...';
  switch (type.kind) {
    case 'void': return '()';
    case 'base':
    case 'typedef': return type.name;
    case 'structure':
    case 'enumeration': return type.name ?? '{...}';
    case 'pointer': return type.name ?? `${type.symbol}mut ${rustText(type.target(), depth + 1)}`;
    case 'array': return type.dimensions.reduceRight((element, { count }) => `[${element}; ${count ?? '?'}]`, rustText(type.element(), depth + 1));
    case 'function': {
      const result = rustText(type.result(), depth + 1);
      return `fn (${type.parameters().map((parameter) => rustText(parameter, depth + 1)).join(', ')})${result === '()' ? '' : ` -> ${result}`}`;
    }
    case 'qualifier': return rustText(type.target(), depth + 1);
    case 'member-pointer': return `<pointer to a member of ${rustText(type.container(), depth + 1)}>`;
    case 'unsupported': return `<${type.what}>`;
  }
}
