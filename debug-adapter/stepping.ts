/** Stepping by source lines, forward and backward. Frames are told apart by their canonical frame address, so calls, recursion and interrupts in between do not disturb. */
import { NO_CONDITIONS, decode, instructionTable } from '../emulator/index.ts';
import type { Control, Session, SessionStop, StopConditions } from '../emulator/index.ts';
import type { SymbolSet } from './symbol-set.ts';

export interface Stepper {
  readonly session: Session;
  readonly symbols: SymbolSet;
  /** The user's breakpoints: a step forward stops at them too. */
  readonly conditions: () => StopConditions;
  readonly control: Control;
}

/** Where the machine stands, as a step sees it. */
interface Place {
  readonly pc: bigint;
  readonly cfa: bigint | undefined;
  readonly line: string | undefined;
  /** Statement addresses of the function, with their lines. */
  readonly statements: ReadonlyMap<bigint, string>;
  readonly functionLow: bigint | undefined;
  readonly returnTo: { readonly pc: bigint; readonly cfa: bigint | undefined } | undefined;
}

function lineAt(symbols: SymbolSet, pc: bigint): string | undefined {
  const location = symbols.location(pc);
  return location && `${location.path}:${location.line}`;
}

function placeOf({ session, symbols }: Stepper): Place {
  const [frame, caller] = symbols.stack(session.inspect, 2);
  const { pc } = session.inspect;
  const owner = symbols.functionAt(pc);
  const statements = new Map<bigint, string>();
  if (owner !== undefined) {
    for (const address of symbols.statementAddresses(owner.low, owner.high)) statements.set(address, lineAt(symbols, address) ?? '');
  }
  return { pc, cfa: frame?.cfa, line: lineAt(symbols, pc), statements, functionLow: owner?.low, returnTo: caller && { pc: caller.pc, cfa: caller.cfa } };
}

function cfaNow({ session, symbols }: Stepper): bigint | undefined {
  return symbols.stack(session.inspect, 1)[0]?.cfa;
}

/** The stack grows down: a frame whose address is above another's is an outer one. */
function isOuter(cfa: bigint | undefined, than: bigint | undefined): boolean {
  return cfa === undefined || than === undefined || cfa > than;
}

function stepped(session: Session): SessionStop {
  return { reason: 'step', position: session.timeline(0).position };
}

function positionOf({ session }: Stepper): number {
  return session.timeline(0).position;
}

function isCancelled({ control }: Stepper): boolean {
  return control.signal?.aborted === true;
}

function pausedAt(stepper: Stepper): SessionStop {
  return { reason: 'paused', position: positionOf(stepper) };
}

/** Runs until `isDone` at one of `addresses`, or until anything of the user's stops it. */
async function runTo(stepper: Stepper, addresses: ReadonlySet<bigint>, isDone: () => boolean | Promise<boolean>): Promise<SessionStop> {
  const { session, control } = stepper;
  for (;;) {
    const user = stepper.conditions();
    const stop = await session.runForward({ ...user, breakpoints: new Set([...user.breakpoints, ...addresses]) }, control);
    if (stop.reason !== 'breakpoint') return stop;
    const { pc } = session.inspect;
    if (addresses.has(pc) && (await isDone())) return stepped(session);
    if (user.breakpoints.has(pc)) return stop;
  }
}

/** next and stepIn: to the next line of this frame, or of its caller; with `into`, of a function that is called. */
export async function stepForward(stepper: Stepper, into: boolean): Promise<SessionStop> {
  const { session } = stepper;
  const start = placeOf(stepper);
  if (start.line === undefined) return stepOverInstruction(stepper, into);
  const targets = new Set([...start.statements].filter(([, line]) => line !== start.line).map(([address]) => address));
  const calls = into ? callsInLine(stepper, start) : new Set<bigint>();
  const returnPc = start.returnTo?.pc;
  if (calls.has(start.pc) && (await entered(stepper))) return stepped(session);
  return runTo(stepper, new Set([...targets, ...calls, ...(returnPc === undefined ? [] : [returnPc])]), async () => {
    const { pc } = session.inspect;
    const cfa = cfaNow(stepper);
    if (pc === returnPc && isOuter(cfa, start.cfa)) return true;
    if (cfa !== start.cfa) return false;
    if (calls.has(pc)) return entered(stepper);
    return targets.has(pc);
  });
}

/** Follows the call at pc; true when the session then stands after the prologue of a function with lines. */
async function entered(stepper: Stepper): Promise<boolean> {
  const { session, symbols, control } = stepper;
  const { target } = instructionAt(session, session.inspect.pc);
  const stop = await session.stepForward(control);
  // Elsewhere: an interrupt came first, and will return to the call.
  if (stop.reason !== 'step' || session.inspect.pc !== target) return false;
  const callee = symbols.functionAt(target);
  if (callee === undefined || symbols.location(target) === undefined) return false;
  if (callee.prologueEnd !== target) {
    await session.runForward({ ...stepper.conditions(), breakpoints: new Set([callee.prologueEnd]) }, control);
  }
  return true;
}

/** Addresses of call instructions (jal and jalr that link) in the statements of the present line. */
function callsInLine(stepper: Stepper, place: Place): Set<bigint> {
  const { session, symbols } = stepper;
  const calls = new Set<bigint>();
  const owner = symbols.functionAt(place.pc);
  if (owner === undefined) return calls;
  for (let at = owner.low; at < owner.high;) {
    const { isCall, length } = instructionAt(session, at);
    if (isCall && lineAt(symbols, at) === place.line) calls.add(at);
    at += BigInt(length);
  }
  return calls;
}

