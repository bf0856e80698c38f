/** What is used beside time: checkpoints, start, memory. */
import { missingTools, tools } from '../tools.ts';
import type { BenchOptions } from './bars.ts';
import { SAMPLE_ELF, type GuestFolder } from './bench-guests.ts';
import { child } from './children.ts';
import { measureFootprint } from './footprint.ts';
import { ms, verdict, type Row, type Table } from './report.ts';
import { megabytes, residentFigure } from './resident.ts';

const CHECKPOINT_BAR_MS = 1;
const START_BAR_MS = 300;
const TOUCHED_MIB = 100;
/** Beside the pages that the guest says it touches: its image, device tree, the nested page table. */
const OTHER_FRAMES_MIB = 2;
const FRAMES_PER_MIB = 256;

export function checkpointBar({ quick, onProgress }: BenchOptions): Table {
  onProgress('checkpoints');
  const costs = child('checkpoint', { elf: SAMPLE_ELF, dirtyPages: quick ? [0, 64] : [0, 16, 256, 4096, 16_384], repetitions: quick ? 4 : 20 });
  return {
    name: 'checkpoint', title: 'Checkpoint: CPU time of taking one (an older one is dropped), and of what is touched afterwards',
    rows: costs.map((cost) => ({
      what: `${cost.dirtyPages.toLocaleString('en-US')} pages written since the last`, figure: `${cost.takeMs.toFixed(3)} ms`,
      peer: cost.dirtyPages === 0 ? `restore ${cost.restoreMs.toFixed(3)} ms`
        : `copy ${cost.copyUs.toFixed(2)} us a page (${cost.copyFreshUs.toFixed(2)} in fresh memory), restore ${cost.restoreMs.toFixed(3)} ms`,
      bar: `<= ${CHECKPOINT_BAR_MS} ms`, verdict: verdict(cost.takeMs <= CHECKPOINT_BAR_MS),
    })),
    notes: [],
  };
}

export async function footprintTable(guests: GuestFolder, { quick, onProgress }: BenchOptions): Promise<Table> {
  onProgress('start and memory');
  const built = guests.missing === false;
  const figures = await measureFootprint(guests.path, {
    elf: SAMPLE_ELF, touching: built && !quick ? guests.elf('touch') : undefined, empty: built ? guests.elf('empty') : undefined,
  }, quick ? 1 : 7);
  const { startMs, qemuMs, residentMiB, framesUsed } = figures;
  const rows: Row[] = [{
    what: 'start of the command line to the first guest instruction', figure: ms(startMs), bar: `<= ${START_BAR_MS} ms`, verdict: verdict(startMs <= START_BAR_MS),
    ...(qemuMs === undefined ? {} : { peer: `QEMU ${ms(qemuMs)}`, ratio: startMs / qemuMs }),
  }, { what: '  of which Node itself', figure: ms(figures.nodeMs), verdict: 'info' }];
  if (residentMiB !== undefined && framesUsed !== undefined) {
    const framesMiB = framesUsed / FRAMES_PER_MIB;
    rows.push(
      {
        what: `frames of a 2 GiB guest that touches ${TOUCHED_MIB} MiB`, figure: `${framesMiB.toFixed(1)} MiB`, bar: `<= ${TOUCHED_MIB + OTHER_FRAMES_MIB} MiB`,
        verdict: verdict(framesMiB <= TOUCHED_MIB + OTHER_FRAMES_MIB),
      },
      {
        what: '  resident, beyond that', peer: `Node alone ${megabytes(figures.nodeMiB).toFixed(0)} MB`, ...residentFigure(residentMiB - TOUCHED_MIB),
      },
    );
  }
  const missing = missingTools(tools.qemu);
  return { name: 'footprint', title: 'Start (wall time) and memory', rows, notes: missing === false ? [] : [`no QEMU figure: ${missing}`] };
}
