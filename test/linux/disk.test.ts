/** A disk that Linux writes to: its file system and a database on it, in replays, after going back and going live again. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { copyFileSync, rmSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { performance } from 'node:perf_hooks';
import { after, before, describe, it } from 'node:test';
import { createEngine } from '../../emulator/engine/engine.ts';
import { openDriveImage, type OpenDriveImage } from '../../emulator/host/drive-image.ts';
import type { Session } from '../../emulator/index.ts';
import { createLiveSessionOn, openRecordingOn } from '../../emulator/session/open-session.ts';
import { verifyRecording } from '../../emulator/session/verify.ts';
import { memoryLog, NOTHING, randomFrom, testHost, visit } from '../session/sessions.ts';
import { missingTools, tools } from '../tools.ts';
import { configurationHere, labInitrd, linuxFile, noLinux, shellHere, shellInQemu, temporaryFolder, type LabFiles } from './lab.ts';
import type { SessionShell } from './shell.ts';

const seed = Number(process.env['TEST_SEED'] ?? Date.now() % 1_000_000);
const again = `again: TEST_SEED=${seed} npx tsx --test test/linux/disk.test.ts`;
/** Instructions between two digests that are compared, at most. */
const PAUSE_MAX = 40_000_000;
/** How far from its goal a seek begins. */
/** Where a machine is too slow, the translator's schedule is not tried; unless a seed is given, to see a failure again. */
const BUDGET_MS = process.env['TEST_SEED'] === undefined ? 70_000 : Infinity;

const WRITE = 'sh /t/disk-write.sh', LIST = 'sh /t/disk-list.sh', QUERY = 'sh /t/sqlite-again.sh', SQLITE = 'sh /t/sqlite.sh';
const SHORT = 'sh /t/disk-short.sh';
const CLOSE = 'umount /mnt', OPEN = 'sh /t/disk-open.sh';
const COMMANDS = [WRITE, SQLITE, CLOSE, OPEN, LIST, QUERY, SHORT];
/** After going back. */
const MORE = [LIST, 'echo more >> /mnt/data/log; md5sum /mnt/data/log', 'sh /t/sqlite-change.sh', CLOSE, `${OPEN}; md5sum /mnt/data/log`, QUERY];

/** Bytes of the second disk. */
const SHORT_SIZE = (20 << 20) + 77;