/** `target`: of a jump, with the registers as they are. */
function instructionAt(session: Session, address: bigint): { isCall: boolean; length: number; target: bigint } {
  const bytes = session.inspect.readVirtual(address, 4);
  const raw = bytes.reduce((value, byte, index) => value + byte * 2 ** (8 * index), 0);
  const decoded = decode(raw);
  const flow = instructionTable[decoded.index]?.flow;
  const base = flow === 'indirect' ? session.inspect.register(decoded.rs1) : address;
  const target = BigInt.asUintN(64, (base + BigInt(decoded.imm)) & ~1n);
  return { isCall: decoded.rd === 1 && (flow === 'jump' || flow === 'indirect'), length: decoded.length, target };
}

/** Without lines: one instruction, a call counting as one. */
async function stepOverInstruction(stepper: Stepper, into: boolean): Promise<SessionStop> {
  const { session, control } = stepper;
  const { pc } = session.inspect;
  const { isCall, length } = instructionAt(session, pc);
  if (into || !isCall) return session.stepForward(control);
  const sp = session.inspect.register(2);
  return runTo(stepper, new Set([pc + BigInt(length)]), () => session.inspect.register(2) >= sp);
}

/** next and stepIn by instruction. */
export function stepInstruction(stepper: Stepper, into: boolean): Promise<SessionStop> {
  return stepOverInstruction(stepper, into);
}

/** stepOut: to the caller, right after the call. */
export async function stepOut(stepper: Stepper): Promise<SessionStop> {
  const start = placeOf(stepper);
  if (start.returnTo === undefined) return stepper.session.runForward(stepper.conditions(), stepper.control);
  return runTo(stepper, new Set([start.returnTo.pc]), () => isOuter(cfaNow(stepper), start.cfa));
}

type IsWanted = (line: string, address: bigint) => boolean;

interface Statement {
  readonly line: string | undefined;
  readonly isEntry: boolean;
}

/**
 * Goes to the last earlier position, in the frame of `place`, at a statement that `isWanted`, or to the entry of the
 * function if that comes first. Undefined: there is none, the session stands where it stood.
 */
async function findStatement(stepper: Stepper, place: Place, isWanted: IsWanted): Promise<Statement | undefined> {
  const { session, control } = stepper;
  const wanted = new Set([...place.statements].filter(([address, line]) => isWanted(line, address)).map(([address]) => address));
  if (place.functionLow !== undefined) wanted.add(place.functionLow);
  const found = await session.findBackward(wanted, () => cfaNow(stepper) === place.cfa, control);
  if (found === undefined) return undefined;
  const { pc } = session.inspect;
  return { line: place.statements.get(pc), isEntry: pc === place.functionLow };
}

/** Goes forward to the first statement of `line` in the frame of `place`, at most to `until`. */
async function firstStatement(stepper: Stepper, place: Place, line: string, until: number): Promise<void> {
  const { session, control } = stepper;
  const breakpoints = new Set([...place.statements].filter(([, each]) => each === line).map(([address]) => address));
  for (;;) {
    const stop = await session.runForward({ ...NO_CONDITIONS, breakpoints }, { ...control, until });
    if (stop.reason !== 'breakpoint' || cfaNow(stepper) === place.cfa) return;
  }
}

/** The session stands somewhere in `line`: goes to where the line was entered. `isBefore` says what is not this visit of it any more. */
async function toLineStart(stepper: Stepper, place: Place, line: string, isBefore: IsWanted): Promise<void> {
  const until = positionOf(stepper);
  const before = await findStatement(stepper, place, isBefore);
  if (before === undefined || (before.isEntry && before.line === line)) return;
  await firstStatement(stepper, place, line, until);
}

/**
 * stepBack by line: to where the line before was entered, in this frame, over calls; from the first line of a function
 * to the line of its caller that called it. From the middle of a line: to its beginning.
 */
export async function stepBack(stepper: Stepper): Promise<SessionStop> {
  const { session, symbols, control } = stepper;
  const start = placeOf(stepper);
  const { line } = start;
  if (line === undefined) return session.stepBackward(control);
  if (start.pc === start.functionLow || start.pc === symbols.functionAt(start.pc)?.prologueEnd) return backToCaller(stepper);
  const from = positionOf(stepper);
  const before = await findStatement(stepper, start, (each) => each !== line);
  if (isCancelled(stepper)) return pausedAt(stepper);
  if (before === undefined) return session.stepBackward(control);
  if (before.isEntry && before.line === line) return stepped(session);
  const beforePosition = positionOf(stepper);
  await firstStatement(stepper, start, line, from);
  if (positionOf(stepper) < from) return stepped(session);
  await session.seek(beforePosition, control);
  const previous = before.line;
  if (previous !== undefined && !before.isEntry) await toLineStart(stepper, start, previous, (each) => each !== previous);
  return isCancelled(stepper) ? pausedAt(stepper) : stepped(session);
}

/** From the entry of a function back into the instruction that called it, and to the beginning of that line. */
async function backToCaller(stepper: Stepper): Promise<SessionStop> {
  const { session, control } = stepper;
  const { functionLow, pc, cfa } = placeOf(stepper);
  if (functionLow !== undefined && pc !== functionLow) {
    // After the prologue: its entry comes first.
    await session.findBackward(new Set([functionLow]), () => cfaNow(stepper) === cfa, control);
  }
  const stop = await session.stepBackward(control);
  if (stop.reason !== 'step') return stop;
  const place = placeOf(stepper);
  const { line } = place;
  // In a loop within one line, a statement further on was of the round before.
  if (line !== undefined) await toLineStart(stepper, place, line, (each, address) => each !== line || address >= place.pc);
  return isCancelled(stepper) ? pausedAt(stepper) : stepped(session);
}
