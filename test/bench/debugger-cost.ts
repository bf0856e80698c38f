/** What stop conditions cost: conditional breakpoints in a hot loop, and data breakpoints on quiet and busy pages. */
import { readFileSync } from 'node:fs';
import { createLiveSession, NO_CONDITIONS, type Session, type StopConditions } from '../../emulator/index.ts';
import { nodeHost } from '../../emulator/host/node-host.ts';
import { Program } from '../../debug-adapter/symbols/program.ts';
import { configurationOf } from './bench-guests.ts';
import { costOf } from './processes.ts';
import { median } from './report.ts';

export interface DebuggerTask {
  /** Built from guests/hot.c and guests/stack.c. */
  readonly hot: string;
  readonly stack: string;
  readonly evaluations: number;
  /** Of each run that is compared with another. */
  readonly instructions: number;
  readonly rounds: number;
}

export interface DebuggerFigures {
  /** Of a second of processor time of the main thread. */
  readonly evaluationsForward: number;
  readonly evaluationsBackward: number;
  readonly plainMips: number;
  /** Time with a data breakpoint over time without, by the round. */
  readonly quietSlowdown: number;
  readonly busyMips: number;
}

const A0 = 10;

export async function measureDebugger(task: DebuggerTask): Promise<DebuggerFigures> {
  return { ...await measureConditions(task), ...await measureWatches(task) };
}

function open(elf: string): Session {
  return createLiveSession({ configuration: configurationOf(elf), idle: 'skip' }, nodeHost);
}

function addressOf(elf: string, symbol: string): bigint {
  const found = new Program(new Uint8Array(readFileSync(elf)), elf).symbol(symbol);
  if (found === undefined) throw new Error(`${elf} has no symbol ${symbol}`);
  return found.address;
}

async function mainMs(work: () => Promise<unknown>): Promise<number> {
  return (await costOf(async () => { await work(); })).mainCpuMs;
}

async function measureConditions({ hot, evaluations }: DebuggerTask): Promise<Pick<DebuggerFigures, 'evaluationsForward' | 'evaluationsBackward'>> {
  const session = open(hot);
  const { inspect } = session;
  let asked = 0;
  const when = (round: bigint): StopConditions => ({
    ...NO_CONDITIONS, breakpoints: new Set([addressOf(hot, 'tick')]),
    accept: () => {
      asked++;
      return inspect.register(A0) === round;
    },
  });
  const last = BigInt(evaluations);
  const forwardMs = await mainMs(() => session.runForward(when(last)));
  if (asked !== evaluations + 1) throw new Error(`${asked} evaluations, not ${evaluations + 1}`);
  asked = 0;
  const backwardMs = await mainMs(() => session.runBackward(when(1n)));
  if (inspect.register(A0) !== 1n) throw new Error('the search backward ends elsewhere');
  session.close();
  return { evaluationsForward: (evaluations / forwardMs) * 1000, evaluationsBackward: (asked / backwardMs) * 1000 };
}

async function measureWatches({ stack, instructions, rounds }: DebuggerTask): Promise<Pick<DebuggerFigures, 'plainMips' | 'quietSlowdown' | 'busyMips'>> {
  const watching = (address: bigint): StopConditions => ({ ...NO_CONDITIONS, watches: [{ address, sizeBytes: 8, kind: 'write' }] });
  const quiet = watching(addressOf(stack, 'quiet'));
  // In the page of the only frame there is.
  const busy = watching(addressOf(stack, '_stk') - 2048n);
  const times: Record<'plain' | 'quiet' | 'busy', number[]> = { plain: [], quiet: [], busy: [] };
  const session = open(stack);
  const run = async (conditions: StopConditions): Promise<number> => {
    const until = session.timeline(0).position + instructions;
    return mainMs(async () => {
      const stop = await session.runForward(conditions, { until });
      if (stop.reason !== 'seek') throw new Error(`stopped: ${stop.reason}`);
    });
  };
  await run(NO_CONDITIONS);
  for (let round = 0; round < rounds; round++) {
    times.plain.push(await run(NO_CONDITIONS));
    times.quiet.push(await run(quiet));
    times.busy.push(await run(busy));
  }
  session.close();
  const mips = (ms: readonly number[]): number => instructions / median(ms) / 1000;
  return { plainMips: mips(times.plain), quietSlowdown: median(times.quiet) / median(times.plain), busyMips: mips(times.busy) };
}
