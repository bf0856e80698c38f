/** The breakpoints and watchpoints that GDB has inserted: virtual addresses, honoured in both directions. */
import type { AccessKind, StopConditions, Watch } from '../machine/machine-types.ts';

/** GDB inserts what it needs for each motion, and removes it afterwards: more than this is a mistake. */
const POINTS_MAX = 4096;
const WATCH_BYTES_MAX = 1 << 20;

/** Types of the packets Z and z. */
const SOFTWARE = 0;
const HARDWARE = 1;
const WATCHES: ReadonlyMap<number, AccessKind> = new Map<number, AccessKind>([[2, 'write'], [3, 'read'], [4, 'access']]);
/** How a hit is called in a stop reply. */
const WATCH_WORDS: Readonly<Record<AccessKind, string>> = { write: 'watch', read: 'rwatch', access: 'awatch' };

/** Says whether a breakpoint counts, with the session standing there. */
export type Condition = () => boolean;

export class Points {
  /** By address, software and hardware ones apart: the same one may be inserted as both. */
  readonly #breakpoints = [new Map<bigint, Condition | undefined>(), new Map<bigint, Condition | undefined>()] as const;
  readonly #watches = new Map<string, Watch>();
  /** Exception causes that stop. */
  causes: ReadonlySet<number> = new Set();

  /** Is this a type that there is? */
  static has(type: number): boolean {
    return type === SOFTWARE || type === HARDWARE || WATCHES.has(type);
  }

  /** False: there is no room, or nothing of that size can be watched. Inserting the same again replaces its condition. */
  insert(type: number, address: bigint, sizeBytes: number, condition?: Condition): boolean {
    if (this.#count >= POINTS_MAX) return false;
    const kind = WATCHES.get(type);
    if (kind === undefined) {
      this.#ofType(type).set(address, condition);
      return true;
    }
    if (sizeBytes === 0 || sizeBytes > WATCH_BYTES_MAX) return false;
    this.#watches.set(keyOf(type, address, sizeBytes), { kind, address, sizeBytes });
    return true;
  }

  /** What was not there is removed, too. */
  remove(type: number, address: bigint, sizeBytes: number): void {
    if (WATCHES.has(type)) this.#watches.delete(keyOf(type, address, sizeBytes));
    else this.#ofType(type).delete(address);
  }

  clear(): void {
    for (const breakpoints of this.#breakpoints) breakpoints.clear();
    this.#watches.clear();
  }

  get watches(): readonly Watch[] {
    return [...this.#watches.values()];
  }

  conditions(): StopConditions {
    const [software, hardware] = this.#breakpoints;
    const all = { breakpoints: new Set([...software.keys(), ...hardware.keys()]), watches: this.watches, caughtCauses: this.causes };
    const hasConditions = [software, hardware].some((points) => [...points.values()].some((condition) => condition !== undefined));
    return hasConditions ? { ...all, accept: (met) => met.kind !== 'breakpoint' || this.accepts(met.pc) } : all;
  }

  /** A breakpoint is there, and its condition (GDB's bytecode) holds. */
  accepts(pc: bigint): boolean {
    return this.#breakpoints.some((points) => points.has(pc) && (points.get(pc)?.() ?? true));
  }

  /** `swbreak`, `hwbreak`, or undefined where no breakpoint is. */
  wordAt(pc: bigint): string | undefined {
    if (this.#breakpoints[SOFTWARE].has(pc)) return 'swbreak';
    return this.#breakpoints[HARDWARE].has(pc) ? 'hwbreak' : undefined;
  }

  /** How GDB calls the watchpoint that an access has hit, and an address in it. */
  watchOf(access: { readonly address: bigint; readonly sizeBytes: number; readonly kind: 'read' | 'write' }): { readonly word: string; readonly address: bigint } {
    for (const watch of this.#watches.values()) {
      const overlaps = watch.address < access.address + BigInt(access.sizeBytes) && access.address < watch.address + BigInt(watch.sizeBytes);
      if (overlaps && (watch.kind === 'access' || watch.kind === access.kind)) {
        return { word: WATCH_WORDS[watch.kind], address: watch.address > access.address ? watch.address : access.address };
      }
    }
    return { word: WATCH_WORDS[access.kind], address: access.address };
  }

  get #count(): number {
    return this.#breakpoints[SOFTWARE].size + this.#breakpoints[HARDWARE].size + this.#watches.size;
  }

  #ofType(type: number): Map<bigint, Condition | undefined> {
    return type === SOFTWARE ? this.#breakpoints[SOFTWARE] : this.#breakpoints[HARDWARE];
  }
}

function keyOf(type: number, address: bigint, sizeBytes: number): string {
  return `${type} ${address} ${sizeBytes}`;
}
