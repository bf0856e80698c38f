/**
 * 16550A UART, as QEMU's hw/char/serial.c behaves for a guest.
 * Datasheet: TI PC16550D (SNLS378C), section 8; https://www.ti.com/lit/ds/symlink/pc16550d.pdf
 *
 * ```
 * offset  DLAB = 0, read   DLAB = 0, write   DLAB = 1
 * 0       RBR              THR               divisor, low
 * 1       IER              IER               divisor, high
 * 2       IIR              FCR
 * 3       LCR              LCR
 * 4       MCR              MCR
 * 5       LSR
 * 6       MSR
 * 7       SCR              SCR
 * ```
 * Registers are 8 bits wide; a wider access is an access to the one register at its offset.
 *
 * The line is infinitely fast: a byte written to THR is out at once. Input that the guest has not read yet waits, in
 * order, in a queue behind the receive FIFO and moves up as soon as there is room; there is no overrun but in loopback.
 * The character timeout is four character times at the programmed rate, in guest time.
 */
import type { DeviceState, GuestClock, InterruptLine, TimedDevice } from './device.ts';
import { UART_BASE, UART_SIZE } from './memory-map.ts';
import { SavedFields, savedDeadline } from './saved-state.ts';

const RBR_THR = 0;
const IER = 1;
const IIR_FCR = 2;
const LCR = 3;
const MCR = 4;
const LSR = 5;
const MSR = 6;

const IER_RECEIVED_DATA = 0x01;
const IER_THR_EMPTY = 0x02;
const IER_LINE_STATUS = 0x04;
const IER_MASK = 0x0f;

const IIR_NONE = 0x01;
const IIR_THR_EMPTY = 0x02;
const IIR_RECEIVED_DATA = 0x04;
const IIR_LINE_STATUS = 0x06;
const IIR_CHARACTER_TIMEOUT = 0x0c;
const IIR_FIFO_ENABLED = 0xc0;

const FCR_ENABLE = 0x01;
const FCR_RESET_RECEIVER = 0x02;
const FCR_RESET_TRANSMITTER = 0x04;
const FCR_TRIGGER_SHIFT = 6;
/** Bits that stay: trigger level, DMA mode, enable. */
const FCR_MASK = 0xc9;
/** Bytes in the FIFO at which the received-data interrupt rises, by the trigger bits of FCR. */
const TRIGGER_LEVELS = [1, 4, 8, 14] as const;
const FIFO_SIZE = 16;

const LCR_DLAB = 0x80;
const LCR_PARITY = 0x08;
const LCR_TWO_STOP_BITS = 0x04;

const MCR_DTR = 0x01;
const MCR_RTS = 0x02;
const MCR_OUT1 = 0x04;
const MCR_OUT2 = 0x08;
const MCR_LOOPBACK = 0x10;
const MCR_MASK = 0x1f;

const LSR_DATA_READY = 0x01;
const LSR_OVERRUN = 0x02;
const LSR_BREAK = 0x10;
const LSR_THR_EMPTY = 0x20;
const LSR_TRANSMITTER_EMPTY = 0x40;
/** Overrun, parity error, framing error, break. */
const LSR_ERRORS = 0x1e;

const MSR_CTS = 0x10;
const MSR_DSR = 0x20;
const MSR_RI = 0x40;
const MSR_DCD = 0x80;
/** Nobody drives the modem lines: the other side is always there and ready. */
const MSR_CONNECTED = MSR_DCD | MSR_DSR | MSR_CTS;

/** Characters per second = this / divisor / bits per character (QEMU hw/riscv/virt.c). */
const BAUD_BASE = 399_193;
const POWER_ON_DIVISOR = 12;
/** Ten bits at 9600 baud. */
const POWER_ON_CHARACTER_NS = 1_041_660;
const TIMEOUT_CHARACTERS = 4;

/** Bytes of host input that can wait behind the FIFO. */
export const RECEIVE_QUEUE_SIZE = 4096;

export interface UartConnections {
  readonly clock: GuestClock;
  readonly interrupt: InterruptLine;
  /** A byte leaves the transmitter. */
  output(byte: number): void;
  /** The deadline moved nearer: the present slice must be computed anew. */
  timerChanged(): void;
}

