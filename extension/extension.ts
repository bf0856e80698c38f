/** Activation: wires the parts, owns nothing. */
import * as vscode from 'vscode';
import { registerCommands } from './commands.ts';
import { ConfigurationProvider } from './configuration-provider.ts';
import { registerConsoleTerminals } from './console-terminal.ts';
import { SessionTracker } from './session-tracker.ts';
import { registerStatusBar } from './status-bar.ts';
import { MemoryView } from './views/memory-view.ts';
import { TimelineView } from './views/timeline-view.ts';
import { DEBUG_TYPE } from '../debug-adapter/protocol.ts';

export function activate(context: vscode.ExtensionContext): void {
  const tracker = new SessionTracker();
  const provider = new ConfigurationProvider();
  const keep = { webviewOptions: { retainContextWhenHidden: true } };
  context.subscriptions.push(
    tracker,
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, provider),
    vscode.debug.registerDebugConfigurationProvider(DEBUG_TYPE, provider, vscode.DebugConfigurationProviderTriggerKind.Dynamic),
    vscode.window.registerWebviewViewProvider('chronovisor.timeline', new TimelineView(context.extensionUri, tracker), keep),
    vscode.window.registerWebviewViewProvider('chronovisor.memory', new MemoryView(context.extensionUri, tracker), keep),
    registerConsoleTerminals(tracker),
    registerStatusBar(tracker),
    ...registerCommands(tracker),
  );
}
