/** The package as a user has it: the VSIX, installed, not the source folder. */
import assert from 'node:assert/strict';
import path from 'node:path';
import * as vscode from 'vscode';

const extension = (): vscode.Extension<unknown> => {
  const found = vscode.extensions.getExtension('chronovisor.chronovisor');
  assert.ok(found, 'the extension is not installed');
  return found;
};

describe('the installed package', () => {
  it('runs from the extensions folder', () => {
    assert.match(path.basename(extension().extensionPath), /^chronovisor\.chronovisor-\d/);
  });

  it('activates', async () => {
    await extension().activate();
    assert.ok(extension().isActive);
  });
});
