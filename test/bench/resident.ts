/** The bar for resident memory, beyond what the guest touched. */
import { verdict, type Row } from './report.ts';

/** Megabytes, as the promise has it: 250,000,000 bytes. */
const RESIDENT_BAR_MB = 250;

export function megabytes(mebibytes: number): number {
  return mebibytes * 2 ** 20 / 1e6;
}

/** NaN where the host does not tell. */
export function residentFigure(beyondMiB: number): Pick<Row, 'figure' | 'bar' | 'verdict'> {
  const beyond = megabytes(beyondMiB);
  return { figure: `${beyond.toFixed(0)} MB`, bar: `<= ${RESIDENT_BAR_MB} MB`, verdict: Number.isNaN(beyond) ? 'unmeasured' : verdict(beyond <= RESIDENT_BAR_MB) };
}
