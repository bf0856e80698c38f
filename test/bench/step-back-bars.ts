/** Going back on bare guests: how long a person waits. */
import { missingTools, tools } from '../tools.ts';
import type { BenchOptions } from './bars.ts';
import { SAMPLE, type GuestFolder } from './bench-guests.ts';
import { child } from './children.ts';
import { measureQemuReverse } from './peer-reverse.ts';
import { ms, verdict, type Row, type Table } from './report.ts';

const STEP_BACK_BAR_MS = 20;
const GIGA = 1_000_000_000;

export async function stepBackBar(guests: GuestFolder, options: BenchOptions): Promise<Table> {
  const { quick, onProgress } = options;
  const wanted = quick ? [SAMPLE] : ['walk', 'mem', SAMPLE];
  const rows: Row[] = [];
  for (const guest of guests.missing === false ? wanted : [SAMPLE]) {
    onProgress(`step back, ${guest}`);
    const symbols = guest === SAMPLE ? { breakpoints: ['deliver_batch', 'letters_init'], watches: ['desk', 'ticks'] } : { breakpoints: ['main'], watches: [] };
    const figures = child('step-back', { elf: guests.elf(guest), position: quick ? 10_000_000 : GIGA, steps: quick ? 20 : 200, seeks: quick ? 2 : 20, ...symbols });
    rows.push(
      {
        what: `${guest}: step back at ${figures.position.toLocaleString('en-US')}`, figure: `p95 ${ms(figures.p95Ms)}`, bar: `p95 <= ${STEP_BACK_BAR_MS} ms`,
        peer: `median ${ms(figures.medianMs)}, max ${ms(figures.maxMs)}, of ${figures.count}`, verdict: verdict(figures.p95Ms <= STEP_BACK_BAR_MS),
      },
      { what: '  the first after a live run', figure: ms(figures.firstMs), verdict: 'info' },
      { what: '  seek up to 200 M back', figure: `median ${ms(figures.seekMedianMs)}`, peer: `max ${ms(figures.seekMaxMs)}`, verdict: 'info' },
      ...figures.landings.map((landing): Row => ({
        what: `  reverse to ${landing.what}`, figure: ms(landing.ms), peer: `${landing.distance.toLocaleString('en-US')} back${landing.found ? '' : ', to the beginning'}`, verdict: 'info',
      })),
    );
  }
  const notes = ['wall-clock time; each seek is followed by 10 steps back'];
  if (options.peerReverse) {
    onProgress('QEMU, replayed backward by GDB');
    const missing = missingTools(tools.qemu, tools.gdb, tools.gcc);
    if (missing === false) rows.push(...await measureQemuReverse(guests));
    else notes.push(`no QEMU figure: ${missing}`);
  }
  return { name: 'step-back', title: 'Step back', rows, notes: [...notes, ...guests.notes()] };
}
