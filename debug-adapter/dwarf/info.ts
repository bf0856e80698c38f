import { AT, TAG } from './constants.ts';
import type { AttributeValue } from './forms.ts';
import { contains, rangesOf } from './lists.ts';
import type { AddressRange } from './lists.ts';
import { attempt } from './reader.ts';
import type { Sections } from './reader.ts';
import { TypeReader } from './types.ts';
import { readUnits } from './units.ts';
import type { Die, Unit } from './units.ts';

export interface FunctionInfo {
  readonly die: Die;
  readonly name: string;
  /** The hot part first, as the compiler wrote them. */
  readonly ranges: readonly AddressRange[];
}

/** A variable, parameter or constant that debug information describes. */
export interface VariableInfo {
  readonly name: string;
  /** The entry that has the location. */
  readonly die: Die;
  /** The entry that has the type: `die`, or what it completes. */
  readonly typeDie: Die;
  readonly isParameter: boolean;
}

const MAX_ORIGINS = 16;
const MAX_SCOPES = 64;
const MAX_FUNCTIONS = 1 << 18;
const MAX_VARIABLES = 1 << 14;

/** Entries of .debug_info, by unit and only as far as somebody asks. */
export class DebugInfo {
  readonly units: readonly Unit[];
  readonly types: TypeReader;
  readonly #isCode: (address: bigint) => boolean;
  readonly #functions = new Map<Unit, readonly FunctionInfo[]>();
  #unitRanges: { range: AddressRange; unit: Unit }[] | undefined;
  #names: { globals: Map<string, VariableInfo>; structures: Structures } | undefined;

