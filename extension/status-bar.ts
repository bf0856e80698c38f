/** Live or past, at a glance. */
import * as vscode from 'vscode';
import type { TimelineBody } from '../debug-adapter/protocol.ts';
import { formatPosition } from './format.ts';
import type { SessionTracker } from './session-tracker.ts';

const PRIORITY = 100;

function describe(timeline: TimelineBody): { text: string; tooltip: string; past: boolean } {
  const { position, end, live, finished, running } = timeline;
  if (live) {
    const text = `$(${running ? 'record' : 'debug-pause'}) LIVE ${formatPosition(position)}`;
    return { text, tooltip: 'The guest is at the live end of its recording. Step back to go into the past.', past: false };
  }
  const percent = end === 0 ? 0 : Math.floor((position / end) * 100);
  const where = position === end ? `the end of the recording (${formatPosition(end)})` : `${percent} % of ${formatPosition(end)}`;
  const tooltip = finished ? `In a finished recording, at ${where}.` : `In the past, at ${where}. Continue to go on live from the end.`;
  return { text: `$(history) ${position === end ? 'END' : 'PAST'} ${formatPosition(position)}`, tooltip, past: true };
}

export function registerStatusBar(tracker: SessionTracker): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('chronovisor.position', vscode.StatusBarAlignment.Left, PRIORITY);
  item.name = 'Chronovisor Position';
  item.command = 'chronovisor.goToPosition';
  const update = (timeline: TimelineBody | undefined): void => {
    void vscode.commands.executeCommand('setContext', 'chronovisor.past', timeline !== undefined && !timeline.live);
    if (timeline === undefined) {
      item.hide();
      return;
    }
    const { text, tooltip, past } = describe(timeline);
    item.text = text;
    item.tooltip = `${tooltip} Click to go to a position.`;
    item.backgroundColor = past ? new vscode.ThemeColor('statusBarItem.warningBackground') : undefined;
    item.show();
  };
  return vscode.Disposable.from(item, tracker.onChanged(update));
}
