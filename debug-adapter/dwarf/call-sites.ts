/** Call sites: what parameters were at a call, as far as the caller still knows (DWARF 5, 3.4 and 2.5.1.7; GNU extensions for DWARF 4). */
import { AT, TAG } from './constants.ts';
import { attempt, unsignedOf } from './reader.ts';
import type { Die } from './units.ts';

const MAX_DEPTH = 64;
const PARAMETER_REF = 0xfa;
const SCOPES: ReadonlySet<number> = new Set<number>([TAG.lexicalBlock, TAG.inlinedSubroutine]);
const SITES: ReadonlySet<number> = new Set<number>([TAG.callSite, TAG.gnuCallSite]);
const PARAMETERS: ReadonlySet<number> = new Set<number>([TAG.callSiteParameter, TAG.gnuCallSiteParameter]);

/** The call in a function that returns to `pc`. Tail calls return elsewhere. */
export function callSiteAt(scope: Die, pc: bigint, depth = 0): Die | undefined {
  let found: Die | undefined;
  const inner: Die[] = [];
  scope.eachChild((tag, make) => {
    if (found !== undefined) return;
    if (SCOPES.has(tag)) inner.push(make());
    if (!SITES.has(tag)) return;
    const die = make();
    const returnPc = die.attribute(AT.callReturnPc) ?? (tag === TAG.gnuCallSite ? die.attribute(AT.lowPc) : undefined);
    if (returnPc?.kind === 'address' && returnPc.value === pc && !die.flag(AT.callTailCall) && !die.flag(AT.gnuTailCall)) found = die;
  });
  if (found !== undefined || depth >= MAX_DEPTH) return found;
  for (const die of inner) {
    const below = attempt(() => callSiteAt(die, pc, depth + 1), undefined);
    if (below !== undefined) return below;
  }
  return undefined;
}

/** Calls of a function that do not return to it. */
export function tailCallsIn(scope: Die, found: Die[] = [], depth = 0): Die[] {
  scope.eachChild((tag, make) => {
    if (SCOPES.has(tag) && depth < MAX_DEPTH) tailCallsIn(make(), found, depth + 1);
    if (!SITES.has(tag)) return;
    const die = make();
    if (die.flag(AT.callTailCall) || die.flag(AT.gnuTailCall)) found.push(die);
  });
  return found;
}

/** What is called: an entry of .debug_info, or an expression for the address. */
export function calleeOf(site: Die): { readonly entry: number } | { readonly expression: Uint8Array } | undefined {
  const origin = site.attribute(AT.callOrigin) ?? site.attribute(AT.abstractOrigin);
  if (origin?.kind === 'reference') return { entry: origin.offset };
  const target = site.attribute(AT.callTarget) ?? site.attribute(AT.gnuCallSiteTarget);
  return target?.kind === 'block' ? { expression: target.bytes } : undefined;
}

/** The expression for a register, as call sites write it. */
export function registerLocation(number: number): Uint8Array {
  return number < 32 ? Uint8Array.of(0x50 + number) : Uint8Array.of(0x90, number); // reg0 + number, regx
}

/**
 * How the caller computes what the callee found at `location` when it was entered: at an expression for a place, or, after GCC has
 * taken a parameter away, in that parameter (DW_OP_GNU_parameter_ref and its entry's offset in the unit, which is the caller's too).
 */
export function valueAtCall(site: Die, location: Uint8Array): Uint8Array | undefined {
  const parameter = location[0] === PARAMETER_REF && location.length === 5 ? site.unit.offset + Number(unsignedOf(location.subarray(1))) : undefined;
  for (const die of site.children()) {
    if (!PARAMETERS.has(die.tag)) continue;
    const place = die.attribute(AT.location);
    const origin = die.attribute(AT.callParameter) ?? die.attribute(AT.abstractOrigin);
    const isIt = parameter === undefined ? place?.kind === 'block' && isEqual(place.bytes, location) : origin?.kind === 'reference' && origin.offset === parameter;
    if (!isIt) continue;
    const value = die.attribute(AT.callValue) ?? die.attribute(AT.gnuCallSiteValue);
    return value?.kind === 'block' ? value.bytes : undefined;
  }
  return undefined;
}

function isEqual(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index]);
}
