/** Frames messages as DAP does, over the streams of a process or a socket. */
import type { Readable, Writable } from 'node:stream';

export type Message = Readonly<Record<string, unknown>>;

export class Wire {
  /** Everything that came. */
  readonly messages: Message[] = [];
  private readonly output: Writable;
  private text = Buffer.alloc(0);
  private wake: () => void = () => undefined;
  private seq = 0;

  constructor(input: Readable, output: Writable) {
    this.output = output;
    input.on('data', (chunk: Buffer) => { this.receive(chunk); });
  }

  async request(command: string, args: unknown = {}): Promise<Message> {
    const seq = ++this.seq;
    const body = JSON.stringify({ seq, type: 'request', command, arguments: args });
    this.output.write(`Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`);
    for (;;) {
      const found = this.messages.find((message) => message['type'] === 'response' && message['request_seq'] === seq);
      if (found !== undefined) return found;
      await new Promise<void>((resolve) => { this.wake = resolve; });
    }
  }

  private receive(chunk: Buffer): void {
    this.text = Buffer.concat([this.text, chunk]);
    for (;;) {
      const header = /^Content-Length: (\d+)\r\n\r\n/.exec(this.text.toString('latin1'));
      if (header === null || this.text.length < header[0].length + Number(header[1])) break;
      const end = header[0].length + Number(header[1]);
      this.messages.push(JSON.parse(this.text.toString('utf8', header[0].length, end)) as Message);
      this.text = this.text.subarray(end);
    }
    this.wake();
  }
}
