/** What a lockstep runs: a guest with the inputs that follow from nothing but the options, or a recording. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { bootConfiguration, openDrives } from '../../emulator/host/boot-files.ts';
import type { MachineConfiguration, Position } from '../../emulator/index.ts';
import { readRecording } from '../../emulator/index.ts';
import { withDrives } from '../../emulator/record/recorded-devices.ts';
import type { Course } from './lane.ts';

/** 2023-11-14, as a clock's base that does not depend on when this runs. */
const RTC_BASE_NS = '1700000000000000000';

export interface CourseOptions {
  readonly guest?: string;
  readonly elf?: string;
  readonly recording?: string;
  readonly memory?: string;
  readonly drive?: readonly string[];
}

/** A machine's configuration without the random bytes that a boot usually has. */
export function fixedConfiguration(configuration: MachineConfiguration): MachineConfiguration {
  return configuration.randomSeed === undefined ? configuration : { ...configuration, randomSeed: Uint8Array.from({ length: 32 }, (_, index) => index) };
}

/** No key is ever pressed. */
export function courseWithoutInput(configuration: MachineConfiguration): Course {
  return { configuration: fixedConfiguration(configuration), events: [{ at: 0, kind: 'rtc-base', ns: RTC_BASE_NS }], end: Infinity };
}

export function linuxCourse(): Course {
  return courseWithoutInput(bootConfiguration({ guest: 'linux' }, String));
}

export function courseOf({ guest, elf, recording, memory, drive = [] }: CourseOptions): Course {
  if (recording === undefined) return courseWithoutInput(bootConfiguration({ guest, program: elf, memory, drives: drive }, (option) => `--${option}`));
  const name = path.basename(recording);
  const { configuration, events, end } = readRecording(new Uint8Array(readFileSync(recording)), name);
  return { configuration: withDrives(configuration, openDrives(drive, '--drive'), name), events, end };
}

/** How far it makes sense to go. */
export function courseEnd({ end }: Course, otherwise: Position): Position {
  return end === Infinity ? otherwise : end;
}
