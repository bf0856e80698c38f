/** The devices of the `virt` board, wired to each other, to the hart and to the clock; address decode. */
import type { CoreExports } from '../engine/core-module.ts';
import { HART_ICOUNT, HART_ICOUNT_END, HART_IDLE_NS, HART_MIE, HART_REMAINING, HART_RESULT, HART_TIME_OFFSET, REASON_EVENT } from '../core/layout.ts';
import { Clint } from '../devices/clint.ts';
import type { Device, DeviceState, GuestClock, GuestMemory, InterruptLine, TimedDevice } from '../devices/device.ts';
import { GoldfishRtc } from '../devices/goldfish-rtc.ts';
import { RTC_INTERRUPT, UART_INTERRUPT, VIRTIO_INTERRUPT } from '../devices/memory-map.ts';
import { Plic } from '../devices/plic.ts';
import { TestFinisher } from '../devices/test-finisher.ts';
import { Uart16550 } from '../devices/uart16550.ts';
import { assert } from '../assert.ts';
import type { HartView } from './hart-view.ts';
import type { EditEvent, InputEvent, Position } from './input.ts';
import type { Ending, VirtioOptions } from './machine-types.ts';
import { VirtioSlots } from './virtio-slots.ts';

/** Bits of mip (privileged ISA, 3.1.9). */
const MSIP_BIT = 3;
const MTIP_BIT = 7;
const SEIP_BIT = 9;
const MEIP_BIT = 11;
const MTIE = 1 << MTIP_BIT;

/** A byte that the guest sent, and the position of the first state that has sent it. */
export type OutputListener = (byte: number, position: Position) => void;

export interface BoardOptions {
  readonly core: CoreExports;
  readonly hart: HartView;
  readonly memory: GuestMemory;
  readonly virtio: VirtioOptions | undefined;
  readonly onConsole: OutputListener;
}

/** Disk blocks of PAGE_SIZE in host memory: how many were made so far, and how many the present state has. */
export interface DiskBlocks {
  readonly made: number;
  readonly live: number;
}

export class Board {
  readonly #hart: HartView;
  readonly #core: CoreExports;
  readonly #clint: Clint;
  readonly #uart: Uart16550;
  readonly #rtc: GoldfishRtc;
  readonly #finisher: TestFinisher;
  readonly #virtio: VirtioSlots | undefined;
  /** Where keys go. */
  readonly #consoleInput: { readonly receiveRoom: number; receive(bytes: Uint8Array): number };
  readonly #devices: readonly Device[];
  /** Devices with a deadline other than the CLINT, whose interrupt the hart can switch off. */
  readonly #timed: readonly TimedDevice[];
  #running = false;
  #accesses = 0;
  #accessesEnd = Infinity;

