/** What recording costs: beside running, and beside QEMU that records; what replaying costs; how long the log is. */
import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { missingTools, tools } from '../tools.ts';
import type { BenchOptions } from './bars.ts';
import { INTERPRETER_GUESTS, SAMPLE, type GuestFolder } from './bench-guests.ts';
import { child } from './children.ts';
import { buildGuest, guestSize, qemuCost } from './interpreter.ts';
import { combined, mipsOf, mipsRow, type Mips } from './mips.ts';
import type { RecordingCost } from './recording-cost.ts';
import type { RunCost } from './run-cost.ts';
import { geometricMean, median, ROUNDS, signedPercent, verdict, type Row, type Table } from './report.ts';

const RECORDING_BAR = 1.02;
const LOG_BAR_BYTES = 1024;
const PEER_BAR = 1.3;
const REPLAY_BAR = 1;
const GIGA = 1_000_000_000;

/** An instance of the engine can be lucky or not in where its code and tables lie: medians over processes. */
function medianRecordingCost(measured: readonly RecordingCost[]): RecordingCost {
  const [first] = measured;
  if (first === undefined) throw new Error('nothing was measured');
  const of = (figure: (cost: RecordingCost) => number): number => median(measured.map(figure));
  return { ...first, noise: of(({ noise }) => noise), digests: of(({ digests }) => digests), recorded: of(({ recorded }) => recorded), debugged: of(({ debugged }) => debugged) };
}

export function recordingBars(guests: GuestFolder, { quick, onProgress }: BenchOptions): Table[] {
  const pieceInstructions = quick ? 4_000_000 : 10_000_000;
  const rounds = quick ? 1 : ROUNDS;
  const costs = guests.available(quick ? ['alu'] : [...INTERPRETER_GUESTS, SAMPLE]).map((guest) => {
    const measured = [...new Array(rounds).keys()].map((round) => {
      onProgress(`recording, ${guest}, ${round + 1} of ${rounds}`);
      return child('recording', { elf: guests.elf(guest), folder: guests.path, pieces: quick ? 2 : 30, pieceInstructions, firstTurn: round });
    });
    return { guest, ...medianRecordingCost(measured) };
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

/** Speeds of one guest: recorded and replayed here, recorded by QEMU. */
interface RecordingSpeed {
  readonly recorded: Mips;
  readonly replayed: Mips;
  readonly qemu: Mips | undefined;
  readonly fileSizeBytes: number;
}

/** `folder`: of guests that come to an end. */
function recordingSpeed(folder: string, guest: string, scale: number): RecordingSpeed {
  const elf = buildGuest(folder, guest, guestSize(guest, scale));
  const file = path.join(folder, `${guest}.chrono`);
  const [record, replay] = (['record', 'replay'] as const).map((mode): RunCost => child('run', { mode, elf, file }));
  if (record === undefined || replay === undefined) throw new Error(`${guest} was not recorded`);
  const mode = { rr: 'record', folder } as const;
  const peer = qemuCost(elf, mode);
  const idle = qemuCost(buildGuest(folder, 'empty', 0), mode);
  return {
    recorded: mipsOf(record.instructions, record), replayed: mipsOf(replay.instructions, replay),
    qemu: peer && mipsOf(record.instructions, peer, idle), fileSizeBytes: record.fileSizeBytes,
  };
}

/** Bare guests, recorded to their end; Linux is in linux-bars.ts. */
export function recordingPeerBar(guests: GuestFolder, { quick, onProgress }: BenchOptions): Table {
  const rounds = quick ? 1 : ROUNDS;
  const name = 'recording-peer';
  const title = `Recording, MIPS by CPU time of the main thread, and by wall time, median of ${rounds}; peer: QEMU -icount shift=0,rr=record`;
  if (guests.missing !== false) return { name, title, rows: [], notes: [`not measured: ${guests.missing}`] };
  const folder = path.join(guests.path, 'finite');
  mkdirSync(folder, { recursive: true });
  const speeds = (quick ? ['alu'] : INTERPRETER_GUESTS).map((guest) => {
    const measured = [...new Array(rounds).keys()].map((round) => {
      onProgress(`recording beside QEMU, ${guest}, ${round + 1} of ${rounds}`);
      return recordingSpeed(folder, guest, quick ? 0.02 : 1);
    });
    const peers = measured.flatMap(({ qemu }) => (qemu === undefined ? [] : [qemu]));
    return {
      guest, recorded: combined(measured.map(({ recorded }) => recorded), median), replayed: combined(measured.map(({ replayed }) => replayed), median),
      qemu: peers.length === 0 ? undefined : combined(peers, median),
    };
  });
  const recorded = combined(speeds.map((each) => each.recorded), geometricMean);
  const peers = speeds.flatMap(({ qemu }) => (qemu === undefined ? [] : [qemu]));
  const missing = missingTools(tools.qemu);
  return {
    name, title,
    rows: [
      ...speeds.map(({ guest, recorded: mips, qemu }) => mipsRow(guest, mips, qemu, undefined)),
      mipsRow('geometric mean', recorded, peers.length === 0 ? undefined : combined(peers, geometricMean), PEER_BAR),
      ...speeds.map(({ guest, replayed, recorded: mips }) => mipsRow(`${guest}, replayed, to recorded`, replayed, mips, undefined)),
      mipsRow('geometric mean, replayed, to recorded', combined(speeds.map(({ replayed }) => replayed), geometricMean), recorded, REPLAY_BAR),
    ],
    notes: ['recorded to a file, each in a process of its own; QEMU on one core, where it records faster, and its start taken off', ...(missing === false ? [] : [`no ratio: ${missing}`])],
  };
}
