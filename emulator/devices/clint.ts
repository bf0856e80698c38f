/**
 * SiFive CLINT, as QEMU builds it from the RISC-V ACLINT parts MSWI and MTIMER (hw/intc/riscv_aclint.c):
 * software interrupts, and the machine timer. https://github.com/riscv/riscv-aclint (riscv-aclint.adoc, chapters 2 and 3)
 *
 * ```
 * offset              bytes   register
 * 0x0000 + 4 * hart   4       msip      bit 0 drives MSIP of the hart; the other bits read as 0
 * 0x4000 + 8 * hart   4, 8    mtimecmp  MTIP is high while mtime >= mtimecmp
 * 0xbff8              4, 8    mtime     10 MHz; writable
 * ```
 * mtime = floor(guest time in ns / 100) + an offset that a write to mtime sets, modulo 2^64. `rdtime` reads the same.
 * At power-on mtimecmp is 0, so MTIP is high. Registers of harts that do not exist read as 0 and ignore writes.
 *
 * As in QEMU, MTIP follows the comparison when mtimecmp or mtime is written and when the deadline is reached; it does
 * not fall when mtime wraps past 2^64.
 */
import { assert } from '../assert.ts';
import type { DeviceState, GuestClock, InterruptLine, TimedDevice } from './device.ts';
import { CLINT_BASE, CLINT_SIZE, NS_PER_TICK } from './memory-map.ts';
import { SavedFields, savedDeadline } from './saved-state.ts';

const MSIP = 0x0000;
const MTIMECMP = 0x4000;
const MTIME = 0xbff8;
const MTIME_END = MTIME + 8;

/** The lines of one hart. */
export interface ClintHart {
  readonly softwareInterrupt: InterruptLine;
  readonly timerInterrupt: InterruptLine;
}

export interface ClintConnections {
  readonly clock: GuestClock;
  readonly harts: readonly ClintHart[];
  /** A deadline, or the offset of mtime, changed during an access: the present slice must be computed anew. */
  timerChanged(): void;
}

/** State of one hart's registers. */
interface HartTimer {
  softwarePending: boolean;
  compareTicks: bigint;
  timerPending: boolean;
  /** Guest time at which MTIP rises; Infinity while it is high, or if that is too far away to count in ns. */
  deadlineNs: number;
}

export class Clint implements TimedDevice {
  readonly name = 'clint';
  readonly base = CLINT_BASE;
  readonly size = CLINT_SIZE;
  readonly accessSizes = [4, 8];

  readonly #connections: ClintConnections;
  #timers: HartTimer[];
  #offsetTicks = 0n;

  constructor(connections: ClintConnections) {
    this.#connections = connections;
    this.#timers = connections.harts.map(powerOnTimer);
  }

