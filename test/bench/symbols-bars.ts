/** Stacks, variables and the debug information of a kernel: how long a person waits. */
import { execFileSync } from 'node:child_process';
import path from 'node:path';
import { guestSymbols } from '../../emulator/host/known-guests.ts';
import { findTool, tools } from '../tools.ts';
import type { BenchOptions } from './bars.ts';
import type { GuestFolder } from './bench-guests.ts';
import { child } from './children.ts';
import { ms, verdict, type Row, type Table } from './report.ts';

const STACK_BAR_MS = 5;
const LOCALS_BAR_MS = 10;
const READY_BAR_MS = 3_000;
const MEMORY_BAR_MEGABYTES = 500;

/** guests/frames.c, with debug information. */
function buildFrames(folder: string): string {
  const elf = path.join(folder, 'frames.elf');
  const sources = path.join(import.meta.dirname, 'guests');
  execFileSync(findTool(tools.gcc) ?? '', [
    '-O0', '-gdwarf-5', '-march=rv64gc', '-mabi=lp64d', '-mcmodel=medany', '-ffreestanding', '-nostdlib', '-Wl,--no-warnings', '-T', path.join(sources, 'l.ld'),
    path.join(sources, 'crt.S'), path.join(sources, 'frames.c'), '-o', elf,
  ]);
  return elf;
}

export function symbolsBar(guests: GuestFolder, options: BenchOptions): Table {
  return { name: 'symbols', title: 'Stacks, variables, debug information', rows: symbolsRows(guests, options), notes: ['processor time; medians'] };
}

function symbolsRows(guests: GuestFolder, { quick, onProgress }: BenchOptions): Row[] {
  const rows: Row[] = [];
  if (guests.missing === false) {
    onProgress('stacks and variables');
    const figures = child('symbols', { elf: buildFrames(guests.path), stops: quick ? 10 : 100 });
    rows.push(
      {
        what: `stack of ${figures.frames} frames`, figure: ms(figures.stackMedianMs), peer: `p95 ${ms(figures.stackP95Ms)}, the first ${ms(figures.stackFirstMs)}`, bar: `<= ${STACK_BAR_MS} ms`,
        verdict: verdict(figures.stackMedianMs <= STACK_BAR_MS),
      },
      {
        what: `variables of a frame with ${figures.locals} locals`, figure: ms(figures.localsMedianMs), peer: `the first ${ms(figures.localsFirstMs)}`, bar: `<= ${LOCALS_BAR_MS} ms`,
        verdict: verdict(figures.localsMedianMs <= LOCALS_BAR_MS),
      },
    );
  }
  const [vmlinux] = guestSymbols('linux');
  if (vmlinux === undefined) return [...rows, { what: 'debug information of a kernel: npm run guest:linux -- --symbols brings it', figure: '-', verdict: 'unmeasured' }];
  onProgress('debug information of a kernel');
  const { readyMs, readyWallMs, peakMegabytes } = child('symbols', { vmlinux });
  return [
    ...rows,
    { what: 'debug information of a kernel, ready', figure: ms(readyMs), wall: { figure: ms(readyWallMs) }, bar: `<= ${READY_BAR_MS} ms`, verdict: verdict(readyMs <= READY_BAR_MS) },
    { what: '  largest size of the process', figure: `${peakMegabytes.toFixed(0)} MB`, bar: `<= ${MEMORY_BAR_MEGABYTES} MB`, verdict: verdict(peakMegabytes <= MEMORY_BAR_MEGABYTES) },
  ];
}
