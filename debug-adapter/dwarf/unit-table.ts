/** The units of a program, and its types by their signatures (DWARF 5, 7.5.1.3; DWARF 4, 7.5.1.2 and section .debug_types). */
import { FORM } from './constants.ts';
import { skipForm } from './forms.ts';
import { attempt, sizeOfSection } from './reader.ts';
import type { Sections } from './reader.ts';
import { isTypeUnit, readUnitHeaders } from './unit-headers.ts';
import type { UnitSection } from './unit-headers.ts';
import { Unit, UnitCache } from './units.ts';
import type { Die } from './units.ts';

/** Units by offset, and type units by signature. Only headers are read. */
export class UnitTable {
  /** Those of .debug_info in order, but for type units, which have no code. */
  readonly units: readonly Unit[];
  readonly #sections: Sections;
  readonly #cache = new UnitCache();
  readonly #ofInfo: readonly Unit[];
  readonly #infoEnd: number;
  #ofTypesRead: readonly Unit[] | undefined;
  #typeUnitsRead: readonly Unit[] | undefined;
  #typeOffsets: ReadonlyMap<bigint, number> | undefined;

  constructor(sections: Sections) {
    this.#sections = sections;
    this.#ofInfo = this.#read({ name: '.debug_info', base: 0 });
    this.#infoEnd = attempt(() => sizeOfSection(sections, '.debug_info'), 0);
    this.units = this.#ofInfo.filter((unit) => !isTypeUnit(unit));
  }

  #read(section: UnitSection): Unit[] {
    return readUnitHeaders(this.#sections, section).map((header) => new Unit(this.#sections, header, this.#cache, this));
  }

  get #ofTypes(): readonly Unit[] {
    this.#ofTypesRead ??= this.#read({ name: '.debug_types', base: this.#infoEnd });
    return this.#ofTypesRead;
  }

  get typeUnits(): readonly Unit[] {
    this.#typeUnitsRead ??= [...this.#ofInfo.filter(isTypeUnit), ...this.#ofTypes];
    return this.#typeUnitsRead;
  }

  /** The entry at an offset. */
  dieAt(offset: number): Die | undefined {
    return this.#unitAt(offset)?.dieAt(offset);
  }

  #unitAt(offset: number): Unit | undefined {
    const units = offset < this.#infoEnd ? this.#ofInfo : this.#ofTypes;
    let low = 0;
    let high = units.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((units[middle]?.offset ?? 0) <= offset) low = middle + 1;
      else high = middle;
    }
    const unit = units[low - 1];
    return unit !== undefined && offset < unit.end ? unit : undefined;
  }

  /** Offset of the entry of the type with this signature. Of units with the same signature, which hold the same type, the first counts. */
  typeOffset(signature: bigint): number | undefined {
    if (this.#typeOffsets === undefined) {
      const offsets = new Map<bigint, number>();
      for (const { type } of this.typeUnits) if (type !== undefined && !offsets.has(type.signature)) offsets.set(type.signature, type.offset);
      this.#typeOffsets = offsets;
    }
    return this.#typeOffsets.get(signature);
  }

  /** Type units that a unit refers to, also by way of others: what its compiler has taken out of it. */
  typeUnitsOf(unit: Unit): Unit[] {
    const found = new Set([unit]);
    for (const each of this.typeUnits.length === 0 ? [] : found) {
      attempt(() => {
        eachSignature(each, (signature) => {
          const offset = this.typeOffset(signature);
          const referred = offset === undefined ? undefined : this.#unitAt(offset);
          if (referred !== undefined) found.add(referred);
        });
      }, undefined);
    }
    found.delete(unit);
    return [...found];
  }
}

/** Signatures that entries of a unit refer to. */
function eachSignature(unit: Unit, visit: (signature: bigint) => void): void {
  const { abbreviations } = unit;
  const reader = unit.reader(unit.root.offset);
  while (!reader.atEnd) {
    const code = reader.uleb();
    if (code === 0) continue;
    const abbreviation = abbreviations.get(code);
    if (abbreviation === undefined) return;
    for (const form of abbreviation.forms) {
      if (form === FORM.refSig8) visit(reader.u64());
      else skipForm(reader, form, unit);
    }
  }
}
