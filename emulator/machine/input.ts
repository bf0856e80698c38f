/** The one door for nondeterminism: everything the guest can see of the outside is one of these events. */

/** A position in time: instructions retired since power-on. */
export type Position = number;

/** One change of the machine's state. */
export type MachineEdit =
  /** Guest-physical, all of it DRAM. */
  | { readonly kind: 'memory'; readonly gpa: number; readonly bytes: Uint8Array }
  /** 1..31: x1..x31, 32..63: f0..f31. Unsigned. */
  | { readonly kind: 'register'; readonly register: number; readonly value: bigint }
  | { readonly kind: 'pc'; readonly value: bigint };

export type InputEvent =
  /** Bytes arrived on the console (UART receive). */
  | { readonly at: Position; readonly kind: 'console'; readonly bytes: Uint8Array }
  /** The hart waited in wfi, and this much time passed before the next event. */
  | { readonly at: Position; readonly kind: 'idle'; readonly ns: number }
  /** Random bytes for the entropy device, which had asked for as many or more. */
  | { readonly at: Position; readonly kind: 'entropy'; readonly bytes: Uint8Array }
  /** The user's terminal has this size now; for a console that can tell the guest. */
  | { readonly at: Position; readonly kind: 'terminal-size'; readonly columns: number; readonly rows: number }
  /**
   * A person changed registers or memory. `isBehind`: behind the boundary at that position, where the machine stood entered; else in
   * front of everything that happens there later.
   */
  | { readonly at: Position; readonly kind: 'edit'; readonly isBehind: boolean; readonly edits: readonly MachineEdit[] }
  /** Base of the real-time clock at power-on: ns since 1970 as a decimal string. Always at 0. */
  | { readonly at: Position; readonly kind: 'rtc-base'; readonly ns: string };

export type EditEvent = Extract<InputEvent, { kind: 'edit' }>;

/**
 * Where the machine takes its input from. Two implementations: the recorder (takes from the host, writes to the log)
 * and the replayer (takes from the log). Nothing else in the emulator knows which of the two is there.
 */
export interface InputDoor {
  /** Execution point of the next input that is already known; Infinity if none. A run never crosses it. */
  nextPoint(): Position;
  /** Takes, in order, the inputs with execution point `at`. The machine executes at least one instruction before it asks again. */
  take(at: Position): readonly InputEvent[];
  /**
   * The hart waits in wfi and nothing is pending; its next timer is `untilTimerNs` away (Infinity if none is armed).
   * Returns `untilTimerNs` if that time passes now without input; undefined if this is not known yet (the driver sleeps, or the recording ends here).
   */
  idle(at: Position, untilTimerNs: number): number | undefined;
}
