/** What a test in the extension host can have done in VS Code's window (see vscode/run-host.ts). Absent under @vscode/test-electron. */
export const hasUserInterface = process.env['VSCODE_UI'] !== undefined;

async function call(name: string, argument: string): Promise<unknown> {
  const address = process.env['VSCODE_UI'];
  if (address === undefined) throw new Error('no user interface here: the test should have been skipped (hasUserInterface)');
  const response = await fetch(address, { method: 'POST', body: JSON.stringify({ name, argument }) });
  const answer = await response.json() as { value?: unknown; error?: string };
  if (answer.error !== undefined) throw new Error(answer.error);
  return answer.value;
}

/** Clicks a button of the debug toolbar, by the beginning of its label. */
export async function clickDebugToolbar(label: string): Promise<void> {
  await call('clickDebugToolbar', label);
}

/** Text of the first element that matches `selector` in whichever webview has one. */
export async function webviewText(selector: string): Promise<string> {
  return String(await call('webviewText', selector));
}

/** Saves test-output/NAME.png. */
export async function screenshot(name: string): Promise<void> {
  await call('screenshot', name);
}
