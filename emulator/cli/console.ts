/** The user's terminal as the guest's console: raw keys in, bytes out, Ctrl-A x to leave (as in QEMU). */
import type { Session } from '../index.ts';

const CONTROL_A = 1;

export interface ConsoleOptions {
  /** The user asked to leave, or nobody reads the output any more. */
  readonly onLeave: () => void;
}

/** Wires standard input and output to the session; returns what undoes it. */
export function attachConsole(session: Session, { onLeave }: ConsoleOptions): () => void {
  const flush = printOutput(session);
  const { stdin, stdout } = process;
  const onError = (): void => { onLeave(); };
  stdout.on('error', onError);
  const raw = stdin.isTTY;
  let escape = false;
  const onData = (chunk: Buffer): void => {
    const bytes: number[] = [];
    for (const byte of chunk) {
      if (!raw) bytes.push(byte);
      else if (escape) {
        escape = false;
        if (byte === 'x'.charCodeAt(0)) onLeave();
        else bytes.push(byte);
      } else if (byte === CONTROL_A) escape = true;
      else bytes.push(byte);
    }
    if (bytes.length > 0) session.consoleInput(Uint8Array.from(bytes));
  };
  if (raw) stdin.setRawMode(true);
  stdin.on('data', onData);
  return () => {
    flush();
    stdin.off('data', onData);
    if (raw) stdin.setRawMode(false);
    stdin.pause();
  };
}

/** Prints what the guest prints, as much at a time as it printed between two pauses of the machine; returns what prints the rest at once. */
export function printOutput(session: Session): () => void {
  let waiting: number[] = [];
  const flush = (): void => {
    if (waiting.length > 0) process.stdout.write(Uint8Array.from(waiting));
    waiting = [];
  };
  session.onConsoleOutput((bytes) => {
    if (waiting.length === 0) setImmediate(flush);
    waiting.push(...bytes);
  });
  return flush;
}