  constructor(sections: Sections, isCode: (address: bigint) => boolean) {
    this.units = attempt(() => readUnits(sections), []);
    this.#isCode = isCode;
    this.types = new TypeReader((offset) => this.dieAt(offset), (keyword, name) => this.#index.structures.get(keyword)?.get(name));
  }

  /** The entry at an offset of .debug_info. */
  dieAt(offset: number): Die | undefined {
    let low = 0;
    let high = this.units.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.units[middle]?.offset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const unit = this.units[low - 1];
    return unit !== undefined && offset < unit.end ? unit.dieAt(offset) : undefined;
  }

  /** The function whose code includes `address`. */
  functionAt(address: bigint): FunctionInfo | undefined {
    for (const unit of this.#unitsAt(address)) {
      const found = this.functions(unit).find(({ ranges }) => contains(ranges, address));
      if (found !== undefined) return found;
    }
    return undefined;
  }

  *#unitsAt(address: bigint): Generator<Unit, void, undefined> {
    this.#unitRanges ??= this.#readUnitRanges();
    let low = 0;
    let high = this.#unitRanges.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#unitRanges[middle]?.range.low ?? 0n) <= address) low = middle + 1;
      else high = middle;
    }
    // Ranges of units hardly ever nest; a few before the nearest are asked for those that do.
    for (const { range, unit } of this.#unitRanges.slice(Math.max(0, low - 8), low).reverse()) {
      if (address < range.high) yield unit;
    }
  }

  #readUnitRanges(): { range: AddressRange; unit: Unit }[] {
    const all: { range: AddressRange; unit: Unit }[] = [];
    for (const unit of this.units) {
      const ranges = attempt(() => (unit.isCompileUnit ? rangesOf(unit.root) : []), []);
      for (const range of ranges) if (this.#isCode(range.low)) all.push({ range, unit });
    }
    return all.sort((a, b) => (a.range.low < b.range.low ? -1 : a.range.low > b.range.low ? 1 : 0));
  }

  /** Functions of a unit that have code. */
  functions(unit: Unit): readonly FunctionInfo[] {
    let functions = this.#functions.get(unit);
    if (functions === undefined) {
      const found: FunctionInfo[] = [];
      attempt(() => { this.#collectFunctions(unit.root, found, 0); }, undefined);
      functions = found;
      this.#functions.set(unit, functions);
    }
    return functions;
  }

  #collectFunctions(parent: Die, found: FunctionInfo[], depth: number): void {
    for (const die of parent.children()) {
      if (found.length >= MAX_FUNCTIONS) return;
      if (die.tag === TAG.subprogram) {
        const ranges = attempt(() => rangesOf(die), []).filter(({ low }) => this.#isCode(low));
        if (ranges.length > 0) found.push({ die, name: this.nameOf(die) ?? '<unnamed>', ranges });
      } else if (die.tag === TAG.namespace || die.tag === TAG.module || die.tag === TAG.classType || die.tag === TAG.structureType) {
        if (depth < MAX_SCOPES) this.#collectFunctions(die, found, depth + 1);
      }
    }
  }

  /** The entry itself, then what it completes (DW_AT_abstract_origin, DW_AT_specification). */
  *origins(die: Die): Generator<Die, void, undefined> {
    let current: Die | undefined = die;
    for (let count = 0; current !== undefined && count < MAX_ORIGINS; count++) {
      yield current;
      const reference: AttributeValue | undefined = current.attribute(AT.abstractOrigin) ?? current.attribute(AT.specification);
      current = reference?.kind === 'reference' ? this.dieAt(reference.offset) : undefined;
    }
  }

  nameOf(die: Die): string | undefined {
    return attempt(() => {
      for (const origin of this.origins(die)) {
        const name = origin.string(AT.name);
        if (name !== undefined) return name;
      }
      return undefined;
    }, undefined);
  }

  /** The variable that an entry describes; undefined for one without a name. */
  variable(die: Die): VariableInfo | undefined {
    return attempt(() => {
      const name = this.nameOf(die);
      if (name === undefined) return undefined;
      let typeDie = die;
      for (const origin of this.origins(die)) {
        typeDie = origin;
        if (origin.has(AT.type)) break;
      }
      return { name, die, typeDie, isParameter: die.tag === TAG.formalParameter };
    }, undefined);
  }

  /**
   * Parameters and locals that are in scope at `pc`, parameters first, then from the outermost block inwards; a name that an inner block hides is left out.
   * Variables of calls that were inlined at `pc` count as locals of the function.
   */
  locals(info: FunctionInfo, pc: bigint): VariableInfo[] {
    const found = new Map<string, VariableInfo>();
    attempt(() => { this.#collectLocals(info.die, pc, found, 0); }, undefined);
    return [...found.values()].sort((a, b) => Number(b.isParameter) - Number(a.isParameter));
  }

  #collectLocals(scope: Die, pc: bigint, found: Map<string, VariableInfo>, depth: number): void {
    const inner: Die[] = [];
    for (const die of scope.children()) {
      if (die.tag === TAG.formalParameter || die.tag === TAG.variable) {
        const variable = die.flag(AT.declaration) ? undefined : this.variable(die);
        if (variable === undefined || found.size >= MAX_VARIABLES) continue;
        // Parameters of inlined calls are shown as locals.
        found.delete(variable.name);
        found.set(variable.name, { ...variable, isParameter: variable.isParameter && depth === 0 });
      } else if (die.tag === TAG.lexicalBlock || die.tag === TAG.inlinedSubroutine) inner.push(die);
    }
    if (depth >= MAX_SCOPES) return;
    for (const die of inner) {
      if (contains(attempt(() => rangesOf(die), []), pc)) this.#collectLocals(die, pc, found, depth + 1);
    }
  }

  /** Global and file-level variables that a unit defines, also optimised out. */
  globals(unit: Unit): VariableInfo[] {
    const found: VariableInfo[] = [];
    attempt(() => { this.#collectGlobals(unit.root, found, undefined, 0); }, undefined);
    return found;
  }

  #collectGlobals(parent: Die, found: VariableInfo[], structures: Structures | undefined, depth: number): void {
    parent.eachChild((tag, make) => {
      if (tag === TAG.variable) {
        const die = make();
        const variable = die.flag(AT.declaration) ? undefined : this.variable(die);
        if (variable !== undefined && found.length < MAX_VARIABLES) found.push(variable);
      } else if (tag === TAG.namespace || tag === TAG.module) {
        if (depth < MAX_SCOPES) this.#collectGlobals(make(), found, structures, depth + 1);
      } else if (structures !== undefined && KEYWORDS.has(tag)) rememberStructure(make(), structures);
    });
  }

  /** A global variable of any unit; the first such request reads the top level of all units. */
  global(name: string): VariableInfo | undefined {
    return this.#index.globals.get(name);
  }

  get #index(): { globals: Map<string, VariableInfo>; structures: Structures } {
    if (this.#names === undefined) {
      const globals = new Map<string, VariableInfo>();
      const structures: Structures = new Map();
      this.#names = { globals, structures };
      for (const unit of this.units) {
        if (!unit.isCompileUnit) continue;
        const found: VariableInfo[] = [];
        attempt(() => { this.#collectGlobals(unit.root, found, structures, 0); }, undefined);
        for (const variable of found) {
          // An external one before one that is local to its file.
          if (!globals.has(variable.name) || this.#isExternal(variable)) globals.set(variable.name, variable);
        }
      }
    }
    return this.#names;
  }

  #isExternal({ die }: VariableInfo): boolean {
    return attempt(() => [...this.origins(die)].some((origin) => origin.flag(AT.external)), false);
  }
}

const KEYWORDS: ReadonlyMap<number, string> = new Map<number, string>([
  [TAG.structureType, 'struct'], [TAG.unionType, 'union'], [TAG.classType, 'class'],
]);

/** Entries that define a structure, by keyword and name. */
type Structures = Map<string, Map<string, Die>>;

function rememberStructure(die: Die, structures: Structures): void {
  const keyword = KEYWORDS.get(die.tag);
  if (keyword === undefined || die.has(AT.declaration)) return;
  const name = die.string(AT.name);
  if (name === undefined) return;
  let named = structures.get(keyword);
  if (named === undefined) {
    named = new Map();
    structures.set(keyword, named);
  }
  if (!named.has(name)) named.set(name, die);
}
