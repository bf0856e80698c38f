import { damaged, Reader } from './reader.ts';
import type { Section } from './reader.ts';
import { FORM } from './constants.ts';

/** One declaration of an abbreviation table (DWARF 5, 7.5.3). Attribute i is names[i] with forms[i]. */
export interface Abbreviation {
  readonly tag: number;
  readonly hasChildren: boolean;
  readonly names: readonly number[];
  readonly forms: readonly number[];
  /** Values of DW_FORM_implicit_const, by attribute index. */
  readonly implicitConstants: ReadonlyMap<number, bigint>;
}

export type AbbreviationTable = ReadonlyMap<number, Abbreviation>;

const MAX_DECLARATIONS = 1 << 16;
const MAX_ATTRIBUTES = 1 << 10;
const NO_CONSTANTS: ReadonlyMap<number, bigint> = new Map();

/** One declaration, where the others are not needed: passes over those before it. */
export function findAbbreviation(section: Section, offset: number, wanted: number): Abbreviation | undefined {
  const reader = new Reader(section, offset);
  for (let count = 0; count < MAX_DECLARATIONS; count++) {
    const code = reader.uleb();
    if (code === 0) return undefined;
    if (code === wanted) return readDeclaration(reader);
    reader.skipLeb();
    reader.skip(1);
    skipAttributes(reader);
  }
  return undefined;
}

function skipAttributes(reader: Reader): void {
  for (;;) {
    const name = reader.uleb();
    const form = reader.uleb();
    if (form === FORM.implicitConst) reader.skipLeb();
    if (name === 0 && form === 0) return;
  }
}

/** What follows a declaration's code. */
function readDeclaration(reader: Reader): Abbreviation {
  const tag = reader.uleb();
  const hasChildren = reader.u8() !== 0;
  const names: number[] = [];
  const forms: number[] = [];
  const implicitConstants = new Map<number, bigint>();
  for (;;) {
    const name = reader.uleb();
    const form = reader.uleb();
    if (form === FORM.implicitConst) implicitConstants.set(forms.length, reader.sleb64());
    if (name === 0 && form === 0) break;
    if (names.length >= MAX_ATTRIBUTES) throw reader.damaged('an abbreviation with too many attributes');
    names.push(name);
    forms.push(form);
  }
  return { tag, hasChildren, names, forms, implicitConstants: implicitConstants.size === 0 ? NO_CONSTANTS : implicitConstants };
}

export function readAbbreviations(section: Section, offset: number): AbbreviationTable {
  const reader = new Reader(section, offset);
  const table = new Map<number, Abbreviation>();
  while (table.size < MAX_DECLARATIONS) {
    const code = reader.uleb();
    if (code === 0) return table;
    const declaration = readDeclaration(reader);
    if (table.has(code)) throw reader.damaged('an abbreviation declared twice');
    table.set(code, declaration);
  }
  throw damaged(section.name, offset, 'an abbreviation table without end');
}
