/** The calls in the line of a frame that a step into can choose from. */
import type { Inspection } from '../../emulator/index.ts';
import type { SymbolSet } from '../symbol-set.ts';
import type { Frame } from '../symbols/frames.ts';
import type { IntoTarget } from './forward.ts';
import { FunctionCodes, chainAt, chainOf } from './function-code.ts';
import { nextAddress, targetOf } from './instructions.ts';

export interface CallTarget {
  readonly label: string;
  readonly target: IntoTarget;
  /** Where it is called in the source, when the compiler said more than the line. */
  readonly column: number | undefined;
}

/** In the order of their code, from pc on. */
export function callTargets(inspect: Inspection, symbols: SymbolSet, frame: Frame): CallTarget[] {
  const { pc, location } = frame;
  const codes = new FunctionCodes(inspect, symbols, 'line');
  const code = codes.at(pc);
  const key = codes.keyAt(pc);
  if (code === undefined || key === undefined || location === undefined) return [];
  const chain = chainAt(symbols, pc);
  const found: (CallTarget & { readonly address: bigint })[] = [];
  for (const call of code.calls.values()) {
    const { address } = call;
    if (address < pc || codes.keyAt(address) !== key || chainAt(symbols, address) !== chain) continue;
    const direct = call.target;
    if (direct !== undefined && !codes.hasLines(direct)) continue;
    // What a register holds counts only where the machine stands at the call.
    const entry = direct ?? (address === pc ? targetOf(call, inspect) : undefined);
    const label = entry === undefined ? 'a function by its pointer' : symbols.functionAt(entry)?.name ?? `0x${entry.toString(16)}`;
    found.push({ address, label, target: { call: address }, column: symbols.location(nextAddress(call) - BigInt(call.sizeBytes))?.column });
  }
  const inlined = new Map<string, CallTarget & { readonly address: bigint }>();
  for (const { address, chain: deeper } of code.statements.values()) {
    if (address < pc || deeper === chain || !deeper.startsWith(chain)) continue;
    const call = symbols.inlinedAt(address).find((each) => `${chain}${chainOf([each])}` === deeper);
    if (call?.call?.line !== location.line || call.call.path !== location.path || inlined.has(deeper)) continue;
    inlined.set(deeper, { address, label: call.name, target: { chain: deeper }, column: call.call.column });
  }
  return [...found, ...inlined.values()].sort((a, b) => (a.address < b.address ? -1 : 1)).map(({ label, target, column }) => ({ label, target, column }));
}
