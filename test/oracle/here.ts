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

let engine: Engine | undefined;

/** What the program sends to the console. */
export function runHere(elf: Uint8Array): Uint8Array {
  engine ??= new Engine();
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
