/** Start and memory of the command line as it is shipped: bundled, in plain Node. */
import { spawnSync } from 'node:child_process';
import { findTool, tools } from '../tools.ts';
import { bundle, child } from './children.ts';
import { qemuProgram } from './qemu.ts';
import { median } from './report.ts';

export interface Footprint {
  /** Wall-clock ms of a process that executes one instruction, and of one that does nothing. */
  readonly startMs: number;
  readonly nodeMs: number;
  /** QEMU on a guest that powers off at once; undefined: not installed. */
  readonly qemuMs: number | undefined;
  /** Of a guest of 2 GiB that touches some of them, when it was built: highest resident memory, and frames of 4 KiB in use. */
  readonly residentMiB: number | undefined;
  readonly framesUsed: number | undefined;
  readonly nodeMiB: number;
}

function wallMs(command: string, args: readonly string[], repetitions: number): number {
  const times: number[] = [];
  for (let repetition = 0; repetition < repetitions; repetition++) {
    const begin = performance.now();
    const { status, stderr } = spawnSync(command, args, { encoding: 'utf8', input: '' });
    if (status !== 0) throw new Error(`${command} ${args.join(' ')} exits with ${String(status)}: ${stderr}`);
    times.push(performance.now() - begin);
  }
  return median(times);
}

/** Highest resident memory of a Node process, in MiB. */
function residentMiB(args: readonly string[]): number {
  const report = 'data:text/javascript,process.on("exit",()=>{process.stderr.write("\\nresident "+process.resourceUsage().maxRSS)})';
  const { status, stderr } = spawnSync(process.execPath, ['--import', report, ...args], { encoding: 'utf8', input: '' });
  if (status !== 0) throw new Error(`${args.join(' ')} exits with ${String(status)}: ${stderr}`);
  return Number(/resident (\d+)$/.exec(stderr)?.[1]) / 1024;
}

/** `elf` executes anything; `touching` writes 100 MiB and stops; `empty` powers off at once. */
export async function measureFootprint(folder: string, guests: { elf: string; touching: string | undefined; empty: string | undefined }, repetitions: number): Promise<Footprint> {
  const program = await bundle(folder, 'emulator/cli/main.ts');
  const qemu = findTool(tools.qemu);
  const { elf, touching, empty } = guests;
  return {
    startMs: wallMs(process.execPath, [program, 'run', elf, '--until', '1'], repetitions),
    nodeMs: wallMs(process.execPath, ['-e', '0'], repetitions),
    qemuMs: qemu === undefined || empty === undefined ? undefined
      : wallMs(qemu, qemuProgram(empty, 'icount'), repetitions),
    residentMiB: touching === undefined ? undefined : residentMiB([program, 'run', touching, '--memory', '2G']),
    framesUsed: touching === undefined ? undefined : child('run', { mode: 'run', elf: touching, file: '', memorySizeBytes: 2 ** 31 }).framesUsed,
    nodeMiB: residentMiB(['-e', '0']),
  };
}
