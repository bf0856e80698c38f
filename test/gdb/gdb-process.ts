/** Drives a gdb-multiarch over its machine interface: one command at a time, each with its console output and its error. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { createInterface } from 'node:readline';
import type { Session } from '../../emulator/index.ts';
import { serveGdb, type GdbEndpoint } from '../../emulator/host/gdb-listener.ts';
import { findTool, tools } from '../tools.ts';

const TIMEOUT_MS = 60_000;

export interface GdbAnswer {
  /** What GDB printed, the stop that followed included. */
  readonly text: string;
  /** Undefined when the command was done. */
  readonly error: string | undefined;
}

interface Waiting {
  text: string;
  error: string | undefined;
  running: boolean;
  readonly resolve: (answer: GdbAnswer) => void;
}

/** The text of a C string as the machine interface writes it. */
function unquote(quoted: string): string {
  const bytes = quoted.slice(1, quoted.lastIndexOf('"')).replaceAll(/\\([0-7]{3}|.)/g, (_, escaped: string) => {
    if (escaped.length === 3) return String.fromCharCode(Number.parseInt(escaped, 8));
    return { n: '\n', t: '\t', r: '\r', e: '\u001b' }[escaped] ?? escaped;
  });
  return Buffer.from(bytes, 'latin1').toString();
}

export class Gdb {
  readonly #child: ChildProcessWithoutNullStreams;
  #waiting: Waiting | undefined;
  #ended = false;

  constructor(...files: readonly string[]) {
    const command = findTool(tools.gdb);
    assert.ok(command !== undefined, 'gdb-multiarch is there');
    this.#child = spawn(command, ['-nx', '-q', '--interpreter=mi3', ...files], { env: { ...process.env, LC_ALL: 'C.UTF-8', DEBUGINFOD_URLS: '' } });
    createInterface({ input: this.#child.stdout }).on('line', (line) => { this.#line(line); });
    this.#child.stderr.resume();
    this.#child.once('close', () => {
      this.#ended = true;
      this.#finish('GDB has ended');
    });
  }

  /** A GDB with settings for scripts, connected to a session or to an endpoint. */
  static async on(target: { readonly host: string; readonly port: number }, ...files: readonly string[]): Promise<Gdb> {
    const gdb = new Gdb(...files);
    for (const setting of ['confirm off', 'pagination off', 'width 0', 'height 0', 'tcp connect-timeout 10', 'style enabled off', 'print address on', 'non-stop off']) await gdb.do(`set ${setting}`);
    await gdb.do(`target remote ${target.host}:${target.port}`);
    return gdb;
  }

  /** Runs a CLI command, and waits for the stop if it sets the machine going. */
  command(line: string): Promise<GdbAnswer> {
    assert.ok(this.#waiting === undefined, 'one command at a time');
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => {
        this.#child.kill('SIGKILL');
        reject(new Error(`GDB does not answer to: ${line}; so far: ${this.#waiting?.text ?? ''}`));
      }, TIMEOUT_MS);
      const done = (answer: GdbAnswer): void => {
        clearTimeout(timer);
        resolve(answer);
      };
      this.#waiting = { text: '', error: undefined, running: false, resolve: done };
      if (this.#ended) this.#finish('GDB has ended');
      else this.#child.stdin.write(`${line}\n`);
    });
  }

  /** The output of a command that must not fail. */
  async do(line: string): Promise<string> {
    const { text, error } = await this.command(line);
    assert.equal(error, undefined, `${line}: ${error ?? ''}\n${text}`);
    return text;
  }

  /** Goes to a position of the session, and makes GDB look again. */
  async seek(position: number): Promise<void> {
    await this.do(`monitor seek ${position}`);
    await this.do('maintenance flush register-cache');
    await this.do('maintenance flush dcache');
  }

  /** An expression's value as an integer. */
  async value(expression: string): Promise<bigint> {
    const text = await this.do(`output/x (unsigned long)(${expression})`);
    assert.match(text, /^0x[0-9a-f]+$/, expression);
    return BigInt(text);
  }

  /** As Ctrl-C does. */
  interrupt(): void {
    this.#child.kill('SIGINT');
  }

  /** Ends GDB the hard way, as when its computer fails. */
  async kill(): Promise<void> {
    if (this.#ended) return;
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.kill('SIGKILL');
    await ended;
  }

  async quit(): Promise<void> {
    if (this.#ended) return;
    const ended = new Promise((resolve) => this.#child.once('close', resolve));
    this.#child.stdin.write('quit\n');
    await ended;
  }

  #line(line: string): void {
    const waiting = this.#waiting;
    if (waiting === undefined) return;
    if (/^[~@]"/.test(line)) {
      waiting.text += unquote(line.slice(1));
    } else if (/^&"/.test(line)) {
      // The echo of the command, then warnings and error messages.
      const text = unquote(line.slice(1));
      if (text.startsWith('warning:')) waiting.text += text;
    } else if (line.startsWith('^error')) {
      const message = /msg="((?:[^"\\]|\\.)*)"/.exec(line)?.[1] ?? '';
      this.#finish(unquote(`"${message}"`));
    } else if (line.startsWith('^running')) {
      waiting.running = true;
    } else if (line.startsWith('^done') || line.startsWith('^connected') || line.startsWith('^exit')) {
      if (!waiting.running) this.#finish(undefined);
    } else if (line.startsWith('*stopped')) {
      waiting.text += `${line}\n`;
      if (waiting.running) this.#finish(undefined);
    }
  }

  #finish(error: string | undefined): void {
    const waiting = this.#waiting;
    this.#waiting = undefined;
    waiting?.resolve({ text: waiting.text, error });
  }
}

export interface GdbOnSession {
  readonly gdb: Gdb;
  readonly endpoint: GdbEndpoint;
  readonly close: () => Promise<void>;
}

/** A GDB that drives a session of this process; `files`: what it reads symbols from. */
export async function gdbOnSession(session: Session, ...files: readonly string[]): Promise<GdbOnSession> {
  const endpoint = await serveGdb(session);
  const gdb = await Gdb.on(endpoint, ...files);
  return {
    gdb, endpoint,
    close: async () => {
      await gdb.quit();
      await endpoint.close();
    },
  };
}
