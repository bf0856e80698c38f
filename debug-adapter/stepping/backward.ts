/** Steps back: where the twin of each of them, forward, would have begun. See stepping.ts. */
import type { SessionStop } from '../../emulator/index.ts';
import type { Activation } from './frame-addresses.ts';
import { chainAt, contains } from './function-code.ts';
import type { FunctionCode, Statement } from './function-code.ts';
import { findLast } from './history.ts';
import { instructionAt, nextAddress, targetOf } from './instructions.ts';
import { lineBeforeInAssembly, lineStartOfAssembly, stepBackInstruction } from './machine-steps.ts';
import { isWithin, placeHere } from './place.ts';
import type { Place } from './place.ts';
import type { Moment, Stepper } from './stepper.ts';

export type BackwardKind = 'over' | 'into' | 'out' | 'function-start';

const SP = 2;

/** What the code of a frame was at, at some moment: a statement of its own, one of another frame of the same call, or its beginning. */
interface Visit extends Moment {
  readonly kind: 'own' | 'other' | 'entry';
  readonly statement: Statement | undefined;
  /** Nothing of the frame is before. */
  readonly isFirst?: boolean;
}

/** Frames of a call that count as one; the rest is passed. */
interface Frame {
  readonly activation: Activation;
  /** Undefined: the call with all that is inlined in it. */
  readonly chain: string | undefined;
}

function statementsOf({ statements, entry, bodyStart }: FunctionCode): Statement[] {
  return [...statements.values()].filter(({ address }) => address < entry || address >= bodyStart);
}

function isOwn({ chain }: Frame, statement: Statement): boolean {
  return chain === undefined || statement.chain === chain;
}

function isOther({ chain }: Frame, statement: Statement): boolean {
  return chain !== undefined && !isWithin(statement.chain, chain);
}

/** Two statements that a step from one to the other goes on over. */
function isSameStop(frame: Frame, left: Statement | undefined, right: Statement): boolean {
  return left?.key === right.key && (frame.chain !== undefined || left.chain === right.chain);
}

/** The last visit of the frame before a position, of those that are `wanted`; or its beginning. */
async function lastVisit(stepper: Stepper, frame: Frame, before: number, isWanted: (statement: Statement) => boolean): Promise<Visit | undefined> {
  const { activation } = frame;
  const { code } = activation;
  const wanted = new Map(statementsOf(code).filter((each) => (isOwn(frame, each) && isWanted(each)) || isOther(frame, each)).map((each) => [each.address, each]));
  const addresses = new Set([...wanted.keys(), code.entry, ...code.entryBranches]);
  for (let to = before; ;) {
    let branchedAt = -1;
    const found = await findLast(stepper, activation, {
      addresses,
      isReached: (pc, position) => {
        const isLoop = pc === code.entry && branchedAt === position - 1;
        if (code.entryBranches.has(pc)) branchedAt = position;
        return wanted.has(pc) || (pc === code.entry && !isLoop);
      },
    }, to);
    if (found === undefined) return undefined;
    const statement = wanted.get(found.pc);
    const isFirst = found.pc === code.entry && await isEntry(stepper, activation, found);
    if (statement !== undefined && (!isFirst || !isOwn(frame, statement))) return { ...found, kind: isOwn(frame, statement) ? 'own' : 'other', statement };
    if (isFirst) return { ...found, kind: 'entry', statement: code.statements.get(found.pc) };
    to = found.position;
  }
}

/** At the function's first instruction: somebody has called it, or jumped there from elsewhere. */
async function isEntry(stepper: Stepper, activation: Activation, { position, pc }: Moment): Promise<boolean> {
  if (position === 0) return true;
  await stepper.seek(position);
  // An interrupt has led here.
  if (stepper.pc !== pc) return true;
  await stepper.seek(position - 1);
  const previous = instructionAt(stepper.session.inspect, stepper.pc);
  if (previous?.flow === 'trap-return') return false;
  // A call is one also from inside: recursion. Its frame address is another one, except where the stack is not used.
  return previous?.flow === 'call' || !contains(activation.code, stepper.pc) || !stepper.addresses.isIn(activation);
}

