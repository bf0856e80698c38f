/** Command lines in guests, here and in QEMU: types commands, and waits for what the guest prints. */
import assert from 'node:assert/strict';
import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { NO_CONDITIONS, type Session, type SessionStop } from '../../emulator/index.ts';
import { findTool, tools } from '../tools.ts';

const INSTRUCTIONS_MAX = 20_000_000_000;
const QEMU_LIMIT_MS = 150_000;

export abstract class Shell {
  readonly #prompt: string;
  #text = '';

  /** `prompt`: what the guest prints last when it waits for a command. */
  constructor(prompt: string) {
    this.#prompt = prompt;
  }

  /** Types it. */
  abstract send(text: string): void;
  /** Lets the guest run until `done` says so, asked whenever it has printed. */
  protected abstract goOn(done: () => boolean): Promise<void>;

  /** What the guest printed since the last command. */
  get text(): string {
    return this.#text;
  }

  protected print(bytes: Uint8Array): void {
    this.#text += Buffer.from(bytes).toString('latin1');
  }

  async waitFor(text: string): Promise<void> {
    await this.goOn(() => this.#text.includes(text));
  }

  async waitForPrompt(): Promise<void> {
    await this.goOn(() => this.#text.endsWith(this.#prompt));
  }

  /** Types a command at the prompt; the lines that are printed, up to the next prompt. */
  async run(command: string): Promise<string> {
    this.#text = '';
    this.send(`${command}\r`);
    await this.waitForPrompt();
    // Behind the echo of the command, before the line of the prompt.
    return this.#text.slice(this.#text.indexOf('\n') + 1, this.#text.lastIndexOf('\n') + 1).replaceAll('\r', '');
  }

  async runAll(commands: readonly string[]): Promise<string[]> {
    const printed: string[] = [];
    for (const command of commands) printed.push(await this.run(command));
    return printed;
  }
}

/** Drives a live session. */
export class SessionShell extends Shell {
  readonly session: Session;
  readonly #pauseAfter: () => number;
  readonly #onPause: () => void;
  #onOutput: (() => void) | undefined;

  /** Calls `onPause` each time when `pauseAfter()` instructions were executed. */
  constructor(session: Session, prompt: string, pauseAfter = () => INSTRUCTIONS_MAX, onPause = () => { /* nothing to do */ }) {
    super(prompt);
    this.session = session;
    this.#pauseAfter = pauseAfter;
    this.#onPause = onPause;
    session.onConsoleOutput((bytes) => {
      this.print(bytes);
      this.#onOutput?.();
    });
  }

  send(text: string): void {
    assert(this.session.consoleInput(Buffer.from(text)), 'the session is live');
  }

  /** Lets the guest run to its end. */
  async powerOff(command: string): Promise<void> {
    this.send(`${command}\r`);
    const stop = await this.session.runForward(NO_CONDITIONS, { until: INSTRUCTIONS_MAX });
    assert.equal(stop.reason, 'power-off', this.text);
  }

  protected async goOn(done: () => boolean): Promise<void> {
    const reached = new AbortController();
    this.#onOutput = () => { if (done()) reached.abort(); };
    const { end } = this.session.timeline(0);
    let stop = await this.#forward(reached.signal);
    while (stop.reason === 'seek' && stop.position < end + INSTRUCTIONS_MAX) {
      this.#onPause();
      if (reached.signal.aborted) break;
      stop = await this.#forward(reached.signal);
    }
    this.#onOutput = undefined;
    assert(done(), `it stopped at ${stop.position} (${stop.reason}):\n${this.text}`);
  }

  #forward(signal: AbortSignal): Promise<SessionStop> {
    return this.session.runForward(NO_CONDITIONS, { until: this.session.timeline(0).end + this.#pauseAfter(), signal });
  }
}

/** QEMU's machine; its console is the standard input and output of the process. */
export class QemuShell extends Shell {
  readonly #process: ChildProcessWithoutNullStreams;
  #errors = '';
  #wake: (() => void) | undefined;
  #closed = false;

  constructor(options: readonly string[], prompt: string) {
    super(prompt);
    const all = ['-M', 'virt', ...options, '-global', 'virtio-mmio.force-legacy=false', '-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-net', 'none', '-no-reboot'];
    this.#process = spawn(findTool(tools.qemu) ?? '', all, { timeout: QEMU_LIMIT_MS, killSignal: 'SIGKILL' });
    this.#process.stdout.on('data', (chunk: Buffer) => {
      this.print(chunk);
      this.#wake?.();
    });
    this.#process.stderr.on('data', (chunk: Buffer) => { this.#errors += chunk.toString(); });
    // It may end while something is typed.
    this.#process.stdin.on('error', () => { /* told where the output ends */ });
    this.#process.on('close', () => {
      this.#closed = true;
      this.#wake?.();
    });
  }

  send(text: string): void {
    this.#process.stdin.write(text);
  }

  close(): void {
    this.#process.kill('SIGKILL');
  }

  protected async goOn(done: () => boolean): Promise<void> {
    while (!done() && !this.#closed) await new Promise<void>((resolve) => { this.#wake = resolve; });
    this.#wake = undefined;
    assert(done(), `QEMU ended: ${this.#errors}\n${this.text}`);
  }
}

/**
 * QEMU's options for time that is counted in instructions there too: what is printed does not depend on how busy this computer
 * is. Not with a disk and interrupts: while the host reads, the guest's time races on.
 */
export const COUNTED_TIME = ['-icount', 'shift=0,sleep=off'] as const;

/** QEMU's options for a disk, the one with this number. It writes to the image. */
export function qemuDisk(image: string, number = 0): string[] {
  return ['-drive', `file=${image},format=raw,if=none,id=disk${number}`, '-device', `virtio-blk-device,drive=disk${number}`];
}
