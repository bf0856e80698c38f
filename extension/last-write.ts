/** "Who Wrote This?": from a row of the variables or watch view, a byte of the memory view, or what a person writes. */
import * as vscode from 'vscode';
import type { LastWriteArguments } from '../debug-adapter/protocol.ts';
import type { SessionTracker } from './session-tracker.ts';

/** Of a bare address. */
const DEFAULT_SIZE_BYTES = 8;

/** What VS Code hands to commands of `debug/variables/context` and `debug/watch/context`, and of a webview's menu. Nothing says that it stays so. */
interface MenuContext {
  readonly container?: { readonly variablesReference?: unknown };
  readonly variable?: { readonly name?: unknown; readonly evaluateName?: unknown };
  /** Of a byte, guest-physical: see `webviews/memory/main.ts`. */
  readonly address?: unknown;
}

function text(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined;
}

/** Of the frame that is selected. */
function inFrame(expression: string): LastWriteArguments {
  const item = vscode.debug.activeStackItem;
  return { expression, ...(item instanceof vscode.DebugStackFrame ? { frameId: item.frameId } : {}) };
}

async function ask(): Promise<LastWriteArguments | undefined> {
  const editor = vscode.window.activeTextEditor;
  const range = editor?.selection.isEmpty === true ? editor.document.getWordRangeAtPosition(editor.selection.active) : editor?.selection;
  const written = await vscode.window.showInputBox({
    title: 'Who Wrote This?', prompt: `An expression such as list->next, or the address of ${DEFAULT_SIZE_BYTES} bytes such as 0x80001000`,
    ...(editor !== undefined && range?.isSingleLine === true ? { value: editor.document.getText(range) } : {}),
  });
  const expression = written?.trim();
  if (expression === undefined || expression === '') return undefined;
  return /^0x[0-9a-f]+$/i.test(expression) ? { address: expression, sizeBytes: DEFAULT_SIZE_BYTES } : inFrame(expression);
}

function argumentsFrom({ container, variable, address }: MenuContext): LastWriteArguments | undefined {
  const byte = text(address);
  if (byte !== undefined) return { address: byte, sizeBytes: 1, isPhysical: true };
  const name = text(variable?.name);
  const reference = container?.variablesReference;
  if (name !== undefined && typeof reference === 'number' && reference > 0) return { variablesReference: reference, name };
  const expression = text(variable?.evaluateName) ?? name;
  return expression === undefined ? undefined : inFrame(expression);
}

export async function lastWrite(tracker: SessionTracker, context: unknown): Promise<void> {
  const args = (typeof context === 'object' && context !== null ? argumentsFrom(context) : undefined) ?? await ask();
  if (args !== undefined) await tracker.request('chronovisor/lastWrite', args);
}
