/** Recordings made without a machine, for tests of the file format. */
import type { StateDigest } from '../../emulator/machine/digest.ts';
import type { InputEvent } from '../../emulator/machine/input.ts';
import type { MachineConfiguration } from '../../emulator/machine/machine-types.ts';
import { LogWriter } from '../../emulator/record/log-writer.ts';

export const SAMPLE_CONFIGURATION: MachineConfiguration = {
  memorySizeBytes: 1 << 20,
  images: [
    { name: 'kernel.bin', kind: 'raw', address: 0x8000_0000, bytes: Uint8Array.from({ length: 300 }, (_, index) => index) },
    { name: 'program.elf', kind: 'elf', bytes: Uint8Array.of(1, 2, 3) },
  ],
};

export function sampleDigest(seed: number): StateDigest {
  const word = (part: number): string => (seed * 7 + part).toString(16).padStart(16, '0');
  return { registers: word(1), translation: word(2), devices: word(3), memory: word(4), all: word(5) };
}

export type LogItem = InputEvent | { readonly kind: 'digest'; readonly at: number } | { readonly kind: 'flush'; readonly at: number };

/** The file, and the offsets at which a whole frame ends. */
export function writeSample(items: readonly LogItem[], end?: { at: number; ending: number | null }): { bytes: Uint8Array; boundaries: number[] } {
  const chunks: Uint8Array[] = [];
  const sink = { append: (bytes: Uint8Array) => { chunks.push(bytes.slice()); }, close: () => undefined };
  const writer = new LogWriter(sink, SAMPLE_CONFIGURATION);
  for (const item of items) {
    if (item.kind === 'digest') writer.digest(item.at, sampleDigest(item.at));
    else if (item.kind === 'flush') writer.flush(item.at);
    else writer.event(item);
  }
  if (end !== undefined) writer.end(end.at, end.ending);
  const boundaries: number[] = [];
  let size = 0;
  for (const chunk of chunks) boundaries.push((size += chunk.length));
  return { bytes: new Uint8Array(Buffer.concat(chunks)), boundaries };
}

export const SAMPLE_ITEMS: readonly LogItem[] = [
  { at: 0, kind: 'rtc-base', ns: '1700000000000000000' },
  { at: 0, kind: 'flush' },
  { at: 1000, kind: 'console', bytes: Uint8Array.of(104, 105) },
  { at: 2000, kind: 'digest' },
  { at: 2000, kind: 'idle', ns: 12_345_678 },
  { at: 2000, kind: 'console', bytes: Uint8Array.of(13) },
  { at: 5_000_000_000, kind: 'flush' },
  { at: 5_000_000_000, kind: 'digest' },
];
