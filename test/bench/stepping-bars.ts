/** Stepping over source lines, forward and back: how long a person waits. */
import { NO_CONDITIONS } from '../../emulator/index.ts';
import { Walker, buildGuest } from '../debug-adapter/stepping-guest.ts';
import { missingTools, tools } from '../tools.ts';
import type { BenchOptions } from './bars.ts';
import { SAMPLE_ELF } from './bench-guests.ts';
import { ms, percentile, verdict } from './report.ts';
import type { Row, Table } from './report.ts';

const STEP_BAR_MS = 25;
/** How far the sample guest is run before. */
const HISTORY = 20_000_000;
const STEPS_PER_PLACE = 4;
/** The first steps translate the debugger itself. */
const WARM_PLACES = 5;
/** The first long call of the guest makes a tenth of them: about 10^8 instructions. */
const BUSY_ROUNDS = 70_000_000;

interface Times {
  readonly forward: number[];
  readonly back: number[];
}

async function timed(work: () => Promise<unknown>, into: number[]): Promise<void> {
  const begin = performance.now();
  await work();
  into.push(performance.now() - begin);
}

/** From places all over the history some steps forward, and as many back. */
async function measure(walker: Walker, end: number, places: number): Promise<Times> {
  const times: Times = { forward: [], back: [] };
  let random = 1;
  for (let place = 0; place < places + WARM_PLACES; place++) {
    random = (random * 48_271) % 0x7fff_ffff;
    await walker.session.seek(random % end);
    if (place === WARM_PLACES) for (const each of [times.forward, times.back]) each.length = 0;
    for (let step = 0; step < STEPS_PER_PLACE; step++) await timed(() => walker.forward('over'), times.forward);
    for (let step = 0; step < STEPS_PER_PLACE; step++) await timed(() => walker.backward('over'), times.back);
  }
  return times;
}

function rows(what: string, { forward, back }: Times): Row[] {
  return ([['step over', forward], ['step back over', back]] as const).map(([step, values]) => {
    const p95 = percentile(values, 0.95);
    return {
      what: `${what}: ${step}`, figure: `p95 ${ms(p95)}`, bar: `p95 <= ${STEP_BAR_MS} ms`,
      peer: `median ${ms(percentile(values, 0.5))}, max ${ms(Math.max(...values))}, of ${values.length}`, verdict: verdict(p95 <= STEP_BAR_MS),
    };
  });
}

async function longCall(): Promise<Row[]> {
  const walker = new Walker(buildGuest({ flags: ['-O0'], tick: 0, busy: BUSY_ROUNDS }));
  try {
    await walker.runToFunction('plain_busy');
    await walker.forward('out');
    await walker.backward('over');
    const begin = walker.position;
    const times: Times = { forward: [], back: [] };
    await timed(() => walker.forward('over'), times.forward);
    const length = walker.position - begin;
    await timed(() => walker.backward('over'), times.back);
    const what = `a call of ${length.toLocaleString('en-US')} instructions`;
    return [
      { what: `${what}: step over`, figure: ms(times.forward[0] ?? Number.NaN), verdict: 'info' },
      { what: `${what}: step back over`, figure: ms(times.back[0] ?? Number.NaN), verdict: 'info' },
    ];
  } finally {
    walker.close();
  }
}

export async function steppingBar({ quick, onProgress }: BenchOptions): Promise<Table> {
  const places = quick ? 10 : 100;
  onProgress('stepping, sample');
  const sample = new Walker(SAMPLE_ELF);
  await sample.session.runForward(NO_CONDITIONS, { until: HISTORY });
  const table = rows('sample guest', await measure(sample, HISTORY, places));
  sample.close();
  const missing = missingTools(tools.gcc);
  if (missing !== false) return { name: 'stepping', title: 'Steps by line', rows: table, notes: [`only the sample guest: ${missing}`] };
  for (const [level, tick] of [['-O0', 7], ['-O2', 6]] as const) {
    onProgress(`stepping, ${level}`);
    const walker = new Walker(buildGuest({ flags: [level], tick }));
    const { position } = await walker.session.runForward(NO_CONDITIONS);
    table.push(...rows(`${level}, an interrupt every ${tick * 100} instructions`, await measure(walker, position, places)));
    walker.close();
  }
  onProgress('stepping, a long call');
  return { name: 'stepping', title: 'Steps by line', rows: [...table, ...await longCall()], notes: ['wall-clock time, in the debug adapter; from places all over the history'] };
}
