/** The user's terminal as the guest's console: raw keys in, bytes out, commands behind Ctrl-A (as with QEMU's -serial mon:stdio). */
import type { Session } from '../index.ts';
import { CONSOLE_HELP, EscapeKeys, type ConsoleCommand } from './escape-keys.ts';
import { GuestOutput, neverBlock } from './guest-output.ts';

/** Input that waits for the guest; beyond it, no more is read. From a terminal it is a paste, behind which Ctrl-A x must be seen. */
const WAITING_PIPE_BYTES_MAX = 64 * 1024;
const WAITING_TERMINAL_BYTES_MAX = 16 * 1024 * 1024;
const LOOK_AGAIN_MS = 10;

export interface ConsoleOptions {
  /** The user asked to leave. */
  readonly onLeave: () => void;
  /** What Ctrl-A i says. */
  readonly information: () => string;
}

/** Prints what the guest prints; returns what prints the rest at once. */
export function printOutput(session: Session): () => void {
  const output = new GuestOutput(session, process.stdout);
  return () => { output.flush(); };
}

/** Standard input and output as a session's console, until `detach`. */
export class TerminalConsole {
  readonly #session: Session;
  readonly #options: ConsoleOptions;
  readonly #output: GuestOutput;
  /** Keys come one by one, and control keys are the guest's. */
  readonly #raw = process.stdin.isTTY;
  readonly #keys: EscapeKeys;
  #resume: NodeJS.Timeout | undefined;
  readonly #onData = (chunk: Buffer): void => {
    if (this.#raw) this.#keys.take(chunk);
    else this.#type(chunk);
  };
  /** The terminal is gone; that of the output tells it in main.ts. */
  readonly #onError = (): void => { process.kill(process.pid, 'SIGHUP'); };
  readonly #onResize = (): void => { this.#tellSize(); };
  /** A shell that lets a stopped process go on has put the terminal back into its own mode. */
  readonly #onContinue = (): void => {
    process.stdin.setRawMode(false);
    process.stdin.setRawMode(true);
  };

  constructor(session: Session, options: ConsoleOptions) {
    this.#session = session;
    this.#options = options;
    const { stdin, stdout } = process;
    this.#output = new GuestOutput(session, stdout);
    neverBlock(process.stderr);
    this.#keys = new EscapeKeys((bytes) => { this.#type(bytes); }, (command) => { this.#obey(command); });
    stdin.on('error', this.#onError);
    stdin.on('data', this.#onData);
    if (this.#raw) {
      stdin.setRawMode(true);
      process.on('SIGCONT', this.#onContinue);
    }
    stdout.on('resize', this.#onResize);
  }

  /** Nobody waits for the output any more: the session is to end. */
  leave(): void {
    this.#output.release();
  }

  /** Puts the terminal back as it was, and waits for the last output: false if nobody takes it. */
  async detach(): Promise<boolean> {
    const { stdin, stdout } = process;
    clearInterval(this.#resume);
    stdin.off('data', this.#onData);
    stdout.off('resize', this.#onResize);
    stdin.pause();
    if (this.#raw) {
      process.off('SIGCONT', this.#onContinue);
      stdin.setRawMode(false);
    }
    return this.#output.finish();
  }

  #type(bytes: Uint8Array): void {
    this.#session.consoleInput(bytes);
    const most = this.#raw ? WAITING_TERMINAL_BYTES_MAX : WAITING_PIPE_BYTES_MAX;
    if (this.#session.consoleInputWaiting < most || this.#resume !== undefined) return;
    process.stdin.pause();
    this.#resume = setInterval(() => {
      if (this.#session.consoleInputWaiting >= most / 2) return;
      clearInterval(this.#resume);
      this.#resume = undefined;
      process.stdin.resume();
    }, LOOK_AGAIN_MS);
  }

  #obey(command: ConsoleCommand): void {
    switch (command) {
      case 'leave':
        this.#options.onLeave();
        break;
      case 'help':
        this.#say(CONSOLE_HELP);
        break;
      case 'information':
        this.#say(this.#options.information());
        break;
      case 'size': {
        const { columns, rows } = process.stdout;
        // A space in front keeps it out of the history of most shells.
        this.#type(Buffer.from(` stty rows ${rows} cols ${columns}\r`));
        break;
      }
    }
  }

  #say(text: string): void {
    process.stderr.write(`\n${text}\n`);
  }

  #tellSize(): void {
    const { columns, rows } = process.stdout;
    this.#session.terminalSize({ columns, rows });
  }
}
