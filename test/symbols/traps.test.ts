/** Stacks through trap handlers, compared at every instruction with the stack and the registers at the moment of the trap. */
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { SymbolSet } from '../../debug-adapter/symbol-set.ts';
import type { RegisterPlace } from '../../debug-adapter/dwarf/storage.ts';
import type { Frame } from '../../debug-adapter/symbols/frames.ts';
import { createLiveSession, DEFAULT_MEMORY_SIZE_BYTES } from '../../emulator/index.ts';
import type { Inspection } from '../../emulator/index.ts';
import { build, missingCompiler } from '../dwarf/corpus.ts';
import { testHost } from '../session/sessions.ts';

const CAUSES = { M: 0x342, S: 0x142 } as const;
const MRET = 0x3020_0073;
const SRET = 0x1020_0073;
const DEPTH = 32;

/** What was interrupted, as it stood. */
interface Truth {
  readonly mode: 'M' | 'S';
  readonly pc: bigint;
  readonly cause: bigint;
  readonly registers: readonly bigint[];
  readonly stack: readonly string[];
}

function describeFrame({ name, pc, location }: Frame): string {
  return `${name} ${pc.toString(16)}:${location?.line ?? 0}`;
}

function wordAt(inspect: Inspection, pc: bigint): number {
  return inspect.readVirtual(pc, 4).reduce((value, byte, index) => value + byte * 2 ** (8 * index), 0);
}

interface Tally { frames: number; deepest: number; traps: number; lost: number }

/** The frames below a handler's are those of the interrupted code; what is not certain may be missing, but nothing may be wrong. */
function compare(frames: readonly Frame[], truths: readonly Truth[], tally: Tally, at: string): void {
  let from = frames.findIndex(({ trap }) => trap !== undefined);
  for (const truth of truths.toReversed()) {
    const frame = from < 0 ? undefined : frames[from];
    if (frame === undefined) {
      tally.lost++;
      return;
    }
    // A handler that has dealt with an exception goes on behind the instruction.
    if (frame.pc !== truth.pc + 4n || truth.cause >> 63n === 1n) assert.equal(frame.pc, truth.pc, `interrupted pc ${at}`);
    assert.equal(frame.trap?.mode, truth.mode, at);
    if (frame.trap.cause !== undefined) assert.equal(frame.trap.cause, truth.cause, at);
    for (const [number, value] of truth.registers.entries()) {
      const actual = frame.register(number);
      if (actual !== undefined || from === 0) assert.equal(actual, value, `x${number} ${at}`);
      else assert.fail(`x${number} is not known ${at}`);
      const place: RegisterPlace | undefined = frame.savedAt?.(number);
      if (place?.kind === 'memory') assert.equal(Buffer.from(frame.memory(place.address, 8)).readBigUInt64LE(), value, `x${number} is saved elsewhere ${at}`);
    }
    const rest = frames.slice(from);
    const next = rest.findIndex(({ trap }, index) => index > 0 && trap !== undefined);
    const own = rest.slice(0, next < 0 ? undefined : next).map(describeFrame);
    assert.deepEqual(frame.pc === truth.pc ? own : own.slice(1), truth.stack.slice(frame.pc === truth.pc ? 0 : 1, own.length), at);
    if (next < 0) assert.equal(own.length, truth.stack.length, `the stack ends early ${at}`);
    tally.frames++;
    from = next < 0 ? -1 : from + next;
  }
  assert.ok(from < 0, `a trap that never was ${at}`);
}

interface Options { readonly steps: number; readonly traps: number; readonly depth: number }

async function check(flags: readonly string[], { steps, traps, depth }: Options): Promise<void> {
  const { bytes, program } = build(flags, ['frames/traps.S', 'frames/traps.c']);
  const session = createLiveSession({ configuration: { memorySizeBytes: DEFAULT_MEMORY_SIZE_BYTES, images: [{ name: 'traps.elf', kind: 'elf', bytes }] }, idle: 'skip' }, testHost());
  const symbols = new SymbolSet([program], new Map(), '/');
  const { inspect } = session;
  const entries = ['vector', 'svector', 'on_timer', 'table'].map((name) => program.symbol(name)?.address).filter((address) => address !== undefined);
  const attributed = program.symbol('on_timer')?.address;
  const table = program.symbol('table')?.address ?? 0n;
  const truths: Truth[] = [];
  const tally: Tally = { frames: 0, deepest: 0, traps: 0, lost: 0 };
  for (let step = 0; step < steps; step++) {
    const { pc } = inspect;
    const word = wordAt(inspect, pc);
    const registers = Array.from({ length: 32 }, (_, index) => inspect.register(index));
    const stack = symbols.stack(inspect, DEPTH).map(describeFrame);
    if ((await session.stepForward({})).reason !== 'step') break;
    const isReturn = word === MRET || word === SRET;
    const entered = entries.find((entry) => inspect.pc === entry || (inspect.pc === entry + 4n && pc !== entry && entry !== attributed));
    if (entered !== undefined && (pc < table || pc >= table + 64n)) {
      const mode = entered === program.symbol('svector')?.address ? 'S' : 'M';
      truths.push({ mode, pc, cause: inspect.csr(CAUSES[mode]) ?? 0n, registers, stack });
      tally.traps++;
      tally.deepest = Math.max(tally.deepest, truths.length);
    } else if (isReturn) truths.pop();
    compare(symbols.stack(inspect, DEPTH), truths, tally, `at ${inspect.pc.toString(16)}, step ${step}`);
  }
  session.close();
  assert.ok(tally.traps >= traps && tally.deepest >= depth, JSON.stringify(tally));
  assert.equal(tally.lost, 0, JSON.stringify(tally));
}

const programs: readonly (readonly [string, readonly string[], Options])[] = [
  ['assembly, one vector', ['-O2'], { steps: 6_000, traps: 8, depth: 1 }],
  ['on a stack of their own', ['-O0', '-DSWAP'], { steps: 4_000, traps: 5, depth: 1 }],
  ['a vector table, and a function with the interrupt attribute', ['-O0', '-DVECTORED'], { steps: 6_000, traps: 8, depth: 1 }],
  ['a vector table, and an optimised function with the interrupt attribute', ['-O2', '-DVECTORED'], { steps: 6_000, traps: 8, depth: 1 }],
  ['nested', ['-O1', '-DNESTED'], { steps: 8_000, traps: 10, depth: 2 }],
  ['supervisor and machine mode', ['-O1', '-DSUPERVISOR', '-DVECTORED'], { steps: 6_000, traps: 8, depth: 1 }],
  ['from another address space', ['-O1', '-DSUPERVISOR', '-DSWAP', '-DPAGED'], { steps: 6_000, traps: 8, depth: 1 }],
];

describe('trap handlers', { skip: missingCompiler }, () => {
  for (const [name, flags, options] of programs) {
    test(name, async () => { await check(['-gdwarf-5', ...flags], options); });
  }
});
