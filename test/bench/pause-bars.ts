/** How soon a busy debug adapter answers. */
import path from 'node:path';
import { missingLinuxGuest } from '../tools.ts';
import type { BenchOptions } from './bars.ts';
import { SAMPLE_ELF } from './bench-guests.ts';
import { measurePauses, pauseRows } from './pause.ts';
import { verdict, type Table } from './report.ts';

const ADAPTER = path.join(import.meta.dirname, '../../debug-adapter/main.ts');

export async function pauseBar({ quick, onProgress }: BenchOptions): Promise<Table> {
  onProgress('pause');
  const missing = missingLinuxGuest();
  const figures = await measurePauses({
    command: [process.execPath, '--import', 'tsx', ADAPTER], launch: missing === false ? { guest: 'linux' } : { program: SAMPLE_ELF }, count: quick ? 3 : 30,
  });
  return {
    name: 'pause', title: `Pausing a guest that moves (${missing === false ? 'Linux' : 'the sample guest'}): wall time from the request to its effect`,
    // A motion may come to its end before it is paused.
    rows: pauseRows(figures).map(({ passes, ...row }, index) => ({ ...row, verdict: figures[index]?.pause.count === 0 ? 'unmeasured' : verdict(passes) })), notes: missing === false ? [] : [missing],
  };
}
