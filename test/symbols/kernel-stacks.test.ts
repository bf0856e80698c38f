/** Stacks of a running Linux by frame pointers alone, compared with those by call frame information. */
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { loadSymbols } from '../../debug-adapter/load-symbols.ts';
import type { Frame } from '../../debug-adapter/symbols/frames.ts';
import { SymbolSet } from '../../debug-adapter/symbol-set.ts';
import { createLiveSession, NO_CONDITIONS } from '../../emulator/index.ts';
import { bootConfiguration } from '../../emulator/host/boot-files.ts';
import { GUEST_SYMBOLS, guestFolder } from '../../emulator/host/known-guests.ts';
import { testHost } from '../session/sessions.ts';
import { missingLinuxGuest } from '../tools.ts';

const vmlinux = path.join(guestFolder('linux'), GUEST_SYMBOLS);
const missingVmlinux = existsSync(vmlinux) ? false : `${vmlinux} is not there; npm run guest:linux -- --symbols brings it (1.0 GB)`;
/** Prime to whatever the kernel does regularly; STACKS of them go through the boot. */
const STRIDE = 2_250_007;
const STACKS = Number(process.env['STACKS'] ?? 400);
const DEPTH = 64;

test('frame pointers and call frame information lead to the same callers', { skip: missingLinuxGuest() || missingVmlinux }, async () => {
  const configuration = bootConfiguration({ guest: 'linux' }, String);
  const session = createLiveSession({ configuration, idle: 'skip', timeline: { checkpointSpacing: Infinity } }, testHost());
  const own = loadSymbols([], [], configuration.images, session.inspect);
  const full = loadSymbols([vmlinux], [], configuration.images, session.inspect);
  assert.deepEqual([own.notices, full.notices], [[], []]);
  const byFramePointer = new SymbolSet(own.programs, new Map(), '/');
  const byTable = new SymbolSet(full.programs, new Map(), '/');
  // Frame pointers know nothing of what was inlined.
  const callsOf = (symbols: SymbolSet): Frame[] => symbols.stack(session.inspect, DEPTH).filter(({ inlined }) => inlined === undefined);
  const differing: string[] = [];
  let depth = 0;
  let compared = 0;
  for (let count = 1; count <= STACKS; count++) {
    const stop = await session.runForward(NO_CONDITIONS, { until: 10_000_000 + count * STRIDE });
    assert.equal(stop.reason, 'seek');
    if (session.inspect.privilege === 'M') continue;
    const [left, right] = [byFramePointer, byTable].map((symbols) => callsOf(symbols).map(({ pc }) => pc.toString(16)).join(' < '));
    const names = (symbols: SymbolSet): string => callsOf(symbols).map(({ name }) => name).join(' < ');
    // When start_kernel was freed, frame pointers lead to it but not beyond.
    if (left === undefined || right?.startsWith(left) !== true || right.slice(left.length).split(' < ').length > 2) differing.push(`@${String(stop.position)}\n  ${names(byFramePointer)}\n  ${names(byTable)}`);
    depth += (left ?? '').split(' < ').length;
    compared++;
  }
  full.close();
  session.close();
  assert.ok(depth / compared > 4, `${String(depth)} frames in ${String(compared)} stacks`);
  // Assembly without call frame information, where neither knows better, and the moments when a trap is being entered or left.
  assert.ok(differing.length <= compared / 50, `${String(differing.length)} of ${String(compared)} differ:\n${differing.slice(0, 20).join('\n')}`);
});
