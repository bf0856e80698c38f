/** Which call of a function is executed: its canonical frame address, looked up quickly. */
import type { Inspection } from '../../emulator/index.ts';
import type { SymbolSet } from '../symbol-set.ts';
import type { FunctionCode } from './function-code.ts';

/** One call of a function. Calls that were inlined in it share it. */
export interface Activation {
  readonly code: FunctionCode;
  /** Its caller's stack pointer; undefined where nothing says. */
  readonly cfa: bigint | undefined;
  /** `satp`: stacks of several address spaces may be at the same addresses. */
  readonly space: bigint;
}

const SP = 2;
const S0 = 8;
const SATP = 0x180;
const KNOWN_MAX = 1 << 14;

export function addressSpace(inspect: Inspection): bigint {
  return inspect.csr(SATP) ?? 0n;
}

/** A compiler's call frame information says the frame address from pc and sp, or pc and s0: what was found for them once holds. */
export class FrameAddresses {
  readonly #inspect: Inspection;
  readonly #symbols: SymbolSet;
  readonly #known = new Map<bigint, Map<bigint, { readonly s0: bigint; readonly cfa: bigint | undefined }>>();
  #count = 0;

  constructor(inspect: Inspection, symbols: SymbolSet) {
    this.#inspect = inspect;
    this.#symbols = symbols;
  }

  /** Of the innermost frame. */
  get cfa(): bigint | undefined {
    const { pc } = this.#inspect;
    const sp = this.#inspect.register(SP);
    const s0 = this.#inspect.register(S0);
    let bySp = this.#known.get(pc);
    const known = bySp?.get(sp);
    if (known?.s0 === s0) return known.cfa;
    const cfa = this.#symbols.stack(this.#inspect, 1)[0]?.cfa;
    if (bySp === undefined || this.#count >= KNOWN_MAX) {
      if (this.#count >= KNOWN_MAX) this.#known.clear();
      this.#count = 0;
      bySp = new Map();
      this.#known.set(pc, bySp);
    }
    bySp.set(sp, { s0, cfa });
    this.#count++;
    return cfa;
  }

  /** The innermost frame is of that call. `pc` is in its code. */
  isIn({ cfa, space }: Activation): boolean {
    // A frame is above the stack pointer: most other calls of the function need no more than this.
    if (cfa !== undefined && this.#inspect.register(SP) > cfa) return false;
    return this.cfa === cfa && addressSpace(this.#inspect) === space;
  }
}
