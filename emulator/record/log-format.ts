/**
 * What the frames of a `.chrono` file hold.
 *
 * ```
 * 1 configuration  [memory size, [[name, kind, address or null, size, content hash, embedded, role], ...], kernel command line or null, random seed or null, devices or null]
 * 2 image data     image index u8, then raw bytes, in order
 * 3 events         [upTo, [[at, kind, value], ...]]: every input with an execution point below upTo is in the log so far
 * 4 digest         [at, registers, translation, devices, memory, all]: state digests at a position
 * 5 end            [at, exit code, 'reset' or null]: the guest ended the run, or (null) the recording was closed
 * ```
 * All but image data is encoded by the codec. Events are in the order in which the guest saw them.
 */
import { decodeEdits, encodeEdits } from './edit-format.ts';
import type { InputEvent, Position } from '../machine/input.ts';
import type { StateDigest } from '../machine/digest.ts';
import type { TerminalSize } from '../machine/machine-types.ts';
import type { Encodable } from './codec.ts';

export const FRAME_CONFIGURATION = 1;
export const FRAME_IMAGE_DATA = 2;
export const FRAME_EVENTS = 3;
export const FRAME_DIGEST = 4;
export const FRAME_END = 5;

/** Image bytes in one frame. */
export const IMAGE_CHUNK_SIZE = 1024 * 1024;
export const IMAGE_COUNT_MAX = 16;
/** Events in one frame. */
export const EVENT_BATCH_COUNT = 1000;
/** Console bytes in one event; longer input is several events at the same execution point. */
export const CONSOLE_EVENT_SIZE_MAX = 1024;

/** Random bytes in one event: what the entropy device is given at once. */
export const ENTROPY_EVENT_SIZE_MAX = 1024;

/** Columns and rows of a terminal, as a virtio console tells them. */
export const TERMINAL_SIZE_MAX = 0xffff;

const KINDS = ['console', 'idle', 'rtc-base', 'entropy', 'terminal-size', 'edit'] as const satisfies readonly InputEvent['kind'][];

export function encodeEvent(event: InputEvent): Encodable {
  const kind = KINDS.indexOf(event.kind);
  switch (event.kind) {
    case 'console':
    case 'entropy':
      return [event.at, kind, event.bytes];
    case 'idle': return [event.at, kind, event.ns];
    case 'rtc-base': return [event.at, kind, event.ns];
    case 'terminal-size': return [event.at, kind, encodeTerminalSize(event)];
    case 'edit': return [event.at, kind, encodeEdits(event)];
  }
}

/** undefined if `value` is not an event. */
export function decodeEvent(value: unknown): InputEvent | undefined {
  if (!Array.isArray(value) || value.length !== 3) return undefined;
  const [at, kindIndex, content] = value as unknown[];
  if (!isPosition(at) || typeof kindIndex !== 'number') return undefined;
  const kind = KINDS[kindIndex];
  if (kind === 'console' && content instanceof Uint8Array && content.length > 0 && content.length <= CONSOLE_EVENT_SIZE_MAX) return { at, kind, bytes: content };
  if (kind === 'entropy' && content instanceof Uint8Array && content.length > 0 && content.length <= ENTROPY_EVENT_SIZE_MAX) return { at, kind, bytes: content };
  if (kind === 'idle' && isPosition(content)) return { at, kind, ns: content };
  if (kind === 'terminal-size') {
    const size = decodeTerminalSize(content);
    return size === undefined ? undefined : { at, kind, ...size };
  }
  if (kind === 'edit') {
    const edits = decodeEdits(content);
    return edits === undefined ? undefined : { at, kind, ...edits };
  }
  if (kind === 'rtc-base' && at === 0 && typeof content === 'string' && /^\d{1,19}$/.test(content)) return { at, kind, ns: content };
  return undefined;
}

export function encodeTerminalSize({ columns, rows }: TerminalSize): Encodable {
  return [columns, rows];
}

/** undefined if `value` is not the size of a terminal. */
export function decodeTerminalSize(value: unknown): TerminalSize | undefined {
  if (!Array.isArray(value) || value.length !== 2) return undefined;
  const [columns, rows] = value as unknown[];
  return isPosition(columns) && isPosition(rows) && columns <= TERMINAL_SIZE_MAX && rows <= TERMINAL_SIZE_MAX ? { columns, rows } : undefined;
}

export function encodeDigest(at: Position, digest: StateDigest): Encodable {
  return [at, digest.registers, digest.translation, digest.devices, digest.memory, digest.all];
}

export function decodeDigest(value: unknown): { at: Position; digest: StateDigest } | undefined {
  if (!Array.isArray(value) || value.length !== 6) return undefined;
  const [at, ...parts] = value as unknown[];
  if (!isPosition(at) || !parts.every((part) => typeof part === 'string' && /^[0-9a-f]{16}$/.test(part))) return undefined;
  const [registers, translation, devices, memory, all] = parts as [string, string, string, string, string];
  return { at, digest: { registers, translation, devices, memory, all } };
}

export function isPosition(value: unknown): value is Position {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

/** `@123,456,789` */
export function formatPosition(position: Position): string {
  return `@${position.toString().replace(/\B(?=(\d{3})+$)/g, ',')}`;
}
