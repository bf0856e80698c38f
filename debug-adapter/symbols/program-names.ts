/** What a program names: types, variables, enumeration constants and functions, by unit and with their scopes. */
import { AT, TAG } from '../dwarf/constants.ts';
import type { DebugInfo, VariableInfo } from '../dwarf/info.ts';
import { attempt } from '../dwarf/reader.ts';
import { languageOf, scopePrefix } from '../dwarf/scope-names.ts';
import { canonicalTemplate, canonicalTypeName } from '../dwarf/type-names.ts';
import type { Die, Unit } from '../dwarf/units.ts';

/** Names of a unit with the type units that it refers to, without white space; values are offsets of entries. */
interface UnitNames {
  /** `struct node`, and `node` for typedefs, base types, and all types of C++ and Rust. */
  readonly types: Map<string, number>;
  readonly variables: Map<string, number>;
  /** Enumeration constants: the entry of their type. */
  readonly constants: Map<string, number>;
  readonly functions: Map<string, number>;
}

type Kind = keyof UnitNames;

const KEYWORDS: ReadonlyMap<number, string> = new Map<number, string>([
  [TAG.structureType, 'struct'], [TAG.unionType, 'union'], [TAG.classType, 'class'], [TAG.enumerationType, 'enum'],
]);
const SCOPES: ReadonlySet<number> = new Set<number>([TAG.namespace, TAG.module, TAG.structureType, TAG.classType, TAG.unionType]);
const MAX_DEPTH = 64;
const MAX_NAMES = 1 << 18;
/** From here on, only the unit at hand is searched: going through all units of a kernel takes seconds. */
const MANY_UNITS = 500;
/** From here on, only those type units are searched that a unit refers to. */
const MANY_TYPE_UNITS = 1 << 13;
const KEPT_UNITS = 600;
/** Before the names of types that are only declared. */
const DECLARED = '?';
const ANONYMOUS = '(anonymousnamespace)::';

export class ProgramNames {
  readonly #info: DebugInfo;
  readonly #units = new Map<Unit, UnitNames>();
  #ofTypeUnits: UnitNames | undefined;

  constructor(info: DebugInfo) {
    this.#info = info;
  }

