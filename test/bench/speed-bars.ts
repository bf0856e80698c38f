/** How fast guests run, by the interpreter and translated, beside QEMU with an instruction counter. */
import { missingTools, tools } from '../tools.ts';
import type { BenchOptions } from './bars.ts';
import { FLOAT_GUESTS, INTERPRETER_GUESTS, type GuestFolder } from './bench-guests.ts';
import { child } from './children.ts';
import type { InterpreterSpeed } from './interpreter.ts';
import { combined, mipsRow } from './mips.ts';
import { PEER } from './qemu.ts';
import { geometricMean, median, ROUNDS, type Table } from './report.ts';

interface SpeedBar {
  readonly name: string;
  readonly what: string;
  readonly isTranslated: boolean;
  readonly guests: readonly string[];
  /** Ratio to QEMU, of the geometric mean and of each guest. */
  readonly bar: number;
  readonly eachBar?: number;
}

export const interpreterSpeed: SpeedBar = { name: 'interpreter', what: 'Interpreter', isTranslated: false, guests: INTERPRETER_GUESTS, bar: 0.6 };
export const integerSpeed: SpeedBar = { name: 'translator', what: 'Translated integer code', isTranslated: true, guests: INTERPRETER_GUESTS, bar: 1.3, eachBar: 0.9 };
export const floatSpeed: SpeedBar = { name: 'translator', what: 'Translated floating point', isTranslated: true, guests: FLOAT_GUESTS, bar: 0.5, eachBar: 0.5 };

export function speedBar({ name, what, isTranslated, guests: wanted, bar, eachBar }: SpeedBar, guests: GuestFolder, { quick, onProgress }: BenchOptions): Table {
  const rounds = quick ? 1 : ROUNDS;
  const title = `${what}: MIPS by CPU time of the main thread, and by wall time, median of ${rounds}; peer: ${PEER}`;
  if (guests.missing !== false) return { name, title, rows: [], notes: [`not measured: ${guests.missing}`] };
  const measured = new Map<string, InterpreterSpeed[]>();
  for (let round = 1; round <= rounds; round++) {
    for (const guest of quick ? wanted.slice(0, 1) : wanted) {
      onProgress(`${what}, ${guest}, ${round} of ${rounds}`);
      measured.set(guest, [...(measured.get(guest) ?? []), child('interpreter', { guest, isTranslated, scale: quick ? 0.02 : 1 })]);
    }
  }
  const speeds = [...measured].map(([guest, each]) => {
    const peers = each.flatMap(({ qemuMips }) => (qemuMips === undefined ? [] : [qemuMips]));
    return { guest, mips: combined(each.map(({ mips }) => mips), median), qemuMips: peers.length === 0 ? undefined : combined(peers, median) };
  });
  const qemu = speeds.flatMap(({ qemuMips }) => (qemuMips === undefined ? [] : [qemuMips]));
  const missing = missingTools(tools.qemu);
  return {
    name, title,
    rows: [
      ...speeds.map(({ guest, mips, qemuMips }) => mipsRow(guest, mips, qemuMips, eachBar)),
      mipsRow('geometric mean', combined(speeds.map(({ mips }) => mips), geometricMean), qemu.length === 0 ? undefined : combined(qemu, geometricMean), bar),
    ],
    notes: ['V8 compiles on other threads meanwhile; QEMU\'s start is taken off', ...(missing === false ? [] : [`no ratio: ${missing}`])],
  };
}
