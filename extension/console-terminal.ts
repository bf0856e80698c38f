/** The guest's console as a terminal: one for each debug session. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { ConsoleInputBody } from '../debug-adapter/protocol.ts';
import type { SessionTracker } from './session-tracker.ts';

const REFUSAL_INTERVAL_MS = 3000;

class ConsoleTerminal implements vscode.Pseudoterminal {
  private readonly writeEmitter = new vscode.EventEmitter<string>();
  readonly onDidWrite = this.writeEmitter.event;
  private readonly decoder = new TextDecoder();
  private readonly session: vscode.DebugSession;
  private waiting: string[] | undefined = [];
  private lastRefusalMs = 0;
  private atLineStart = true;
  private ended = false;

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

  /** A line of ours, set apart from what the guest prints. */
  notice(text: string): void {
    this.write(`${this.atLineStart ? '' : '\r\n'}\x1b[2m── ${text}\x1b[0m\r\n`);
  }

  end(): void {
    this.ended = true;
    this.notice('The debug session has ended.');
  }

  handleInput(data: string): void {
    if (!this.ended) void this.send(data);
  }

  private async send(data: string): Promise<void> {
    try {
      const base64 = Buffer.from(data, 'utf8').toString('base64');
      const answer = (await this.session.customRequest('chronovisor/console', { base64 })) as ConsoleInputBody;
      if (answer.refusal !== undefined) this.refuse(answer.refusal);
    } catch {
      // The session ends just now, which is told anyway.
    }
  }

  private refuse(text: string): void {
    const now = Date.now();
    if (now - this.lastRefusalMs < REFUSAL_INTERVAL_MS) return;
    this.lastRefusalMs = now;
    this.notice(text);
  }

  private write(text: string): void {
    if (text === '') return;
    this.atLineStart = text.endsWith('\n');
    if (this.waiting === undefined) this.writeEmitter.fire(text);
    else this.waiting.push(text);
  }
}

/** The guest's file, which the terminal is named after. */
function guestName({ configuration, name }: vscode.DebugSession): string {
  const file: unknown = configuration['program'] ?? configuration['kernel'] ?? configuration['guest'] ?? configuration['bios'] ?? configuration['recording'];
  return typeof file === 'string' ? basename(file) : name;
}

/** Opens a terminal when a session starts; it stays, readable, after the session has ended, until the next one starts. */
export function registerConsoleTerminals(tracker: SessionTracker): vscode.Disposable {
  const consoles = new Map<string, { pty: ConsoleTerminal; terminal: vscode.Terminal }>();
  const ended: vscode.Terminal[] = [];
  const consoleOf = (session: vscode.DebugSession): ConsoleTerminal => {
    const known = consoles.get(session.id);
    if (known !== undefined) return known.pty;
    for (const terminal of ended.splice(0)) terminal.dispose();
    const pty = new ConsoleTerminal(session);
    const terminal = vscode.window.createTerminal({ name: guestName(session), pty, iconPath: new vscode.ThemeIcon('vm') });
    consoles.set(session.id, { pty, terminal });
    terminal.show(true);
    return pty;
  };
  return vscode.Disposable.from(
    tracker.onStarted((session) => { consoleOf(session); }),
    // The guest may print before the session counts as started.
    tracker.onOutput(({ session, body }) => { consoleOf(session).output(Buffer.from(body.base64, 'base64')); }),
    tracker.onEnded((session) => {
      const entry = consoles.get(session.id);
      if (entry === undefined) return;
      consoles.delete(session.id);
      entry.pty.end();
      ended.push(entry.terminal);
    }),
  );
}
