/** Live or past, where, and how fast, at a glance. */
import * as vscode from 'vscode';
import type { TimelineBody } from '../debug-adapter/protocol.ts';
import { formatPosition } from './format.ts';
import type { SessionTracker } from './session-tracker.ts';

const PRIORITY = 100;

/** How fast the machine goes, when it goes. */
function pace({ running, idle, mips }: TimelineBody): string {
  if (!running) return '';
  return idle ? ' · idle' : ` · ${mips.toFixed(0)} MIPS`;
}

function describe(timeline: TimelineBody): { text: string; tooltip: string; past: boolean } {
  const { position, end, live, finished, running } = timeline;
  if (live) {
    const text = `$(${running ? 'record' : 'debug-pause'}) LIVE ${formatPosition(position)}${pace(timeline)}`;
    return { text, tooltip: 'The guest is at the live end of its recording. Step back to go into the past.', past: false };
  }
  const percent = end === 0 ? 0 : Math.floor((position / end) * 100);
  const where = position === end ? `the end of the recording (${formatPosition(end)})` : `${percent} % of ${formatPosition(end)}`;
  const tooltip = finished ? `In a finished recording, at ${where}.` : `In the past, at ${where}. Continue to go on live from the end.`;
  const text = position === end ? `$(history) END ${formatPosition(position)}` : `$(history) PAST ${formatPosition(position)} of ${formatPosition(end)}`;
  return { text: `${text}${pace(timeline)}`, tooltip, past: true };
}

export function registerStatusBar(tracker: SessionTracker): vscode.Disposable {
  const item = vscode.window.createStatusBarItem('chronovisor.position', vscode.StatusBarAlignment.Left, PRIORITY);
  item.name = 'Chronovisor Position';
  item.command = 'chronovisor.goToPosition';
  let pastShown: boolean | undefined;
  const setPast = (isPast: boolean): void => {
    if (isPast === pastShown) return;
    pastShown = isPast;
    void vscode.commands.executeCommand('setContext', 'chronovisor.past', isPast);
  };
  const update = (timeline: TimelineBody | undefined): void => {
    setPast(timeline !== undefined && !timeline.live);
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
