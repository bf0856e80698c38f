/** What a checkpoint costs: when it is taken, and afterwards, when pages that it shares are written. */
import { createEngine } from '../../emulator/engine/engine.ts';
import { Machine } from '../../emulator/machine/machine.ts';
import type { MachineState } from '../../emulator/machine/machine-state.ts';
import { configurationOf } from './bench-guests.ts';
import { median } from './report.ts';

export interface CheckpointTask {
  readonly elf: string;
  /** Numbers of pages that are written between two checkpoints. */
  readonly dirtyPages: readonly number[];
  readonly repetitions: number;
}

export interface CheckpointCost {
  readonly dirtyPages: number;
  /** Medians, CPU time. Counting the dirty pages is part of taking. */
  readonly takeMs: number;
  /** Of the first write to a page afterwards, for each page; with frames that were in use before. */
  readonly copyUs: number;
  /** The same with memory that the host has to find. */
  readonly copyFreshUs: number;
  /** Of going back to it. */
  readonly restoreMs: number;
}

/** Clear of the images. */
const FIRST_PAGE = 2048;
const MEMORY_SIZE_BYTES = 512 * 1024 * 1024;
/** Checkpoints that exist at the same time: the older ones are dropped, as the timeline does. */
const KEPT = 4;

function cpuMs(work: () => void): number {
  const begin = process.cpuUsage();
  work();
  const { user, system } = process.cpuUsage(begin);
  return (user + system) / 1000;
}

export function measureCheckpoints(task: CheckpointTask): CheckpointCost[] {
  const engine = createEngine();
  const machine = new Machine(engine, configurationOf(task.elf, MEMORY_SIZE_BYTES));
  const write = (pages: number): void => {
    for (let page = 0; page < pages; page++) engine.core.pageOpenForWrite(machine.vm, FIRST_PAGE + page);
  };
  const rounds = (pages: number, repetitions: number): CheckpointCost => {
    const kept: MachineState[] = [];
    const fresh: number[] = [];
    const reused: number[] = [];
    const take: number[] = [];
    const restore: number[] = [];
    write(pages);
    for (let round = 0; round < KEPT + repetitions; round++) {
      const oldest = round >= KEPT ? kept.shift() : undefined;
      take.push(cpuMs(() => {
        if (machine.dirtyPages < pages) throw new Error('pages are not counted as written');
        kept.push(machine.saveState());
        if (oldest !== undefined) machine.releaseState(oldest);
      }));
      (oldest === undefined ? fresh : reused).push((cpuMs(() => { write(pages); }) * 1000) / Math.max(1, pages));
      const [back] = kept;
      if (back === undefined) continue;
      const present = machine.saveState();
      restore.push(cpuMs(() => { machine.restoreState(back); }));
      machine.restoreState(present);
      machine.releaseState(present);
      write(pages);
    }
    for (const state of kept) machine.releaseState(state);
    return { dirtyPages: pages, takeMs: median(take), copyUs: median(reused), copyFreshUs: median(fresh), restoreMs: median(restore) };
  };
  // Until the code is optimised.
  rounds(64, 200);
  // The smallest first: what a size needs beyond the one before is memory that was never in use.
  const costs = [...task.dirtyPages].sort((one, other) => one - other).map((pages) => rounds(pages, task.repetitions));
  machine.close();
  return costs;
}