export class Uart16550 implements TimedDevice {
  readonly name = 'uart16550';
  readonly base = UART_BASE;
  readonly size = UART_SIZE;
  readonly accessSizes = [1, 2, 4, 8];

  readonly #connections: UartConnections;
  #ier = 0;
  #fcr = 0;
  #lcr = 0;
  #mcr = MCR_OUT2;
  #lsr = LSR_THR_EMPTY | LSR_TRANSMITTER_EMPTY;
  #scr = 0;
  #divisor = POWER_ON_DIVISOR;
  #characterNs = POWER_ON_CHARACTER_NS;
  /** Receiver buffer register while the FIFO is off. */
  #rbr = 0;
  #fifo: number[] = [];
  /** Host input that has not reached the receiver yet, oldest first. */
  #queue: number[] = [];
  /** Of the queue, what has reached it already. */
  #queueStart = 0;
  /** THR became empty, and neither IIR nor THR was accessed since. */
  #thrEmptyPending = false;
  #timeoutPending = false;
  /** Guest time of the next character timeout; Infinity if there is none to come. */
  #timeoutNs = Infinity;

  constructor(connections: UartConnections) {
    this.#connections = connections;
  }

  /** Input from the host. Returns how many of the bytes there was room for; the rest is for the caller to offer again. */
  receive(bytes: Uint8Array): number {
    const accepted = Math.min(bytes.length, this.receiveRoom);
    if (this.#queueStart > 0) {
      this.#queue.splice(0, this.#queueStart);
      this.#queueStart = 0;
    }
    for (const byte of bytes.subarray(0, accepted)) this.#queue.push(byte);
    this.#fillReceiver();
    return accepted;
  }

