/**
 * What recording costs. Four sessions run the same guest in one process, by turns, a piece of history each: without
 * checkpoints, digests and log; with digests; with checkpoints; and recorded to a file with both, as a debugger does it.
 * Turns are short, so that what else the computer does meets all four alike.
 */
import { rmSync, statSync } from 'node:fs';
import path from 'node:path';
import { createLiveSession, NO_CONDITIONS, type Session, type TimelineOptions } from '../../emulator/index.ts';
import { createLogFile, nodeHost } from '../../emulator/host/node-host.ts';
import { xxh64 } from '../../emulator/machine/xxh64.ts';
import { readRecording } from '../../emulator/record/recording.ts';
import { readFileSync } from 'node:fs';
import { configurationOf } from './bench-guests.ts';
import { median } from './report.ts';

export interface RecordingCostTask {
  readonly elf: string;
  readonly folder: string;
  readonly pieces: number;
  readonly pieceInstructions: number;
}

export interface RecordingCost {
  readonly mips: number;
  /** CPU time relative to the bare session. */
  readonly digests: number;
  readonly checkpoints: number;
  readonly recorded: number;
  readonly checkpointCount: number;
  readonly instructions: number;
  /** Of the file. `logSizeBytes`: without image and digests. */
  readonly fileSizeBytes: number;
  readonly logSizeBytes: number;
  readonly digestCount: number;
}

const VARIANTS = {
  bare: { checkpointSpacing: Infinity, digestSpacing: Infinity },
  digests: { checkpointSpacing: Infinity },
  checkpoints: { digestSpacing: Infinity },
  recorded: {},
} as const satisfies Record<string, Partial<TimelineOptions>>;
type Variant = keyof typeof VARIANTS;
const variants = Object.keys(VARIANTS) as Variant[];
/** Pieces until the code of the engine is optimised. */
const WARM_UP = 2;

export async function measureRecordingCost(task: RecordingCostTask): Promise<RecordingCost> {
  const configuration = configurationOf(task.elf);
  const file = path.join(task.folder, `cost-${process.pid}.chrono`);
  const open = (variant: Variant): Session =>
    createLiveSession({ configuration, idle: 'skip', timeline: VARIANTS[variant], ...(variant === 'recorded' ? { log: createLogFile(file) } : {}) }, nodeHost);
  const sessions = new Map(variants.map((variant) => [variant, open(variant)]));
  const times = new Map<Variant, number[]>(variants.map((variant) => [variant, []]));
  for (let piece = 1; piece <= WARM_UP + task.pieces; piece++) {
    // Whoever comes after another finds the caches cold: everybody is everywhere equally often.
    for (let turn = 0; turn < variants.length; turn++) {
      const variant = variants[(turn + piece) % variants.length];
      if (variant === undefined) continue;
      const begin = process.cpuUsage();
      await sessions.get(variant)?.runForward(NO_CONDITIONS, { until: piece * task.pieceInstructions });
      const { user, system } = process.cpuUsage(begin);
      if (piece > WARM_UP) times.get(variant)?.push((user + system) / 1000);
    }
  }
  const checkpointCount = sessions.get('recorded')?.timeline(0).checkpoints.length ?? 0;
  for (const session of sessions.values()) session.close();
  const total = (variant: Variant): number => robustTotal(times.get(variant) ?? []);
  const bareMs = total('bare');
  try {
    return {
      mips: (task.pieceInstructions * task.pieces) / bareMs / 1000,
      digests: total('digests') / bareMs, checkpoints: total('checkpoints') / bareMs, recorded: total('recorded') / bareMs,
      checkpointCount, instructions: (WARM_UP + task.pieces) * task.pieceInstructions, ...logSizes(file),
    };
  } finally {
    rmSync(file);
  }
}

/** The sum, with pieces that something else on the computer made twice as slow counted like the median. */
function robustTotal(pieces: readonly number[]): number {
  const middle = median(pieces);
  return pieces.reduce((sum, piece) => sum + (piece > 2 * middle ? middle : piece), 0);
}

/** Sizes of the parts of a recording. */
function logSizes(file: string): { fileSizeBytes: number; logSizeBytes: number; digestCount: number } {
  const bytes = new Uint8Array(readFileSync(file));
  const recording = readRecording(bytes, path.basename(file));
  const imageBytes = recording.configuration.images.reduce((sum, image) => sum + image.bytes.length, 0);
  return { fileSizeBytes: statSync(file).size, logSizeBytes: bytes.length - imageBytes - digestSize(bytes), digestCount: recording.digests.length };
}
