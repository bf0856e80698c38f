/**
 * Going back with the peer: QEMU records a guest, replays it, and GDB steps it backward from its end. QEMU goes back by
 * replaying from its only snapshot, at the beginning.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findTool, tools } from '../tools.ts';
import type { GuestFolder } from './bench-guests.ts';
import { buildGuest } from './interpreter.ts';
import { qemuCommand, qemuProgram } from './qemu.ts';
import { ms, percentile, type Row } from './report.ts';

/** Rounds of walk that make 10^9 instructions. */
const ROUNDS = 8_700;
const STEPS = 3;
const START_MS_MAX = 10_000;
const SESSION_MS_MAX = 300_000;

/** Runs to the address behind main, then back; prints the seconds that each command takes. */
function gdbScript(socket: string): string {
  return `
import gdb, time
gdb.execute('set pagination off'); gdb.execute('set confirm off')
gdb.execute('target remote ${socket}')
def timed(name, command):
    begin = time.time(); gdb.execute(command, to_string=True); print('TIME', name, time.time() - begin, flush=True)
gdb.execute('break *(_start + 12)')
timed('forward', 'continue')
gdb.execute('delete')
for step in range(${STEPS}): timed('step', 'reverse-stepi')
gdb.execute('break main')
timed('continue', 'reverse-continue')
gdb.execute('kill')
`;
}

export async function measureQemuReverse(guests: GuestFolder): Promise<Row[]> {
  const elf = buildGuest(guests.path, 'walk', ROUNDS);
  const file = (name: string): string => path.join(guests.path, name);
  writeFileSync(file('reverse.py'), gdbScript(file('gdb.sock')));
  const command = (rr: 'record' | 'replay', ...more: readonly string[]): readonly [string, ...string[]] => {
    const mode = { rr, folder: guests.path };
    return qemuCommand(mode, [...qemuProgram(elf, mode), ...more]) ?? [''];
  };
  const [recorder, ...recording] = command('record');
  if (spawnSync(recorder, recording, { timeout: SESSION_MS_MAX }).status !== 0) return [unmeasured('QEMU does not record')];
  const [replayer, ...replaying] = command('replay', '-gdb', `unix:${file('gdb.sock')},server=on,wait=off`, '-S');
  const replay = spawn(replayer, replaying, { stdio: 'ignore' });
  try {
    for (let waitedMs = 0; !existsSync(file('gdb.sock')) && waitedMs < START_MS_MAX; waitedMs += 50) await sleep(50);
    const { stdout } = spawnSync(findTool(tools.gdb) ?? '', ['-q', '-batch', '-nx', '-x', file('reverse.py'), elf], { encoding: 'utf8', timeout: SESSION_MS_MAX });
    return rowsOf(stdout);
  } finally {
    replay.kill('SIGKILL');
  }
}

function rowsOf(output: string): Row[] {
  const times = (name: string): number[] => [...output.matchAll(/^TIME (\w+) ([\d.]+)/gm)].filter((match) => match[1] === name).map((match) => Number(match[2]) * 1000);
  const steps = times('step');
  if (steps.length === 0) return [unmeasured(`GDB did not step back: ${output.trim().split('\n').at(-1) ?? ''}`)];
  return [
    { what: 'QEMU, walk: reverse-stepi at 10^9', figure: `median ${ms(percentile(steps, 0.5))}`, peer: `max ${ms(Math.max(...steps))}, of ${steps.length}`, verdict: 'info' },
    ...times('continue').map((time): Row => ({ what: '  reverse-continue to breakpoint main', figure: ms(time), peer: '10^9 back', verdict: 'info' })),
  ];
}

function unmeasured(why: string): Row {
  return { what: `QEMU: ${why}`, figure: '', verdict: 'unmeasured' };
}