/** The first moment from `from` on, and before `to`, at which the frame is at a statement that is wanted. */
async function firstVisit(stepper: Stepper, { activation }: Frame, from: number, to: number, addresses: ReadonlySet<bigint>): Promise<Moment | undefined> {
  await stepper.seek(from);
  const isReached = (): boolean => stepper.addresses.isIn(activation);
  if (from < to && addresses.has(stepper.pc) && isReached()) return stepper.moment;
  const conditions = { breakpoints: addresses, watches: [], caughtCauses: new Set<number>(), accept: isReached };
  const stop = await stepper.session.runForward(conditions, { ...stepper.control, until: to });
  stepper.throwIfCancelled();
  return stop.reason === 'breakpoint' ? stepper.moment : undefined;
}

/** The stop at which what `visit` is part of began: the first of the statements before that a step goes on over. */
async function stopOf(stepper: Stepper, frame: Frame, visit: Visit): Promise<Moment> {
  const { statement } = visit;
  if (statement === undefined || visit.isFirst === true) return visit;
  const { code } = frame.activation;
  const before = await lastVisit(stepper, frame, visit.position, (each) => !isSameStop(frame, each, statement));
  const same = new Set(statementsOf(code).filter((each) => isOwn(frame, each) && isSameStop(frame, each, statement)).map(({ address }) => address));
  const from = before === undefined ? 0 : before.kind === 'entry' && code.bodyStart === code.entry ? before.position : before.position + 1;
  return (await firstVisit(stepper, frame, from, visit.position, same)) ?? visit;
}

/** The last statement of the frame before a position; undefined where its beginning, or the end of what is inlined, comes first. */
async function ownVisitBefore(stepper: Stepper, frame: Frame, before: number): Promise<Visit | undefined> {
  const visit = await lastVisit(stepper, frame, before, () => true);
  if (visit?.kind === 'own') return visit;
  const { code } = frame.activation;
  const isFirst = visit?.kind === 'entry' && code.entry === code.bodyStart && visit.statement !== undefined && isOwn(frame, visit.statement);
  return isFirst ? { ...visit, kind: 'own', isFirst } : undefined;
}

/** A frame's moment in its line or statement → where that began. For code without lines the moment itself. */
async function lineStart(stepper: Stepper, place: Place): Promise<Moment> {
  if (place.activation.code.isAssembly) return lineStartOfAssembly(stepper, place);
  const visit = await ownVisitBefore(stepper, place, place.position + 1);
  return visit === undefined ? place : stopOf(stepper, place, visit);
}

/** Calls of functions with lines that a call of a function makes, as they return. */
class Returns {
  readonly #stepper: Stepper;
  readonly #code: FunctionCode;
  readonly #chain: string | undefined;
  #pending: { readonly returnsTo: bigint; readonly callee: bigint; readonly sp: bigint } | undefined;
  last: (Moment & { readonly callee: bigint; readonly sp: bigint }) | undefined;

  /** `chain`: only those that this frame makes. */
  constructor(stepper: Stepper, code: FunctionCode, chain: string | undefined) {
    this.#stepper = stepper;
    this.#code = code;
    this.#chain = chain;
  }

