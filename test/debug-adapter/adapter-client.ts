/** Drives a debug adapter in this process, message by message, and sees to it that every request is answered exactly once. */
import assert from 'node:assert/strict';
import path from 'node:path';
import { test } from 'node:test';
import type { DebugProtocol } from '@vscode/debugprotocol';
import { Adapter } from '../../debug-adapter/adapter.ts';
import type { TimelineBody } from '../../debug-adapter/protocol.ts';

export const guestFolder = path.resolve(import.meta.dirname, '../../guests/heisenbug');
export const guestFile = path.join(guestFolder, 'heisenbug.elf');
export const source = (name: string): DebugProtocol.Source => ({ path: path.join(guestFolder, name) });

const TIMEOUT_MS = 20_000;

export interface StopBody {
  readonly reason: string;
  readonly description?: string;
  readonly text?: string;
  readonly hitBreakpointIds?: readonly number[];
}

interface Waiter {
  readonly accepts: (message: DebugProtocol.ProtocolMessage) => boolean;
  readonly resolve: (message: DebugProtocol.ProtocolMessage) => void;
}

export class AdapterClient {
  readonly adapter = new Adapter();
  /** Everything the adapter sent. */
  readonly received: DebugProtocol.ProtocolMessage[] = [];
  /** Everything that was sent either way. */
  readonly exchanged: DebugProtocol.ProtocolMessage[] = [];
  private readonly waiters = new Set<Waiter>();
  private readonly answers = new Map<number, number>();
  private seq = 0;
  /** Events before this index were waited for already. */
  private seen = 0;
  private readonly timeoutMs: number;

  constructor(timeoutMs = TIMEOUT_MS) {
    this.timeoutMs = timeoutMs;
    this.adapter.onDidSendMessage((message) => { this.receive(message as DebugProtocol.ProtocolMessage); });
  }

  /** Sends a request and waits for its response, good or bad. */
  async send(command: string, args?: unknown): Promise<DebugProtocol.Response> {
    const seq = this.post(command, args);
    return await this.wait(`the response to ${command}`, (message) => message.type === 'response' && (message as DebugProtocol.Response).request_seq === seq) as DebugProtocol.Response;
  }

  /** Sends a request without waiting. Returns its number. */
  post(command: string, args?: unknown): number {
    const seq = ++this.seq;
    this.answers.set(seq, 0);
    const request: DebugProtocol.Request = { seq, type: 'request', command, ...(args === undefined ? {} : { arguments: args }) };
    this.exchanged.push(request);
    this.adapter.handleMessage(request);
    return seq;
  }

  /** The body of a successful response. */
  async request<Body = Record<string, unknown>>(command: string, args?: unknown): Promise<Body> {
    const response = await this.send(command, args);
    assert.ok(response.success, `${command}: ${response.message ?? ''}`);
    return response.body as Body;
  }

  /** The sentence of a refused request. */
  async refusal(command: string, args?: unknown): Promise<string> {
    const response = await this.send(command, args);
    assert.equal(response.success, false, `${command} was not refused`);
    assert.ok(response.message !== undefined && response.message.length > 0, `${command} was refused without a word`);
    assert.doesNotMatch(response.message, /Internal error|\n\s+at /, `${command} failed inside`);
    return response.message;
  }

  /** The next event of that name which nobody waited for yet. */
  async event<Body>(name: string): Promise<Body> {
    const is = (message: DebugProtocol.ProtocolMessage): boolean => message.type === 'event' && (message as DebugProtocol.Event).event === name;
    const index = this.received.findIndex((message, at) => at >= this.seen && is(message));
    if (index >= 0) {
      this.seen = index + 1;
      return (this.received[index] as DebugProtocol.Event).body as Body;
    }
    const message = await this.wait(`the event ${name}`, is) as DebugProtocol.Event;
    this.seen = this.received.length;
    return message.body as Body;
  }

  /** Sends a request that moves the machine, and waits for its stop. */
  async move(command: string, args: object = {}): Promise<StopBody> {
    this.seen = this.received.length;
    await this.request(command, { threadId: 1, ...args });
    return this.event<StopBody>('stopped');
  }

  timeline(): Promise<TimelineBody> {
    return this.request<TimelineBody>('chronovisor/timeline');
  }

  async position(): Promise<number> {
    return (await this.timeline()).position;
  }

  async stack(): Promise<DebugProtocol.StackFrame[]> {
    return (await this.request<DebugProtocol.StackTraceResponse['body']>('stackTrace', { threadId: 1 })).stackFrames;
  }

  /** `sort letters.c:24` of the innermost frame. */
  async place(): Promise<string> {
    const [frame] = await this.stack();
    return `${frame?.name ?? '?'} ${frame?.source?.name ?? '?'}:${frame?.line ?? 0}`;
  }

