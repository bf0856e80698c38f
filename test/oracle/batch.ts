/** Random batches of cases: everything about one follows from its seed. */
import fc from 'fast-check';
import { decode } from '../../emulator/isa/decoder.ts';
import { type Case, ordinaryCase, privilegedCase } from './cases.ts';
import { compareCases, describeMismatch, reduceMismatch } from './compare.ts';

const CASES_PER_BATCH = 200;

export type BatchKind = 'ordinary' | 'privileged';

export function batchOf(seed: number, kind: BatchKind): Case[] {
  return fc.sample(kind === 'ordinary' ? ordinaryCase : privilegedCase, { seed, numRuns: CASES_PER_BATCH });
}

void decode;

/** What went wrong in a batch: a report of each of the first mismatches, the first one made small. Empty if nothing did. */
export async function runBatch(seed: number, kind: BatchKind): Promise<string[]> {
  const mismatches = await compareCases(batchOf(seed, kind));
  const first = mismatches[0];
  if (first === undefined) return [];
  const reports: string[] = [];
  for (const m of mismatches.slice(0, 3)) reports.push(`seed ${seed}, ${kind} case ${m.index}\n${describeMismatch(await reduceMismatch(m))}`);
  return [`${mismatches.length} mismatches`, ...reports];
}
