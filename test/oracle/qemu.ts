/** A test program in QEMU. */
import { spawn } from 'node:child_process';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import path from 'node:path';
import { findTool, tools } from '../tools.ts';

/** Everything that the machine here does not have is off, so that its encodings and CSRs trap there too. */
const CPU = [
  'rv64', ...['zba', 'zbb', 'zbc', 'zbs', 'h', 'v', 'sstc', 'svinval', 'svnapot', 'svpbmt', 'Zfh', 'Zfhmin', 'sscofpmf'].map((name) => `${name}=off`),
  'pmu-num=29',
  // Without the advanced interrupt architecture QEMU 7.2 serves the lowest number first; with it, in the manual's order (privileged ISA, 3.1.9).
  'x-smaia=on', 'x-ssaia=on',
].join(',');

/** Instructions take 1 ns each, and waiting takes no time: what the machine here does. */
const OPTIONS = ['-M', 'virt', '-cpu', CPU, '-bios', 'none', '-display', 'none', '-monitor', 'none', '-icount', 'shift=0,sleep=off'];

/** Programs take about a second. */
const TIMEOUT_MS = 60_000;

/** What the program sends to the console, and whether it came to its end. */
export interface QemuOutput {
  readonly bytes: Uint8Array;
  readonly hasEnded: boolean;
}

export async function runInQemu(elf: string): Promise<QemuOutput> {
  const output = path.join(path.dirname(elf), 'qemu.out');
  rmSync(output, { force: true });
  const hasEnded = await new Promise<boolean>((resolve, reject) => {
    const qemu = spawn(findTool(tools.qemu) ?? '', [...OPTIONS, '-serial', `file:${output}`, '-kernel', elf], { stdio: ['ignore', 'ignore', 'pipe'], timeout: TIMEOUT_MS, killSignal: 'SIGKILL' });
    let errors = '';
    qemu.stderr.on('data', (data: Buffer) => { errors += data.toString(); });
    qemu.on('error', reject);
    qemu.on('close', (_code, signal) => {
      if (errors === '') resolve(signal === null);
      else reject(new Error(`QEMU says: ${errors}`));
    });
  });
  return { bytes: existsSync(output) ? new Uint8Array(readFileSync(output)) : new Uint8Array(), hasEnded };
}
