/**
 * SiFive PLIC 1.0.0 with the geometry of QEMU's `virt` board (hw/intc/sifive_plic.c; include/hw/riscv/virt.h).
 * https://github.com/riscv/riscv-plic-spec (riscv-plic.adoc)
 *
 * ```
 * offset                           register
 * 0x00_0000 + 4 * source           priority of the source, 0..7; 0 = never
 * 0x00_1000 + 4 * word             pending, one bit per source, read only
 * 0x00_2000 + 0x80 * context + 4 * word   enable, one bit per source
 * 0x20_0000 + 0x1000 * context + 0        threshold, 0..7: only priorities above it interrupt
 * 0x20_0000 + 0x1000 * context + 4        read: claim; write: complete
 * ```
 * Contexts: two for each hart, M then S. Accesses of 4 bytes; what is not listed reads as 0 and ignores writes.
 * Sources 1..95 work. As in QEMU 7.2 source 96 has a priority register and no pending or enable bit.
 *
 * Where the gateway differs from the specification, it is QEMU's, because guests depend on it: a source is pending from
 * the moment its line is driven high (each time it is driven, also while it is claimed) until it is claimed, whether the
 * line falls meanwhile or not; completion does not look at the line again. A driver that completes without quieting its
 * device (xv6 with transmit interrupts) would be interrupted for ever on a gateway that did.
 * Unlike QEMU 7.2, which waits for the next event, a change of an enable bit takes effect at once, as specified.
 */
import type { Device, DeviceState, InterruptLine } from './device.ts';
import { PLIC_BASE, PLIC_SIZE, PLIC_SOURCE_COUNT } from './memory-map.ts';
import { assert } from '../assert.ts';
import { SavedFields } from './saved-state.ts';

const PRIORITY = 0x00_0000;
const PENDING = 0x00_1000;
const ENABLE = 0x00_2000;
const ENABLE_STRIDE = 0x80;
const CONTEXT = 0x20_0000;
const CONTEXT_STRIDE = 0x1000;
const CONTEXT_THRESHOLD = 0;
const CONTEXT_CLAIM = 4;

const PRIORITY_MASK = 7;
/** Words of each bit field. */
const WORD_COUNT = PLIC_SOURCE_COUNT / 32;

/** State of one interrupt target. */
interface Context {
  readonly line: InterruptLine;
  readonly enable: Uint32Array;
  threshold: number;
}

export class Plic implements Device {
  readonly name = 'plic';
  readonly base = PLIC_BASE;
  readonly size = PLIC_SIZE;
  readonly accessSizes = [4];

  /** By source number; entry 0 stays 0. */
  readonly #priority = new Uint8Array(PLIC_SOURCE_COUNT + 1);
  readonly #pending = new Uint32Array(WORD_COUNT);
  readonly #claimed = new Uint32Array(WORD_COUNT);
  readonly #contexts: readonly Context[];

  /** `lines`: MEIP of hart 0, SEIP of hart 0, MEIP of hart 1, ... */
  constructor(lines: readonly InterruptLine[]) {
    this.#contexts = lines.map((line) => ({ line, enable: new Uint32Array(WORD_COUNT), threshold: 0 }));
  }

