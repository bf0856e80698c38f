/**
 * Goldfish real-time clock (QEMU hw/rtc/goldfish_rtc.c; device tree `google,goldfish-rtc`).
 * https://android.googlesource.com/platform/external/qemu/+/refs/heads/emu-2.0-release/docs/GOLDFISH-VIRTUAL-HARDWARE.TXT
 *
 * ```
 * offset  register         read                          write
 * 0x00    TIME_LOW         time; latches the high half   low half of the time
 * 0x04    TIME_HIGH        the latched high half         high half of the time
 * 0x08    ALARM_LOW        alarm                         low half; arms the alarm
 * 0x0c    ALARM_HIGH       alarm                         high half; written before ALARM_LOW
 * 0x10    IRQ_ENABLED      bit 0                         bit 0
 * 0x14    CLEAR_ALARM      0                             any value: disarms
 * 0x18    ALARM_STATUS     1 while armed                 ignored
 * 0x1c    CLEAR_INTERRUPT  0                             any value: the interrupt falls
 * ```
 * Times are ns since 1970, 64 bits: base + guest time. The base is an input event at position 0. Setting the time does
 * not move an alarm that is armed. Accesses of 4 bytes; 8 bytes are two of them, low first.
 */
import type { DeviceState, GuestClock, InterruptLine, TimedDevice } from './device.ts';
import { RTC_BASE, RTC_SIZE } from './memory-map.ts';
import { SavedFields, savedDeadline } from './saved-state.ts';

const TIME_LOW = 0x00;
const TIME_HIGH = 0x04;
const ALARM_LOW = 0x08;
const ALARM_HIGH = 0x0c;
const IRQ_ENABLED = 0x10;
const CLEAR_ALARM = 0x14;
const ALARM_STATUS = 0x18;
const CLEAR_INTERRUPT = 0x1c;

export interface GoldfishRtcConnections {
  readonly clock: GuestClock;
  readonly interrupt: InterruptLine;
  /** The deadline moved nearer: the present slice must be computed anew. */
  timerChanged(): void;
}

export class GoldfishRtc implements TimedDevice {
  readonly name = 'goldfish-rtc';
  readonly base = RTC_BASE;
  readonly size = RTC_SIZE;
  readonly accessSizes = [4, 8];

  readonly #connections: GoldfishRtcConnections;
  /** Time = this + guest time, modulo 2^64. */
  #offsetNs = 0n;
  #latchedHigh = 0;
  #alarmNs = 0n;
  /** Guest time at which the alarm goes off. */
  #deadlineNs = Infinity;
  #alarmArmed = false;
  #interruptPending = false;
  #interruptEnabled = false;

  constructor(connections: GoldfishRtcConnections) {
    this.#connections = connections;
  }

  /** Applies the input event that says when the guest was powered on, in ns since 1970. */
  setBase(ns: bigint): void {
    this.#offsetNs = BigInt.asUintN(64, ns);
  }

