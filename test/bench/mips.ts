/** Speeds of guests, and rows of them. */
import type { ProcessCost } from './processes.ts';
import { verdict, type Row } from './report.ts';

/** Instructions in a microsecond: of processor time of the main thread (of wall time where it is not known), and of wall time. */
export interface Mips {
  readonly cpu: number;
  readonly wall: number;
}

/** Where less is left, nothing was measured. */
const SHORTEST_MS = 1;

/** `idle`: the cost of a process that does nothing, which is taken off. */
export function mipsOf(instructions: number, cost: ProcessCost, idle?: ProcessCost): Mips {
  const wallMs = Math.max(SHORTEST_MS, cost.wallMs - (idle?.wallMs ?? 0));
  const cpuMs = Math.max(SHORTEST_MS, cost.mainCpuMs - (idle?.mainCpuMs ?? 0));
  return { cpu: instructions / (Number.isNaN(cpuMs) ? wallMs : cpuMs) / 1000, wall: instructions / wallMs / 1000 };
}

/** `of`: a mean, or the median. */
export function combined(all: readonly Mips[], of: (figures: readonly number[]) => number): Mips {
  return { cpu: of(all.map(({ cpu }) => cpu)), wall: of(all.map(({ wall }) => wall)) };
}

/** `least`: the bar, of the ratio by processor time. */
export function mipsRow(what: string, mips: Mips, peer: Mips | undefined, least: number | undefined): Row {
  const figure = ({ cpu }: Mips): string => cpu.toFixed(0);
  const wall = mips.wall.toFixed(0);
  const bar = least === undefined ? {} : { bar: `ratio >= ${least}` };
  if (peer === undefined) return { what, figure: figure(mips), wall: { figure: wall }, ...bar, verdict: least === undefined ? 'info' : 'unmeasured' };
  const ratio = mips.cpu / peer.cpu;
  return {
    what, figure: figure(mips), peer: figure(peer), ratio, wall: { figure: wall, peer: peer.wall.toFixed(0), ratio: mips.wall / peer.wall },
    ...bar, verdict: least === undefined ? 'info' : verdict(ratio >= least),
  };
}
