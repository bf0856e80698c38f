/** Runs cases in QEMU and here, compares what they leave behind, and makes a case that differs small. */
import type { Case } from './cases.ts';
import { differences, readDumps } from './dump.ts';
import { runHere } from './here.ts';
import { buildProgram, caseCode, readProgram, removeProgram } from './program.ts';
import { runInQemu } from './qemu.ts';

export interface Mismatch {
  /** Number of the case in its program. */
  readonly index: number;
  readonly test: Case;
  /** What differs, with both values. */
  readonly lines: readonly string[];
}

/** The cases that end in another state here than in QEMU. All of them run in one program. */
export async function compareCases(cases: readonly Case[]): Promise<Mismatch[]> {
  const elf = buildProgram(cases);
  try {
    const inQemu = runInQemu(elf);
    const here = readDumps(runHere(readProgram(elf)), 'here');
    const qemu = readDumps(await inQemu, 'QEMU');
    return cases.flatMap((test, index) => {
      const [ours, theirs] = [here, qemu].map((dumps) => dumps.find((dump) => dump.index === index));
      const lines = ours === undefined && theirs === undefined ? ['the case ended neither here nor in QEMU'] : differences(ours, theirs);
      return lines.length === 0 ? [] : [{ index, test, lines }];
    });
  } finally {
    removeProgram(elf);
  }
}

const NOTHING = { text: '' };

/** The same mismatch with steps left out that it does not need: the steps keep their numbers, for jumps name them. */
export async function reduceMismatch(mismatch: Mismatch): Promise<Mismatch> {
  let smallest = mismatch;
  for (let size = mismatch.test.steps.length >> 1; size >= 1;) {
    const { steps, setting } = smallest.test;
    const variants: Case[] = [];
    for (let from = 0; from < steps.length; from += size) {
      const without = steps.map((step, index) => (index >= from && index < from + size ? NOTHING : step));
      if (without.some((step, index) => step.text !== steps[index]?.text)) variants.push({ setting, steps: without });
    }
    const found = variants.length === 0 ? undefined : (await compareCases(variants))[0];
    if (found === undefined) size >>= 1;
    else smallest = { index: mismatch.index, test: found.test, lines: found.lines };
  }
  return smallest;
}

/** What differs, then where the case begins, then its code. */
export function describeMismatch({ index, test: { setting, steps }, lines }: Mismatch): string {
  const hex = (value: bigint): string => `0x${value.toString(16)}`;
  const state = [
    `mode ${setting.mode === 1 ? 'S' : 'U'}${setting.isTranslated ? ', Sv39' : ', Bare'}`,
    ...(['mstatus', 'fcsr', 'medeleg', 'mideleg', 'mie', 'mip', 'pmpcfg'] as const).map((name) => `${name} ${hex(setting[name])}`),
  ].join(', ');
  const operands = [
    ...setting.integers.map((value, number) => `x${number + 1} ${hex(value)}`), ...setting.floats.map((value, number) => `f${number} ${hex(value)}`),
  ].join(' ');
  const kept = caseCode({ setting, steps }, `case_${index}`).replace(/\n\t(?=\n|$)/g, '');
  return [...lines.map((line) => `  ${line}`), `  begins in ${state}`, `  ${operands}`, kept].join('\n');
}
