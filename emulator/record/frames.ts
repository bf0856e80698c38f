/**
 * The container of a `.chrono` file: a fixed preamble, then frames, append only.
 *
 * ```
 * preamble  magic (8 bytes), version u32
 * frame     length u32, crc32 u32, payload (length bytes; its first byte is the frame's type)
 * ```
 * Integers are little-endian; the CRC covers the payload. Nothing is decoded before length and CRC are checked.
 */
import { assert } from '../assert.ts';
import { UserError } from '../user-error.ts';
import { crc32 } from './crc32.ts';

/** The first byte is not ASCII and a line feed follows, as in PNG: a transfer in text mode is noticed. */
const MAGIC = [0x89, 0x43, 0x48, 0x52, 0x4f, 0x4e, 0x4f, 0x0a] as const;
/** Counts up whenever the format or the behaviour of the machine changes: another version replays something else. */
const FORMAT_VERSION = 4;
/** Older ones, all of which is in the present one, too. This one has neither edits nor a console that knows the size of the user's terminal. */
const FORMAT_VERSION_BASIC = 2;
/** Has no edits, and always such a console. */
export const FORMAT_VERSION_TERMINAL_SIZE = 3;
/** From this version on there are edits. */
export const FORMAT_VERSION_EDITS = 4;
const READABLE_VERSIONS = [FORMAT_VERSION_BASIC, FORMAT_VERSION_TERMINAL_SIZE, FORMAT_VERSION];
export const PREAMBLE_SIZE = MAGIC.length + 4;
const FRAME_HEADER_SIZE = 8;
export const FRAME_PAYLOAD_SIZE_MAX = 4 * 1024 * 1024;

export function preamble(version = FORMAT_VERSION): Uint8Array {
  const bytes = new Uint8Array(PREAMBLE_SIZE);
  bytes.set(MAGIC);
  new DataView(bytes.buffer).setUint32(MAGIC.length, version, true);
  return bytes;
}

export function frame(type: number, body: Uint8Array): Uint8Array {
  const length = body.length + 1;
  assert(length <= FRAME_PAYLOAD_SIZE_MAX, `a frame of ${length} bytes is longer than the cap`);
  const bytes = new Uint8Array(FRAME_HEADER_SIZE + length);
  bytes[FRAME_HEADER_SIZE] = type;
  bytes.set(body, FRAME_HEADER_SIZE + 1);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, length, true);
  view.setUint32(4, crc32(bytes.subarray(FRAME_HEADER_SIZE)), true);
  return bytes;
}

export interface Frame {
  readonly type: number;
  readonly body: Uint8Array;
  /** Offset of the frame in the file, for messages. */
  readonly at: number;
}

export interface Frames {
  readonly version: number;
  readonly frames: readonly Frame[];
  /** Offset at which whole frames end; less than the file's size when it was cut inside a frame. */
  readonly endOffset: number;
}

/** The version of a recording. Refuses what is not a recording, or not one that can be read. */
function checkPreamble(bytes: Uint8Array, name: string): number {
  const magicMatches = MAGIC.every((byte, index) => index >= bytes.length || bytes[index] === byte);
  if (bytes.length === 0) throw new UserError(`${name} is empty, not a recording: give a .chrono file that \`chronovisor record\` wrote`);
  if (!magicMatches) throw new UserError(`${name} is not a Chronovisor recording: give a .chrono file that \`chronovisor record\` wrote`);
  if (bytes.length < PREAMBLE_SIZE) throw new UserError(`${name} ends after ${bytes.length} bytes, inside its header, so nothing in it can be replayed: record again`);
  const version = new DataView(bytes.buffer, bytes.byteOffset).getUint32(MAGIC.length, true);
  if (!READABLE_VERSIONS.includes(version)) {
    throw new UserError(`${name} has recording format ${version}, this Chronovisor reads format ${READABLE_VERSIONS.join(' and ')}: replay it with the Chronovisor that recorded it`);
  }
  return version;
}

/**
 * Splits a file into its whole frames. A last frame that is incomplete, or complete but with a wrong CRC (a crash may
 * leave unwritten blocks behind), is a cut; a wrong CRC with more behind it is damage, and refused.
 */
export function readFrames(bytes: Uint8Array, name: string): Frames {
  const version = checkPreamble(bytes, name);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const frames: Frame[] = [];
  let at = PREAMBLE_SIZE;
  while (at + FRAME_HEADER_SIZE <= bytes.length) {
    const length = view.getUint32(at, true);
    if (length === 0 || length > FRAME_PAYLOAD_SIZE_MAX) {
      if (isZero(bytes.subarray(at))) break;
      throw damaged(name, at, `says that it is ${length} bytes long`);
    }
    const end = at + FRAME_HEADER_SIZE + length;
    if (end > bytes.length) break;
    const payload = bytes.subarray(at + FRAME_HEADER_SIZE, end);
    if (crc32(payload) !== view.getUint32(at + 4, true)) {
      if (isZero(bytes.subarray(end))) break;
      throw damaged(name, at, 'has a wrong checksum');
    }
    frames.push({ type: payload[0] ?? 0, body: payload.subarray(1), at });
    at = end;
  }
  return { version, frames, endOffset: at };
}

export function damaged(name: string, at: number, what: string): UserError {
  return new UserError(`${name} is damaged: the frame at byte ${at} ${what}; restore the file from a copy, or record again`);
}

function isZero(bytes: Uint8Array): boolean {
  return bytes.every((byte) => byte === 0);
}
