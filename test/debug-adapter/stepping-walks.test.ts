/**
 * Random walks through the corpus: whatever a step forward leads to, its twin leads back from; and where a step back leads to, the twin
 * comes from. With calls of all kinds, inlined ones, longjmp, switches of contexts and timer interrupts in between.
 */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ForwardKind } from '../../debug-adapter/stepping/forward.ts';
import type { BackwardKind } from '../../debug-adapter/stepping/backward.ts';
import type { Granularity } from '../../debug-adapter/stepping/stepping.ts';
import { missingTools, tools } from '../tools.ts';
import { NO_CONDITIONS } from '../../emulator/index.ts';
import { Walker, buildGuest, show } from './stepping-guest.ts';
import type { Stand } from './stepping-guest.ts';

const BUDGET_MS = Number(process.env['CHRONOVISOR_STEPPING_MS'] ?? 1200);
const seed = Number(process.env['CHRONOVISOR_STEPPING_SEED'] ?? Date.now() % 1_000_000);
const WALK_STEPS = 12;
const KINDS: readonly ForwardKind[] = ['over', 'over', 'into', 'into', 'out'];

function randomFrom(start: number): (below: number) => number {
  let state = (start % 0x7fff_fffe) + 1;
  return (below) => {
    state = (state * 48_271) % 0x7fff_ffff;
    return state % below;
  };
}

/** A stand, and whether it is a stop of its frame or in the middle of a line. */
interface Stop extends Stand {
  readonly isStop: boolean;
}

/** They do to the stack what they want. */
const ASSEMBLY: ReadonlySet<string> = new Set(['_start', 'trap_entry', 'switch_context', 'thread_begin', 'save_place', 'return_to']);

type Relation = 'same' | 'entered' | 'left';

function relationOf(from: Stand, to: Stand): Relation {
  if (to.name === from.name && ASSEMBLY.has(to.name)) return 'same';
  if (to.cfa !== undefined && from.cfa !== undefined && to.cfa !== from.cfa) return to.cfa > from.cfa ? 'left' : 'entered';
  if (to.depth === from.depth) return to.name === from.name ? 'same' : 'entered';
  return to.depth > from.depth ? 'entered' : 'left';
}

const TWINS: Readonly<Record<Relation, BackwardKind>> = { same: 'over', entered: 'out', left: 'into' };

class Walk {
  readonly walker: Walker;
  readonly log: string[] = [];

  constructor(walker: Walker) {
    this.walker = walker;
  }

  async go(kind: ForwardKind): Promise<Stand | undefined> {
    const stop = await this.walker.forward(kind);
    const stand = this.walker.stand();
    this.log.push(`${kind} (${stop.reason}) to ${show(stand)}`);
    return stop.reason === 'step' ? stand : undefined;
  }

  async goBack(kind: BackwardKind): Promise<Stand> {
    const stop = await this.walker.backward(kind);
    const stand = this.walker.stand();
    this.log.push(`back ${kind} (${stop.reason}) to ${show(stand)}`);
    return stand;
  }

  fail(what: string): never {
    assert.fail(`${what}\n${this.log.slice(-12).join('\n')}\nCHRONOVISOR_STEPPING_SEED=${seed}`);
  }

  /** One step from `from` and back by its twin. */
  async thereAndBack(from: Stop, kind: ForwardKind): Promise<Stop | undefined> {
    const to = await this.go(kind);
    if (to === undefined) return undefined;
    const relation = relationOf(from, to);
    const back = await this.goBack(TWINS[relation]);
    if (back.position >= to.position) this.fail(`back from ${show(to)} came to ${show(back)}`);
    if (this.hasTwin(from, to)) {
      const isExact = from.isStop && kind !== 'out';
      if (isExact && back.position !== from.position && !(relation === 'left' && await this.isTailCalled(from, back))) {
        this.fail(`${kind} from ${show(from)} came to ${show(to)}, its twin back to ${show(back)}`);
      }
      // From the middle of a prologue, back over leads out.
      await this.returns(relation === 'left' ? 'over' : relationOf(back, to) === 'entered' ? 'into' : 'over', back, to);
    }
    await this.walker.session.seek(to.position);
    // Code without lines returns by an instruction: to the middle of a line.
    return { ...to, isStop: relation !== 'left' && from.line !== 0 };
  }

  /** What has returned was called by a jump at the end of `from`: out of it, it goes there. */
  async isTailCalled(from: Stand, callee: Stand): Promise<boolean> {
    let { position } = callee;
    while (position > from.position) ({ position } = await this.goBack('out'));
    if (position !== from.position) return false;
    await this.walker.session.seek(callee.position);
    return true;
  }

  /** A longjmp has none, nor has the end of an interrupt, or code without lines. */
  hasTwin(from: Stand, to: Stand): boolean {
    // Without call frame information, what was interrupted is as deep as the handler.
    if (from.name === 'trap_entry' && to.name !== from.name && ASSEMBLY.has(to.name)) return false;
    const isJump = to.name === 'catches' || ['jump_out', 'return_to', 'trap_entry'].includes(from.name);
    return from.line !== 0 && to.line !== 0 && (relationOf(from, to) !== 'left' || !isJump);
  }

  async returns(kind: ForwardKind, from: Stand, to: Stand): Promise<void> {
    if (from.line === 0) return;
    const again = await this.go(kind);
    if (again?.position !== to.position || again.pc !== to.pc) this.fail(`from ${show(from)}, where the twin came to, ${kind} does not lead to ${show(to)} again`);
  }
}

async function walks(walker: Walker, end: number, random: (below: number) => number): Promise<number> {
  const deadline = performance.now() + BUDGET_MS;
  let steps = 0;
  while (performance.now() < deadline) {
    const walk = new Walk(walker);
    await walker.session.seek(random(end));
    walk.log.push(`at ${show(walker.stand())}`);
    const first = await walk.go('over');
    const start = first && await walk.goBack('over');
    if (start === undefined || walker.symbols.location(start.pc) === undefined) continue;
    let stop: Stop = { ...start, isStop: false };
    for (let step = 0; step < WALK_STEPS; step++) {
      const next: Stop | undefined = await walk.thereAndBack(stop, KINDS[random(KINDS.length)] ?? 'over');
      if (next === undefined) break;
      stop = next;
      steps++;
    }
  }
  return steps;
}

const variants: readonly (readonly [string, number, Granularity])[] = [
  ['-O0', 0, 'line'], ['-O0', 7, 'line'], ['-O1', 5, 'line'], ['-O2', 0, 'line'], ['-O2', 6, 'line'], ['-Os', 4, 'line'], ['-O0', 5, 'statement'], ['-O2', 9, 'statement'],
];

for (const [level, tick, granularity] of variants) {
  test(`there and back: ${level}, ${tick === 0 ? 'no interrupts' : `an interrupt every ${tick * 100} instructions`}, by ${granularity}`, { skip: missingTools(tools.gcc) }, async (t) => {
    const walker = new Walker(buildGuest({ flags: [level], tick }));
    try {
      const { position: end } = await walker.session.runForward(NO_CONDITIONS);
      walker.granularity = granularity;
      const steps = await walks(walker, end, randomFrom(seed));
      t.diagnostic(`${steps} steps`);
      assert.ok(steps > 0);
    } finally {
      walker.close();
    }
  });
}
