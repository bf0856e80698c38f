/** Guest console output on its way to the client: gathered for a moment, so that a chatty guest does not flood the connection. */
import type { EmitEvent } from './debuggee.ts';
import type { ConsoleOutputBody } from './protocol.ts';

const GATHER_MS = 20;
const GATHER_MAX_BYTES = 16 * 1024;

export class ConsoleOutput {
  private readonly emit: EmitEvent;
  /** The client shows the console itself (`chronovisor/console`): the debug console is for what is said about the guest. */
  private readonly hasTerminal: boolean;
  private readonly decoder = new TextDecoder();
  private bytes: number[] = [];
  private position = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(emit: EmitEvent, hasTerminal: boolean) {
    this.emit = emit;
    this.hasTerminal = hasTerminal;
  }

  add(bytes: Uint8Array, position: number): void {
    this.bytes.push(...bytes);
    this.position = position;
    if (this.bytes.length >= GATHER_MAX_BYTES) this.flush();
    else this.timer ??= setTimeout(() => { this.flush(); }, GATHER_MS);
  }

  /** Sends what is gathered: before a stop is told, so that the console shows everything up to it. */
  flush(): void {
    clearTimeout(this.timer);
    this.timer = undefined;
    if (this.bytes.length === 0) return;
    const bytes = Buffer.from(this.bytes);
    this.bytes = [];
    const body: ConsoleOutputBody = { base64: bytes.toString('base64'), position: this.position };
    this.emit('chronovisor/console', body);
    if (!this.hasTerminal) this.emit('output', { category: 'stdout', output: this.decoder.decode(bytes, { stream: true }).replaceAll('\r', '') });
  }
}
