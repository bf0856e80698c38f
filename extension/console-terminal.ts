/** The guest's console as a terminal: one for each debug session. */
import { basename } from 'node:path';
import * as vscode from 'vscode';
import type { ConsoleInputBody } from '../debug-adapter/protocol.ts';
import { registerConsoleLinks } from './console-links.ts';
import type { SessionTracker } from './session-tracker.ts';
import { isTerminalReport } from './terminal-reports.ts';

const REFUSAL_INTERVAL_MS = 3000;
/** In one request; a paste can be longer. */
const INPUT_PIECE_BYTES = 16 * 1024;
/** A terminal that is being resized is told where it ends up. */
const RESIZE_MS = 100;
/** Of what the guest prints before its terminal is there. */
const WAITING_CHARACTERS_MAX = 1024 * 1024;

class ConsoleTerminal implements vscode.Pseudoterminal {
  private readonly writeEmitter = new vscode.EventEmitter<string>();
  readonly onDidWrite = this.writeEmitter.event;
  private readonly decoder = new TextDecoder();
  readonly session: vscode.DebugSession;
  /** What is to be written when the terminal is there. */
  private waiting: string | undefined = '';
  private dimensions: vscode.TerminalDimensions | undefined;
  private resizeTimer: NodeJS.Timeout | undefined;
  /** Input is sent in the order in which it came. */
  private sending: Promise<void> = Promise.resolve();
  private lastRefusalMs = 0;
  private atLineStart = true;
  private ended = false;

  constructor(session: vscode.DebugSession) {
    this.session = session;
  }

  open(dimensions: vscode.TerminalDimensions | undefined): void {
    const text = this.waiting ?? '';
    this.waiting = undefined;
    if (text !== '') this.writeEmitter.fire(text);
    if (dimensions !== undefined) this.setDimensions(dimensions);
  }

  close(): void {
    clearTimeout(this.resizeTimer);
    this.writeEmitter.dispose();
  }

  setDimensions(dimensions: vscode.TerminalDimensions): void {
    this.dimensions = dimensions;
    clearTimeout(this.resizeTimer);
    this.resizeTimer = setTimeout(() => { void this.tellDimensions(dimensions); }, RESIZE_MS);
  }

  /** Types what sets the size in a shell, which a serial line cannot tell it. */
  typeSize(): void {
    const { dimensions } = this;
    // A space in front keeps it out of the history of most shells.
    if (dimensions !== undefined) this.handleInput(` stty rows ${dimensions.rows} cols ${dimensions.columns}\r`);
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
    if (!this.ended) this.sending = this.sending.then(() => this.send(data));
  }

  private async send(data: string): Promise<void> {
    const bytes = Buffer.from(data, 'utf8');
    try {
      for (let at = 0; at < bytes.length; at += INPUT_PIECE_BYTES) {
        const base64 = bytes.subarray(at, at + INPUT_PIECE_BYTES).toString('base64');
        const answer = (await this.session.customRequest('chronovisor/console', { base64 })) as ConsoleInputBody;
        if (answer.refusal === undefined) continue;
        if (!isTerminalReport(data)) this.refuse(answer.refusal);
        return;
      }
    } catch {
      // The session ends just now, which is told anyway.
    }
  }

  private async tellDimensions({ columns, rows }: vscode.TerminalDimensions): Promise<void> {
    try {
      if (!this.ended) await this.session.customRequest('chronovisor/terminalSize', { columns, rows });
    } catch {
      // Nobody is there yet, or any more, who could be told.
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
    else this.waiting = (this.waiting + text).slice(-WAITING_CHARACTERS_MAX);
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
  const sessionOf = (terminal: vscode.Terminal): vscode.DebugSession | undefined =>
    [...consoles.values()].find((entry) => entry.terminal === terminal)?.pty.session;
  return vscode.Disposable.from(
    registerConsoleLinks(sessionOf),
    vscode.commands.registerCommand('chronovisor.sendTerminalSize', () => {
      const { session } = tracker;
      if (session !== undefined) consoleOf(session).typeSize();
    }),
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