  constructor({ core, hart, memory, virtio, onConsole }: BoardOptions) {
    this.#hart = hart;
    this.#core = core;
    const clock: GuestClock = { nowNs: () => this.nowNs() };
    const line = (bit: number): InterruptLine => (level) => { core.interruptLine(hart.address, bit, level ? 1 : 0); };
    const timerChanged = (): void => { this.#leave(); };
    const output = (byte: number): void => { onConsole(byte, this.#begun() + 1); };
    const plic = new Plic([line(MEIP_BIT), line(SEIP_BIT)]);
    this.#clint = new Clint({
      clock, harts: [{ softwareInterrupt: line(MSIP_BIT), timerInterrupt: line(MTIP_BIT) }],
      timerChanged: () => {
        // `rdtime` is a read of mtime, which the guest may have written.
        hart.setU64(HART_TIME_OFFSET, BigInt.asUintN(64, this.#clint.timeOffsetTicks));
        timerChanged();
      },
    });
    this.#uart = new Uart16550({ clock, interrupt: plic.sourceLine(UART_INTERRUPT), timerChanged, output });
    this.#rtc = new GoldfishRtc({ clock, interrupt: plic.sourceLine(RTC_INTERRUPT), timerChanged });
    this.#finisher = new TestFinisher(() => { this.#leave(); });
    this.#virtio = virtio === undefined ? undefined
      : new VirtioSlots(virtio, { memory, timerChanged, output, interrupt: (slot) => plic.sourceLine(VIRTIO_INTERRUPT + slot) });
    this.#consoleInput = (virtio?.consoleInput === 'virtio' ? this.#virtio?.console : undefined) ?? this.#uart;
    this.#timed = [this.#uart, this.#rtc, ...(this.#virtio?.occupied ?? [])];
    this.#devices = [this.#uart, this.#clint, plic, this.#rtc, this.#finisher, ...(this.#virtio?.transports ?? [])];
    for (const device of this.#devices) device.reset();
  }

  /** Set once the guest has ended the run. */
  get ending(): Ending | undefined {
    const { result } = this.#finisher;
    return result?.kind === 'reset' ? 'reset' : result?.exitCode;
  }

  /** Console bytes that the guest's console has room for. */
  get consoleRoom(): number {
    return this.#consoleInput.receiveRoom;
  }

  /** The guest can be told the size of the user's terminal. */
  get tellsTerminalSize(): boolean {
    return this.#virtio?.console?.tellsSize ?? false;
  }

  /** Random bytes that the guest waits for. */
  get entropyWanted(): number {
    return this.#virtio?.entropy?.wantedBytes ?? 0;
  }

  /** See Machine. */
  get diskBlocks(): DiskBlocks {
    const overlays = this.#virtio?.disks.map((disk) => disk.overlay) ?? [];
    return { made: overlays.reduce((sum, { copiedBlocks }) => sum + copiedBlocks, 0), live: overlays.reduce((sum, { blockCount }) => sum + blockCount, 0) };
  }

  /** `update` will let a device reach into guest memory. */
  get movesMemory(): boolean {
    return this.#virtio?.hasWork ?? false;
  }

  /** Guest time: the instructions completed before the present one, one ns each, and the idle time. */
  nowNs(): number {
    return this.#begun() + this.#hart.count(HART_IDLE_NS);
  }

  /** Brackets a run of the interpreter, inside of which the count of instructions is elsewhere. */
  set running(running: boolean) {
    this.#running = running;
  }

  /** Device accesses of the guest so far. */
  get accesses(): number {
    return this.#accesses;
  }

  /** A run leaves after so many accesses from now on: when there were so many as is returned. */
  limitAccesses(count: number): number {
    this.#accessesEnd = this.#accesses + count;
    return this.#accessesEnd;
  }

  /** Guest time at which a device must be updated next. */
  nextDeadlineNs(): number {
    return this.#timed.reduce((earliest, device) => Math.min(earliest, device.nextDeadlineNs()), this.#clint.nextDeadlineNs());
  }

  /** ns until a device can wake the hart from wfi; Infinity if none will. */
  untilWakeNs(): number {
    const timerEnabled = (this.#hart.i32(HART_MIE) & MTIE) !== 0;
    const deadlineNs = this.#timed.reduce(
      (earliest, device) => Math.min(earliest, device.nextDeadlineNs()), timerEnabled ? this.#clint.nextDeadlineNs() : Infinity,
    );
    return deadlineNs - this.nowNs();
  }

  /** Lets every device do what is due. */
  update(): void {
    const nowNs = this.nowNs();
    for (const device of [this.#clint, ...this.#timed]) if (device.nextDeadlineNs() <= nowNs) device.update();
  }

  /** Makes an input visible to the guest. */
  apply(event: Exclude<InputEvent, EditEvent>): void {
    switch (event.kind) {
      case 'console':
        this.#consoleInput.receive(event.bytes);
        break;
      case 'idle':
        this.addIdle(event.ns);
        break;
      case 'entropy':
        this.#virtio?.entropy?.provide(event.bytes);
        break;
      case 'terminal-size':
        this.#virtio?.console?.resize(event);
        break;
      case 'rtc-base':
        this.#rtc.setBase(BigInt(event.ns));
        break;
    }
  }

  addIdle(ns: number): void {
    assert(Number.isSafeInteger(ns) && ns >= 0, `idle for ${ns} ns`);
    this.#hart.setCount(HART_IDLE_NS, this.#hart.count(HART_IDLE_NS) + ns);
  }

  /** Device read for the core: the value goes to HART_RESULT; 0 = access fault. */
  load(gpa: number, size: number): number {
    const device = this.#at(gpa, size);
    const value = device?.read(gpa - device.base, size);
    if (value === undefined) return 0;
    this.#hart.setU64(HART_RESULT, BigInt(value));
    return 1;
  }

  /** Device write for the core, of the value in HART_RESULT; 0 = access fault. */
  store(gpa: number, size: number): number {
    const device = this.#at(gpa, size);
    if (device === undefined) return 0;
    const value = this.#hart.u64(HART_RESULT);
    const narrow = size === 8 ? value : Number(BigInt.asUintN(8 * size, value));
    return device.write(gpa - device.base, size, narrow) ? 1 : 0;
  }

  save(): readonly DeviceState[] {
    return this.#devices.map((device) => device.save());
  }

  restore(states: readonly DeviceState[]): void {
    this.#devices.forEach((device, index) => {
      const state = states[index];
      assert(state !== undefined, `no saved state of ${device.name}`);
      device.load(state);
    });
  }

  get names(): readonly string[] {
    return this.#devices.map((device) => device.name);
  }

  #at(gpa: number, size: number): Device | undefined {
    if (++this.#accesses >= this.#accessesEnd) this.#leave();
    const device = this.#devices.find((candidate) => gpa >= candidate.base && gpa + size <= candidate.base + candidate.size);
    return device?.accessSizes.includes(size) === true ? device : undefined;
  }

  /** Instructions completed before the present one. */
  #begun(): number {
    return this.#running ? this.#hart.count(HART_ICOUNT_END) - this.#hart.i32(HART_REMAINING) - 1 : this.#hart.count(HART_ICOUNT);
  }

  #leave(): void {
    if (this.#running) this.#core.stopAfter(this.#hart.address, REASON_EVENT);
  }
}
