/** What the commands of a packet see of their client. */
import { UserError } from '../user-error.ts';
import type { Session, SessionStop } from '../session/session-types.ts';
import type { GdbDriver, GdbMotion } from './driver.ts';
import type { Points } from './points.ts';

export interface Client {
  readonly driver: GdbDriver;
  /** The session, standing still: refused with a UserError while somebody moves it. */
  readonly resting: Session;
  readonly points: Points;
  /** GDB wants stop replies to say `swbreak` and `hwbreak`. */
  saysBreakpoints: boolean;
  /** GDB shows the sentence of an error to any packet. */
  takesSentences: boolean;
  stepsOverInterrupts: boolean;
  /** `m` and `M` take guest-physical addresses. */
  physical: boolean;
  /** The client no longer wants acknowledgements, from the next packet on. */
  withoutAcknowledgements(): void;
  /** Shows text on GDB's console; only in the middle of a motion or of a monitor command. */
  print(text: string): void;
  /** Performs a motion. */
  move(title: string, motion: GdbMotion): Promise<SessionStop>;
  /** Performs a motion, or joins the one under way; the stop reply. */
  resume(title: string, motion: GdbMotion, joins: boolean): Promise<string>;
  /** The stop reply for a machine that stands where GDB finds it. */
  presentStop(): string;
  /** Ends the connection after the reply. */
  leave(): void;
}

/** The reply to a packet, '' for one that is not supported, undefined for one that has none. `rest` is what follows the command's name. */
export type Command = (client: Client, rest: string) => string | undefined | Promise<string | undefined>;

export const OK = 'OK';
export const NOT_SUPPORTED = '';

/** The packet cannot be understood. */
export function malformed(packet: string): UserError {
  return new UserError(`The packet '${packet}' is malformed.`);
}