  get addresses(): bigint[] {
    return [...this.#code.calls.values()].flatMap((call) => [call.address, nextAddress(call)]);
  }

  visit(pc: bigint, position: number): void {
    const { session: { inspect }, codes, symbols } = this.#stepper;
    const pending = this.#pending;
    if (pending?.returnsTo === pc) {
      this.last = { pc, position, callee: pending.callee, sp: pending.sp };
      this.#pending = undefined;
    }
    const call = this.#code.calls.get(pc);
    if (call === undefined || (this.#chain !== undefined && chainAt(symbols, pc) !== this.#chain)) return;
    const callee = targetOf(call, inspect);
    this.#pending = codes.hasLines(callee) ? { returnsTo: nextAddress(call), callee, sp: inspect.register(SP) } : undefined;
  }
}

/** Where a step back over goes from `place`; undefined: the frame begins here. */
async function stopBefore(stepper: Stepper, place: Place): Promise<Moment | undefined> {
  if (place.activation.code.isAssembly) return lineBeforeInAssembly(stepper, place);
  if (place.inPrologue) return undefined;
  const visit = await ownVisitBefore(stepper, place, place.position);
  return visit && stopOf(stepper, place, visit);
}

/** Where the frame of `place` began; undefined: before the history. */
async function beginning(stepper: Stepper, place: Place): Promise<Visit | undefined> {
  const { activation } = place;
  if (place.pc === activation.code.entry && await isEntry(stepper, activation, place)) return { ...place, kind: 'entry', statement: undefined };
  return lastVisit(stepper, place, place.position, () => false);
}

/** The last moment before the frame of `place` began, of the one who called it. Undefined: nothing is before. */
async function callerMoment(stepper: Stepper, place: Place): Promise<{ readonly moment: Moment; readonly isInlined: boolean } | undefined> {
  const visit = await beginning(stepper, place);
  if (visit === undefined) return undefined;
  if (visit.kind === 'other') return { moment: visit, isInlined: true };
  await stepper.seek(visit.position);
  if (stepper.pc === visit.pc) {
    if (visit.position === 0) return undefined;
    await stepper.seek(visit.position - 1);
  }
  return { moment: stepper.moment, isInlined: false };
}

function isJump({ session: { inspect }, pc }: Stepper): boolean {
  const flow = instructionAt(inspect, pc)?.flow;
  return flow === 'call' || flow === 'jump' || flow === 'branch' || flow === 'indirect';
}

/** Where a step into has begun that came to the frame of `place`. */
async function stepIntoBegan(stepper: Stepper, place: Place): Promise<Moment | undefined> {
  const caller = await callerMoment(stepper, place);
  if (caller === undefined) return undefined;
  const { moment, isInlined } = caller;
  await stepper.standAt(moment);
  const calling = isInlined ? place : placeHere(stepper);
  if (calling?.key === undefined) return moment;
  // An interrupt or a trap has led here: exactly to where it came.
  if (!isInlined && !isJump(stepper)) return moment;
  const { activation } = calling;
  if (activation.code.isAssembly) return lineStartOfAssembly(stepper, moment);
  const frame: Frame = { activation, chain: undefined };
  const visit = await ownVisitBefore(stepper, frame, moment.position + 1);
  if (visit === undefined) return moment;
  const stop = await stopOf(stepper, frame, visit);
  const returns = new Returns(stepper, activation.code, undefined);
  await stepper.replay(stop.position, moment.position + 1, new Set(returns.addresses), (pc, position) => {
    if (stepper.addresses.isIn(activation)) returns.visit(pc, position);
  });
  return returns.last ?? stop;
}

/** Where a step back into goes: the last stop in what was called, and has returned, since `stop`; otherwise `stop`. */
async function lastInside(stepper: Stepper, place: Place, stop: Moment): Promise<Moment> {
  const { activation, chain } = place;
  const { code } = activation;
  const returns = new Returns(stepper, code, chain);
  const inlined = new Map(statementsOf(code).filter((each) => each.chain !== chain && isWithin(each.chain, chain)).map((each) => [each.address, each]));
  let inside: Moment & { readonly statement: Statement } | undefined;
  await stepper.standAt(place);
  await stepper.replay(Math.max(0, stop.position), place.position, new Set([...returns.addresses, ...inlined.keys()]), (pc, position) => {
    if (!stepper.addresses.isIn(activation)) return;
    const statement = inlined.get(pc);
    if (statement !== undefined && position > stop.position) inside = { pc, position, statement };
    returns.visit(pc, position);
  });
  returns.visit(place.pc, place.position);
  const { last } = returns;
  if (inside !== undefined && (last === undefined || inside.position > last.position)) {
    return stopOf(stepper, { activation, chain: inside.statement.chain }, { ...inside, kind: 'own' });
  }
  return last === undefined ? stop : lastOfCallee(stepper, last);
}

/** The last stop of what has returned at `returned`. */
async function lastOfCallee(stepper: Stepper, returned: NonNullable<Returns['last']>): Promise<Moment> {
  await stepper.seek(returned.position - 1);
  const place = placeHere(stepper);
  if (place?.key !== undefined) return lineStart(stepper, place);
  // The return itself may be shared by many functions (-msave-restore).
  const code = stepper.codes.at(returned.callee);
  if (code === undefined || place === undefined) return stepper.moment;
  const frame: Frame = { activation: { code, cfa: returned.sp, space: place.activation.space }, chain: undefined };
  const visit = await ownVisitBefore(stepper, frame, returned.position);
  return visit === undefined ? stepper.moment : stopOf(stepper, { ...frame, chain: visit.statement?.chain ?? '' }, visit);
}

/** The first stop of the frame; undefined: its beginning is not in the history. */
export async function functionStart(stepper: Stepper, place: Place): Promise<Moment | undefined> {
  const { activation, chain, position } = place;
  const { code } = activation;
  const begin = await beginning(stepper, place);
  if (begin === undefined) return undefined;
  const isInside = begin.kind === 'other';
  const inside = statementsOf(code).filter((each) => isWithin(each.chain, chain)).map(({ address }) => address);
  const addresses = new Set(isInside ? inside : [code.bodyStart]);
  const first = await firstVisit(stepper, place, isInside ? begin.position + 1 : begin.position, position, addresses);
  return first ?? (addresses.has(place.pc) ? place : begin);
}

async function target(stepper: Stepper, place: Place, kind: BackwardKind): Promise<Moment | undefined> {
  switch (kind) {
    case 'over':
      return (await stopBefore(stepper, place)) ?? stepIntoBegan(stepper, place);
    case 'into': {
      const stop = await stopBefore(stepper, place);
      if (stop !== undefined) return lastInside(stepper, place, stop);
      // A function may begin with an inlined call.
      const begin = place.activation.code.isAssembly ? undefined : await beginning(stepper, place);
      const before = begin && { pc: begin.pc, position: begin.position - 1 };
      const inside = before && await lastInside(stepper, place, before);
      return inside === undefined || inside === before ? stepIntoBegan(stepper, place) : inside;
    }
    case 'out':
      return stepIntoBegan(stepper, place);
    case 'function-start':
      return functionStart(stepper, place);
  }
}

/** Where nothing is before, to the beginning. */
export async function stepBack(stepper: Stepper, kind: BackwardKind): Promise<SessionStop> {
  const from = stepper.moment;
  const place = placeHere(stepper);
  const hasLines = place?.key !== undefined;
  return stepper.orBack(async () => {
    if (place === undefined || (!hasLines && (kind === 'over' || kind === 'into'))) return await stepBackInstruction(stepper, kind === 'into');
    if (from.position === 0) return { reason: 'beginning', position: 0 };
    const found = await target(stepper, place, kind);
    stepper.throwIfCancelled();
    return await stepper.goBack(from, found ?? { position: 0, pc: await pcAtBeginning(stepper) }).then((stop) => (found === undefined && stop.position === 0 ? { reason: 'beginning', position: 0 } : stop));
  });
}

async function pcAtBeginning(stepper: Stepper): Promise<bigint> {
  await stepper.seek(0);
  return stepper.pc;
}

