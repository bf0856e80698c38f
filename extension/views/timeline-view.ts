/** The timeline view: position, events and checkpoints of the current session; a click goes there. */
import * as vscode from 'vscode';
import type { SessionTracker } from '../session-tracker.ts';
import type { FromTimeline, ToTimeline } from './messages.ts';
import { webviewHtml, webviewOptions } from './webview-html.ts';

export class TimelineView implements vscode.WebviewViewProvider {
  private readonly extensionUri: vscode.Uri;
  private readonly tracker: SessionTracker;

  constructor(extensionUri: vscode.Uri, tracker: SessionTracker) {
    this.extensionUri = extensionUri;
    this.tracker = tracker;
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    const { webview } = view;
    webview.options = webviewOptions(this.extensionUri);
    const show = (): void => {
      const message: ToTimeline = { kind: 'timeline', timeline: this.tracker.timeline };
      void webview.postMessage(message);
    };
    const changed = this.tracker.onChanged(show);
    view.onDidDispose(() => { changed.dispose(); });
    webview.onDidReceiveMessage((message: FromTimeline) => {
      if (message.kind === 'ready') show();
      else if (message.kind === 'start') void vscode.commands.executeCommand('workbench.action.debug.start');
      else void this.seek(message.position);
    });
    webview.html = webviewHtml(webview, this.extensionUri, 'timeline', 'Timeline');
  }

  private async seek(position: number): Promise<void> {
    try {
      await this.tracker.request('chronovisor/seek', { position });
    } catch (error) {
      void vscode.window.showWarningMessage(error instanceof Error ? error.message : String(error));
    }
  }
}
