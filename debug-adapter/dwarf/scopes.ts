/** What a function's entry holds: blocks, calls that were inlined, and their variables, as far as they count at an address. */
import { AT, TAG } from './constants.ts';
import { contains, rangesOf } from './lists.ts';
import type { AddressRange } from './lists.ts';
import { attempt } from './reader.ts';
import type { Die } from './units.ts';

/** A call that the compiler replaced by the body of what is called. */
export interface InlinedEntry {
  readonly die: Die;
  readonly ranges: readonly AddressRange[];
}

const MAX_SCOPES = 64;

/** Ranges of an inner scope; undefined for one that says nothing about code, whose contents belong to the scope around it. */
function scopeRanges(die: Die): readonly AddressRange[] | undefined {
  return die.has(AT.ranges) || die.has(AT.lowPc) ? attempt(() => rangesOf(die), []) : undefined;
}

/** Inlined calls whose code includes `pc`, from the outermost inwards. */
export function inlinedEntries(scope: Die, pc: bigint): InlinedEntry[] {
  const found: InlinedEntry[] = [];
  attempt(() => { collectInlined(scope, pc, found, 0); }, undefined);
  return found;
}

function collectInlined(scope: Die, pc: bigint, found: InlinedEntry[], depth: number): boolean {
  if (depth >= MAX_SCOPES) return false;
  const inner: Die[] = [];
  scope.eachChild((tag, make) => { if (tag === TAG.inlinedSubroutine || tag === TAG.lexicalBlock) inner.push(make()); });
  for (const die of inner) {
    const ranges = scopeRanges(die);
    if (ranges === undefined) {
      if (die.tag === TAG.lexicalBlock && collectInlined(die, pc, found, depth + 1)) return true;
    } else if (contains(ranges, pc)) {
      if (die.tag === TAG.inlinedSubroutine) found.push({ die, ranges });
      collectInlined(die, pc, found, depth + 1);
      return true;
    }
  }
  return false;
}

/** How an entry came to be visited. */
export interface VariablePlace {
  /** It is of the scope itself, not of a block in it. */
  readonly isOuter: boolean;
  /** The code at hand does not mention it: only the function as it was written does (DW_AT_abstract_origin). */
  readonly isInherited: boolean;
}

/** The entry at an offset of .debug_info. */
type EntryAt = (offset: number) => Die | undefined;

const LISTED: ReadonlySet<number> = new Set<number>([TAG.formalParameter, TAG.variable, TAG.lexicalBlock]);

function abstractOrigin(die: Die, entryAt: EntryAt): Die | undefined {
  const reference = attempt(() => die.attribute(AT.abstractOrigin), undefined);
  return reference?.kind === 'reference' ? entryAt(reference.offset) : undefined;
}

function listed(scope: Die): Die[] {
  const found: Die[] = [];
  scope.eachChild((tag, make) => { if (LISTED.has(tag)) found.push(make()); });
  return found;
}

/** What an entry and those in it are made from. */
function originsOf(dies: readonly Die[], entryAt: EntryAt, found = new Map<number, Die>(), depth = 0): Map<number, Die> {
  for (const die of dies) {
    const origin = abstractOrigin(die, entryAt);
    if (origin !== undefined) found.set(origin.offset, die);
    if (die.tag === TAG.lexicalBlock && depth < MAX_SCOPES) originsOf(listed(die), entryAt, found, depth + 1);
  }
  return found;
}

/** A scope's entries in the order of the source, with those that compilers leave out of a copy because nothing of them is left. */
function entriesOf(scope: Die, entryAt: EntryAt): { readonly die: Die; readonly isInherited: boolean }[] {
  const own = listed(scope);
  const origin = abstractOrigin(scope, entryAt);
  if (origin === undefined) return own.map((die) => ({ die, isInherited: false }));
  const copies = originsOf(own, entryAt);
  const rest = new Set(own);
  const entries = listed(origin).flatMap((die) => {
    const copy = copies.get(die.offset);
    if (copy === undefined) return [{ die, isInherited: true }];
    return rest.delete(copy) ? [{ die: copy, isInherited: false }] : [];
  });
  return [...entries, ...[...rest].map((die) => ({ die, isInherited: false }))];
}

/** Entries of parameters and variables in scope at `pc`, from the outermost block inwards; those of inlined calls are not the function's. */
export function variableEntries(scope: Die, pc: bigint, entryAt: EntryAt, visit: (die: Die, place: VariablePlace) => void): void {
  visitScope({ die: scope, isInherited: false }, pc, entryAt, visit, 0);
}

function visitScope(scope: { readonly die: Die; readonly isInherited: boolean }, pc: bigint, entryAt: EntryAt, visit: (die: Die, place: VariablePlace) => void, depth: number): void {
  const entries = entriesOf(scope.die, entryAt);
  const isBlock = ({ tag }: Die): boolean => tag === TAG.lexicalBlock;
  for (const { die, isInherited } of entries) {
    if (!isBlock(die)) visit(die, { isOuter: depth === 0, isInherited: isInherited || scope.isInherited });
  }
  if (depth >= MAX_SCOPES) return;
  for (const { die, isInherited } of entries) {
    const ranges = isBlock(die) ? scopeRanges(die) : [];
    if (ranges === undefined || contains(ranges, pc)) visitScope({ die, isInherited: isInherited || scope.isInherited }, pc, entryAt, visit, depth + 1);
  }
}

/** Where an inlined call begins: DW_AT_entry_pc (an address, or an offset from the lowest part's beginning), else its first part. */
export function entryOf({ die, ranges }: InlinedEntry): bigint {
  const first = ranges[0]?.low ?? 0n;
  const entry = attempt(() => die.attribute(AT.entryPc), undefined);
  if (entry?.kind === 'address') return entry.value;
  if (entry?.kind !== 'constant') return first;
  const low = attempt(() => die.attribute(AT.lowPc), undefined);
  return (low?.kind === 'address' ? low.value : first) + entry.value;
}
