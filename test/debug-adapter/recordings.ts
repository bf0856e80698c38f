/** Recordings of the sample guest, made once per test file. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after } from 'node:test';
import { NO_CONDITIONS, createLiveSession } from '../../emulator/index.ts';
import { createLogFile, nodeHost } from '../../emulator/host/node-host.ts';
import { guestFile } from './adapter-client.ts';

const MEMORY_BYTES = 4 * 1024 * 1024;

/** A recording of `length` instructions, with a key pressed at each of `keys`; removed after the tests. */
export async function recordedGuest(length: number, keys: readonly number[] = []): Promise<string> {
  const folder = mkdtempSync(path.join(tmpdir(), 'chronovisor-recorded-'));
  after(() => { rmSync(folder, { recursive: true, force: true }); });
  const file = path.join(folder, 'guest.chrono');
  const session = createLiveSession({
    configuration: { memorySizeBytes: MEMORY_BYTES, images: [{ name: 'heisenbug.elf', kind: 'elf', bytes: new Uint8Array(readFileSync(guestFile)) }] }, log: createLogFile(file),
  }, nodeHost);
  for (const position of keys) {
    await session.runForward(NO_CONDITIONS, { until: position });
    session.consoleInput(Uint8Array.of(0x6b));
  }
  await session.runForward(NO_CONDITIONS, { until: length });
  session.close();
  return file;
}
