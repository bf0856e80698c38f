/** Going back in the boot of Linux: how long a person waits. */
import { missingLinuxGuest } from '../tools.ts';
import type { BenchOptions } from './bars.ts';
import { child } from './children.ts';
import type { LinuxTravelFigures, Steps, TravelFigures } from './linux-travel.ts';
import { median, ms, percentile, ROUNDS, seconds, verdict, type Row, type Table } from './report.ts';

const STEP_BACK_BAR_MS = 20;
const REVERSE_BAR = 1.5;

/** Steps back of several processes together. */
function together(figures: readonly TravelFigures[], of: (each: TravelFigures) => Steps): Steps {
  return { wallMs: figures.flatMap((each) => of(each).wallMs), cpuMs: figures.flatMap((each) => of(each).cpuMs) };
}

function stepsRow(what: string, { wallMs, cpuMs }: Steps, barMs: number | undefined): Row {
  const p95 = percentile(wallMs, 0.95);
  return {
    what, figure: `p95 ${ms(percentile(cpuMs, 0.95))}`, peer: `median ${ms(median(wallMs))}, max ${ms(Math.max(...wallMs))}, of ${wallMs.length}`, wall: { figure: `p95 ${ms(p95)}` },
    ...(barMs === undefined ? { verdict: 'info' } : { bar: `p95 <= ${barMs} ms`, verdict: verdict(p95 <= barMs) }),
  };
}

function rowsOf(name: string, rounds: readonly LinuxTravelFigures[], of: (each: LinuxTravelFigures) => TravelFigures): Row[] {
  const figures = rounds.map(of);
  const [sample] = figures;
  if (sample === undefined) return [];
  const medianOf = (figure: (each: TravelFigures) => number): number => median(figures.map(figure));
  const cpuRatio = median(rounds.map((each) => of(each).reverseContinue.cpuMs / each.boot.cpuMs));
  const wallRatio = median(rounds.map((each) => of(each).reverseContinue.wallMs / each.boot.wallMs));
  const isFound = figures.every(({ reverseContinue }) => reverseContinue.found);
  return [
    stepsRow(`${name}: step back at a random position`, together(figures, ({ afterSeek, following }) => ({
      wallMs: [...afterSeek.wallMs, ...following.wallMs], cpuMs: [...afterSeek.cpuMs, ...following.cpuMs],
    })), STEP_BACK_BAR_MS),
    stepsRow('  the first behind a seek', together(figures, ({ afterSeek }) => afterSeek), STEP_BACK_BAR_MS),
    stepsRow('  the first behind a run forward', together(figures, ({ afterRun }) => afterRun), STEP_BACK_BAR_MS),
    { what: '  the first in the session, at the prompt', figure: ms(medianOf(({ first }) => first.cpuMs)), wall: { figure: ms(medianOf(({ first }) => first.wallMs)) }, verdict: 'info' },
    stepsRow('  the seek itself', together(figures, ({ seeks }) => seeks), undefined),
    {
      what: `  reverse continue to the kernel's entry, to one boot${isFound ? '' : ' (NOT FOUND)'}`,
      figure: seconds(medianOf(({ reverseContinue }) => reverseContinue.cpuMs)), peer: seconds(median(rounds.map(({ boot }) => boot.cpuMs))), ratio: cpuRatio,
      wall: { figure: seconds(medianOf(({ reverseContinue }) => reverseContinue.wallMs)), peer: seconds(median(rounds.map(({ boot }) => boot.wallMs))), ratio: wallRatio },
      bar: `time <= ${REVERSE_BAR}`, verdict: verdict(isFound && cpuRatio <= REVERSE_BAR && wallRatio <= REVERSE_BAR),
    },
    { what: '  checkpoints kept', figure: String(sample.checkpoints), peer: `${(sample.framesUsed / 256).toFixed(0)} MiB of frames`, verdict: 'info' },
  ];
}

export function linuxTravelBars({ quick, onProgress }: BenchOptions): Table[] {
  const name = 'linux-travel';
  const missing = missingLinuxGuest();
  if (missing !== false) return [{ name, title: 'Going back in Linux', rows: [], notes: [`not measured: ${missing}`] }];
  const rounds = quick ? 1 : ROUNDS;
  const figures = [...new Array(rounds).keys()].map((round) => {
    onProgress(`going back in Linux, ${round + 1} of ${rounds}`);
    return child('linux-travel', { seed: round + 1, seeks: quick ? 4 : 20, runs: quick ? 2 : 10 });
  });
  return [{
    name, title: `Going back in the boot of Linux: processor time, and wall time; ${rounds} processes`,
    rows: [...rowsOf('live', figures, ({ live }) => live), ...rowsOf('from a file', figures, ({ file }) => file)],
    notes: [`the boot: ${figures[0]?.end.toLocaleString('en-US') ?? ''} instructions; a seek is followed by 6 steps back; a run forward is up to 50 M instructions long`],
  }];
}
