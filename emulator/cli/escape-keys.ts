/** What the user types into a raw terminal: keys for the guest, and commands behind Ctrl-A, as QEMU's multiplexed console has them. */

const CONTROL_A = 1;

const COMMANDS = { x: 'leave', h: 'help', '?': 'help', i: 'information', s: 'size' } as const;
export type ConsoleCommand = (typeof COMMANDS)[keyof typeof COMMANDS];

export const CONSOLE_HELP = `Ctrl-A h   this help
Ctrl-A x   end the session
Ctrl-A i   where the machine stands, and how fast it runs
Ctrl-A s   tell the guest's shell the size of this terminal (types an stty command)
Ctrl-A Ctrl-A   send Ctrl-A`;

export class EscapeKeys {
  readonly #onKeys: (bytes: Uint8Array) => void;
  readonly #onCommand: (command: ConsoleCommand) => void;
  #escaped = false;

  constructor(onKeys: (bytes: Uint8Array) => void, onCommand: (command: ConsoleCommand) => void) {
    this.#onKeys = onKeys;
    this.#onCommand = onCommand;
  }

  /** Keys and commands, in the order in which they were typed; a command may be split over two chunks. */
  take(chunk: Uint8Array): void {
    let from = 0;
    for (const [at, byte] of chunk.entries()) {
      if (this.#escaped) {
        this.#escaped = false;
        // A second Ctrl-A is a key of the guest's: it stays. What is no command is passed over.
        from = byte === CONTROL_A ? at : at + 1;
        const command = byte === CONTROL_A ? undefined : commandOf(String.fromCharCode(byte));
        if (command !== undefined) this.#onCommand(command);
      } else if (byte === CONTROL_A) {
        this.#keys(chunk.subarray(from, at));
        from = at + 1;
        this.#escaped = true;
      }
    }
    this.#keys(chunk.subarray(from));
  }

  #keys(bytes: Uint8Array): void {
    if (bytes.length > 0) this.#onKeys(bytes);
  }
}

function commandOf(key: string): ConsoleCommand | undefined {
  return Object.entries(COMMANDS).find(([name]) => name === key)?.[1];
}