  read(offset: number, size: number): number | bigint {
    if (size === 8) {
      const low = this.#readWord(offset);
      return BigInt(low) | (BigInt(this.#readWord(offset + 4)) << 32n);
    }
    return this.#readWord(offset);
  }

  write(offset: number, size: number, value: number | bigint): boolean {
    const bits = BigInt(value);
    this.#writeWord(offset, BigInt.asUintN(32, bits));
    if (size === 8) this.#writeWord(offset + 4, bits >> 32n);
    return true;
  }

  nextDeadlineNs(): number {
    return this.#deadlineNs;
  }

  update(): void {
    if (this.#connections.clock.nowNs() >= this.#deadlineNs) this.#goOff();
  }

  save(): DeviceState {
    return {
      offsetNs: this.#offsetNs.toString(),
      latchedHigh: this.#latchedHigh,
      alarmNs: this.#alarmNs.toString(),
      deadlineNs: savedDeadline(this.#deadlineNs),
      alarmArmed: this.#alarmArmed,
      interruptPending: this.#interruptPending,
      interruptEnabled: this.#interruptEnabled,
    };
  }

  load(state: DeviceState): void {
    const fields = new SavedFields(this.name, state);
    this.#offsetNs = fields.bigint('offsetNs');
    this.#latchedHigh = fields.number('latchedHigh');
    this.#alarmNs = fields.bigint('alarmNs');
    this.#deadlineNs = fields.deadlineNs('deadlineNs');
    this.#alarmArmed = fields.boolean('alarmArmed');
    this.#interruptPending = fields.boolean('interruptPending');
    this.#interruptEnabled = fields.boolean('interruptEnabled');
  }

  reset(): void {
    this.#offsetNs = 0n;
    this.#latchedHigh = 0;
    this.#alarmNs = 0n;
    this.#deadlineNs = Infinity;
    this.#alarmArmed = false;
    this.#interruptPending = false;
    this.#interruptEnabled = false;
    this.#drive();
  }

  #timeNs(): bigint {
    return BigInt.asUintN(64, this.#offsetNs + BigInt(this.#connections.clock.nowNs()));
  }

  #readWord(offset: number): number {
    switch (offset) {
      case TIME_LOW: {
        const timeNs = this.#timeNs();
        this.#latchedHigh = Number(timeNs >> 32n);
        return lowWord(timeNs);
      }
      case TIME_HIGH:
        return this.#latchedHigh;
      case ALARM_LOW:
        return lowWord(this.#alarmNs);
      case ALARM_HIGH:
        return Number(this.#alarmNs >> 32n);
      case IRQ_ENABLED:
        return this.#interruptEnabled ? 1 : 0;
      case ALARM_STATUS:
        return this.#alarmArmed ? 1 : 0;
      default:
        return 0;
    }
  }

  #writeWord(offset: number, word: bigint): void {
    switch (offset) {
      case TIME_LOW:
        this.#setTime(withLowWord(this.#timeNs(), word));
        break;
      case TIME_HIGH:
        this.#setTime(withHighWord(this.#timeNs(), word));
        break;
      case ALARM_LOW:
        this.#alarmNs = withLowWord(this.#alarmNs, word);
        this.#arm();
        break;
      case ALARM_HIGH:
        this.#alarmNs = withHighWord(this.#alarmNs, word);
        break;
      case IRQ_ENABLED:
        this.#interruptEnabled = (word & 1n) === 1n;
        this.#drive();
        break;
      case CLEAR_ALARM:
        this.#alarmArmed = false;
        this.#setDeadline(Infinity);
        break;
      case CLEAR_INTERRUPT:
        this.#interruptPending = false;
        this.#drive();
        break;
      default:
        break;
    }
  }

  #setTime(ns: bigint): void {
    this.#offsetNs = BigInt.asUintN(64, this.#offsetNs + ns - this.#timeNs());
  }

  #arm(): void {
    const waitNs = this.#alarmNs - this.#timeNs();
    if (waitNs <= 0n) {
      this.#goOff();
      return;
    }
    this.#alarmArmed = true;
    const deadlineNs = BigInt(this.#connections.clock.nowNs()) + waitNs;
    this.#setDeadline(deadlineNs > BigInt(Number.MAX_SAFE_INTEGER) ? Infinity : Number(deadlineNs));
  }

  #goOff(): void {
    this.#alarmArmed = false;
    this.#interruptPending = true;
    this.#setDeadline(Infinity);
    this.#drive();
  }

  #setDeadline(deadlineNs: number): void {
    const earlier = deadlineNs < this.#deadlineNs;
    this.#deadlineNs = deadlineNs;
    if (earlier) this.#connections.timerChanged();
  }

  #drive(): void {
    this.#connections.interrupt(this.#interruptPending && this.#interruptEnabled);
  }
}

function lowWord(value: bigint): number {
  return Number(value & 0xffff_ffffn);
}

function withLowWord(value: bigint, word: bigint): bigint {
  return (value & ~0xffff_ffffn) | word;
}

function withHighWord(value: bigint, word: bigint): bigint {
  return (word << 32n) | (value & 0xffff_ffffn);
}
