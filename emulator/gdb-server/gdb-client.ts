/** One connected GDB: takes its packets in order, answers each of them once, and lets it interrupt what runs. */
import { UserError } from '../user-error.ts';
import type { Session, SessionStop } from '../session/session-types.ts';
import { NOT_SUPPORTED, type Client, type Command } from './command.ts';
import type { GdbDriver, GdbMotion } from './driver.ts';
import { consoleReply } from './monitor.ts';
import { bytesOf, encodePacket, PACKET_BYTES_MAX, PacketReader, type Received } from './packets.ts';
import { Points } from './points.ts';
import { queryCommands } from './query-commands.ts';
import { resumeCommands } from './resume-commands.ts';
import { stateCommands } from './state-commands.ts';
import { noticeOf, stopReply } from './stop-reply.ts';

/** A stream of bytes to a client and back. */
export interface GdbConnection {
  write(bytes: Uint8Array): void;
  /** Closes after what was written. */
  end(): void;
}

/** Packets that wait while a motion is under way. GDB sends one at a time. */
const WAITING_MAX = 64;
const WAITING_BYTES_MAX = 4 * PACKET_BYTES_MAX;

const commands = new Map<string, Command>([...Object.entries(stateCommands), ...Object.entries(resumeCommands), ...Object.entries(queryCommands)]);
/** Commands of one letter that are followed by their arguments at once; the names of the others end at one of these characters. */
const LETTERS = new Set([...commands.keys()].filter((name) => name.length === 1));

/** The command of a packet, and what follows its name. */
function commandOf(packet: string): { readonly command: Command; readonly rest: string } | undefined {
  const letter = packet.slice(0, 1);
  const name = LETTERS.has(letter) ? letter : (/^[^:;,]*/.exec(packet)?.[0] ?? '');
  const command = commands.get(name);
  return command === undefined ? undefined : { command, rest: packet.slice(name.length) };
}

export class GdbClient implements Client {
  readonly driver: GdbDriver;
  readonly points = new Points();
  saysBreakpoints = false;
  takesSentences = false;
  stepsOverInterrupts = true;
  physical = false;
  readonly #connection: GdbConnection;
  readonly #onNotice: (sentence: string) => void;
  readonly #reader = new PacketReader();
  readonly #waiting: string[] = [];
  #waitingBytes = 0;
  #acknowledges = true;
  /** For the client to ask for again. */
  #lastReply: Uint8Array | undefined;
  #serving: Promise<void> | undefined;
  #leaving = false;
  #closed = false;
  /** The motion under way was asked for by this client. */
  #moves = false;

  /** `onNotice` gets what a person at the server should know. */
  constructor(driver: GdbDriver, connection: GdbConnection, onNotice: (sentence: string) => void) {
    this.driver = driver;
    this.#connection = connection;
    this.#onNotice = onNotice;
  }

  /** Bytes from the client. */
  receive(bytes: Uint8Array): void {
    for (const event of this.#reader.push(bytes)) {
      if (this.#closed || this.#leaving) return;
      this.#take(event);
    }
  }

  /** The connection is gone: what it had started ends. Resolves when nothing of it moves any more. */
  async closed(): Promise<void> {
    this.#closed = true;
    this.#waiting.length = 0;
    if (this.#moves) this.driver.interrupt();
    await this.#serving;
  }

  get resting(): Session {
    if (this.driver.moving) throw new UserError('The machine is running: somebody else moves it.');
    return this.driver.session;
  }

  withoutAcknowledgements(): void {
    this.#acknowledges = false;
  }

  print(text: string): void {
    if (text !== '') this.#send(consoleReply(text));
  }

  leave(): void {
    this.#leaving = true;
  }

  async move(title: string, motion: GdbMotion): Promise<SessionStop> {
    this.#moves = true;
    try {
      return await this.driver.move(title, motion);
    } finally {
      this.#moves = false;
    }
  }

  async resume(title: string, motion: GdbMotion, joins: boolean): Promise<string> {
    if (this.driver.moving && joins) {
      // It runs already, as GDB wants it to: GDB waits for the same stop.
      const joined = await this.driver.rest();
      return this.#stopped(joined);
    }
    return this.#stopped(await this.move(title, motion));
  }

  presentStop(): string {
    return stopReply(undefined, this.resting.inspect, this.points, this.saysBreakpoints);
  }

  #stopped(stop: SessionStop | undefined): string {
    const notice = stop === undefined ? undefined : noticeOf(stop);
    if (notice !== undefined) this.print(`${notice}\n`);
    return stopReply(stop, this.driver.session.inspect, this.points, this.saysBreakpoints);
  }

  #take(event: Received): void {
    switch (event.kind) {
      case 'ack':
        break;
      case 'nak':
        if (this.#lastReply !== undefined) this.#connection.write(this.#lastReply);
        break;
      case 'interrupt':
        // Behind the packets that came before it: what they start ends, too.
        if (this.#serving !== undefined) this.driver.interrupt();
        break;
      case 'damaged':
        if (this.#acknowledges) this.#connection.write(bytesOf('-'));
        break;
      case 'oversized':
        this.#acknowledge();
        this.#send(`E.The packet is longer than ${PACKET_BYTES_MAX} bytes.`);
        break;
      case 'packet':
        this.#acknowledge();
        this.#queue(event.data);
    }
  }

  #acknowledge(): void {
    if (this.#acknowledges) this.#connection.write(bytesOf('+'));
  }

  #queue(packet: string): void {
    if (this.#waiting.length >= WAITING_MAX || this.#waitingBytes + packet.length > WAITING_BYTES_MAX) {
      this.#onNotice('A GDB client has sent more packets than it waited for the answers of: disconnected.');
      this.#leaving = true;
      this.#connection.end();
      return;
    }
    this.#waiting.push(packet);
    this.#waitingBytes += packet.length;
    this.#serving ??= this.#serve().finally(() => { this.#serving = undefined; });
  }

  async #serve(): Promise<void> {
    for (let packet = this.#waiting.shift(); packet !== undefined; packet = this.#waiting.shift()) {
      this.#waitingBytes -= packet.length;
      const reply = await this.#answer(packet);
      if (this.#closed) return;
      if (reply !== undefined) this.#send(reply);
      if (this.#leaving) {
        this.#connection.end();
        return;
      }
    }
  }

  async #answer(packet: string): Promise<string | undefined> {
    const found = commandOf(packet);
    if (found === undefined) return NOT_SUPPORTED;
    try {
      return await found.command(this, found.rest);
    } catch (error) {
      if (error instanceof UserError) return `E.${error.message}`;
      const message = error instanceof Error ? error.message : String(error);
      this.#onNotice(`Internal error in a GDB packet, please report it: ${message}`);
      return `E.Internal error: ${message}`;
    }
  }

  #send(reply: string): void {
    if (this.#closed) return;
    const packet = encodePacket(reply);
    this.#lastReply = packet;
    this.#connection.write(packet);
  }
}
