/** Namespaces and classes around entries: what makes `A::b` of `b`. */
import { AT, TAG } from './constants.ts';
import { attempt } from './reader.ts';
import type { Language } from './type-model.ts';
import { canonicalTemplate } from './type-names.ts';
import type { Die, Unit } from './units.ts';

const MAX_SCOPES = 64;
const MAX_ENTRIES = 1 << 20;
/** DW_LANG_C_plus_plus, _03, _11, _14, _17, _20. */
const CPP: ReadonlySet<number> = new Set([0x04, 0x19, 0x1a, 0x21, 0x2a, 0x2b]);
const RUST = 0x1c;

const SCOPES: ReadonlySet<number> = new Set<number>([TAG.namespace, TAG.module, TAG.structureType, TAG.classType, TAG.unionType]);
const languages = new WeakMap<Unit, Language>();
const prefixes = new WeakMap<Unit, ReadonlyMap<number, string>>();
/** Of the types of type units. */
const typePrefixes = new WeakMap<Unit, string>();

/** The language of a unit, by DW_AT_language. */
export function languageOf(unit: Unit): Language {
  let language = languages.get(unit);
  if (language === undefined) {
    const code = attempt(() => unit.root.number(AT.language), undefined);
    language = code === undefined ? 'c' : CPP.has(code) ? 'c++' : code === RUST ? 'rust' : 'c';
    languages.set(unit, language);
  }
  return language;
}

/** `A::B::` for an entry inside of these scopes; empty at the top level, and in C. */
export function scopePrefix(die: Die): string {
  const { unit } = die;
  if (languageOf(unit) === 'c') return '';
  let known = prefixes.get(unit);
  if (known === undefined) {
    known = prefixesIn(unit, typePrefix);
    prefixes.set(unit, known);
  }
  return known.get(die.offset) ?? '';
}

/** Scopes around a type in its type unit, which repeats all of them and so needs no other unit. */
function typePrefix({ unit, offset }: Die): string {
  if (unit.type?.offset !== offset) return '';
  let prefix = typePrefixes.get(unit);
  if (prefix === undefined) {
    prefix = prefixesIn(unit, () => '').get(offset) ?? '';
    typePrefixes.set(unit, prefix);
  }
  return prefix;
}

/** `elsewhere`: scopes around what is in another unit, as far as it is the type of a type unit. */
function prefixesIn(unit: Unit, elsewhere: (type: Die) => string): ReadonlyMap<number, string> {
  const found = new Map<number, string>();
  attempt(() => { collect(unit.root, '', { found, elsewhere }, 0); }, undefined);
  return found;
}

/** The scope that an entry opens, as part of a name. */
function scopeName(die: Die, other: Die | undefined): string {
  const name = (die.has(AT.name) ? die : other ?? die).string(AT.name);
  if (name !== undefined) return canonicalTemplate(name);
  return die.tag === TAG.namespace ? '(anonymous namespace)' : '{...}';
}

/** The declaration that an entry completes; or, of an entry with a type's signature that does not say all, the type. */
function otherEntry(die: Die, prefix: string): Die | undefined {
  const isWhole = prefix !== '' && die.has(AT.name);
  const reference = die.attribute(AT.specification) ?? (isWhole ? undefined : die.attribute(AT.signature));
  return reference?.kind === 'reference' ? die.unit.table.dieAt(reference.offset) : undefined;
}

interface Collection { readonly found: Map<number, string>; readonly elsewhere: (type: Die) => string }

function collect(parent: Die, prefix: string, collection: Collection, depth: number): void {
  if (depth >= MAX_SCOPES) return;
  const { found, elsewhere } = collection;
  parent.eachChild((tag, make) => {
    const isScope = SCOPES.has(tag);
    const isType = isScope || tag === TAG.enumerationType;
    if ((prefix === '' && !isType) || found.size >= MAX_ENTRIES) return;
    const die = make();
    const other = isType ? otherEntry(die, prefix) : undefined;
    // What is declared in a scope and completed elsewhere is named, with its members, as where it is declared.
    const declaredIn = other === undefined ? undefined : found.get(other.offset) ?? (prefix === '' ? elsewhere(other) : undefined);
    const outer = declaredIn ?? prefix;
    if (outer !== '') found.set(die.offset, outer);
    if (isScope && die.hasChildren) collect(die, `${outer}${scopeName(die, other)}::`, collection, depth + 1);
  });
}
