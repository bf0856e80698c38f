/** What requests that set breakpoints of different kinds have in common. */
import type { Arguments } from '../arguments.ts';
import type { Breakpoint, BreakpointOptions } from '../breakpoints/breakpoint.ts';
import type { Wanted } from '../breakpoints/breakpoints.ts';
import { describeCounting } from '../breakpoints/hit-condition.ts';
import type { Debuggee } from '../debuggee.ts';
import type { RequestResult } from '../request.ts';
import type { AddressSpace } from '../symbols/address-space.ts';
import type { SymbolSet } from '../symbol-set.ts';

/** Blank ones are none: that is how forms say it. */
export function optionsOf(fields: Arguments): BreakpointOptions {
  const text = (name: keyof BreakpointOptions): object => {
    const given = fields.optionalString(name);
    return given === undefined || given.trim() === '' ? {} : { [name]: name === 'logMessage' ? given : given.trim() };
  };
  return { ...text('condition'), ...text('hitCondition'), ...text('logMessage') };
}

/** The part of a place that says in which address spaces its addresses count. `path`: of the source file that they come from. */
export function spacesOf(symbols: SymbolSet, addresses: readonly bigint[], path?: string): { spaces?: ReadonlyMap<bigint, AddressSpace> } {
  const spaces = new Map<bigint, AddressSpace>();
  for (const address of addresses) {
    const space = symbols.addressSpaceOf(address, path);
    if (space !== undefined) spaces.set(address, space);
  }
  return spaces.size === 0 ? {} : { spaces };
}

/** A breakpoint that is asked for: one that can be set, or why it cannot. */
export interface Asked {
  readonly wanted?: Wanted;
  readonly problem?: string;
  /** Where it is. */
  readonly details: object;
}

/** Sets a group of breakpoints, and answers for each of them. */
export function setGroup(debuggee: Debuggee, group: string, asked: readonly Asked[]): RequestResult {
  const made = debuggee.breakpoints.set(group, asked.flatMap(({ wanted }) => (wanted === undefined ? [] : [wanted])));
  debuggee.motion.breakpointsChanged();
  const breakpoints = asked.map(({ wanted, problem, details }) => {
    const breakpoint = wanted === undefined ? undefined : made.shift();
    return breakpoint === undefined ? { id: debuggee.breakpoints.nextId(), verified: false, ...details, ...(problem === undefined ? {} : { message: problem }) } : stateOf(breakpoint, details);
  });
  return { body: { breakpoints } };
}

export function stateOf({ id, problem, passes }: Breakpoint, details: object): object {
  if (problem !== undefined) return { id, verified: false, ...details, message: problem };
  return { id, verified: true, ...details, ...(passes === undefined ? {} : { message: describeCounting(passes.condition) }) };
}
