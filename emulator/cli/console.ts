/** The user's terminal as the guest's console: raw keys in, bytes out, Ctrl-A x to leave (as in QEMU). */
import type { Session } from '../index.ts';

const CONTROL_A = 1;

export interface ConsoleOptions {
  /** The user asked to leave. */
  readonly onLeave: () => void;
}

/** Wires standard input and output to the session; returns what undoes it. */
export function attachConsole(session: Session, { onLeave }: ConsoleOptions): () => void {
  session.onConsoleOutput((bytes) => process.stdout.write(bytes));
  const { stdin } = process;
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
    stdin.off('data', onData);
    if (raw) stdin.setRawMode(false);
    stdin.pause();
  };
}
