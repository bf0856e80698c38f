import assert from 'node:assert/strict';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { after, test } from 'node:test';
import { createLogFile, nodeHost, readInputFile } from '../../emulator/host/node-host.ts';

const folder = mkdtempSync(path.join(tmpdir(), 'host-'));
after(() => { rmSync(folder, { recursive: true }); });

test('a recording is written, and never over another file', () => {
  const file = path.join(folder, 'a.chrono');
  const log = createLogFile(file);
  log.append(Uint8Array.of(1, 2));
  log.append(Uint8Array.of(3));
  log.close();
  log.close();
  assert.deepEqual([...readFileSync(file)], [1, 2, 3]);
  assert.throws(() => { createLogFile(file).append(Uint8Array.of(4)); }, /a\.chrono exists already and is not overwritten: choose another name/);
  createLogFile(file, true).close();
  assert.deepEqual([...readFileSync(file)], [1, 2, 3], 'nothing was written, so nothing is overwritten');
  const forced = createLogFile(file, true);
  forced.append(Uint8Array.of(5));
  forced.close();
  assert.deepEqual([...readFileSync(file)], [5]);
});

test('files that cannot be read or made are explained', () => {
  assert.throws(() => readInputFile(path.join(folder, 'none'), 'the recording'), /Cannot read the recording .*none: there is no such file/);
  assert.throws(() => readInputFile(folder, 'the program'), /it is a folder/);
  assert.throws(() => { createLogFile(path.join(folder, 'no', 'such', 'a.chrono')).append(Uint8Array.of(1)); }, /Cannot create the recording .*no such file or folder/);
  writeFileSync(path.join(folder, 'b'), 'x');
  assert.deepEqual([...readInputFile(path.join(folder, 'b'), 'the program')], [120]);
});

test('a large file comes whole, in memory of its own', () => {
  const file = path.join(folder, 'large');
  const bytes = Uint8Array.from({ length: (1 << 20) + 12345 }, (_, index) => index * 31 >>> 3);
  writeFileSync(file, bytes);
  const read = readInputFile(file, 'the kernel');
  assert.deepEqual(read, bytes);
  assert.ok(read.buffer.byteLength - bytes.length < 1 << 16);
});

test('sleep ends early when it is told to', async () => {
  const controller = new AbortController();
  setTimeout(() => { controller.abort(); }, 5);
  const start = nodeHost.monotonicMs();
  await nodeHost.sleep(10_000, controller.signal);
  assert.ok(nodeHost.monotonicMs() - start < 5000);
  await nodeHost.sleep(10_000, controller.signal);
});
