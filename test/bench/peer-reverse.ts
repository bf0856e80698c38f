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
  const qemu = findTool(tools.qemu) ?? '';
  const elf = buildGuest(guests.path, 'walk', ROUNDS);
  const file = (name: string): string => path.join(guests.path, name);
  writeFileSync(file('reverse.py'), gdbScript(file('gdb.sock')));
  writeFileSync(file('snapshot.qcow2'), emptyDisk(2 ** 30));
  const command = (mode: string): string[] => [
    '-M', 'virt', '-m', '128', '-bios', elf, '-display', 'none', '-monitor', 'none', '-serial', 'none', '-net', 'none',
    '-icount', `shift=0,rr=${mode},rrfile=${file('recording')},rrsnapshot=init`, '-drive', `file=${file('snapshot.qcow2')},if=none,id=rr`,
  ];
  if (spawnSync(qemu, command('record'), { timeout: SESSION_MS_MAX }).status !== 0) return [unmeasured('QEMU does not record')];
  const replay = spawn(qemu, [...command('replay'), '-gdb', `unix:${file('gdb.sock')},server=on,wait=off`, '-S'], { stdio: 'ignore' });
  try {
    for (let waitedMs = 0; !existsSync(file('gdb.sock')) && waitedMs < START_MS_MAX; waitedMs += 50) await sleep(50);
    const { stdout } = spawnSync(findTool(tools.gdb) ?? '', ['-q', '-batch', '-nx', '-x', file('reverse.py'), elf], { encoding: 'utf8', timeout: SESSION_MS_MAX });
    return rowsOf(stdout);
  } finally {
    replay.kill('SIGKILL');
  }
}

/** An empty disk image, which QEMU keeps its snapshot in (docs/interop/qcow2.txt, version 2): header, reference counts, L1 table. */
function emptyDisk(sizeBytes: number): Uint8Array {
  const clusterBits = 16;
  const cluster = 2 ** clusterBits;
  const image = new DataView(new ArrayBuffer(4 * cluster));
  const [countTable, countBlock, l1Table] = [cluster, 2 * cluster, 3 * cluster] as const;
  image.setUint32(0, 0x514649fb);
  image.setUint32(4, 2);
  image.setUint32(20, clusterBits);
  image.setBigUint64(24, BigInt(sizeBytes));
  image.setUint32(36, Math.ceil(sizeBytes / ((cluster / 8) * cluster)));
  image.setBigUint64(40, BigInt(l1Table));
  image.setBigUint64(48, BigInt(countTable));
  image.setUint32(56, 1);
  image.setBigUint64(countTable, BigInt(countBlock));
  for (let used = 0; used < 4; used++) image.setUint16(countBlock + 2 * used, 1);
  return new Uint8Array(image.buffer);
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
