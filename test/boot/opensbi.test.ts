/** Debian's OpenSBI, unmodified, starts a kernel in supervisor mode. */
import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { test } from 'node:test';
import { createLiveSession, NO_CONDITIONS, verifyRecording } from '../../emulator/index.ts';
import { imageKind } from '../../emulator/boot/kernel-image.ts';
import { memoryLog, testHost } from '../session/sessions.ts';
import { findTool, missingTools, tools } from '../tools.ts';

const MIB = 1024 * 1024;
const INSTRUCTIONS_MAX = 100_000_000;

/** Prints `OK` through the SBI's legacy console, then shuts down (SBI 0.1, extensions 1 and 8). */
const KERNEL = new Uint8Array(Uint32Array.of(
  0x0010_0893, 0x04f0_0513, 0x0000_0073, // li a7, 1; li a0, 'O'; ecall
  0x0010_0893, 0x04b0_0513, 0x0000_0073,
  0x0080_0893, 0x0000_0073, // li a7, 8; ecall
).buffer);

const folder = path.dirname(findTool(tools.opensbi) ?? '.');

for (const name of ['fw_dynamic.bin', 'fw_dynamic.elf', 'fw_jump.bin', 'fw_jump.elf']) {
  const file = path.join(folder, name);
  const skip = missingTools(tools.opensbi) || (existsSync(file) ? false : `${file} is missing`);
  test(`${name} starts a kernel, and the recording replays`, { skip }, async () => {
    const bytes = new Uint8Array(readFileSync(file));
    const log = memoryLog();
    const session = createLiveSession({
      configuration: {
        memorySizeBytes: 64 * MIB,
        images: [{ name, kind: imageKind(bytes), bytes, role: 'firmware' }, { name: 'kernel', kind: 'raw', bytes: KERNEL, role: 'kernel' }],
        bootArguments: 'hello', randomSeed: new Uint8Array(32).fill(5),
      },
      log: log.log,
    }, testHost());
    const stop = await session.runForward(NO_CONDITIONS, { until: INSTRUCTIONS_MAX });
    const text = Buffer.from(session.consoleText()).toString();
    assert.equal(stop.reason, 'power-off', text);
    assert.match(text, /OpenSBI v/);
    assert.match(text, /Domain0 Next Address\s+: 0x0000000080200000/);
    assert.match(text, /Domain0 Next Mode\s+: S-mode/);
    assert.match(text, /OK$/);
    session.close();
    const { digestsChecked, end } = await verifyRecording({ bytes: log.bytes(), name }, testHost());
    assert(digestsChecked > 0);
    assert.equal(end, stop.position);
  });
}
