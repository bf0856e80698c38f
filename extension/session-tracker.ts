/** Follows the Chronovisor debug sessions and what they say beside the standard protocol. */
import * as vscode from 'vscode';
import { DEBUG_TYPE } from '../debug-adapter/protocol.ts';
import { customRequest } from './custom-request.ts';
import type { ConsoleOutputBody, CustomEvents, CustomRequests, TimelineBody } from '../debug-adapter/protocol.ts';

export interface ConsoleOutput {
  readonly session: vscode.DebugSession;
  readonly body: ConsoleOutputBody;
}

export class SessionTracker implements vscode.Disposable {
  private readonly startedEmitter = new vscode.EventEmitter<vscode.DebugSession>();
  private readonly endedEmitter = new vscode.EventEmitter<vscode.DebugSession>();
  private readonly changedEmitter = new vscode.EventEmitter<TimelineBody | undefined>();
  private readonly outputEmitter = new vscode.EventEmitter<ConsoleOutput>();
  readonly onStarted = this.startedEmitter.event;
  readonly onEnded = this.endedEmitter.event;
  /** The timeline of the current session changed; undefined: there is no session any more. */
  readonly onChanged = this.changedEmitter.event;
  readonly onOutput = this.outputEmitter.event;
  private readonly timelines = new Map<string, TimelineBody>();
  private readonly subscriptions: vscode.Disposable[];
  private currentSession: vscode.DebugSession | undefined;

  constructor() {
    this.subscriptions = [
      vscode.debug.onDidStartDebugSession((session) => { this.start(session); }),
      vscode.debug.onDidReceiveDebugSessionCustomEvent((event) => { this.receive(event); }),
      vscode.debug.onDidTerminateDebugSession((session) => { this.end(session); }),
      vscode.debug.onDidChangeActiveDebugSession((session) => { if (session?.type === DEBUG_TYPE) this.select(session); }),
      this.startedEmitter, this.endedEmitter, this.changedEmitter, this.outputEmitter,
    ];
  }

  /** The session that views and commands act on. */
  get session(): vscode.DebugSession | undefined {
    return this.currentSession;
  }

  get timeline(): TimelineBody | undefined {
    return this.currentSession && this.timelines.get(this.currentSession.id);
  }

  /** Sends a custom request to the current session. Rejects when there is none or the adapter refuses. */
  async request<Name extends keyof CustomRequests>(name: Name, args: CustomRequests[Name]['arguments']): Promise<CustomRequests[Name]['body']> {
    if (this.currentSession === undefined) throw new Error('No Chronovisor debug session is running: start one with F5.');
    return customRequest(this.currentSession, name, args);
  }

  dispose(): void {
    for (const subscription of this.subscriptions) subscription.dispose();
  }

  private start(session: vscode.DebugSession): void {
    if (session.type !== DEBUG_TYPE) return;
    this.startedEmitter.fire(session);
    this.select(session);
  }

  private select(session: vscode.DebugSession): void {
    this.currentSession = session;
    this.changedEmitter.fire(this.timeline);
  }

  private receive({ session, event, body }: vscode.DebugSessionCustomEvent): void {
    if (session.type !== DEBUG_TYPE) return;
    if (event === 'chronovisor/console') this.outputEmitter.fire({ session, body: body as CustomEvents['chronovisor/console'] });
    const timeline = this.timelineAfter(session, event, body);
    if (timeline === undefined) return;
    this.timelines.set(session.id, timeline);
    this.currentSession ??= session;
    if (session.id === this.currentSession.id) this.changedEmitter.fire(timeline);
  }

  /** A status is news of the timeline that was told last. */
  private timelineAfter(session: vscode.DebugSession, event: string, body: unknown): TimelineBody | undefined {
    if (event === 'chronovisor/changed') return body as CustomEvents['chronovisor/changed'];
    const known = event === 'chronovisor/status' ? this.timelines.get(session.id) : undefined;
    return known && { ...known, ...(body as CustomEvents['chronovisor/status']) };
  }

  private end(session: vscode.DebugSession): void {
    if (session.type !== DEBUG_TYPE) return;
    this.timelines.delete(session.id);
    this.endedEmitter.fire(session);
    if (session.id !== this.currentSession?.id) return;
    this.currentSession = undefined;
    this.changedEmitter.fire(undefined);
  }
}
