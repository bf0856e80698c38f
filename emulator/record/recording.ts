/** Reads a `.chrono` file: everything in it is checked before it is believed. */
import { DRAM_BASE } from '../core/layout.ts';
import type { DigestMark } from '../machine/digest.ts';
import type { InputEvent, Position } from '../machine/input.ts';
import type { Ending, GuestImage, ImageRole, MachineConfiguration } from '../machine/machine-types.ts';
import { xxh64 } from '../machine/xxh64.ts';
import { UserError } from '../user-error.ts';
import { decodeValue } from './codec.ts';
import { damaged, FORMAT_VERSION_EDITS, FORMAT_VERSION_TERMINAL_SIZE, readFrames, type Frame } from './frames.ts';
import {
  decodeDigest, decodeEvent, formatPosition, FRAME_CONFIGURATION, FRAME_DIGEST, FRAME_END, FRAME_EVENTS, FRAME_IMAGE_DATA, IMAGE_COUNT_MAX,
  isPosition,
} from './log-format.ts';
import { decodeDevices } from './recorded-devices.ts';

/** A recording as it was read. */
export interface Recording {
  /** Of the format. */
  readonly version: number;
  readonly configuration: MachineConfiguration;
  /** In order; execution points never decrease. */
  readonly events: readonly InputEvent[];
  readonly digests: readonly DigestMark[];
  /** How far it reaches. */
  readonly end: Position;
  /** Set when the guest ended the run at `end`. */
  readonly ending: Ending | undefined;
  /** One sentence if the recording was not closed properly: where it was cut, and up to where it can be replayed. */
  readonly cut: string | undefined;
}

const MEMORY_SIZE_MAX = 2 ** 31;

interface ImageHeader {
  readonly name: string;
  readonly kind: 'elf' | 'raw';
  readonly address: number | undefined;
  readonly sizeBytes: number;
  readonly hash: string;
  readonly embedded: boolean;
  readonly role: ImageRole;
}

interface ConfigurationHeader {
  readonly images: readonly ImageHeader[];
  readonly settings: Omit<MachineConfiguration, 'images'>;
}

const ROLES: readonly unknown[] = ['program', 'firmware', 'kernel', 'initrd'] satisfies readonly ImageRole[];
/** Of the kernel command line, in characters; of the random seed, in bytes. */
const BOOT_ARGUMENTS_MAX = 65_536;
const RANDOM_SEED_MAX = 4096;

/** `images`: the guest images that the recording names without embedding them, in any order. */
export function readRecording(bytes: Uint8Array, name: string, images: readonly GuestImage[] = []): Recording {
  const { version, frames, endOffset } = readFrames(bytes, name);
  const [first, ...others] = frames;
  if (first === undefined) throw cutBeforeImages(name, endOffset);
  if (first.type !== FRAME_CONFIGURATION) throw damaged(name, first.at, 'should be the configuration');
  const header = decodeConfiguration(decodeFrame(first, name), () => damaged(name, first.at, 'holds no valid configuration'));
  const tellsSize = header.settings.devices?.terminalSize !== undefined;
  if (version < FORMAT_VERSION_EDITS && (version === FORMAT_VERSION_TERMINAL_SIZE) !== tellsSize) throw damaged(name, first.at, `does not go with the format version ${version}`);
  const firstAfterImages = others.findIndex((other) => other.type !== FRAME_IMAGE_DATA);
  const imageFrames = firstAfterImages < 0 ? others : others.slice(0, firstAfterImages);
  const logFrames = firstAfterImages < 0 ? [] : others.slice(firstAfterImages);
  const configuration = {
    ...header.settings,
    images: collectImages(header.images, imageFrames, images, name, { endOffset, atEnd: logFrames.length === 0 }),
  };
  const log = readLog(logFrames, name, endOffset, bytes.length);
  checkEdits(log.events, version, configuration.memorySizeBytes, name);
  return { version, configuration, ...log };
}

function checkEdits(events: readonly InputEvent[], version: number, memorySizeBytes: number, name: string): void {
  const end = DRAM_BASE + memorySizeBytes;
  const wrong = events.find((event) => event.kind === 'edit' && (version < FORMAT_VERSION_EDITS || event.edits.some((edit) => edit.kind === 'memory' && edit.gpa + edit.bytes.length > end)));
  if (wrong !== undefined) throw new UserError(`${name} is damaged: the edit at ${formatPosition(wrong.at)} is not one that the machine has room for; restore the file from a copy, or record again`);
}

function decodeFrame(frame: Frame, name: string): unknown {
  try {
    return decodeValue(frame.body);
  } catch (error) {
    throw damaged(name, frame.at, `cannot be decoded (${error instanceof Error ? error.message : String(error)})`);
  }
}

function decodeConfiguration(value: unknown, invalid: () => UserError): ConfigurationHeader {
  if (!Array.isArray(value) || value.length !== 5) throw invalid();
  const [memorySizeBytes, images, bootArguments, randomSeed, virtio] = value as unknown[];
  if (!isPosition(memorySizeBytes) || memorySizeBytes > MEMORY_SIZE_MAX || !Array.isArray(images) || images.length > IMAGE_COUNT_MAX) throw invalid();
  if (bootArguments !== null && (typeof bootArguments !== 'string' || bootArguments.length > BOOT_ARGUMENTS_MAX)) throw invalid();
  if (randomSeed !== null && (!(randomSeed instanceof Uint8Array) || randomSeed.length > RANDOM_SEED_MAX)) throw invalid();
  const devices = decodeDevices(virtio, invalid);
  return {
    images: images.map((image) => decodeImageHeader(image, invalid)),
    settings: {
      memorySizeBytes, ...(bootArguments === null ? {} : { bootArguments }), ...(randomSeed === null ? {} : { randomSeed }),
      ...(devices === undefined ? {} : { devices }),
    },
  };
}

