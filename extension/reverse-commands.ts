/** Motions that the Debug Adapter Protocol has no request for: commands with keys, in the debug toolbar and in menus. */
import * as vscode from 'vscode';
import type { CustomRequests } from '../debug-adapter/protocol.ts';
import { lastWrite } from './last-write.ts';
import type { SessionTracker } from './session-tracker.ts';

/** Of the only thread, the hart. */
const THREAD = { threadId: 1 };

/** Command → request. */
const motions = {
  'chronovisor.stepBackInto': 'chronovisor/stepBackInto',
  'chronovisor.stepBackOut': 'chronovisor/stepBackOut',
  'chronovisor.toFunctionStart': 'chronovisor/toFunctionStart',
  'chronovisor.previousEvent': 'chronovisor/previousEvent',
  'chronovisor.nextEvent': 'chronovisor/nextEvent',
} as const satisfies Record<string, keyof CustomRequests>;

/** The way forward is VS Code's own command. */
async function runBackToCursor(tracker: SessionTracker): Promise<void> {
  const editor = vscode.window.activeTextEditor;
  if (editor === undefined) throw new Error('No editor is open: put the cursor on the line to run back to.');
  const { document, selection } = editor;
  const path = document.uri.scheme === 'file' ? document.uri.fsPath : document.uri.path;
  await tracker.request('chronovisor/runToLine', { path, line: selection.active.line + 1, direction: 'backward' });
}

export function reverseCommands(tracker: SessionTracker): Record<string, (context?: unknown) => Promise<unknown>> {
  const commands: Record<string, (context?: unknown) => Promise<unknown>> = {
    'chronovisor.runBackToCursor': () => runBackToCursor(tracker),
    'chronovisor.lastWrite': (context) => lastWrite(tracker, context),
    'chronovisor.stepBackInstruction': () => tracker.request('chronovisor/stepBackInto', { ...THREAD, granularity: 'instruction' }),
  };
  for (const [command, request] of Object.entries(motions)) commands[command] = () => tracker.request(request, THREAD);
  return commands;
}
