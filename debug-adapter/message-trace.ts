/** What the client and the adapter say to each other, in a file: the launch attribute `trace`, for reports of defects. */
import { closeSync, openSync, writeSync } from 'node:fs';
import { reason } from '../emulator/host/node-host.ts';
import { UserError } from '../emulator/user-error.ts';

/** Of one message: memory and disassembly are long. */
const MESSAGE_MAX = 4000;
const FILE_BYTES_MAX = 256 * 2 ** 20;
/** Messages before it is known whether to write any: `initialize` and its answer, mostly. */
const EARLY_MAX = 100;

export class MessageTrace {
  /** Undefined: nobody wants them any more. */
  #early: string[] | undefined = [];
  #file: number | undefined;
  #sizeBytes = 0;

  /** A file that is there grows. Throws a UserError if it cannot be written; undefined: nothing is to be traced. */
  begin(path: string | undefined): void {
    const early = this.#early ?? [];
    this.end();
    if (path !== undefined) {
      try {
        this.#file = openSync(path, 'a');
      } catch (error) {
        throw new UserError(`Cannot write the trace ${path}: ${reason(error)}; choose another file, or remove 'trace'`);
      }
      for (const line of early) this.#write(line);
    }
  }

  /** `message`: as it goes over the connection. Failures to write end the trace, not the session. */
  add(sender: 'client' | 'adapter', message: object): void {
    if (this.#file === undefined && this.#early === undefined) return;
    const text = JSON.stringify(message);
    const line = `${new Date().toISOString()} ${sender} ${text.length > MESSAGE_MAX ? `${text.slice(0, MESSAGE_MAX)}…` : text}\n`;
    if (this.#file !== undefined) this.#write(line);
    else if (this.#early !== undefined && this.#early.length < EARLY_MAX) this.#early.push(line);
  }

  end(): void {
    if (this.#file !== undefined) closeSync(this.#file);
    this.#file = undefined;
    this.#early = undefined;
  }

  #write(line: string): void {
    if (this.#file === undefined) return;
    try {
      this.#sizeBytes += writeSync(this.#file, line);
      if (this.#sizeBytes < FILE_BYTES_MAX) return;
      writeSync(this.#file, `The trace ends here: it has ${FILE_BYTES_MAX >> 20} MiB.\n`);
    } catch {
      // The disk is full, say: there is nobody to tell.
    }
    this.end();
  }
}
