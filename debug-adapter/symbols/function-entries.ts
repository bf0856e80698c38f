/** Variables, types and constants that are defined in a function, in whichever block of it. */
import { AT, TAG } from '../dwarf/constants.ts';
import type { Language } from '../dwarf/type-model.ts';
import type { Die } from '../dwarf/units.ts';

const MAX_BLOCKS = 64;

/** A variable of a function, in whichever block; inlined calls are not looked into. */
export function findVariable(scope: Die, name: string, nameOf: (die: Die) => string | undefined, depth = 0): Die | undefined {
  const inner: Die[] = [];
  for (const die of scope.children()) {
    if ((die.tag === TAG.variable || die.tag === TAG.formalParameter) && nameOf(die) === name) return die;
    if (die.tag === TAG.lexicalBlock) inner.push(die);
  }
  for (const die of depth < MAX_BLOCKS ? inner : []) {
    const found = findVariable(die, name, nameOf, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** By tag, the keyword that names the type. */
const TYPE_TAGS: ReadonlyMap<number, string> = new Map<number, string>([
  [TAG.structureType, 'struct'], [TAG.unionType, 'union'], [TAG.classType, 'class'], [TAG.enumerationType, 'enum'], [TAG.typedef, ''],
]);

export function findLocalType(scope: Die, keyword: string | undefined, name: string, language: Language, depth = 0): Die | undefined {
  const inner: Die[] = [];
  for (const die of scope.children()) {
    const tag = TYPE_TAGS.get(die.tag);
    const isWanted = keyword === undefined ? tag === '' || language !== 'c' : tag === keyword || (keyword === 'struct' && tag === 'class');
    if (tag !== undefined && isWanted && die.string(AT.name) === name) return die;
    if (die.tag === TAG.lexicalBlock) inner.push(die);
  }
  for (const die of depth < MAX_BLOCKS ? inner : []) {
    const found = findLocalType(die, keyword, name, language, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}

/** The enumeration that has a constant. */
export function findLocalConstant(scope: Die, name: string, depth = 0): Die | undefined {
  const inner: Die[] = [];
  for (const die of scope.children()) {
    if (die.tag === TAG.enumerationType) for (const each of die.children()) if (each.string(AT.name) === name) return die;
    if (die.tag === TAG.lexicalBlock) inner.push(die);
  }
  for (const die of depth < MAX_BLOCKS ? inner : []) {
    const found = findLocalConstant(die, name, depth + 1);
    if (found !== undefined) return found;
  }
  return undefined;
}
