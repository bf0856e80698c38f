/** One DAP connection: takes requests, serves them in order, answers every one of them, always, exactly once. */
import { Event, Response } from '@vscode/debugadapter/lib/messages.js';
import { ProtocolServer } from '@vscode/debugadapter/lib/protocol.js';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { UserError } from '../emulator/user-error.ts';
import { Arguments } from './arguments.ts';
import { Debuggee } from './debuggee.ts';
import { RequestError, errors } from './errors.ts';
import { MessageTrace } from './message-trace.ts';
import { requestTable } from './request-table.ts';

/** Ids of the error responses: shown to users, or (defects of ours) with a plea to report them. */
const USER_ERROR_ID = 1;
const DEFECT_ID = 2;
const THREAD_ID = 1;

export class Adapter extends ProtocolServer {
  private readonly trace = new MessageTrace();
  private readonly debuggee = new Debuggee((event, body) => {
    this.sendEvent(new Event(event, body));
  }, this.trace);
  /** Requests never overlap: what one looked at when it was accepted still holds when it is carried out. */
  private queue: Promise<void> = Promise.resolve();
  /** Numbers of requests in the queue that were not begun, and which of them nobody wants answered any more. */
  private readonly waiting = new Set<number>();
  private readonly cancelled = new Set<number>();

  /** Ends the session and frees the machine; safe to call twice. */
  async shutdown(): Promise<void> {
    try {
      await this.debuggee.close();
    } finally {
      this.trace.end();
    }
  }

  override sendEvent(event: DebugProtocol.Event): void {
    super.sendEvent(event);
    this.trace.add('adapter', event);
  }

  override sendResponse(response: DebugProtocol.Response): void {
    super.sendResponse(response);
    this.trace.add('adapter', response);
  }

  protected override dispatchRequest(request: DebugProtocol.Request): void {
    this.trace.add('client', request);
    if (request.command === 'cancel') this.cancelWaiting(request.arguments);
    this.waiting.add(request.seq);
    this.queue = this.queue.then(() => this.answer(request));
  }

  /** A request that was not begun yet is answered with `cancelled`, when its turn comes. */
  private cancelWaiting(args: unknown): void {
    const requestId: unknown = typeof args === 'object' && args !== null && 'requestId' in args ? args.requestId : undefined;
    if (typeof requestId === 'number' && this.waiting.has(requestId)) this.cancelled.add(requestId);
  }

  private async answer(request: DebugProtocol.Request): Promise<void> {
    const response: DebugProtocol.Response = new Response(request);
    this.waiting.delete(request.seq);
    if (this.cancelled.delete(request.seq)) {
      response.success = false;
      response.message = 'cancelled';
      this.sendResponse(response);
      return;
    }
    let afterwards: (() => void) | undefined;
    try {
      const handler = Object.hasOwn(requestTable, request.command) ? requestTable[request.command] : undefined;
      if (handler === undefined) throw errors.unknownRequest(request.command);
      const given: unknown = request.arguments;
      const args: unknown = typeof given === 'object' && given !== null && !Array.isArray(given) ? given : {};
      checkThread(request.command, args);
      const result = await handler(this.debuggee, args);
      if (result?.body !== undefined) response.body = result.body;
      afterwards = result?.afterwards;
    } catch (error) {
      this.fail(response, error);
    }
    // Of DAP's own requests a client knows by itself that they let the machine go on. Told before the response: VS Code takes two events in
    // a row at once, and would forget a stop that follows on this one.
    if (isCustom(request.command) && afterwards !== undefined && !this.debuggee.motion.running) this.sendEvent(new Event('continued', { threadId: 1, allThreadsContinued: true }));
    this.sendResponse(response);
    // The session is over: whoever serves the connection closes it.
    if (request.command === 'disconnect') this.emit('close');
    try {
      afterwards?.();
    } catch (error) {
      // The response is out already: all that is left is to say it.
      this.sendEvent(new Event('output', { category: 'important', output: `${textOf(error)}\n` }));
    }
  }

  private fail(response: DebugProtocol.Response, error: unknown): void {
    const expected = error instanceof UserError || error instanceof RequestError;
    const format = expected ? error.message : `Internal error in '${response.command}': ${textOf(error)}. Please report this with the recording.`;
    response.success = false;
    response.message = format;
    // Whoever sends a custom request tells himself what came of it.
    const showUser = !isCustom(response.command) && (expected ? error instanceof UserError || error.showUser : true);
    // Braces would be placeholders for variables.
    response.body = { error: { id: expected ? USER_ERROR_ID : DEFECT_ID, format: format.replaceAll('{', '(').replaceAll('}', ')'), showUser } };
  }
}

function isCustom(command: string): boolean {
  return command.startsWith('chronovisor/');
}

/** The one hart is the one thread that a request can be about; many clients do not name it. */
function checkThread(request: string, args: unknown): void {
  const id = new Arguments(request, args).optionalInteger('threadId', Number.MIN_SAFE_INTEGER);
  if (id !== undefined && id !== THREAD_ID) throw errors.noSuchThread(id);
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
