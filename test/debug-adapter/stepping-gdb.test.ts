/** GDB's own stepping, through the GDB server, against ours: the same place, or a difference that docs/reverse.md names. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { NO_CONDITIONS } from '../../emulator/index.ts';
import { gdbOnSession } from '../gdb/gdb-process.ts';
import { missingTools, tools } from '../tools.ts';
import { Walker, buildGuest, show } from './stepping-guest.ts';
import type { Stand } from './stepping-guest.ts';

const PLACES = 14;
/** Threads, longjmp and assembly are not GDB's, nor is code without lines. */
const AVOIDED = /thread|work|yield|switch_context|jump_out|catches|save_place|return_to|trap_entry|_start|plain/;

interface Motion {
  readonly gdb: string;
  readonly own: (walker: Walker) => Promise<unknown>;
  /** Where GDB stops elsewhere by its definition. */
  readonly mayDiffer: (from: Stand, own: Stand, gdb: Stand) => boolean;
}

const isLeft = (from: Stand, to: Stand): boolean => to.depth < from.depth;
/** Ours stops where the function has returned to, GDB at the next line. */
const goesOn = (from: Stand, own: Stand, gdb: Stand): boolean => isLeft(from, own) && gdb.position > own.position;
/** GDB stops at the last entry of the line table for a line, ours at the line's beginning, or in what the line has called. */
const stopsInLine = (_from: Stand, own: Stand, gdb: Stand): boolean => own.position < gdb.position && (own.line === gdb.line || own.depth > gdb.depth);

const motions: readonly Motion[] = [
  { gdb: 'next', own: (walker) => walker.forward('over'), mayDiffer: goesOn },
  { gdb: 'step', own: (walker) => walker.forward('into'), mayDiffer: goesOn },
  { gdb: 'finish', own: (walker) => walker.forward('out'), mayDiffer: (from) => from.name === 'main' },
  { gdb: 'reverse-next', own: (walker) => walker.backward('over'), mayDiffer: stopsInLine },
  { gdb: 'reverse-step', own: (walker) => walker.backward('into'), mayDiffer: stopsInLine },
  { gdb: 'reverse-finish', own: (walker) => walker.backward('out'), mayDiffer: (from, own, gdb) => from.name === 'main' || (own.position <= gdb.position && own.line === gdb.line && own.name === gdb.name) },
];

test('steps from the same places', { skip: missingTools(tools.gcc, tools.gdb) }, async (t) => {
  const file = buildGuest({ flags: ['-O0'], tick: 0 });
  const walker = new Walker(file);
  const { position: end } = await walker.session.runForward(NO_CONDITIONS);
  const on = await gdbOnSession(walker.session, file);
  const { gdb } = on;
  const same = new Map<string, number>();
  let places = 0;
  try {
    for (let random = 4711; places < PLACES;) {
      random = (random * 48_271) % 0x7fff_ffff;
      await walker.session.seek(random % end);
      await walker.forward('over');
      const from = walker.stand();
      if (AVOIDED.test(from.name)) continue;
      places++;
      for (const motion of motions) {
        await gdb.seek(from.position);
        await gdb.command(motion.gdb);
        const theirs = walker.stand();
        await walker.session.seek(from.position);
        await motion.own(walker);
        const own = walker.stand();
        if (show(own) === show(theirs)) same.set(motion.gdb, (same.get(motion.gdb) ?? 0) + 1);
        else assert.ok(motion.mayDiffer(from, own, theirs), `${motion.gdb} from ${show(from)}: GDB comes to ${show(theirs)}, we come to ${show(own)}`);
      }
    }
    t.diagnostic(`the same of ${places}: ${[...same].map(([what, count]) => `${what} ${count}`).join(', ')}`);
    for (const what of ['next', 'step', 'reverse-next', 'reverse-step']) assert.ok((same.get(what) ?? 0) > PLACES / 2, what);
  } finally {
    await on.close();
    walker.close();
  }
});
