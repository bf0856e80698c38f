/** Linux from power-on to its prompt: run, recorded, replayed, beside QEMU doing the same. */
import { readdirSync, rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { setTimeout } from 'node:timers/promises';
import { readTranslations } from '../../emulator/host/translation-file.ts';
import { missingLinuxGuest, missingTools, tools } from '../tools.ts';
import type { BenchOptions } from './bars.ts';
import type { GuestFolder } from './bench-guests.ts';
import { bundle } from './children.ts';
import type { LinuxBootTask, LinuxBootUse } from './linux-boot.ts';
import { costUntilWritten, type ProcessCost, type WrittenCost } from './processes.ts';
import { PEER, qemuCommand, qemuLinux, qemuLog, type QemuMode } from './qemu.ts';
import { logSizes } from './recording-cost.ts';
import { megabytes, residentFigure } from './resident.ts';
import { medianCost, ROUNDS, seconds, verdict, type Row, type Table } from './report.ts';

/** With the question for the cursor's position that the shell's line editor sends. */
const PROMPT = ':~# \x1b[6n';
const BOOT_BAR = 1.2;
const WARM_BOOT_BAR = 0.8;
const REPLAY_BAR = 1;
const LOG_BAR_BYTES = 16 * 1024;
const FRAMES_PER_MIB = 256;
/** The first translates, the others what it left: with each fewer places are entered anew. Machine code is made behind each. */
const WARM_UP_BOOTS = 3;
const PACKING_MS_MAX = 120_000;
const PACKING_POLL_MS = 200;

type Ours = 'run' | 'warm' | 'record' | 'replay' | 'interpreter';
type Peer = 'icount' | 'record' | 'replay';

/** Everything that was measured, by what did it. */
interface Measured {
  readonly ours: Readonly<Record<Ours, OurBoot[]>>;
  readonly peers: Readonly<Record<Peer, ProcessCost[]>>;
  log: { readonly logSizeBytes: number; readonly digestCount: number; readonly fileSizeBytes: number } | undefined;
  peerLogSizeBytes: number | undefined;
}

interface OurBoot extends WrittenCost {
  readonly use: LinuxBootUse;
}

class LinuxBoots {
  readonly measured: Measured = {
    ours: { run: [], warm: [], record: [], replay: [], interpreter: [] }, peers: { icount: [], record: [], replay: [] }, log: undefined, peerLogSizeBytes: undefined,
  };
  readonly #program: string;
  readonly #folder: string;
  readonly #translations: string;

  constructor(program: string, folder: string) {
    this.#program = program;
    this.#folder = folder;
    this.#translations = path.join(folder, 'translations');
  }

  async ours(what: Ours): Promise<void> {
    const file = path.join(this.#folder, 'linux.chrono');
    const tasks: Readonly<Record<Ours, LinuxBootTask>> = {
      run: { mode: 'run' }, warm: { mode: 'run', translations: this.#translations }, interpreter: { mode: 'run', isInterpreted: true },
      record: { mode: 'record', file }, replay: { mode: 'replay', file },
    };
    const cost = await this.#boot(tasks[what]);
    this.measured.ours[what].push({ ...cost, use: JSON.parse(cost.errors) as LinuxBootUse });
    if (what === 'record') this.measured.log = logSizes(file);
  }

  /** Boots until the cache of translated code has what a boot needs, and machine code for it. */
  async warmUp(): Promise<void> {
    for (let round = 0; round < WARM_UP_BOOTS; round++) {
      await this.#boot({ mode: 'run', translations: this.#translations });
      const deadline = Date.now() + PACKING_MS_MAX;
      while (!this.#isPacked()) {
        if (Date.now() > deadline) throw new Error(`no machine code was made in ${this.#translations}`);
        await setTimeout(PACKING_POLL_MS);
      }
    }
  }

  #isPacked(): boolean {
    return readdirSync(this.#translations).every((name) => readTranslations(path.join(this.#translations, name))?.packed !== undefined);
  }

  #boot(task: LinuxBootTask): Promise<WrittenCost> {
    return costUntilWritten({ command: [process.execPath, this.#program, JSON.stringify(task)], signal: 'SIGTERM' }, PROMPT);
  }

  async peer(what: Peer): Promise<void> {
    const mode: QemuMode = what === 'icount' ? what : { rr: what, folder: this.#folder };
    const file = path.join(this.#folder, 'console.txt');
    rmSync(file, { force: true });
    const command = qemuCommand(mode, qemuLinux(mode, file));
    if (command === undefined) return;
    this.measured.peers[what].push(await costUntilWritten({ command, file, signal: 'SIGTERM' }, PROMPT));
    if (what === 'record') this.measured.peerLogSizeBytes = statSync(qemuLog(this.#folder)).size;
  }
}

interface Comparison {
  readonly ours: readonly ProcessCost[];
  readonly peer: readonly ProcessCost[];
  /** 'time': ours over the peer's, at most the bar; 'speed': the other way round, at least. */
  readonly as: 'time' | 'speed';
  readonly bar?: number;
}

/** A bar holds for processor time and for wall time. */
function comparisonRow(what: string, { ours, peer, as, bar }: Comparison): Row {
  if (ours.length === 0) return { what, figure: '', verdict: 'unmeasured' };
  const [mine, other] = [medianCost(ours), medianCost(peer)];
  const ratioOf = (one: number, another: number): number => (as === 'time' ? one / another : another / one);
  const figures = { what, figure: seconds(mine.cpuMs), wall: { figure: seconds(mine.wallMs) } };
  const barText = bar === undefined ? {} : { bar: `${as} ${as === 'time' ? '<=' : '>='} ${bar}` };
  if (peer.length === 0) return { ...figures, ...barText, verdict: bar === undefined ? 'info' : 'unmeasured' };
  const ratios = [ratioOf(mine.cpuMs, other.cpuMs), ratioOf(mine.wallMs, other.wallMs)] as const;
  return {
    ...figures, ...barText, peer: seconds(other.cpuMs), ratio: ratios[0], wall: { ...figures.wall, peer: seconds(other.wallMs), ratio: ratios[1] },
    verdict: bar === undefined ? 'info' : verdict(ratios.every((ratio) => (as === 'time' ? ratio <= bar : ratio >= bar))),
  };
}

function bootRows({ ours, peers }: Measured): Row[] {
  const run = ours.run.length === 0 ? undefined : medianCost(ours.run);
  return [
    comparisonRow('power-on to the prompt', { ours: ours.run, peer: peers.icount, as: 'time', bar: BOOT_BAR }),
    ...(run === undefined ? [] : [{ what: '  of which the main thread', figure: seconds(run.mainCpuMs), verdict: 'info' as const }]),
    comparisonRow('  with a warm translation cache', { ours: ours.warm, peer: peers.icount, as: 'time', bar: WARM_BOOT_BAR }),
    comparisonRow('by the interpreter alone', { ours: ours.interpreter, peer: peers.icount, as: 'time' }),
    comparisonRow('recorded (QEMU: rr=record)', { ours: ours.record, peer: peers.record, as: 'speed' }),
    comparisonRow('replayed, to recorded', { ours: ours.replay, peer: ours.record, as: 'speed', bar: REPLAY_BAR }),
    comparisonRow('replayed (QEMU: rr=replay)', { ours: ours.replay, peer: peers.replay, as: 'speed' }),
  ];
}

function sizeRows({ ours, log, peerLogSizeBytes }: Measured): Row[] {
  const rows: Row[] = [];
  if (log !== undefined) {
    rows.push({
      what: 'log, beside digests and images', figure: `${log.logSizeBytes} B`, bar: `<= ${LOG_BAR_BYTES} B`, verdict: verdict(log.logSizeBytes <= LOG_BAR_BYTES),
      ...(peerLogSizeBytes === undefined ? {} : { peer: `${peerLogSizeBytes} B`, ratio: log.logSizeBytes / peerLogSizeBytes }),
    });
  }
  const [first] = ours.run;
  rows.push(...residentRow('resident at the prompt, beyond what the guest touched', ours.run), ...residentRow('  with a warm translation cache', ours.warm));
  if (first !== undefined) rows.push({ what: '  regions translated', figure: String(first.use.translations), verdict: 'info' });
  return rows;
}

/** The most of all boots. */
function residentRow(what: string, boots: readonly OurBoot[]): Row[] {
  const [first] = boots;
  if (first === undefined) return [];
  const touchedMiB = first.use.framesUsed / FRAMES_PER_MIB;
  return [{ what, peer: `touched ${megabytes(touchedMiB).toFixed(0)} MB`, ...residentFigure(Math.max(...boots.map(({ residentMiB, use }) => residentMiB - use.framesUsed / FRAMES_PER_MIB))) }];
}

export async function linuxBars(guests: GuestFolder, { quick, onProgress }: BenchOptions): Promise<Table[]> {
  const name = 'linux';
  const missing = missingLinuxGuest();
  if (missing !== false) return [{ name, title: 'Linux', rows: [], notes: [`not measured: ${missing}`] }];
  const boots = new LinuxBoots(await bundle(guests.path, 'test/bench/linux-boot.ts'), guests.path);
  await bundle(guests.path, 'emulator/host/pack-translations.ts');
  onProgress('Linux, filling the cache of translated code');
  await boots.warmUp();
  const rounds = quick ? 1 : ROUNDS;
  for (let round = 1; round <= rounds; round++) {
    for (const [what, ours, peer] of [['boot', 'run', 'icount'], ['boot with a warm cache', 'warm', undefined], ['recording', 'record', 'record'], ['replay', 'replay', 'replay'], ['interpreter', 'interpreter', undefined]] as const) {
      // For information only.
      if (ours === 'interpreter' && (quick || round > 2)) continue;
      onProgress(`Linux, ${what}, ${round} of ${rounds}`);
      await boots.ours(ours);
      if (peer !== undefined) await boots.peer(peer);
    }
  }
  const noPeer = missingTools(tools.qemu);
  return [
    {
      name, title: `Linux from power-on to the prompt: processor time of all threads, and wall time; median of ${rounds}; peer: ${PEER}`, rows: bootRows(boots.measured),
      notes: ['from the start of the process; QEMU records and replays on one core, where it is faster; recording against it has its bar in the table of the bare guests', ...(noPeer === false ? [] : [`no ratio: ${noPeer}`])],
    },
    { name, title: 'Linux: log and memory', rows: sizeRows(boots.measured), notes: ['the log is of the boot without input; QEMU\'s is its whole file'] },
  ];
}
