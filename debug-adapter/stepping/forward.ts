/** Steps forward. Where they stop is defined in stepping.ts. */
import { NO_CONDITIONS } from '../../emulator/index.ts';
import type { Position, SessionStop } from '../../emulator/index.ts';
import { standingOf } from './calls.ts';
import { contains, statementAround } from './function-code.ts';
import { findLast } from './history.ts';
import { instructionAt, nextAddress, targetOf } from './instructions.ts';
import { stepLineOfAssembly, stepOverInstruction } from './machine-steps.ts';
import { isWithin, placeHere } from './place.ts';
import type { Place } from './place.ts';
import type { Aim, Arrival, Stepper } from './stepper.ts';

export type ForwardKind = 'over' | 'into' | 'out';

/** What a step into is to enter: the call at an address, or an inlined call by its chain. Absent: whatever comes first. */
export type IntoTarget = { readonly call: bigint } | { readonly chain: string };

/** What a run in search of the next stop comes to. */
type Finding = 'stop' | 'call' | 'leave' | undefined;

const WIDE = 200_000;
const SLICE_MAX = 50_000_000;
/** Breakpoints slow all code down that is at the same places of its pages. */
const GUARDS_MAX = 400;
const SP = 2;

/** One step, while it is under way. */
class ForwardStep {
  readonly #stepper: Stepper;
  readonly #place: Place;
  readonly #kind: ForwardKind;
  readonly #target: IntoTarget | undefined;
  readonly #key: string | undefined;
  /** Statements of the calls that wait, as many as are worth it. */
  readonly #guarded: ReadonlySet<bigint>;
  readonly #aim: Aim;
  #finding: Finding;
  /** The function was left by a jump: it does not come back. */
  #hasLeft = false;