  /** mtime now. */
  get timeTicks(): bigint {
    return BigInt.asUintN(64, this.#rawTicks() + this.#offsetTicks);
  }

  /** What `rdtime` adds to floor(ns / 100), modulo 2^64. */
  get timeOffsetTicks(): bigint {
    return this.#offsetTicks;
  }

  read(offset: number, size: number): number | bigint | undefined {
    if (offset < MTIMECMP) {
      if (size !== 4) return undefined;
      return this.#timers[(offset - MSIP) >> 2]?.softwarePending === true ? 1 : 0;
    }
    const register = this.#wideRegister(offset);
    if (size === 8) return register;
    return Number(offset % 8 === 4 ? register >> 32n : register & 0xffff_ffffn);
  }

  write(offset: number, size: number, value: number | bigint): boolean {
    if (offset < MTIMECMP) {
      if (size !== 4) return false;
      this.#writeSoftwarePending((offset - MSIP) >> 2, (Number(value) & 1) === 1);
      return true;
    }
    const ticks = mergeWord(this.#wideRegister(offset), offset, size, BigInt(value));
    if (offset >= MTIME && offset < MTIME_END) {
      this.#offsetTicks = BigInt.asUintN(64, ticks - this.#rawTicks());
      this.#timers.forEach((timer, hart) => { this.#compare(timer, hart); });
      this.#connections.timerChanged();
      return true;
    }
    const hart = (offset - MTIMECMP) >> 3;
    const timer = this.#timers[hart];
    if (timer !== undefined) {
      timer.compareTicks = ticks;
      this.#compare(timer, hart);
      this.#connections.timerChanged();
    }
    return true;
  }

  /** Infinity for each hart whose MTIP is high already. */
  nextDeadlineNs(): number {
    let deadlineNs = Infinity;
    for (const timer of this.#timers) deadlineNs = Math.min(deadlineNs, timer.deadlineNs);
    return deadlineNs;
  }

  update(): void {
    const nowNs = this.#connections.clock.nowNs();
    this.#timers.forEach((timer, hart) => {
      if (nowNs >= timer.deadlineNs) this.#raise(timer, hart);
    });
  }

  save(): DeviceState {
    return {
      offsetTicks: this.#offsetTicks.toString(),
      softwarePending: this.#timers.map((timer) => timer.softwarePending),
      compareTicks: this.#timers.map((timer) => timer.compareTicks.toString()),
      timerPending: this.#timers.map((timer) => timer.timerPending),
      deadlineNs: this.#timers.map((timer) => savedDeadline(timer.deadlineNs)),
    };
  }

  load(state: DeviceState): void {
    const fields = new SavedFields(this.name, state);
    const softwarePending = fields.booleans('softwarePending');
    const compareTicks = fields.bigints('compareTicks');
    const timerPending = fields.booleans('timerPending');
    const deadlinesNs = fields.deadlinesNs('deadlineNs');
    this.#offsetTicks = fields.bigint('offsetTicks');
    this.#timers = this.#connections.harts.map((_, hart) => {
      const timer = {
        softwarePending: softwarePending[hart],
        compareTicks: compareTicks[hart],
        timerPending: timerPending[hart],
        deadlineNs: deadlinesNs[hart],
      };
      assert(isComplete(timer), `the saved state of the CLINT holds hart ${hart}`);
      return timer;
    });
  }

  reset(): void {
    this.#offsetTicks = 0n;
    this.#timers = this.#connections.harts.map(powerOnTimer);
    for (const hart of this.#connections.harts) {
      hart.softwareInterrupt(false);
      hart.timerInterrupt(true);
    }
  }

  #rawTicks(): bigint {
    return BigInt(Math.floor(this.#connections.clock.nowNs() / NS_PER_TICK));
  }

  /** The 8-byte register that `offset` lies in; 0 where there is none. */
  #wideRegister(offset: number): bigint {
    if (offset >= MTIME && offset < MTIME_END) return this.timeTicks;
    return this.#timers[(offset - MTIMECMP) >> 3]?.compareTicks ?? 0n;
  }

  #writeSoftwarePending(hart: number, pending: boolean): void {
    const timer = this.#timers[hart];
    if (timer === undefined) return;
    timer.softwarePending = pending;
    this.#connections.harts[hart]?.softwareInterrupt(pending);
  }

  /** After mtimecmp or mtime was written: MTIP at once, or the time at which it will rise. */
  #compare(timer: HartTimer, hart: number): void {
    const waitTicks = timer.compareTicks - this.timeTicks;
    if (waitTicks <= 0n) {
      this.#raise(timer, hart);
      return;
    }
    const deadlineNs = (this.#rawTicks() + waitTicks) * BigInt(NS_PER_TICK);
    timer.deadlineNs = deadlineNs > BigInt(Number.MAX_SAFE_INTEGER) ? Infinity : Number(deadlineNs);
    timer.timerPending = false;
    this.#connections.harts[hart]?.timerInterrupt(false);
  }

  #raise(timer: HartTimer, hart: number): void {
    timer.deadlineNs = Infinity;
    timer.timerPending = true;
    this.#connections.harts[hart]?.timerInterrupt(true);
  }
}

function powerOnTimer(): HartTimer {
  return { softwarePending: false, compareTicks: 0n, timerPending: true, deadlineNs: Infinity };
}

/** `register` with the word at `offset` (size 4), or all of it (size 8), replaced. */
function mergeWord(register: bigint, offset: number, size: number, value: bigint): bigint {
  if (size === 8) return BigInt.asUintN(64, value);
  const low = BigInt.asUintN(32, value);
  return offset % 8 === 4 ? (low << 32n) | (register & 0xffff_ffffn) : (register & ~0xffff_ffffn) | low;
}

function isComplete(timer: { readonly [Field in keyof HartTimer]: HartTimer[Field] | undefined }): timer is HartTimer {
  return Object.values(timer).every((value) => value !== undefined);
}
