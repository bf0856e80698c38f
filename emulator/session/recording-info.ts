/** What is in a recording, without running it. */
import { xxh64 } from '../machine/xxh64.ts';
import { readRecording } from '../record/recording.ts';
import type { Position } from '../machine/machine-types.ts';
import { summariseEvents } from './event-summary.ts';
import type { RecordingOptions, TimelineInfo } from './session-types.ts';

export interface RecordingInfo {
  readonly version: number;
  readonly memorySizeBytes: number;
  readonly images: readonly { readonly name: string; readonly kind: 'elf' | 'raw'; readonly sizeBytes: number; readonly hash: string }[];
  /** Kernel command line, if one was given. */
  readonly bootArguments?: string;
  /** Disks that a replay needs; they are not in the recording. */
  readonly drives: readonly { readonly name: string; readonly sizeBytes: number; readonly hash: string }[];
  readonly end: Position;
  /** One sentence: powered off, asked for a reset, closed while running, or cut. */
  readonly ending: string;
  readonly events: TimelineInfo['events'];
  readonly digestCount: number;
}

export function recordingInfo({ bytes, name, images }: RecordingOptions): RecordingInfo {
  const recording = readRecording(bytes, name, images);
  const { version, configuration, events, digests, end, ending, cut } = recording;
  const closed = ending === undefined ? 'closed while the guest was running' : ending === 'reset' ? 'the guest asked for a reset' : `the guest powered off with exit code ${ending}`;
  return {
    version,
    memorySizeBytes: configuration.memorySizeBytes,
    images: configuration.images.map((image) => ({ name: image.name, kind: image.kind, sizeBytes: image.bytes.length, hash: xxh64(image.bytes) })),
    ...(configuration.bootArguments === undefined ? {} : { bootArguments: configuration.bootArguments }),
    drives: (configuration.devices?.drives ?? []).map(({ name: drive, image, hash }) => ({ name: drive, sizeBytes: image.sizeBytes, hash })),
    end,
    ending: cut ?? closed,
    events: summariseEvents(events, events.length),
    digestCount: digests.length,
  };
}
