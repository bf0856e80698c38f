/** Devices in a recording: drives are named, and only the very same images are accepted; random bytes are stored. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { memoryImage, recordingInfo, UserError, verifyRecording, type Drive, type DriveImage } from '../../emulator/index.ts';
import type { VirtioOptions } from '../../emulator/machine/machine-types.ts';
import { LogWriter } from '../../emulator/record/log-writer.ts';
import { withDrives } from '../../emulator/record/recorded-devices.ts';
import { readRecording } from '../../emulator/record/recording.ts';
import { diskDevices, noAssembler } from '../machine/guests.ts';
import { live, memoryLog, NOTHING, reopen, testHost } from '../session/sessions.ts';

const drive = (name: string, sizeBytes: number, hash: string): DriveImage => ({ name, image: memoryImage(new Uint8Array(sizeBytes)), hash });

function written(devices?: VirtioOptions): Uint8Array {
  const log = memoryLog();
  const image = { name: 'program', kind: 'raw' as const, bytes: Uint8Array.of(1, 2, 3), address: 0x8000_0000 };
  new LogWriter(log.log, { memorySizeBytes: 1 << 20, images: [image], ...(devices === undefined ? {} : { devices }) }).end(0, null);
  return log.bytes();
}

/** Drives as data. */
const plain = (drives: readonly Drive[] | undefined): unknown => drives?.map(({ image, ...rest }) => ({ ...rest, sizeBytes: image.sizeBytes }));

test('devices come back as they were', () => {
  const check = (devices: VirtioOptions | undefined, expect: unknown): void => {
    const read = readRecording(written(devices), 'x.chrono').configuration.devices;
    assert.deepEqual(read === undefined ? undefined : { ...read, drives: plain(read.drives) }, expect);
  };
  check(undefined, undefined);
  check({}, { drives: [], entropy: false, console: false, consoleInput: 'uart' });
  check({ entropy: true, console: true, consoleInput: 'virtio' }, { drives: [], entropy: true, console: true, consoleInput: 'virtio' });
  check({ drives: [drive('a.img', 1024, 'h1'), { ...drive('b.img', 512, 'h2'), readOnly: true, serial: 'S', slot: 0 }] }, {
    drives: [
      { name: 'a.img', hash: 'h1', sizeBytes: 1024, readOnly: false, serial: '' }, { name: 'b.img', hash: 'h2', sizeBytes: 512, readOnly: true, serial: 'S', slot: 0 },
    ],
    entropy: false, console: false, consoleInput: 'uart',
  });
});

test('only the images of the recording are accepted', () => {
  const { configuration } = readRecording(written({ drives: [drive('a.img', 1024, 'h1'), drive('b.img', 512, 'h2')] }), 'x.chrono');
  const check = (given: readonly DriveImage[], expect?: RegExp): void => {
    if (expect === undefined) {
      const { devices } = withDrives(configuration, given, 'x.chrono');
      assert.deepEqual(devices?.drives?.map(({ name, image }) => [name, image.read(0, 1).length]), [['a.img', 1], ['b.img', 1]]);
    } else {
      assert.throws(() => withDrives(configuration, given, 'x.chrono'), (error) => error instanceof UserError && expect.test(error.message));
    }
  };
  check([drive('other name', 512, 'h2'), drive('a.img', 1024, 'h1')]);
  check([], /^x\.chrono needs the drive image a\.img of 1024 bytes with content hash h1, which a recording does not embed: give that very file as a drive$/);
  check([drive('a.img', 1024, 'changed')], /^x\.chrono was recorded with the drive image a\.img of 1024 bytes with content hash h1, but a\.img has 1024 bytes and content hash changed: give the file as it was/);
  check([drive('a.img', 1000, 'h1'), drive('b.img', 512, 'h2')], /a\.img has 1000 bytes/);
});

test('a recording with a disk and random bytes: told, refused without its image, verified with it', { skip: noAssembler }, async () => {
  const log = memoryLog();
  const session = live('disk', { log: log.log });
  session.consoleInput(Uint8Array.of(120));
  await session.runForward(NOTHING, { until: 60_000 });
  const digest = session.digest();
  session.close();
  const recording = { bytes: log.bytes(), name: 'test.chrono' };
  const info = recordingInfo(recording);
  assert.ok(info.events.some(({ kind, summary }) => kind === 'entropy' && /^\d+ random bytes$/.test(summary)));
  await assert.rejects(verifyRecording(recording, testHost()), /needs the drive image disk\.img of 262400 bytes with content hash pattern/);
  const verified = await verifyRecording({ ...recording, drives: diskDevices.drives ?? [] }, testHost());
  assert.equal(verified.end, 60_000);
  const again = reopen(recording.bytes);
  await again.seek(60_000);
  assert.equal(again.digest(), digest);
  again.close();
});
