/** The session as a person drives it. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLiveSession, readRecording } from '../../emulator/index.ts';
import { guest, noAssembler } from '../machine/guests.ts';
import { live, memoryLog, NOTHING, reopen, testHost } from './sessions.ts';

const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString('latin1');

test('what the guest prints comes once, also after going back', { skip: noAssembler }, async () => {
  const session = live('interrupts');
  let shown = '';
  session.onConsoleOutput((bytes) => { shown += text(bytes); });
  await session.runForward(NOTHING, { until: 1000 });
  session.consoleInput(new TextEncoder().encode('abc'));
  await session.runForward(NOTHING, { until: 100_000 });
  const { position } = session.timeline();
  await session.seek(10);
  assert.equal(text(session.consoleText()), '');
  await session.runForward(NOTHING, { until: 150_000 });
  assert.ok(position === 100_000 && /^a\db\dc\d/.test(shown), shown);
  assert.equal(text(session.consoleText()), shown);
  session.close();
});

test('input is taken while live, refused in the past and after the end', { skip: noAssembler }, async () => {
  const session = live('interrupts');
  await session.runForward(NOTHING, { until: 5000 });
  assert.equal(session.consoleInput(Uint8Array.of(97)), true);
  await session.stepBackward();
  assert.equal(session.timeline().live, false);
  assert.equal(session.consoleInput(Uint8Array.of(98)), false);
  await session.seek(5000);
  assert.equal(session.timeline().live, true);
  session.consoleInput(new TextEncoder().encode('q'));
  const stop = await session.runForward(NOTHING);
  assert.deepEqual(stop, { reason: 'power-off', position: session.timeline().end, exitCode: 7 });
  assert.equal(text(session.consoleText()).replace(/[\d.]/g, ''), 'aq');
  assert.equal(session.timeline().finished, true);
  assert.equal(session.consoleInput(Uint8Array.of(97)), false);
  await session.stepBackward();
  assert.equal((await session.runForward(NOTHING)).reason, 'power-off');
  session.close();
});

test('a recording stops at its ends and says so', { skip: noAssembler }, async () => {
  const log = memoryLog();
  const session = live('interrupts', { log: log.log });
  await session.runForward(NOTHING, { until: 30_000 });
  session.close();
  const reopened = reopen(log.bytes());
  assert.deepEqual(await reopened.stepBackward(), { reason: 'beginning', position: 0 });
  assert.deepEqual(await reopened.runForward(NOTHING), { reason: 'end', position: 30_000 });
  assert.deepEqual(await reopened.stepForward(), { reason: 'end', position: 30_000 });
  assert.deepEqual(await reopened.runBackward(NOTHING), { reason: 'beginning', position: 0 });
  assert.deepEqual(reopened.timeline().finished, true);
  await assert.rejects(reopened.seek(30_001), /outside of the recording, which reaches from @0 to @30,000/);
  reopened.close();
});

test('real time passes while the guest waits, input ends it, and the recording knows', { skip: noAssembler }, async () => {
  const log = memoryLog();
  const session = live('interrupts', { log: log.log, idle: 'sleep' });
  await session.runForward(NOTHING, { until: 100_000 });
  session.consoleInput(new TextEncoder().encode('xx'));
  const stop = await session.runForward(NOTHING);
  assert.equal(stop.reason, 'power-off');
  const digest = session.digest();
  session.close();
  const reopened = reopen(log.bytes());
  assert.equal((await reopened.runForward(NOTHING)).reason, 'power-off');
  assert.equal(reopened.digest(), digest);
  reopened.close();
});

test('pause stops a run that has no end', { skip: noAssembler }, async () => {
  const session = live('interrupts');
  const controller = new AbortController();
  setTimeout(() => { controller.abort(); }, 60);
  let changes = 0;
  session.onChange(() => { changes++; });
  const stop = await session.runForward(NOTHING, { signal: controller.signal });
  assert.equal(stop.reason, 'paused');
  assert.ok(stop.position > 100_000 && changes >= 1 && changes < 20, `${stop.position}, ${changes} changes`);
  await assert.rejects(Promise.all([session.seek(5), session.seek(6)]), /one request at a time/);
  session.close();
});

test('pause ends the wait of a guest that sleeps, and the wait begins anew', { skip: noAssembler }, async () => {
  const controller = new AbortController();
  const host = { ...testHost(), sleep: () => { controller.abort(); return Promise.resolve(); } };
  const session = createLiveSession({ configuration: guest('interrupts').configuration }, host);
  const stop = await session.runForward(NOTHING, { signal: controller.signal });
  assert.equal(stop.reason, 'paused');
  const { position, live: isLive } = session.timeline();
  assert.deepEqual([stop.position, isLive], [position, true]);
  session.close();
});

test('a trap stops at the instruction that trapped, and going on does not stop there again', { skip: noAssembler }, async () => {
  const session = live('churn');
  const conditions = { ...NOTHING, caughtCauses: new Set([2]) };
  const first = await session.runForward(conditions);
  assert.ok(first.reason === 'trap' && first.trap.cause === 2);
  assert.equal(session.inspect.pc, first.trap.pc);
  assert.equal(session.inspect.readVirtual(session.inspect.pc, 4).join(), '255,255,255,255');
  const second = await session.runForward(conditions);
  assert.ok(second.reason === 'trap' && second.position > first.position);
  const back = await session.runBackward(conditions);
  assert.deepEqual(back, first);
  session.close();
});

test('a watched write stops after it forward, before it backward', { skip: noAssembler }, async () => {
  const session = live('churn');
  const address = guest('churn').symbol('spot');
  const conditions = { ...NOTHING, watches: [{ address, sizeBytes: 8, kind: 'write' as const }] };
  const value = (): bigint => Buffer.from(session.inspect.readVirtual(address, 8)).readBigUInt64LE();
  await session.runForward(conditions);
  const second = await session.runForward(conditions);
  assert.ok(second.reason === 'watch' && second.hit.address === address && second.hit.kind === 'write' && second.hit.sizeBytes === 8);
  assert.equal(value(), 512n);
  const back = await session.runBackward(conditions);
  assert.ok(back.reason === 'watch' && back.position === second.position - 1);
  assert.equal(value(), 0n);
  const step = await session.stepForward();
  assert.deepEqual([step.reason, step.position, value()], ['step', second.position, 512n]);
  session.close();
});

test('a breakpoint on the first instruction of an interrupt handler stands in the handler', { skip: noAssembler }, async () => {
  const session = live('interrupts');
  const trap = guest('interrupts').symbol('trap');
  const conditions = { ...NOTHING, breakpoints: new Set([trap]) };
  const stop = await session.runForward(conditions);
  assert.equal(stop.reason, 'breakpoint');
  assert.equal(session.inspect.pc, trap);
  const digest = session.digest();
  await session.seek(stop.position);
  assert.notEqual(session.inspect.pc, trap);
  assert.equal(session.digest(), digest, 'the digest is of the position, before the interrupt');
  await session.stepForward();
  assert.equal(session.timeline().position, stop.position + 1);
  const back = await session.runBackward(conditions);
  assert.deepEqual([back.position, session.inspect.pc], [stop.position, trap]);
  await session.stepForward();
  const next = await session.runForward(conditions);
  assert.ok(next.position > stop.position && session.inspect.pc === trap);
  session.close();
});

test('stepping back and forth by single instructions', { skip: noAssembler }, async () => {
  const session = live('interrupts');
  await session.runForward(NOTHING, { until: 20_000 });
  const seen: string[] = [];
  for (let step = 0; step < 300; step++) {
    seen.push(session.digest());
    assert.deepEqual(await session.stepBackward(), { reason: 'step', position: 20_000 - step - 1 });
  }
  for (let step = 0; step < 300; step++) {
    await session.stepForward();
    assert.equal(session.digest(), seen.pop());
  }
  session.close();
});

test('pages say what became of them', { skip: noAssembler }, async () => {
  const session = live('churn');
  await session.runForward(NOTHING, { until: 1000 });
  const states = Array.from({ length: session.inspect.pageCount }, (_, page) => session.inspect.page(page));
  assert.equal(states.length, 4096);
  assert.ok(states.some((page) => page.state === 'untouched' || page.state === 'zero'));
  assert.ok(states.some((page) => page.state === 'private' && page.dirty));
  session.close();
});

test('where a live run stops there is a digest, also when the user goes back from there and never returns', { skip: noAssembler }, async () => {
  const log = memoryLog();
  const session = live('churn', { log: log.log });
  await session.runForward(NOTHING, { until: 2000 });
  const stop = await session.runForward({ ...NOTHING, breakpoints: new Set([session.inspect.pc]) });
  assert.equal(stop.reason, 'breakpoint');
  const digest = session.digest();
  await session.seek(100);
  session.close();
  const { digests, end } = readRecording(log.bytes(), 'test.chrono');
  assert.equal(end, stop.position);
  assert.deepEqual(digests.map((mark) => [mark.at, mark.digest.all]), [[stop.position, digest]]);
});
