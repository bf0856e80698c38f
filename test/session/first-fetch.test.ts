/** A breakpoint changes nothing, also where the guest comes to a page for the first time: the fetch, which fills the TLB, is still to come. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { verifyRecording } from '../../emulator/index.ts';
import { guest, noAssembler } from '../machine/guests.ts';
import { live, memoryLog, NOTHING, reopen, testHost } from './sessions.ts';

for (const [symbol, offset] of [['supervisor', 0n], ['supervisor', 60n]] as const) {
  test(`stale: a live stop ${offset} bytes after ${symbol}`, { skip: noAssembler }, async () => {
    const log = memoryLog();
    const session = live('stale', { log: log.log });
    const stop = await session.runForward({ ...NOTHING, breakpoints: new Set([guest('stale').symbol(symbol) + offset]) });
    assert.equal(stop.reason, 'breakpoint');
    const digest = session.digest();
    await session.runForward(NOTHING, { until: stop.position + 1 });
    session.close();
    assert.ok((await verifyRecording({ bytes: log.bytes(), name: 'stale.chrono' }, testHost())).digestsChecked >= 2);
    const reopened = reopen(log.bytes());
    await reopened.seek(stop.position);
    assert.equal(reopened.digest(), digest);
    reopened.close();
  });
}
