/** The guest's console as a terminal: one for each debug session. */
import * as vscode from 'vscode';
import type { SessionTracker } from './session-tracker.ts';

const REPLAY_NOTICE_INTERVAL_MS = 3000;

class ConsoleTerminal implements vscode.Pseudoterminal {
  private readonly writeEmitter = new vscode.EventEmitter<string>();
  readonly onDidWrite = this.writeEmitter.event;
  private readonly decoder = new TextDecoder();
  private readonly session: vscode.DebugSession;
  private waiting: string[] | undefined = [];
  private lastNotice = 0;

  constructor(session: vscode.DebugSession) {
    this.session = session;
  }

  open(): void {
    for (const text of this.waiting ?? []) this.writeEmitter.fire(text);
    this.waiting = undefined;
  }

  close(): void {
    this.writeEmitter.dispose();
  }

  output(bytes: Uint8Array): void {
    this.write(this.decoder.decode(bytes, { stream: true }).replaceAll(/\r?\n/g, '\r\n'));
  }

  notice(text: string): void {
    this.write(`\r\n\x1b[2m${text}\x1b[0m\r\n`);
  }

  handleInput(data: string): void {
    void this.send(data);
  }

  private async send(data: string): Promise<void> {
    try {
      const base64 = Buffer.from(data, 'utf8').toString('base64');
      const answer = (await this.session.customRequest('chronovisor/console', { base64 })) as { accepted: boolean };
      if (!answer.accepted) this.refuse('The past cannot be typed to: continue to the live end first.');
    } catch {
      this.refuse('The debug session has ended.');
    }
  }

  private refuse(text: string): void {
    const now = Date.now();
    if (now - this.lastNotice < REPLAY_NOTICE_INTERVAL_MS) return;
    this.lastNotice = now;
    this.notice(text);
  }

  private write(text: string): void {
    if (this.waiting === undefined) this.writeEmitter.fire(text);
    else this.waiting.push(text);
  }
}

/** Opens a terminal when a session starts; it stays, readable, after the session has ended. */
export function registerConsoleTerminals(tracker: SessionTracker): vscode.Disposable {
  const terminals = new Map<string, { pty: ConsoleTerminal; terminal: vscode.Terminal }>();
  const ended: vscode.Terminal[] = [];
  const started = tracker.onStarted((session) => {
    for (const terminal of ended.splice(0)) terminal.dispose();
    const pty = new ConsoleTerminal(session);
    const terminal = vscode.window.createTerminal({ name: `Guest: ${session.name}`, pty, iconPath: new vscode.ThemeIcon('vm') });
    terminals.set(session.id, { pty, terminal });
    terminal.show(true);
  });
  const output = tracker.onOutput(({ session, body }) => {
    terminals.get(session.id)?.pty.output(Buffer.from(body.base64, 'base64'));
  });
  const finished = tracker.onEnded((session) => {
    const entry = terminals.get(session.id);
    if (entry === undefined) return;
    terminals.delete(session.id);
    entry.pty.notice('The debug session has ended.');
    ended.push(entry.terminal);
  });
  return vscode.Disposable.from(started, output, finished);
}
