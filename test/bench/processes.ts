/** Costs of other processes: what they took when they wrote something, or until they ended. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { performance } from 'node:perf_hooks';

export interface ProcessCost {
  readonly wallMs: number;
  /** Of all threads, in user and system mode; NaN where the host does not tell. */
  readonly cpuMs: number;
  /** Of the main thread. */
  readonly mainCpuMs: number;
}

export interface WrittenCost extends ProcessCost {
  readonly residentMiB: number;
  /** Everything that it wrote to standard error until its end. */
  readonly errors: string;
}

const WAIT_MS_MAX = 300_000;
/** How often a file that is written to is looked at. */
const POLL_MS = 5;
/** USER_HZ, which is 100 on all Linux that Node runs on: unit of the times in /proc/PID/stat (proc(5)). */
const MS_PER_TICK = 10;
/** Of utime behind the command's name, which may hold blanks (proc(5)). */
const UTIME_FIELD = 11;

function readProc(file: string): string {
  try {
    return readFileSync(`/proc/${file}`, 'utf8');
  } catch {
    return '';
  }
}

/** CPU ms of a process that runs: all threads, and the main one. */
function cpuOf(pid: number): { readonly cpuMs: number; readonly mainCpuMs: number } {
  const stat = readProc(`${pid}/stat`);
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  const cpuMs = (Number(fields[UTIME_FIELD] ?? Number.NaN) + Number(fields[UTIME_FIELD + 1] ?? Number.NaN)) * MS_PER_TICK;
  return { cpuMs, mainCpuMs: Number.parseFloat(readProc(`${pid}/task/${pid}/schedstat`)) / 1e6 };
}

function ended(child: ChildProcess): Promise<void> {
  return child.exitCode !== null || child.signalCode !== null ? Promise.resolve() : new Promise((resolve) => { child.once('exit', () => { resolve(); }); });
}

export interface Writer {
  readonly command: readonly [string, ...string[]];
  /** Where it writes to; standard output by default. */
  readonly file?: string;
  /** How it is told to end afterwards. */
  readonly signal?: NodeJS.Signals;
}

/** What a process took until it wrote `text`. Its standard input stays open and empty. The clock starts before the process does. */
export async function costUntilWritten({ command: [program, ...args], file, signal = 'SIGKILL' }: Writer, text: string): Promise<WrittenCost> {
  const begin = performance.now();
  const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'pipe'] });
  let output = '';
  let errors = '';
  child.stdout.setEncoding('latin1').on('data', (piece: string) => { output += piece; });
  child.stderr.setEncoding('utf8').on('data', (piece: string) => { errors += piece; });
  const limit = setTimeout(() => { child.kill('SIGKILL'); }, WAIT_MS_MAX);
  let polling: NodeJS.Timeout | undefined;
  let isWritten = false;
  try {
    const cost = await new Promise<Omit<WrittenCost, 'errors'>>((resolve, reject) => {
      child.once('error', reject);
      child.once('exit', (code) => { reject(new Error(`${program} ${args.join(' ')} ended with ${String(code)} before it wrote ${JSON.stringify(text)}: ${errors}${output.slice(-1000)}`)); });
      const look = (): void => {
        if (isWritten || !output.includes(text)) return;
        isWritten = true;
        child.stdout.off('data', look);
        const { pid = 0 } = child;
        const wallMs = performance.now() - begin;
        resolve({ wallMs, ...cpuOf(pid), residentMiB: Number(/^VmRSS:\s+(\d+)/m.exec(readProc(`${pid}/status`))?.[1]) / 1024 });
      };
      polling = setInterval(() => {
        if (file === undefined || !existsSync(file)) return;
        output = readFileSync(file, 'latin1');
        look();
      }, POLL_MS);
      child.stdout.on('data', look);
    });
    child.kill(signal);
    await ended(child);
    return { ...cost, errors };
  } finally {
    clearTimeout(limit);
    clearInterval(polling);
    child.kill('SIGKILL');
  }
}

/** What a process took until its end; by the host's accounting of children where there is Python, else wall-clock time alone. */
export function costToEnd([command, ...args]: readonly [string, ...string[]]): ProcessCost {
  const script = 'import resource,subprocess,sys,time;t=time.time();subprocess.run(sys.argv[1:],stdin=subprocess.DEVNULL,stdout=subprocess.DEVNULL);t=time.time()-t;u=resource.getrusage(resource.RUSAGE_CHILDREN);print((u.ru_utime+u.ru_stime)*1000,t*1000)';
  const timed = spawnSync('python3', ['-c', script, command, ...args], { encoding: 'utf8', timeout: WAIT_MS_MAX });
  const [cpuMs = Number.NaN, wallMs = Number.NaN] = (timed.stdout as string | null ?? '').split(' ').map(Number);
  if (Number.isFinite(cpuMs) && Number.isFinite(wallMs)) return { cpuMs, wallMs, mainCpuMs: cpuMs };
  const begin = performance.now();
  spawnSync(command, args, { timeout: WAIT_MS_MAX });
  return { wallMs: performance.now() - begin, cpuMs: Number.NaN, mainCpuMs: Number.NaN };
}

/** Cost of work in this process. */
export async function costOf(work: () => unknown): Promise<ProcessCost> {
  const mainMs = (): number => Number.parseFloat(readProc(`self/task/${process.pid}/schedstat`)) / 1e6;
  const [begin, before, main] = [performance.now(), process.cpuUsage(), mainMs()];
  await work();
  const { user, system } = process.cpuUsage(before);
  const cpuMs = (user + system) / 1000;
  const mainCpuMs = mainMs() - main;
  return { wallMs: performance.now() - begin, cpuMs, mainCpuMs: Number.isNaN(mainCpuMs) ? cpuMs : mainCpuMs };
}
