/** What a bench says: tables of figures beside their bars. */

/** 'info': there is no bar; 'unmeasured': see the note. */
export type Verdict = 'pass' | 'miss' | 'info' | 'unmeasured';

export interface Row {
  readonly what: string;
  readonly figure: string;
  /** What it is compared with, in the same run. */
  readonly peer?: string;
  readonly ratio?: number;
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
  const cells = table.rows.map((row) => [
    row.what, row.figure, row.peer ?? '', row.ratio === undefined ? '' : row.ratio.toFixed(3), row.bar ?? '', row.verdict === 'info' ? '' : row.verdict,
  ]);
  const all = [['', 'figure', 'peer', 'ratio', 'bar', ''], ...cells];
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

export function ms(value: number): string {
  return `${value < 10 ? value.toFixed(2) : value.toFixed(0)} ms`;
}

export function signedPercent(ratio: number): string {
  const percent = (ratio - 1) * 100;
  return `${percent >= 0 ? '+' : ''}${percent.toFixed(1)} %`;
}
