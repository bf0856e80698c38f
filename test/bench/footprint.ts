/** Start and memory of the command line as it is shipped: bundled, in plain Node. */
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { build } from 'esbuild';
import { findTool, tools } from '../tools.ts';
import { median } from './report.ts';

export interface Footprint {
  /** Wall-clock ms of a process that executes one instruction, and of one that does nothing. */
  readonly startMs: number;
  readonly nodeMs: number;
  /** QEMU on a guest that powers off at once; undefined: not installed. */
  readonly qemuMs: number | undefined;
  readonly residentMiB: number;
  readonly nodeMiB: number;
}

const repository = path.resolve(import.meta.dirname, '../..');

async function bundle(folder: string): Promise<string> {
  const outfile = path.join(folder, 'cli.mjs');
  await build({
    absWorkingDir: repository, entryPoints: ['emulator/cli/main.ts'], outfile, bundle: true, platform: 'node', target: 'node20', format: 'esm', logLevel: 'warning',
    banner: { js: "import { createRequire as createRequireForBundle } from 'node:module';\nconst require = createRequireForBundle(import.meta.url);" },
  });
  return outfile;
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
  const cli = await bundle(folder);
  const qemu = findTool(tools.qemu);
  const { elf, touching, empty } = guests;
  return {
    startMs: wallMs(process.execPath, [cli, 'run', elf, '--until', '1'], repetitions),
    nodeMs: wallMs(process.execPath, ['-e', '0'], repetitions),
    qemuMs: qemu === undefined || empty === undefined ? undefined
      : wallMs(qemu, ['-M', 'virt', '-m', '128', '-bios', empty, '-display', 'none', '-monitor', 'none', '-serial', 'none', '-icount', 'shift=0,sleep=off'], repetitions),
    residentMiB: touching === undefined ? Number.NaN : residentMiB([cli, 'run', touching, '--memory', '2G']),
    nodeMiB: residentMiB(['-e', '0']),
  };
}
