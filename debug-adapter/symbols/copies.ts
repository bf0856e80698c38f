/** Where the code of a function is beside its own entry in the symbol table: calls that were inlined, and copies that the compiler made for certain arguments. */
import { AT, TAG } from '../dwarf/constants.ts';
import { isNameOf } from '../dwarf/function-names.ts';
import type { DebugInfo } from '../dwarf/info.ts';
import { contains, rangesOf } from '../dwarf/lists.ts';
import { attempt } from '../dwarf/reader.ts';
import { entryOf } from '../dwarf/scopes.ts';
import type { Die, Unit } from '../dwarf/units.ts';
import { lastPart } from './function-index.ts';

/** What a unit has of one function: its descriptions as it is written, by the last part of their names. */
type Written = ReadonlyMap<string, readonly Die[]>;
/** First instructions, by offset of what is copied. */
type Copies = ReadonlyMap<number, readonly bigint[]>;

/** From here on, reading all units would take seconds. */
const MANY_UNITS = 500;
const SCOPES_MAX = 64;
const COPIES_MAX = 1 << 20;

const SCOPES: ReadonlySet<number> = new Set<number>([TAG.namespace, TAG.module, TAG.classType, TAG.structureType, TAG.unionType]);
const BLOCKS: ReadonlySet<number> = new Set<number>([TAG.subprogram, TAG.inlinedSubroutine, TAG.lexicalBlock]);

export class FunctionCopies {
  readonly #info: DebugInfo;
  readonly #isCode: (address: bigint) => boolean;
  readonly #written = new Map<Unit, Written>();
  readonly #copies = new Map<Unit, Copies>();

  constructor(info: DebugInfo, isCode: (address: bigint) => boolean) {
    this.#info = info;
    this.#isCode = isCode;
  }

  /**
   * The first instruction of each copy of a function. `known`: where functions of the name begin by the symbol table.
   * In programs of many units, only the units of those are read: copies of a header's function elsewhere are not found then.
   */
  find(name: string, known: readonly bigint[]): bigint[] {
    const { units } = this.#info;
    const read = units.length < MANY_UNITS ? units : units.filter((unit) => known.some((address) => this.#info.functionAt(address)?.die.unit === unit));
    const key = lastPart(name);
    const wanted = new Set<number>();
    for (const unit of read) {
      for (const die of this.#writtenIn(unit).get(key) ?? []) if (this.#isNamed(die, name)) wanted.add(die.offset);
    }
    if (wanted.size === 0) return [];
    // With link-time optimisation, copies are in other units than what is copied.
    const found = read.flatMap((unit) => [...wanted].flatMap((offset) => this.#copiesIn(unit).get(offset) ?? []));
    return [...new Set(found)].sort((a, b) => (a < b ? -1 : 1));
  }

  #isNamed(die: Die, name: string): boolean {
    return isNameOf(this.#info.fullNameOf(die) ?? '', name) || this.#info.linkageNameOf(die) === name;
  }

  #writtenIn(unit: Unit): Written {
    let written = this.#written.get(unit);
    if (written === undefined) {
      const found = new Map<string, Die[]>();
      written = found;
      this.#written.set(unit, written);
      if (unit.isCompileUnit) attempt(() => { this.#collectWritten(unit.root, found, 0); }, undefined);
    }
    return written;
  }

  #collectWritten(parent: Die, found: Map<string, Die[]>, depth: number): void {
    parent.eachChild((tag, make) => {
      if (SCOPES.has(tag) && depth < SCOPES_MAX) this.#collectWritten(make(), found, depth + 1);
      if (tag !== TAG.subprogram) return;
      const die = make();
      const name = hasCode(die) ? undefined : this.#info.nameOf(die);
      if (name === undefined) return;
      const key = lastPart(name);
      const known = found.get(key);
      if (known === undefined) found.set(key, [die]);
      else known.push(die);
    });
  }

  #copiesIn(unit: Unit): Copies {
    let copies = this.#copies.get(unit);
    if (copies === undefined) {
      const found = new Map<number, bigint[]>();
      copies = found;
      this.#copies.set(unit, copies);
      let count = 0;
      const add = (die: Die): void => {
        const origin = attempt(() => die.attribute(AT.abstractOrigin), undefined);
        const entry = origin?.kind === 'reference' && ++count <= COPIES_MAX ? this.#entryOf(die) : undefined;
        if (origin?.kind !== 'reference' || entry === undefined) return;
        const known = found.get(origin.offset);
        if (known === undefined) found.set(origin.offset, [entry]);
        else known.push(entry);
      };
      if (unit.isCompileUnit) attempt(() => { collectCopies(unit.root, add, 0); }, undefined);
    }
    return copies;
  }

  /** Compilers may give an entry where no instruction of the copy is: then it is its first part's beginning, as GDB has it. */
  #entryOf(die: Die): bigint | undefined {
    const ranges = attempt(() => rangesOf(die), []).filter(({ low }) => this.#isCode(low));
    if (ranges.length === 0) return undefined;
    const entry = entryOf({ die, ranges });
    return contains(ranges, entry) ? entry : ranges[0]?.low;
  }
}

function hasCode(die: Die): boolean {
  return die.has(AT.lowPc) || die.has(AT.ranges);
}

function collectCopies(parent: Die, add: (die: Die) => void, depth: number): void {
  if (depth >= SCOPES_MAX) return;
  parent.eachChild((tag, make) => {
    const isBlock = BLOCKS.has(tag);
    if (!isBlock && !SCOPES.has(tag)) return;
    const die = make();
    // A function without code is one as it is written, with nothing in it that is anywhere.
    if (tag === TAG.subprogram && !hasCode(die)) return;
    if (tag !== TAG.lexicalBlock && isBlock) add(die);
    if (die.hasChildren) collectCopies(die, add, depth + 1);
  });
}
