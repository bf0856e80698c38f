/** Which positions of a guest's run are compared: where lines begin, every instruction once, trap handlers, and any. */
import type { ElfFile } from '../../debug-adapter/symbols/elf-file.ts';
import type { Program } from '../../debug-adapter/symbols/program.ts';
import { instructionLength, type Session } from '../../emulator/index.ts';

/** The run, instruction by instruction. */
export interface Trace {
  readonly positions: readonly number[];
  readonly pcs: readonly bigint[];
}

/** Addresses of all instructions. */
function instructions(elf: ElfFile): Set<bigint> {
  const { bytes, address } = elf.section('.text');
  const found = new Set<bigint>();
  for (let at = 0; at < bytes.length; at += instructionLength(bytes[at] ?? 0)) found.add(address + BigInt(at));
  return found;
}

/** Runs the guest up to `until`, or to its end. */
export async function traceOf(session: Session, elf: ElfFile, until: number): Promise<Trace> {
  const positions: number[] = [];
  const pcs: bigint[] = [];
  await session.runForward({
    breakpoints: instructions(elf), watches: [], caughtCauses: new Set(),
    accept: (met) => {
      if (met.kind === 'breakpoint') {
        positions.push(met.position);
        pcs.push(met.pc);
      }
      return false;
    },
  }, { until });
  return { positions, pcs };
}

/** `count` of all, evenly. */
function thinned<T>(all: readonly T[], count: number): T[] {
  return all.length <= count ? [...all] : Array.from({ length: count }, (_, index) => all[Math.floor((index + 0.5) * all.length / count)] as T);
}

/**
 * At most `budget` positions in order: two fifths where a line's statement begins, as much for instructions that were not met so far (prologues, epilogues, the
 * middle of lines), the rest in trap handlers and anywhere. `random`: a number below its argument.
 */
export function choosePositions(trace: Trace, program: Program, budget: number, random: (below: number) => number): number[] {
  const { positions, pcs } = trace;
  const chosen = new Set<number>();
  const met = new Set<bigint>();
  const take = (index: number): void => {
    chosen.add(index);
    met.add(pcs[index] ?? 0n);
  };
  const statements = statementsOf(program);
  const lines = pcs.flatMap((pc, index) => (statements.has(pc) ? [index] : []));
  for (const index of thinned(lines, Math.floor(budget * 0.4))) take(index);
  const byAddress = new Map<bigint, number[]>();
  for (const [index, pc] of pcs.entries()) {
    if (met.has(pc)) continue;
    const visits = byAddress.get(pc) ?? [];
    visits.push(index);
    byAddress.set(pc, visits);
  }
  for (const visits of thinned([...byAddress.values()], Math.floor(budget * 0.4))) take(visits[random(visits.length)] ?? 0);
  const entry = program.symbol('trap_entry')?.address;
  const traps = pcs.flatMap((pc, index) => (pc === entry ? [index] : []));
  for (let tries = 0; traps.length > 0 && tries < budget / 10; tries++) take(Math.min((traps[random(traps.length)] ?? 0) + random(120), pcs.length - 1));
  for (let tries = 0; chosen.size < Math.min(budget, pcs.length) && tries < 4 * budget; tries++) take(random(pcs.length));
  return [...chosen].sort((a, b) => a - b).map((index) => positions[index] ?? 0);
}

function statementsOf(program: Program): ReadonlySet<bigint> {
  return new Set(program.codeRanges.flatMap(({ low, high }) => program.statementAddresses(low, high)));
}
