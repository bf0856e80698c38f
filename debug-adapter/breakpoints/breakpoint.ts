/** One breakpoint of any kind: where it is, and which of the times that it is met count. */
import type { Inspection, Met, Position, Watch } from '../../emulator/index.ts';
import { UserError } from '../../emulator/user-error.ts';
import { RequestError } from '../errors.ts';
import type { SymbolSet } from '../symbol-set.ts';
import type { AddressSpace } from '../symbols/address-space.ts';
import { parseHitCondition } from './hit-condition.ts';
import { InspectionAt } from './inspection-at.ts';
import { parseLogMessage } from './log-message.ts';
import type { LogMessage } from './log-message.ts';
import { PASSES_MAX, Passes } from './passes.ts';

export type Place =
  /** `spaces`: of addresses that count in one address space only. */
  | { readonly kind: 'line' | 'function' | 'instruction'; readonly addresses: readonly bigint[]; readonly spaces?: ReadonlyMap<bigint, AddressSpace> }
  | { readonly kind: 'data'; readonly watch: Watch }
  /** `addresses`: of functions that are exceptions when they are called. */
  | { readonly kind: 'exception'; readonly filter: string; readonly causes: readonly number[]; readonly interrupts: readonly number[]; readonly addresses: readonly bigint[] };

/** As the user wrote them; absent: none. */
export interface BreakpointOptions {
  readonly condition?: string;
  readonly hitCondition?: string;
  readonly logMessage?: string;
}

export interface Guest {
  readonly inspect: Inspection;
  readonly symbols: SymbolSet;
}

/** Compiled conditions of one breakpoint, by address of code: data breakpoints and traps are met anywhere. */
const COMPILED_MAX = 1000;

export class Breakpoint {
  readonly id: number;
  readonly place: Place;
  readonly options: BreakpointOptions;
  readonly passes: Passes | undefined;
  readonly log: LogMessage | undefined;
  /** Why it cannot work: it is not set then. */
  problem: string | undefined;
  /** Its condition could not be evaluated at least once. */
  hasFailed = false;
  /** ... and that was told. */
  isFailureTold = false;
  private readonly compiled = new Map<bigint, () => boolean>();
  /** The condition that was asked last, and where: it is mostly the next one, too. */
  private lastCode: bigint | undefined;
  private lastHolds: () => boolean = () => true;

  /** `here`: where the machine stands. */
  constructor(id: number, place: Place, options: BreakpointOptions, here: Position) {
    this.id = id;
    this.place = place;
    this.options = options;
    try {
      this.passes = options.hitCondition === undefined ? undefined : new Passes(parseHitCondition(options.hitCondition), here);
      this.log = options.logMessage === undefined ? undefined : parseLogMessage(options.logMessage);
    } catch (error) {
      this.problem = sentenceOf(error);
    }
  }

  private get spaces(): ReadonlyMap<bigint, AddressSpace> | undefined {
    return 'spaces' in this.place ? this.place.spaces : undefined;
  }

  get addresses(): readonly bigint[] {
    return this.place.kind === 'data' ? [] : this.place.addresses;
  }

  isAt(met: Met): boolean {
    const { place } = this;
    switch (met.kind) {
      case 'breakpoint': return this.addresses.includes(met.pc);
      case 'watch': return place.kind === 'data' && isWatched(place.watch, met);
      case 'trap': return place.kind === 'exception' && place.causes.includes(met.cause);
      case 'interrupt': return place.kind === 'exception' && place.interrupts.includes(met.cause);
    }
  }

  /** Checks the condition where code is known to be: it is a problem if it can be asked nowhere. */
  checkCondition(guest: Guest): void {
    if (this.options.condition === undefined || this.addresses.length === 0) return;
    let first: string | undefined;
    for (const address of this.addresses) {
      try {
        this.compile(address, guest.inspect, guest.symbols);
        return;
      } catch (error) {
        first ??= sentenceOf(error);
      }
    }
    this.problem = first;
  }

  /** Whether it is passed there, with its condition true; a sentence when that cannot be told. */
  isPassed(met: Met, guest: Guest): boolean | string {
    if (met.kind === 'breakpoint' && this.spaces?.get(met.pc)?.isPresent() === false) return false;
    if (this.options.condition === undefined) return true;
    const code = met.kind === 'watch' ? guest.inspect.pc : met.pc;
    try {
      if (code !== this.lastCode) {
        this.lastHolds = this.compiled.get(code) ?? this.compile(code, inspectionAt(met, guest.inspect), guest.symbols);
        this.lastCode = code;
      }
      return this.lastHolds();
    } catch (error) {
      this.hasFailed = true;
      return `The condition '${this.options.condition}' cannot be evaluated: ${sentenceOf(error)}`;
    }
  }

  /** Counts it if it is passed there. */
  countPass(met: Met, guest: Guest): void {
    if (this.isPassed(met, guest) === true) this.passes?.add(placeInTime(met));
  }

  /** Whether this is a hit; counts it. A sentence when it cannot be told: that is one, too. */
  isHit(met: Met, guest: Guest): boolean | string {
    const passed = this.isPassed(met, guest);
    if (passed !== true || this.passes === undefined) return passed;
    const position = placeInTime(met);
    this.passes.add(position);
    return this.passes.isMeant(position)
      ?? `It was hit too often for its hit condition '${this.options.hitCondition ?? ''}': at most ${PASSES_MAX.toLocaleString('en')} hits are kept.`;
  }

  private compile(address: bigint, inspect: Inspection, symbols: SymbolSet): () => boolean {
    if (this.compiled.size >= COMPILED_MAX) this.compiled.clear();
    const holds = symbols.compileCondition(this.options.condition ?? '1', address, inspect);
    this.compiled.set(address, holds);
    return holds;
  }
}

/** The state that expressions are about: of the code that the hart came from. */
export function inspectionAt(met: Met, inspect: Inspection): Inspection {
  return met.kind === 'trap' || met.kind === 'interrupt' ? new InspectionAt(inspect, met.pc) : inspect;
}

/** The position of the instruction that something was met at: before which a breakpoint is, which accesses, traps or is interrupted. A stop stands there. */
export function placeInTime(met: Met): Position {
  return met.kind === 'watch' || met.kind === 'trap' ? met.position - 1 : met.position;
}

function isWatched({ address, sizeBytes, kind }: Watch, met: Extract<Met, { kind: 'watch' }>): boolean {
  const overlaps = address < met.address + BigInt(met.sizeBytes) && met.address < address + BigInt(sizeBytes);
  return overlaps && (kind === 'access' || kind === met.access);
}

/** What is wrong, for a user; a defect of ours goes on its way. */
export function sentenceOf(error: unknown): string {
  if (error instanceof UserError || error instanceof RequestError) return error.message;
  throw error;
}