  /** The input of an interrupt source. */
  sourceLine(source: number): InterruptLine {
    assert(source > 0 && source < PLIC_SOURCE_COUNT, `interrupt source ${source} exists`);
    return (level) => {
      if (!level) return;
      setBit(this.#pending, source, true);
      this.#drive();
    };
  }

  read(offset: number): number {
    if (offset < PENDING) return this.#priority[(offset - PRIORITY) >> 2] ?? 0;
    if (offset < ENABLE) return this.#pending[(offset - PENDING) >> 2] ?? 0;
    if (offset < CONTEXT) {
      return this.#enableContext(offset)?.enable[enableWord(offset)] ?? 0;
    }
    const context = this.#contexts[Math.floor((offset - CONTEXT) / CONTEXT_STRIDE)];
    if (context === undefined) return 0;
    const register = (offset - CONTEXT) % CONTEXT_STRIDE;
    if (register === CONTEXT_THRESHOLD) return context.threshold;
    return register === CONTEXT_CLAIM ? this.#claim(context) : 0;
  }

  write(offset: number, _size: number, value: number | bigint): boolean {
    const word = Number(value);
    if (offset < PENDING) {
      const source = (offset - PRIORITY) >> 2;
      if (source > 0 && source < this.#priority.length) this.#priority[source] = word & PRIORITY_MASK;
    } else if (offset >= ENABLE && offset < CONTEXT) {
      const enable = this.#enableContext(offset)?.enable;
      const index = enableWord(offset);
      if (enable !== undefined && index < WORD_COUNT) enable[index] = word;
    } else if (offset >= CONTEXT) {
      const context = this.#contexts[Math.floor((offset - CONTEXT) / CONTEXT_STRIDE)];
      const register = (offset - CONTEXT) % CONTEXT_STRIDE;
      if (context !== undefined && register === CONTEXT_THRESHOLD) context.threshold = word & PRIORITY_MASK;
      if (context !== undefined && register === CONTEXT_CLAIM && word < PLIC_SOURCE_COUNT) setBit(this.#claimed, word, false);
    }
    this.#drive();
    return true;
  }

  save(): DeviceState {
    return {
      priority: [...this.#priority],
      pending: [...this.#pending],
      claimed: [...this.#claimed],
      enable: this.#contexts.flatMap((context) => [...context.enable]),
      threshold: this.#contexts.map((context) => context.threshold),
    };
  }

  load(state: DeviceState): void {
    const fields = new SavedFields(this.name, state);
    const enable = fields.numbers('enable');
    const threshold = fields.numbers('threshold');
    assert(threshold.length === this.#contexts.length, `the saved state of the PLIC holds ${this.#contexts.length} contexts`);
    this.#priority.set(fields.numbers('priority'));
    this.#pending.set(fields.numbers('pending'));
    this.#claimed.set(fields.numbers('claimed'));
    this.#contexts.forEach((context, index) => {
      context.enable.set(enable.slice(index * WORD_COUNT, (index + 1) * WORD_COUNT));
      context.threshold = threshold[index] ?? 0;
    });
  }

  reset(): void {
    for (const field of [this.#priority, this.#pending, this.#claimed]) field.fill(0);
    for (const context of this.#contexts) {
      context.enable.fill(0);
      context.threshold = 0;
      context.line(false);
    }
  }

  #enableContext(offset: number): Context | undefined {
    return this.#contexts[Math.floor((offset - ENABLE) / ENABLE_STRIDE)];
  }

  #claim(context: Context): number {
    const source = this.#best(context);
    if (source !== 0) {
      setBit(this.#pending, source, false);
      setBit(this.#claimed, source, true);
      this.#drive();
    }
    return source;
  }

  /** Highest priority above the threshold, lowest number among equals; 0 = none. */
  #best(context: Context): number {
    let best = 0;
    let bestPriority = context.threshold;
    for (let word = 0; word < WORD_COUNT; word++) {
      let waiting = (this.#pending[word] ?? 0) & ~(this.#claimed[word] ?? 0) & (context.enable[word] ?? 0);
      while (waiting !== 0) {
        const source = word * 32 + 31 - Math.clz32(waiting & -waiting);
        const priority = this.#priority[source] ?? 0;
        if (priority > bestPriority) {
          best = source;
          bestPriority = priority;
        }
        waiting &= waiting - 1;
      }
    }
    return best;
  }

  #drive(): void {
    for (const context of this.#contexts) context.line(this.#best(context) !== 0);
  }
}

function enableWord(offset: number): number {
  return ((offset - ENABLE) % ENABLE_STRIDE) >> 2;
}

function setBit(field: Uint32Array, bit: number, level: boolean): void {
  const word = field[bit >> 5] ?? 0;
  const mask = 1 << (bit & 31);
  field[bit >> 5] = level ? word | mask : word & ~mask;
}
