/** The command line and the debug adapter as users start them: bundles, made once per test file, that start in a fraction of the time of the sources. */
import { spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { text } from 'node:stream/consumers';
import type { Readable, Writable } from 'node:stream';
import { buildSync, type BuildOptions } from 'esbuild';

const repository = path.resolve(import.meta.dirname, '../..');
export const sampleFile = path.join(repository, 'guests/heisenbug/heisenbug.elf');

const common: BuildOptions = { absWorkingDir: repository, bundle: true, platform: 'node', target: 'node20', logLevel: 'warning' };
const requireBanner = "import { createRequire as createRequireForBundle } from 'node:module';\nconst require = createRequireForBundle(import.meta.url);";

type Program = 'cli.mjs' | 'debug-adapter.cjs';
export type Child = ChildProcess & { readonly stdin: Writable; readonly stdout: Readable; readonly stderr: Readable };

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export class Bundles {
  /** Holds the bundles; tests may put their files here, too. */
  readonly folder = mkdtempSync(path.join(tmpdir(), 'chronovisor-cli-'));

  constructor(...programs: readonly Program[]) {
    for (const program of programs) {
      const outfile = path.join(this.folder, program);
      if (program === 'cli.mjs') buildSync({ ...common, format: 'esm', outfile, entryPoints: ['emulator/cli/main.ts'], banner: { js: requireBanner } });
      else buildSync({ ...common, format: 'cjs', outfile, entryPoints: ['debug-adapter/main.ts'], define: { 'import.meta.dirname': '__dirname' } });
    }
  }

  start(program: Program, ...args: readonly string[]): Child {
    return spawn(process.execPath, [path.join(this.folder, program), ...args], { cwd: this.folder, stdio: ['pipe', 'pipe', 'pipe'] });
  }

  /** The same with a limit on the size of the files that it writes, which it meets as it would meet a disk that is full. */
  startLimited(fileSizeKibibytes: number, program: Program, ...args: readonly string[]): Child {
    const script = `trap '' XFSZ; ulimit -f ${fileSizeKibibytes}; exec "$@"`;
    return spawn('bash', ['-c', script, 'bash', process.execPath, path.join(this.folder, program), ...args], { cwd: this.folder, stdio: ['pipe', 'pipe', 'pipe'] });
  }

  /** Runs the command line to its end, with nothing typed. */
  async run(...args: readonly string[]): Promise<Ended> {
    const child = this.start('cli.mjs', ...args);
    child.stdin.end();
    return ended(child);
  }

  remove(): void {
    rmSync(this.folder, { recursive: true, force: true });
  }
}

export async function ended(child: Child): Promise<Ended> {
  const code = new Promise<number | null>((resolve) => { child.once('close', resolve); });
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)]);
  return { code: await code, stdout, stderr };
}
