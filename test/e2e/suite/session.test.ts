/** A debug session as other extensions and VS Code's own code see it. */
import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';
import { clickDebugToolbar, hasUserInterface, screenshot, webviewText } from './ui.ts';

const DEADLINE_MS = 20_000;

interface Timeline { readonly position: number; readonly end: number; readonly live: boolean; readonly running: boolean }

async function until(what: string, holds: () => Promise<boolean>): Promise<void> {
  for (const end = Date.now() + DEADLINE_MS; Date.now() < end;) {
    if (await holds()) return;
    await new Promise(resolve => setTimeout(resolve, 100));
  }
  assert.fail(`not within ${String(DEADLINE_MS)} ms: ${what}`);
}

function current(): vscode.DebugSession {
  const session = vscode.debug.activeDebugSession;
  assert.ok(session, 'no session is active');
  return session;
}

const timeline = async (): Promise<Timeline> => await current().customRequest('chronovisor/timeline') as Timeline;
const stopped = (): Promise<void> => until('the machine stands', async () => !(await timeline()).running);

describe('a session on the sample', () => {
  before(async () => {
    const folder = vscode.workspace.workspaceFolders?.[0];
    assert.ok(folder, 'no folder is open');
    await vscode.commands.executeCommand('workbench.view.extension.chronovisor');
    const program = path.join(folder.uri.fsPath, 'heisenbug.elf');
    assert.ok(await vscode.debug.startDebugging(folder, { type: 'chronovisor', request: 'launch', name: 'test', program }));
    await until('the guest runs', async () => vscode.debug.activeDebugSession !== undefined && (await timeline()).position > 1_000_000);
    await current().customRequest('pause', { threadId: 1 });
    await stopped();
  });

  after(async () => {
    await vscode.debug.stopDebugging();
  });

  it('goes to a position, with Go to Power-On and back to the end', async () => {
    const { end } = await timeline();
    await current().customRequest('chronovisor/seek', { position: 500_000 });
    assert.equal((await timeline()).position, 500_000);
    await vscode.commands.executeCommand('chronovisor.goToBeginning');
    await until('power-on', async () => (await timeline()).position === 0);
    await vscode.commands.executeCommand('chronovisor.goToEnd');
    await until('the end', async () => (await timeline()).position === end);
  });

  it('steps back one instruction', async () => {
    await current().customRequest('chronovisor/seek', { position: 400_000 });
    await vscode.commands.executeCommand('chronovisor.stepBackInstruction');
    await until('one instruction earlier', async () => (await timeline()).position === 399_999);
  });

  it('steps back with the button, and the timeline view follows', async function () {
    if (!hasUserInterface) this.skip();
    await current().customRequest('chronovisor/seek', { position: 300_000 });
    await clickDebugToolbar('Step Back');
    await until('an earlier position', async () => (await timeline()).position < 300_000);
    await until('PAST in the view', async () => /PAST/.test(await webviewText('#badge')));
    await until('the position in the view', async () => (await webviewText('#position')) === `@${(await timeline()).position.toLocaleString('en-US')}`);
    await screenshot('host-session');
  });
});
