/** Writes a `.chrono` file, append only: whatever was appended stays readable if the process dies. */
import { assert } from '../assert.ts';
import type { StateDigest } from '../machine/digest.ts';
import type { InputEvent, Position } from '../machine/input.ts';
import type { Ending, MachineConfiguration } from '../machine/machine-types.ts';
import { xxh64 } from '../machine/xxh64.ts';
import { encodeValue, type Encodable } from './codec.ts';
import { frame, preamble } from './frames.ts';
import {
  encodeDigest, encodeEvent, EVENT_BATCH_COUNT, FRAME_CONFIGURATION, FRAME_DIGEST, FRAME_END, FRAME_EVENTS, FRAME_IMAGE_DATA, IMAGE_CHUNK_SIZE,
  IMAGE_COUNT_MAX,
} from './log-format.ts';
import { encodeDevices } from './recorded-devices.ts';

/** Where the bytes go (`LogSink` of the session). */
export interface ByteSink {
  append(bytes: Uint8Array): void;
  close(): void;
}

export class LogWriter {
  readonly #sink: ByteSink;
  #pending: InputEvent[] = [];
  #lastAt: Position = 0;
  #closed = false;

  constructor(sink: ByteSink, configuration: MachineConfiguration) {
    this.#sink = sink;
    assert(configuration.images.length <= IMAGE_COUNT_MAX, `more than ${IMAGE_COUNT_MAX} images`);
    sink.append(preamble());
    const images = configuration.images.map((image) => [image.name, image.kind, image.address ?? null, image.bytes.length, xxh64(image.bytes), true, image.role ?? 'program']);
    this.#write(FRAME_CONFIGURATION, [configuration.memorySizeBytes, images, configuration.bootArguments ?? null, configuration.randomSeed ?? null, encodeDevices(configuration.devices)]);
    configuration.images.forEach((image, index) => {
      for (let at = 0; at < image.bytes.length; at += IMAGE_CHUNK_SIZE) {
        const chunk = image.bytes.subarray(at, at + IMAGE_CHUNK_SIZE);
        const body = new Uint8Array(chunk.length + 1);
        body[0] = index;
        body.set(chunk, 1);
        sink.append(frame(FRAME_IMAGE_DATA, body));
      }
    });
  }

  get pendingCount(): number {
    return this.#pending.length;
  }

  event(event: InputEvent): void {
    assert(!this.#closed, 'the log is closed');
    assert(event.at >= this.#lastAt, `an event at ${event.at} after one at ${this.#lastAt}`);
    this.#lastAt = event.at;
    this.#pending.push(event);
    // Edits are large and rare.
    if (this.#pending.length >= EVENT_BATCH_COUNT || event.kind === 'edit') this.flush(event.at);
  }

  /** Writes the pending events. `upTo`: how far the machine has come; the log is complete to there. */
  flush(upTo: Position): void {
    if (this.#pending.length === 0) return;
    assert(upTo >= this.#lastAt, `flush up to ${upTo} behind an event at ${this.#lastAt}`);
    this.#write(FRAME_EVENTS, [upTo, this.#pending.map(encodeEvent)]);
    this.#pending = [];
  }

  digest(at: Position, digest: StateDigest): void {
    this.flush(at);
    this.#write(FRAME_DIGEST, encodeDigest(at, digest));
  }

  /** Ends the recording and closes the sink. */
  end(at: Position, ending: Ending | null): void {
    if (this.#closed) return;
    this.flush(at);
    this.#write(FRAME_END, [at, ending]);
    this.#closed = true;
    this.#sink.close();
  }

  #write(type: number, value: Encodable): void {
    this.#sink.append(frame(type, encodeValue(value)));
  }
}
