/** Cases in QEMU and here: what differs, and the least that still differs. */
import type { Case } from './cases.ts';
import { differences, readDumps } from './dump.ts';
import { runOnTiers } from './here.ts';
import { buildProgram, caseCode, readProgram, removeProgram } from './program.ts';
import { runInQemu } from './qemu.ts';

/** QEMU was stopped while it ran a case. A case that traps for ever makes its time stand still, so that no timer ends it. */
export class UnfinishedInQemu extends Error {
  /** Of the case among those compared. */
  readonly index: number;

  constructor(index: number) {
    super(`QEMU did not end case ${index} in time`);
    this.index = index;
  }
}

/** For each case the lines that say how it differs; none if it does not. */
export async function compare(cases: readonly Case[]): Promise<readonly (readonly string[])[]> {
  const elf = await buildProgram(cases);
  try {
    const inQemu = runInQemu(elf);
    // Both run at the same time; a failure here must not leave QEMU's without anyone to see it.
    const [here, qemu] = await Promise.all([Promise.resolve().then(() => runOnTiers(readProgram(elf))), inQemu]);
    const theirs = readDumps(qemu.bytes, 'QEMU');
    if (!qemu.hasEnded) throw new UnfinishedInQemu(Math.min(theirs.length, cases.length - 1));
    const ours = here.map(({ where, output }) => ({ where, dumps: readDumps(output, where) }));
    return cases.map((_case, index) => ours.flatMap(({ where, dumps }) => {
      const lines = differences(dumps[index], theirs[index]);
      return lines.length === 0 ? [] : [`${where}:`, ...lines];
    }));
  } finally {
    removeProgram(elf);
  }
}

const MINIMIZE_MS = 60_000;
/** Candidates in one program: a round of all single removals of a long case. */
const CANDIDATES_MAX = 60;

/** The case without `count` steps from `from` on. */
function without(test: Case, from: number, count: number): Case {
  // A step that is left out keeps its label, so that jumps still have their targets.
  return { ...test, steps: test.steps.map((step, index) => (index >= from && index < from + count ? { text: '' } : step)) };
}

const isPresent = (test: Case, from: number, count: number): boolean => test.steps.slice(from, from + count).some(({ text }) => text !== '');

/** Nothing differs where QEMU does not come to the end, so that what is left out stays in. */
async function compareIfEnding(cases: readonly Case[]): Promise<readonly (readonly string[])[]> {
  try {
    return await compare(cases);
  } catch (error) {
    if (error instanceof UnfinishedInQemu) return [];
    throw error;
  }
}

/** Leaves out steps as long as the case differs: halves first, then ever smaller pieces, all of one size in one program. */
export async function minimize(test: Case): Promise<Case> {
  const deadline = Date.now() + MINIMIZE_MS;
  let smallest = test;
  let size = Math.ceil(test.steps.length / 2);
  while (size >= 1 && Date.now() < deadline) {
    const present = smallest;
    const candidates = [...new Array(Math.ceil(test.steps.length / size)).keys()]
      .filter((piece) => isPresent(present, piece * size, size)).slice(0, CANDIDATES_MAX).map((piece) => without(present, piece * size, size));
    const results = candidates.length === 0 ? [] : await compareIfEnding(candidates);
    const found = candidates.find((_candidate, index) => (results[index] ?? []).length > 0);
    if (found !== undefined) smallest = found;
    else size = size === 1 ? 0 : Math.ceil(size / 2);
  }
  return smallest;
}

const hex = (value: bigint): string => `0x${value.toString(16)}`;

/** The state in which a case begins, without what is zero. */
function settingText({ setting }: Case): string[] {
  const { integers, floats, entries, ...rest } = setting;
  const values = (prefix: string, all: readonly bigint[], first: number): string => all.flatMap((value, index) => (value === 0n ? [] : [`${prefix}${index + first}=${hex(value)}`])).join(' ');
  const scalars = Object.entries(rest).map(([name, value]) => `${name}=${typeof value === 'bigint' ? hex(value) : Array.isArray(value) ? value.map(hex).join(',') : String(value)}`).join(' ');
  return [scalars, values('x', integers, 1), values('f', floats, 0), ...(setting.isTranslated ? [values('entry', entries, 0)] : [])];
}

/** What is wrong with a case, in full: the differences, where it begins, its code, and how to see it again. */
export async function report(name: string, test: Case, found: readonly string[], command: string): Promise<string> {
  const alone = (await compare([test]))[0] ?? [];
  const smallest = alone.length === 0 ? test : await minimize(test);
  const lines = alone.length === 0 ? found : (await compare([smallest]))[0] ?? [];
  const code = caseCode({ ...smallest }, 'c').split('\n').filter((line) => line.trim() !== '');
  return [
    `${name} differs from QEMU${alone.length === 0 ? ', though only after the cases before it' : ''}:`, ...lines.map((line) => `  ${line}`),
    'It begins with', ...settingText(smallest).map((line) => `  ${line}`), 'and runs', ...code.map((line) => `  ${line}`), `To see it again: ${command}`,
  ].join('\n');
}
