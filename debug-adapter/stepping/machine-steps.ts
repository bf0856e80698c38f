/** Steps by instruction, in both directions, and by line where lines are instructions: in assembly. */
import { NO_CONDITIONS } from '../../emulator/index.ts';
import type { SessionStop } from '../../emulator/index.ts';
import { addressSpace } from './frame-addresses.ts';
import { instructionAt, nextAddress, targetOf } from './instructions.ts';
import type { Instruction } from './instructions.ts';
import type { Place } from './place.ts';
import type { Moment, Stepper } from './stepper.ts';

const SP = 2;
/** All causes. */
const INTERRUPTS: ReadonlySet<number> = new Set(Array.from({ length: 64 }, (_, cause) => cause));

/** Addresses at which an instruction may go on, a call behind it. Empty: only executing it tells. */
function successors(instruction: Instruction, stepper: Stepper): bigint[] {
  const next = nextAddress(instruction);
  const { inspect } = stepper.session;
  switch (instruction.flow) {
    case 'straight':
    case 'environment':
    case 'call':
      return [next];
    case 'branch':
      return [next, targetOf(instruction, inspect)];
    case 'jump':
    case 'indirect':
    case 'return':
      return [targetOf(instruction, inspect)];
    case 'trap-return':
      return [];
  }
}

/** One instruction; a call, and what interrupts or traps in between, counts as part of it unless `into`. */
export async function stepOverInstruction(stepper: Stepper, into: boolean): Promise<SessionStop> {
  const { session, control } = stepper;
  const { inspect } = session;
  const instruction = instructionAt(inspect, stepper.pc);
  const targets = instruction === undefined ? [] : successors(instruction, stepper);
  if (into || instruction === undefined || targets.length === 0) return session.stepForward(control);
  const { position } = stepper;
  const sp = inspect.register(SP);
  const space = addressSpace(inspect);
  const movesStack = instruction.destination === SP;
  const arrival = await stepper.runTo({
    addresses: new Set(targets),
    isReached: (_pc, at) => (at === position + 1 && instruction.flow !== 'call') || (addressSpace(inspect) === space && (movesStack || inspect.register(SP) === sp)),
  });
  return arrival.isReached && !arrival.isUsers ? stepper.stepped : arrival.stop;
}

/** One instruction back, or (unless `into`) the one before in this frame: over a call, and what interrupted. */
export async function stepBackInstruction(stepper: Stepper, into: boolean): Promise<SessionStop> {
  const from = stepper.moment;
  const interrupted = await interruptedAt(stepper);
  if (interrupted !== undefined) return stepper.goBack(from, interrupted);
  if (into || from.position === 0) return stepper.session.stepBackward(stepper.control);
  return stepper.goBack(from, await instructionBefore(stepper));
}

/** At the first instruction of an interrupt's handler: the moment when it came, where the machine then stands. */
async function interruptedAt(stepper: Stepper): Promise<Moment | undefined> {
  const here = stepper.moment;
  await stepper.seek(here.position);
  return stepper.pc === here.pc ? undefined : stepper.moment;
}

/** The moment of the instruction that came before in the frame where the machine stands. The machine stands there afterwards. */
export async function instructionBefore(stepper: Stepper): Promise<Moment> {
  const { session: { inspect } } = stepper;
  const { pc, position } = stepper;
  const sp = inspect.register(SP);
  const interrupted = await interruptedAt(stepper);
  if (interrupted !== undefined) return interrupted;
  await stepper.seek(position - 1);
  const previous = instructionAt(inspect, stepper.pc);
  if (previous === undefined) return stepper.moment;
  const follows = successors(previous, stepper);
  if (follows.length > 0 && previous.flow !== 'call' && !follows.includes(pc) && await enterHandler(stepper)) return stepper.moment;
  const isReturn = previous.flow === 'return' || previous.flow === 'indirect';
  const calls = isReturn && targetOf(previous, inspect) === pc ? callsBefore(stepper, pc) : [];
  if (calls.length > 0) await goToLast(stepper, calls, sp);
  else if (previous.flow === 'trap-return') await goToLast(stepper, [pc, ...environmentCallsBefore(stepper, pc)], sp);
  return beforeInterrupt(stepper);
}

/** Where an interrupt comes at the present position: goes to the first instruction of its handler. */
async function enterHandler(stepper: Stepper): Promise<boolean> {
  const here = stepper.moment;
  const stop = await stepper.session.runForward({ ...NO_CONDITIONS, caughtInterrupts: INTERRUPTS }, { until: here.position + 1 });
  if (stop.reason === 'interrupt') return true;
  await stepper.seek(here.position);
  return false;
}

