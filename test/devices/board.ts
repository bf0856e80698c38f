/** All devices of the board wired together as the machine wires them, without the machine. */
import { Clint } from '../../emulator/devices/clint.ts';
import type { Device, DeviceState, TimedDevice } from '../../emulator/devices/device.ts';
import { GoldfishRtc } from '../../emulator/devices/goldfish-rtc.ts';
import { RTC_INTERRUPT, UART_INTERRUPT } from '../../emulator/devices/memory-map.ts';
import { Plic } from '../../emulator/devices/plic.ts';
import { TestFinisher } from '../../emulator/devices/test-finisher.ts';
import { Uart16550 } from '../../emulator/devices/uart16550.ts';

/** Interrupt numbers of the hart's inputs. */
const MSIP = 3;
const MTIP = 7;
const SEIP = 9;
const MEIP = 11;

export class Board {
  nowNs = 0;
  readonly log: string[] = [];
  readonly uart: Uart16550;
  readonly devices: readonly Device[];
  readonly #timed: readonly TimedDevice[];
  readonly #rtc: GoldfishRtc;
  #levels = new Map<number, boolean>();

  constructor(rtcBaseNs = 0n) {
    const clock = { nowNs: (): number => this.nowNs };
    const timerChanged = (): void => undefined;
    const plic = new Plic([this.#hartInput(MEIP), this.#hartInput(SEIP)]);
    const clint = new Clint({
      clock, timerChanged, harts: [{ softwareInterrupt: this.#hartInput(MSIP), timerInterrupt: this.#hartInput(MTIP) }],
    });
    this.uart = new Uart16550({
      clock, timerChanged, interrupt: plic.sourceLine(UART_INTERRUPT), output: (byte) => { this.log.push(`out ${byte}`); },
    });
    this.#rtc = new GoldfishRtc({ clock, timerChanged, interrupt: plic.sourceLine(RTC_INTERRUPT) });
    this.#rtc.setBase(rtcBaseNs);
    this.#timed = [clint, this.uart, this.#rtc];
    this.devices = [clint, this.uart, this.#rtc, plic, new TestFinisher((result) => { this.log.push(`finish ${result.kind} ${result.exitCode}`); })];
  }

  /** undefined = access fault. */
  read(gpa: number, size: number): number | bigint | undefined {
    const device = this.#find(gpa, size);
    return device?.read(gpa - device.base, size);
  }

  write(gpa: number, size: number, value: bigint): boolean {
    const device = this.#find(gpa, size);
    return device?.write(gpa - device.base, size, size === 8 ? value : Number(value)) ?? false;
  }

  /** Never past a deadline without `update`; all devices are updated at each. */
  advance(ns: number): void {
    const endNs = this.nowNs + ns;
    for (;;) {
      const deadlineNs = Math.min(...this.#timed.map((device) => device.nextDeadlineNs()));
      if (deadlineNs > endNs) break;
      this.nowNs = Math.max(this.nowNs, deadlineNs);
      this.update();
    }
    this.nowNs = endNs;
  }

  update(): void {
    for (const device of this.#timed) device.update();
  }

  save(): DeviceState {
    return { now: this.nowNs, levels: [...this.#levels].sort(([a], [b]) => a - b).map(([input, level]) => [input, level]), devices: this.devices.map((device) => device.save()) };
  }

  /** Takes over the state of `other` the way a checkpoint does: through JSON. */
  restoreFrom(other: Board): void {
    this.nowNs = other.nowNs;
    this.#levels = new Map(other.#levels);
    this.devices.forEach((device, index) => {
      const saved = other.devices[index]?.save() ?? null;
      device.load(JSON.parse(JSON.stringify(saved)) as DeviceState);
    });
  }

  #find(gpa: number, size: number): Device | undefined {
    return this.devices.find((device) => gpa >= device.base && gpa + size <= device.base + device.size && device.accessSizes.includes(size));
  }

  /** Logs changes as QEMU's qtest does. */
  #hartInput(input: number): (level: boolean) => void {
    return (level) => {
      if ((this.#levels.get(input) ?? false) === level) return;
      this.#levels.set(input, level);
      this.log.push(`IRQ ${level ? 'raise' : 'lower'} ${input}`);
    };
  }
}
