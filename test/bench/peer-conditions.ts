/** Conditional breakpoints with the peer: GDB asks at each arrival, over its remote protocol, while QEMU stands still. */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { findTool, tools } from '../tools.ts';
import { qemuCommand, qemuProgram } from './qemu.ts';

const START_MS_MAX = 10_000;
const SESSION_MS_MAX = 300_000;

/** Runs to the first call, then to the one after so many evaluations of the condition; prints the seconds. */
function gdbScript(socket: string, evaluations: number): string {
  return `
import gdb, time
gdb.execute('set pagination off'); gdb.execute('set confirm off')
gdb.execute('target remote ${socket}')
gdb.execute('tbreak *tick'); gdb.execute('continue', to_string=True)
gdb.execute('break *tick if $a0 == ${evaluations}')
begin = time.time(); gdb.execute('continue', to_string=True); print('SECONDS', time.time() - begin, int(gdb.parse_and_eval('$a0')), flush=True)
gdb.execute('kill')
`;
}

/** Evaluations in a second of the clock on the wall; undefined if it cannot be measured. `elf`: of guests/hot.c. */
export async function measurePeerConditions(folder: string, elf: string, evaluations: number): Promise<number | undefined> {
  const socket = path.join(folder, 'conditions.sock');
  const script = path.join(folder, 'conditions.py');
  const command = qemuCommand('icount', [...qemuProgram(elf, 'icount'), '-gdb', `unix:${socket},server=on,wait=off`, '-S']);
  const gdb = findTool(tools.gdb);
  if (command === undefined || gdb === undefined) return undefined;
  writeFileSync(script, gdbScript(socket, evaluations));
  const [program, ...args] = command;
  const qemu = spawn(program, args, { stdio: 'ignore' });
  try {
    for (let waitedMs = 0; !existsSync(socket) && waitedMs < START_MS_MAX; waitedMs += 50) await sleep(50);
    const { stdout } = spawnSync(gdb, ['-q', '-batch', '-nx', '-x', script, elf], { encoding: 'utf8', timeout: SESSION_MS_MAX });
    const [, seconds, reached] = /^SECONDS ([\d.]+) (\d+)/m.exec(stdout) ?? [];
    return seconds === undefined || Number(reached) !== evaluations ? undefined : evaluations / Number(seconds);
  } finally {
    qemu.kill('SIGKILL');
  }
}
