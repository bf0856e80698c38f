/** Compares a guest with GDB at many positions. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { OBJDUMP, run } from '../dwarf/corpus.ts';
import { gdbOnSession, type Gdb } from '../gdb/gdb-process.ts';
import { randomFrom } from '../session/sessions.ts';
import { Comparison } from './compare.ts';
import type { Difference, Figures, GdbState } from './compare.ts';
import { documented } from './documented.ts';
import type { LineRow } from './documented.ts';
import type { Guest } from './guests.ts';
import { choosePositions, traceOf } from './positions.ts';
import { startGuest } from './start-guest.ts';

const DEPTH = 40;
/** The sample goes on for ever. */
const UNTIL = 120_000;

export interface Found extends Difference {
  readonly position: number;
}

export interface Report {
  readonly guest: string;
  readonly positions: number;
  readonly figures: Figures;
  readonly differences: readonly Found[];
  /** Differences that documented.ts explains, by the name that they have there. */
  readonly explained: ReadonlyMap<string, number>;
}

/** The line table as binutils read it, read when it is first asked for. */
function lineRows(file: string): (address: bigint) => readonly LineRow[] {
  let all: LineRow[] | undefined;
  return (address) => {
    all ??= run(OBJDUMP.commands[0] ?? '', ['--dwarf=decodedline', file]).split('\n').flatMap((text) => {
      const [, name, line, at, statement] = /^(\S+) +(\d+) +(0x[0-9a-f]+)(?: +\d+)?( +x)?\s*$/.exec(text) ?? [];
      return name === undefined || at === undefined ? [] : [{ address: BigInt(at), file: name, line: Number(line), isStatement: statement !== undefined }];
    }).sort((a, b) => (a.address < b.address ? -1 : a.address > b.address ? 1 : 0));
    const last = all.findLast((each) => each.address <= address)?.address;
    return all.filter((each) => each.address === last);
  };
}

async function ask(gdb: Gdb, call: string): Promise<unknown> {
  const text = await gdb.do(`python ${call}`);
  const line = text.split('\n').find((each) => each.startsWith('@'));
  assert.ok(line !== undefined, `${call}: ${text}`);
  return JSON.parse(line.slice(1));
}

export interface Choice {
  /** How many positions to choose, or which to compare. */
  readonly budget: number | readonly number[];
  readonly seed: number;
}

export async function compareGuest(guest: Guest, { budget, seed }: Choice): Promise<Report> {
  const { file, elf, session, program, symbols } = startGuest(guest);
  const on = await gdbOnSession(session, file);
  try {
    await on.gdb.do(`source ${path.join(import.meta.dirname, 'gdb-state.py')}`);
    const trace = await traceOf(session, elf, UNTIL);
    const positions = typeof budget === 'number' ? choosePositions(trace, program, budget, randomFrom(seed)) : budget;
    const figures: Figures = { frames: 0, inlined: 0, variables: 0, values: 0, registers: 0 };
    const differences: Found[] = [];
    const explained = new Map<string, number>();
    const rows = lineRows(file);
    for (const position of positions) {
      const state = await ask(on.gdb, `oracle_at(${position})`) as GdbState;
      assert.equal(session.timeline(0).position, position);
      const here: Difference[] = [];
      const frames = symbols.stack(session.inspect, DEPTH);
      new Comparison(symbols, figures, (difference) => { here.push(difference); }).compare(frames, state);
      for (const difference of here) {
        const place = async (): Promise<string> => String(await ask(on.gdb, `oracle_place(${difference.level ?? 0}, ${JSON.stringify(difference.variable ?? '')})`));
        const level = difference.level ?? 0;
        const tails = state.frames.slice(0, level).filter(({ kind }) => kind === 'tail').length;
        const why = await documented({ difference, symbols, frame: frames[level - tails], expected: state.frames[level], outer: state.frames.slice(level), place, rows });
        if (why === undefined) differences.push({ ...difference, position });
        else explained.set(why, (explained.get(why) ?? 0) + 1);
      }
    }
    return { guest: guest.name, positions: positions.length, figures, differences, explained };
  } finally {
    await on.close();
    session.close();
  }
}
