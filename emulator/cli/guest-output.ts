/** What the guest prints, on its way to standard output, which may take it slowly or not at all for a while. */
import type { Session } from '../index.ts';

/** The guest waits while more than this is on its way. A slice of 10 ms may add to it. */
const PENDING_BYTES_MAX = 256 * 1024;
/** How long what is left is waited for at the end. */
const LAST_WAIT_MS = 2000;

/** What there is of a stream, beside its type, that says whether a write may block the process. */
interface WithHandle {
  readonly _handle?: { setBlocking?(blocking: boolean): void } | null;
}

/** A terminal that was told to hold (or a reader that sleeps) would block the whole process, keys and signals included. */
export function neverBlock(stream: NodeJS.WriteStream): void {
  (stream as WithHandle)._handle?.setBlocking?.(false);
}

export class GuestOutput {
  readonly #stream: NodeJS.WriteStream;
  readonly #filter: (bytes: Uint8Array) => Uint8Array;
  #gathered: Uint8Array = new Uint8Array(4096);
  #size = 0;
  #scheduled = false;
  #released = false;
  #waiters: (() => void)[] = [];
  readonly #onDrain = (): void => { this.#wakeAll(); };

  /** `filter` sees every byte once, in pieces. */
  constructor(session: Session, stream: NodeJS.WriteStream, filter: (bytes: Uint8Array) => Uint8Array = (bytes) => bytes) {
    this.#stream = stream;
    this.#filter = filter;
    neverBlock(stream);
    stream.on('drain', this.#onDrain);
    stream.on('close', this.#onDrain);
    session.onConsoleOutput((bytes) => { this.#add(bytes); });
    session.outputGate = () => this.#gate();
  }

  /** Nobody waits for the reader any more. */
  release(): void {
    this.#released = true;
    this.#wakeAll();
  }

  /** Writes what was gathered, and waits until it is out, but not for ever: false if some of it is not. */
  async finish(): Promise<boolean> {
    this.flush();
    this.#stream.off('drain', this.#onDrain);
    this.#stream.off('close', this.#onDrain);
    if (this.#stream.writableLength === 0 || !this.#stream.writable) return true;
    return new Promise((resolve) => {
      const timer = setTimeout(() => { resolve(false); }, LAST_WAIT_MS);
      this.#stream.write('', () => {
        clearTimeout(timer);
        resolve(true);
      });
    });
  }

  #add(bytes: Uint8Array): void {
    if (this.#size + bytes.length > this.#gathered.length) {
      const larger = new Uint8Array(2 * (this.#size + bytes.length));
      larger.set(this.#gathered.subarray(0, this.#size));
      this.#gathered = larger;
    }
    this.#gathered.set(bytes, this.#size);
    this.#size += bytes.length;
    if (this.#scheduled) return;
    // As much at a time as the guest prints between two pauses of the machine.
    this.#scheduled = true;
    setImmediate(() => { this.flush(); });
  }

  /** Writes what was gathered. */
  flush(): void {
    this.#scheduled = false;
    if (this.#size === 0) return;
    const bytes = this.#filter(this.#gathered.slice(0, this.#size));
    this.#size = 0;
    if (bytes.length > 0 && this.#stream.writable) this.#stream.write(bytes);
  }

  #gate(): Promise<void> | undefined {
    if (this.#released || !this.#stream.writable || this.#stream.writableLength + this.#size <= PENDING_BYTES_MAX) return undefined;
    this.flush();
    return new Promise((resolve) => { this.#waiters.push(resolve); });
  }

  #wakeAll(): void {
    for (const wake of this.#waiters.splice(0)) wake();
  }
}
