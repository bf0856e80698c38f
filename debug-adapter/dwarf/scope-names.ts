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
    const found = new Map<number, string>();
    attempt(() => { collect(unit.root, '', found, 0); }, undefined);
    known = found;
    prefixes.set(unit, known);
  }
  return known.get(die.offset) ?? '';
}

/** The scope that an entry opens, as part of a name. */
function scopeName(die: Die): string {
  const name = die.string(AT.name);
  if (name !== undefined) return canonicalTemplate(name);
  return die.tag === TAG.namespace ? '(anonymous namespace)' : '{...}';
}

function collect(parent: Die, prefix: string, found: Map<number, string>, depth: number): void {
  if (depth >= MAX_SCOPES) return;
  parent.eachChild((tag, make) => {
    if (prefix === '' && !SCOPES.has(tag)) return;
    if (found.size >= MAX_ENTRIES) return;
    const die = make();
    if (prefix !== '') found.set(die.offset, prefix);
    if (!SCOPES.has(tag)) return;
    // A scope that is completed elsewhere: its members there are named as by the one that it completes.
    const reference = die.attribute(AT.specification);
    const outer = reference?.kind === 'reference' ? found.get(reference.offset) ?? prefix : prefix;
    const named = reference?.kind === 'reference' && !die.has(AT.name) ? die.unit.dieAt(reference.offset) ?? die : die;
    collect(die, `${outer}${scopeName(named)}::`, found, depth + 1);
  });
}
