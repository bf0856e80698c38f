/** What a bench says: tables of figures beside their bars. */
import type { ProcessCost } from './processes.ts';

/** 'info': there is no bar; 'unmeasured': see the note. */
export type Verdict = 'pass' | 'miss' | 'info' | 'unmeasured';

export interface Row {
  readonly what: string;
  readonly figure: string;
  /** What it is compared with, in the same run. */
  readonly peer?: string;
  readonly ratio?: number;
  /** The same by the clock on the wall, where the figure is processor time. */
  readonly wall?: { readonly figure: string; readonly peer?: string; readonly ratio?: number };
  readonly bar?: string;
  readonly verdict: Verdict;
}

export interface Table {
  readonly name: string;
  readonly title: string;
  readonly rows: readonly Row[];
  /** How it was measured, and what is missing. */
  readonly notes: readonly string[];
}

export function verdict(passes: boolean): Verdict {
  return passes ? 'pass' : 'miss';
}

export function formatTable(table: Table): string {
  const ratio = (value: number | undefined): string => (value === undefined ? '' : value.toFixed(3));
  const hasWall = table.rows.some(({ wall }) => wall !== undefined);
  const cells = table.rows.map(({ what, figure, peer = '', wall, bar = '', verdict: judged, ...row }) => [
    what, figure, peer, ratio(row.ratio), ...(hasWall ? [wall?.figure ?? '', wall?.peer ?? '', ratio(wall?.ratio)] : []), bar, judged === 'info' ? '' : judged,
  ]);
  const all = [['', 'figure', 'peer', 'ratio', ...(hasWall ? ['wall', 'peer', 'ratio'] : []), 'bar', ''], ...cells];
  const widths = all.reduce<number[]>((widest, line) => line.map((cell, column) => Math.max(cell.length, widest[column] ?? 0)), []);
  const lines = all.map((line) => line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join('  ').trimEnd());
  return [`== ${table.title}`, ...lines, ...table.notes.map((note) => `   ${note}`), ''].join('\n');
}

/** The value below which the given fraction of `values` lies (nearest rank). */
export function percentile(values: readonly number[], fraction: number): number {
  const sorted = [...values].sort((one, other) => one - other);
  return sorted[Math.max(0, Math.ceil(sorted.length * fraction) - 1)] ?? Number.NaN;
}

export function median(values: readonly number[]): number {
  return percentile(values, 0.5);
}

export function geometricMean(values: readonly number[]): number {
  return Math.exp(values.reduce((sum, value) => sum + Math.log(value), 0) / values.length);
}

export function medianCost(costs: readonly ProcessCost[]): ProcessCost {
  const of = (figure: (cost: ProcessCost) => number): number => median(costs.map(figure));
  return { wallMs: of(({ wallMs }) => wallMs), cpuMs: of(({ cpuMs }) => cpuMs), mainCpuMs: of(({ mainCpuMs }) => mainCpuMs) };
}

/** Rounds of a bar that says "median". */
export const ROUNDS = 5;

export function ms(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}

export function seconds(valueMs: number): string {
  return `${(valueMs / 1000).toFixed(2)} s`;
}

export function signedPercent(ratio: number): string {
  const percent = (ratio - 1) * 100;
  return `${percent >= 0 ? '+' : ''}${percent.toFixed(1)} %`;
}
