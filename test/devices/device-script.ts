/**
 * A device on a bench: a clock that the test moves, a log of what the device does, and scripts of register accesses.
 *
 * A script is a line of words: `name` reads a register, `name=hex` writes it, `+ns` lets time pass (with `update` at each
 * deadline, as the machine does), and any other word is given to the bench's own `action`.
 * The transcript holds `name:hex` for each read, and what the device did to the outside.
 */
import type { Device, TimedDevice } from '../../emulator/devices/device.ts';

export interface Register {
  readonly offset: number;
  readonly size: number;
}

/** A moment of guest time, and what happened so far. */
export class Bench {
  nowNs = 0;
  readonly log: string[] = [];
  readonly clock = { nowNs: (): number => this.nowNs };
  readonly #levels = new Map<string, boolean>();

  /** A wire that logs its changes as `name` and `-name`. */
  line(name: string, initial = false): (level: boolean) => void {
    this.#levels.set(name, initial);
    return (level) => {
      if (this.#levels.get(name) === level) return;
      this.#levels.set(name, level);
      this.log.push(level ? name : `-${name}`);
    };
  }

  /** A callback that logs its name. */
  note(name: string): () => void {
    return () => { this.log.push(name); };
  }

  /** Lets time pass the way the machine does: never past a deadline without `update`. */
  advance(device: TimedDevice, ns: number): void {
    const endNs = this.nowNs + ns;
    while (device.nextDeadlineNs() <= endNs) {
      this.nowNs = Math.max(this.nowNs, device.nextDeadlineNs());
      device.update();
    }
    this.nowNs = endNs;
  }
}

export interface ScriptRig {
  readonly bench: Bench;
  readonly device: Device;
  readonly registers: Readonly<Record<string, Register>>;
  /** Does what `word` says, if it is no access; false if it is unknown. */
  action?(word: string): boolean;
}

/** Plays `script` and returns the transcript, words separated by spaces. */
export function play(rig: ScriptRig, script: string): string {
  for (const word of script.split(/\s+/).filter((text) => text !== '')) playWord(rig, word);
  return rig.bench.log.join(' ');
}

function playWord(rig: ScriptRig, word: string): void {
  if (/^\+[0-9]+$/.test(word)) {
    if (!isTimed(rig.device)) throw new Error(`${rig.device.name} has no deadlines`);
    rig.bench.advance(rig.device, Number(word.slice(1)));
    return;
  }
  const [name = '', value] = word.split('=');
  const register = rig.registers[name];
  if (register === undefined) {
    if (rig.action?.(word) !== true) throw new Error(`unknown word in a script: ${word}`);
    return;
  }
  if (value === undefined) {
    // The value goes before what the read brought about.
    const position = rig.bench.log.length;
    const read = rig.device.read(register.offset, register.size);
    rig.bench.log.splice(position, 0, `${name}:${read === undefined ? 'fault' : read.toString(16)}`);
    return;
  }
  const number = BigInt(`0x${value}`);
  if (!rig.device.write(register.offset, register.size, register.size === 8 ? number : Number(number))) rig.bench.log.push(`${name}:fault`);
}

export function isTimed(device: Device): device is TimedDevice {
  return 'nextDeadlineNs' in device;
}
