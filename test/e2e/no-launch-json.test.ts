/** F5 in a folder that holds a guest and its sources, and no launch.json. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { after, before, test } from 'node:test';
import { sampleFolder } from '../vscode/paths.ts';
import { clickDebugToolbar, openFile, toggleBreakpoint } from '../vscode/workbench.ts';
import { callStack, openSample, screenshot, showDebugView, statusBar, terminal, waitForLine, type Desk } from './stations.ts';

let desk: Desk;
before(async () => {
  desk = await openSample({ theme: 'dark', without: ['.vscode'] });
});
after(async () => {
  await screenshot(desk.page, 'no-launch-json');
  await desk.close();
});

test('F5 with a C file open finds the guest, boots it and stops at a breakpoint', async () => {
  const { page, folder } = desk;
  await openFile(page, 'sorting.c');
  await page.locator('.editor-instance .view-lines').first().click(); // the keyboard belongs to the editor now
  await toggleBreakpoint(page, 51);
  await page.keyboard.press('F5');
  await terminal(page).filter({ hasText: 'The post office is open.' }).waitFor();
  await waitForLine(page, 'sorting.c', 51);
  await showDebugView(page);
  await callStack(page).filter({ hasText: 'deliver_batch' }).waitFor();
  await clickDebugToolbar(page, 'Step Back');
  await statusBar(page).getByText(/PAST @/).waitFor();
  assert.ok(!existsSync(path.join(folder, '.vscode')), 'no launch.json appears by itself');
  assert.equal(readFileSync(path.join(folder, 'sorting.c'), 'utf8'), readFileSync(path.join(sampleFolder, 'sorting.c'), 'utf8'));
});
