/**
 * Steps against a trace of every instruction, in which calls are told apart by pairing calls and returns, and interrupts by their
 * handler's first and last instruction, not by frame addresses: where do steps stop by their definition?
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_CONDITIONS } from '../../emulator/index.ts';
import { FunctionCodes, chainAt, isPrologue } from '../../debug-adapter/stepping/function-code.ts';
import type { Statement } from '../../debug-adapter/stepping/function-code.ts';
import { instructionAt } from '../../debug-adapter/stepping/instructions.ts';
import { missingTools, tools } from '../tools.ts';
import { Walker, buildGuest, show } from './stepping-guest.ts';

const BUDGET_MS = Number(process.env['CHRONOVISOR_STEPPING_MS'] ?? 2000);
const SP = 2;
const RETURN_WINDOW = 64;

/** One execution of a function. */
interface Call {
  readonly returnsTo: bigint;
  readonly sp: bigint;
  readonly isHandler: boolean;
}

/** What was at a position. */
interface Moment {
  readonly pc: bigint;
  readonly call: Call;
  /** A statement begins here that is a visit: not of a prologue. */
  readonly visit: Statement | undefined;
  readonly chain: string;
  /** The instruction before has returned here: from this call. */
  readonly returned: boolean;
}

const BOTTOM: Call = { returnsTo: 0n, sp: 0n, isHandler: false };

/** Keeps the calls that wait, innermost last. Other stacks than the one in use are not told apart: walks keep away from threads. */
class ShadowStack {
  readonly #stack: Call[] = [BOTTOM];

  get top(): Call {
    return this.#stack.at(-1) ?? BOTTOM;
  }

  push(call: Call): void {
    this.#stack.push(call);
  }

  /** A tail call: another function returns in the place of this one. */
  replace(): void {
    this.#stack[this.#stack.length - 1] = { ...this.top };
  }