  /** How many bytes `receive` would take now. */
  get receiveRoom(): number {
    return RECEIVE_QUEUE_SIZE - (this.#queue.length - this.#queueStart);
  }

  read(offset: number, size: number): number | bigint {
    const value = this.#readRegister(offset);
    return size === 8 ? BigInt(value) : value;
  }

  write(offset: number, _size: number, value: number | bigint): boolean {
    this.#writeRegister(offset, Number(BigInt.asUintN(8, BigInt(value))));
    return true;
  }

  /** Infinity while the timeout would not be seen: the interrupt is off. */
  nextDeadlineNs(): number {
    return (this.#ier & IER_RECEIVED_DATA) !== 0 ? this.#timeoutNs : Infinity;
  }

  update(): void {
    if (this.#connections.clock.nowNs() < this.nextDeadlineNs()) return;
    this.#timeoutPending = true;
    this.#timeoutNs = Infinity;
    this.#drive();
  }

  save(): DeviceState {
    return {
      ier: this.#ier,
      fcr: this.#fcr,
      lcr: this.#lcr,
      mcr: this.#mcr,
      lsr: this.#lsr,
      scr: this.#scr,
      divisor: this.#divisor,
      characterNs: this.#characterNs,
      rbr: this.#rbr,
      fifo: [...this.#fifo],
      queue: this.#queue.slice(this.#queueStart),
      thrEmptyPending: this.#thrEmptyPending,
      timeoutPending: this.#timeoutPending,
      timeoutNs: savedDeadline(this.#timeoutNs),
    };
  }

  load(state: DeviceState): void {
    const fields = new SavedFields(this.name, state);
    this.#ier = fields.number('ier');
    this.#fcr = fields.number('fcr');
    this.#lcr = fields.number('lcr');
    this.#mcr = fields.number('mcr');
    this.#lsr = fields.number('lsr');
    this.#scr = fields.number('scr');
    this.#divisor = fields.number('divisor');
    this.#characterNs = fields.number('characterNs');
    this.#rbr = fields.number('rbr');
    this.#fifo = [...fields.numbers('fifo')];
    this.#queue = [...fields.numbers('queue')];
    this.#queueStart = 0;
    this.#thrEmptyPending = fields.boolean('thrEmptyPending');
    this.#timeoutPending = fields.boolean('timeoutPending');
    this.#timeoutNs = fields.deadlineNs('timeoutNs');
  }

  reset(): void {
    this.#ier = 0;
    this.#fcr = 0;
    this.#lcr = 0;
    this.#mcr = MCR_OUT2;
    this.#lsr = LSR_THR_EMPTY | LSR_TRANSMITTER_EMPTY;
    this.#scr = 0;
    this.#divisor = POWER_ON_DIVISOR;
    this.#characterNs = POWER_ON_CHARACTER_NS;
    this.#rbr = 0;
    this.#fifo = [];
    this.#queue = [];
    this.#queueStart = 0;
    this.#thrEmptyPending = false;
    this.#timeoutPending = false;
    this.#timeoutNs = Infinity;
    this.#drive();
  }

  get #fifoEnabled(): boolean {
    return (this.#fcr & FCR_ENABLE) !== 0;
  }

  get #loopback(): boolean {
    return (this.#mcr & MCR_LOOPBACK) !== 0;
  }

  #readRegister(offset: number): number {
    const dlab = (this.#lcr & LCR_DLAB) !== 0;
    switch (offset) {
      case RBR_THR:
        return dlab ? this.#divisor & 0xff : this.#readReceiver();
      case IER:
        return dlab ? this.#divisor >> 8 : this.#ier;
      case IIR_FCR:
        return this.#readInterruptIdentification();
      case LCR:
        return this.#lcr;
      case MCR:
        return this.#mcr;
      case LSR:
        return this.#readLineStatus();
      case MSR:
        return this.#modemStatus();
      default:
        return this.#scr;
    }
  }

  #writeRegister(offset: number, value: number): void {
    const dlab = (this.#lcr & LCR_DLAB) !== 0;
    switch (offset) {
      case RBR_THR:
        if (dlab) this.#writeDivisor((this.#divisor & 0xff00) | value);
        else this.#transmit(value);
        break;
      case IER:
        if (dlab) this.#writeDivisor((this.#divisor & 0x00ff) | (value << 8));
        else this.#writeInterruptEnable(value & IER_MASK);
        break;
      case IIR_FCR:
        this.#writeFifoControl(value);
        break;
      case LCR:
        this.#lcr = value;
        this.#computeCharacterTime();
        break;
      case MCR:
        this.#mcr = value & MCR_MASK;
        this.#fillReceiver();
        break;
      case LSR:
      case MSR:
        break;
      default:
        this.#scr = value;
    }
  }

  #readReceiver(): number {
    let byte = this.#rbr;
    if (this.#fifoEnabled) byte = this.#fifo.shift() ?? 0;
    if (this.#fifo.length === 0) {
      this.#lsr &= ~(LSR_DATA_READY | LSR_BREAK);
      this.#setTimeout(Infinity);
    } else {
      this.#restartTimeout();
    }
    this.#timeoutPending = false;
    this.#drive();
    this.#fillReceiver();
    return byte;
  }

  #transmit(byte: number): void {
    if (this.#loopback) this.#receiveByte(byte);
    else this.#connections.output(byte);
    this.#thrEmptyPending = true;
    this.#drive();
  }

  #readInterruptIdentification(): number {
    const identification = this.#interruptIdentification();
    if (identification === IIR_THR_EMPTY) {
      this.#thrEmptyPending = false;
      this.#drive();
    }
    return identification | (this.#fifoEnabled ? IIR_FIFO_ENABLED : 0);
  }

  #writeInterruptEnable(value: number): void {
    const changed = this.#ier ^ value;
    if (changed === 0) return;
    this.#ier = value;
    // THR is always empty here, so turning its interrupt on raises it, even if reading IIR had cleared it before.
    if ((changed & IER_THR_EMPTY) !== 0) this.#thrEmptyPending = (value & IER_THR_EMPTY) !== 0;
    if ((changed & IER_RECEIVED_DATA) !== 0 && this.#timeoutNs !== Infinity) this.#connections.timerChanged();
    this.update();
    this.#drive();
  }

  #writeFifoControl(value: number): void {
    const enableChanged = ((this.#fcr ^ value) & FCR_ENABLE) !== 0;
    if (enableChanged || (value & FCR_RESET_RECEIVER) !== 0) {
      this.#fifo = [];
      this.#lsr &= ~(LSR_DATA_READY | LSR_BREAK);
      this.#timeoutPending = false;
      this.#setTimeout(Infinity);
    }
    if (enableChanged || (value & FCR_RESET_TRANSMITTER) !== 0) this.#thrEmptyPending = true;
    this.#fcr = value & FCR_MASK;
    this.#drive();
    this.#fillReceiver();
  }

  #readLineStatus(): number {
    const status = this.#lsr;
    if ((status & (LSR_OVERRUN | LSR_BREAK)) !== 0) {
      this.#lsr &= ~(LSR_OVERRUN | LSR_BREAK);
      this.#drive();
    }
    return status;
  }

  /** In loopback the modem outputs are connected to the inputs. The delta bits are never set: nothing changes. */
  #modemStatus(): number {
    if (!this.#loopback) return MSR_CONNECTED;
    return ((this.#mcr & MCR_DTR) !== 0 ? MSR_DSR : 0)
      | ((this.#mcr & MCR_RTS) !== 0 ? MSR_CTS : 0)
      | ((this.#mcr & MCR_OUT1) !== 0 ? MSR_RI : 0)
      | ((this.#mcr & MCR_OUT2) !== 0 ? MSR_DCD : 0);
  }

  #writeDivisor(divisor: number): void {
    this.#divisor = divisor;
    this.#computeCharacterTime();
  }

  /** A divisor that makes no sense keeps the rate. */
  #computeCharacterTime(): void {
    if (this.#divisor === 0) return;
    const dataBits = (this.#lcr & 3) + 5;
    const stopBits = (this.#lcr & LCR_TWO_STOP_BITS) !== 0 ? 2 : 1;
    const parityBits = (this.#lcr & LCR_PARITY) !== 0 ? 1 : 0;
    const bits = 1 + dataBits + parityBits + stopBits;
    this.#characterNs = Math.floor((bits * this.#divisor * 1e9) / BAUD_BASE);
  }

  /** Moves host input up into the receiver as far as there is room. */
  #fillReceiver(): void {
    if (this.#loopback || this.#queueStart === this.#queue.length) return;
    const room = this.#fifoEnabled ? FIFO_SIZE - this.#fifo.length : (this.#lsr & LSR_DATA_READY) === 0 ? 1 : 0;
    for (let left = room; left > 0 && this.#queueStart < this.#queue.length; left--) this.#receiveByte(this.#queue[this.#queueStart++] ?? 0);
    if (room > 0) this.#drive();
  }

  #receiveByte(byte: number): void {
    if (!this.#fifoEnabled) {
      if ((this.#lsr & LSR_DATA_READY) !== 0) this.#lsr |= LSR_OVERRUN;
      this.#rbr = byte;
    } else {
      // An overrun loses the new byte and keeps what is in the FIFO.
      if (this.#fifo.length < FIFO_SIZE) this.#fifo.push(byte);
      else this.#lsr |= LSR_OVERRUN;
      this.#restartTimeout();
    }
    this.#lsr |= LSR_DATA_READY;
  }

  #restartTimeout(): void {
    const nowNs = this.#connections.clock.nowNs();
    if (nowNs >= this.#timeoutNs) this.#timeoutPending = true;
    this.#setTimeout(nowNs + TIMEOUT_CHARACTERS * this.#characterNs);
  }

  #setTimeout(timeoutNs: number): void {
    const earlier = timeoutNs < this.#timeoutNs;
    this.#timeoutNs = timeoutNs;
    if (earlier && (this.#ier & IER_RECEIVED_DATA) !== 0) this.#connections.timerChanged();
  }

  /** Highest priority first (datasheet table 4). */
  #interruptIdentification(): number {
    const receivedDataEnabled = (this.#ier & IER_RECEIVED_DATA) !== 0;
    const dataReady = (this.#lsr & LSR_DATA_READY) !== 0;
    if ((this.#ier & IER_LINE_STATUS) !== 0 && (this.#lsr & LSR_ERRORS) !== 0) return IIR_LINE_STATUS;
    if (receivedDataEnabled && this.#timeoutPending) return IIR_CHARACTER_TIMEOUT;
    if (receivedDataEnabled && dataReady && (!this.#fifoEnabled || this.#fifo.length >= this.#triggerLevel())) return IIR_RECEIVED_DATA;
    if ((this.#ier & IER_THR_EMPTY) !== 0 && this.#thrEmptyPending) return IIR_THR_EMPTY;
    return IIR_NONE;
  }

  #triggerLevel(): number {
    return TRIGGER_LEVELS[this.#fcr >> FCR_TRIGGER_SHIFT] ?? 1;
  }

  #drive(): void {
    this.#connections.interrupt(this.#interruptIdentification() !== IIR_NONE);
  }
}
