/** One DAP connection: takes requests, finds their function in the table, answers every one of them, always. */
import { Event, Response } from '@vscode/debugadapter/lib/messages.js';
import { ProtocolServer } from '@vscode/debugadapter/lib/protocol.js';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { UserError } from '../emulator/user-error.ts';
import { Debuggee } from './debuggee.ts';
import { RequestError, errors } from './errors.ts';
import { requestTable } from './request-table.ts';

/** Ids of the error responses: shown to users, or (defects of ours) with a plea to report them. */
const USER_ERROR_ID = 1;
const DEFECT_ID = 2;

export class Adapter extends ProtocolServer {
  private readonly debuggee = new Debuggee((event, body) => {
    this.sendEvent(new Event(event, body));
  });

  /** Ends the session and frees the machine; safe to call twice. */
  shutdown(): Promise<void> {
    return this.debuggee.close();
  }

  protected override dispatchRequest(request: DebugProtocol.Request): void {
    void this.answer(request);
  }

  private async answer(request: DebugProtocol.Request): Promise<void> {
    const response: DebugProtocol.Response = new Response(request);
    let afterwards: (() => void) | undefined;
    try {
      const handler = Object.hasOwn(requestTable, request.command) ? requestTable[request.command] : undefined;
      if (handler === undefined) throw errors.unknownRequest(request.command);
      const args: unknown = request.arguments ?? {};
      const result = await handler(this.debuggee, args);
      if (result?.body !== undefined) response.body = result.body;
      afterwards = result?.afterwards;
    } catch (error) {
      this.fail(response, error);
    }
    this.sendResponse(response);
    afterwards?.();
  }

  private fail(response: DebugProtocol.Response, error: unknown): void {
    const expected = error instanceof UserError || error instanceof RequestError;
    const text = error instanceof Error ? error.message : String(error);
    const format = expected ? text : `Internal error in '${response.command}': ${text}. Please report this with the recording.`;
    response.success = false;
    response.message = format;
    const showUser = expected ? error instanceof UserError || error.showUser : true;
    response.body = { error: { id: expected ? USER_ERROR_ID : DEFECT_ID, format: format.replaceAll('{', '(').replaceAll('}', ')'), showUser } };
  }
}
