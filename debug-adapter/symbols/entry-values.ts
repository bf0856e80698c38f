/** What parameters were when a function was entered, from what its caller still knows (DW_OP_entry_value). */
import { AT } from '../dwarf/constants.ts';
import { calleeOf, callSiteAt, tailCallsIn, valueAtCall } from '../dwarf/call-sites.ts';
import { evaluateToValue } from '../dwarf/expression.ts';
import type { ExpressionContext } from '../dwarf/expression.ts';
import type { DebugInfo, FunctionInfo } from '../dwarf/info.ts';
import { locationAt, rangesOf } from '../dwarf/lists.ts';
import { attempt } from '../dwarf/reader.ts';
import type { ReadMemory } from '../dwarf/reader.ts';
import type { Die } from '../dwarf/units.ts';
import { lookupAddress } from '../dwarf/unwind.ts';
import type { UnwindFrame, Unwound } from '../dwarf/unwind.ts';
import type { SymbolTable } from './symbol-table.ts';

type Unwind = (frame: UnwindFrame) => Unwound;

const MAX_DEPTH = 16;
const MAX_TAIL_CALLS = 256;
const KNOWN_MAX = 1_024;

export class EntryValues {
  readonly #info: DebugInfo;
  readonly #symbols: SymbolTable;
  /** Call sites by return address. */
  readonly #sites = new Map<bigint, Die | undefined>();
  readonly #again = new Map<FunctionInfo, boolean>();

  constructor(info: DebugInfo, symbols: SymbolTable) {
    this.#info = info;
    this.#symbols = symbols;
  }

  /** The value of `expression` in `caller` at its call of the function at `calleePc`. Undefined where it is not certain: also when a tail call came in between. */
  read(calleePc: bigint, caller: UnwindFrame, memory: ReadMemory, expression: Uint8Array, unwind: Unwind, depth = 0): bigint | undefined {
    if (caller.isExact || depth >= MAX_DEPTH) return undefined;
    return attempt(() => {
      const calling = this.#info.functionAt(lookupAddress(caller));
      const callee = this.#info.functionAt(calleePc);
      const site = calling === undefined ? undefined : this.#siteAt(calling, caller.pc);
      const value = site === undefined ? undefined : valueAtCall(site, expression);
      if (calling === undefined || callee === undefined || site === undefined || value === undefined) return undefined;
      const context = this.#contextOf(calling, caller, memory, unwind, depth);
      return this.#calls(site, callee, context) && !this.#isEnteredAgain(callee) ? evaluateToValue(value, { ...context, unit: site.unit }) : undefined;
    }, undefined);
  }

  #siteAt(calling: FunctionInfo, returnPc: bigint): Die | undefined {
    if (!this.#sites.has(returnPc)) {
      if (this.#sites.size >= KNOWN_MAX) this.#sites.clear();
      this.#sites.set(returnPc, callSiteAt(calling.die, returnPc));
    }
    return this.#sites.get(returnPc);
  }

  /** Whether the call is one of this function: through tail calls, another one may have been entered. */
  #calls(site: Die, callee: FunctionInfo, context: ExpressionContext): boolean {
    const called = calleeOf(site);
    const isEntry = (address: bigint | undefined): boolean => address !== undefined && address === callee.ranges[0]?.low;
    if (called === undefined) return false;
    if ('expression' in called) return isEntry(evaluateToValue(called.expression, { ...context, unit: site.unit }));
    for (const origin of this.#info.origins(callee.die)) if (origin.offset === called.entry) return true;
    const die = this.#info.dieAt(called.entry);
    const name = die && (this.#info.linkageNameOf(die) ?? this.#info.nameOf(die));
    return name !== undefined && isEntry(this.#symbols.named(name)?.address);
  }

  /** Whether the function may have been entered again since, by a chain of tail calls that begins with itself; also where that cannot be told. */
  #isEnteredAgain(callee: FunctionInfo): boolean {
    const known = this.#again.get(callee);
    if (known !== undefined) return known;
    const seen = new Set<FunctionInfo>();
    const queue = [callee];
    let isAgain = false;
    for (let next = queue.pop(); next !== undefined && !isAgain; next = queue.pop()) {
      for (const site of tailCallsIn(next.die)) {
        const target = this.#targetOf(site);
        isAgain ||= target === 'unknown' || target === callee || seen.size > MAX_TAIL_CALLS;
        if (typeof target === 'string' || seen.has(target)) continue;
        seen.add(target);
        queue.push(target);
      }
    }
    if (this.#again.size >= KNOWN_MAX) this.#again.clear();
    this.#again.set(callee, isAgain);
    return isAgain;
  }

  #targetOf(site: Die): FunctionInfo | 'unknown' | 'elsewhere' {
    const called = calleeOf(site);
    const die = called !== undefined && 'entry' in called ? this.#info.dieAt(called.entry) : undefined;
    if (die === undefined) return 'unknown';
    const [own] = rangesOf(die);
    const name = this.#info.linkageNameOf(die) ?? this.#info.nameOf(die);
    const address = own?.low ?? (name === undefined ? undefined : this.#symbols.named(name)?.address);
    if (address === undefined) return 'unknown';
    // Code without debug information calls nothing back that is known.
    return this.#info.functionAt(address) ?? 'elsewhere';
  }

  #contextOf(calling: FunctionInfo, caller: UnwindFrame, memory: ReadMemory, unwind: Unwind, depth: number): ExpressionContext {
    const pc = lookupAddress(caller);
    const cfa = (): bigint | undefined => unwind(caller).cfa;
    const { unit } = calling.die;
    const context: ExpressionContext = {
      memory, register: caller.register, cfa, unit, frameBase: () => undefined,
      entryValue: (expression) => {
        const outer = unwind(caller).caller;
        return outer === undefined ? undefined : this.read(pc, outer, memory, expression, unwind, depth + 1);
      },
    };
    const frameBase = (): bigint | undefined => {
      const place = calling.die.attribute(AT.frameBase);
      const expression = place === undefined ? undefined : locationAt(unit, place, pc);
      return expression === undefined ? undefined : evaluateToValue(expression, context);
    };
    return { ...context, frameBase };
  }
}
