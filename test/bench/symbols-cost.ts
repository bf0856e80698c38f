/** What a stop costs that shows its stack and variables, and how soon a kernel's debug information can be used. */
import { performance } from 'node:perf_hooks';
import { loadSymbols } from '../../debug-adapter/load-symbols.ts';
import { SymbolSet } from '../../debug-adapter/symbol-set.ts';
import { createLiveSession, NO_CONDITIONS } from '../../emulator/index.ts';
import { nodeHost } from '../../emulator/host/node-host.ts';
import { configurationOf, SAMPLE_ELF } from './bench-guests.ts';
import { costOf } from './processes.ts';
import { median, percentile } from './report.ts';

export type SymbolsTask =
  /** Built from guests/frames.c, with debug information. */
  | { readonly elf: string; readonly stops: number }
  | { readonly vmlinux: string };

export interface SymbolsFigures {
  /** Of `frames` frames. */
  readonly frames: number;
  readonly stackFirstMs: number;
  readonly stackMedianMs: number;
  readonly stackP95Ms: number;
  readonly locals: number;
  readonly localsFirstMs: number;
  readonly localsMedianMs: number;
  /** Until functions, lines and a stack of the kernel can be asked for. */
  readonly readyMs: number;
  readonly readyWallMs: number;
  readonly peakMegabytes: number;
}

const STACK_DEPTH = 50;
const NOTHING: SymbolsFigures = { frames: 0, stackFirstMs: 0, stackMedianMs: 0, stackP95Ms: 0, locals: 0, localsFirstMs: 0, localsMedianMs: 0, readyMs: 0, readyWallMs: 0, peakMegabytes: 0 };

export async function measureSymbols(task: SymbolsTask): Promise<SymbolsFigures> {
  return 'vmlinux' in task ? measureKernel(task.vmlinux) : measureStops(task.elf, task.stops);
}

function timed<T>(work: () => T): { ms: number; result: T } {
  const start = performance.now();
  const result = work();
  return { ms: performance.now() - start, result };
}

async function measureStops(elf: string, stops: number): Promise<SymbolsFigures> {
  const session = createLiveSession({ configuration: configurationOf(elf), idle: 'skip' }, nodeHost);
  const { programs } = loadSymbols([elf], [], [], session.inspect);
  const symbols = new SymbolSet(programs, new Map(), elf);
  await session.runForward({ ...NO_CONDITIONS, breakpoints: new Set(symbols.functionAddresses('bottom')) }, {});
  const stack: number[] = [];
  const locals: number[] = [];
  let frames = 0;
  let count = 0;
  for (let stop = 0; stop < stops; stop++) {
    const { ms, result } = timed(() => symbols.stack(session.inspect, STACK_DEPTH));
    stack.push(ms);
    frames = result.length;
    const [frame] = result;
    if (frame === undefined) throw new Error('there is no frame');
    // What a client reads of them: names, types, values.
    const shown = timed(() => symbols.variables(frame, 'locals').map(({ name, type, value, childCount }) => `${name}${type}${value}${childCount}`));
    locals.push(shown.ms);
    count = shown.result.length;
    await session.stepForward({});
  }
  session.close();
  return {
    ...NOTHING, frames, stackFirstMs: stack[0] ?? 0, stackMedianMs: median(stack.slice(1)), stackP95Ms: percentile(stack.slice(1), 0.95), locals: count, localsFirstMs: locals[0] ?? 0, localsMedianMs: median(locals.slice(1)),
  };
}

/** The time from the file to the first answers, and the largest size of the process until then. */
async function measureKernel(vmlinux: string): Promise<SymbolsFigures> {
  const session = createLiveSession({ configuration: configurationOf(SAMPLE_ELF, 2 ** 24), idle: 'skip' }, nodeHost);
  const { mainCpuMs, wallMs } = await costOf(() => {
    const { programs } = loadSymbols([vmlinux], [], [], session.inspect);
    const symbols = new SymbolSet(programs, new Map(), vmlinux);
    const [panic] = symbols.functionAddresses('panic');
    if (panic === undefined || symbols.location(panic) === undefined || symbols.inlinedAt(panic + 64n).length > 8) throw new Error('the kernel has no panic');
    symbols.modules();
  });
  session.close();
  return { ...NOTHING, readyMs: Number.isNaN(mainCpuMs) ? wallMs : mainCpuMs, readyWallMs: wallMs, peakMegabytes: process.resourceUsage().maxRSS / 1024 };
}