function decodeImageHeader(value: unknown, invalid: () => UserError): ImageHeader {
  if (!Array.isArray(value) || value.length !== 7) throw invalid();
  const [name, kind, address, sizeBytes, hash, embedded, role] = value as unknown[];
  if (typeof name !== 'string' || (kind !== 'elf' && kind !== 'raw') || !isPosition(sizeBytes) || !isRole(role)) throw invalid();
  if (address !== null && !isPosition(address)) throw invalid();
  if (typeof hash !== 'string' || typeof embedded !== 'boolean') throw invalid();
  return { name, kind, address: address ?? undefined, sizeBytes, hash, embedded, role };
}

function isRole(value: unknown): value is ImageRole {
  return ROLES.includes(value);
}

function collectImages(
  headers: readonly ImageHeader[], frames: readonly Frame[], given: readonly GuestImage[], name: string, cut: { endOffset: number; atEnd: boolean },
): GuestImage[] {
  const chunks = headers.map((): Uint8Array[] => []);
  for (const frame of frames) {
    const list = chunks[frame.body[0] ?? headers.length];
    if (list === undefined) throw damaged(name, frame.at, 'belongs to no image');
    list.push(frame.body.subarray(1));
  }
  return headers.map((header, index) => {
    const found = header.embedded ? concatenate(chunks[index] ?? []) : given.find((image) => xxh64(image.bytes) === header.hash)?.bytes;
    if (found === undefined) {
      throw new UserError(`${name} needs the guest image ${header.name} with content hash ${header.hash}, which is not embedded: give that very file as an image`);
    }
    if (found.length < header.sizeBytes && cut.atEnd) throw cutBeforeImages(name, cut.endOffset);
    if (xxh64(found) !== header.hash) {
      throw new UserError(`${name} embeds the guest image ${header.name} with other content than when it was recorded (${xxh64(found)}, not ${header.hash}): restore the file from a copy`);
    }
    return {
      name: header.name, kind: header.kind, bytes: found,
      ...(header.address === undefined ? {} : { address: header.address }), ...(header.role === 'program' ? {} : { role: header.role }),
    };
  });
}

function cutBeforeImages(name: string, endOffset: number): UserError {
  return new UserError(`${name} is cut at byte ${endOffset}, before its guest images are complete, so nothing in it can be replayed: record again`);
}

function concatenate(chunks: readonly Uint8Array[]): Uint8Array {
  const bytes = new Uint8Array(chunks.reduce((sum, chunk) => sum + chunk.length, 0));
  let at = 0;
  for (const chunk of chunks) {
    bytes.set(chunk, at);
    at += chunk.length;
  }
  return bytes;
}

/** Events, digests and the end, which must come in order of time. */
function readLog(frames: readonly Frame[], name: string, endOffset: number, sizeBytes: number): Omit<Recording, 'version' | 'configuration'> {
  const events: InputEvent[] = [];
  const digests: DigestMark[] = [];
  let upTo = 0;
  let closing: { at: Position; ending: Ending | null } | undefined;
  const advance = (to: unknown, frame: Frame): Position => {
    if (!isPosition(to) || to < upTo) throw damaged(name, frame.at, `goes back in time, behind ${formatPosition(upTo)}`);
    return to;
  };
  for (const frame of frames) {
    if (closing !== undefined) throw damaged(name, frame.at, 'follows the end of the recording');
    const value = decodeFrame(frame, name);
    if (frame.type === FRAME_EVENTS) {
      const batch = decodeEvents(value, frame, name, upTo);
      for (const event of batch.events) events.push(event);
      upTo = advance(batch.upTo, frame);
    } else if (frame.type === FRAME_DIGEST) {
      const mark = decodeDigest(value);
      if (mark === undefined) throw damaged(name, frame.at, 'holds no valid digest');
      digests.push(mark);
      upTo = advance(mark.at, frame);
    } else if (frame.type === FRAME_END) {
      const [at, ending] = Array.isArray(value) ? (value as unknown[]) : [];
      if (ending !== null && ending !== 'reset' && typeof ending !== 'number') throw damaged(name, frame.at, 'holds no valid end');
      closing = { at: advance(at, frame), ending };
      upTo = closing.at;
    } else {
      throw damaged(name, frame.at, `has the unknown type ${frame.type}`);
    }
  }
  return { events, digests, end: upTo, ending: closing?.ending ?? undefined, cut: describeCut(name, closing !== undefined, endOffset, sizeBytes, upTo) };
}

function decodeEvents(value: unknown, frame: Frame, name: string, from: Position): { upTo: unknown; events: readonly InputEvent[] } {
  const [upTo, list] = Array.isArray(value) ? (value as unknown[]) : [];
  if (!Array.isArray(list)) throw damaged(name, frame.at, 'holds no valid events');
  let last = from;
  const events = list.map((item) => {
    const event = decodeEvent(item);
    if (event === undefined || event.at < last) throw damaged(name, frame.at, 'holds an event that is not valid, or out of order');
    last = event.at;
    return event;
  });
  if (typeof upTo !== 'number' || upTo < last) throw damaged(name, frame.at, 'ends before its last event');
  return { upTo, events };
}

function describeCut(name: string, closed: boolean, endOffset: number, sizeBytes: number, end: Position): string | undefined {
  const upTo = `opened up to ${formatPosition(end)}`;
  if (endOffset < sizeBytes) return `${name} ends after a cut at byte ${endOffset}: ${upTo}`;
  return closed ? undefined : `${name} ends without its last frame (the recorder was stopped) at byte ${endOffset}: ${upTo}`;
}
