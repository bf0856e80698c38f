/** Conditions and data breakpoints: what they may cost. */
import type { BenchOptions } from './bars.ts';
import type { GuestFolder } from './bench-guests.ts';
import { child } from './children.ts';
import { measurePeerConditions } from './peer-conditions.ts';
import { signedPercent, verdict, type Row, type Table } from './report.ts';

const EVALUATIONS_BAR = 1_000_000;
const QUIET_BAR = 1.05;
const BUSY_BAR_MIPS = 50;
const PEER_EVALUATIONS = 5000;

const perSecond = (value: number): string => `${(value / 1e6).toFixed(value < 1e5 ? 4 : 2)} M/s`;

export async function debuggerBar(guests: GuestFolder, { quick, onProgress }: BenchOptions): Promise<Table> {
  const title = 'Conditions and data breakpoints';
  if (guests.missing !== false) return { name: 'debugger', title, rows: [], notes: [`not measured: ${guests.missing}`] };
  const [hot, stack] = [guests.elf('hot'), guests.elf('stack')];
  onProgress('conditions and data breakpoints');
  const figures = child('debugger', { hot, stack, evaluations: quick ? 100_000 : 3_000_000, instructions: quick ? 5_000_000 : 50_000_000, rounds: quick ? 1 : 7 });
  onProgress('conditions with GDB on QEMU');
  const peer = await measurePeerConditions(guests.path, hot, quick ? 50 : PEER_EVALUATIONS);
  const condition = (what: string, figure: number): Row => ({
    what, figure: perSecond(figure), bar: `>= ${perSecond(EVALUATIONS_BAR)}`, verdict: verdict(figure >= EVALUATIONS_BAR),
    ...(peer === undefined ? {} : { peer: perSecond(peer), ratio: figure / peer }),
  });
  const rows: Row[] = [
    condition('a register is compared at a hot breakpoint, forward', figures.evaluationsForward),
    condition('  backward', figures.evaluationsBackward),
    {
      what: 'data breakpoint in a quiet page: time of the guest', figure: signedPercent(figures.quietSlowdown), peer: `${figures.plainMips.toFixed(0)} MIPS without`, bar: `<= ${signedPercent(QUIET_BAR)}`,
      verdict: verdict(figures.quietSlowdown <= QUIET_BAR),
    },
    {
      what: '  in the page of the stack, most instructions access it', figure: `${figures.busyMips.toFixed(0)} MIPS`, bar: `>= ${BUSY_BAR_MIPS} MIPS`, verdict: verdict(figures.busyMips >= BUSY_BAR_MIPS),
    },
  ];
  const notes = ['processor time of the main thread; peer: gdb-multiarch on QEMU with -icount, by the clock on the wall, in the same run', 'evaluations of a run to where the condition holds; backward: of all that the search asks'];
  return { name: 'debugger', title, rows, notes: peer === undefined ? [...notes, 'no figure of the peer: QEMU or gdb-multiarch is not installed, or did not answer'] : notes };
}
