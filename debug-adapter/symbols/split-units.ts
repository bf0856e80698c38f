/** Debug information that is not in the program's file (DWARF 5, 7.3.2; -gsplit-dwarf), or is there in a way that cannot be read. */
import { AT, TAG, UNIT_TYPE } from '../dwarf/constants.ts';
import { attempt } from '../dwarf/reader.ts';
import type { Unit } from '../dwarf/units.ts';
import type { LoadedSections } from './loaded-sections.ts';

/** Units that are looked at: a program is split as a whole. */
const UNITS_MAX = 256;

/** One sentence for the user; undefined when all is there. */
export function splitNotice(name: string, sections: LoadedSections, units: () => readonly Unit[]): string | undefined {
  const problem = sections.compressionProblem();
  if (problem !== undefined) return `${problem} Until then there are no lines, types and variables of it.`;
  // Only split units and Clang's need a table of addresses.
  if (!sections.has('.debug_addr')) return undefined;
  const files = units().slice(0, UNITS_MAX).map((unit) => attempt(() => splitFileOf(unit), undefined)).filter((file) => file !== undefined);
  const [first] = files;
  if (first === undefined) return undefined;
  const others = files.length === 1 ? '' : ` and ${files.length - 1} more`;
  return `Of ${name} only functions and lines are known: its types and variables are in other files (${first}${others}), which are not read. Compile without -gsplit-dwarf to have them.`;
}

function splitFileOf(unit: Unit): string | undefined {
  const { root } = unit;
  if (unit.unitType !== UNIT_TYPE.skeleton && root.tag !== TAG.skeletonUnit && root.tag !== TAG.compileUnit) return undefined;
  return root.string(AT.dwoName) ?? root.string(AT.gnuDwoName);
}
