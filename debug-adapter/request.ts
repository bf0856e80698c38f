/** What serves one kind of request. */
import type { Debuggee } from './debuggee.ts';

export interface RequestResult {
  readonly body?: unknown;
  /** Runs right after the response was sent: events that must follow it, motions that it starts. */
  readonly afterwards?: () => void;
}

/** May throw a UserError or RequestError, which becomes an error response. */
export type RequestHandler = (debuggee: Debuggee, args: unknown) => RequestResult | undefined | Promise<RequestResult | undefined>;
