/** Sessions of random cases, program after program. */
import fc from 'fast-check';
import { decode } from '../../emulator/isa/decoder.ts';
import { instructionTable } from '../../emulator/isa/table.ts';
import { ordinaryCase, privilegedCase, type Case } from './cases.ts';
import { compare, report, UnfinishedInQemu } from './compare.ts';

export const kinds = { ordinary: ordinaryCase, privileged: privilegedCase } as const;
export type Kind = keyof typeof kinds;

/** Cases in one program. Case k of seed s is always the same one. */
export const CASES_PER_PROGRAM = 150;
const SEED_END = 2 ** 31;

export const randomSeed = (): number => Math.floor(Math.random() * SEED_END);

export function casesOf(kind: Kind, seed: number): readonly Case[] {
  return fc.sample(kinds[kind], { seed, numRuns: CASES_PER_PROGRAM });
}

/** Counts which instructions of the table a session's cases have. */
export class Coverage {
  readonly #seen = new Set<string>();

  add({ steps }: Case): void {
    for (const line of steps.flatMap(({ text }) => text.split('\n'))) {
      const [first = '', second = ''] = line.trim().split(/\s+/);
      const mnemonic = first === '.4byte' || first === '.2byte' ? instructionTable[decode(Number(second)).index]?.mnemonic : first.replace(/\.(aq|rl|aqrl)$/, '');
      if (mnemonic !== undefined) this.#seen.add(mnemonic);
    }
  }

  /** Mnemonics of the table that were in no case. */
  get missing(): readonly string[] {
    return instructionTable.map(({ mnemonic }) => mnemonic).filter((mnemonic) => !this.#seen.has(mnemonic));
  }
}

export const reproduceCommand = (kind: Kind, seed: number, index: number): string => `npx tsx test/oracle/fuzz.ts --kind ${kind} --seed ${seed} --case ${index}`;

/** The report of the first of the cases that differs, `first` being the number of the first one; or undefined. */
async function firstDifference(kind: Kind, seed: number, cases: readonly Case[], first: number): Promise<string | undefined> {
  let results: readonly (readonly string[])[];
  try {
    results = await compare(cases);
  } catch (error) {
    if (!(error instanceof UnfinishedInQemu)) throw error;
    const number = first + error.index;
    return `${kind} case ${number} of seed ${seed} did not end in QEMU, which was stopped. To see it again: ${reproduceCommand(kind, seed, number)}`;
  }
  const index = results.findIndex((lines) => lines.length > 0);
  const [test, lines] = [cases[index], results[index]];
  if (test === undefined || lines === undefined) return undefined;
  const others = results.filter((found) => found.length > 0).length - 1;
  const text = await report(`${kind} case ${first + index} of seed ${seed}`, test, lines, reproduceCommand(kind, seed, first + index));
  return others === 0 ? text : `${text}\n${others} more of the ${cases.length} cases of this seed differ`;
}

/** Runs the program of a seed; the report of its first case that differs, or undefined. */
export async function runSeed(kind: Kind, seed: number, coverage: Coverage): Promise<string | undefined> {
  const cases = casesOf(kind, seed);
  for (const test of cases) coverage.add(test);
  return await firstDifference(kind, seed, cases, 0);
}

/** One case of a seed alone. */
export async function runCase(kind: Kind, seed: number, index: number): Promise<string | undefined> {
  const test = casesOf(kind, seed)[index];
  if (test === undefined) throw new Error(`a seed has the cases 0 to ${CASES_PER_PROGRAM - 1}`);
  return await firstDifference(kind, seed, [test], index);
}
