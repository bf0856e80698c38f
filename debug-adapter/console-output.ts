/**
 * Guest console output on its way to the client: gathered for a moment, and no more at a time than a client can draw, so
 * that a chatty guest neither floods the connection nor freezes the terminal. The guest waits for what is not out yet.
 */
import type { EmitEvent } from './debuggee.ts';
import type { ConsoleOutputBody } from './protocol.ts';

const GATHER_MS = 20;
/** In one event: 1.6 MB a second. */
const PIECE_BYTES_MAX = 32 * 1024;
const WAITING_BYTES_MAX = 256 * 1024;

export class ConsoleOutput {
  private readonly emit: EmitEvent;
  /** The client shows the console itself (`chronovisor/console`): the debug console is for what is said about the guest. */
  private readonly hasTerminal: boolean;
  private readonly decoder = new TextDecoder();
  private waiting = Buffer.alloc(4096);
  private size = 0;
  private position = 0;
  private timer: NodeJS.Timeout | undefined;
  private waiters: (() => void)[] = [];

  constructor(emit: EmitEvent, hasTerminal: boolean) {
    this.emit = emit;
    this.hasTerminal = hasTerminal;
  }

  add(bytes: Uint8Array, position: number): void {
    if (this.size + bytes.length > this.waiting.length) this.waiting = Buffer.concat([this.waiting], 2 * (this.size + bytes.length));
    this.waiting.set(bytes, this.size);
    this.size += bytes.length;
    this.position = position;
    this.timer ??= setTimeout(() => { this.sendPiece(); }, GATHER_MS);
  }

  /** Until when the guest waits, if so much was printed that it has to. */
  gate(): Promise<void> | undefined {
    if (this.size <= WAITING_BYTES_MAX) return undefined;
    return new Promise((resolve) => { this.waiters.push(resolve); });
  }

  /** Sends all that is gathered: before a stop is told, so that the console shows everything up to it. */
  flush(): void {
    while (this.size > 0) this.sendPiece();
  }

  private sendPiece(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    const bytes = Buffer.from(this.waiting.subarray(0, Math.min(this.size, PIECE_BYTES_MAX)));
    this.waiting.copyWithin(0, bytes.length, this.size);
    this.size -= bytes.length;
    if (this.size > 0) this.timer = setTimeout(() => { this.sendPiece(); }, GATHER_MS);
    else for (const goOn of this.waiters.splice(0)) goOn();
    const body: ConsoleOutputBody = { base64: bytes.toString('base64'), position: this.position };
    this.emit('chronovisor/console', body);
    if (!this.hasTerminal) this.emit('output', { category: 'stdout', output: this.decoder.decode(bytes, { stream: true }).replaceAll('\r', '') });
  }
}
