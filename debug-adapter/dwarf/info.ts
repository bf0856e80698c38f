import { AT, TAG } from './constants.ts';
import type { AttributeValue } from './forms.ts';
import { functionName } from './function-names.ts';
import { contains, rangesOf } from './lists.ts';
import type { AddressRange } from './lists.ts';
import { attempt } from './reader.ts';
import type { Sections } from './reader.ts';
import { entryOf, inlinedEntries, variableEntries } from './scopes.ts';
import { TypeReader } from './types.ts';
import { UnitTable } from './unit-table.ts';
import type { Die, Unit } from './units.ts';

export interface FunctionInfo {
  readonly die: Die;
  readonly name: string;
  /** `space::Class::method(int)` in C++, `crate::module::function` in Rust. */
  readonly fullName: string;
  /** The hot part first, as the compiler wrote them. */
  readonly ranges: readonly AddressRange[];
}

/** A call that was inlined, with the number of the file that calls in the unit's line table. */
export interface InlinedInfo {
  /** The entry of this call, whose variables are those of the call's frame. */
  readonly die: Die;
  readonly name: string;
  readonly ranges: readonly AddressRange[];
  /** Its first instruction. */
  readonly entry: bigint;
  /** Undefined when the compiler did not say. */
  readonly call: { readonly file: number; readonly line: number; readonly column: number } | undefined;
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
const KNOWN_MAX = 4_096;

/** Entries of debug information, by unit and only as far as somebody asks. */
export class DebugInfo {
  /** All but type units. */
  readonly units: readonly Unit[];
  readonly types: TypeReader;
  readonly #table: UnitTable;
  readonly #isCode: (address: bigint) => boolean;
  readonly #functions = new Map<Unit, readonly FunctionInfo[]>();
  readonly #inner = new Map<Unit, readonly FunctionInfo[]>();
  /** Addresses that were asked for lately. */
  readonly #byAddress = new Map<bigint, FunctionInfo>();
  #unitRanges: { range: AddressRange; unit: Unit }[] | undefined;
  #names: { globals: Map<string, VariableInfo>; structures: Structures } | undefined;

