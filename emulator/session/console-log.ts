/** What the guest printed, byte by byte and line by line, with positions: output is new once, however often its past is replayed. */
import { assert } from '../assert.ts';
import type { Position } from '../machine/machine-types.ts';
import { lowerBound } from '../record/input-log.ts';

const NEWLINE = 0x0a;
/** Positions are kept in 16 bits, from the beginning of their run. */
const RUN_LENGTH_MAX = 0xffff;

/** A line of the console. */
interface ConsoleLine {
  /** Of the first state that has sent the line's first byte. */
  readonly position: Position;
  /** As printed, without the newline. */
  readonly bytes: Uint8Array;
}

/** The console as lines, known as far as the machine has been. A line counts as soon as its first byte was sent. */
export interface ConsoleLines {
  readonly lineCount: number;
  /** `index` is from 0 to below `lineCount`. At most `bytesMax` bytes of it. */
  line(index: number, bytesMax: number): ConsoleLine;
  linePosition(index: number): Position;
  /** The lines before `end`, with newlines between them: as many as fit into `bytesMax`, but one at least, which may be cut. `end` is above 0. */
  block(end: number, bytesMax: number): { readonly first: number; readonly bytes: Uint8Array };
  /** The last line that was begun at `position` or before; -1 if none was. */
  lineAt(position: Position): number;
}

type Column = Uint8Array | Uint16Array | Uint32Array | Float64Array;

/** Numbers in a typed array that grows by doubling. */
class Growing<Values extends Column> {
  values: Values;
  count = 0;
  private readonly make: (length: number) => Values;

  constructor(make: (length: number) => Values) {
    this.make = make;
    this.values = make(64);
  }

  push(value: number): void {
    if (this.count === this.values.length) {
      const larger = this.make(2 * this.count);
      larger.set(this.values);
      this.values = larger;
    }
    this.values[this.count++] = value;
  }

  at(index: number): number {
    const value = this.values[index];
    assert(value !== undefined && index < this.count, `entry ${index} of ${this.count}`);
    return value;
  }
}

export class ConsoleLog implements ConsoleLines {
  readonly #bytes = new Growing((length) => new Uint8Array(length));
  /** How far behind the beginning of its run a byte was sent. */
  readonly #offsets = new Growing((length) => new Uint16Array(length));
  /** Runs of bytes that were sent shortly after each other: their first byte, and its position. */
  readonly #runs = new Growing((length) => new Uint32Array(length));
  readonly #runPositions = new Growing((length) => new Float64Array(length));
  /** First bytes of lines. */
  readonly #lines = new Growing((length) => new Uint32Array(length));
  #atLineStart = true;

  /** The byte number `index` that the guest sent, before `position`. False if it is known already. */
  add(byte: number, position: Position, index: number): boolean {
    const { count } = this.#bytes;
    if (index < count) return false;
    assert(index === count, `console byte ${index} comes after ${count}`);
    const runStart = this.#runs.count === 0 ? -Infinity : this.#runPositions.at(this.#runs.count - 1);
    assert(position >= runStart, `console byte ${index} is sent before @${position}, an earlier one before @${runStart}`);
    if (position - runStart > RUN_LENGTH_MAX) {
      this.#runs.push(index);
      this.#runPositions.push(position);
      this.#offsets.push(0);
    } else {
      this.#offsets.push(position - runStart);
    }
    if (this.#atLineStart) this.#lines.push(index);
    this.#atLineStart = byte === NEWLINE;
    this.#bytes.push(byte);
    return true;
  }

  /** What the console showed at `position`. */
  textAt(position: Position): Uint8Array {
    return this.#bytes.values.slice(0, this.#countAt(position));
  }

  get lineCount(): number {
    return this.#lines.count;
  }

  linePosition(index: number): Position {
    return this.#positionOf(this.#lines.at(index));
  }

  line(index: number, bytesMax: number): ConsoleLine {
    const first = this.#lines.at(index);
    return { position: this.#positionOf(first), bytes: this.#bytes.values.subarray(first, Math.min(this.#endOf(index), first + bytesMax)) };
  }

  block(end: number, bytesMax: number): { readonly first: number; readonly bytes: Uint8Array } {
    const endByte = this.#endOf(end - 1);
    const first = Math.min(end - 1, lowerBound(end, (index) => this.#lines.at(index), endByte - bytesMax));
    const start = this.#lines.at(first);
    return { first, bytes: this.#bytes.values.subarray(start, Math.min(endByte, start + bytesMax)) };
  }

  lineAt(position: Position): number {
    const sent = this.#countAt(position);
    return lowerBound(this.#lines.count, (index) => this.#lines.at(index), sent) - 1;
  }

  /** Where a line ends, its newline not counted. */
  #endOf(line: number): number {
    return line + 1 < this.#lines.count ? this.#lines.at(line + 1) - 1 : this.#bytes.count - (this.#atLineStart ? 1 : 0);
  }

  /** How many bytes were sent at `position`. */
  #countAt(position: Position): number {
    const run = lowerBound(this.#runs.count, (index) => this.#runPositions.at(index), position + 1) - 1;
    if (run < 0) return 0;
    const first = this.#runs.at(run);
    const end = run + 1 < this.#runs.count ? this.#runs.at(run + 1) : this.#bytes.count;
    const offset = position - this.#runPositions.at(run);
    return first + lowerBound(end - first, (index) => this.#offsets.at(first + index), offset + 1);
  }

  #positionOf(byte: number): Position {
    const run = lowerBound(this.#runs.count, (index) => this.#runs.at(index), byte + 1) - 1;
    return this.#runPositions.at(run) + this.#offsets.at(byte);
  }
}
