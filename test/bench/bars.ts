/** The bars: each a table of figures, measured in processes of their own. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { findTool, missingTools, tools } from '../tools.ts';
import { FLOAT_GUESTS, INTERPRETER_GUESTS, SAMPLE, SAMPLE_ELF, type GuestFolder } from './bench-guests.ts';
import type { CheckpointCost, CheckpointTask } from './checkpoint-cost.ts';
import { measureFootprint } from './footprint.ts';
import { geometricMean, type InterpreterSpeed } from './interpreter.ts';
import type { InterpreterTask } from './measure.ts';
import { measureQemuReverse } from './peer-reverse.ts';
import type { RecordingCost, RecordingCostTask } from './recording-cost.ts';
import { median, ms, signedPercent, verdict, type Row, type Table } from './report.ts';
import type { StepBackFigures, StepBackTask } from './step-back.ts';

export interface BenchOptions {
  /** Only shows that there are figures. */
  readonly quick: boolean;
  /** Also goes back in QEMU with GDB, for comparison (minutes). */
  readonly peerReverse: boolean;
  readonly onProgress: (what: string) => void;
}

interface Tasks {
  readonly interpreter: [InterpreterTask, InterpreterSpeed];
  readonly recording: [RecordingCostTask, RecordingCost];
  readonly 'step-back': [StepBackTask, StepBackFigures];
  readonly checkpoint: [CheckpointTask, CheckpointCost[]];
}

function child<Name extends keyof Tasks>(name: Name, task: Tasks[Name][0]): Tasks[Name][1] {
  const script = path.join(import.meta.dirname, 'measure.ts');
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', script, name, JSON.stringify(task)], { encoding: 'utf8', maxBuffer: 2 ** 26 });
  if (status !== 0) throw new Error(`the measurement ${name} ${JSON.stringify(task)} failed: ${stderr}`);
  return JSON.parse(stdout) as Tasks[Name][1];
}

const QEMU_BAR = 0.6;
const INTEGER_BAR = 1.3;
const INTEGER_EACH_BAR = 0.9;
const FLOAT_BAR = 0.5;
const RECORDING_BAR = 1.02;
const RECORDING_ROUNDS = 5;
const LOG_BAR_BYTES = 1024;
const STEP_BACK_BAR_MS = 20;
const CHECKPOINT_BAR_MS = 1;
const GIGA = 1_000_000_000;

interface SpeedBar {
  readonly name: string;
  readonly title: string;
  readonly isTranslated: boolean;
  readonly guests: readonly string[];
  /** Ratio to QEMU, of the geometric mean and of each guest. */
  readonly bar: number;
  readonly eachBar?: number;
}

const PEER = 'peer: qemu-system-riscv64 -M virt -icount shift=0,sleep=off';
const interpreterSpeed: SpeedBar = {
  name: 'interpreter', title: `Interpreter: MIPS by CPU time, best of the rounds; ${PEER}`, isTranslated: false, guests: INTERPRETER_GUESTS, bar: QEMU_BAR,
};
const integerSpeed: SpeedBar = {
  name: 'translator', title: `Translated integer code: MIPS by CPU time, best of the rounds; ${PEER}`, isTranslated: true, guests: INTERPRETER_GUESTS,
  bar: INTEGER_BAR, eachBar: INTEGER_EACH_BAR,
};
const floatSpeed: SpeedBar = {
  name: 'translator-float', title: `Translated floating point: MIPS by CPU time, best of the rounds; ${PEER}`, isTranslated: true, guests: FLOAT_GUESTS,
  bar: FLOAT_BAR, eachBar: FLOAT_BAR,
};

function speedBar(speedOf: SpeedBar, guests: GuestFolder, { quick, onProgress }: BenchOptions): Table {
  const { name, title, isTranslated, bar, eachBar } = speedOf;
  if (guests.missing !== false) return { name, title, rows: [], notes: [`not measured: ${guests.missing}`] };
  const best = new Map<string, InterpreterSpeed>();
  for (let round = 0; round < (quick ? 1 : 3); round++) {
    for (const guest of quick ? speedOf.guests.slice(0, 1) : speedOf.guests) {
      onProgress(`${name}, ${guest}`);
      const speed = child('interpreter', { guest, isTranslated, scale: quick ? 0.02 : 1 });
      const known = best.get(guest);
      const qemuMips = speed.qemuMips === undefined ? undefined : Math.max(speed.qemuMips, known?.qemuMips ?? 0);
      best.set(guest, { ...speed, mips: Math.max(speed.mips, known?.mips ?? 0), qemuMips });
    }
  }
  const row = (what: string, mips: number, qemuMips: number | undefined, least: number | undefined): Row => {
    const ratio = qemuMips === undefined ? undefined : mips / qemuMips;
    return {
      what, figure: mips.toFixed(0), ...(qemuMips === undefined ? {} : { peer: qemuMips.toFixed(0), ratio: mips / qemuMips }),
      ...(least === undefined ? { verdict: 'info' } : { bar: `ratio >= ${least}`, verdict: ratio === undefined ? 'unmeasured' : verdict(ratio >= least) }),
    };
  };
  const speeds = [...best.values()];
  const qemu = speeds.flatMap(({ qemuMips }) => (qemuMips === undefined ? [] : [qemuMips]));
  const missing = missingTools(tools.qemu);
  return {
    name, title,
    rows: [
      ...speeds.map((speed) => row(speed.guest, speed.mips, speed.qemuMips, eachBar)),
      row('geometric mean', geometricMean(speeds.map(({ mips }) => mips)), qemu.length === 0 ? undefined : geometricMean(qemu), bar),
    ],
    notes: missing === false ? [] : [`no ratio: ${missing}`],
  };
}

