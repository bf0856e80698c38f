/** Members of structures, also of anonymous ones and of bases. */
import { stripType } from '../dwarf/type-model.ts';
import type { Member, StructureType } from '../dwarf/type-model.ts';

const MAX_DEPTH = 16;

/** The way to a member: through anonymous members and bases. Undefined: there is none of the name. */
export function findMember(type: StructureType, name: string, depth = 0): readonly Member[] | undefined {
  const members = allMembers(type);
  const direct = members.find((member) => member.name === name);
  if (direct !== undefined) return [direct];
  if (depth >= MAX_DEPTH) return undefined;
  for (const member of members) {
    const inner = stripType(member.type);
    if ((member.name !== undefined && !member.isBase) || inner.kind !== 'structure') continue;
    const found = findMember(inner, name, depth + 1);
    if (found !== undefined) return [member, ...found];
  }
  return undefined;
}

/** Of a Rust enum, those of every variant. */
function allMembers(type: StructureType): readonly Member[] {
  const part = type.variants?.();
  return part === undefined ? type.members() : part.variants.flatMap(({ members }) => members);
}

/** Every member that can be named, an inner one once for each way to it. */
export function namedMembers(type: StructureType, depth = 0): Member[] {
  return allMembers(type).flatMap((member) => {
    const inner = stripType(member.type);
    if (member.name !== undefined && !member.isBase) return [member];
    return inner.kind === 'structure' && depth < MAX_DEPTH ? namedMembers(inner, depth + 1) : [];
  });
}

/** Where a base's object begins in a derived one; undefined when it is none, or a virtual one. */
export function baseOffset(derived: StructureType, base: StructureType, depth = 0): number | undefined {
  if (depth >= MAX_DEPTH) return undefined;
  for (const member of derived.members()) {
    const inner = stripType(member.type);
    if (!member.isBase || member.locator !== undefined || inner.kind !== 'structure') continue;
    if (inner.name === base.name) return member.offsetBytes;
    const within = baseOffset(inner, base, depth + 1);
    if (within !== undefined) return member.offsetBytes + within;
  }
  return undefined;
}
