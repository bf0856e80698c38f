/** The command line on a real terminal, as a person sits before it. */
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { once } from 'node:events';
import path from 'node:path';
import { onPath } from '../tools.ts';

const PYTHON = onPath('python3');
const BRIDGE = path.join(import.meta.dirname, 'terminal-bridge.py');
const CURSOR_QUERY = '\u001b[6n';
/** Line 24, column 16: behind a prompt. */
const CURSOR_ANSWER = '\u001b[24;16R';

/** For `skip`. */
export const noTerminal: string | false = process.platform === 'win32' ? 'there are no pseudo terminals on Windows'
  : PYTHON === undefined ? 'python3, which makes the pseudo terminal, is not installed; on Debian: apt-get install python3' : false;

export interface TerminalEnd {
  readonly code: number | null;
  /** Number of the signal that ended the program. */
  readonly signal: number | null;
  /** The terminal has the modes that it had before the program. */
  readonly restored: boolean;
}

export class Terminal {
  readonly #bridge: ChildProcessWithoutNullStreams;
  #output = '';
  #reports = '';
  /** What was waited for is before this. */
  #seen = 0;
  #answered = 0;
  readonly #ended: Promise<unknown>;

  constructor(command: readonly string[], { rows = 24, columns = 80 } = {}) {
    this.#bridge = spawn(PYTHON ?? '', [BRIDGE, String(rows), String(columns), ...command], { stdio: 'pipe' });
    this.#bridge.stdout.setEncoding('latin1').on('data', (text: string) => {
      this.#output += text;
      this.#answer();
    });
    this.#bridge.stderr.setEncoding('utf8').on('data', (text: string) => { this.#reports += text; });
    this.#bridge.stdin.on('error', () => undefined);
    this.#ended = once(this.#bridge, 'close');
  }

  /** Everything that the terminal was given so far, a character a byte. */
  get output(): string {
    return this.#output;
  }

  /** Process id of the program. */
  async pid(): Promise<number> {
    for (;;) {
      const pid = /"pid": (\d+)/.exec(this.#reports)?.[1];
      if (pid !== undefined) return Number(pid);
      await this.#news();
    }
  }

  type(text: string | Uint8Array): void {
    this.#bridge.stdin.write(text);
  }

  /** Waits for a text behind the one that was waited for last; returns what came between. */
  async shows(expected: string, limitMs = 30_000): Promise<string> {
    for (const endMs = Date.now() + limitMs; ;) {
      const at = this.#output.indexOf(expected, this.#seen);
      if (at >= 0) {
        const between = this.#output.slice(this.#seen, at);
        this.#seen = at + expected.length;
        return between;
      }
      if (Date.now() > endMs || this.#bridge.exitCode !== null) throw new Error(`the terminal does not show ${JSON.stringify(expected)} but ${JSON.stringify(this.#output.slice(this.#seen).slice(-1000))}`);
      await this.#news();
    }
  }

  /** The terminal takes no more output, or does again. */
  hold(held: boolean): void {
    this.#bridge.kill(held ? 'SIGUSR1' : 'SIGUSR2');
  }

  /** The terminal becomes half as high and wide. */
  shrink(): void {
    this.#bridge.kill('SIGWINCH');
  }

  /** The terminal goes away, as when its window is closed. */
  hangUp(): void {
    this.#bridge.kill('SIGHUP');
  }

  /** Waits until the program has ended. */
  async end(): Promise<TerminalEnd> {
    await this.#ended;
    const last = this.#reports.trim().split('\n').at(-1) ?? '';
    return JSON.parse(last) as TerminalEnd;
  }

  /** Ends everything that is left. */
  async kill(): Promise<void> {
    const pid = await this.pid().catch(() => undefined);
    this.#bridge.kill('SIGKILL');
    try {
      if (pid !== undefined) process.kill(pid, 'SIGKILL');
    } catch {
      // gone already
    }
  }

  #news(): Promise<void> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, 20);
      this.#bridge.stdout.once('data', () => {
        clearTimeout(timer);
        resolve();
      });
    });
  }

  /** A terminal tells where its cursor is when it is asked. */
  #answer(): void {
    for (let at = this.#output.indexOf(CURSOR_QUERY, this.#answered); at >= 0; at = this.#output.indexOf(CURSOR_QUERY, this.#answered)) {
      this.#answered = at + CURSOR_QUERY.length;
      this.type(CURSOR_ANSWER);
    }
  }
}
