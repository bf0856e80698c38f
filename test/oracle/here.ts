/** A test program in this machine. */
import { Engine } from '../../emulator/engine/engine.ts';
import type { InputDoor } from '../../emulator/machine/input.ts';
import { Machine, NO_CONDITIONS } from '../../emulator/machine/machine.ts';
import { DEFAULT_MEMORY_SIZE_BYTES } from '../../emulator/machine/machine-types.ts';

/** No input ever; waiting takes as long as the timer says. */
const door: InputDoor = {
  nextPoint: () => Infinity,
  take: () => [],
  idle: (_at, untilTimerNs) => (untilTimerNs === Infinity ? undefined : untilTimerNs),
};

/** A program that has not ended after so many instructions never will. */
const INSTRUCTIONS_MAX = 2_000_000_000;

/** Settings of `translateAfter` with which every program runs: the interpreter alone, and everything translated at once. */
let tiers: readonly number[] = [Infinity, 0];
const engines = new Map<number, Engine>();

export function setTiers(values: readonly number[]): void {
  tiers = values;
}

/** What the program sends to the console on each tier. */
export function runOnTiers(elf: Uint8Array): readonly { readonly where: string; readonly output: Uint8Array }[] {
  return tiers.map((translateAfter) => (
    { where: translateAfter === Infinity ? 'here' : `here, translated after ${translateAfter}`, output: runHere(elf, translateAfter) }));
}

function runHere(elf: Uint8Array, translateAfter: number): Uint8Array {
  const engine = engines.get(translateAfter) ?? new Engine({ translateAfter });
  engines.set(translateAfter, engine);
  const machine = new Machine(engine, { memorySizeBytes: DEFAULT_MEMORY_SIZE_BYTES, images: [{ name: 'program.elf', kind: 'elf', bytes: elf }] });
  const output: number[] = [];
  machine.onConsole = (byte) => { output.push(byte); };
  try {
    machine.run(INSTRUCTIONS_MAX, NO_CONDITIONS, door);
  } finally {
    machine.close();
  }
  return Uint8Array.from(output);
}