describe('a disk in Linux', { skip: noLinux }, () => {
  const folder = temporaryFolder();
  const begin = performance.now();
  const random = randomFrom(seed);
  const log = memoryLog();
  const short = path.join(folder, 'short.img');
  let drives: readonly OpenDriveImage[] = [];
  const { mtimeMs } = statSync(linuxFile('disk'));
  const digests = new Map<number, string>();
  let printed: readonly string[] = [], shown = '', afterBoot = 0;
  let files: LabFiles = { initrd: '' };
  let shell: SessionShell | undefined;
  after(() => {
    shell?.session.close();
    for (const drive of drives) drive.close();
    rmSync(folder, { recursive: true });
  });

  before(async () => {
    const initrd = path.join(folder, 'initrd');
    files = { initrd, disks: [linuxFile('disk'), short] };
    copyFileSync(linuxFile('disk'), short);
    truncateSync(short, SHORT_SIZE);
    drives = [linuxFile('disk'), short].map(openDriveImage);
    writeFileSync(initrd, labInitrd(false));
    const timeline = { checkpointSpacing: 5_000_000 + random(30_000_000), checkpointCountMax: 20 + random(60) };
    const session = createLiveSessionOn(createEngine({ translateAfter: Infinity }), { configuration: configurationHere(files), idle: 'skip', log: log.log, timeline }, testHost());
    shell = shellHere(session, () => 1 + random(PAUSE_MAX), () => { digests.set(session.timeline(0).position, session.digest()); });
    await shell.waitForPrompt();
    afterBoot = session.timeline(0).end;
    printed = await shell.runAll(COMMANDS);
  });

  const liveShell = (): SessionShell => {
    assert(shell !== undefined);
    return shell;
  };

  it('is mounted, written to, and found again', () => {
    const [written, database, closed, opened, listed, queried, ofShort] = printed;
    assert.deepEqual([closed, opened], ['', '']);
    assert.match(written ?? '', /\n197\+1 records out\n[^]* \.\/many\/7-4 [^]*\n[0-9a-f]{32} {2}log\n/);
    assert.match(database ?? '', /^3\..*\nwal\n4000\|[^]*UNIQUE constraint failed[^]*\nok\n59\|0\n$/);
    assert.equal(withoutDatabase(listed), withoutDatabase(written?.replace(/^.*records.*\n/gm, '')));
    assert.match(queried ?? '', /^ok\n3200\|/);
    assert.match(ofShort ?? '', /failed: Invalid argument\nblock count 16384 exceeds size of device \(5120 blocks\)\n40961\n/);
  });

  it('holds what it holds in QEMU', { skip: missingTools(tools.qemu) }, async () => {
    const disks = ['disk', 'short'].map((name) => path.join(folder, `${name}-copy.img`));
    disks.forEach((copy, index) => { copyFileSync(files.disks?.[index] ?? '', copy); });
    const qemu = shellInQemu({ initrd: files.initrd, disks });
    try {
      await qemu.waitForPrompt();
      const theirs = await qemu.runAll(COMMANDS);
      assert.deepEqual(printed, theirs);
    } finally {
      qemu.close();
    }
  });

  it('goes back with the machine, and comes again', async () => {
    const { session } = liveShell();
    const { end } = session.timeline(0);
    const digest = session.digest();
    digests.set(end, digest);
    await session.seek(afterBoot);
    assert.doesNotMatch(consoleOf(session), /records/);
    assert.equal(session.consoleInput(Uint8Array.of(65)), false, 'no input in the past');
    await visit(session, [...digests.keys()][random(digests.size)] ?? end, random(4), random);
    await session.runForward(NOTHING, { until: end });
    assert.equal(session.digest(), digest, again);
    assert.equal(session.timeline(0).live, true);

    const [listed, appended, changed, closed, found, queried] = await liveShell().runAll(MORE);
    const sum = createHash('md5').update(Array.from({ length: 60 }, (_, index) => `line ${index}\n`).join('')).update('more\n').digest('hex');
    assert.equal(withoutDatabase(listed), withoutDatabase(printed[COMMANDS.indexOf(LIST)]));
    assert.deepEqual([appended, changed, closed, found], [`${sum}  /mnt/data/log\n`, '', '', `${sum}  /mnt/data/log\n`]);
    const notes = printed[COMMANDS.indexOf(QUERY)]?.split('\n');
    assert.equal(queried, `${notes?.slice(0, 5).join('\n') ?? ''}\n`);
    await liveShell().powerOff('poweroff');
    digests.set(session.timeline(0).end, session.digest());
    shown = consoleOf(session);
  });

  it('is replayed exactly', async () => {
    const { digestsChecked, end } = await verifyRecording({ bytes: log.bytes(), name: 'disk.chrono', drives }, testHost(), () => createEngine({ translateAfter: Infinity }));
    assert(digestsChecked >= 10, `${digestsChecked} digests`);
    assert.equal(end, liveShell().session.timeline(0).end);
  });

  it(`has one state at each position: in the session that recorded it, seed ${seed}`, async () => {
    await checkSeeks(liveShell().session, 20);
  });

  it(`has one state at each position: replayed by the translator, seed ${seed}`, async (context) => {
    if (performance.now() - begin > BUDGET_MS) {
      context.skip('the time is up: this computer is slow, or busy');
      return;
    }
    const engine = createEngine({ translateAfter: 1000 + random(1000), regionLimit: 1500 + random(3000) });
    const timeline = { checkpointSpacing: 8_000_000 + random(20_000_000), framesMax: 10_000 + random(30_000) };
    const session = openRecordingOn(engine, { bytes: log.bytes(), name: 'disk.chrono', drives, timeline }, testHost());
    await checkSeeks(session, 8);
    await session.seek(session.timeline(0).end);
    assert.equal(consoleOf(session), shown);
    session.close();
  });

  it('is never changed itself', () => {
    const after = openDriveImage(linuxFile('disk'));
    after.close();
    assert.deepEqual([after.hash, statSync(linuxFile('disk')).mtimeMs], [drives[0]?.hash, mtimeMs]);
  });

  /** At random positions of those whose digests are known, since Linux came up. */
  async function checkSeeks(session: Session, count: number): Promise<void> {
    const positions = [...digests.keys()].filter((position) => position >= afterBoot);
    for (let seek = 0; seek < count; seek++) {
      const position = positions[random(positions.length)] ?? 0;
      await visit(session, position, random(4), random);
      assert.equal(session.digest(), digests.get(position), `seek ${seek} to ${position}; ${again}`);
    }
  }
});

const consoleOf = (session: Session): string => Buffer.from(session.consoleText()).toString('latin1');
/** A listing without the files of the database. */
const withoutDatabase = (listing = ''): string => listing.replace(/^.*(sqlite|test\.db).*\n/gm, '');
