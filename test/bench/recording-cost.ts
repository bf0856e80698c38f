/**
 * What recording costs. Five sessions run the same guest in one process, by turns, a piece of history each: without
 * checkpoints, digests and log; the same again, which shows the noise; with digests; recorded to a file, as
 * `chronovisor record` does it (log and digests); and debugged, which also keeps checkpoints in memory.
 * Turns are short, so that what else the computer does meets all alike.
 */
import { readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { createLiveSession, NO_CONDITIONS, type Session, type TimelineOptions } from '../../emulator/index.ts';
import { createLogFile, nodeHost } from '../../emulator/host/node-host.ts';
import { readFrames } from '../../emulator/record/frames.ts';
import { FRAME_DIGEST, FRAME_IMAGE_DATA } from '../../emulator/record/log-format.ts';
import { configurationOf } from './bench-guests.ts';

export interface RecordingCostTask {
  readonly elf: string;
  readonly folder: string;
  readonly pieces: number;
  readonly pieceInstructions: number;
  /** Which session is opened first. */
  readonly firstTurn: number;
}

export interface RecordingCost {
  /** CPU time relative to the bare session. `noise`: of another bare one. */
  readonly noise: number;
  readonly digests: number;
  readonly recorded: number;
  readonly debugged: number;
  readonly checkpointCount: number;
  readonly instructions: number;
  /** Of the file. `logSizeBytes`: without image and digests. */
  readonly fileSizeBytes: number;
  readonly logSizeBytes: number;
  readonly digestCount: number;
}

const VARIANTS = {
  bare: { checkpointSpacing: Infinity, digestSpacing: Infinity },
  noise: { checkpointSpacing: Infinity, digestSpacing: Infinity },
  digests: { checkpointSpacing: Infinity },
  recorded: { checkpointSpacing: Infinity },
  debugged: {},
} as const satisfies Record<string, Partial<TimelineOptions>>;
type Variant = keyof typeof VARIANTS;
const variants = Object.keys(VARIANTS) as Variant[];
/** Instructions until the code of the engine is optimised. */
const WARM_UP_INSTRUCTIONS = 100_000_000;

export async function measureRecordingCost(task: RecordingCostTask): Promise<RecordingCost> {
  const configuration = configurationOf(task.elf);
  const file = path.join(task.folder, `cost-${process.pid}.chrono`);
  const open = (variant: Variant): Session =>
    createLiveSession({ configuration, idle: 'skip', timeline: VARIANTS[variant], ...(variant === 'recorded' ? { log: createLogFile(file) } : {}) }, nodeHost);
  const inOrder = variants.map((_variant, index) => variants[(index + task.firstTurn) % variants.length] ?? 'bare');
  const sessions = new Map(inOrder.map((variant) => [variant, open(variant)]));
  const times = new Map<Variant, number[]>(variants.map((variant) => [variant, []]));
  const warmUp = Math.min(task.pieces, Math.ceil(WARM_UP_INSTRUCTIONS / task.pieceInstructions));
  for (let piece = 1; piece <= warmUp + task.pieces; piece++) {
    // Whoever comes after another finds the caches cold: everybody is everywhere equally often.
    for (let turn = 0; turn < variants.length; turn++) {
      const variant = variants[(turn + piece) % variants.length];
      if (variant === undefined) continue;
      const begin = process.cpuUsage();
      await sessions.get(variant)?.runForward(NO_CONDITIONS, { until: piece * task.pieceInstructions });
      const { user, system } = process.cpuUsage(begin);
      if (piece > warmUp) times.get(variant)?.push((user + system) / 1000);
    }
  }
  const checkpointCount = sessions.get('debugged')?.timeline(0).checkpoints.length ?? 0;
  for (const session of sessions.values()) session.close();
  const total = (variant: Variant): number => (times.get(variant) ?? []).reduce((sum, piece) => sum + piece, 0);
  const bareMs = total('bare');
  try {
    return {
      noise: total('noise') / bareMs, digests: total('digests') / bareMs, recorded: total('recorded') / bareMs, debugged: total('debugged') / bareMs,
      checkpointCount, instructions: (warmUp + task.pieces) * task.pieceInstructions, ...logSizes(file),
    };
  } finally {
    rmSync(file);
  }
}

/** Sizes of the parts of a recording. */
export function logSizes(file: string): { fileSizeBytes: number; logSizeBytes: number; digestCount: number } {
  const bytes = new Uint8Array(readFileSync(file));
  const { frames, endOffset } = readFrames(bytes, path.basename(file));
  const sizeOf = (type: number): number => frames.reduce((sum, frame, index) => sum + (frame.type === type ? (frames[index + 1]?.at ?? endOffset) - frame.at : 0), 0);
  return {
    fileSizeBytes: bytes.length,
    logSizeBytes: bytes.length - sizeOf(FRAME_IMAGE_DATA) - sizeOf(FRAME_DIGEST),
    digestCount: frames.filter(({ type }) => type === FRAME_DIGEST).length,
  };
}
