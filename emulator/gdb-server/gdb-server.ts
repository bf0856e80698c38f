/** Lets one GDB at a time drive a session. */
import type { GdbDriver } from './driver.ts';
import { GdbClient, type GdbConnection } from './gdb-client.ts';
import { bytesOf, encodePacket, textOf } from './packets.ts';

/** What a new connection is handed to. */
export interface GdbPeer {
  receive(bytes: Uint8Array): void;
  /** The connection is gone. */
  closed(): Promise<void>;
}

const REFUSAL = 'E.Another debugger is connected to this machine: disconnect it first.';

export class GdbServer {
  readonly #driver: GdbDriver;
  readonly #onNotice: (sentence: string) => void;
  #client: GdbClient | undefined;

  /** `onNotice` gets one sentence about what GDB itself does not show. */
  constructor(driver: GdbDriver, onNotice: (sentence: string) => void = () => undefined) {
    this.#driver = driver;
    this.#onNotice = onNotice;
  }

  /** A debugger takes hold of the machine: it stands still as soon as it can. */
  connect(connection: GdbConnection): GdbPeer {
    if (this.#client !== undefined) return refuse(connection);
    const client = new GdbClient(this.#driver, connection, this.#onNotice);
    this.#client = client;
    // Nothing is served before: GDB expects to find it standing.
    const early: Uint8Array[] = [];
    let isReady = false;
    this.#driver.interrupt();
    const ready = this.#driver.rest().then(() => {
      isReady = true;
      for (const bytes of early.splice(0)) client.receive(bytes);
    });
    return {
      receive: (bytes) => {
        if (isReady) client.receive(bytes);
        else if (early.length < EARLY_MAX) early.push(bytes.slice());
        else connection.end();
      },
      closed: async () => {
        early.length = 0;
        await ready;
        await client.closed();
        if (this.#client === client) this.#client = undefined;
      },
    };
  }
}

/** Pieces of a stream that wait for the machine to stand. */
const EARLY_MAX = 64;

/** GDB shows the reply to its first packet, whatever it is, as a warning. */
function refuse(connection: GdbConnection): GdbPeer {
  let isRefused = false;
  return {
    receive: (bytes) => {
      if (isRefused || !textOf(bytes).includes('#')) return;
      isRefused = true;
      connection.write(bytesOf('+'));
      connection.write(encodePacket(REFUSAL));
      connection.end();
    },
    closed: () => Promise.resolve(),
  };
}
