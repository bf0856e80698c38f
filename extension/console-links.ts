/** Each line in the guest's terminal leads to the moment when it was printed. */
import * as vscode from 'vscode';
import type { FoundConsoleLinesBody } from '../debug-adapter/protocol.ts';
import { customRequest } from './custom-request.ts';
import { chooseMoment } from './console-picker.ts';
import { formatPosition } from './format.ts';

/** Of lines that are all alike. */
const MOMENTS_MAX = 500;
/** These stay links of their own. */
const ADDRESSES = /\b[a-z][a-z0-9+.-]*:\/\/\S+/gi;

interface MomentLink extends vscode.TerminalLink {
  readonly session: vscode.DebugSession;
  readonly found: FoundConsoleLinesBody;
}

/** What of a line leads to its moment: all of it but blanks around it, and addresses on the web. `[start, end)` */
function linkRanges(line: string): readonly (readonly [number, number])[] {
  const bounds = [0, ...[...line.matchAll(ADDRESSES)].flatMap((match) => [match.index, match.index + match[0].length]), line.length];
  const ranges: [number, number][] = [];
  for (let at = 0; at + 1 < bounds.length; at += 2) {
    const piece = line.slice(bounds[at], bounds[at + 1]);
    const start = (bounds[at] ?? 0) + piece.length - piece.trimStart().length;
    const length = piece.trim().length;
    if (length > 0) ranges.push([start, start + length]);
  }
  return ranges;
}

function tooltip({ lines, more }: FoundConsoleLinesBody): string {
  const [only] = lines;
  if (lines.length === 1 && only !== undefined) return `Go to ${formatPosition(only.position)}`;
  return `Choose one of ${more ? 'more than ' : ''}${lines.length} moments when this was printed`;
}

async function follow({ session, found }: MomentLink): Promise<void> {
  const [only] = found.lines;
  const position = found.lines.length === 1 ? only?.position : await chooseMoment(found);
  if (position !== undefined) await customRequest(session, 'chronovisor/seek', { position });
}

/** `sessionOf`: the session whose console a terminal is, while it lasts. */
export function registerConsoleLinks(sessionOf: (terminal: vscode.Terminal) => vscode.DebugSession | undefined): vscode.Disposable {
  const provider: vscode.TerminalLinkProvider<MomentLink> = {
    async provideTerminalLinks({ terminal, line }, token) {
      const session = sessionOf(terminal);
      const text = line.trimEnd();
      if (session === undefined || text === '') return [];
      const found = await customRequest(session, 'chronovisor/findConsoleLines', { text, whole: true, count: MOMENTS_MAX });
      if (found.lines.length === 0 || token.isCancellationRequested) return [];
      return linkRanges(text).map(([start, end]) => ({ startIndex: start, length: end - start, tooltip: tooltip(found), session, found }));
    },
    async handleTerminalLink(link) {
      try {
        await follow(link);
      } catch (error) {
        void vscode.window.showWarningMessage(error instanceof Error ? error.message : String(error));
      }
    },
  };
  return vscode.window.registerTerminalLinkProvider(provider);
}