  /** The type of a name, first in a unit, then in the others. */
  type(keyword: string | undefined, name: string, unit: Unit | undefined): Die | undefined {
    const keys = keyword === 'struct' || keyword === 'class' ? [`struct ${name}`, `class ${name}`] : [keyword === undefined ? name : `${keyword} ${name}`];
    // One that is only declared here may be defined in a unit that is not searched.
    for (const key of [...keys, ...keys.map((each) => `${DECLARED}${each}`)]) {
      const found = this.#find('types', key, unit);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  variable(name: string, unit: Unit | undefined): VariableInfo | undefined {
    const die = this.#find('variables', name, unit);
    return die === undefined ? undefined : this.#info.variable(die);
  }

  /** The enumeration that has a constant. */
  constant(name: string, unit: Unit | undefined): Die | undefined {
    return this.#find('constants', name, unit);
  }

  function(name: string, unit: Unit | undefined): Die | undefined {
    return this.#find('functions', name, unit);
  }

  /** Units of a source file, by the end of its path. */
  unitsOf(file: string): Unit[] {
    return this.#info.units.filter((unit) => attempt(() => {
      const name = unit.isCompileUnit ? unit.root.string(AT.name) : undefined;
      return name !== undefined && (name === file || name.endsWith(`/${file}`));
    }, false));
  }

  /** In a unit only. */
  inUnit(kind: Kind, name: string, unit: Unit): Die | undefined {
    return this.#entry(this.#namesOf(unit), kind, name);
  }

  /** Names of a kind that begin with a prefix, each once: those of the unit first. */
  *beginning(kind: Kind, prefix: string, unit: Unit | undefined): Generator<string, void, undefined> {
    const seen = new Set<string>();
    for (const names of this.#searched(unit)) {
      for (const name of names[kind].keys()) {
        if (!name.startsWith(prefix) || seen.has(name)) continue;
        seen.add(name);
        yield name;
      }
    }
  }

  #find(kind: Kind, name: string, unit: Unit | undefined): Die | undefined {
    for (const names of this.#searched(unit)) {
      const found = this.#entry(names, kind, name);
      if (found !== undefined) return found;
    }
    return undefined;
  }

  #entry(names: UnitNames, kind: Kind, name: string): Die | undefined {
    const offset = names[kind].get(squeezed(name));
    return offset === undefined ? undefined : this.#info.dieAt(offset);
  }

  *#searched(unit: Unit | undefined): Generator<UnitNames, void, undefined> {
    const { units, typeUnits } = this.#info;
    if (unit !== undefined) yield this.#namesOf(unit);
    if (units.length >= MANY_UNITS) return;
    for (const each of units) if (each !== unit && each.isCompileUnit) yield this.#namesOf(each);
    // No unit refers to a class of which it only uses an inner one.
    this.#ofTypeUnits ??= this.#namesIn(typeUnits.length < MANY_TYPE_UNITS ? typeUnits : []);
    yield this.#ofTypeUnits;
  }

  #namesOf(unit: Unit): UnitNames {
    let names = this.#units.get(unit);
    if (names === undefined) {
      names = this.#namesIn([unit, ...this.#info.typeUnitsOf(unit)]);
      if (this.#units.size >= KEPT_UNITS) this.#units.clear();
      this.#units.set(unit, names);
    }
    return names;
  }

  #namesIn(units: readonly Unit[]): UnitNames {
    const names: UnitNames = { types: new Map(), variables: new Map(), constants: new Map(), functions: new Map() };
    for (const unit of units) attempt(() => { this.#collect(unit.root, names, 0); }, undefined);
    return names;
  }

  #collect(parent: Die, names: UnitNames, depth: number): void {
    if (depth >= MAX_DEPTH) return;
    parent.eachChild((tag, make) => {
      const isScope = SCOPES.has(tag);
      const isNamed = isScope || tag === TAG.enumerationType || tag === TAG.typedef || tag === TAG.baseType || tag === TAG.variable || tag === TAG.subprogram;
      if (!isNamed || names.types.size + names.variables.size + names.functions.size > MAX_NAMES) return;
      attempt(() => { this.#remember(make(), names, depth); }, undefined);
    });
  }

  #remember(die: Die, names: UnitNames, depth: number): void {
    const { tag } = die;
    if (tag === TAG.variable || tag === TAG.subprogram) {
      const isDefinition = tag === TAG.variable ? !die.has(AT.declaration) : die.has(AT.lowPc) || die.has(AT.ranges);
      const name = isDefinition ? this.#qualifiedName(die) : undefined;
      if (name !== undefined) add(tag === TAG.variable ? names.variables : names.functions, name, die.offset);
    } else {
      const name = die.string(AT.name);
      const isDeclaration = die.has(AT.declaration) && die.flag(AT.declaration);
      if (name !== undefined && tag !== TAG.namespace && tag !== TAG.module) rememberType(die, name, names, isDeclaration ? DECLARED : '');
      if (tag === TAG.enumerationType) rememberConstants(die, names);
    }
    if (SCOPES.has(tag) && (languageOf(die.unit) !== 'c' || tag === TAG.namespace)) this.#collect(die, names, depth + 1);
  }

  /** With the scopes of what it completes. */
  #qualifiedName(die: Die): string | undefined {
    for (const origin of this.#info.origins(die)) {
      const name = origin.string(AT.name);
      if (name !== undefined) return scopePrefix(origin) + name;
    }
    return undefined;
  }
}

function squeezed(name: string): string {
  const text = canonicalTemplate(name).replace(/\s+(?=\W)|(?<=\W)\s+/g, '').replaceAll('(anonymous namespace)', '(anonymousnamespace)');
  return text.startsWith('::') ? text.slice(2) : text;
}

/** The first definition counts. Anonymous namespaces may be left out. */
function add(map: Map<string, number>, name: string, offset: number): void {
  const key = squeezed(name);
  if (!map.has(key)) map.set(key, offset);
  if (!key.includes(ANONYMOUS)) return;
  const short = key.replaceAll(ANONYMOUS, '');
  if (!map.has(short)) map.set(short, offset);
}

function rememberType(die: Die, bare: string, { types }: UnitNames, mark: string): void {
  const keyword = KEYWORDS.get(die.tag);
  const name = scopePrefix(die) + bare;
  if (keyword !== undefined) add(types, `${mark}${keyword} ${name}`, die.offset);
  if (keyword === undefined || languageOf(die.unit) !== 'c') add(types, mark + (die.tag === TAG.baseType ? canonicalTypeName(name) : name), die.offset);
}

function rememberConstants(die: Die, { constants }: UnitNames): void {
  const prefix = scopePrefix(die);
  const name = die.string(AT.name);
  die.eachChild((tag, make) => {
    const constant = tag === TAG.enumerator ? make().string(AT.name) : undefined;
    if (constant === undefined) return;
    if (!die.has(AT.enumClass) || name === undefined) add(constants, prefix + constant, die.offset);
    if (name !== undefined && prefix + name !== '') add(constants, `${prefix}${name}::${constant}`, die.offset);
  });
}
