/** Guest memory that the client has asked for, and so may be showing: it is told when that changes. */
import type { EmitEvent } from './debuggee.ts';

/** A client that shows more than this does not hear about what it showed first. */
const REFERENCES_MAX = 64;

interface Range {
  readonly offset: number;
  readonly end: number;
}

export class ShownMemory {
  private readonly ranges = new Map<string, Range>();

  /** `offset` and `count` in bytes. */
  note(reference: string, offset: number, count: number): void {
    const before = this.ranges.get(reference);
    this.ranges.delete(reference);
    this.ranges.set(reference, { offset: Math.min(offset, before?.offset ?? offset), end: Math.max(offset + count, before?.end ?? 0) });
    const [oldest] = this.ranges.keys();
    if (this.ranges.size > REFERENCES_MAX && oldest !== undefined) this.ranges.delete(oldest);
  }

  /** The machine stands elsewhere, or was edited. */
  tellChanged(emit: EmitEvent): void {
    for (const [memoryReference, { offset, end }] of this.ranges) emit('memory', { memoryReference, offset, count: end - offset });
  }
}