  constructor(stepper: Stepper, place: Place, kind: ForwardKind, key: string | undefined, target: IntoTarget | undefined) {
    this.#stepper = stepper;
    this.#place = place;
    this.#kind = kind;
    this.#key = key;
    this.#target = target;
    this.#guarded = this.#guards();
    this.#aim = {
      addresses: this.#addresses(),
      isReached: (pc) => {
        this.#finding = this.#find(pc);
        return this.#finding !== undefined;
      },
    };
  }

  async run(): Promise<SessionStop> {
    const stepper = this.#stepper;
    let finding = this.#find(this.#place.pc, true);
    for (;;) {
      while (finding !== undefined) {
        const stop = await this.#follow(finding);
        if (stop !== undefined) return stop;
        // Behind what was followed, a stop may be at once.
        const isNew: boolean = this.#aim.addresses.has(stepper.pc) && this.#aim.isReached(stepper.pc, stepper.position);
        finding = isNew ? this.#finding : undefined;
        if (finding === 'stop') return stepper.stepped;
      }
      const arrival = await this.#search();
      if (arrival.isUsers || !arrival.isReached) return arrival.stop;
      finding = this.#finding;
      if (finding === 'stop') return stepper.stepped;
    }
  }

  /** Where the machine stands at something that is not a stop itself; undefined: the step goes on. */
  async #follow(finding: Finding): Promise<SessionStop | undefined> {
    const stepper = this.#stepper;
    if (finding === 'call') return this.#enter();
    if (finding !== 'leave') return undefined;
    const stop = await stepper.session.stepForward(stepper.control);
    return stop.reason === 'step' && contains(this.#place.activation.code, stepper.pc) && stepper.addresses.isIn(this.#place.activation) ? undefined : stop;
  }

  /** From a call to behind the prologue of what is called; undefined if that returns before. */
  async #enter(): Promise<SessionStop | undefined> {
    const stepper = this.#stepper;
    const { inspect } = stepper.session;
    const call = instructionAt(inspect, stepper.pc);
    const callee = call && stepper.codes.at(targetOf(call, inspect));
    if (callee === undefined) return undefined;
    const sp = inspect.register(SP);
    const returnsTo = call?.flow === 'call' ? nextAddress(call) : undefined;
    const body = callee.bodyStart;
    const arrival = await stepper.runTo({
      addresses: new Set([body, ...(returnsTo === undefined ? [] : [returnsTo])]),
      isReached: (pc) => (pc === body ? stepper.addresses.cfa === sp || inspect.register(SP) === sp : inspect.register(SP) === sp),
    });
    if (arrival.isUsers || !arrival.isReached) return arrival.stop;
    return stepper.pc === body ? stepper.stepped : undefined;
  }

  #addresses(): Set<bigint> {
    const { activation: { code }, returnTo, outer } = this.#place;
    const addresses = new Set<bigint>(returnTo === undefined ? [] : [returnTo.pc]);
    for (const { address, chain, key } of code.statements.values()) {
      const isOwn = chain === this.#place.chain;
      if (isOwn && (this.#kind === 'out' || (key === this.#key && !this.#place.inPrologue))) continue;
      if (!isOwn && this.#kind !== 'into' && isWithin(chain, this.#place.chain)) continue;
      addresses.add(address);
    }
    for (const address of [...code.exits.keys(), ...code.trapReturns]) addresses.add(address);
    if (this.#kind === 'into') for (const address of code.calls.keys()) addresses.add(address);
    // Whoever waits for this call goes on: by a return, or because a longjmp has passed over it.
    for (const { pc } of outer) addresses.add(pc);
    for (const address of this.#guarded) addresses.add(address);
    return addresses;
  }

  #guards(): Set<bigint> {
    const { activation, outer } = this.#place;
    const guards = new Set<bigint>();
    for (const code of new Set(outer.map((each) => each.code))) {
      if (guards.size >= GUARDS_MAX) break;
      if (code !== activation.code) for (const address of this.#stepper.codes.statementAddresses(code)) guards.add(address);
    }
    return guards;
  }

  #find(pc: bigint, isBeginning = false): Finding {
    const { addresses } = this.#stepper;
    const { activation, returnTo, outer } = this.#place;
    if (contains(activation.code, pc) && (isBeginning || addresses.isIn(activation))) {
      const found = this.#hasLeft ? undefined : this.#findInside(pc, isBeginning);
      if (found !== undefined) return found;
    }
    if (isBeginning) return undefined;
    if (pc === returnTo?.pc && this.#isOutside(returnTo.cfa)) return 'stop';
    return outer.some((each) => (pc === each.pc || (this.#guarded.has(pc) && contains(each.code, pc))) && addresses.isIn(each)) ? 'stop' : undefined;
  }

  /** A frame further out: the stack grows down. */
  #isOutside(callerCfa: bigint | undefined): boolean {
    const { addresses, session: { inspect } } = this.#stepper;
    const { cfa } = this.#place.activation;
    if (callerCfa !== undefined) return addresses.cfa === callerCfa;
    return cfa === undefined || inspect.register(SP) >= cfa;
  }

  #findInside(pc: bigint, isBeginning: boolean): Finding {
    const { codes, session: { inspect } } = this.#stepper;
    const { activation: { code }, chain, inPrologue, returnTo } = this.#place;
    const statement = code.statements.get(pc);
    if (!isBeginning && statement !== undefined && this.#isStop(pc, statement.chain, statement.key)) return 'stop';
    if (code.trapReturns.has(pc)) return 'leave';
    const exit = code.exits.get(pc);
    const jump = this.#kind === 'into' ? exit ?? code.calls.get(pc) : exit;
    if (jump === undefined) return undefined;
    const target = targetOf(jump, inspect);
    const staysInside = exit !== undefined && contains(code, target);
    // A branch that may go elsewhere is no tail call.
    if (staysInside || jump.flow === 'branch') return undefined;
    if (this.#kind === 'into' && !inPrologue && codes.hasLines(target) && this.#isWanted(pc, chain)) return 'call';
    if (exit === undefined) return undefined;
    if (returnTo === undefined) return 'leave';
    this.#hasLeft = true;
    return undefined;
  }

  #isWanted(pc: bigint, chain: string): boolean {
    const target = this.#target;
    if (target === undefined) return true;
    return 'call' in target ? target.call === pc : target.chain === chain;
  }

  /** `pc` begins a statement of the function, in the call that the step is in. */
  #isStop(pc: bigint, chain: string, key: string): boolean {
    const { activation: { code }, inPrologue, chain: own } = this.#place;
    if (pc >= code.entry && pc < code.bodyStart) return false;
    if (inPrologue && this.#kind !== 'out') return true;
    if (chain === own) return this.#kind !== 'out' && key !== this.#key;
    if (!isWithin(chain, own)) return this.#kind !== 'out' || isWithin(own, chain);
    const target = this.#target;
    return this.#kind === 'into' && (target === undefined || ('chain' in target && isWithin(chain, target.chain)));
  }

  /** Runs to the next finding. A long call runs with one breakpoint, where it returns to. */
  async #search(): Promise<Arrival> {
    const stepper = this.#stepper;
    const { activation } = this.#place;
    for (let slice = WIDE; ; slice = Math.min(2 * slice, SLICE_MAX)) {
      const arrival = await stepper.runTo(this.#aim, { until: stepper.position + slice });
      if (arrival.stop.reason !== 'seek') return arrival;
      if (this.#hasLeft) continue;
      const standing = standingOf(stepper, activation);
      if (standing.kind !== 'waiting') continue;
      const back = await this.#awaitReturn(standing.pc);
      if (back !== undefined) return back;
    }
  }

  async #awaitReturn(pc: bigint): Promise<Arrival | undefined> {
    const stepper = this.#stepper;
    const { activation } = this.#place;
    const aim: Aim = { addresses: new Set([pc]), isReached: () => stepper.addresses.isIn(activation) };
    for (let slice = 10 * WIDE; ; slice = Math.min(4 * slice, SLICE_MAX)) {
      const from = stepper.position;
      const arrival = await stepper.runTo(aim, { until: from + slice });
      if (arrival.isReached) {
        if (arrival.isUsers) return arrival;
        this.#finding = this.#aim.addresses.has(pc) ? this.#find(pc) : undefined;
        return this.#finding === undefined ? undefined : arrival;
      }
      const passed = await this.#passedOver(from, arrival);
      if (passed !== undefined) return passed;
      if (arrival.stop.reason !== 'seek') return arrival;
    }
  }

  /** The call that the step is in may be gone, passed over by a longjmp: then to where that has come. What was passed since `from` is passed again. */
  async #passedOver(from: Position, arrival: Arrival): Promise<Arrival | undefined> {
    const stepper = this.#stepper;
    const { activation, outer } = this.#place;
    const { position, pc } = stepper;
    if (arrival.stop.reason === 'paused' || standingOf(stepper, activation, outer).kind !== 'gone') return undefined;
    await stepper.seek(from);
    const landed = await stepper.runTo(this.#aim, { until: position, user: NO_CONDITIONS });
    if (landed.isReached) return landed;
    await stepper.standAt({ position, pc });
    return undefined;
  }
}

/** The line (or statement) that is executed where the machine stands. What a jump into the middle of code is part of, only the past can tell. */
export async function keyHere(stepper: Stepper, place: Place): Promise<string | undefined> {
  const { activation, chain, pc, key, position, inPrologue } = place;
  const { code } = activation;
  if (inPrologue || code.statements.get(pc)?.chain === chain) return key;
  const around = statementAround(code, pc);
  if (around?.chain === chain) return around.key;
  const own = new Set([...code.statements.values()].filter((each) => each.chain === chain && each.address >= code.bodyStart).map(({ address }) => address));
  const last = await findLast(stepper, activation, { addresses: own, isReached: () => true }, position);
  await stepper.standAt(place);
  return (last && code.statements.get(last.pc)?.key) ?? key;
}

/** `target`: what a step into is to enter. */
export async function stepForward(stepper: Stepper, kind: ForwardKind, target?: IntoTarget): Promise<SessionStop> {
  const place = placeHere(stepper);
  if (place === undefined || (place.key === undefined && kind !== 'out')) return stepOverInstruction(stepper, kind === 'into');
  if (kind !== 'out' && place.activation.code.isAssembly) return stepLineOfAssembly(stepper, place, kind === 'into');
  if (kind === 'out' && place.chain === '' && place.returnTo === undefined) {
    return (await stepper.runTo({ addresses: new Set(), isReached: () => false })).stop;
  }
  return stepper.orBack(async () => {
    const key = kind === 'out' ? undefined : await keyHere(stepper, place);
    return new ForwardStep(stepper, place, kind, key, target).run();
  });
}