  /** Rows of a scope of a frame. */
  async variables(scope: string, frameId = 1): Promise<DebugProtocol.Variable[]> {
    const { scopes } = await this.request<DebugProtocol.ScopesResponse['body']>('scopes', { frameId });
    const reference = scopes.find(({ name }) => name === scope)?.variablesReference;
    assert.ok(reference !== undefined, `no scope ${scope} among ${scopes.map(({ name }) => name).join(', ')}`);
    return this.children(reference);
  }

  async children(variablesReference: number, range: object = {}): Promise<DebugProtocol.Variable[]> {
    return (await this.request<DebugProtocol.VariablesResponse['body']>('variables', { variablesReference, ...range })).variables;
  }

  async evaluate(expression: string, frameId?: number): Promise<string> {
    return (await this.request<{ result: string }>('evaluate', { expression, ...(frameId === undefined ? {} : { frameId }) })).result;
  }

  /** Line breakpoints of one file of the sample guest. */
  async breakpoints(file: string, ...lines: number[]): Promise<DebugProtocol.Breakpoint[]> {
    const body = await this.request<{ breakpoints: DebugProtocol.Breakpoint[] }>('setBreakpoints', { source: source(file), breakpoints: lines.map((line) => ({ line })) });
    return body.breakpoints;
  }

  type(text: string): Promise<{ accepted: boolean }> {
    return this.request('chronovisor/console', { base64: Buffer.from(text).toString('base64') });
  }

  /** What the guest printed so far, as a terminal got it. */
  console(): string {
    const chunks = this.received.filter((message) => message.type === 'event' && (message as DebugProtocol.Event).event === 'chronovisor/console');
    return Buffer.concat(chunks.map((message) => Buffer.from(((message as DebugProtocol.Event).body as { base64: string }).base64, 'base64'))).toString();
  }

  /** Debug console text of a category. */
  outputs(category: string): string[] {
    return this.received.filter((message) => message.type === 'event' && (message as DebugProtocol.Event).event === 'output')
      .map((message) => (message as DebugProtocol.OutputEvent).body).filter((body) => body.category === category).map((body) => body.output);
  }

  async end(): Promise<void> {
    await this.send('disconnect');
    await this.adapter.shutdown();
    const wrong = [...this.answers].filter(([, count]) => count !== 1);
    assert.deepEqual(wrong, [], 'requests that were not answered exactly once');
  }

  private receive(message: DebugProtocol.ProtocolMessage): void {
    this.received.push(message);
    this.exchanged.push(message);
    if (message.type === 'response') {
      const seq = (message as DebugProtocol.Response).request_seq;
      this.answers.set(seq, (this.answers.get(seq) ?? 0) + 1);
    }
    for (const waiter of this.waiters) if (waiter.accepts(message)) waiter.resolve(message);
  }

  private wait(what: string, accepts: (message: DebugProtocol.ProtocolMessage) => boolean): Promise<DebugProtocol.ProtocolMessage> {
    // The adapter may have answered already while it was sent to.
    const answered = what.startsWith('the response') ? this.received.find(accepts) : undefined;
    if (answered !== undefined) return Promise.resolve(answered);
    return new Promise((resolve, reject) => {
      const done = (message: DebugProtocol.ProtocolMessage): void => {
        clearTimeout(timer);
        this.waiters.delete(waiter);
        resolve(message);
      };
      const waiter: Waiter = { accepts, resolve: done };
      const timer = setTimeout(() => {
        this.waiters.delete(waiter);
        reject(new Error(`${what} did not come within ${this.timeoutMs} ms`));
      }, this.timeoutMs);
      this.waiters.add(waiter);
    });
  }
}

/** A client that has launched the sample guest (or what `attributes` say) and stands before its first instruction. */
export async function launched(attributes: Record<string, unknown> = {}, abilities: Record<string, unknown> = {}): Promise<AdapterClient> {
  const client = new AdapterClient();
  await client.request('initialize', { adapterID: 'chronovisor', linesStartAt1: true, columnsStartAt1: true, ...abilities });
  await client.request('launch', { ...(attributes['recording'] === undefined ? { program: guestFile } : {}), stopOnEntry: true, ...attributes });
  await client.event('initialized');
  await client.request('configurationDone');
  await client.event('stopped');
  return client;
}

/** A test that drives a launched adapter, and then sees to it that every request was answered exactly once. */
export function check(name: string, drive: (client: AdapterClient) => Promise<void>, attributes: () => Record<string, unknown> = () => ({})): void {
  test(name, async () => {
    const client = await launched(attributes());
    try {
      await drive(client);
    } finally {
      await client.end();
    }
  });
}

/** The unlucky interleaving, made certain: a key arrives in `book`, after the letter on the desk was given back. */
export async function crashed(client: AdapterClient): Promise<StopBody> {
  await client.request('setExceptionBreakpoints', { filters: ['access-fault', 'illegal-instruction'] });
  await client.breakpoints('sorting.c', 38);
  await client.move('continue');
  await client.type('k');
  await client.breakpoints('sorting.c');
  return client.move('continue');
}