  constructor(sections: Sections, isCode: (address: bigint) => boolean) {
    this.#table = new UnitTable(sections);
    this.units = this.#table.units;
    this.#isCode = isCode;
    this.types = new TypeReader((offset) => this.dieAt(offset), (keyword, name) => this.#index.structures.get(keyword)?.get(name));
  }

  /** The entry at an offset. */
  dieAt(offset: number): Die | undefined {
    return this.#table.dieAt(offset);
  }

  get typeUnits(): readonly Unit[] {
    return this.#table.typeUnits;
  }

  /** Type units that a unit refers to, also by way of others. */
  typeUnitsOf(unit: Unit): readonly Unit[] {
    return this.#table.typeUnitsOf(unit);
  }

  /** The function whose code includes `address`. */
  functionAt(address: bigint): FunctionInfo | undefined {
    const known = this.#byAddress.get(address);
    if (known !== undefined) return known;
    for (const unit of this.#unitsAt(address)) {
      const found = functionIn(this.functions(unit), address) ?? functionIn(this.#innerFunctions(unit), address);
      if (found === undefined) continue;
      if (this.#byAddress.size >= KNOWN_MAX) this.#byAddress.clear();
      this.#byAddress.set(address, found);
      return found;
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

  /** Functions of a unit that have code, as far as a compiler describes them. */
  functions(unit: Unit): readonly FunctionInfo[] {
    let functions = this.#functions.get(unit);
    if (functions === undefined) {
      const found: FunctionInfo[] = [];
      if (!isAssembly(unit)) attempt(() => { this.#collectFunctions(unit.root, found, 0); }, undefined);
      functions = found;
      this.#functions.set(unit, functions);
    }
    return functions;
  }

  /** Functions inside of functions: lambdas, methods of local classes, nested functions of GNU C. */
  #innerFunctions(unit: Unit): readonly FunctionInfo[] {
    let functions = this.#inner.get(unit);
    if (functions === undefined) {
      const found: FunctionInfo[] = [];
      functions = found;
      this.#inner.set(unit, functions);
      attempt(() => { this.#collectInner(unit.root, found, 0); }, undefined);
    }
    return functions;
  }

  #collectInner(parent: Die, found: FunctionInfo[], depth: number): void {
    parent.eachChild((tag, make) => {
      if (depth >= MAX_SCOPES || found.length >= MAX_FUNCTIONS) return;
      const isFunction = tag === TAG.subprogram;
      if (!isFunction && !SCOPES.has(tag) && tag !== TAG.lexicalBlock) return;
      const die = make();
      if (isFunction) {
        const ranges = attempt(() => rangesOf(die), []).filter(({ low }) => this.#isCode(low));
        if (ranges.length > 0 && depth > 0) found.push(this.#functionInfo(die, ranges));
      }
      if (die.hasChildren) this.#collectInner(die, found, depth + 1);
    });
  }

  #collectFunctions(parent: Die, found: FunctionInfo[], depth: number): void {
    for (const die of parent.children()) {
      if (found.length >= MAX_FUNCTIONS) return;
      if (die.tag === TAG.subprogram) {
        const ranges = attempt(() => rangesOf(die), []).filter(({ low }) => this.#isCode(low));
        if (ranges.length > 0) found.push(this.#functionInfo(die, ranges));
      } else if (SCOPES.has(die.tag)) {
        if (depth < MAX_SCOPES) this.#collectFunctions(die, found, depth + 1);
      }
    }
  }

  #functionInfo(die: Die, ranges: readonly AddressRange[]): FunctionInfo {
    let fullName: string | undefined;
    const read = (): string => this.fullNameOf(die) ?? '<unnamed>';
    return {
      die, name: this.nameOf(die) ?? '<unnamed>', ranges,
      get fullName() {
        fullName ??= read();
        return fullName;
      },
    };
  }

  /** A function's name with its scopes and, in C++, the types of its parameters. */
  fullNameOf(die: Die): string | undefined {
    return attempt(() => functionName([...this.origins(die)], this.types), undefined) ?? this.nameOf(die);
  }

  /** The linker's name of a function. */
  linkageNameOf(die: Die): string | undefined {
    return attempt(() => [...this.origins(die)].map((origin) => origin.string(AT.linkageName)).find((name) => name !== undefined), undefined);
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

  /** Calls that were inlined into a function around `pc`, innermost first. */
  inlinedAt(info: FunctionInfo, pc: bigint): InlinedInfo[] {
    const calls = inlinedEntries(info.die, pc).map((found) => ({
      die: found.die, name: this.fullNameOf(found.die) ?? '<unnamed>', ranges: found.ranges, entry: entryOf(found), call: callOf(found.die),
    }));
    return calls.reverse();
  }

  /**
   * Parameters and locals that are in scope at `pc`, parameters first, then from the outermost block inwards; a name that an inner block hides is left out.
   * Those of the function itself, or of a call that was `inlined` into it.
   */
  locals(info: FunctionInfo, pc: bigint, inlined?: { readonly die: Die }): VariableInfo[] {
    const found = new Map<string, VariableInfo>();
    attempt(() => {
      variableEntries(inlined?.die ?? info.die, pc, (offset) => this.dieAt(offset), (die, { isOuter, isInherited }) => {
        const variable = found.size >= MAX_VARIABLES || die.flag(AT.declaration) ? undefined : this.variable(die);
        // What nothing is left of hides nothing.
        if (variable === undefined || (isInherited && found.has(variable.name))) return;
        found.delete(variable.name);
        found.set(variable.name, { ...variable, isParameter: variable.isParameter && isOuter });
      });
    }, undefined);
    return [...found.values()].sort((a, b) => Number(b.isParameter) - Number(a.isParameter));
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
      for (const unit of this.typeUnits) attempt(() => { this.#collectGlobals(unit.root, [], structures, 0); }, undefined);
    }
    return this.#names;
  }

  #isExternal({ die }: VariableInfo): boolean {
    return attempt(() => [...this.origins(die)].some((origin) => origin.flag(AT.external)), false);
  }
}

function functionIn(functions: readonly FunctionInfo[], address: bigint): FunctionInfo | undefined {
  return functions.find(({ ranges }) => contains(ranges, address));
}

/** What assemblers say of functions is their size before the linker shortened calls, and nothing that the symbol table does not have. */
function isAssembly(unit: Unit): boolean {
  return ASSEMBLY.has(attempt(() => unit.root.number(AT.language), undefined) ?? 0);
}

function callOf(die: Die): InlinedInfo['call'] {
  return attempt(() => {
    const file = die.number(AT.callFile);
    const line = die.number(AT.callLine);
    return file === undefined || line === undefined || line === 0 ? undefined : { file, line, column: die.number(AT.callColumn) ?? 0 };
  }, undefined);
}

/** DW_LANG_Mips_Assembler, for any machine's, and DWARF 6's DW_LANG_Assembly. */
const ASSEMBLY: ReadonlySet<number> = new Set([0x8001, 0x31]);

const SCOPES: ReadonlySet<number> = new Set<number>([TAG.namespace, TAG.module, TAG.classType, TAG.structureType, TAG.unionType]);

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