/** Where an interrupt came before the instruction, it stands at the same place twice: goes to the first time. */
async function beforeInterrupt(stepper: Stepper): Promise<Moment> {
  const { inspect } = stepper.session;
  for (;;) {
    const here = stepper.moment;
    if (here.position === 0) return here;
    const sp = inspect.register(SP);
    await stepper.seek(here.position - 1);
    const previous = instructionAt(inspect, stepper.pc);
    if (previous?.flow !== 'trap-return') {
      await stepper.seek(here.position);
      return here;
    }
    if (!(await goToLast(stepper, [here.pc], sp))) {
      await stepper.standAt(here);
      return here;
    }
  }
}

async function goToLast(stepper: Stepper, addresses: readonly bigint[], sp: bigint): Promise<boolean> {
  const { session, control } = stepper;
  const space = addressSpace(session.inspect);
  const found = await session.findBackward(new Set(addresses), () => session.inspect.register(SP) === sp && addressSpace(session.inspect) === space, control);
  stepper.throwIfCancelled();
  return found !== undefined;
}

/** Calls that return to `address`. */
function callsBefore(stepper: Stepper, address: bigint): bigint[] {
  return before(stepper, address, 'call');
}

function environmentCallsBefore(stepper: Stepper, address: bigint): bigint[] {
  return before(stepper, address, 'environment');
}

function before(stepper: Stepper, address: bigint, flow: Instruction['flow']): bigint[] {
  return [2, 4].flatMap((sizeBytes) => {
    const instruction = instructionAt(stepper.session.inspect, address - BigInt(sizeBytes));
    return instruction?.flow === flow && instruction.sizeBytes === sizeBytes ? [instruction.address] : [];
  });
}

/** Over or into a line of assembly: its instructions, one after the other. */
export async function stepLineOfAssembly(stepper: Stepper, start: Place, into: boolean): Promise<SessionStop> {
  const { codes, session: { inspect } } = stepper;
  for (;;) {
    const call = into ? instructionAt(inspect, stepper.pc) : undefined;
    const target = call?.flow === 'call' || call?.flow === 'jump' ? targetOf(call, inspect) : undefined;
    const callee = target !== undefined && codes.hasLines(target) ? codes.at(target) : undefined;
    if (callee !== undefined && callee.entry === target && call?.flow === 'call') {
      const arrival = await stepper.runTo({ addresses: new Set([callee.bodyStart]), isReached: () => true });
      return arrival.isReached && !arrival.isUsers ? stepper.stepped : arrival.stop;
    }
    const stop = await stepOverInstruction(stepper, false);
    if (stop.reason !== 'step') return stop;
    const key = codes.keyAt(stepper.pc);
    const code = codes.at(stepper.pc);
    if (key === undefined || code?.isAssembly !== true) return stop;
    if (key !== start.key && code.statements.has(stepper.pc)) return stop;
  }
}

/** Back to the first instruction of the line of assembly that the machine stands in, or stands behind (`before`). */
export async function lineStartOfAssembly(stepper: Stepper, before: Moment): Promise<Moment> {
  const { codes } = stepper;
  await stepper.standAt(before);
  const key = codes.keyAt(before.pc);
  let start = before;
  while (start.position > 0 && !(await isEntered(stepper, start))) {
    const previous = await instructionBefore(stepper);
    if (codes.at(previous.pc)?.isAssembly !== true || codes.keyAt(previous.pc) !== key) break;
    start = previous;
  }
  return start;
}

/** The function is called at that moment: what comes before is another frame's. */
async function isEntered(stepper: Stepper, moment: Moment): Promise<boolean> {
  const { session: { inspect }, codes } = stepper;
  if (codes.at(moment.pc)?.entry !== moment.pc) return false;
  await stepper.seek(moment.position - 1);
  const previous = instructionAt(inspect, stepper.pc);
  const isCalled = previous?.flow === 'call' && targetOf(previous, inspect) === moment.pc;
  await stepper.standAt(moment);
  return isCalled;
}

/** The moment to which a step back over a line of assembly goes; undefined: the function was entered here. */
export async function lineBeforeInAssembly(stepper: Stepper, place: Place): Promise<Moment | undefined> {
  if (place.position === 0 || await isEntered(stepper, place)) return undefined;
  const previous = await instructionBefore(stepper);
  if (stepper.codes.at(previous.pc)?.isAssembly !== true) return previous;
  return lineStartOfAssembly(stepper, previous);
}

