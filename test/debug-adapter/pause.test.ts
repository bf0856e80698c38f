/** A debug adapter whose guest is busy answers: measured from outside, as in the bench. What a slice may cost is in test/session/slices.test.ts. */
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { after, test } from 'node:test';
import { measurePauses, pauseRows } from '../bench/pause.ts';
import { Bundles } from '../cli/bundles.ts';
import { TINY_ADDRESS, tinyCode } from '../session/tiny-guests.ts';

const bundles = new Bundles('debug-adapter.cjs');
after(() => { bundles.remove(); });

const COUNT = 10;
/** By the clock on the wall, on a host that does other things too: only that it is not the end of a run that is waited for. */
const LOADED_HOST_MS = 2000;

for (const guest of ['spin', 'print'] as const) {
  test(`pause and other requests while a guest is busy: ${guest}`, { timeout: 120_000 }, async (context) => {
    const program = path.join(bundles.folder, guest);
    writeFileSync(program, tinyCode(guest));
    const figures = await measurePauses({
      command: [process.execPath, path.join(bundles.folder, 'debug-adapter.cjs')], launch: { program, loadAddress: TINY_ADDRESS }, count: COUNT,
    });
    for (const { what, figure } of pauseRows(figures)) context.diagnostic(`${what}: ${figure}`);
    const [live, seeks] = figures;
    assert.equal(live?.pause.count, COUNT);
    assert.equal(seeks?.pause.count, COUNT, 'each motion was under way when it was paused');
    for (const { what, pause, request } of figures) {
      assert.ok(pause.count === 0 || pause.p95Ms < LOADED_HOST_MS, `${what}: ${pause.p95Ms} ms until the pause`);
      assert.ok(request.p95Ms < LOADED_HOST_MS, `${what}: ${request.p95Ms} ms until an answer`);
    }
  });
}