  /** Execution goes on at `pc`: somebody may have waited for that. */
  arrive(pc: bigint, sp: bigint, isFromHandler: boolean): boolean {
    const from = Math.max(0, this.#stack.length - RETURN_WINDOW);
    for (let index = this.#stack.length - 1; index > from; index--) {
      const call = this.#stack[index];
      if (call?.returnsTo !== pc || call.sp !== sp || call.isHandler !== isFromHandler) continue;
      this.#stack.length = index;
      return true;
    }
    return false;
  }
}

async function traceOf(walker: Walker, codes: FunctionCodes): Promise<Moment[]> {
  const { session, symbols } = walker;
  const { inspect } = session;
  const handler = symbols.symbol('trap_entry')?.address;
  const trace: Moment[] = [];
  const chains = new Map<bigint, string>();
  const stack = new ShadowStack();
  let returned = false;
  for (;;) {
    const { pc } = inspect;
    const code = codes.at(pc);
    const statement = code?.statements.get(pc);
    let chain = chains.get(pc);
    if (chain === undefined) chains.set(pc, chain = chainAt(symbols, pc));
    trace.push({ pc, call: stack.top, visit: code !== undefined && isPrologue(code, pc) ? undefined : statement, chain, returned });
    const sp = inspect.register(SP);
    const instruction = instructionAt(inspect, pc);
    if ((await session.stepForward()).reason !== 'step') return trace;
    const now = inspect.pc;
    returned = false;
    // The handler's first instruction is executed together with the interrupt's arrival.
    const isInterrupted = handler !== undefined && now === handler + BigInt(instructionAt(inspect, handler)?.sizeBytes ?? 0) && pc !== handler;
    if (isInterrupted) stack.push({ returnsTo: pc, sp, isHandler: true });
    else if (instruction?.flow === 'call') stack.push({ returnsTo: pc + BigInt(instruction.sizeBytes), sp, isHandler: false });
    else if (instruction?.flow === 'return') returned = stack.arrive(now, inspect.register(SP), false);
    else if ((instruction?.flow === 'jump' || instruction?.flow === 'indirect') && codes.at(now) !== code) stack.replace();
    else if (instruction?.flow === 'trap-return') stack.arrive(now, inspect.register(SP), true);
  }
}

/** Positions of the visits of a frame. */
function visitsOf(trace: readonly Moment[], { call, chain }: Moment): { position: number; key: string }[] {
  return trace.flatMap((each, position) => (each.call === call && each.visit?.chain === chain ? [{ position, key: each.visit.key }] : []));
}

/** At a position the frame's call is in another frame, one around it or beside it. */
function isElsewhere(each: Moment | undefined, { call, chain }: Moment): boolean {
  return each?.call === call && each.visit?.chain.startsWith(chain) === false;
}

/** Where a step over from `position` stops; undefined where that is not simple. */
function overFrom(trace: readonly Moment[], position: number): number | undefined {
  const here = trace[position];
  if (here === undefined) return undefined;
  const key = visitsOf(trace, here).findLast((each) => each.position <= position)?.key;
  if (key === undefined) return undefined;
  const [returnsTo, sp] = [here.call.returnsTo, here.call.sp];
  for (let at = position + 1; at < trace.length; at++) {
    const each = trace[at];
    if (each === undefined) return undefined;
    if (isElsewhere(each, here) || (each.call === here.call && each.visit?.chain === here.chain && each.visit.key !== key)) return at;
    if (each.returned && each.pc === returnsTo && trace[at - 1]?.call !== each.call && sp !== 0n && isAncestorReturn(trace, at, here.call)) return at;
  }
  return undefined;
}

function isAncestorReturn(trace: readonly Moment[], at: number, call: Call): boolean {
  // From here on the call is never seen again.
  return !trace.some((each, index) => index >= at && each.call === call);
}

/** Where a step back over from `position` goes; undefined: out of the frame. */
function backFrom(trace: readonly Moment[], position: number): number | undefined {
  const here = trace[position];
  if (here === undefined) return undefined;
  let start: number | undefined;
  let key: string | undefined;
  for (let at = 0; at < position; at++) {
    const each = trace[at];
    if (isElsewhere(each, here)) {
      // What is inlined ends where another frame of the call is visited.
      start = key = undefined;
    } else if (each?.call === here.call && each.visit?.chain === here.chain) {
      if (each.visit.key !== key) start = at;
      ({ key } = each.visit);
    }
  }
  return start;
}

const AVOIDED = /thread|work|yield|switch_context|jump_out|catches|save_place|return_to|trap_entry|_start|plain/;

for (const [level, tick] of [['-O0', 0], ['-O0', 7], ['-O1', 5], ['-O2', 6], ['-Os', 4]] as const) {
  test(`steps over, forward and back, against the trace: ${level}, ${tick === 0 ? 'no interrupts' : `an interrupt every ${tick * 100} instructions`}`, { skip: missingTools(tools.gcc) }, async (t) => {
    const walker = new Walker(buildGuest({ flags: [level], tick }));
    try {
      const codes = new FunctionCodes(walker.session.inspect, walker.symbols, 'line');
      const trace = await traceOf(walker, codes);
      await walker.session.runForward(NO_CONDITIONS);
      const deadline = performance.now() + BUDGET_MS;
      let random = 1 + (Date.now() % 1000);
      const compared = { forward: 0, back: 0 };
      while (performance.now() < deadline) {
        random = (random * 48_271) % 0x7fff_ffff;
        const position = random % trace.length;
        await walker.session.seek(position);
        const from = walker.stand();
        if (AVOIDED.test(from.name) || isInPrologue(codes, from.pc)) continue;
        const ahead = overFrom(trace, position);
        if (ahead !== undefined) {
          await walker.forward('over');
          assert.equal(show(walker.stand()), await standAt(walker, ahead), `over from ${show(from)}`);
          compared.forward++;
        }
        await walker.session.seek(position);
        const before = backFrom(trace, position);
        if (before !== undefined) {
          await walker.backward('over');
          assert.equal(show(walker.stand()), await standAt(walker, before), `back over from ${show(from)}`);
          compared.back++;
        }
      }
      t.diagnostic(`${compared.forward} steps over and ${compared.back} back`);
      assert.ok(compared.forward > 0 && compared.back > 0);
    } finally {
      walker.close();
    }
  });
}

function isInPrologue(codes: FunctionCodes, pc: bigint): boolean {
  const code = codes.at(pc);
  return code === undefined || isPrologue(code, pc);
}

async function standAt(walker: Walker, position: number): Promise<string> {
  await walker.session.seek(position);
  return show(walker.stand());
}