/** An instance of the engine can be lucky or not in where its code and tables lie: medians over processes. */
function medianCost(measured: readonly RecordingCost[]): RecordingCost {
  const [first] = measured;
  if (first === undefined) throw new Error('nothing was measured');
  const of = (figure: (cost: RecordingCost) => number): number => median(measured.map(figure));
  return { ...first, noise: of(({ noise }) => noise), digests: of(({ digests }) => digests), recorded: of(({ recorded }) => recorded), debugged: of(({ debugged }) => debugged) };
}

function recordingBars(guests: GuestFolder, { quick, onProgress }: BenchOptions): Table[] {
  const pieceInstructions = quick ? 4_000_000 : 10_000_000;
  const rounds = quick ? 1 : RECORDING_ROUNDS;
  const costs = guests.available(quick ? ['alu'] : [...INTERPRETER_GUESTS, SAMPLE]).map((guest) => {
    const measured = [...new Array(rounds).keys()].map((round) => {
      onProgress(`recording, ${guest}, ${round + 1} of ${rounds}`);
      return child('recording', { elf: guests.elf(guest), folder: guests.path, pieces: quick ? 2 : 30, pieceInstructions, firstTurn: round });
    });
    return { guest, ...medianCost(measured) };
  });
  const recorded = geometricMean(costs.map((cost) => cost.recorded));
  const debugged = geometricMean(costs.map((cost) => cost.debugged));
  const cost: Table = {
    name: 'recording', title: 'Recording: CPU time of a recorded run over a bare one (no log, digests or checkpoints)',
    rows: [
      ...costs.map((each): Row => ({
        what: each.guest, figure: signedPercent(each.recorded), ratio: each.recorded, verdict: 'info',
        peer: `digests alone ${signedPercent(each.digests)}, debugged ${signedPercent(each.debugged)} (${each.checkpointCount} checkpoints kept); noise ${signedPercent(each.noise)}`,
      })),
      { what: 'geometric mean', figure: signedPercent(recorded), ratio: recorded, bar: '<= +2 %', verdict: verdict(recorded <= RECORDING_BAR) },
      { what: 'geometric mean, debugged', figure: signedPercent(debugged), ratio: debugged, verdict: 'info' },
    ],
    notes: ['recorded: log and digests, as `chronovisor record` does it; debugged: with the checkpoints of a live session too; noise: of another bare run', ...guests.notes()],
  };
  const log: Table = {
    name: 'log', title: 'Log without input: bytes in 10^9 instructions beside digests and guest image',
    rows: costs.map((each): Row => {
      const bytes = each.logSizeBytes / Math.max(1, each.instructions / GIGA);
      return {
        what: each.guest, figure: `${bytes.toFixed(0)} B`, bar: `< ${LOG_BAR_BYTES} B`, verdict: verdict(bytes < LOG_BAR_BYTES),
        peer: `${each.digestCount} digests; file ${(each.fileSizeBytes / 1024).toFixed(1)} KiB, ${(each.instructions / GIGA).toFixed(2)} G instructions`,
      };
    }),
    notes: [],
  };
  return [cost, log];
}

async function stepBackBar(guests: GuestFolder, options: BenchOptions): Promise<Table> {
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

function checkpointBar(_guests: GuestFolder, { quick, onProgress }: BenchOptions): Table {
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

async function footprintTable(guests: GuestFolder, { quick, onProgress }: BenchOptions): Promise<Table> {
  onProgress('start and memory');
  const built = guests.missing === false;
  const figures = await measureFootprint(guests.path, {
    elf: SAMPLE_ELF, touching: built && !quick ? guests.elf('touch') : undefined, empty: built ? guests.elf('empty') : undefined,
  }, quick ? 1 : 5);
  const rows: Row[] = [{
    what: 'start of the command line to the first guest instruction', figure: ms(figures.startMs), verdict: 'info',
    ...(figures.qemuMs === undefined ? {} : { peer: `QEMU ${ms(figures.qemuMs)}`, ratio: figures.startMs / figures.qemuMs }),
  }, { what: '  of which Node itself', figure: ms(figures.nodeMs), verdict: 'info' }];
  if (!Number.isNaN(figures.residentMiB)) {
    rows.push({ what: 'resident, a 2 GiB guest that touches 100 MiB', figure: `${figures.residentMiB.toFixed(0)} MiB`, peer: `Node alone ${figures.nodeMiB.toFixed(0)} MiB`, verdict: 'info' });
  }
  return { name: 'footprint', title: 'Start and memory', rows, notes: findTool(tools.qemu) === undefined ? ['QEMU is not installed'] : [] };
}

/** By name; 'recording' also says how long the log is. */
export const bars: Readonly<Record<string, (guests: GuestFolder, options: BenchOptions) => Promise<readonly Table[]>>> = {
  interpreter: async (guests, options) => [speedBar(interpreterSpeed, guests, options)],
  translator: async (guests, options) => [speedBar(integerSpeed, guests, options), speedBar(floatSpeed, guests, options)],
  recording: async (guests, options) => recordingBars(guests, options),
  'step-back': async (guests, options) => [await stepBackBar(guests, options)],
  checkpoint: async (guests, options) => [checkpointBar(guests, options)],
  footprint: async (guests, options) => [await footprintTable(guests, options)],
};
