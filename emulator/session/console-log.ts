/** What the guest printed, with positions: output is new once, however often its past is replayed. */
import { assert } from '../assert.ts';
import type { Position } from '../machine/machine-types.ts';
import { lowerBound } from '../record/input-log.ts';

export class ConsoleLog {
  #bytes = new Uint8Array(1024);
  #positions = new Float64Array(1024);
  #count = 0;

  /** The byte number `index` that the guest sent, before `position`. False if it is known already. */
  add(byte: number, position: Position, index: number): boolean {
    if (index < this.#count) return false;
    assert(index === this.#count, `console byte ${index} comes after ${this.#count}`);
    if (this.#count === this.#bytes.length) this.#grow();
    this.#bytes[this.#count] = byte;
    this.#positions[this.#count] = position;
    this.#count++;
    return true;
  }

  /** What the console showed at `position`. */
  textAt(position: Position): Uint8Array {
    return this.#bytes.slice(0, lowerBound(this.#count, (index) => this.#positions[index] ?? 0, position + 1));
  }

  #grow(): void {
    const bytes = new Uint8Array(this.#bytes.length * 2);
    bytes.set(this.#bytes);
    this.#bytes = bytes;
    const positions = new Float64Array(this.#positions.length * 2);
    positions.set(this.#positions);
    this.#positions = positions;
  }
}
