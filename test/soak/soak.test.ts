/** A minute of it, in a process of its own: what it measures is the process's. */
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import path from 'node:path';
import { test } from 'node:test';
import { missingLinuxGuest } from '../tools.ts';

test('a minute of soak', { skip: missingLinuxGuest() }, (context) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, ['--import', 'tsx', path.join(import.meta.dirname, 'soak.ts'), '--seconds', '60'], { encoding: 'utf8' });
  assert.equal(status, 0, `${stdout}\n${stderr}`);
  const lines = stdout.trim().split('\n');
  for (const line of [...lines.slice(0, 2), ...lines.slice(-3)]) context.diagnostic(line);
});
