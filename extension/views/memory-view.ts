/** The memory view: every guest page at the present position; a click shows its bytes. */
import type * as vscode from 'vscode';
import type { PagesBody } from '../../debug-adapter/protocol.ts';
import type { SessionTracker } from '../session-tracker.ts';
import type { FromMemory, ToMemory } from './messages.ts';
import { webviewHtml, webviewOptions } from './webview-html.ts';

const PAGES_IN_REQUEST = 65536;
/** While the machine runs, the map follows at this pace. */
const REFRESH_MS = 500;

export class MemoryView implements vscode.WebviewViewProvider {
  private readonly extensionUri: vscode.Uri;
  private readonly tracker: SessionTracker;

  constructor(extensionUri: vscode.Uri, tracker: SessionTracker) {
    this.extensionUri = extensionUri;
    this.tracker = tracker;
  }

  resolveWebviewView(view: vscode.WebviewView): void {
    const { webview } = view;
    webview.options = webviewOptions(this.extensionUri);
    const post = (message: ToMemory): void => void webview.postMessage(message);
    let opened: number | undefined;
    let timer: NodeJS.Timeout | undefined;
    const refresh = async (): Promise<void> => {
      timer = undefined;
      const timeline = this.tracker.timeline;
      try {
        const pages = timeline === undefined ? undefined : await this.allPages();
        if (pages === undefined) opened = undefined;
        post({ kind: 'pages', pages, live: timeline?.live ?? false, position: timeline?.position ?? 0 });
        if (pages !== undefined && opened !== undefined && opened < pages.total) await this.openPage(opened, post);
      } catch (error) {
        post({ kind: 'error', text: error instanceof Error ? error.message : String(error) });
      }
    };
    const schedule = (): void => {
      if (!view.visible) return;
      timer ??= setTimeout(() => void refresh(), this.tracker.timeline?.running === true ? REFRESH_MS : 0);
    };
    const subscriptions = [this.tracker.onChanged(schedule), view.onDidChangeVisibility(schedule)];
    view.onDidDispose(() => {
      clearTimeout(timer);
      for (const subscription of subscriptions) subscription.dispose();
    });
    webview.onDidReceiveMessage((message: FromMemory) => {
      if (message.kind === 'ready') {
        schedule();
        return;
      }
      opened = message.page;
      this.openPage(message.page, post).catch((error: unknown) => { post({ kind: 'error', text: String(error) }); });
    });
    webview.html = webviewHtml(webview, this.extensionUri, 'memory', 'Memory');
  }

  private async allPages(): Promise<PagesBody> {
    const first = await this.tracker.request('chronovisor/pages', { first: 0, count: PAGES_IN_REQUEST });
    let states = first.states;
    while (states.length < first.total) {
      const more = await this.tracker.request('chronovisor/pages', { first: states.length, count: PAGES_IN_REQUEST });
      if (more.states.length === 0) break;
      states += more.states;
    }
    return { ...first, states };
  }

  private async openPage(index: number, post: (message: ToMemory) => void): Promise<void> {
    const page = await this.tracker.request('chronovisor/page', { page: index });
    post({ kind: 'page', index, page });
  }
}
